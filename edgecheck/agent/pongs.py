"""Which pong answers which ping (pure).

Law: no pong is matched to the wrong ping. The JSON pong carries no identifier, but TCP keeps the
order, so pongs answer pings in the order of sending, including the pings that were given up. A
WebSocket pong carries the payload of its ping (RFC 6455, section 5.5.3), and is matched by that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """A pong that answers one of our pings.

    Args:
        sequence: the ping's number.
        seconds: the round trip.
        late: it arrived after its wait had ended.
    """

    sequence: int
    seconds: float
    late: bool


@dataclass
class _Ping:
    sequence: int
    sent_at: float
    given_up: bool = False


class Pongs:
    """The pings that are not answered yet.

    Args:
        wait: seconds that a pong may take.
    """

    def __init__(self, wait: float) -> None:
        self._wait = wait
        # In the order of sending.
        self._open: deque[_Ping] = deque()

    @property
    def waiting(self) -> int:
        """The number of pings whose pong may still arrive in time."""
        return sum(not ping.given_up for ping in self._open)

    def sent(self, sequence: int, at: float) -> None:
        """Note that a ping was sent.

        Args:
            at: when, in seconds.
        """
        self._open.append(_Ping(sequence, at))

    def is_open(self, sequence: int) -> bool:
        """Return whether a ping still has no pong."""
        return any(ping.sequence == sequence for ping in self._open)

    def expire(self, now: float) -> list[int]:
        """Give up the pings whose wait has ended, and return their numbers, each once."""
        ended = []
        for ping in self._open:
            if ping.sent_at + self._wait > now:
                break  # the following pings were sent later
            if not ping.given_up:
                ping.given_up = True
                ended.append(ping.sequence)
        return ended

    @property
    def next_expiry(self) -> float | None:
        """When the next wait ends, in the seconds given to `sent`; None if no ping is waiting."""
        return next((ping.sent_at + self._wait for ping in self._open if not ping.given_up), None)

    def answer(self, at: float) -> Reply | None:
        """Match a pong without an identifier to the oldest ping; None if no ping was open.

        Args:
            at: when it arrived. A pong from before the oldest ping was sent does not answer it.
        """
        if not self._open or at < self._open[0].sent_at:
            return None
        return self._reply(self._open.popleft(), at)

    def answer_to(self, sequence: int, at: float) -> Reply | None:
        """Match a pong that says which ping it answers; None if that ping is not open."""
        for ping in self._open:
            if ping.sequence == sequence:
                self._open.remove(ping)
                return self._reply(ping, at)
        return None

    def _reply(self, ping: _Ping, at: float) -> Reply:
        seconds = at - ping.sent_at
        return Reply(ping.sequence, seconds, ping.given_up or seconds > self._wait)
