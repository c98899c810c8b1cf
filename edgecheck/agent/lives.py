"""The connections of one run, remembered for what their times say together."""

from __future__ import annotations

import time
from collections import deque

from ..facts import Life
from ..patterns import PatternKind, may_be_asleep, pattern_of
from ..wording.units import counted, milliseconds, rounded

WAKING = "an instance that was asleep wakes up like this"
# A pattern shows in the last few; older ones say nothing of now.
_KEPT = 12


class Lives:
    """What became of each connection, and what they have in common."""

    def __init__(self) -> None:
        self._lives: deque[Life] = deque(maxlen=_KEPT)
        self.count = 0
        # How many attempts failed before an instance woke up.
        self._woke_after = 0
        # When a connection ended, and how long it then took until the server was back, in seconds.
        self._ended_at: float | None = None
        self._away: list[float] = []

    @property
    def earlier(self) -> tuple[Life, ...]:
        """The last connections, the oldest first."""
        return tuple(self._lives)

    def add(self, life: Life) -> None:
        """Remember a connection that has ended, or an attempt that was refused."""
        if life.status is None:
            self._ended_at = time.monotonic()
        self._lives.append(life)
        self.count += 1

    def opened(self) -> None:
        """Note that a connection has opened."""
        if may_be_asleep(self.earlier):
            self._woke_after = self.count
        last = self._lives[-1] if self._lives else None
        if last is not None and last.status == 0 and self._ended_at is not None:
            self._away.append(time.monotonic() - self._ended_at)

    def words(self) -> str:
        """Return what they have in common, in a line; empty if that is nothing."""
        found = pattern_of(self.earlier)
        if found is None:
            return self._came_back()
        these = counted(found.count, "connection")
        if found.count < self.count:
            these = f"the last {these}"
        match found.kind:
            case PatternKind.SAME_AGE if found.count > 1:
                return f"{these}, each ended after {rounded(found.typical_ms)}"
            case PatternKind.SHORT_LOOP:
                return f"{these}, each ended soon: after about {rounded(found.typical_ms)}"
            case PatternKind.ALTERNATING:
                return f"of {these}, every second one was refused"
        return ""

    def _came_back(self) -> str:
        """Return that a server woke up, or was stopped and came back; empty if it did not."""
        if self._woke_after:
            return f"{counted(self._woke_after, 'attempt')} failed, then it worked: {WAKING}"
        if not self._away:
            return ""
        longest = milliseconds(max(self._away) * 1000)
        if len(self._away) == 1:
            return f"the server was stopped once, and was back after {longest}"
        times = counted(len(self._away), "time")
        return f"the server was stopped {times}, and was back after at most {longest}"
