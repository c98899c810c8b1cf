#!/bin/sh
# Caddy answers 200 with an empty body where none of its routes matches.
#
# `reverse_proxy /edge 127.0.0.1:8000` passes on `/edge` alone, not what lies below it. One would
# expect 404 for `/edge/ws`. Caddy says 200 with `Content-Length: 0`: health checks and monitors
# that ask for the URL are content, and a WebSocket client reports that the server "did not switch
# protocols", or "200", as if the backend ran and knew no WebSockets. The backend never saw the
# request. `reverse_proxy /edge/*` is what was meant.
#
# Seen with 2.6.2, that of Debian 12, whose package is unpacked into a temporary folder. Needs
# apt-get, dpkg-deb and python3. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download caddy 2> /dev/null
dpkg-deb -x caddy_2.6.2-*.deb unpacked

cat > run.py <<'PY'
import http.server
import pathlib
import socket
import subprocess
import threading
import time

seen = []


class Backend(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(self.path)
        self.send_error(426)

    def log_message(self, *words):
        pass


backend = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
threading.Thread(target=backend.serve_forever, daemon=True).start()
with socket.create_server(("127.0.0.1", 0)) as probe:
    port = probe.getsockname()[1]
here = pathlib.Path.cwd()
configuration = here / "Caddyfile"
program = here / "unpacked" / "usr" / "bin" / "caddy"


def status_line(path):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(
            b"GET %s HTTP/1.1\r\nHost: backend.example\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" % path.encode()
        )
        return client.recv(65536).split(b"\r\n")[0].decode()


def answers(matcher):
    configuration.write_text(
        "{\n admin off\n auto_https off\n}\n"
        f"http://:{port} {{\n bind 127.0.0.1\n"
        f" reverse_proxy {matcher} 127.0.0.1:{backend.server_port}\n}}\n"
    )
    environ = {"HOME": str(here), "PATH": "/usr/bin:/bin"}
    command = [program, "run", "--config", configuration, "--adapter", "caddyfile"]
    server = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        seen.clear()
        return status_line("/edge/ws"), list(seen)
    finally:
        server.terminate()
        server.wait()


exact, below = answers("/edge"), answers("/edge/*")
print("reverse_proxy /edge:", exact, "| reverse_proxy /edge/*:", below)
assert exact == ("HTTP/1.1 200 OK", []), exact
assert below == ("HTTP/1.1 426 Upgrade Required", ["/edge/ws"]), below
PY
python3 run.py
