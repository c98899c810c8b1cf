#!/bin/sh
# FastAPI answers 403 to every client of a WebSocket route if the annotation WebSocket was imported
# inside a function and annotations are kept as text.
#
# With `from __future__ import annotations` an annotation is a text, which FastAPI looks up in the
# module. A name that was imported inside a function, as factories of applications do, is not there.
# FastAPI says nothing of it: the parameter counts as one of the query, no client sends it, and the
# route is refused before the handler begins. The client sees a bare 403, as for a wrong token.
#
# Needs python3 with venv and pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -qq --disable-pip-version-check install \
  fastapi==0.165.0 uvicorn==0.54.0 websockets==17.4
cd "$folder"

cat > run.py <<'PY'
from __future__ import annotations

import asyncio

import fastapi
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus


def imported_in_the_module():
    application = fastapi.FastAPI()

    @application.websocket("/ws")
    async def serve(websocket: fastapi.WebSocket):
        await websocket.accept()
        await websocket.close()

    return application


def imported_in_the_function():
    from fastapi import WebSocket

    application = fastapi.FastAPI()

    @application.websocket("/ws")
    async def serve(websocket: WebSocket):
        await websocket.accept()
        await websocket.close()

    return application


async def answer_of(application):
    config = uvicorn.Config(application, host="127.0.0.1", port=0, log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with connect(f"ws://127.0.0.1:{port}/ws"):
            found = 101, b""
    except InvalidStatus as error:
        found = error.response.status_code, bytes(error.response.body)
    server.should_exit = True
    await serving
    return found


both = imported_in_the_module, imported_in_the_function
found = [asyncio.run(answer_of(each())) for each in both]
print("imported in the module and in the function:", *found)
assert found == [(101, b""), (403, b"")], found
PY
venv/bin/python run.py
