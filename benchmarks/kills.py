"""`listen` and its programs under signals at random moments, again and again.

    python benchmarks/kills.py [--kills N] [--seed N] [--print]

A backend sends commands until they are acked, and `listen` runs a program of fifty milliseconds for
each, with a journal. Every third time SIGTERM goes to `listen` and to its program, as a supervisor
sends it; the other times `listen` is killed with SIGKILL and its program goes on. Counted is what
was lost, what ran twice without a word, and what ran twice at the same time. Needs POSIX.
``--print`` leaves RESULTS.md as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from results import Row, record, show

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.ledger import Ledger, ledger  # noqa: E402

KILLS = 200
COMMANDS_PER_KILL = 3
# For one start, and for the next ack of what is left at the end.
LIMIT_SECONDS = 120.0
# The moment of a kill, after the first program of a start has begun.
LATEST_SECONDS = 0.15
WORDS = ("listen", "--json", "--exec", "./work", "--journal", "j.db", "--allow-plaintext")
PROGRAM = """#!{python} -S
import json, os, sys, time
command = json.load(sys.stdin)["command_id"]
def note(word):
    file = os.open({notes!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, f"{{word}} {{command}} {{os.getpid()}}\\n".encode())
    os.close(file)
note("began")
time.sleep(0.05)
note("ended")
"""


class Agent:
    """One start of `listen` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._out = folder, folder / "out"
        with self._out.open("wb") as to:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "edgecheck", *WORDS],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=to,
                stderr=subprocess.DEVNULL,
            )

    def notes(self) -> list[list[str]]:
        """Return word, command and process of each note of the programs."""
        return [line.split() for line in (self._folder / "notes").read_text().splitlines()]

    def said(self) -> list[str]:
        """Return the commands of which it said that they run again."""
        whole = self._out.read_text().rpartition("\n")[0]
        events = [json.loads(line) for line in whole.splitlines()]
        return [
            event["command_id"]
            for event in events
            if event["event"] == "command-resumed" and event["doing"] in ("retry", "again")
        ]

    def end(self, *, together: bool) -> None:
        """Kill it, or end it together with the programs that have begun and not ended."""
        if together:
            open_ = {process: word for word, _, process in self.notes()}
            for process in [number for number, word in open_.items() if word == "began"]:
                try:
                    os.kill(int(process), signal.SIGTERM)
                except ProcessLookupError:
                    continue
            self.process.terminate()
        else:
            self.process.kill()
        self.process.wait(LIMIT_SECONDS)


def wait(agent: Agent, book: Ledger, began: int | None) -> None:
    """Wait until one more program has begun, or until nothing is owed.

    Nobody waits any longer if no command was acked for a while.
    """
    acked, end = -1, 0.0
    while book.owed() and (len(book.acks) != acked or time.monotonic() < end):
        if len(book.acks) != acked:
            acked, end = len(book.acks), time.monotonic() + LIMIT_SECONDS
        if began is not None and sum(word == "began" for word, *_ in agent.notes()) > began:
            return
        time.sleep(0.005)


def measure(
    kills: int, seed: int, folder: Path, start: Callable[[Path], Agent] = Agent
) -> list[Row]:
    """Kill, start again, and count.

    Args:
        kills: how often it is ended.
        seed: of the moments.
        folder: where it runs, with the settings, the program and its notes.
        start: starts `listen` once, in that folder.
    """
    draw = random.Random(seed)  # noqa: S311 no secret comes of it
    notes, script = folder / "notes", folder / "work"
    notes.touch()
    script.write_text(PROGRAM.format(python=sys.executable, notes=str(notes)))
    script.chmod(0o700)
    names = [f"c{number}" for number in range(COMMANDS_PER_KILL * kills)]
    told: Counter[str] = Counter()
    with ledger(names) as book:
        book.env(folder)
        for number in range(kills + 1):
            agent = start(folder)
            began = sum(word == "began" for word, *_ in agent.notes())
            wait(agent, book, began if number < kills else None)
            time.sleep(draw.uniform(0, LATEST_SECONDS) if number < kills else 0)
            agent.end(together=number % 3 == 2)
            told.update(agent.said())
        lost, acks = len(book.owed()), set(book.acks)
    runs = Counter(name for word, name, _ in agent.notes() if word == "began")
    unsaid = sum(max(0, count - 1 - told[name]) for name, count in runs.items())
    failed = sum(status == "failed" for _, status in acks)
    rows = (
        ("commands lost", lost),
        ("commands acked as failed", failed),
        ("runs of a command again, unsaid", unsaid),
        ("runs of a command while another one of it goes on", overlapping(agent.notes())),
    )
    again = sum(told.values())
    return [
        Row("signals at random moments", "", f"{kills}", None),
        Row("commands, and how many of them ran again, said", "", f"{len(names)}, {again}", None),
        *(Row(what, "0", f"{figure}", figure == 0) for what, figure in rows),
    ]


def overlapping(notes: list[list[str]]) -> int:
    """Count the runs that began while the process of another run of the command still worked."""
    found, last = 0, {}
    ended = {process for word, _, process in notes if word == "ended"}
    finished: set[str] = set()
    for word, name, process in notes:
        if word == "ended":
            finished.add(process)
        else:
            # One that a signal ended never ends by itself.
            before = last.get(name)
            found += before is not None and before in ended and before not in finished
            last[name] = process
    return found


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line says, and return the exit code."""
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    with TemporaryDirectory(prefix="edgecheck-kills-") as name:
        rows = measure(arguments.kills, seed, Path(name))
    if arguments.print:
        print(show(rows))
        return int(any(row.met is False for row in rows))
    return record("make soak (kills)", rows, f"Seed {seed}, {arguments.kills} signals.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="listen under signals at random moments.")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--print", action="store_true", help="leave RESULTS.md as it is")
    sys.exit(run(parser.parse_args()))
