"""One line on a terminal that says how far a fleet is, and with what causes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TextIO

from ...wording.units import elapsed
from .output import draw

_FRAME_SECONDS = 0.2
_CELLS = 20


class Bar:
    """Counts what finished, and draws the counts; it draws nothing without a terminal.

    Args:
        stream: the terminal, or None.
        total: how many agents there are, about; 0 if that is not known.
        width: columns.
    """

    def __init__(self, stream: TextIO | None, total: int, width: int) -> None:
        self._stream, self._total, self._width = stream, total, width
        self._causes: Counter[str] = Counter()
        self._done = self._healthy = 0
        self._started = time.monotonic()
        self._is_drawn = False

    def count(self, cause: str, *, finished: bool) -> None:
        """Count an agent; without a cause it is healthy."""
        if finished:
            self._done += 1
            self._healthy += not cause
            self._causes.update([cause] if cause else [])

    @asynccontextmanager
    async def moving(self) -> AsyncIterator[None]:
        """Draw again and again, and erase the line at the end."""
        if self._stream is None:
            yield
            return
        drawing = asyncio.create_task(self._draw_on())
        try:
            yield
        finally:
            drawing.cancel()
            self.erase()

    def erase(self) -> None:
        """Make room for a line of the result."""
        if self._stream is not None and self._is_drawn:
            draw(self._stream, "")
            self._is_drawn = False

    async def _draw_on(self) -> None:
        assert self._stream is not None
        while True:
            draw(self._stream, self.text()[: self._width - 1])
            self._is_drawn = True
            await asyncio.sleep(_FRAME_SECONDS)

    def text(self) -> str:
        """Return the line: a bar, the count, the time, and the most frequent causes."""
        total = max(self._total, self._done, 1)
        filled = self._done * _CELLS // total
        bar = "#" * filled + "." * (_CELLS - filled)
        known = f"/{self._total}" if self._total else ""
        time_taken = elapsed(time.monotonic() - self._started)
        broken = sum(self._causes.values())
        causes = ", ".join(f"{code} {count}" for code, count in self._causes.most_common(3))
        problems = f", {broken} with a problem: {causes}" if broken else ""
        return f"[{bar}] {self._done}{known} in {time_taken}: {self._healthy} healthy{problems}"
