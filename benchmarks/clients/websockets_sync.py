"""Connect with the blocking client of websockets, and let the exception end the program."""

import sys

from websockets.sync.client import connect

url, secret = sys.argv[1:]
headers = {"Authorization": f"Bearer {secret}", "X-Edge-Agent-Id": "edge_1"}
with connect(url, additional_headers=headers, open_timeout=3) as socket:
    socket.send('{"type":"ping"}')
    while True:
        socket.recv(timeout=3)
