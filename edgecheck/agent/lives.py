"""The connections of one run, remembered for what their times say together."""

from __future__ import annotations

from collections import deque

from ..facts import Life
from ..patterns import Kind, may_be_asleep, pattern_of
from ..wording.units import counted, milliseconds

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

    @property
    def earlier(self) -> tuple[Life, ...]:
        """The last connections, the oldest first."""
        return tuple(self._lives)

    def add(self, life: Life) -> None:
        """Remember a connection that has ended, or an attempt that was refused."""
        self._lives.append(life)
        self.count += 1

    def opened(self) -> None:
        """Note that a connection has opened."""
        if may_be_asleep(self.earlier):
            self._woke_after = self.count

    def words(self) -> str:
        """Return what they have in common, in a line; empty if that is nothing."""
        found = pattern_of(self.earlier)
        if found is None:
            failed = counted(self._woke_after, "attempt")
            return f"{failed} failed, then it worked: {WAKING}" if self._woke_after else ""
        these = counted(found.count, "connection")
        match found.kind:
            case Kind.SAME_AGE if found.count > 1:
                return f"{these}, each ended after {milliseconds(found.typical_ms)}"
            case Kind.SHORT_LOOP:
                return f"{these}, each ended soon: after about {milliseconds(found.typical_ms)}"
            case Kind.ALTERNATING:
                return f"of {these}, every second one was refused"
        return ""
