#!/bin/sh
# Node.js' own WebSocket drops the user and password of an address, where others send them.
#
# `wss://user:password@host/` is how some backends hand out their credentials. The package `ws`,
# Bun, Deno, aiohttp and websockets make `Authorization: Basic` of it. Node.js' built-in WebSocket
# accepts the address, sends nothing, and gives no warning; websocket-client for Python does the
# same. The backend says 401, for credentials that are right and visibly there.
#
# Seen with Node.js 20.20.2 (--experimental-websocket), ws 8.23.0, websocket-client 1.9.2 and
# websockets 17.4. Needs node from 20.10 on, npm, python3 and pip. Exit code 0: the behaviour is
# still as described.
set -eu
folder=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install websocket-client==1.9.2 websockets==17.4
npm install --silent --no-audit --no-fund --no-update-notifier ws@8.23.0 > /dev/null

cat > server.py <<'PY'
import http
import pathlib

from websockets.sync.server import serve


def note(connection, request):
    scheme = request.headers.get("Authorization", "nothing").split(" ")[0]
    with open("seen", "a") as seen:
        seen.write(f"{request.path[1:]}: {scheme}\n")
    return connection.respond(http.HTTPStatus.UNAUTHORIZED, "")


server = serve(lambda connection: None, "127.0.0.1", 0, process_request=note)
pathlib.Path("port.new").write_text(str(server.socket.getsockname()[1]))
pathlib.Path("port.new").rename("port")
server.serve_forever()
PY
venv/bin/python server.py 2> /dev/null &
server=$!
until test -s port; do sleep 0.1; done
at="ws://user:password@127.0.0.1:$(cat port)"

cat > connect.cjs <<'JS'
const [, , which, address] = process.argv;
const Client = which === "ws" ? require("ws") : WebSocket;
new Client(address).onerror = () => process.exit();
JS
cat > connect.py <<'PY'
import importlib
import sys

module, function, address = sys.argv[1:]
try:
    getattr(importlib.import_module(module), function)(address)
except Exception:
    pass
PY
node connect.cjs ws "$at/ws"
node --experimental-websocket connect.cjs own "$at/node" 2> /dev/null
venv/bin/python connect.py websockets.sync.client connect "$at/websockets"
venv/bin/python connect.py websocket create_connection "$at/websocket-client"
cat seen
printf '%s\n' 'ws: Basic' 'node: nothing' 'websockets: Basic' 'websocket-client: nothing' |
  diff - seen
