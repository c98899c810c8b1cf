#!/bin/sh
# websocket-client for Python sends an Origin field, as only browsers are expected to.
#
# A backend that checks Origin lets clients without one pass, for they are no browsers (RFC 6455,
# section 4.1, has the field optional for them), or refuses those of other sites. Every connection
# by websocket-client carries `Origin: http://` (or `https://`) and the host of the address, without
# being asked. Behind a proxy that gives the backend another host name, that is another site: this
# one client gets 403, where all others with the same token are let in.
# `suppress_origin=True` switches it off.
#
# Seen with websocket-client 1.9.2; websockets 17.4 and aiohttp 3.14.5 send none. Needs python3 and
# pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install websocket-client==1.9.2 websockets==17.4 \
  aiohttp==3.14.5

cat > run.py <<'PY'
import asyncio
import threading

import aiohttp
import websocket
from websockets.sync.client import connect
from websockets.sync.server import serve

origins = []
server = serve(
    lambda connection: origins.append(connection.request.headers.get("Origin")), "127.0.0.1", 0
)
threading.Thread(target=server.serve_forever, daemon=True).start()
host = "127.0.0.1:{}".format(server.socket.getsockname()[1])


async def by_aiohttp():
    async with aiohttp.ClientSession() as session, session.ws_connect(f"ws://{host}/") as client:
        await client.receive()


def origin_of(attempt):
    origins.clear()
    attempt()
    return origins[0]


def by_websocket_client():
    client = websocket.create_connection(f"ws://{host}/")
    client.recv_data(control_frame=True)
    client.close()


def by_websockets():
    with connect(f"ws://{host}/", proxy=None) as client:
        for _ in client:
            pass


sent = {
    "websocket-client": origin_of(by_websocket_client),
    "websockets": origin_of(by_websockets),
    "aiohttp": origin_of(lambda: asyncio.run(by_aiohttp())),
}
server.shutdown()
print(sent)
assert sent == {"websocket-client": f"http://{host}", "websockets": None, "aiohttp": None}, sent
PY
venv/bin/python run.py
