"""What needs no WebSocket: sockets that listen, and servers that say the same bytes to everyone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from weakref import WeakSet

from ..facts.text import escape
from .answers import Http
from .behaviour import NOTHING, End, Port, Reply

DRIBBLE_SECONDS = 1.0
# Enough for every SYN of a simulation: connections beyond it would wait in vain.
BACKLOG = 100
# What fills a queue of length 0; Linux holds one connection more than it is told.
FILLERS = 4
# Turns of the event loop in which a transport sees that its connection ended, tells its protocol,
# and the tasks that wait for it end. Three are needed; the others are to spare.
TURNS = 10

Log = Callable[[str], None]


class Listener(socket.socket):
    """A socket that remembers what it accepted, so that a TLS handshake under way can be ended."""

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
    """Give a socket that is bound, and does not listen yet.

    Raises:
        OSError: the address is in use, not this machine's, or not allowed.
    """
    # asyncio switches Nagle's algorithm off only where it is told that the protocol is TCP.
    listener = Listener(
        socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )
    with listener:
        # A simulation that is started again takes its port back from connections in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        yield listener


@contextlib.asynccontextmanager
async def occupy(port: Port, listener: Listener, log: Log) -> AsyncIterator[None]:
    """Make a port at which nobody talks."""
    match port:
        case Port.REFUSES:  # bound, so that nobody else takes it, and not listening
            yield
        case Port.DROPS:
            # Once the queue of connections to be accepted is full, Linux drops the SYN of a further
            # one (listen(2)).
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
            # A callback, not a task: the sooner it is reset, the more clients see it while they
            # connect.
            loop.add_reader(listener, _reset, listener, log)
            try:
                yield
            finally:
                loop.remove_reader(listener)


def _reset(listener: Listener, log: Log) -> None:
    with contextlib.suppress(BlockingIOError):
        connection, address = listener.accept()
        # Lingering for 0 seconds is what makes close(2) send RST (socket(7)).
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
    """Serve the same bytes to every connection; arguments as in `Scenario`."""
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = name_of(writer.get_extra_info("peername"))
        log(f"accepted {peer}")
        try:
            async with asyncio.timeout(latency + hold):
                await _answer(
                    reply, reader, writer, latency, lambda what: log(f"answered {peer}: {what}")
                )
        except (
            OSError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
        ):  # TimeoutError is an OSError
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
    # Closing with bytes unread would send RST, and could take the answer away from the client (RFC
    # 9112, section 9.6).
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
    """Return a peer's address and port as a person writes them."""
    host, port, *_ = address or ("?", 0)
    return escape(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
