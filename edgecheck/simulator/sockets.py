"""Listening sockets, and servers that send the same bytes to every client."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from weakref import WeakSet

from ..escapes import escape
from .answers import Http
from .behaviour import NOTHING, End, Port, Reply

DRIBBLE_SECONDS = 1.0
# Enough for all connections of a simulation.
BACKLOG = 100
# This many connections certainly fill a queue of length 0; Linux allows one more than the length.
FILLERS = 4
# Turns of the event loop until a transport has seen that its connection ended, and the tasks that
# wait for it have ended too. Three are necessary; the others are spare.
TURNS = 10

Log = Callable[[str], None]


class Listener(socket.socket):
    """A socket that knows what it accepted, so that even a TLS handshake can be interrupted."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._accepted: WeakSet[socket.socket] = WeakSet()

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection."""
        connection, address = super().accept()
        self._accepted.add(connection)
        return connection, address

    async def hang_up(self) -> None:
        """End every connection that was accepted."""
        for connection in self._accepted:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for _ in range(TURNS):
            await asyncio.sleep(0)


@contextlib.contextmanager
def bind(host: str, port: int) -> Iterator[Listener]:
    """Provide a socket that is bound, but does not listen yet.

    Raises:
        OSError: the address is in use, not one of this machine, or not allowed.
    """
    # asyncio switches Nagle's algorithm off only if the socket was made with IPPROTO_TCP.
    listener = Listener(
        socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )
    with listener:
        # Otherwise, connections in TIME_WAIT block the port when a simulation is started again.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        yield listener


@contextlib.asynccontextmanager
async def occupy(port: Port, listener: Listener, log: Log) -> AsyncIterator[None]:
    """Make a port that accepts no connection."""
    match port:
        case Port.REFUSES:  # bound, so that no other program gets the port, but not listening
            yield
        case Port.DROPS:
            # When the queue of connections to accept is full, Linux drops further SYNs (listen(2)).
            listener.listen(0)
            with contextlib.ExitStack() as stack:
                for _ in range(FILLERS):
                    filler = stack.enter_context(socket.socket(listener.family, socket.SOCK_STREAM))
                    filler.settimeout(0)
                    filler.connect_ex(listener.getsockname())
                yield
        case Port.RESETS:
            listener.listen(BACKLOG)
            listener.settimeout(0)
            loop = asyncio.get_running_loop()
            # A callback is faster than a task: the sooner the reset comes, the more clients see it
            # while they connect.
            loop.add_reader(listener, _reset, listener, log)
            try:
                yield
            finally:
                loop.remove_reader(listener)


def _reset(listener: Listener, log: Log) -> None:
    with contextlib.suppress(BlockingIOError):
        connection, address = listener.accept()
        # With a linger time of 0 seconds, close(2) sends RST (socket(7)).
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        log(f"reset {name_of(address)}")


@contextlib.asynccontextmanager
async def answer(
    reply: Reply,
    listener: Listener,
    context: ssl.SSLContext | None,
    *,
    latency: float,
    hold: float,
    log: Log,
) -> AsyncIterator[None]:
    """Send the same bytes on every connection; the arguments are those of `Scenario`."""
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = name_of(writer.get_extra_info("peername"))
        log(f"accepted {peer}")
        try:
            async with asyncio.timeout(latency + hold):
                await _answer(
                    reply, reader, writer, latency, lambda what: log(f"answered {peer}: {what}")
                )
        # TimeoutError is an OSError.
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            log(f"disconnected {peer}")

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, sock=listener, ssl=context)
    try:
        yield
    finally:
        server.close()
        tasks = tuple(connections)
        for task in tasks:
            task.cancel()
        await listener.hang_up()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def _answer(
    reply: Reply,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    latency: float,
    log: Log,
) -> None:
    request = b""
    if reply.after is not NOTHING:
        request = await (reader.readuntil(reply.after) if reply.after else reader.read(2**16))
    await asyncio.sleep(latency)
    data = reply.answer
    if isinstance(data, Http):
        log(data.status)
        data = data.encode(*_host_and_target(request))
    elif data:
        log(f"{len(data)} bytes")
    writer.write(data)
    await writer.drain()
    if reply.end is End.DRIBBLES:
        while True:
            await asyncio.sleep(DRIBBLE_SECONDS)
            writer.write(b"\0")
            await writer.drain()
    if reply.end is End.CLOSES:
        if not writer.can_write_eof():  # TLS
            return
        writer.write_eof()
    # Closing with unread bytes sends RST, so that the client may lose the answer (RFC 9112, section
    # 9.6).
    while await reader.read(2**16):
        pass


def _host_and_target(request: bytes) -> tuple[str, str]:
    """Return the host, without a port, and the request target of an HTTP request."""
    first, *fields = request.decode("latin-1").split("\r\n")
    words = first.split(" ")
    host = next(
        (line.partition(":")[2].strip() for line in fields if line.lower().startswith("host:")), ""
    )
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host, words[1] if len(words) == 3 else "/"


def name_of(address: Any) -> str:
    """Return a peer's address and port in the usual form."""
    host, port, *_ = address or ("?", 0)
    return escape(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
