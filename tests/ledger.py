"""A backend that sends commands until they are acked, as long as a test goes on.

It keeps one connection an agent id, as many do: a new one closes the older. Its ledger outlives
every connection, so a test may kill the client as often as it likes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.doctor import in_thread

SECRET = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"


@dataclass
class Ledger:
    """What was sent, and what came back.

    Args:
        commands: the inner payload of each, by its id.
        acks: in the order in which they came, with their status.
        closed: the close code of each connection that has ended.
    """

    url: str = ""
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)
    acks: list[tuple[str, str]] = field(default_factory=list)
    closed: list[int | None] = field(default_factory=list)
    asked: int = 0
    opened: int = 0

    def owed(self) -> list[str]:
        """Return the commands that were never acked."""
        acked = {command_id for command_id, _ in self.acks}
        return [command_id for command_id in self.commands if command_id not in acked]

    def env(self, folder: Path) -> None:
        """Write the settings that lead here."""
        file = folder / ".env"
        file.touch(0o600)
        file.write_text(
            f"BACKEND_URL={self.url}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n",
            encoding="utf-8",
        )


@contextmanager
def ledger(command_ids: Sequence[str], *, again: bool = True, refused: int = 0) -> Iterator[Ledger]:
    """Serve on loopback in a thread.

    Args:
        command_ids: of the commands that every new connection gets, unless they were acked.
        again: send those again that an earlier connection got.
        refused: the first requests that get HTTP 403, as by one of several replicas.
    """
    book = Ledger(commands={name: {"text": name} for name in command_ids})
    newest: list[ServerConnection] = []

    async def handle(connection: ServerConnection) -> None:
        book.opened += 1
        while newest:
            await newest.pop().close(4000, "replaced")
        newest.append(connection)
        for command_id in book.owed() if again or book.opened == 1 else ():
            payload = {
                "command_id": command_id,
                "command_type": "t",
                "payload": book.commands[command_id],
            }
            await connection.send(json.dumps({"type": "command", "payload": payload}))
        try:
            async for text in connection:
                message = json.loads(text)
                if message["type"] == "ping":
                    # The client may have acked and closed meanwhile: its acks are still to be read.
                    with suppress(ConnectionClosed):
                        await connection.send('{"type":"pong"}')
                else:
                    data = message["data"]
                    book.acks.append((data["command_id"], data["status"]))
        except ConnectionClosed:
            pass
        book.closed.append(connection.close_code)

    def answer(connection: ServerConnection, _: Request) -> Response | None:
        book.asked += 1
        return connection.respond(403, "not you") if book.asked <= refused else None

    with in_thread(
        lambda: serve(handle, "127.0.0.1", 0, ping_interval=None, process_request=answer)
    ) as server:
        book.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield book
