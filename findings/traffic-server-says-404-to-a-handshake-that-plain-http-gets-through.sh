#!/bin/sh
# Apache Traffic Server answers 404 to a WebSocket handshake where it passes plain HTTP on.
#
# `map http://HOST/ http://BACKEND/` leads every request to the backend, but those with
# `Upgrade: websocket`: they are looked up as ws://HOST/, and without a `map ws://` of its own the
# answer is "404 Not Found on Accelerator". One would expect the backend's answer, to the handshake
# or to what is left of it. So `curl` reaches the backend at the very URL that is 404 for the agent,
# and people look for the mistake in the path.
#
# Seen with 9.2.5, that of Debian 12. Needs it installed (apt-get install trafficserver), root, and
# python3: the server runs in a temporary folder. Exit code 0: the behaviour is still as described.
set -eu
command -v traffic_server > /dev/null || { echo "apt-get install trafficserver"; exit 2; }
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > run.py <<'PY'
import http.client
import http.server
import pathlib
import socket
import subprocess
import threading
import time


class Backend(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


backend = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
threading.Thread(target=backend.serve_forever, daemon=True).start()
with socket.create_server(("127.0.0.1", 0)) as probe:
    port = probe.getsockname()[1]
here = pathlib.Path.cwd()
for name in ("etc", "run", "log", "cache"):
    (here / name).mkdir()
pathlib.Path("runroot.yaml").write_text(
    "".join(f"{key}: {here}\n" for key in ("prefix", "exec_prefix"))
    + "bindir: /usr/bin\nsbindir: /usr/bin\nincludedir: /usr/include\nlibdir: /usr/lib\n"
    "libexecdir: /usr/lib/trafficserver/modules\n"
    + "".join(
        f"{key}: {here}/{name}\n"
        for key, name in (
            ("sysconfdir", "etc"),
            ("localstatedir", "run"),
            ("runtimedir", "run"),
            ("logdir", "log"),
            ("datadir", "cache"),
            ("cachedir", "cache"),
        )
    )
)
own, behind = f"127.0.0.1:{port}", f"127.0.0.1:{backend.server_port}"
files = {
    "records.config": "CONFIG proxy.config.admin.user_id STRING #-1\n"
    f"CONFIG proxy.config.http.server_ports STRING {port}:ip-in=127.0.0.1\n"
    "CONFIG proxy.config.http.cache.http INT 0\n",
    "remap.config": f"map http://{own}/ http://{behind}/\n",
    "storage.config": f"{here}/cache 128M\n",
    "ip_allow.yaml": "ip_allow:\n  - {apply: in, ip_addrs: 0/0, action: allow, methods: ALL}\n",
}
for name in ("plugin", "hosting", "volume", "ssl_multicert", "parent", "cache"):
    files[f"{name}.config"] = ""
for name, text in files.items():
    pathlib.Path("etc", name).write_text(text)


def status(fields):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/edge/ws", headers=fields)
    answer = connection.getresponse()
    return answer.status, answer.reason


server = subprocess.Popen(
    ["traffic_server", f"--run-root={here}/runroot.yaml"],
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
try:
    plain = None
    for _ in range(300):
        try:
            plain = status({})
            break
        except OSError:
            time.sleep(0.1)
    handshake = status(
        {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
    )
finally:
    server.kill()
    server.wait()
print("plain HTTP:", plain, "| a handshake:", handshake)
assert plain == (200, "OK"), plain
assert handshake == (404, "Not Found on Accelerator"), handshake
PY
python3 run.py
