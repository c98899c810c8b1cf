#!/bin/sh
# Node.js does not trust the certificate that NODE_EXTRA_CA_CERTS names in its --env-file.
#
# A backend's certificate is issued by a company's own authority. NODE_EXTRA_CA_CERTS=ca.pem cures
# that in the environment, and `node --env-file=.env` is there to bring variables of Node.js itself
# too: NODE_OPTIONS and NODE_TLS_REJECT_UNAUTHORIZED work from the file. NODE_EXTRA_CA_CERTS was
# read before, so that the same line in the file does nothing, without a warning. Whoever tries one
# line after the other ends with the one that works, and it switches verification off. Deno reads
# DENO_CERT from its --env-file.
#
# Seen with Node.js 24.21.0 and ws 8.23.0. Needs npm, openssl and python3. Exit code 0: the
# behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-update-notifier --prefix . node@24.21.0 ws@8.23.0 \
  > /dev/null
key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc'
openssl req -x509 $key -keyout ca.key -out ca.pem -days 2 -subj /CN=authority 2> /dev/null
openssl req $key -keyout key.pem -out request.pem -subj /CN=localhost 2> /dev/null
printf 'subjectAltName=DNS:localhost\n' > names
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 2 -extfile names -out cert.pem \
  2> /dev/null

cat > client.cjs <<'JS'
const { WebSocket } = require("ws");
const socket = new WebSocket(`wss://localhost:${process.argv[2]}/`);
socket.on("error", (error) => {
  // The server knows no WebSockets: an answer of HTTP means that its certificate was trusted.
  console.log(error.message.includes("server response") ? "trusted" : "refused");
  process.exit(0);
});
JS
cat > run.py <<'PY'
import http.server
import os
import pathlib
import ssl
import subprocess
import threading


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(404)

    def log_message(self, *words):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
server = http.server.ThreadingHTTPServer(("localhost", 0), Quiet)
server.handle_error = lambda *of: None
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
clean = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}


def client(*options, **variables):
    node = pathlib.Path("node_modules/.bin/node").absolute()
    return subprocess.run(
        [node, *options, "client.cjs", str(server.server_port)],
        env=clean | variables,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


authority = f"NODE_EXTRA_CA_CERTS={pathlib.Path('ca.pem').absolute()}"
pathlib.Path("good.env").write_text(f"{authority}\n")
pathlib.Path("bad.env").write_text("NODE_TLS_REJECT_UNAUTHORIZED=0\n")
by_variable = client(**dict([authority.split("=")]))
by_file = client("--env-file=good.env")
unverified = client("--env-file=bad.env")
seen = [one.stdout.strip() for one in (client(), by_variable, by_file, unverified)]
print("nothing, variable, line in the file, verification off in the file:", seen)
assert seen == ["refused", "trusted", "refused", "trusted"], seen
assert by_file.stderr == "", by_file.stderr
PY
python3 run.py
