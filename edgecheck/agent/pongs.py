"""Which pong answers which ping (pure).

Law: no pong is matched to the wrong ping. The JSON pong carries no identifier, but TCP keeps the
order, so pongs answer pings in the order of sending, including the pings that were given up. A
WebSocket pong carries the payload of its ping (RFC 6455, section 5.5.3), and is matched by that.
"""

from __future__ import annotations

from collections import OrderedDict
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


class Pongs:
    """The pings that are not answered yet.

    No step takes longer because of pings that were given up: a server that answers none of a
    hundred pings a second may leave a million of them.

    Args:
        wait: seconds that a pong may take.
    """

    def __init__(self, wait: float) -> None:
        self._wait = wait
        # By their numbers, in the order of sending, when they were sent: those that were given up
        # are the older ones.
        self._given_up: OrderedDict[int, float] = OrderedDict()
        self._waiting: OrderedDict[int, float] = OrderedDict()

    @property
    def waiting(self) -> int:
        """The number of pings whose pong may still arrive in time."""
        return len(self._waiting)

    def sent(self, sequence: int, at: float) -> None:
        """Note that a ping was sent.

        Args:
            sequence: its number, which no other ping has.
            at: when, in seconds.
        """
        self._waiting[sequence] = at

    def is_open(self, sequence: int) -> bool:
        """Return whether a ping still has no pong."""
        return sequence in self._waiting or sequence in self._given_up

    def expire(self, now: float) -> list[int]:
        """Give up the pings whose wait has ended, and return their numbers, each once."""
        ended = []
        for sequence, sent_at in self._waiting.items():
            if sent_at + self._wait > now:
                break  # the following pings were sent later
            ended.append(sequence)
        for sequence in ended:
            self._given_up[sequence] = self._waiting.pop(sequence)
        return ended

    @property
    def next_expiry(self) -> float | None:
        """When the next wait ends, in the seconds given to `sent`; None if no ping is waiting."""
        return next((sent_at + self._wait for sent_at in self._waiting.values()), None)

    def answer(self, at: float) -> Reply | None:
        """Match a pong without an identifier to the oldest ping; None if no ping was open.

        Args:
            at: when it arrived. A pong from before the oldest ping was sent does not answer it.
        """
        oldest = next(iter((self._given_up or self._waiting).items()), None)
        if oldest is None or at < oldest[1]:
            return None
        return self.answer_to(oldest[0], at)

    def answer_to(self, sequence: int, at: float) -> Reply | None:
        """Match a pong that says which ping it answers; None if that ping is not open."""
        late = sequence in self._given_up
        sent_at = (self._given_up if late else self._waiting).pop(sequence, None)
        if sent_at is None:
            return None
        seconds = at - sent_at
        return Reply(sequence, seconds, late or seconds > self._wait)
