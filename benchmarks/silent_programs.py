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
