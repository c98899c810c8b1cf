"""One connection, from its opening to the facts of its end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import CloseCode

from ..backend import messages as protocol
from ..facts import Failure, Kind, Message, MessageKind, SessionFacts, Span, Stage
from ..facts.dates import from_http
from ..facts.text import unescape
from ..wire.budget import MESSAGES_KEPT
from ..wire.clean import Cleaner
from ..wire.fold import fold
from ..wire.opening import Opening
from .connection import CLOSE_SECONDS, PongObserver, TimedConnection, open_connection
from .ending import drop_of


@dataclass(frozen=True)
class Received:
    """One message.

    Args:
        data: as it came.
        at: when its last bytes arrived, in seconds of `time.perf_counter`.
        message: what it is, cleaned.
    """

    data: str | bytes
    at: float
    message: Message


class Unopened(Exception):
    """No connection came about.

    Args:
        failure: what was met, as far as the library tells.
        status: of the HTTP response, where one came.
        retry_after: seconds that the server asks to wait for, where it does.
    """

    def __init__(
        self, failure: Failure, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(failure.message)
        self.failure, self.status, self.retry_after = failure, status, retry_after


class Ended(Exception):
    """The connection is over; `Link.facts` says how."""


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` field asks for (RFC 9110, section 10.2.3); None for none that can be read."""
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return float(value)
    date = from_http(value)
    return max((date - now).total_seconds(), 0.0) if date is not None else None


async def open_link(plan: Opening) -> Link:
    """Open a connection.

    Raises:
        Unopened: it did not come about.
        edgecheck.probe.tls.TrustError: the file of trusted certificates cannot be used.
    """
    try:
        return Link(await open_connection(plan), plan.clean)
    except InvalidStatus as error:
        response = error.response
        wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        raise Unopened(fold(error, Stage.UPGRADE), response.status_code, wait) from None
    except (OSError, WebSocketException, ImportError, ValueError, EOFError) as error:
        raise Unopened(fold(error, Stage.TCP)) from None


class Link:
    """An open connection."""

    def __init__(self, connection: TimedConnection, clean: Cleaner) -> None:
        self._connection, self.clean = connection, clean
        self.opened_at = time.perf_counter()
        self.answered = False  # a pong came: the backend knows us
        self.ping_open = False  # the last ping is not answered
        self.silent = False  # dropped, because it did not answer
        # What came in place of the first pong: a verdict may rest on it.
        self._messages: list[Message] = []
        self._messages_seen = 0

    @property
    def peer(self) -> str:
        """The address and port of the other end, which is the proxy's where one is used."""
        host, port, *_ = self._connection.remote_address or ("?", 0)
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def last_traffic(self) -> float:
        """When bytes passed last, in seconds of `time.perf_counter`."""
        return self._connection.last_traffic

    async def receive(self) -> Received:
        """Return the next message. Raises `Ended`."""
        try:
            data = await self._connection.recv()
        except ConnectionClosed:
            raise Ended from None
        arrivals = self._connection.arrivals
        at = arrivals.popleft()
        if arrivals:
            await asyncio.sleep(
                0
            )  # more came than could be taken: timers have their turn all the same
        message = self._read(data)
        if message.kind is MessageKind.PONG:
            self.answered, self.ping_open = True, False
        elif not self.answered:
            self._messages_seen += 1
            if len(self._messages) < MESSAGES_KEPT:
                self._messages.append(message)
        return Received(data, at, message)

    def _read(self, data: str | bytes) -> Message:
        message = protocol.parse(data)
        # The parser's words are escaped already, and may quote the message.
        return Message(
            message.kind, self.clean(data, protocol.EXCERPT), self.clean(unescape(message.detail))
        )

    def ping(self) -> float:
        """Send the protocol's ping, and return when it was handed to the socket. Raises `Ended`."""
        at = self._send_now(lambda: self._connection.protocol.send_text(protocol.PING.encode()))
        self.ping_open = True
        return at

    def control_ping(self, payload: bytes) -> float:
        """Send a WebSocket ping frame, and return when it was handed to the socket.

        Raises `Ended`.
        """
        return self._send_now(lambda: self._connection.protocol.send_ping(payload))

    def _send_now(self, write: Callable[[], None]) -> float:
        try:
            return self._connection.send_now(write)
        except ConnectionClosed:
            raise Ended from None

    async def send(self, text: str) -> None:
        """Send a text message. Raises `Ended`."""
        try:
            await self._connection.send(text)
        except ConnectionClosed:
            raise Ended from None

    def watch_control_pongs(self, observer: PongObserver) -> None:
        """Have every WebSocket pong frame told: its payload, and when it arrived."""
        self._connection.on_control_pong = observer

    async def close(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> bool:
        """Close, and tell whether the other side did so too, in the moment that it is given.

        Never raises.
        """
        with contextlib.suppress(TimeoutError):
            # The library's own limit begins once the close frame is written, which a peer that does
            # not read prevents.
            async with asyncio.timeout(2 * CLOSE_SECONDS):
                await self._connection.close(code, reason)
        self._connection.transport.abort()
        await self._connection.wait_closed()
        return self._connection.protocol.close_rcvd is not None

    async def closed(self) -> None:
        """Wait until the connection is over; it is ending already."""
        await self._connection.wait_closed()

    def drop(self) -> None:
        """End a connection that does not answer, at once: there is nobody to say goodbye to."""
        self.silent = True
        self._connection.transport.abort()

    def facts(self) -> SessionFacts:
        """Return how it ended; for one that is still open, that it does not answer."""
        sans_io = self._connection.protocol
        ended = self._connection.ended_at
        now = time.perf_counter()
        received, sent = sans_io.close_rcvd, sans_io.close_sent
        code: int | None = None
        reason, closed_by = "", None
        idle = (ended or now) - self.last_traffic
        if self.silent or ended is None:
            failure = fold(TimeoutError(), Stage.SESSION)
        elif received is not None and (sent is None or sans_io.close_rcvd_then_sent):
            code, reason, closed_by = int(received.code), received.reason, "server"
            failure = Failure(Kind.SESSION_CLOSED, "the server closed the connection")
        elif sent is not None:
            code, reason, closed_by = int(sent.code), sent.reason, "client"
            failure = Failure(
                Kind.SESSION_CLOSED, self.clean(str(sans_io.parser_exc or reason), 200)
            )
        else:
            code = int(CloseCode.ABNORMAL_CLOSURE)
            failure = drop_of(idle, self.ping_open)
        no_pong = failure.kind is Kind.SESSION_NO_PONG
        return SessionFacts(
            span=Span(0.0, (now - self.opened_at) * 1000),
            pong=False if no_pong else True if self.answered else None,
            messages=tuple(self._messages),
            messages_seen=self._messages_seen,
            close_code=code,
            close_reason=self.clean(reason, 200),
            closed_by=closed_by,
            idle_ms=idle * 1000,
            failure=failure,
        )
