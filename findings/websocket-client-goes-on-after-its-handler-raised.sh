#!/bin/sh
# websocket-client goes on, silently, when the application's handler of a message raises.
#
# An exception in `on_message` of `WebSocketApp` neither ends `run_forever` nor is printed: it goes
# to `on_error`, if there is one, and to a logger that shows nothing unless tracing is switched on.
# `run_forever` returns False in the end, although it is documented to return True if an exception
# was raised in its loop. A client whose handler fails at each message looks healthy from both
# sides: it answers pings, and nothing says that no message was handled.
#
# Seen with websocket-client 1.9.2, and websockets 17.4 as the server. Needs python3 and pip. Exit
# code 0: the behaviour is still as described.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q --disable-pip-version-check install websocket-client==1.9.2 websockets==17.4

cat > run.py <<'PY'
import threading

import websocket
from websockets.sync.server import serve


def three_messages(connection):
    for number in range(3):
        connection.send(f"command {number}")
    for _ in connection:
        pass


server = serve(three_messages, "127.0.0.1", 0)
threading.Thread(target=server.serve_forever, daemon=True).start()
seen = []


def handle(app, message):
    seen.append(message)
    if len(seen) == 3:
        app.close()
    raise RuntimeError("the handler does not work")


port = server.socket.getsockname()[1]
app = websocket.WebSocketApp(f"ws://127.0.0.1:{port}/", on_message=handle)
failed = app.run_forever()
server.shutdown()
print(f"the handler raised {len(seen)} times; run_forever returned {failed}")
assert len(seen) == 3, seen
assert failed is False, failed
PY
venv/bin/python run.py 2> errors
test ! -s errors
