"""After the socket opened: one ping, and whatever comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence

from websockets.client import ClientProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN

from ..backend import messages
from ..backend.profile import Profile
from ..facts import Failure, Kind, Message, MessageKind, SessionFacts, Stage
from ..facts.text import unescape
from .budget import ANSWER_GRACE, CLOSE_WAIT, MESSAGES_KEPT, MESSAGES_READ
from .clean import Cleaner
from .clock import Clock
from .fold import fold
from .stream import Stream


class Session:
    """One conversation over an open socket, until the pong, the end, or the limit."""

    def __init__(
        self,
        stream: Stream,
        protocol: ClientProtocol,
        clean: Cleaner,
        clock: Clock,
        profile: Profile,
    ) -> None:
        self._stream, self._protocol, self._clean, self._clock = stream, protocol, clean, clock
        self._profile = profile
        self._started = clock.milliseconds()
        self._ping_sent = self._last_frame = self._started
        self._round_trip: float | None = None
        self._messages: list[Message] = []
        self._seen = 0
        self._fragments: list[bytes] | None = None
        self._opcode = Opcode.TEXT
        self._answered_otherwise = False
        self._dropped: OSError | None = None
        self._ended = False

    async def run(self, timeout: float) -> SessionFacts:
        """Send one ping and wait for its pong, at most so many seconds."""
        try:
            async with asyncio.timeout(timeout) as limit:
                await self._converse(limit)
        except OSError as error:
            # The limit's TimeoutError is an OSError as well; the socket's own has a number.
            if error.errno is not None or not isinstance(error, TimeoutError):
                self._dropped, self._ended = error, True
        return self._facts()

    async def _converse(self, limit: asyncio.Timeout) -> None:
        # Frames may have come in the same segment as the response's head: a refusal, most often.
        self._take(self._clock.milliseconds())
        if self._protocol.state is OPEN and not self._is_over():
            self._protocol.send_text(self._profile.ping.encode())
            self._ping_sent = self._last_frame = self._clock.milliseconds()
        await self._flush()
        while not self._is_over():
            data = await self._stream.receive()
            arrived = self._clock.milliseconds()
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
                self._ended = True
            self._take(arrived)
            await self._flush()
            if self._answered_otherwise:
                # Something answered that is no pong. The pong may still come, but a person need not
                # wait the whole limit for it.
                self._answered_otherwise = False
                grace = asyncio.get_running_loop().time() + ANSWER_GRACE
                limit.reschedule(min(grace, limit.when() or grace))

    def _is_over(self) -> bool:
        return (
            self._round_trip is not None
            or self._ended
            or self._protocol.close_rcvd is not None
            or self._protocol.close_sent is not None
            or self._seen >= MESSAGES_READ
        )

    def _take(self, arrived: float) -> None:
        for data in self._complete(self._protocol.events_received()):
            self._last_frame = arrived
            message = messages.parse(data, self._profile)
            if message.kind is MessageKind.PONG:
                self._round_trip = arrived - self._ping_sent
                return
            self._seen += 1
            self._answered_otherwise |= message.kind in (MessageKind.ECHO, MessageKind.NOT_JSON)
            if len(self._messages) < MESSAGES_KEPT:
                text = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
                self._messages.append(
                    Message(
                        message.kind,
                        self._clean(text, messages.EXCERPT),
                        self._clean_again(message.detail),
                    )
                )

    def _clean_again(self, detail: str) -> str:
        """The parser's words are escaped already and may quote the message."""
        return self._clean(unescape(detail))

    def _complete(self, events: Sequence[object]) -> Iterator[str | bytes]:
        for frame in events:
            if not isinstance(frame, Frame) or frame.opcode not in (
                Opcode.TEXT,
                Opcode.BINARY,
                Opcode.CONT,
            ):
                continue
            if frame.opcode is not Opcode.CONT:
                self._fragments, self._opcode = [], frame.opcode
            assert self._fragments is not None  # the protocol refuses a continuation of nothing
            self._fragments.append(bytes(frame.data))
            if frame.fin:
                data, self._fragments = b"".join(self._fragments), None
                if self._opcode is Opcode.BINARY:
                    yield data
                    continue
                try:
                    yield data.decode("utf-8")
                except UnicodeDecodeError as error:
                    # RFC 6455, section 8.1: a text message that is no UTF-8 fails the connection.
                    if self._protocol.state is OPEN:
                        self._protocol.fail(
                            CloseCode.INVALID_DATA, f"{error.reason} at position {error.start}"
                        )
                    return

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                await self._stream.send(data)

    def _facts(self) -> SessionFacts:
        protocol = self._protocol
        code: int | None = None
        reason, closed_by = "", None
        received, sent = protocol.close_rcvd, protocol.close_sent
        failure: Failure | None = None
        if self._round_trip is not None:
            pass
        elif received is not None:
            code, reason, closed_by = int(received.code), received.reason, "server"
            failure = Failure(Kind.SESSION_CLOSED, "the server closed the connection")
        elif sent is not None:
            code, reason, closed_by = int(sent.code), sent.reason, "client"
            failure = Failure(
                Kind.SESSION_CLOSED, self._clean(str(protocol.parser_exc or reason), 200)
            )
        elif self._ended:
            code = int(CloseCode.ABNORMAL_CLOSURE)
            words = fold(self._dropped, Stage.SESSION) if self._dropped else None
            failure = words or Failure(
                Kind.SESSION_DROPPED, "the connection ended without a close frame"
            )
        else:
            failure = fold(TimeoutError(), Stage.SESSION)
        ended = self._clock.milliseconds()
        return SessionFacts(
            span=self._clock.since(self._started),
            pong=True
            if self._round_trip is not None
            else False
            if failure and failure.kind is Kind.SESSION_NO_PONG
            else None,
            round_trip_ms=self._round_trip,
            messages=tuple(self._messages),
            messages_seen=self._seen,
            close_code=code,
            close_reason=self._clean(reason, 200),
            closed_by=closed_by,
            idle_ms=ended - self._last_frame if failure else None,
            failure=failure,
        )

    async def close(self) -> None:
        """Say goodbye, if the connection still stands. The answer is not waited for."""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(CLOSE_WAIT):
                if self._protocol.state is OPEN:
                    self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
                await self._flush()
