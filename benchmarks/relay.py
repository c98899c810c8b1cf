"""A relay on loopback that is slow: what comes is passed on half a round trip later.

It is so in both directions.

    python benchmarks/relay.py TO_PORT ROUND_TRIP_MS

Prints the port that it listens on. It accepts at once, so a connection costs no round trip here, as
it would over a long way.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Pass bytes on, each so many seconds after it came, until one side ends."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                writer.close()
                return
            writer.write(data)

    delivery = asyncio.create_task(deliver())
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            under_way.put_nowait((loop.time() + delay, data))
    under_way.put_nowait((loop.time() + delay, b""))
    await delivery


async def main(port: int, delay: float) -> None:
    """Relay until it is ended."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pass_on(reader, far_writer, delay), pass_on(far_reader, writer, delay))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 2000))
