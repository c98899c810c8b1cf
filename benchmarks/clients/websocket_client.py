"""Connect with websocket-client, and let the exception end the program."""

import sys

import websocket

url, secret = sys.argv[1:]
headers = [f"Authorization: Bearer {secret}", "X-Edge-Agent-Id: edge_1"]
socket = websocket.create_connection(url, header=headers, timeout=3)
socket.send('{"type":"ping"}')
while True:
    opcode, data = socket.recv_data(control_frame=True)
    if opcode == websocket.ABNF.OPCODE_CLOSE:
        number, reason = int.from_bytes(data[:2]), data[2:].decode()
        raise RuntimeError(f"on_close: close_status_code={number} close_msg={reason}")
