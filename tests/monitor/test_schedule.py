"""When each agent is checked."""

from __future__ import annotations

import asyncio
import statistics
from collections import Counter

from edgecheck.monitor.schedule import Schedule, phase
from tests.timing import PATIENCE, let_others_run, until_in_loop

NAMES = [f"agent-{number}" for number in range(2000)]


def test_the_moments_are_spread_over_the_period() -> None:
    """No second of a minute has many more of two thousand agents than another."""
    seconds = Counter(int(phase(name, 60.0)) for name in NAMES)

    assert len(seconds) == 60
    assert max(seconds.values()) < 2 * statistics.mean(seconds.values())


def test_an_agents_moment_is_always_the_same() -> None:
    """After a restart, and in another monitor."""
    assert phase("agent-1", 60.0) == phase("agent-1", 60.0)
    assert phase("agent-1", 60.0) != phase("agent-2", 60.0)


def run(names: list[str], jobs: int, rounds: int = 1) -> tuple[list[str], int]:
    """Return which agents were checked in what order, and how many at the same time at most."""

    async def play() -> tuple[list[str], int]:
        seen: list[str] = []
        running = most = 0

        async def check(name: str) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            seen.append(name)
            await asyncio.sleep(0)
            running -= 1

        schedule = Schedule(check, 0.05, jobs)
        schedule.set_names(names)
        task = asyncio.create_task(schedule.run())
        await until_in_loop(lambda: all(seen.count(name) >= rounds for name in names))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return seen, most

    return asyncio.run(asyncio.wait_for(play(), PATIENCE))


def test_all_are_checked_again_and_again() -> None:
    """The first ones first, and never more at once than wanted."""
    seen, most = run(NAMES[:20], jobs=3, rounds=3)

    assert set(seen) == set(NAMES[:20])
    assert seen[:3] == NAMES[:3]
    assert most <= 3


def test_who_is_left_out_is_checked_no_more() -> None:
    """And who is new is checked soon."""

    async def play() -> None:
        seen: list[str] = []

        async def check(name: str) -> None:
            seen.append(name)

        schedule = Schedule(check, 0.02, 2)
        schedule.set_names(["old", "kept"])
        task = asyncio.create_task(schedule.run())
        await until_in_loop(lambda: {"old", "kept"} <= set(seen))
        schedule.set_names(["kept", "new"])
        await let_others_run()
        seen.clear()
        await until_in_loop(lambda: seen.count("new") >= 2 and "kept" in seen)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        assert "old" not in seen

    asyncio.run(asyncio.wait_for(play(), PATIENCE))


def test_a_check_that_hangs_is_not_begun_twice() -> None:
    """The others go on meanwhile, and the end cancels it."""

    async def play() -> None:
        seen: Counter[str] = Counter()
        cancelled = asyncio.Event()

        async def check(name: str) -> None:
            seen[name] += 1
            if name == "hangs":
                try:
                    await asyncio.Event().wait()
                finally:
                    cancelled.set()

        schedule = Schedule(check, 0.01, 2)
        schedule.set_names(["hangs", "answers"])
        task = asyncio.create_task(schedule.run())
        await until_in_loop(lambda: seen["answers"] >= 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        assert seen["hangs"] == 1
        assert cancelled.is_set()
        assert schedule.running == 0

    asyncio.run(asyncio.wait_for(play(), PATIENCE))
