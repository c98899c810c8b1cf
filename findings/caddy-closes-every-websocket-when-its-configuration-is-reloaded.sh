#!/bin/sh
# Caddy closes every WebSocket that it proxies when its configuration is reloaded.
#
# A reload is meant to disturb nobody: nginx and HAProxy leave open connections to their old
# workers, and the process of Caddy does not even change. But `caddy reload`, for one header more of
# a site, ends all proxied WebSockets at once, with 1001 (going away). Nothing in the backend's log
# says why: it sees its clients leave, and all of them come back in the same second. Later versions
# can be told to wait (`stream_close_delay`); the default stays.
#
# Seen with 2.6.2, that of Debian 12, whose package is unpacked into a temporary folder, and with
# websockets 17.4. Needs apt-get, dpkg-deb, python3 and pip. Exit code 0: the behaviour is still as
# described.
set -eu
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download caddy 2> /dev/null
dpkg-deb -x caddy_2.6.2-*.deb unpacked
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install websockets==17.4

cat > run.py <<'PY'
import pathlib
import socket
import subprocess
import threading
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import serve

here = pathlib.Path.cwd()
caddy = here / "unpacked" / "usr" / "bin" / "caddy"
environ = {"HOME": str(here), "PATH": "/usr/bin:/bin"}
options = ["--config", "Caddyfile", "--adapter", "caddyfile"]


def echo(connection):
    for message in connection:
        connection.send(message)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


backend = serve(echo, "127.0.0.1", 0)
threading.Thread(target=backend.serve_forever, daemon=True).start()
port, admin = free_port(), free_port()


def configure(further):
    pathlib.Path("Caddyfile").write_text(
        f"{{\n admin 127.0.0.1:{admin}\n auto_https off\n}}\n"
        f"http://:{port} {{\n bind 127.0.0.1\n {further}\n"
        f" reverse_proxy 127.0.0.1:{backend.socket.getsockname()[1]}\n}}\n"
    )


configure("")
command = [caddy, "run", *options]
proxy = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
try:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    with connect(f"ws://127.0.0.1:{port}/", proxy=None) as client:
        client.send("before")
        assert client.recv() == "before"
        configure("header X-Team a")
        reload = [caddy, "reload", *options]
        subprocess.run(reload, env=environ, check=True, stderr=subprocess.DEVNULL)
        assert proxy.poll() is None, "the process has changed"
        try:
            print("still open:", repr(client.recv(timeout=30)))
        except ConnectionClosed as error:
            print("closed by the reload:", error)
            assert error.rcvd and error.rcvd.code == 1001, error
finally:
    proxy.terminate()
    proxy.wait()
PY
venv/bin/python run.py | tee said
grep -q '^closed by the reload' said
