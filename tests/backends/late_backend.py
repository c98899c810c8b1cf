"""A backend that never answers its first request, and sends a command over each later connection.

Run as a program with its port, it prints what was asked and sent.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request

_requests, _commands = itertools.count(1), itertools.count(1)


async def keep_silent(connection: ServerConnection, request: Request) -> None:
    """Leave the first request without an answer, until the client goes away."""
    number = next(_requests)
    print("asked", number, flush=True)
    if number == 1:
        await connection.wait_closed()


async def handle(connection: ServerConnection) -> None:
    """Send a command at once, and read until the end."""
    command_id = f"cmd_{next(_commands)}"
    payload = {"command_id": command_id, "command_type": "t", "payload": {}}
    await connection.send(json.dumps({"type": "command", "payload": payload}))
    print("sent", command_id, flush=True)
    async for _ in connection:
        pass


async def main(port: int) -> None:
    """Serve until the process is ended."""
    async with serve(
        handle, "0.0.0.0", port, process_request=keep_silent, open_timeout=None, ping_interval=None
    ) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
