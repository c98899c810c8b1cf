#!/bin/sh
# Prometheus 2.42, that of Debian 12, sends the token of http_sd_configs without the word Bearer.
#
# The same two lines, `authorization:` with `credentials_file:`, make "Authorization: Bearer TOKEN"
# in a scrape, as the documentation says for both ("type: <string> | default: Bearer"), but
# "Authorization: TOKEN" in the request for the list of targets. A server that wants Bearer answers
# 401, and Prometheus has no targets at all. `type: Bearer` in so many words is the cure.
#
# Needs Debian 12 with apt-get and dpkg-deb, and python3. Exit code 0: the behaviour is still as
# described.
set -eu
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download prometheus=2.42.0+ds-5+deb12u1 2>/dev/null
dpkg-deb --extract prometheus_*.deb .
printf %s TOKEN > token

cat > run.py <<'PY'
import http.server
import json
import pathlib
import subprocess
import threading

seen, both = {}, threading.Event()


class Asked(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen[self.path] = self.headers["Authorization"].strip()
        if len(seen) == 2:
            both.set()
        body = b""
        if self.path == "/targets":
            body = json.dumps([{"targets": [f"127.0.0.1:{self.server.server_port}"]}]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if body else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked)
threading.Thread(target=server.serve_forever, daemon=True).start()
pathlib.Path("prometheus.yml").write_text(f"""
scrape_configs:
  - job_name: one
    scrape_interval: 1s
    authorization:
      credentials_file: token
    http_sd_configs:
      - url: http://127.0.0.1:{server.server_port}/targets
        authorization:
          credentials_file: token
""")
program = subprocess.Popen(
    [
        "usr/bin/prometheus",
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=series",
        "--web.listen-address=127.0.0.1:0",
    ],
    stderr=subprocess.DEVNULL,
)
both.wait(60)
program.terminate()
program.wait()
print("for the list:", seen.get("/targets"), "- for the metrics:", seen.get("/metrics"))
assert seen == {"/targets": "TOKEN", "/metrics": "Bearer TOKEN"}, seen
PY
python3 run.py
