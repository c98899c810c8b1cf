"""Connect with aiohttp, and let the exception end the program."""

import asyncio
import sys

import aiohttp


async def main(url: str, secret: str) -> None:
    """Send a ping and wait for answers."""
    headers = {"Authorization": f"Bearer {secret}", "X-Edge-Agent-Id": "edge_1"}
    timeout = aiohttp.ClientTimeout(total=3)
    async with (
        aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=True) as session,
        session.ws_connect(url) as socket,
    ):
        await socket.send_str('{"type":"ping"}')
        while True:
            message = await socket.receive(timeout=3)
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise RuntimeError(f"{message.type!r} {message.data} {message.extra}")


asyncio.run(main(*sys.argv[1:]))
