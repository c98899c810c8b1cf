#!/bin/sh
# What a client sees when a handler just returns depends on the server under the application.
#
# A FastAPI handler accepts, sends its messages, and returns. One would expect what a library's own
# server does at that point: close with 1000. The ASGI specification does not say, and Starlette
# sends nothing, so uvicorn ends the TCP connection without a close frame (clients report 1006, as
# for a crash or a broken network), Hypercorn closes with 1011 (internal error), and Daphne leaves
# the connection open, with nobody behind it: pings are still answered by the server.
#
# Seen with fastapi 0.165.0 under uvicorn 0.54.0, Hypercorn 0.18.0 and Daphne 4.2.3, by websockets
# 17.4. Needs python3 and pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install fastapi==0.165.0 uvicorn==0.54.0 \
  hypercorn==0.18.0 daphne==4.2.3 websockets==17.4

cat > app.py <<'PY'
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/")
async def handler(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("all that there is")
PY
cat > run.py <<'PY'
import socket
import subprocess
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def end_under(*command):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [f"venv/bin/{command[0]}", *command[1:]]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([each.format(port=port) for each in command], **silent)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        with connect(f"ws://127.0.0.1:{port}/", proxy=None) as client:
            assert client.recv() == "all that there is"
            try:
                client.recv(timeout=5)
            except TimeoutError:
                return "open" if client.ping().wait(30) else "silent"
            except ConnectionClosed as error:
                return error.rcvd.code if error.rcvd else "no close frame"
    finally:
        server.terminate()
        server.wait()


uvicorn = end_under("uvicorn", "app:app", "--port", "{port}")
hypercorn = end_under("hypercorn", "app:app", "--bind", "127.0.0.1:{port}")
daphne = end_under("daphne", "--port", "{port}", "app:app")
print(f"uvicorn: {uvicorn} | Hypercorn: {hypercorn} | Daphne: {daphne}")
assert (uvicorn, hypercorn, daphne) == ("no close frame", 1011, "open")
PY
venv/bin/python run.py
