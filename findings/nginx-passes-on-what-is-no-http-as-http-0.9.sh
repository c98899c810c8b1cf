#!/bin/sh
# nginx passes on an answer that is no HTTP, byte by byte and without a status line.
#
# `proxy_pass` leads to a port at which something else listens: an SSH server, a database, a plain
# TCP service. One would expect 502 Bad Gateway. nginx takes the bytes for an answer of HTTP/0.9,
# which has neither status line nor fields, and hands them to the client of HTTP/1.1 as they are. So
# a WebSocket client that talks to nginx meets an SSH banner there, and says that the server does
# not speak HTTP. The access log has the status "009", with the upstream's as 200, which no search
# for 5xx finds. The end of the backend's connection is not passed on: the client's stays open.
#
# Seen with 1.22.1, that of Debian 12, whose package is unpacked into a temporary folder. Needs
# apt-get, dpkg-deb and python3. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download nginx 2> /dev/null
dpkg-deb -x nginx_1.22.1-*.deb unpacked

cat > run.py <<'PY'
import pathlib
import socket
import subprocess
import threading
import time

BANNER = b"SSH-2.0-OpenSSH_9.2\r\n"
HANDSHAKE = (
    b"GET /edge/ws HTTP/1.1\r\nHost: backend.example\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
here = pathlib.Path.cwd()
backend = socket.create_server(("127.0.0.1", 0))


def serve():
    while True:
        connection, _ = backend.accept()
        connection.recv(65536)
        connection.sendall(BANNER)
        connection.close()


threading.Thread(target=serve, daemon=True).start()
with socket.create_server(("127.0.0.1", 0)) as probe:
    port = probe.getsockname()[1]
kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
places = "".join(f"{kind}_temp_path {here}/{kind};" for kind in kinds)
pathlib.Path("nginx.conf").write_text(
    f"""
    pid {here}/pid; error_log {here}/error.log; daemon off; master_process off;
    events {{}}
    http {{
      log_format both '$status $upstream_status'; access_log {here}/access.log both; {places}
      server {{
        listen 127.0.0.1:{port};
        location / {{
          proxy_pass http://127.0.0.1:{backend.getsockname()[1]};
          proxy_http_version 1.1;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection upgrade;
        }}
      }}
    }}
    """
)
program = here / "unpacked" / "usr" / "sbin" / "nginx"
server = subprocess.Popen([program, "-p", here, "-c", here / "nginx.conf", "-e", "error.log"])
try:
    for _ in range(300):
        try:
            client = socket.create_connection(("127.0.0.1", port))
            break
        except OSError:
            time.sleep(0.1)
    client.sendall(HANDSHAKE)
    client.settimeout(60)
    answer = client.recv(65536)
    client.settimeout(3)
    try:
        after = client.recv(65536)
    except TimeoutError:
        after = None
    client.close()
finally:
    server.terminate()
    server.wait()
logged = pathlib.Path("access.log").read_text().strip()
print("answer:", answer, "| then:", after, "| logged:", logged)
assert answer == BANNER, answer
assert after is None, after
assert logged == "009 200", logged
PY
python3 run.py
