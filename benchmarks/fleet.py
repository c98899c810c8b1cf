"""`edgecheck fleet`: its time beside a shell's loop, and its memory.

    python benchmarks/fleet.py [--agents N] [--sample N] [--jobs N] [--many N] [--print]

The backend runs in a process of its own, and every agent is healthy. `xargs -P2` with `edgecheck
doctor` gets a sample of the agents, and its time is scaled up. For the memory of checks that run at
the same time, the backend waits before each answer, so that all of them wait with an open socket.
Needs xargs and wait4 (POSIX). ``--print`` leaves RESULTS.md as it is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from results import Row, record, show

ROOT = Path(__file__).parents[1]
EDGECHECK = (sys.executable, "-m", "edgecheck")
SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
AGENTS, SAMPLE, JOBS, MANY = 1000, 200, 200, 100_000
# The targets: of the time of the loop; of memory, in MiB, and for each running check in KiB.
RATIO, BASE, PLAIN, TLS = 25.0, 60.0, 20.0, 100.0
# From a thousand targets to a hundred thousand.
FLAT = 10.0
# For the backend's answers: all checks have begun by then.
LATENCY = 8.0


@dataclass(frozen=True)
class Used:
    """What a program used.

    Args:
        seconds: from its start to its end.
        busy: for which it kept a core busy, with its children.
        mebibytes: its largest resident set.
        output: its standard output.
        code: its exit code.
    """

    seconds: float
    busy: float
    mebibytes: float
    output: str
    code: int


def used(command: Sequence[str], folder: Path, typed: str = "") -> Used:
    """Run a program to its end.

    Args:
        command: its words.
        folder: the working directory.
        typed: its standard input.
    """
    with TemporaryFile("w+") as given:
        given.write(typed)
        given.seek(0)
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdin=given, stdout=subprocess.PIPE, text=True
        )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    taken, busy = time.perf_counter() - begun, usage.ru_utime + usage.ru_stime
    return Used(taken, busy, usage.ru_maxrss / 1024, output, os.waitstatus_to_exitcode(status))


async def serve(count: int, latency: float, *, tls: bool) -> None:
    """Run a backend that knows many agents, until the process is ended."""
    from edgecheck.simulator import Scenario, simulate

    ids = frozenset(f"edge_{number}" for number in range(count))
    scenario = Scenario(secret=SECRET, agents=ids, tls=tls, latency=latency)
    async with simulate(scenario) as backend:
        print(json.dumps([backend.url, str(backend.ca_file or "")]), flush=True)
        await asyncio.Event().wait()


@contextmanager
def fleet(count: int, folder: Path, *, tls: bool = False, latency: float = 0.0) -> Iterator[str]:
    """Run a backend, and write the settings of its agents; give the options to check them."""
    words = [sys.executable, __file__, "--serve", str(count), str(latency), "tls" if tls else ""]
    backend = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert backend.stdout is not None
    try:
        url, ca_file = json.loads(backend.stdout.readline())
        folder.mkdir()
        for number in range(count):
            file = folder / f"{number:06}.env"
            file.touch(0o600)
            file.write_text(
                f"BACKEND_URL={url}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_{number}\n"
            )
        yield f"--ca-file={ca_file}" if ca_file else "--no-proxy"
    finally:
        backend.kill()
        backend.wait()


def checked(folder: Path, option: str, jobs: int) -> Used:
    """Check all agents of a folder."""
    words = ("fleet", folder.name, "--until", "session", "--json", "--jobs", str(jobs), option)
    ran = used([*EDGECHECK, *words], folder.parent)
    assert json.loads(ran.output.splitlines()[-1])["ok"], ran.output[-500:]
    return ran


def time_rows(agents: int, sample: int, folder: Path) -> list[Row]:
    """Compare with a shell's loop."""
    with fleet(agents, folder / "plain") as option:
        whole = checked(folder / "plain", option, 50)
        names = "".join(f"plain/{number:06}.env\n" for number in range(sample))
        words = ("xargs", "-P2", "-n1", *EDGECHECK, "doctor", "--quiet", option, "--env-file")
        loop, scale = used(words, folder, names), agents / sample
        assert loop.code == 0, loop
    what = f"xargs -P2 edgecheck doctor, {sample} of them, scaled"
    rows = [
        Row(f"fleet, {agents} healthy agents", "", _times(whole, 1), None),
        Row(what, "", _times(loop, scale), None),
    ]
    for name, ratio in (
        ("", loop.seconds * scale / whole.seconds),
        (", processor time", loop.busy * scale / whole.busy),
    ):
        row = (f"fleet, by that loop{name}", f"≤ 1/{RATIO:g}", f"1/{ratio:.1f}")
        rows.append(Row(*row, ratio >= RATIO))
    return rows


def _times(ran: Used, scale: float) -> str:
    return f"{ran.seconds * scale:.1f} s; {ran.busy * scale:.1f} s of processor time"


def memory_rows(jobs: int, folder: Path) -> list[Row]:
    """Measure the memory of checks that run at the same time."""
    found = []
    for name, tls, each in (("plain", False, PLAIN), ("TLS", True, TLS)):
        sizes = []
        for number in (jobs // 10, jobs):
            place = folder / f"{number}-waiting-{name}"
            with fleet(number, place, tls=tls, latency=LATENCY) as option:
                sizes.append(checked(place, option, number))
        few, many = sizes
        limit = BASE + jobs * each / 1024
        own = (many.mebibytes - few.mebibytes) * 1024 / (jobs - jobs // 10)
        figure = f"{many.mebibytes:.1f} MiB ({own:.0f} KiB a check)"
        row = (f"memory, {jobs} running at once, {name}", f"≤ {limit:.0f} MiB", figure)
        found.append(Row(*row, many.mebibytes <= limit))
    return found


def flat_rows(many: int, folder: Path) -> list[Row]:
    """Compare the memory for many targets with that for a thousand; they stop after TCP."""
    with fleet(1, folder / "one") as option:
        text = (folder / "one" / "000000.env").read_text()
        match = re.search(r"BACKEND_URL=(\S+)", text)
        assert match is not None
        sizes = {}
        for count in (1000, many):
            with (folder / f"{count}.jsonl").open("w") as file:
                for number in range(count):
                    entry = {
                        "name": f"agent {number}",
                        "url": match[1],
                        "agent_id": f"edge_{number}",
                    }
                    file.write(json.dumps(entry) + "\n")
            words = ("fleet", f"{count}.jsonl", "--quiet", option)
            sizes[count] = used([*EDGECHECK, *words], folder)
    more = sizes[many].mebibytes - sizes[1000].mebibytes
    figure = f"{sizes[1000].mebibytes:.1f} to {sizes[many].mebibytes:.1f} MiB"
    took = _times(sizes[many], 1)
    return [
        Row(
            f"memory from 1,000 to {many:,} targets, plain, --until tls",
            f"≤ {FLAT:g} MiB more",
            figure,
            more <= FLAT,
        ),
        Row(f"fleet over {many:,} targets, --until tls", "", took, None),
    ]


def demo_rows(folder: Path) -> list[Row]:
    """Check the demo's fleet, whose backends run in the same process."""
    ran = used([*EDGECHECK, "fleet", "--demo", "300", "--json"], folder)
    summary = json.loads(ran.output.splitlines()[-1])
    drawn, exact = summary["demo"]["drawn"], summary["demo"]["exact"]
    right = exact == drawn == summary["problems"]
    figure = f"{ran.seconds:.1f} s, {ran.mebibytes:.0f} MiB with its backends"
    return [
        Row(
            "fleet --demo 300: causes that are exact",
            f"{drawn} of {drawn}",
            f"{exact} of {drawn}",
            right,
        ),
        Row("fleet --demo 300", "", figure, None),
    ]


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line says, and return the exit code."""
    with TemporaryDirectory(prefix="edgecheck-fleet-bench-") as name:
        folder = Path(name)
        rows = [
            *time_rows(arguments.agents, arguments.sample, folder),
            *memory_rows(arguments.jobs, folder),
            *flat_rows(arguments.many, folder),
            *demo_rows(folder),
        ]
    if arguments.print:
        print(show(rows))
        return int(any(row.met is False for row in rows))
    return record("make bench-fleet", rows, "All on one machine, with the backend beside it.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        count, latency, kind = sys.argv[2:]
        asyncio.run(serve(int(count), float(latency), tls=bool(kind)))
    parser = argparse.ArgumentParser(description="edgecheck fleet beside a shell's loop.")
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--print", action="store_true", help="leave RESULTS.md as it is")
    sys.exit(run(parser.parse_args()))
