#!/bin/sh
# aiohttp's server answers every close frame with 1000, whatever code the client sent.
#
# RFC 6455, section 5.5.1: an endpoint that answers a close frame "typically echos the status code
# it received". Servers on websockets and wsproto do, so one would take a close frame with another
# code for one that crossed ours on its way. With aiohttp it is the answer: a client that closes
# with 1001 or 4000 and compares the codes takes an orderly goodbye for a close of the server's own.
#
# Needs python3 with venv and pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -qq --disable-pip-version-check install aiohttp==3.14.5 websockets==17.2
cd "$folder"

cat > run.py <<'PY'
import asyncio

from aiohttp import web
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

SENT = [1000, 1001, 4000]


async def with_aiohttp(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for _ in socket:
        pass
    return socket


async def with_websockets(connection):
    try:
        await connection.recv()
    except ConnectionClosed:
        pass


async def answers(port):
    found = []
    for code in SENT:
        connection = await connect(f"ws://127.0.0.1:{port}/", proxy=None)
        await connection.close(code)
        assert not connection.protocol.close_rcvd_then_sent
        found.append(connection.protocol.close_rcvd.code)
    return found


async def main():
    application = web.Application()
    application.router.add_get("/", with_aiohttp)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with serve(with_websockets, "127.0.0.1", 0) as other:
            found = {
                "aiohttp": await answers(runner.addresses[0][1]),
                "websockets": await answers(other.sockets[0].getsockname()[1]),
            }
    finally:
        await runner.cleanup()
    print("the client closed with  ", SENT)
    for server, codes in found.items():
        print(f"answered by {server:<11} ", codes)
    assert found == {"aiohttp": [1000, 1000, 1000], "websockets": SENT}, "the behaviour has changed"


asyncio.run(main())
PY
"$folder/venv/bin/python" run.py
echo "aiohttp 3.14.5 answers 1000 to every close frame; websockets 17.2 echoes its code"
