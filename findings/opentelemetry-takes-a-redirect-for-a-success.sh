#!/bin/sh
# OpenTelemetry's exporter for Python takes a redirect for a success, and does not follow it.
#
# A collector behind a proxy that wants a login, or that moves http:// to https://, answers a POST
# with 301, 302, 307 or 308. The exporter sends its request without following redirects, counts
# every status below 400 as delivered, and logs nothing: the spans are gone, and export() says
# SUCCESS. OTLP names 200 as the answer of a success (OTLP specification, OTLP/HTTP Response).
#
# Needs python3 with venv and pip. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -qq --disable-pip-version-check install \
  opentelemetry-exporter-otlp-proto-http==1.45.2 opentelemetry-sdk==1.45.2
cd "$folder"

cat > run.py <<'PY'
import http.server
import logging
import threading

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult

asked, logged = [], []


class Moved(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302)
        self.send_header("Location", "/login")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Kept(logging.Handler):
    def emit(self, record):
        logged.append(record)


logging.getLogger().addHandler(Kept())
server = http.server.HTTPServer(("127.0.0.1", 0), Moved)
threading.Thread(target=server.serve_forever, daemon=True).start()
span = TracerProvider(shutdown_on_exit=False).get_tracer("x").start_span("lost")
span.end()
exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{server.server_port}/v1/traces")
result = exporter.export([span])
server.shutdown()
print("asked for", *asked, "- the answer was 302 - export() says", result.name)
assert asked == ["/v1/traces"], asked
assert result is SpanExportResult.SUCCESS, result
assert not logged, logged
PY
NO_PROXY=127.0.0.1 venv/bin/python run.py
