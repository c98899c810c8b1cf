"""A backend whose pongs are as large as it is told.

Run as a program with its port and the bytes that each pong carries.
"""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial

from websockets.asyncio.server import ServerConnection, serve


async def handle(connection: ServerConnection, filler: str) -> None:
    """Answer each message."""
    async for _ in connection:
        await connection.send(json.dumps({"type": "pong", "filler": filler}))


async def main(port: int, size: int) -> None:
    """Serve until the process is ended."""
    answer = partial(handle, filler="x" * size)
    async with serve(answer, "0.0.0.0", port, compression=None, ping_interval=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:3])))
