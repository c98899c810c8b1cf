"""An open WebSocket: frames in both directions, their times, and the facts of its end.

websockets' `ClientProtocol`, a library without I/O, implements the protocol; this module connects
it to the socket. The steps before this one wait for bytes; from here on asyncio's transport calls
back when bytes arrive. That makes round trips exact: the callback takes the time before anything is
done with the bytes, and a ping is written to the socket within a timer's callback.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence

from websockets.client import ClientProtocol
from websockets.frames import CloseCode
from websockets.protocol import OPEN

from ..backend import messages
from ..backend.profile import Part, Profile
from ..backend.texts import octets_of
from ..facts import Greeting, Instead, Message, MessageKind, SessionFacts, Span, Stage
from ..frozen import replace
from .arrival import arrived
from .budget import (
    CLOSE_SECONDS,
    CLOSE_WAIT,
    FIRST_BYTES,
    LAST_WORDS,
    READ_AT_ONCE,
    UNREAD_LIMIT,
)
from .clean import Cleaner
from .clock import Clock
from .ending import ended
from .fold import fold
from .frames import Assembly, NotUtf8, is_close
from .inbox import Arrived, Inbox
from .kernel import Accounts
from .pings import Pings
from .stream import Stream, TlsStream
from .traffic import Heard, NotFrames, Received, Traffic, peer_of

# Called with the payload of a control pong, and its time of arrival in seconds of
# `time.perf_counter`.
PongObserver = Callable[[bytes, float], None]


class Ended(Exception):
    """The connection is over; `Session.facts` says how it ended."""


class Session(asyncio.Protocol):
    """One conversation over an open socket; made by `Session.over`."""

    def __init__(
        self,
        protocol: ClientProtocol,
        layers: Sequence[TlsStream],
        clean: Cleaner,
        clock: Clock,
        profile: Profile,
    ) -> None:
        self._protocol, self._layers, self._clock = protocol, layers, clock
        self._profile, self.talk = profile, profile.session
        self.clean = clean
        # A pong arrived, or what the profile has in its place: the backend has accepted us.
        self.answered = False
        self.greeting: Greeting | None = None
        self.calm_ms: float | None = None
        self.peer = "?:0"
        self._silent = False  # dropped, because it did not answer
        self._closing = False  # we sent a close frame first
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self.accounts = Accounts()
        self._started_ms = clock.milliseconds()
        self._sent_at = self._arrived_at = time.perf_counter()
        self._traffic, self._not_frames = Traffic(), NotFrames(protocol)
        self._pings = Pings(profile.session, self._traffic)
        self._control_payload: bytes | None = None  # of the last control ping, if it is unanswered
        self._ended_at: float | None = None
        self._eof = False
        self._error: Exception | None = None
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._last_moment: asyncio.TimerHandle | None = None
        self._inbox = Inbox()
        self._writable = asyncio.Event()
        self._writable.set()
        self._assembly = Assembly(self._pings.answered_by, self._take_control_pong)
        self._on_control_pong: PongObserver = lambda payload, at: None
        self._heard = Heard(clean, profile)

    @classmethod
    async def over(
        cls,
        stream: Stream,
        protocol: ClientProtocol,
        clean: Cleaner,
        clock: Clock,
        profile: Profile,
    ) -> Session:
        """Take over a connection after its opening handshake.

        Args:
            stream: the connection so far; it must not be used any more.
            protocol: it was given all bytes that were received so far.
        """
        below, layers = stream.taken_apart()
        session = cls(protocol, layers, clean, clock, profile)
        try:
            await session._loop.create_connection(lambda: session, sock=below)
        except BaseException:
            below.close()
            raise
        # Frames may have arrived together with the head of the response, most often a refusal. So
        # may more TLS records.
        session._receive(b"")
        return session

    # --- what asyncio calls -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport, and let it read less at once.

        asyncio documents no way to do so; a transport without this attribute reads its usual
        amount.
        """
        assert isinstance(transport, asyncio.Transport)
        if hasattr(transport, "max_size"):
            transport.max_size = READ_AT_ONCE
        self._transport = transport
        self.accounts.begin(transport.get_extra_info("socket"))
        self.peer = peer_of(transport)

    def data_received(self, data: bytes) -> None:
        """Take the time of arrival before anything is done with the bytes."""
        self._arrived_at = arrived(self._loop, self._sent_at)
        self._receive(data)

    def _receive(self, data: bytes) -> None:
        closed = False
        try:
            for layer in self._layers:
                data, layer_ended = layer.decrypted(data)
                closed = closed or layer_ended
        except ssl.SSLError as error:
            self._error = error
            self._abort()
            return
        if data and not self._eof:
            self._protocol.receive_data(data)
            self._not_frames.received(data)
        self._take_events(self._protocol.events_received(), partial=bool(data))
        if closed:  # close_notify: nothing more comes, whatever the socket does
            self.eof_received()
        self._flush()
        self._see_whether_it_ends()
        self._wake()

    def eof_received(self) -> None:
        """Note the time of the end; asyncio closes the transport afterwards."""
        self._ended_at = self._ended_at or time.perf_counter()
        if not self._eof:
            self._eof = True
            self._protocol.receive_eof()
            self._not_frames.ended()
        self._end_soon()  # asyncio first waits until the peer has read all that we sent
        self._wake()
        if self._layers and self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end, and its reason if there is one."""
        self._error = self._error or exc
        self.accounts.keep()
        self.eof_received()
        if self._last_moment is not None:
            self._last_moment.cancel()
        self._writable.set()
        if not self._lost.done():
            self._lost.set_result(None)
        self._wake()

    def pause_writing(self) -> None:
        """Let senders wait, because the peer does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._writable.set()

    # --- what arrives -----------------------------------------------------------------------------

    def _take_events(self, events: Sequence[object], *, partial: bool) -> None:
        """Put whole messages into the inbox.

        Args:
            events: frames.
            partial: bytes arrived, which may be the beginning of a frame.
        """
        # An end is not traffic: the idle time is what was before it.
        if events and all(is_close(event) for event in events):
            self._ended_at = self._ended_at or self._arrived_at
        elif partial:
            self._traffic.note_received(self._arrived_at)
        try:
            for data, is_pong in self._assembly.whole(events):
                if not is_pong and self._protocol.state is OPEN:
                    self._pings.answer(self._protocol, data)
                self._inbox.put(Arrived(data, self._arrived_at, is_pong))
        except NotUtf8 as error:
            self._fail(CloseCode.INVALID_DATA, str(error))
        self._inbox.let_the_peer_wait(self._transport)

    def _take_control_pong(self, payload: bytes) -> None:
        self._control_payload = None if payload == self._control_payload else self._control_payload
        self._on_control_pong(payload, self._arrived_at)

    async def receive(self) -> Received:
        """Return the next message; only one caller may wait at a time.

        Raises:
            Ended: the connection is over.
        """
        return self._received(await self._next())

    def left(self) -> list[Received]:
        """Return the messages that have come and were not received."""
        return [self._received(arrived) for arrived in self._inbox.rest()]

    def _received(self, arrived: Arrived) -> Received:
        return Received(arrived.data, arrived.at, self._noted(arrived))

    async def heard(self) -> str | bytes:
        """Return the next message of the greeting, which no later verdict rests on.

        Raises:
            Ended: the connection is over.
        """
        while True:
            arrived = await self._next()
            kind = messages.parse(arrived.data, self._profile).kind
            if not arrived.is_pong and kind is not MessageKind.PING:
                return arrived.data

    async def _next(self) -> Arrived:
        while not self._inbox:
            if self.is_over:
                raise Ended
            await self._inbox.news()
        return await self._inbox.take(self._transport)

    def _noted(self, arrived: Arrived) -> Message:
        message = self._heard.read(arrived.data, is_pong=arrived.is_pong)
        if message.kind is MessageKind.PONG:
            self._pings.pong(arrived.at)
            self.answered = True
        elif message.kind is MessageKind.PING:
            self.answered = True
        elif not self.answered:
            self._heard.keep(message)
        return message

    def watch_control_pongs(self, observer: PongObserver) -> None:
        """Set the function that is called with each WebSocket pong frame."""
        self._on_control_pong = observer

    def _wake(self) -> None:
        if self._inbox or self.is_over:
            self._inbox.wake()

    # --- what is sent -----------------------------------------------------------------------------

    def ping(self, size: int = 0) -> float:
        """Send the protocol's ping, and return when it was handed to the socket.

        Args:
            size: bytes to which a message is padded with blanks (RFC 8259, section 2).

        Raises:
            Ended: the connection is over.
        """
        at = self._send_now(lambda: self._pings.write(self._protocol, size))
        self._pings.sent(at)
        return at

    @property
    def last_ping(self) -> str:
        """The message of the last ping, as it was sent; empty for a ping frame."""
        return self._pings.last

    def control_ping(self, payload: bytes) -> float:
        """Send a WebSocket ping frame, and return when it was handed to the socket.

        Raises:
            Ended: the connection is over.
        """
        at = self._send_now(lambda: self._protocol.send_ping(payload))
        self._control_payload = payload
        return at

    @property
    def ping_open(self) -> bool:
        """Whether a ping waits for its pong."""
        return self._pings.unanswered > 0 or self._control_payload is not None

    def _send_now(self, write: Callable[[], None]) -> float:
        """Write frames and hand them to the socket.

        This is synchronous, so that a timer that calls it returns to the kernel before the answer
        can arrive. It has no flow control, and so is only for frames of a few bytes.
        """
        if self._protocol.state is not OPEN:
            raise Ended
        write()
        self._flush()
        self._traffic.note_sent(self._sent_at)
        return self._sent_at

    async def send(self, text: str, part: Part = Part.COMMANDS) -> None:
        """Send a message, as fast as the peer reads; binary if those of its part are.

        Raises:
            Ended: the connection is over.
        """
        if self._protocol.state is not OPEN:
            raise Ended
        data = octets_of(text)
        self._traffic.sending(len(data))
        if part in self.talk.binary:
            self._protocol.send_binary(data)
        else:
            self._protocol.send_text(data)
        self._flush()
        self._traffic.note_sent(self._sent_at)
        await self._writable.wait()

    def _flush(self) -> None:
        data = b"".join(self._protocol.data_to_send())
        if self._transport is None or self._transport.is_closing():
            return
        # From the WebSocket down to the socket. A layer may add bytes of its own: TLS 1.3 can
        # change its keys during a connection.
        for layer in reversed(self._layers):
            data = layer.encrypted(data)
        if data:
            self._sent_at = time.perf_counter()
            self._transport.write(data)

    # --- the end ----------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be expected from the peer."""
        protocol = self._protocol
        failed = protocol.state is not OPEN and not self._closing
        return self._eof or protocol.close_rcvd is not None or failed

    def _fail(self, code: CloseCode, reason: str) -> None:
        if self._protocol.state is OPEN:
            self._protocol.fail(code, reason)

    def _see_whether_it_ends(self) -> None:
        if self._protocol.close_expected() and not self._eof:
            # A peer that received a close frame and does not close its socket would keep us
            # waiting.
            self._end_soon()
        transport = self._transport
        if transport is None or self._protocol.state is not OPEN:
            return
        if transport.get_write_buffer_size() > UNREAD_LIMIT:
            # Otherwise a peer that sends pings and does not read the pongs would fill the memory.
            self._fail(CloseCode.PROTOCOL_ERROR, "the pongs to the pings are not read")
            self._abort()

    def _end_soon(self) -> None:
        if self._last_moment is None:
            self._last_moment = self._loop.call_later(CLOSE_SECONDS, self._abort)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def drop(self) -> None:
        """End a connection that does not answer, at once and without a close frame."""
        self._silent = not self._closing  # one that is being closed is expected to end
        self.accounts.keep()
        self._abort()

    async def close(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> bool:
        """Close the connection, and return whether the peer answered the close frame.

        An answer has the same code (RFC 6455, section 5.5.1), or 1000 (aiohttp's server), and shows
        that the peer has read all that was sent before. A close frame with another code may have
        been sent before it did. Waits `CLOSE_SECONDS` at most. Never raises.
        """
        self._say_goodbye(code, reason)
        await self._gone(CLOSE_SECONDS)
        answer = self._protocol.close_rcvd
        answers = (code, CloseCode.NORMAL_CLOSURE)
        return self._closing and answer is not None and answer.code in answers

    async def leave(self) -> None:
        """Send a close frame and close the socket, with a moment for the answer. Never raises.

        What the backend sent before it read the close frame comes before its answer.
        """
        self.accounts.forget()
        self._say_goodbye(CloseCode.NORMAL_CLOSURE, "")
        # A backend that has sent commands may be sending more.
        seconds = CLOSE_WAIT if self.has_commands or self._inbox else LAST_WORDS
        await self._ends_within(seconds)
        if self._transport is not None:
            self._transport.close()
        await self._gone(CLOSE_WAIT)

    def end_writing(self) -> None:
        """Send a close frame and FIN, and go on reading."""
        self._say_goodbye(CloseCode.NORMAL_CLOSURE, "")
        if (transport := self._transport) is not None and not transport.is_closing():
            transport.write_eof()

    def _say_goodbye(self, code: int, reason: str) -> None:
        if self._protocol.state is OPEN:
            self._closing = True
            self._protocol.send_close(code, reason)
            self._flush()
            self._see_whether_it_ends()

    async def _gone(self, seconds: float) -> None:
        if self._lost.done():
            return
        await self._ends_within(seconds)
        self._abort()
        await self.closed()

    async def _ends_within(self, seconds: float) -> None:
        if not self._lost.done():
            await asyncio.wait((self._lost,), timeout=seconds)

    async def closed(self) -> None:
        """Wait until the connection is over, once it has begun to end."""
        if not self._lost.done():
            await asyncio.shield(self._lost)

    def rest(self) -> list[Message]:
        """Return what the messages say that have come and were not received."""
        return [received.message for received in self.left()]

    @property
    def has_commands(self) -> bool:
        """Whether a command came."""
        return bool(self._heard.commands)

    def with_commands(self, seen: SessionFacts | None) -> SessionFacts:
        """Add the commands that came to facts about this connection; nobody acknowledges them."""
        return self._heard.with_commands(seen or self.so_far())

    def so_far(self) -> SessionFacts:
        """Return the facts about an open connection, without looking for a failure."""
        # A pong of the server's library does not show that the application accepts the client.
        automatic = self.talk.answered_by_library and not self.talk.greets
        proved = not automatic or self.calm_ms is not None
        return SessionFacts(
            span=Span(self._started_ms, self._clock.milliseconds() - self._started_ms),
            pong=True if self._pings.ponged and proved else None,
            round_trip_ms=self._pings.round_trip_ms,
            recent_ms=tuple(self._pings.recent_ms),
            prompt=self._pings.prompt,
            messages=tuple(self._heard.messages),
            messages_seen=self._heard.messages_seen,
            greeting=self.greeting,
            pinged=True if self._pings.pinged else None,
            calm_ms=self.calm_ms,
            longest_gap_ms=self._traffic.longest_gap * 1000,
            largest_sent=self._traffic.largest_sent,
            largest_passed=self._traffic.largest_passed,
            first_bytes=self.clean(self._not_frames.found, FIRST_BYTES),
        )

    def facts(self) -> SessionFacts:
        """Return how the connection ended; one that is still open counts as not answering."""
        if self._silent or not self.is_over:
            self._not_frames.silent()
        seen = self.so_far()
        ended_at = self._ended_at or time.perf_counter()
        idle = self._traffic.idle_at(ended_at)
        if self._silent or not self.is_over:
            failure = fold(TimeoutError(), Stage.SESSION)
            if self.greeting and self.greeting.instead is Instead.MESSAGE:
                failure = replace(failure, message="an unexpected message arrived")
            return replace(seen, pong=False, idle_ms=idle * 1000, failure=failure)
        drop, idle = self._traffic.drop(ended_at, ping_open=self.ping_open, error=self._error)
        said = ended(self._protocol, self.clean, drop)
        return replace(seen, idle_ms=idle * 1000, **said)
