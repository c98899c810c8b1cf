"""`edgecheck ping`: measure how long the backend takes to answer, and whether it always does."""

from __future__ import annotations

import math

from .ends import UsageError
from .options import Given
from .ping_options import PingOptions
from .process import Process

# In seconds. Shorter intervals would be a load test.
MIN_INTERVAL = 0.01
# A larger ping would only show how much memory the two sides have.
MAX_SIZE = 64 * 1024 * 1024


def ping(process: Process, given: Given, wanted: PingOptions) -> int:
    """Measure how long the backend takes to answer a ping.

    Ctrl-C ends the run with a summary; Ctrl-\\ prints a summary and goes on.

    It connects as the agent: a backend that allows one connection for each agent id closes that of
    a running agent. A command that arrives meanwhile is shown, and neither run nor acknowledged.

    If the first ping of a --size is too large, up to ten more connections find the limit.

    Exit code: 0 all pings answered, 1 any lost or no connection, 2 wrong usage.

    \b
    Examples:
      edgecheck ping -c 5
      edgecheck ping -i 30 --json >> pings.jsonl
      edgecheck ping -c 1 --size 1048577
    """
    _check(wanted)
    from .ping_run import ping_run  # asyncio and the catalogue, which a help does without

    return ping_run(process, given, wanted)


def _check(wanted: PingOptions) -> None:
    """Raise `UsageError` for a number out of bounds."""
    if wanted.count is not None and wanted.count < 1:
        raise UsageError(f"--count must be at least 1, not {wanted.count}.")
    if wanted.size is not None and not 1 <= wanted.size <= MAX_SIZE:
        raise UsageError(f"--size must be from 1 to {MAX_SIZE} bytes, not {wanted.size}.")
    if wanted.size is not None and wanted.control:
        raise UsageError(
            "--size is for messages: a ping frame has no room for more than 125 bytes."
        )
    if not MIN_INTERVAL <= wanted.interval < math.inf:
        raise UsageError(
            f"--interval must be a number of seconds, at least {MIN_INTERVAL:g}, not "
            f"{wanted.interval:g}."
        )
    for name, value in (("wait", wanted.wait), ("deadline", wanted.deadline)):
        if value is not None and not 0 < value < math.inf:
            raise UsageError(f"--{name} must be a number of seconds, more than 0, not {value:g}.")
