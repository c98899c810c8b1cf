"""How long tests wait, and how they wait for what is to happen.

No test measures speed, and none takes it that something has happened because some time is over: it
waits for what shows it. Every number here is a bound. A machine that is ten times slower stays far
within each, and where that is not enough, one variable makes all of them longer.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Callable
from typing import Any, TypeVar

# EDGECHECK_TEST_PATIENCE=3 pytest …: every limit three times as long.
SCALE = float(os.environ.get("EDGECHECK_TEST_PATIENCE", "1"))


def seconds(number: float) -> float:
    """Return a limit for this machine."""
    return number * SCALE


# For what always ends: only a test that fails waits so long.
PATIENCE = seconds(120)
# The same for what builds and installs packages, or reads the whole program.
LONG_PATIENCE = 8 * PATIENCE
# The `--timeout` of a run whose every step is answered; 300 s are the most that the option takes.
AMPLE_LIMIT = min(PATIENCE, 300.0)
# The `--timeout` of a run that meets silence after steps that are answered: those are made within
# milliseconds here, and nobody waits long for the silence.
STAGE_LIMIT = seconds(3)
# The same where a hundred runs meet silence, one after the other.
SHORT_LIMIT = seconds(1)
# How long "nothing comes" is. What would come, comes within milliseconds here. On a slower machine
# such a test may overlook a fault, and never reports one that is not there.
SILENCE = seconds(0.3)
# Between two looks at what gives no sign when it changes.
_NEXT_LOOK = 0.01
# Turns of an event loop after which each of its tasks waits for something else, unless it is a
# thread or another process that it goes on with.
_TURNS = 30

_T = TypeVar("_T")


def until(
    condition: Callable[[], _T],
    *,
    process: subprocess.Popen[Any] | None = None,
    seen: Callable[[], object] = lambda: "",
) -> _T:
    """Wait until a condition holds, and return what it returned.

    Args:
        condition: is asked again and again.
        process: brings it about; once it has ended, the condition is asked for the last time.
        seen: what a failure shows.

    Raises:
        AssertionError: the process has ended without it, or `PATIENCE` is over.
    """
    end = time.monotonic() + PATIENCE
    while True:
        # Before the look: what a process did last counts.
        code = None if process is None else process.poll()
        if found := condition():
            return found
        assert code is None, f"ended with {code} before what is waited for: {seen()}"
        assert time.monotonic() < end, f"nothing in {PATIENCE:g} s: {seen()}"
        time.sleep(_NEXT_LOOK)


async def until_in_loop(condition: Callable[[], _T], *, patience: float = PATIENCE) -> _T:
    """Wait until a condition holds while this event loop's other tasks go on.

    Raises:
        TimeoutError: so many seconds are over.
    """
    async with asyncio.timeout(patience):
        while not (found := condition()):  # noqa: ASYNC110 what is asked gives no sign
            await asyncio.sleep(_NEXT_LOOK)
    return found


async def let_others_run() -> None:
    """Let the other tasks of this event loop, servers included, go on until they have to wait."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
