"""When each agent is checked: spread out evenly, each always at its own moment.

An agent's moment within the period follows from its name, so it survives a restart, and several
monitors that share the agents do not check at the same moment. Only the first round is quicker:
nobody wants to wait for a whole period until the first answer.
"""

from __future__ import annotations

import asyncio
import functools
import heapq
import math
import time
import zlib
from collections.abc import Awaitable, Callable, Iterable

# The first round checks no more agents in one second than this, or than a period needs.
FIRST_ROUND_PER_SECOND = 20.0
# A check that could not begin in time is late, and the next one of the same agent is left out if it
# would follow sooner than this part of the period.
_LEAST_PART = 0.5

Check = Callable[[str], Awaitable[object]]


def phase(name: str, every: float) -> float:
    """Return the second within a period at which an agent is checked."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) / 2**32 * every


class Schedule:
    """Calls a function for each agent once in a period, a limited number of them at the same time.

    Args:
        check: called with an agent's name. It handles its own failures.
        every: the period, in seconds.
        jobs: how many checks run at the same time.
        failed: called with the name and the error of a check that raised one: a fault of ours.
    """

    def __init__(
        self,
        check: Check,
        every: float,
        jobs: int,
        failed: Callable[[str, BaseException], None] = lambda _, __: None,
    ) -> None:
        self._check, self._every, self._jobs, self._failed = check, every, jobs, failed
        self._due: list[tuple[float, str]] = []
        self._names: set[str] = set()
        self._running: dict[str, asyncio.Task[object]] = {}
        self._changed = asyncio.Event()
        self.ticked_at = time.monotonic()

    @property
    def running(self) -> int:
        """How many checks run now."""
        return len(self._running)

    def set_names(self, names: Iterable[str]) -> None:
        """Check these from now on: new ones soon, and those that are left out no more."""
        names = list(dict.fromkeys(names))
        new = [name for name in names if name not in self._names]
        self._names = set(names)
        self._due = [(at, name) for at, name in self._due if name in self._names]
        gap = min(1 / FIRST_ROUND_PER_SECOND, self._every / max(1, len(names)))
        now = time.monotonic()
        self._due += [(now + number * gap, name) for number, name in enumerate(new)]
        heapq.heapify(self._due)
        self._changed.set()

    async def run(self) -> None:
        """Check until cancelled, and let no check outlive that."""
        try:
            while True:
                self.ticked_at = time.monotonic()
                await self._wait()
                self._start_due()
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _wait(self) -> None:
        """Wait until a check is due, one has ended, or the names have changed."""
        full = len(self._running) >= self._jobs
        due = math.inf if full or not self._due else self._due[0][0]
        # Once a second at least, so that it can be seen from outside that this loop goes on.
        pause = min(1.0, due - time.monotonic())
        if pause > 0:
            try:
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                pass
        self._changed.clear()

    def _start_due(self) -> None:
        now = time.monotonic()
        while self._due and self._due[0][0] <= now and len(self._running) < self._jobs:
            _, name = heapq.heappop(self._due)
            if name in self._running:  # still from its last turn: this one is left out
                heapq.heappush(self._due, (self._next(name), name))
                continue
            task = asyncio.ensure_future(self._check(name))
            self._running[name] = task
            task.add_done_callback(functools.partial(self._ended, name))
            heapq.heappush(self._due, (self._next(name), name))

    def _ended(self, name: str, task: asyncio.Future[object]) -> None:
        self._running.pop(name, None)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed(name, error)
        self._changed.set()

    def _next(self, name: str) -> float:
        """Return the next moment of an agent, on the clock of `time.monotonic`."""
        # The phase is one of the time of day, which all monitors share.
        soonest = time.time() + self._every * _LEAST_PART
        late = (phase(name, self._every) - soonest) % self._every
        return time.monotonic() + self._every * _LEAST_PART + late
