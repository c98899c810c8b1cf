"""Whatever writes a file, killed at every step of its writing and at random moments.

    python benchmarks/killed_writes.py [--kills N] [--seed N] [--print]

Each command runs in a work tree of git, with a umask of 000. SIGKILL ends it right before each
thing that it does to a file, and then at random moments until there were enough kills. Counted is
what git would then add with a secret in it, what others can read, and what is half written. Needs
POSIX and git. ``--print`` leaves RESULTS.md as it is.
"""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from results import Row, record, show

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.doctor import simulated  # noqa: E402
from tests.killed import OLD, WRITERS, Tree, Writer, environ_of  # noqa: E402

KILLS = 300
# These connect: they write what passes, and which commands came.
CONNECTING = {
    "repl record": Writer(
        ("repl", "--allow-plaintext", "-x", "record frames", "-x", "ping", "-x", "wait pong 5")
    ),
    "listen": Writer(
        ("listen", "--allow-plaintext", "--json", "--exec", "/bin/true", "--journal", "j.db")
    ),
    "doctor": Writer(("doctor", "--allow-plaintext", "--report", "r.html", "--report", "r.json")),
}
# `listen` goes on until it is ended.
ENDLESS = "listen"
ENDLESS_SECONDS = 2.0


def measure(kills: int, seed: int, folder: Path) -> list[Row]:
    """Kill every writer, and count."""
    draw = random.Random(seed)  # noqa: S311 no secret comes of it
    wrong: list[str] = []
    done = 0
    with simulated(secret=OLD, command_every=0.2) as backend:
        tree = Tree(folder, environ_of(folder), backend.url)
        writers = {**WRITERS, **CONNECTING}
        lasts = {}
        for name, writer in writers.items():
            if name == ENDLESS:
                lasts[name] = ENDLESS_SECONDS
                continue
            began = time.monotonic()
            steps = tree.steps(writer)
            lasts[name] = time.monotonic() - began
            wrong += tree.wrong(writer, killed=False)
            for step in range(1, steps + 1):
                wrong += [f"{name}, step {step}: {one}" for one in tree.kill(writer, step)]
            done += steps
        exact = done
        while done < kills:
            name = list(writers)[done % len(writers)]
            moment = draw.uniform(0.3, 1.0) * lasts[name]
            found = tree.kill_after(writers[name], moment)
            wrong += [f"{name}, {moment:.3f} s: {one}" for one in found]
            done += 1
    for one in wrong:
        print(one, file=sys.stderr)
    rows = (
        ("files with a secret that git shows", "git shows"),
        ("files with a secret that others can read", "others can read"),
        ("settings, or copies of them, that are half written", "half written"),
        ("files of a run that came to its end", "is left"),
    )
    counts = [(what, sum(words in one for one in wrong)) for what, words in rows]
    said = f"{done}: {exact} before each step, {done - exact} at random moments"
    return [
        Row("writes that SIGKILL ended", "", said, None),
        *(Row(what, "0", f"{figure}", figure == 0) for what, figure in counts),
    ]


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line says, and return the exit code."""
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    with TemporaryDirectory(prefix="edgecheck-kills-") as name:
        rows = measure(arguments.kills, seed, Path(name))
    if arguments.print:
        print(show(rows))
        return int(any(row.met is False for row in rows))
    return record("make soak (killed writes)", rows, f"Seed {seed}, {arguments.kills} kills.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Kill whatever writes a file, at every step.")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--print", action="store_true", help="leave RESULTS.md as it is")
    sys.exit(run(parser.parse_args()))
