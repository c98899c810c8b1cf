"""websockets' connection, with the times at which bytes pass, and without what the secret must not meet: redirects and logs."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.frames import DATA_OPCODES, CloseCode, Frame, Opcode
from websockets.protocol import OPEN

from ..settings.model import Family
from ..settings.url import is_address
from ..wire.arrival import arrived
from ..wire.budget import ATTEMPT_DELAY
from ..wire.opening import Opening
from ..wire.tls import context_of
from ..wire.upgrade import SILENT

# What the closing handshake may take; a peer that does not answer by then is left.
CLOSE_SECONDS = 2.0
# The limit is a stage's, and the library has one for all: names and TCP, TLS, the upgrade.
STAGES = 3
# Four times what Python's websockets takes: a live connection shows a large message, and says that
# it is one, rather than ending. More is not for a small machine: empty arrays take thirty times
# their text in memory.
MESSAGE_LIMIT = 4 * 1024 * 1024
# What waits for a peer to read it: no more than the longest message. Else one that sends pings and
# reads no answer fills the memory.
UNREAD_LIMIT = MESSAGE_LIMIT
# asyncio reads 256 KiB at once: 130,000 empty frames, and no timer runs until all are parsed. One
# that reads less is as fast.
_READ_AT_ONCE = 16 * 1024

_FAMILIES = {
    Family.ANY: socket.AF_UNSPEC,
    Family.IPV4: socket.AF_INET,
    Family.IPV6: socket.AF_INET6,
}

# Told of a control pong's payload, and of when it arrived.
PongObserver = Callable[[bytes, float], None]


class TimedConnection(ClientConnection):
    """A client's connection that knows when what came arrived, in seconds of `time.perf_counter`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        now = time.perf_counter()
        self._sent_at = now
        self.ended_at: float | None = None
        # One moment for each message that `recv` has not given out yet, in the same order.
        self.arrivals: deque[float] = deque()
        self.on_control_pong: PongObserver = lambda payload, at: None
        self._arrived = now
        self._last_moment: asyncio.TimerHandle | None = None

    @property
    def last_traffic(self) -> float:
        """When bytes passed last, in either direction."""
        return max(self._arrived, self._sent_at)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Have the transport read less at once. asyncio documents no way to; what has no such attribute reads as it likes."""
        if hasattr(transport, "max_size"):
            transport.max_size = _READ_AT_ONCE
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take the time before anything is done with the bytes."""
        self._arrived = arrived(self.loop, self._sent_at)
        super().data_received(data)
        if self._last_moment is None and self.protocol.close_expected():
            # A peer that broke the protocol and then does not close would keep whoever receives
            # waiting: nobody else sets a limit for it.
            self._last_moment = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)
        if self.transport.get_write_buffer_size() > UNREAD_LIMIT and self.protocol.state is OPEN:
            self.protocol.fail(
                CloseCode.PROTOCOL_ERROR, "pings come, and their answers are not read"
            )
            self.transport.abort()

    def process_event(self, event: Any) -> None:
        """Keep the moment at which a message became whole."""
        if isinstance(event, Frame):
            if event.opcode in DATA_OPCODES and event.fin:
                self.arrivals.append(self._arrived)
            elif event.opcode is Opcode.PONG:
                self.on_control_pong(bytes(event.data), self._arrived)
        super().process_event(event)

    def eof_received(self) -> None:
        """Keep the moment of the end."""
        self.ended_at = self.ended_at or time.perf_counter()
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Keep the moment of the end, where no end of the stream came first."""
        self.ended_at = self.ended_at or time.perf_counter()
        if self._last_moment is not None:
            self._last_moment.cancel()
        super().connection_lost(exc)

    def send_now(self, write: Callable[[], None]) -> float:
        """Write frames and hand them to the socket, and return the moment at which they went.

        Synchronous, so that whoever calls it from a timer is back in the kernel, waiting, before
        the answer can come. Without flow
        control: for frames of a few bytes.

        Args:
            write: writes to the protocol.

        Raises:
            ConnectionClosed: it is not open.
        """
        if self.protocol.state is not OPEN:
            raise ConnectionClosedError(None, None)
        write()
        data = b"".join(self.protocol.data_to_send())
        self._sent_at = time.perf_counter()
        self.transport.write(data)
        return self._sent_at

    async def send(self, *args: Any, **options: Any) -> None:
        """Send a message, under flow control."""
        self._sent_at = time.perf_counter()
        await super().send(*args, **options)


class _Opening(connect):
    """An opening handshake that goes where it was told, and nowhere else."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Follow nothing: a redirect is a finding, and the secret never goes to another place."""
        return exc


async def open_connection(plan: Opening) -> TimedConnection:
    """Connect and do the opening handshake.

    Args:
        plan: where to, as whom, and how.

    Raises:
        OSError: of which `TimeoutError` is one: the way to the backend.
        websockets.exceptions.WebSocketException: the answer.
        edgecheck.probe.tls.TrustError: the file of trusted certificates cannot be used.
    """
    connection, endpoint = plan.connection, plan.endpoint
    ways: dict[str, Any] = {}
    if endpoint.secure:
        ways["ssl"] = context_of(connection.ca_file, connection.insecure)
    proxy = connection.proxy.text if connection.proxy is not None else None
    if plan.proxy is None or not plan.proxy.is_socks:  # through SOCKS the proxy's library connects
        ways["family"] = _FAMILIES[connection.family]
        if not is_address(plan.proxy.host if plan.proxy is not None else endpoint.host):
            ways["happy_eyeballs_delay"] = ATTEMPT_DELAY  # RFC 8305, as the probe connects
    if plan.proxy is not None and plan.proxy.scheme == "https":
        ways["proxy_ssl"] = context_of(connection.ca_file, connection.insecure)
    opened = await _Opening(
        endpoint.url,
        additional_headers=plan.request_fields(),
        user_agent_header=None,  # it is one of the fields
        proxy=proxy,
        compression=None,  # the probe offers none, and a ping is smaller without
        open_timeout=STAGES * connection.timeout,
        ping_interval=None,  # the protocol has a keepalive of its own
        close_timeout=CLOSE_SECONDS,
        max_size=MESSAGE_LIMIT,
        logger=SILENT,
        create_connection=TimedConnection,
        **ways,
    )
    assert isinstance(opened, TimedConnection)
    return opened
