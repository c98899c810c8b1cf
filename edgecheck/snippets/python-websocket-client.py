"""An edge client in Python, on websocket-client 1.0 or newer: threads, no asyncio.

Install:  pip install 'websocket-client>=1.0'
Run:      edgecheck snippet python-websocket-client --output edge_client.py
          set -a; . ./.env; set +a     # BACKEND_URL, EDGE_SECRET, EDGE_AGENT_ID
          python3 edge_client.py
"""

import json
import logging
import os
import random
import signal
import sys
import time
from contextlib import suppress
from threading import Thread
from urllib.parse import quote, urlencode

from websocket import (
    ABNF,
    WebSocket,
    WebSocketBadStatusException,
    WebSocketException,
    WebSocketTimeoutException,
)

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


def handle(kind: str, command: dict) -> None:
    """Do what a command says, or raise.

    Put your code here. A command may come a second time if its ack was lost.
    """
    log.info("command %r: %r", kind, command)


def work(connection: WebSocket, command_id: str, kind: str, command: dict) -> None:
    try:
        handle(kind, command)
        status = "completed"
    except Exception:
        log.exception("command %r failed", command_id)
        status = "failed"
    with suppress(OSError, WebSocketException):
        connection.send(ack(command_id, status))


class Session:
    """One connection, from its opening to its end."""

    def __init__(self) -> None:
        self.answered = False
        self.code: int | None = None
        self.reason = ""

    def run(self, given: tuple) -> None:
        """Serve it until a close frame comes or a pong is missing; raise any error that ends it."""
        url, headers, subprotocols = request(*given)
        connection = WebSocket()
        connection.connect(
            url,
            header=headers,
            subprotocols=subprotocols,
            timeout=OPENING_SECONDS,
        )
        try:
            self._serve(connection)
        except KeyboardInterrupt:
            connection.close(1001)  # going away
            raise
        finally:
            connection.shutdown()

    def _closed(self, data: bytes) -> None:
        # recv() would return an empty text, without the code.
        self.code, self.reason = int.from_bytes(data[:2], "big"), data[2:].decode(errors="replace")

    def _connected(self) -> None:
        if not self.answered:
            log.info("connected: the backend answers")
        self.answered = True

    def _serve(self, connection: WebSocket) -> None:
        due, waiting = time.monotonic(), False  # for the next ping, or for the pong
        while True:
            left = due - time.monotonic()
            if left <= 0 and waiting:
                self.reason = f"no pong in {PONG_SECONDS} s"
                return
            if left <= 0:
                connection.settimeout(PONG_SECONDS)
                connection.send('{"type":"ping"}')
                due, waiting = time.monotonic() + PONG_SECONDS, True
                continue
            connection.settimeout(left)
            try:
                opcode, data = connection.recv_data(control_frame=True)
            except WebSocketTimeoutException:
                continue
            if opcode == ABNF.OPCODE_CLOSE:
                self._closed(data)
                return
            if opcode != ABNF.OPCODE_TEXT:
                continue
            text = data.decode(errors="replace")
            if is_pong(text):
                self._connected()
                due, waiting = time.monotonic() + PING_SECONDS, False
                continue
            found = command_in(text)
            if found:
                # A thread, so that a long command does not delay the next pong.
                Thread(target=work, args=(connection, *found), daemon=True).start()


def run(given: tuple) -> int:
    failures = 0
    while True:
        session = Session()
        try:
            session.run(given)
            code, reason = session.code, session.reason
        except WebSocketBadStatusException as error:
            code, reason = error.status_code, "the upgrade was refused"
        except (OSError, WebSocketException) as error:
            code, reason = None, str(error) or type(error).__name__
        if code in REFUSALS:
            log.error(
                "refused: %s %r. Trying again would change nothing. What to do: edgecheck doctor",
                code,
                reason,
            )
            return 1
        if session.answered:
            failures = 0
        # The jitter keeps a thousand clients of one backend from reconnecting at the same moment.
        wait = min(2**failures, LONGEST_WAIT_SECONDS) * random.uniform(1, 1.2)
        failures += 1
        log.warning(
            "no connection: %s %r. Next attempt in %.1f s. Why: edgecheck doctor",
            code,
            reason,
            wait,
        )
        time.sleep(wait)


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
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    try:
        return run(settings())
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
