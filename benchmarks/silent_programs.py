"""Programs that run in the place of a backend, or of a proxy, and keep silent or refuse."""

from __future__ import annotations

from tests.backends.routed import SERVER

FULL = """
import socket, sys, time
server = socket.socket(); server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("0.0.0.0", 8444)); server.listen(0)
kept = [socket.socket() for _ in range(4)]
for one in kept:
    one.setblocking(False)
    one.connect_ex(("127.0.0.1", 8444))
print("ready", flush=True)
time.sleep(60)
"""
ACCEPTS = """
import socket, sys, time
server = socket.socket(); server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("0.0.0.0", 8444)); server.listen(50)
print("ready", flush=True)
kept = []
while True:
    kept.append(server.accept())
"""
# Reads, and ends a connection that has ended, as balancers do.
READS = """
import socket, sys, threading
server = socket.socket(); server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("0.0.0.0", 8444)); server.listen(50)
print("ready", flush=True)
def swallow(one):
    while one.recv(65536):
        pass
    one.close()
while True:
    threading.Thread(target=swallow, args=(server.accept()[0],), daemon=True).start()
"""
PROXY = """
import asyncio, sys
async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass
async def serve(reader, writer):
    head = await reader.readuntil(b"\\r\\n\\r\\n")
    host, _, port = head.split()[1].decode().rpartition(":")
    back, forth = await asyncio.open_connection(TARGET, int(port))
    writer.write(b"HTTP/1.1 200 Connection established\\r\\n\\r\\n")
    await asyncio.gather(copy(reader, forth), copy(back, writer))
    forth.close(); writer.close()
async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", 8444)
    print("ready", flush=True)
    await server.serve_forever()
asyncio.run(main())
""".replace("TARGET", repr(SERVER))
RESETS_ALL = """
import socket, struct
server = socket.socket(); server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("0.0.0.0", 8444)); server.listen(50)
print("ready", flush=True)
while True:
    one, _ = server.accept()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
"""
CLOSES_ALL = RESETS_ALL.replace('"ii", 1, 0', '"ii", 0, 0')
# Ends the handshake of TLS, and reads no request.
SILENT_AFTER_TLS = """
import socket, ssl, sys, threading, time
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain(*sys.argv[1:3])
server = socket.create_server(("", 8444)); print("ready", flush=True)
def serve(one):
    secured = context.wrap_socket(one, server_side=True)
    time.sleep(60)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""
# Says a part of an answer, or all of it, and then nothing more.
BEGINS = """
import socket, threading
server = socket.create_server(("", 8444)); print("ready", flush=True)
def serve(one):
    one.recv(65536)
    one.sendall(ANSWER)
    while one.recv(65536):
        pass
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""
HALF_101 = BEGINS.replace("ANSWER", repr(b"HTTP/1.1 101 Switching Protocols\r\nX-A: b\r\n"))
HALF_200 = BEGINS.replace("ANSWER", repr(b"HTTP/1.1 200 OK\r\nX-A: b\r\n"))
SWALLOWS = BEGINS.replace("ANSWER", repr(b"HTTP/1.1 200 OK\r\n\r\n"))
# A proxy that answers no CONNECT, and refuses what is about itself.
KNOWS_ITSELF = """
import socket, threading, time
server = socket.create_server(("", 8444)); print("ready", flush=True)
def serve(one):
    if one.recv(65536).startswith(b"CONNECT"):
        time.sleep(60)
    one.sendall(b"HTTP/1.1 400 Bad Request\\r\\nContent-Length: 0\\r\\n\\r\\n")
    one.close()
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""
# Opens a WebSocket, and reads nothing that comes over it.
READS_NO_MESSAGE = """
import base64, hashlib, socket, threading, time
server = socket.socket(); server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
server.bind(("", 8444)); server.listen(50); print("ready", flush=True)
def serve(one):
    head = b""
    while b"\\r\\n\\r\\n" not in head:
        head += one.recv(4096)
    key = head.lower().index(b"sec-websocket-key:") + 18
    key = head[key:head.index(b"\\r", key)].strip() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key).digest())
    one.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: "
                b"Upgrade\\r\\nSec-WebSocket-Accept: " + accept + b"\\r\\n\\r\\n")
    time.sleep(90)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""
