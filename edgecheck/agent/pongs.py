"""Which pong answers which ping (pure).

Law: a pong is never taken for another's. The JSON pong carries no identity, and TCP keeps the
order, so pongs answer pings in the order in which these were sent, those that were given up
included. A WebSocket pong bears its ping's payload (RFC 6455, section 5.5.3), and is matched by
that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """A pong that answers a ping of ours.

    Args:
        sequence: the ping's number.
        seconds: the round trip.
        late: it came after its wait.
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
        """How many pongs may still come in time."""
        return sum(not ping.given_up for ping in self._open)

    def sent(self, sequence: int, at: float) -> None:
        """Note that a ping was sent, at this moment in seconds."""
        self._open.append(_Ping(sequence, at))

    def is_open(self, sequence: int) -> bool:
        """Tell whether a ping's pong has not come yet."""
        return any(ping.sequence == sequence for ping in self._open)

    def expire(self, now: float) -> list[int]:
        """Give up on the pings whose wait has ended, and return their numbers, each once."""
        ended = []
        for ping in self._open:
            if ping.sent_at + self._wait > now:
                break  # and so are those that were sent later
            if not ping.given_up:
                ping.given_up = True
                ended.append(ping.sequence)
        return ended

    @property
    def next_expiry(self) -> float | None:
        """When the next wait ends, in the seconds that `sent` was given; None where none is under way."""
        return next((ping.sent_at + self._wait for ping in self._open if not ping.given_up), None)

    def answer(self, at: float) -> Reply | None:
        """Match a pong that bears no identity: None where no ping was open when it came: it is one too many."""
        if not self._open or at < self._open[0].sent_at:
            return None
        return self._reply(self._open.popleft(), at)

    def answer_to(self, sequence: int, at: float) -> Reply | None:
        """Match a pong that says whose it is: None where that ping is not open."""
        for ping in self._open:
            if ping.sequence == sequence:
                self._open.remove(ping)
                return self._reply(ping, at)
        return None

    def _reply(self, ping: _Ping, at: float) -> Reply:
        seconds = at - ping.sent_at
        return Reply(ping.sequence, seconds, ping.given_up or seconds > self._wait)
