#!/bin/sh
# CivetWeb 1.15 answers a WebSocket handshake for a path that it does not have with text alone.
#
# To plain HTTP it says "HTTP/1.1 404 Not Found", fields, and a line of text. To a handshake for the
# same path it sends the line of text without status line and fields: "Error 404: Not Found". A
# client cannot parse that, and says that the server does not speak HTTP, or WebSocket, when only
# the path is wrong.
#
# Needs Debian 12 with apt-get and dpkg-deb, and python3. Exit code 0: the behaviour is still as
# described.
set -eu
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download libcivetweb1=1.15+dfsg-4 2>/dev/null
dpkg-deb --extract libcivetweb1_*.deb .

cat > run.py <<'PY'
import ctypes
import glob
import socket

UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" + (
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
library = ctypes.CDLL(glob.glob("usr/lib/*/libcivetweb.so.1")[0])
library.mg_start.restype = ctypes.c_void_p
library.mg_stop.argtypes = [ctypes.c_void_p]
library.mg_set_websocket_handler.argtypes = [ctypes.c_void_p, ctypes.c_char_p] + (
    [ctypes.c_void_p] * 5
)
with socket.create_server(("127.0.0.1", 0)) as probe:
    port = probe.getsockname()[1]
words = [b"listening_ports", f"127.0.0.1:{port}".encode(), b"document_root", b".", None]
server = library.mg_start(None, None, (ctypes.c_char_p * len(words))(*words))
assert server
connected = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda *_: 0)
handler = ctypes.cast(connected, ctypes.c_void_p)
library.mg_set_websocket_handler(server, b"/edge/ws", handler, None, None, None, None)


def answer(path, fields):
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
        return connection.makefile("rb").readline().decode().strip()


own, plain, other = answer("/edge/ws", UPGRADE), answer("/other", ""), answer("/other", UPGRADE)
library.mg_stop(server)
print(f"its own path: {own} | another, plain HTTP: {plain} | another, a handshake: {other}")
assert own.startswith("HTTP/1.1 101"), own
assert plain == "HTTP/1.1 404 Not Found", plain
assert other == "Error 404: Not Found", other
PY
python3 run.py
