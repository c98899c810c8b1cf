#!/bin/sh
# A server that picks none of the offered subprotocols is good for some clients alone.
#
# A client offers `edge.v1`; the server knows no subprotocols, and answers 101 without one. RFC
# 6455, section 4.1, makes a client fail for a subprotocol that it did not offer, and says nothing
# of none; the standard for browsers makes it fail then too. One would expect that at least the
# libraries of one language agree. websockets, aiohttp and Deno go on without a subprotocol.
# websocket-client ("Invalid WebSocket Header"), `ws` ("Server sent no subprotocol"), undici, which
# is the WebSocket of Node.js, and Bun ("Missing client protocol") end a connection that the server
# has accepted. So one backend works with one client and not with the next.
#
# Seen with websockets 17.4, aiohttp 3.14.5, websocket-client 1.9.2, ws 8.23.0, undici 7.30.2, Bun
# 1.4.5 and Deno 2.9.6. Needs python3, pip, node 20 or later and npm. Exit code 0: the behaviour is
# still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install websockets==17.4 aiohttp==3.14.5 \
  websocket-client==1.9.2
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$folder" \
  ws@8.23.0 undici@7.30.2 bun@1.4.5 deno@2.9.6 > /dev/null

cat > client.mjs <<'JS'
const address = process.env.ADDRESS;
const { WebSocket } = process.env.FROM ? await import(process.env.FROM) : globalThis;
const socket = new WebSocket(address, ["edge.v1"]);
const end = (what) => (console.log(what), process.exit());
socket.onopen = () => end(`open ${JSON.stringify(socket.protocol)}`);
socket.onerror = () => end("failed");
JS
cat > run.py <<'PY'
import asyncio
import os
import subprocess

import aiohttp
import websocket
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

accepted = []
PROGRAMS = {
    "ws": ("ws", "node"),
    "undici": ("undici", "node"),
    "Bun": ("", "node_modules/.bin/bun"),
    "Deno": ("", "node_modules/.bin/deno", "run", "--quiet", "--allow-all"),
}


async def backend(connection):
    accepted.append(connection.request.headers["Sec-WebSocket-Protocol"])
    await connection.wait_closed()


async def by_websockets(address):
    async with connect(address, subprotocols=["edge.v1"], proxy=None) as client:
        return f"open {client.subprotocol}"


async def by_aiohttp(address):
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(address, protocols=["edge.v1"]) as client:
            return f"open {client.protocol}"


def by_websocket_client(address):
    try:
        websocket.create_connection(address, subprotocols=["edge.v1"]).close()
    except websocket.WebSocketException:
        return "failed"


async def by_program(address, library, *command):
    process = await asyncio.create_subprocess_exec(
        *command,
        "client.mjs",
        env={**os.environ, "ADDRESS": address, "FROM": library},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return (await process.communicate())[0].decode().strip()


async def main():
    async with serve(backend, "127.0.0.1", 0) as server:
        address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        found = {
            "websockets": await by_websockets(address),
            "aiohttp": await by_aiohttp(address),
            "websocket-client": await asyncio.to_thread(by_websocket_client, address),
        }
        for name, command in PROGRAMS.items():
            found[name] = await by_program(address, *command)
    print(found, "| accepted by the server:", len(accepted))
    assert found == {
        "websockets": "open None",
        "aiohttp": "open None",
        "websocket-client": "failed",
        "ws": "failed",
        "undici": "failed",
        "Bun": "failed",
        "Deno": 'open ""',
    }, found
    assert accepted == ["edge.v1"] * len(found), accepted


asyncio.run(main())
PY
venv/bin/python run.py
