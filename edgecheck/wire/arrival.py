"""An event loop that knows when bytes arrived, before anything was done with them."""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import Any


class _Selector(selectors.DefaultSelector):
    woken_at = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events, and take the time as soon as the kernel returns."""
        ready = super().select(timeout)
        self.woken_at = time.perf_counter()
        return ready


class ArrivalLoop(asyncio.SelectorEventLoop):
    """asyncio's loop over sockets, which keeps the time at which it last woke up.

    From waking up until it hands out the bytes, it takes longer than a nearby backend takes to
    answer.
    """

    def __init__(self) -> None:
        self._arrivals = _Selector()
        try:
            super().__init__(self._arrivals)
        except OSError:
            # No more files may be opened. asyncio would close what it has not opened, and report
            # that with a traceback: its destructor leaves alone a loop that is closed.
            self._arrivals.close()
            self._closed = True
            raise

    @property
    def woken_at(self) -> float:
        """When the kernel last reported an event, in seconds of `time.perf_counter`."""
        return self._arrivals.woken_at


def arrived(loop: Any, sent_at: float) -> float:
    """Return when the bytes given to the current callback arrived, as exactly as the loop knows.

    Args:
        loop: the loop that calls the callback.
        sent_at: when something was last sent, in seconds of `time.perf_counter`. If that was after
            the loop woke up, the bytes may already be the answer to it.
    """
    woken_at = loop.woken_at if isinstance(loop, ArrivalLoop) else 0.0
    return woken_at if woken_at > sent_at else time.perf_counter()
