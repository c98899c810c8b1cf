"""Commands timed side by side: a round runs each of them once.

A figure is the median over the rounds of a ratio or a difference.

Whatever else the machine does falls on all of them alike, so that ratios survive a busy machine,
where bare times mean nothing. hyperfine and pyperf end one command's runs before they begin the
next one's, and cannot do that.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from programs import ENVIRON


@dataclass(frozen=True)
class Command:
    """A command line.

    Args:
        words: the program and its arguments.
        folder: the working directory.
        says: what must stand in its standard output.
        environ: variables beside the usual ones.
    """

    words: Sequence[str | Path]
    folder: Path
    says: str
    environ: Mapping[str, str] = field(default_factory=dict)

    def run(self, clock: Callable[[], float] = time.perf_counter) -> float:
        """Run it without a terminal, and return how many seconds it took by a clock."""
        # Standard input stays open: some programs hang up where it ends.
        read, write = os.pipe()
        try:
            started = clock()
            done = subprocess.run(
                self.words,
                cwd=self.folder,
                env={**ENVIRON, **self.environ},
                stdin=read,
                capture_output=True,
                text=True,
                check=False,
            )
            ended = clock()
        finally:
            os.close(read)
            os.close(write)
        if self.says not in done.stdout:
            raise AssertionError(
                f"{self.words} did not say {self.says!r}, exit code "
                f"{done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return ended - started


@dataclass(frozen=True)
class Times:
    """What each command took, in seconds, round by round."""

    seconds: Mapping[str, Sequence[float]]

    def ratio(self, name: str, base: str) -> float:
        """Return how many times as long as the base a command takes."""
        return statistics.median(
            one / other for one, other in zip(self.seconds[name], self.seconds[base], strict=True)
        )

    def difference(self, name: str, base: str) -> float:
        """Return how many seconds longer than the base a command takes."""
        return statistics.median(
            one - other for one, other in zip(self.seconds[name], self.seconds[base], strict=True)
        )


def processor_time() -> float:
    """Return the seconds for which the processes that have ended kept a core busy.

    Two commands that use one core alike differ by it less than by the time of day, which also
    counts how long others held the core.
    """
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def take_turns(
    commands: Mapping[str, Command],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Times:
    """Run every command once to warm the caches, and then so many times in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            taken = command.run(clock)
            if number:
                seconds[name].append(taken)
    return Times(seconds)
