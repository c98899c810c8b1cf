"""The checkup's clock: milliseconds since its start."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from ..facts import Span
from ..facts.dates import to_rfc3339


class Clock:
    """Measures time spans from one start."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self.started_at = now()

    def milliseconds(self) -> float:
        """Return the milliseconds since the start."""
        return (time.perf_counter() - self._start) * 1000

    def since(self, started_ms: float) -> Span:
        """Return the span from a moment until now.

        Args:
            started_ms: milliseconds since the start.
        """
        return Span(started_ms, self.milliseconds() - started_ms)


def now() -> str:
    """Return this machine's time, RFC 3339 with milliseconds, UTC."""
    return to_rfc3339(datetime.now(UTC), "milliseconds")
