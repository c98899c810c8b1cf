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
from urllib.parse import quote

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
# The backend refuses the client: the Authorization header is malformed (4001) or the secret is
# wrong (1008). Or a server or proxy in between refuses the request (401, 403).
REFUSALS = {4001, 1008, 401, 403}

log = logging.getLogger("edge")


def handle(command: dict) -> None:
    """Do what a command says, or raise.

    Put your code here. A command may come a second time if its ack was lost.
    """
    log.info("command %r: %r", command.get("command_type"), command.get("payload"))


def work(connection: WebSocket, command: dict) -> None:
    try:
        handle(command)
        status = "completed"
    except Exception:
        log.exception("command %r failed", command["command_id"])
        status = "failed"
    with suppress(OSError, WebSocketException):
        connection.send(
            json.dumps(
                {
                    "type": "command_ack",
                    "data": {"command_id": command["command_id"], "status": status},
                }
            )
        )


class Session:
    """One connection, from its opening to its end."""

    def __init__(self) -> None:
        self.answered = False
        self.code: int | None = None
        self.reason = ""

    def run(self, url: str, headers: dict) -> None:
        """Serve it until a close frame comes or a pong is missing; raise any error that ends it."""
        connection = WebSocket()
        connection.connect(url, header=headers, timeout=OPENING_SECONDS)
        try:
            self._serve(connection)
        except KeyboardInterrupt:
            connection.close(1001)  # going away
            raise
        finally:
            connection.shutdown()

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
                # recv() would return an empty text, without the code.
                self.code, self.reason = (
                    int.from_bytes(data[:2], "big"),
                    data[2:].decode(errors="replace"),
                )
                return
            match read(data):
                case {"type": "pong"}:
                    if not self.answered:
                        log.info("connected: the backend answers")
                    self.answered = True
                    due, waiting = time.monotonic() + PING_SECONDS, False
                case {"type": "command", "payload": {"command_id": str()} as command}:
                    # A thread, so that a long command does not delay the next pong.
                    Thread(target=work, args=(connection, command), daemon=True).start()


def read(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None


def run(url: str, headers: dict) -> int:
    failures = 0
    while True:
        session = Session()
        try:
            session.run(url, headers)
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
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    try:
        return run(url, {"Authorization": f"Bearer {secret}", "X-Edge-Agent-Id": agent_id})
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
