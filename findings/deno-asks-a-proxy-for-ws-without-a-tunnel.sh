#!/bin/sh
# Deno sends a handshake for ws:// to the proxy itself, without asking for a tunnel.
#
# A client that uses a proxy asks it for a tunnel with CONNECT, for ws:// as for wss:// (RFC 6455,
# section 4.1, step 2): an ordinary proxy takes Upgrade for a field of this one hop and drops it.
# Deno does so for wss://. For ws:// its WebSocket sends `GET http://host/path` with Upgrade to the
# proxy, as for plain HTTP. The backend then gets a handshake without Upgrade, and answers with
# 400, 404 or 426, although its log has the very request that it should accept.
#
# Seen with Deno 2.9.6. Needs npm and python3. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-update-notifier --prefix . deno@2.9.6 > /dev/null

cat > socket.mjs <<'JS'
const socket = new WebSocket(`${Deno.args[0]}://backend.invalid/edge/ws`);
socket.onerror = () => Deno.exit(0);
JS
cat > run.py <<'PY'
import os
import pathlib
import socket
import subprocess
import threading

proxy = socket.create_server(("127.0.0.1", 0))
asked = []


def refuse():
    while True:
        client, _ = proxy.accept()
        asked.append(client.recv(65536).decode())
        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        client.close()


threading.Thread(target=refuse, daemon=True).start()
where = "http://127.0.0.1:%d" % proxy.getsockname()[1]
environ = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
environ |= {"HTTP_PROXY": where, "HTTPS_PROXY": where, "DENO_NO_UPDATE_CHECK": "1"}


def first_request(scheme):
    asked.clear()
    command = [pathlib.Path("node_modules/.bin/deno").absolute(), "run", "-A", "socket.mjs", scheme]
    subprocess.run(command, env=environ, check=True, timeout=120)
    return asked[0]


plain, encrypted = first_request("ws"), first_request("wss")
print("ws://:", plain.splitlines()[0], "| wss://:", encrypted.splitlines()[0])
assert plain.startswith("GET http://backend.invalid/edge/ws HTTP/1.1\r\n"), plain
assert "upgrade: websocket" in plain.lower(), plain
assert encrypted.startswith("CONNECT backend.invalid:443 HTTP/1.1\r\n"), encrypted
PY
python3 run.py
