#!/bin/sh
# websockets sends two Authorization fields when the address has a user and a header is given.
#
# With `wss://user:password@host/` and a Bearer token of the application's own in
# `additional_headers`, aiohttp refuses the contradiction and Node.js' `ws` sends the header alone.
# websockets sends both, Basic first. A request may have the field once (RFC 9110, section 5.3), and
# what follows depends on who reads it: servers that take the first see Basic, and say that the
# Bearer token is missing, while the application has visibly set it.
#
# Seen with websockets 17.4, and ws 8.23.0 for comparison. Needs python3, pip, node and npm. Exit
# code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install websockets==17.4
npm install --silent --no-audit --no-fund --no-update-notifier ws@8.23.0 > /dev/null

cat > run.py <<'PY'
import http
import subprocess
import threading

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import serve

seen = []


def note(connection, request):
    seen.append([each.split(" ")[0] for each in request.headers.get_all("Authorization")])
    return connection.respond(http.HTTPStatus.UNAUTHORIZED, "")


server = serve(lambda connection: None, "127.0.0.1", 0, process_request=note)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"ws://user:password@127.0.0.1:{server.socket.getsockname()[1]}/"
try:
    connect(address, proxy=None, additional_headers={"Authorization": "Bearer token"})
except InvalidStatus:
    pass
client = """
const Client = require("ws");
const headers = { Authorization: "Bearer token" };
new Client(process.argv[1], { headers }).onerror = () => process.exit();
"""
subprocess.run(["node", "--eval", client, address], check=True)
server.shutdown()
print("websockets:", seen[0], "| ws:", seen[1])
assert seen == [["Basic", "Bearer"], ["Bearer"]], seen
PY
venv/bin/python run.py
