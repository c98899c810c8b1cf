"""The profile's pings over one connection, and what answers them.

A profile knows one of three ways to find out whether the other side is there: the client sends a
message, the client sends a ping frame (RFC 6455, section 5.5.2), or the server sends a message that
the client answers.
"""

from __future__ import annotations

from collections import deque

from websockets.client import ClientProtocol

from ..backend.profile import Conversation, Part
from ..backend.texts import answer_to, counted, matches, octets_of
from .traffic import Traffic

# Tells our ping frames from those that a person sends beside them.
_OURS = b"edgecheck"
# Ping frames whose pongs may still come; nobody has as many open at once.
_OPEN_FRAMES = 16

# A pong is early if it comes within this part of the time between two pings. This many pongs in a
# row, each this early, are not a coincidence.
_AT_ONCE, _FEW = 0.2, 3
# As many round trips show whether the answers become slower.
_RECENT = 6


class Pings:
    """What was pinged, and what was answered.

    Args:
        talk: what the profile says.
        traffic: learns which messages passed: those that were sent before a ping that is answered.
    """

    def __init__(self, talk: Conversation, traffic: Traffic) -> None:
        self._ping, self._traffic = talk.ping, traffic
        self._binary = Part.PING in talk.binary
        self._frames: deque[bytes] = deque(maxlen=_OPEN_FRAMES)
        self._count = 0
        # When the pings without a pong were sent.
        self._open: deque[float] = deque()
        self.ponged = False  # a pong came
        self.pinged = False  # the server pinged, and was answered
        self.round_trip_ms: float | None = None  # of the first ping
        self.recent_ms: deque[float] = deque(maxlen=_RECENT)  # the last round trips
        # Whether each of the last pongs came at once after a ping was sent, and not in between.
        self._prompt: deque[bool] = deque(maxlen=_RECENT)
        self._last_two = (0.0, 0.0)

    @property
    def unanswered(self) -> int:
        """How many pings have no pong."""
        return len(self._open)

    @property
    def prompt(self) -> bool | None:
        """Whether each of the last pongs came at once after a ping; None if too few came."""
        return all(self._prompt) if len(self._prompt) >= _FEW else None

    def write(self, protocol: ClientProtocol, size: int = 0) -> None:
        """Write a ping; a message is padded with blanks to a size in bytes."""
        if self._ping.frame:
            self._count += 1
            payload = _OURS + self._count.to_bytes(4)
            self._frames.append(payload)
            protocol.send_ping(payload)
        else:
            self._count += 1
            message = octets_of(counted(self._ping.text, self._count)).ljust(size)
            if size:
                self._traffic.sending(len(message))
            self._say(protocol, message)

    @property
    def last(self) -> str:
        """The message of the last ping, as it was sent; empty for a ping frame."""
        return counted(self._ping.text, self._count)

    def sent(self, at: float) -> None:
        """Note when a ping was handed to the socket, in seconds of `time.perf_counter`."""
        if not self.unanswered:
            self._traffic.mark()
        self._open.append(at)
        self._last_two = (self._last_two[1], at)

    def answered_by(self, payload: bytes) -> int:
        """Return how many of these pings a pong frame answers.

        A server may answer several pings by the pong for the last one (RFC 6455, section 5.5.3).
        """
        if payload not in self._frames:
            return 0
        count = 1
        while self._frames.popleft() != payload:
            count += 1
        return count

    def pong(self, at: float) -> None:
        """Note when a pong came. One from before the first ping answers none."""
        self.ponged = True
        if not self._open or at < self._open[0]:
            return
        took = (at - self._open.popleft()) * 1000
        before, last = self._last_two
        if before:
            self._prompt.append(at - last <= _AT_ONCE * (last - before))
        self.recent_ms.append(took)
        if self.round_trip_ms is None:
            self.round_trip_ms = took
        self._traffic.passed()

    def answer(self, protocol: ClientProtocol, data: str | bytes) -> None:
        """Answer a message if it is the server's ping."""
        expect = self._ping.expect
        if expect is not None and matches(data, expect):
            self.pinged = True
            if self._ping.answer:
                self._say(protocol, octets_of(answer_to(data, expect, self._ping.answer)))

    def _say(self, protocol: ClientProtocol, message: bytes) -> None:
        if self._binary:
            protocol.send_binary(message)
        else:
            protocol.send_text(message)
