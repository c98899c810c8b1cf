"""An edge client in Python, on aiohttp 3.10 or newer.

Install:  pip install 'aiohttp>=3.10'
Run:      edgecheck snippet python-aiohttp --output edge_client.py
          set -a; . ./.env; set +a     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID
          python3 edge_client.py
"""

import asyncio
import json
import logging
import os
import random
import signal
import sys
from contextlib import suppress
from urllib.parse import quote, urlencode

from aiohttp import (
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSServerHandshakeError,
)
from yarl import URL

PING_SECONDS = 30
PONG_SECONDS = 10
OPENING_SECONDS = 10
LONGEST_WAIT_SECONDS = 60
# The backend refuses the client: the credentials are missing or malformed (4001) or the secret is
# wrong (1008). Or a server or proxy in between refuses the request (401, 403).
REFUSALS = {4001, 1008, 401, 403}

log = logging.getLogger("edge")


def holds(message: object, part: object) -> bool:
    """Return whether a JSON value has everything that another one has."""
    if isinstance(part, dict):
        return isinstance(message, dict) and all(
            name in message and holds(message[name], value) for name, value in part.items()
        )
    return message == part


def read(text: str) -> object:
    """Return the JSON value in a text; None for any other text, which must not stop the client."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def is_pong(text: str) -> bool:
    return text == '{"type":"pong"}' or holds(read(text), {"type": "pong"})


def is_command(text: str) -> bool:
    return text == '{"type":"command"}' or holds(read(text), {"type": "command"})


def command_in(text: str) -> tuple:
    """Return the id, the type and the content of a command; () for any other message."""
    message = read(text)
    try:
        if is_command(text):
            return (
                str(message["payload"]["command_id"]),
                message["payload"]["command_type"],
                message["payload"],
            )
    except (LookupError, TypeError):
        log.warning("a command that is not well formed: %.200r", text)
    return ()


def ack(command_id: str, status: str) -> str:
    text = '{"type":"command_ack","data":{"command_id":"{id}","status":"{status}"}}'
    command_id = json.dumps(command_id)[1:-1]
    return text.replace("{status}", status).replace("{id}", command_id)


def request(url: str, secret: str, agent_id: str) -> tuple:
    """Return the address, the header fields and the subprotocols of the opening handshake."""
    path = "/edge/ws"
    url = url.rstrip("/")
    if not url.endswith(path):
        url += path
    query = {
        "edge_agent_id": agent_id,
    }
    url += ("&" if "?" in url else "?") + urlencode(query, quote_via=quote, safe="")
    headers = {
        "X-Edge-Agent-Id": agent_id,
    }
    headers["Authorization"] = "Bearer " + secret
    subprotocols = []
    return url, headers, subprotocols


async def handle(kind: str, command: dict) -> None:
    """Do what a command says, or raise.

    Put your code here. A command may come a second time if its ack was lost.
    """
    log.info("command %r: %r", kind, command)


async def work(socket: ClientWebSocketResponse, command_id: str, kind: str, command: dict) -> None:
    try:
        await handle(kind, command)
        status = "completed"
    except Exception:
        log.exception("command %r failed", command_id)
        status = "failed"
    with suppress(ConnectionError):
        await socket.send_str(ack(command_id, status))


async def keep_alive(socket: ClientWebSocketResponse, pong: asyncio.Event) -> None:
    """Send pings, and close the connection if no pong comes: it may be dead without an error."""
    with suppress(ConnectionError):
        while True:
            pong.clear()
            await socket.send_str('{"type":"ping"}')
            try:
                await asyncio.wait_for(pong.wait(), PONG_SECONDS)
            except TimeoutError:
                log.warning("no pong in %s s", PONG_SECONDS)
                await socket.close()
            await asyncio.sleep(PING_SECONDS)


async def serve(socket: ClientWebSocketResponse) -> bool:
    """Serve one connection until it ends; return whether the backend ever answered."""
    answered, pong = False, asyncio.Event()
    working = set()
    pinging = asyncio.create_task(keep_alive(socket, pong))
    try:
        async for frame in socket:
            text = frame.data
            if not isinstance(text, str):
                continue
            if is_pong(text):
                if not answered:
                    log.info("connected: the backend answers")
                answered = True
                pong.set()
                continue
            found = command_in(text)
            if found:
                # A task, so that a long command does not delay the next pong. The set keeps a
                # reference: without one, Python could delete the task while it runs.
                task = asyncio.create_task(work(socket, *found))
                working.add(task)
                task.add_done_callback(working.discard)
    except asyncio.CancelledError:
        await socket.close(code=1001)  # going away
        raise
    finally:
        pinging.cancel()
    return answered


async def run(given: tuple) -> int:
    url, headers, subprotocols = request(*given)
    with suppress(NotImplementedError):  # on Windows, where only Ctrl-C ends it
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    failures = 0
    # trust_env: use the proxy that HTTPS_PROXY names, as other programs do.
    async with ClientSession(headers=headers, trust_env=True) as session:
        while True:
            try:
                # wait_for, because ws_connect has no timeout for the opening handshake.
                opening = session.ws_connect(
                    URL(url, encoded=True),
                    protocols=subprotocols,
                    timeout=ClientWSTimeout(ws_close=2),
                )
                async with await asyncio.wait_for(opening, OPENING_SECONDS) as socket:
                    if await serve(socket):
                        failures = 0
                code, reason = socket.close_code, ""
            except WSServerHandshakeError as error:
                code, reason = error.status, error.message
            except (OSError, ClientError) as error:
                code, reason = None, str(error) or type(error).__name__
            if code in REFUSALS:
                log.error(
                    "refused: %s %r. Trying again would change nothing. "
                    "What to do: edgecheck doctor",
                    code,
                    reason,
                )
                return 1
            # The jitter keeps a thousand clients of one backend from reconnecting at the same
            # moment.
            wait = min(2**failures, LONGEST_WAIT_SECONDS) * random.uniform(1, 1.2)
            failures += 1
            log.warning(
                "no connection: %s %r. Next attempt in %.1f s. Why: edgecheck doctor",
                code,
                reason,
                wait,
            )
            await asyncio.sleep(wait)


def setting(name: str, needed: bool = True) -> str:
    value = os.environ.get(name, "").strip()
    if (needed and not value) or not value.isascii() or not (value + "x").isprintable():
        sys.exit(
            f"{name} is not set, or has a character that a header field cannot hold. "
            "What to do: edgecheck doctor"
        )
    return value


def settings() -> tuple:
    """Return the address, and what the client names itself by."""
    return (
        setting("BACKEND_URL"),
        setting("EDGE_SECRET"),
        setting("EDGE_AGENT_ID"),
    )


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    given = settings()
    try:
        return asyncio.run(run(given))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
