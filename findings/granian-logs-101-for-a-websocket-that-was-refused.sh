#!/bin/sh
# Granian's access log says 101 for a WebSocket that the application refused, where the client got
# 403.
#
# ASGI: an application that sends websocket.close before websocket.accept rejects the handshake, and
# the server answers 403. Granian does, but writes 101 (Switching Protocols) into its access log, as
# for a connection that was accepted. Whoever compares the client's 403 with the server's log takes
# a proxy in between for the one that refuses.
#
# Needs python3 with venv and pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -qq --disable-pip-version-check install granian==2.8.9 websockets==17.4
cd "$folder"

cat > app.py <<'PY'
async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
PY
cat > run.py <<'PY'
import asyncio
import re
import socket
import subprocess
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
server = subprocess.Popen(
    [*command, "--port", str(port), "--access-log", "app:app"],
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    text=True,
)


async def answer():
    while True:
        try:
            async with connect(f"ws://127.0.0.1:{port}/ws"):
                return 101
        except InvalidStatus as error:
            return error.response.status_code
        except OSError:  # it does not listen yet
            await asyncio.sleep(0.05)


try:
    status, logged = asyncio.run(answer()), None
    while logged is None:
        logged = re.search(r'HTTP/1\.1" (\d+)', server.stdout.readline())
finally:
    server.terminate()
    server.communicate()
print("the client got", status, "and the log says", logged[1])
assert (status, logged[1]) == (403, "101"), (status, logged[1])
PY
venv/bin/python run.py
