"""Room for the files that many checks at once have open."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

# A check that meets silence in TLS has the most sockets: seven connections that each change one
# thing, side by side, and one that asks in plain text. The rest is for a look-up and a file.
_OF_A_CHECK = 10
# A look along the path has a socket for each packet that may still be answered: 44 in its first
# round, and a few dozen more with what it repeats.
_OF_A_PATH = 100
# The looks along the path are made in the event loop's threads: `ThreadPoolExecutor` has so many.
_MOST_THREADS, _MORE_THAN_CPUS = 32, 4
_OF_A_KERNEL = 10_240
# The streams, the event loop, and what serves and writes.
_OTHERS = 64


def files_needed(jobs: int) -> int:
    """Return how many files so many checks have open at most, all together."""
    paths = min(jobs, _MOST_THREADS, (os.cpu_count() or 1) + _MORE_THAN_CPUS)
    return jobs * _OF_A_CHECK + paths * _OF_A_PATH + _OTHERS


def make_room(jobs: int) -> None:
    """Let this process open as many files as so many checks need, where the system allows it."""
    if sys.platform != "win32":
        import resource  # Windows has none

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = files_needed(jobs)
        if soft != resource.RLIM_INFINITY and soft < needed:
            most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
            # macOS takes no more than a limit of its kernel, though it names none.
            for each in (most, min(most, _OF_A_KERNEL)):
                with suppress(OSError, ValueError):
                    resource.setrlimit(resource.RLIMIT_NOFILE, (each, hard))
                    break
