#!/bin/sh
# nginx without `proxy_http_version 1.1` proxies WebSockets to some servers, and not to others.
#
# nginx asks a backend in HTTP/1.0 until its configuration says 1.1, and RFC 6455, section 4.1,
# wants "at least 1.1" of a handshake. So one expects that no WebSocket gets through without that
# line, and takes a configuration through which they do for a complete one. Behind it, uvicorn,
# Daphne, Granian, aiohttp and Node.js' `ws` accept a handshake in HTTP/1.0 and everything works.
# Hypercorn answers it with a bare 400, and websockets with 505. Whoever replaces uvicorn with
# Hypercorn under the same application and the same nginx looks for the mistake in the new server.
#
# Seen with nginx 1.22.1, that of Debian 12, whose package is unpacked into a temporary folder, and
# the versions below. Needs apt-get, dpkg-deb, python3, pip, node and npm. Exit code 0: the
# behaviour is still as described.
set -eu
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download nginx 2> /dev/null
dpkg-deb -x nginx_1.22.1-*.deb unpacked
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install uvicorn==0.54.0 hypercorn==0.18.0 \
  daphne==4.2.3 autobahn==26.10.2 granian==2.8.9 aiohttp==3.14.5 websockets==17.4
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$folder" ws@8.23.0

cat > app.py <<'PY'
async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
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
cat > with_ws.cjs <<'JS'
const { WebSocketServer } = require("ws");
new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });
JS
cat > run.py <<'PY'
import pathlib
import socket
import subprocess
import sys
import time

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

SERVERS = {
    "uvicorn": [sys.executable, "-m", "uvicorn", "app:app", "--port", "PORT"],
    "Daphne": [sys.executable, "-m", "daphne", "app:app", "--port", "PORT"],
    "Granian": ["venv/bin/granian", "--interface", "asgi", "--port", "PORT", "app:app"],
    "aiohttp": [sys.executable, "with_aiohttp.py", "PORT"],
    "ws": ["node", "with_ws.cjs", "PORT"],
    "Hypercorn": [sys.executable, "-m", "hypercorn", "app:app", "--bind", "127.0.0.1:PORT"],
    "websockets": [sys.executable, "with_websockets.py", "PORT"],
}
here = pathlib.Path.cwd()
nginx = [here / "unpacked/usr/sbin/nginx", "-p", here, "-c", here / "nginx.conf", "-e", "log"]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def started(command, port):
    with open("log", "ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{command} did not start")


def through_nginx(backend, line):
    front = free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {here}/{kind};" for kind in kinds)
    pathlib.Path("nginx.conf").write_text(
        f"""
        pid {here}/pid; daemon off; master_process off;
        events {{}}
        http {{
          access_log off; {places}
          server {{
            listen 127.0.0.1:{front};
            location / {{
              proxy_pass http://127.0.0.1:{backend};
              proxy_set_header Upgrade $http_upgrade;
              proxy_set_header Connection upgrade;
              {line}
            }}
          }}
        }}
        """
    )
    server = started(nginx, front)
    try:
        with connect(f"ws://127.0.0.1:{front}/", proxy=None):
            return 101
    except InvalidStatus as refusal:
        return refusal.response.status_code
    finally:
        server.terminate()
        server.wait()


def both(command):
    port = free_port()
    backend = started([word.replace("PORT", str(port)) for word in command], port)
    try:
        return through_nginx(port, ""), through_nginx(port, "proxy_http_version 1.1;")
    finally:
        backend.terminate()
        backend.wait()


found = {name: both(command) for name, command in SERVERS.items()}
print("without and with proxy_http_version 1.1:", found)
expected = {name: (101, 101) for name in SERVERS} | {
    "Hypercorn": (400, 101),
    "websockets": (505, 101),
}
assert found == expected, found
PY
venv/bin/python run.py
