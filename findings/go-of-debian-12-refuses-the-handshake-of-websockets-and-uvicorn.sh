#!/bin/sh
# Debian 12's WebSocket library for Go refuses the handshake of websockets, and so of uvicorn.
#
# golang-nhooyr-websocket-dev, now github.com/coder/websocket, offers permessage-deflate by default.
# A server may then choose a smaller window, also if the client did not name it (RFC 7692, section
# 7.1.2.1), and websockets for Python does, by default too; uvicorn stands on it. The library knows
# two of the four parameters, and ends the connection after the 101 with "unsupported
# permessage-deflate parameter". One would expect two defaults to get on, and with other servers
# they do: the Go client connects to Node.js' `ws`, to aiohttp, and to uvicorn on wsproto.
# `CompressionMode: websocket.CompressionDisabled` in the client's DialOptions is the cure.
#
# Seen with nhooyr.io/websocket 1.8.7 of Debian 12, unpacked into a temporary folder, and the
# versions below. Needs apt-get, dpkg-deb, go, python3, pip, node and npm. Exit code 0: the
# behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download golang-nhooyr-websocket-dev golang-github-klauspost-compress-dev 2> /dev/null
for package in *.deb; do dpkg-deb -x "$package" unpacked; done
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install uvicorn==0.54.0 wsproto==1.3.2 \
  aiohttp==3.14.5 websockets==17.4
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$folder" ws@8.23.0

mkdir client
cat > client/main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"

	"nhooyr.io/websocket"
)

func main() {
	options := &websocket.DialOptions{}
	if len(os.Args) > 2 {
		options.CompressionMode = websocket.CompressionDisabled
	}
	client, _, err := websocket.Dial(context.Background(), os.Args[1], options)
	if err != nil {
		fmt.Print(err)
		return
	}
	client.Close(websocket.StatusNormalClosure, "")
	fmt.Print("open")
}
GO
(cd client && GO111MODULE=off GOPATH="$folder/unpacked/usr/share/gocode" GOCACHE="$folder/cache" \
  go build -o ../connect main.go)

cat > app.py <<'PY'
async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
PY
cat > with_aiohttp.py <<'PY'
import sys

from aiohttp import web


async def handler(request):
    response = web.WebSocketResponse()
    await response.prepare(request)
    await response.receive()
    return response


application = web.Application()
application.router.add_get("/", handler)
web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None)
PY
cat > with_websockets.py <<'PY'
import asyncio
import sys

from websockets.asyncio.server import serve


async def main():
    async with serve(lambda connection: connection.wait_closed(), "127.0.0.1", int(sys.argv[1])):
        await asyncio.Future()


asyncio.run(main())
PY
cat > with_ws.cjs <<'JS'
const { WebSocketServer } = require("ws");
const port = Number(process.argv[2]);
new WebSocketServer({ host: "127.0.0.1", port, perMessageDeflate: true });
JS
cat > run.py <<'PY'
import socket
import subprocess
import sys
import time

UVICORN = [sys.executable, "-m", "uvicorn", "app:app", "--port", "PORT"]
SERVERS = {
    "websockets": [sys.executable, "with_websockets.py", "PORT"],
    "uvicorn": UVICORN,
    "uvicorn on wsproto": [*UVICORN, "--ws", "wsproto"],
    "aiohttp": [sys.executable, "with_aiohttp.py", "PORT"],
    "ws": ["node", "with_ws.cjs", "PORT"],
}


def ask(port, *more):
    command = ["./connect", f"ws://127.0.0.1:{port}/", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout


def answers(command):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = [word.replace("PORT", str(port)) for word in command]
    with open("log", "ab") as log:
        server = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        return [ask(port), ask(port, "without compression")]
    finally:
        server.terminate()
        server.wait()


REFUSED = 'unsupported permessage-deflate parameter: "server_max_window_bits=12"'
found = {name: answers(command) for name, command in SERVERS.items()}
for name, both in found.items():
    print(f"{name}: {both[0]} | without compression: {both[1]}")
    if name in ("websockets", "uvicorn"):
        assert both[0].endswith(REFUSED), both
    else:
        assert both[0] == "open", both
    assert both[1] == "open", both
PY
venv/bin/python run.py
