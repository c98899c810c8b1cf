#!/bin/sh
# uvicorn drops the connection, without a close frame, when the reason for a close is long.
#
# A close frame has room for a reason of 123 bytes (RFC 6455, section 5.5). An application that puts
# an explanation there, `await socket.close(1008, "The token ...")`, may be longer. With wsproto,
# and under Hypercorn, the reason is cut and the code arrives. With the WebSocket implementation
# that uvicorn takes by default, the close itself fails, and the TCP connection ends: the client
# sees 1006, no code and no reason, and the more the application explains, the less arrives. The
# bytes count, so text in other scripts reaches the limit with 41 characters.
#
# Seen with uvicorn 0.54.0, websockets 17.4 and wsproto 1.3.2. Needs python3 and pip. Exit code 0:
# the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install uvicorn==0.54.0 websockets==17.4 \
  wsproto==1.3.2 starlette==1.10.0

cat > app.py <<'PY'
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute


async def refuse(socket):
    await socket.accept()
    await socket.close(1008, "x" * socket.path_params["length"])


app = Starlette(routes=[WebSocketRoute("/{length:int}", refuse)])
PY
cat > run.py <<'PY'
import socket
import subprocess
import sys
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def closes(implementation):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "app:app", "--log-level", "critical"]
    server = subprocess.Popen([*command, "--port", str(port), "--ws", implementation])
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        for length in (123, 124):
            with connect(f"ws://127.0.0.1:{port}/{length}", proxy=None) as client:
                try:
                    client.recv()
                except ConnectionClosed as error:
                    yield error.rcvd and (error.rcvd.code, len(error.rcvd.reason))
    finally:
        server.terminate()
        server.wait()


default, wsproto = list(closes("auto")), list(closes("wsproto"))
print("default:", default, "| wsproto:", wsproto)
assert default == [(1008, 123), None], default
assert wsproto == [(1008, 123), (1008, 123)], wsproto
PY
venv/bin/python run.py
