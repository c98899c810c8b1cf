#!/bin/sh
# One no_proxy means two things to websockets and to websocket-client.
#
# Both are for Python and read the same variable, so one expects that an agent which moves from one
# to the other, or a second program beside it, takes the same way. `websockets` asks Python's
# urllib: it knows `host:port` and any case, and no networks. websocket-client has rules of its own:
# it knows networks (`10.0.0.0/8`), and neither a port nor capital letters. What the one sends
# straight to an internal backend, the other sends to the company's proxy, in both directions.
#
# Seen with websocket-client 1.9.2 and websockets 17.4 on Python 3.11. Needs python3 and pip. Exit
# code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install websocket-client==1.9.2 websockets==17.4

cat > run.py <<'PY'
import os
import socket
import threading

import websocket
from websockets.sync.client import connect

met = []


def refuse(server, name):
    while True:
        client, _ = server.accept()
        client.recv(65536)
        met.append(name)
        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        client.close()


def port_of(name):
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=refuse, args=(server, name), daemon=True).start()
    return server.getsockname()[1]


backend, proxy = port_of("backend"), port_of("proxy")
for name in [name for name in os.environ if "proxy" in name.lower()]:
    del os.environ[name]
os.environ["http_proxy"] = os.environ["https_proxy"] = f"http://127.0.0.1:{proxy}"


def who_meets(client, host, excepted):
    os.environ["no_proxy"] = excepted
    met.clear()
    try:
        client(f"ws://{host}:{backend}/edge/ws")
    except Exception:
        pass
    return met[0]


for host, excepted, expected in (
    ("localhost", "localhost", ("backend", "backend")),
    ("localhost", f"localhost:{backend}", ("backend", "proxy")),
    ("localhost", "LOCALHOST", ("backend", "proxy")),
    ("127.0.0.1", "127.0.0.0/8", ("proxy", "backend")),
):
    seen = tuple(who_meets(one, host, excepted) for one in (connect, websocket.create_connection))
    print(f"no_proxy={excepted}: websockets asks the {seen[0]}, websocket-client the {seen[1]}")
    assert seen == expected, seen
PY
venv/bin/python run.py
