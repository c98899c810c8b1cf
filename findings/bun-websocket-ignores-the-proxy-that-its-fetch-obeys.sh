#!/bin/sh
# Bun's WebSocket goes past the proxy that its fetch goes through.
#
# `HTTP_PROXY` and `HTTPS_PROXY` are set, as in a company that lets nothing out without its proxy.
# In Bun, `fetch` obeys both, so a check with `fetch` says that the way is open. `new WebSocket`
# in the same program reads neither: it connects to the backend itself, which fails with "Failed
# to connect", or hangs, where a firewall is in the way. Deno's WebSocket asks the proxy, and so
# does the one of Node.js 24 with `NODE_USE_ENV_PROXY=1`.
#
# Seen with Bun 1.4.5. Needs npm and python3. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-update-notifier --prefix . bun@1.4.5 > /dev/null

cat > socket.mjs <<'JS'
const socket = new WebSocket(`${process.argv[2]}://${process.argv[3]}/edge/ws`);
socket.onerror = () => process.exit(0);
JS
cat > request.mjs <<'JS'
await fetch(`${process.argv[2]}://${process.argv[3]}/edge/ws`).catch(() => {});
JS
cat > run.py <<'PY'
import os
import pathlib
import socket
import subprocess
import threading

met = []


def refuse(server, name):
    while True:
        client, _ = server.accept()
        met.append((name, client.recv(65536).split(b" ")[0]))
        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        client.close()


def address(name):
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=refuse, args=(server, name), daemon=True).start()
    return "127.0.0.1:%d" % server.getsockname()[1]


backend, proxy = address("backend"), address("proxy")
names = ("http_proxy", "https_proxy")
environ = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
environ |= {name: f"http://{proxy}" for lower in names for name in (lower, lower.upper())}


def who_meets(program, scheme):
    met.clear()
    command = [pathlib.Path("node_modules/.bin/bun").absolute(), "run", program, scheme, backend]
    subprocess.run(command, env=environ, check=True, timeout=120)
    return met[0]


by_fetch = [who_meets("request.mjs", scheme) for scheme in ("http", "https")]
by_socket = who_meets("socket.mjs", "ws"), who_meets("socket.mjs", "wss")[0]
print("fetch asks:", by_fetch, "| WebSocket asks:", by_socket)
assert by_fetch == [("proxy", b"GET"), ("proxy", b"CONNECT")], by_fetch
assert by_socket == (("backend", b"GET"), "backend"), by_socket
PY
python3 run.py
