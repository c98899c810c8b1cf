"""Servers on loopback that say exactly the bytes that a test wants, and count who came."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from edgecheck.wire.stream import SocketStream
from tests.timing import let_others_run

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Listening:
    """A server that runs.

    Args:
        port: where.
        received: what each connection sent, as far as its handler read it through `request_of`.
        connections: how many came.
    """

    port: int
    received: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect."""
        return "127.0.0.1", self.port


@contextlib.asynccontextmanager
async def serving(
    handle: Handler,
    *,
    context: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[Listening]:
    """Serve until the context is left; a connection ends with its handler."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.connections += 1
        try:
            await handle(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, host, port, ssl=context)
    running = Listening(server.sockets[0].getsockname()[1])
    try:
        yield running
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """Read one head."""
    return await reader.readuntil(b"\r\n\r\n")


def saying(*pieces: bytes, first: bool = False, hold: bool = False, apart: bool = False) -> Handler:
    """Return a handler that sends some bytes after a request's head.

    Args:
        first: do not wait for a request.
        hold: keep the connection afterwards; otherwise end it.
        apart: a client in this event loop reads each piece before the next one is sent.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not first:
            await request_of(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await (let_others_run() if apart else asyncio.sleep(0))
        if hold:
            await asyncio.Event().wait()
        if writer.can_write_eof():
            writer.write_eof()
            await reader.read()  # closing with bytes unread would reset the connection

    return handle


@contextlib.asynccontextmanager
async def stream_to(port: int) -> AsyncIterator[SocketStream]:
    """Connect as the probe does."""
    sock = socket.socket()
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    stream = SocketStream(sock)
    try:
        yield stream
    finally:
        stream.close()


def bytewise(data: bytes) -> Sequence[bytes]:
    """Return every byte by itself."""
    return [data[i : i + 1] for i in range(len(data))]


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a frame of a server (RFC 6455, section 5.2)."""
    size = len(payload)
    length = (
        bytes([size])
        if size < 126
        else b"\x7e" + size.to_bytes(2)
        if size < 2**16
        else b"\x7f" + size.to_bytes(8)
    )
    return bytes([opcode | (0x80 if fin else 0)]) + length + payload


TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


def text(message: str) -> bytes:
    """Return a text message in one frame."""
    return frame(TEXT, message.encode())


def close(code: int, reason: bytes = b"") -> bytes:
    """Return a close frame."""
    return frame(CLOSE, code.to_bytes(2) + reason)


def accept_of(request: bytes) -> bytes:
    """Return the head that accepts an opening handshake (RFC 6455, section 4.2.2)."""
    key = next(
        line.partition(b":")[2].strip()
        for line in request.split(b"\r\n")
        if line.lower().startswith(b"sec-websocket-key:")
    )
    token = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    fields = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + token
    return b"HTTP/1.1 101 Switching Protocols\r\n" + fields + b"\r\n\r\n"


async def frame_of(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one masked frame of at most 125 bytes: opcode and payload."""
    first, second = await reader.readexactly(2)
    assert second & 0x80, "a client masks its frames (RFC 6455, section 5.1)"
    mask = await reader.readexactly(4)
    masked = await reader.readexactly(second & 0x7F)
    return first & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(masked))


def opening(
    *pieces: bytes,
    at_once: bytes = b"",
    frames: list[tuple[int, bytes]] | None = None,
    hold: bool = True,
) -> Handler:
    """Return a handler that accepts a WebSocket, and sends pieces after the first frame that came.

    Args:
        pieces: sent one by one.
        at_once: sent in one segment with the head.
        frames: takes every frame that the client sends.
        hold: keep the connection afterwards, and read on; otherwise end it.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)) + at_once)
        await writer.drain()
        kept = frames if frames is not None else []
        kept.append(await frame_of(reader))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        while hold:
            kept.append(await frame_of(reader))

    return handle
