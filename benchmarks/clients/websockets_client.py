"""Connect with websockets, and let the exception end the program."""

import asyncio
import sys

import websockets


async def main(url: str, secret: str) -> None:
    """Send a ping and wait for answers."""
    headers = {"Authorization": f"Bearer {secret}", "X-Edge-Agent-Id": "edge_1"}
    async with websockets.connect(url, additional_headers=headers, open_timeout=3) as socket:
        await socket.send('{"type":"ping"}')
        while True:
            await asyncio.wait_for(socket.recv(), 3)


asyncio.run(main(*sys.argv[1:]))
