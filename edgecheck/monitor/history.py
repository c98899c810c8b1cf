"""The last day of one agent in a fixed number of bytes (pure)."""

from __future__ import annotations

from enum import IntEnum
from itertools import groupby

from ..render.monitor import Part

# Five minutes are two pixels of a strip on a wide screen; a day of them takes 288 bytes an agent.
SLOT_SECONDS = 300
SLOTS = 24 * 3600 // SLOT_SECONDS


class State(IntEnum):
    """How an agent was in one slot; the worst counts, so the order matters."""

    UNKNOWN = 0
    HEALTHY = 1
    PROBLEM = 2


_WORDS = {State.UNKNOWN: "skip", State.HEALTHY: "pass", State.PROBLEM: "fail"}


class History:
    """What a day's checks said, in slots of five minutes.

    Args:
        hold: seconds for which a check stands until the next one, at most.
    """

    def __init__(self, hold: float) -> None:
        self._hold = hold
        self._slots = bytearray(SLOTS)
        self._number: int | None = None
        self._at, self._state = 0.0, State.UNKNOWN

    def add(self, at: float, state: State) -> None:
        """Note how a check ended.

        Args:
            at: when, in seconds since 1970. If the clock was set back, the latest slot is used.
            state: what it showed.
        """
        number = int(at // SLOT_SECONDS)
        held = self._state if at - self._at <= self._hold else State.UNKNOWN
        self._advance(number, held)
        slot = (self._number or number) % SLOTS
        self._slots[slot] = max(self._slots[slot], state)
        self._at, self._state = at, state

    def _advance(self, number: int, held: State) -> None:
        """Begin a new slot, and fill those that were passed over."""
        if self._number is None or number - self._number >= SLOTS:
            self._slots = bytearray(SLOTS)
            self._number = number
        while self._number < number:
            self._number += 1
            self._slots[self._number % SLOTS] = held if self._number < number else State.UNKNOWN

    def strip(self, now: float) -> tuple[Part, ...]:
        """Return the day that ends now: neighbours that are alike are one part.

        Args:
            now: seconds since 1970.
        """
        last = int(now // SLOT_SECONDS)
        states = [self._in(number) for number in range(last - SLOTS + 1, last + 1)]
        parts, start = [], 0
        for state, run in groupby(states):
            length = len(list(run))
            began = (last - SLOTS + 1 + start) * SLOT_SECONDS
            parts.append(Part(start, length, _WORDS[state], float(began)))
            start += length
        return tuple(parts)

    def _in(self, number: int) -> State:
        if self._number is None or not self._number - SLOTS < number <= self._number:
            return State.UNKNOWN
        return State(self._slots[number % SLOTS])
