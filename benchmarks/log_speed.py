"""How quickly `explain` reads a whole log, beside grep, and how much memory it takes.

    make log-speed                  # 1000 MB
    make log-speed MEGABYTES=100

The log is made from the ordinary lines and the lines with errors of the tests, one error in a
hundred lines, each with a time, a host, a process and a request's id of its own. `grep -c -E` looks
for all phrases of the vocabulary in one alternation, in the locale C, which is its quickest. Both
are timed as processor time, because the machine may have other work, and take turns. A last row
says what grep needs for few phrases: then it is much quicker, and explain is not.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from results import Row, record

from edgecheck.explain.vocabulary import needles

LINES = Path(__file__).parents[1] / "tests" / "explain"
EDGECHECK = (sys.executable, "-m", "edgecheck")
ROUNDS = 3
# As many phrases as a person would type into an alternation at the most.
FEW = 200
MOST_MEMORY, MOST_TIME = 100.0, 5.0
# One line in so many says that something failed.
ORDINARY = 99
NOTES = "Made anew for each run. Phrases: all needles of the vocabulary, in one alternation."
SPECIAL = "\\.^$*+?(){}[]|"


def lines_of(name: str) -> list[str]:
    """Return the lines of a file of the tests, without its comments."""
    text = (LINES / name).read_text(encoding="utf-8")
    return [line.split("\t")[0] for line in text.splitlines() if line and line[:2] != "# "]


def write_log(path: Path, megabytes: int) -> None:
    """Write a log of a size."""
    chosen = random.Random(1)  # noqa: S311 the same log in each run
    ordinary, failing = lines_of("ordinary.log"), lines_of("lines.tsv")[1:]
    with path.open("w", encoding="utf-8") as log:
        left = megabytes * 1_000_000
        while left > 0:
            fails = chosen.randrange(ORDINARY + 1) == 0
            words = chosen.choice(failing if fails else ordinary)
            hour, minute, second = (chosen.randrange(most) for most in (24, 60, 60))
            left -= log.write(
                f"2026-11-28T{hour:02}:{minute:02}:{second:02}.{chosen.randrange(1000):03}Z "
                f"host-{chosen.randrange(9)} agent[{chosen.randrange(30000)}]: {words} "
                f"request={chosen.getrandbits(64):x}\n"
            )


def run(command: Sequence[str], output: Path) -> tuple[float, float]:
    """Run a command; return its processor time in seconds and its memory in MiB."""
    environ = {**os.environ, "LC_ALL": "C"}
    with output.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, env=environ)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def write_pattern(path: Path, words: Sequence[str]) -> None:
    """Write one alternation of words for grep."""
    escaped = ("".join(f"\\{c}" if c in SPECIAL else c for c in word) for word in words)
    path.write_text("|".join(escaped) + "\n", encoding="utf-8")


def measure(megabytes: int, rounds: int) -> list[Row]:
    """Return the rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        log, phrases, output, few = (Path(folder) / name for name in ("log", "p", "out", "few"))
        write_log(log, megabytes)
        words = sorted({needle for needle, _, _ in needles()})
        write_pattern(phrases, words)
        write_pattern(few, random.Random(1).sample(words, FEW))  # noqa: S311 the same each time
        ratios, times, memory = [], [], []
        for _ in range(rounds):
            grep, _ = run(["grep", "-c", "-E", "-f", str(phrases), str(log)], output)
            explain, most = run([*EDGECHECK, "explain", "--log", str(log), "--json"], output)
            ratios.append(explain / grep)
            times.append(explain)
            memory.append(most)
        quick, _ = run(["grep", "-c", "-E", "-f", str(few), str(log)], output)
    ratio, most = median(ratios), max(memory)
    return [
        Row(
            f"a log of {megabytes} MB by `grep -c -E` with {len(words)} phrases, processor time",
            f"≤ {MOST_TIME:g} times",
            f"{ratio:.2f} times, {megabytes / median(times):.0f} MB/s",
            ratio <= MOST_TIME,
        ),
        Row(
            f"memory with a log of {megabytes} MB",
            f"≤ {MOST_MEMORY:g} MiB",
            f"{most:.0f} MiB",
            most <= MOST_MEMORY,
        ),
        Row(
            f"a log of {megabytes} MB by grep with {FEW} of the phrases",
            "no target",
            f"{median(times) / quick:.1f} times, grep {megabytes / quick:.0f} MB/s",
            None,
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    sys.exit(record("make log-speed", measure(given.megabytes, given.rounds), NOTES))
