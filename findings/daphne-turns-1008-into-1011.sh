#!/bin/sh
# Daphne sends 1011 where the application closes with 1008.
#
# 1008 (policy violation) is what the documentation of FastAPI closes with when a token is wrong,
# and ASGI lets an application close with any code. Daphne hands it to Autobahn, which lets a
# program send 1000 and 3000 to 4999 alone, and raises an exception at 1008. So the client gets
# 1011 (internal error) without a reason: a wrong token looks like a crash, and a client that
# retries after errors but not after refusals retries for ever. 4008 arrives, but Daphne never
# sends a reason. Under uvicorn, the same application closes with 1008 and its reason.
#
# Seen with Daphne 4.2.3, Autobahn 26.10.2 and uvicorn 0.54.0. Needs python3 and pip. Exit code 0:
# the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install daphne==4.2.3 autobahn==26.10.2 \
  uvicorn==0.54.0 fastapi==0.165.0 websockets==17.4

cat > app.py <<'PY'
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/{code}")
async def refuse(socket: WebSocket, code: int):
    await socket.accept()
    await socket.close(code, "this token is not known")
PY
cat > run.py <<'PY'
import socket
import subprocess
import sys
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def codes(*command):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with open("log", "wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, "app:app", "--port", str(port)], stdout=log, stderr=log
        )
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        for code in (1008, 4008):
            with connect(f"ws://127.0.0.1:{port}/{code}", proxy=None) as client:
                try:
                    client.recv()
                except ConnectionClosed as error:
                    yield error.rcvd.code, error.rcvd.reason
    finally:
        server.terminate()
        server.wait()


daphne, uvicorn = list(codes("daphne")), list(codes("uvicorn"))
print("Daphne:", daphne, "| uvicorn:", uvicorn)
assert daphne == [(1011, ""), (4008, "")], daphne
assert uvicorn == [(code, "this token is not known") for code in (1008, 4008)], uvicorn
PY
venv/bin/python run.py
