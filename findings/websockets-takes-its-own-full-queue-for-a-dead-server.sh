#!/bin/sh
# websockets takes its own full queue for a dead server, and ends the connection with 1011.
#
# A client awaits something for each message, as it should, and blocks nothing; the server sends a
# burst and answers every ping at once. One would expect that the burst waits until the client has
# got through it. Behind the 16th waiting message (`max_queue`) websockets stops to read, so that
# the pong for its own ping lies unread behind the messages. When `ping_timeout` (20 s) is over,
# it sends 1011 "keepalive ping timeout", and what it had not yet read is lost. Sixteen messages may
# take as long as they like; with a few dozen of one byte the server looks dead, and the server's
# log has an internal error, of the client. aiohttp with a heartbeat gets through the same burst.
#
# Seen with websockets 17.4 and aiohttp 3.14.5, with times a twentieth of the defaults. Needs
# python3 and pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install websockets==17.4 aiohttp==3.14.5

cat > run.py <<'PY'
import asyncio

import aiohttp
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

FEW, MANY = 16, 64
closed = []


async def backend(connection):
    for _ in range(int(connection.request.path[1:])):
        await connection.send("x")
    await connection.wait_closed()
    closed.append((connection.close_code, connection.close_reason))


async def work():
    await asyncio.sleep(0.25)


async def by_websockets(address, count):
    received = 0
    async with connect(address, proxy=None, ping_interval=1, ping_timeout=1) as client:
        try:
            while received < count:
                await client.recv()
                received += 1
                await work()
        except ConnectionClosed as error:
            return received, str(error)
    return received, None


async def by_aiohttp(address, count):
    received = 0
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address, heartbeat=1) as client:
            while received < count and await client.receive_str():
                received += 1
                await work()
    return received, None


async def main():
    async with serve(backend, "127.0.0.1", 0, ping_interval=None) as server:
        port = server.sockets[0].getsockname()[1]
        found = [
            await ask(f"ws://127.0.0.1:{port}/{count}", count)
            for ask, count in ((by_websockets, FEW), (by_aiohttp, MANY), (by_websockets, MANY))
        ]
    print(found, "| the server saw:", closed)
    few, other, (received, error) = found
    assert few == (FEW, None), few
    assert other == (MANY, None), other
    assert FEW < received < MANY, received
    assert error.startswith("sent 1011 (internal error) keepalive ping timeout"), error
    assert closed[-1] == (1011, "keepalive ping timeout"), closed


asyncio.run(main())
PY
venv/bin/python run.py
