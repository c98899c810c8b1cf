"""An event loop that knows when it was woken: the time at which bytes arrived, before anything was done about them."""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import Any


class _Selector(selectors.DefaultSelector):
    woken_at = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait, and take the time as soon as the kernel returns."""
        ready = super().select(timeout)
        self.woken_at = time.perf_counter()
        return ready


class ArrivalLoop(asyncio.SelectorEventLoop):
    """asyncio's loop over sockets.

    From waking up to handing out bytes it takes longer than a backend in the next room to answer.
    """

    def __init__(self) -> None:
        self._arrivals = _Selector()
        super().__init__(self._arrivals)

    @property
    def woken_at(self) -> float:
        """When the kernel last said that something had come, in seconds of `time.perf_counter`."""
        return self._arrivals.woken_at


def arrived(loop: Any, sent_at: float) -> float:
    """Return when what a callback is given now arrived, as exactly as the loop can tell.

    Args:
        loop: the one that calls back.
        sent_at: when something was sent last. If that was after the loop woke up, what is read now
            may be the answer to it already.
    """
    woken_at = loop.woken_at if isinstance(loop, ArrivalLoop) else 0.0
    return woken_at if woken_at > sent_at else time.perf_counter()
