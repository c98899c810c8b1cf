#!/bin/sh
# python-socketio answers a WebSocket handshake at a path that is not its own with ASGI's messages
# for HTTP, so that the client gets 500 and not 404.
#
# ASGI, WebSocket connection scope: before it accepts, an application may send websocket.close, or
# websocket.http.response.start. engineio's ASGIApp sends http.response.start with status 404,
# which is not allowed there: uvicorn raises, and answers 500 Internal Server Error. A client that
# mistypes the path is told that the server failed, and looks for the fault in the wrong place.
#
# Needs python3 with venv and pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -qq --disable-pip-version-check install \
  python-socketio==5.18.1 python-engineio==4.15.1 uvicorn==0.54.0 websockets==17.2
cd "$folder"

cat > run.py <<'PY'
import asyncio

import socketio
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus


async def status_at(port, path):
    try:
        async with connect(f"ws://127.0.0.1:{port}{path}?EIO=4&transport=websocket"):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


async def main():
    application = socketio.ASGIApp(socketio.AsyncServer(async_mode="asgi"))
    config = uvicorn.Config(application, host="127.0.0.1", port=0, log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    found = [await status_at(port, path) for path in ("/socket.io/", "/elsewhere/")]
    server.should_exit = True
    await serving
    print("at its own path and at another:", *found)
    assert found == [101, 500], found


asyncio.run(main())
PY
venv/bin/python run.py
