#!/bin/sh
# Hypercorn tells the application 1006 for a connection that the client closed in good order.
#
# The client sends a close frame with 1000, 1001 or 4000. One would expect the ASGI event
# `websocket.disconnect` to carry that code, as the ASGI specification says and as uvicorn does.
# 1006 means that no close frame arrived (RFC 6455, section 7.1.5), so a backend on hypercorn logs
# every orderly goodbye of its clients as an abnormal end.
#
# Needs python3 with venv and pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -qq --disable-pip-version-check install \
  hypercorn==0.18.0 uvicorn==0.54.0 websockets==17.2
cd "$folder"

cat > app.py <<'PY'
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] != "websocket.disconnect":
        pass
    print("disconnect", event["code"], flush=True)
PY

cat > run.py <<'PY'
import socket
import subprocess
import sys
import time

from websockets.sync.client import connect


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def seen_by_the_app(server, codes):
    port = free_port()
    commands = {
        "hypercorn": ["hypercorn", "app:app", "--bind", f"127.0.0.1:{port}"],
        "uvicorn": ["uvicorn", "app:app", "--host", "127.0.0.1", "--port", str(port)],
    }
    process = subprocess.Popen(
        [sys.executable, "-m", *commands[server]],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    try:
        seen = []
        for code in codes:
            while True:
                try:
                    with connect(f"ws://127.0.0.1:{port}/", proxy=None) as connection:
                        connection.close(code)
                    break
                except OSError:
                    assert process.poll() is None, f"{server} ended"
                    time.sleep(0.05)
            while not (line := process.stdout.readline()).startswith("disconnect"):
                assert line, f"{server} ended"
            seen.append(int(line.split()[1]))
        return seen
    finally:
        process.terminate()
        process.wait()


sent = [1000, 1001, 4000]
found = {server: seen_by_the_app(server, sent) for server in ("hypercorn", "uvicorn")}
print("the client closed with  ", sent)
for server, codes in found.items():
    print(f"told by {server:<15} ", codes)
assert found == {"hypercorn": [1006, 1006, 1006], "uvicorn": sent}, "the behaviour has changed"
PY
"$folder/venv/bin/python" run.py
echo "hypercorn 0.18.0 replaces the client's close code by 1006; uvicorn 0.54.0 passes it on"
