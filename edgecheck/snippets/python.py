"""An edge client in Python, on websockets 14 or newer.

Install:  pip install 'websockets>=14'
Run:      edgecheck snippet python --output edge_client.py
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
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

PING_SECONDS = 30
PONG_SECONDS = 10
LONGEST_WAIT_SECONDS = 60
# The backend refuses the client: the Authorization header is malformed (4001) or the secret is
# wrong (1008). Or a server or proxy in between refuses the request (401, 403).
REFUSALS = {4001, 1008, 401, 403}

log = logging.getLogger("edge")


async def handle(command: dict) -> None:
    """Do what a command says, or raise.

    Put your code here. A command may come a second time if its ack was lost.
    """
    log.info("command %r: %r", command.get("command_type"), command.get("payload"))


async def work(connection: ClientConnection, command: dict) -> None:
    try:
        await handle(command)
        status = "completed"
    except Exception:
        log.exception("command %r failed", command["command_id"])
        status = "failed"
    ack = {"type": "command_ack", "data": {"command_id": command["command_id"], "status": status}}
    with suppress(ConnectionClosed):
        await connection.send(json.dumps(ack))


async def keep_alive(connection: ClientConnection, pong: asyncio.Event) -> None:
    """Send pings, and close the connection if no pong comes: it may be dead without an error."""
    with suppress(ConnectionClosed):
        while True:
            pong.clear()
            await connection.send('{"type":"ping"}')
            try:
                await asyncio.wait_for(pong.wait(), PONG_SECONDS)
            except TimeoutError:
                log.warning("no pong in %s s", PONG_SECONDS)
                await connection.close()
            await asyncio.sleep(PING_SECONDS)


async def serve(connection: ClientConnection) -> bool:
    """Serve one connection until it ends; return whether the backend ever answered."""
    answered, pong, working = False, asyncio.Event(), set()
    pinging = asyncio.create_task(keep_alive(connection, pong))
    try:
        async for text in connection:
            try:
                message = json.loads(text)
            except ValueError:
                continue
            match message:
                case {"type": "pong"}:
                    if not answered:
                        log.info("connected: the backend answers")
                    answered = True
                    pong.set()
                case {"type": "command", "payload": {"command_id": str()} as command}:
                    # A task, so that a long command does not delay the next pong. The set keeps a
                    # reference: without one, Python could delete the task while it runs.
                    task = asyncio.create_task(work(connection, command))
                    working.add(task)
                    task.add_done_callback(working.discard)
    except ConnectionClosed:
        pass
    except asyncio.CancelledError:
        await connection.close(1001)  # going away
        raise
    finally:
        pinging.cancel()
    return answered


async def run(url: str, headers: dict) -> int:
    with suppress(NotImplementedError):  # on Windows, where only Ctrl-C ends it
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    failures = 0
    while True:
        try:
            # ping_interval: this protocol has its own keepalive.
            async with connect(
                url, additional_headers=headers, ping_interval=None, close_timeout=2
            ) as connection:
                if await serve(connection):
                    failures = 0
            code, reason = connection.close_code, connection.close_reason
        except InvalidStatus as error:
            code, reason = error.response.status_code, error.response.reason_phrase
        except (OSError, WebSocketException) as error:
            code, reason = None, str(error) or type(error).__name__
        if code in REFUSALS:
            log.error(
                "refused: %s %r. Trying again would change nothing. What to do: edgecheck doctor",
                code,
                reason,
            )
            return 1
        # The jitter keeps a thousand clients of one backend from reconnecting at the same moment.
        wait = min(2**failures, LONGEST_WAIT_SECONDS) * random.uniform(1, 1.2)
        failures += 1
        log.warning(
            "no connection: %s %r. Next attempt in %.1f s. Why: edgecheck doctor",
            code,
            reason,
            wait,
        )
        await asyncio.sleep(wait)


def setting(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value or not value.isascii() or not value.isprintable():
        sys.exit(
            f"{name} is not set, or has a character that a header field cannot hold. "
            "What to do: edgecheck doctor"
        )
    return value


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    url, secret, agent_id = map(setting, ("BACKEND_URL", "EDGE_SECRET", "EDGE_AGENT_ID"))
    url = (
        url.rstrip("/").removesuffix("/edge/ws")
        + "/edge/ws?edge_agent_id="
        + quote(agent_id, safe="")
    )
    try:
        return asyncio.run(
            run(url, {"Authorization": f"Bearer {secret}", "X-Edge-Agent-Id": agent_id})
        )
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
