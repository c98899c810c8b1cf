"""Check many agents in one process, a limited number of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from .check import Checked, check
from .target import Loader, Target

# Most of a checkup is waiting. More at once would wait for the processor instead, and each has a
# socket open, of which a process may have 256 on some systems.
JOBS = 50
MOST_JOBS = 2000


async def check_all(
    targets: Iterable[Target],
    loader: Loader,
    *,
    jobs: int,
    done: Callable[[Checked], None],
    stop: asyncio.Event,
) -> None:
    """Check agents, and tell of each as it finishes.

    The targets are taken one by one, when there is room for another check.

    Args:
        targets: the agents.
        loader: reads their settings.
        jobs: how many are checked at once.
        done: called with each that is over, also with those that the stop interrupted.
        stop: once it is set, the checks that run end with what they know, and no other begins.

    Raises:
        Exception: what `done` raised, after the checks that ran have ended.
    """
    remaining = iter(targets)
    workers = [asyncio.create_task(_work(remaining, loader, done, stop)) for _ in range(jobs)]
    watch = asyncio.create_task(_end(workers, stop))
    everybody = asyncio.gather(*workers, return_exceptions=True)
    try:
        ends = await asyncio.shield(everybody)
    except asyncio.CancelledError:  # Ctrl-C, where signals cannot be handled
        stop.set()
        ends = await everybody
    finally:
        watch.cancel()
    for end in ends:
        if isinstance(end, Exception):
            raise end


async def _work(
    remaining: Iterator[Target],
    loader: Loader,
    done: Callable[[Checked], None],
    stop: asyncio.Event,
) -> None:
    try:
        for target in remaining:
            done(await check(target, loader))
            if stop.is_set():
                return
    except Exception:
        stop.set()
        raise


async def _end(workers: Iterable[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for the stop, and interrupt the checks that run."""
    await stop.wait()
    for worker in workers:
        worker.cancel()
