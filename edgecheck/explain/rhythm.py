"""What the times of events say: an idle limit, restarts, a storm (pure)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

# As many of the latest intervals as a pattern needs; more would only take memory.
_KEPT = 256
# From this many equal intervals on they are not a coincidence.
_ENOUGH = 3
# How far an interval may be from the usual one, as a share and in seconds, and how many may be.
_SHARE, _SECONDS, _MOST = 0.03, 1.0, 0.75
# Shorter ones are attempts to connect again, whose waits are the client's own.
_SHORTEST = 5.0


@dataclass
class Times:
    """The times of one sort of event, in bounded memory.

    Args:
        first, last: seconds since 1970; None as long as no event had a time.
        intervals: between one event and the next, in seconds, the latest ones.
        ages: how long connections had lived when they ended so, in seconds, the latest ones.
    """

    first: float | None = None
    last: float | None = None
    intervals: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    ages: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def add(self, moment: float, opened: float | None = None) -> None:
        """Note an event.

        Args:
            moment: its time.
            opened: when the connection that ended by it had been opened; None if unknown.
        """
        if self.last is not None and moment >= self.last:
            self.intervals.append(moment - self.last)
        if opened is not None and moment >= opened:
            self.ages.append(moment - opened)
        self.first = moment if self.first is None else min(self.first, moment)
        self.last = moment if self.last is None else max(self.last, moment)


def regular(values: Sequence[float]) -> float | None:
    """Return the value that most of some durations have, in seconds; None if they differ."""
    if len(values) < _ENOUGH:
        return None
    usual = median(values)
    room = max(usual * _SHARE, _SECONDS)
    near = [value for value in values if abs(value - usual) <= room]
    if usual < _SHORTEST or len(near) < len(values) * _MOST:
        return None
    return sum(near) / len(near)
