"""Broken and hostile input, more of it than the test suite has time for.

Every door is tried by coverage, and a thousand random servers are met.

    python benchmarks/fuzz.py [--seconds S] [--servers N] [--seed N] [--print]
    python benchmarks/fuzz.py --server SEED          one server again
    python benchmarks/fuzz.py --door NAME FILE       one input again

Each door of tests/fuzz/targets.py is given to atheris (libFuzzer for Python), with real samples to
begin with, in a process of its own. What raises is written to fuzz-findings/ and printed. The
servers of tests/fuzz/random_servers.py come from the printed seed. ``--print`` leaves RESULTS.md as
it is.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from results import Row, record, show

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
FINDINGS = ROOT / "fuzz-findings"
SECONDS = 120.0
SERVERS = 1000
# So many of the servers are met by a process of its own as well as the others are met within this
# one.
PROCESSES = 40
# What meeting a server takes, on two cores; the doors get the rest of the time.
SECONDS_PER_SERVER = 0.06
# A door with less tries hardly anything.
LEAST_SECONDS = 3.0
# No input needs more: an answer of 64 KiB is read within milliseconds.
LONGEST_INPUT = 4096
LIMIT_SECONDS = 20
MEMORY_MIB = 1024
NOTES = f"""\
A door is a function that takes bytes (`tests/fuzz/targets.py`), run by atheris with coverage of
edgecheck's own code. After each input: nothing raised but what is meant to be, a verdict or all
well, every format rendered, no live character, no trace of the secret. A server
(`tests/fuzz/random_servers.py`) says random bytes before, between and after TLS, the answer of the
proxy, the HTTP head and the frames, and ends at random; {PROCESSES} are met by `edgecheck doctor
--json` as a process.
"""


@dataclass(frozen=True)
class Tried:
    """What came of a door.

    Args:
        inputs: how many were tried.
        edges: of the code that they reached.
        seconds: that it took.
        finding: the file with the input that raised; None where none did.
    """

    name: str
    inputs: int
    edges: int
    seconds: float
    finding: Path | None


def fuzz(name: str, arguments: list[str]) -> None:
    """Be the process that tries a door; libFuzzer ends it."""
    import atheris

    # What shows a report runs after each input, and has no decisions that new coverage would lead
    # to.
    with atheris.instrument_imports(include=["edgecheck"], exclude=["edgecheck.render"]):
        from tests.fuzz.targets import TARGETS
    target = next(target for target in TARGETS if target.name == name)
    atheris.Setup([sys.argv[0], *arguments], target.run)
    atheris.Fuzz()


def attempt(name: str, seconds: float, seed: int) -> Tried:
    """Try a door for so long."""
    from tests.fuzz.targets import TARGETS

    target = next(target for target in TARGETS if target.name == name)
    slug = name.lower().replace(" ", "-").replace(",", "")
    with tempfile.TemporaryDirectory(prefix="edgecheck-fuzz-") as folder:
        for number, sample in enumerate(target.seeds):
            (Path(folder) / str(number)).write_bytes(sample)
        FINDINGS.mkdir(exist_ok=True)
        options = [
            folder,
            f"-max_total_time={max(int(seconds), 1)}",
            f"-seed={seed % 2**31 or 1}",
            f"-max_len={LONGEST_INPUT}",
            f"-timeout={LIMIT_SECONDS}",
            f"-rss_limit_mb={MEMORY_MIB}",
            f"-artifact_prefix={FINDINGS}/{slug}-",
            "-print_final_stats=1",
        ]
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, __file__, "--door", name, *options],
            capture_output=True,
            text=True,
            errors="backslashreplace",
            check=False,
        )
    said = done.stdout + done.stderr
    inputs = re.search(r"stat::number_of_executed_units:\s*(\d+)", said)
    edges = re.findall(r"cov: (\d+)", said)
    finding = None
    if done.returncode != 0:
        written = re.search(r"Test unit written to (\S+)", said)
        finding = Path(written[1]) if written else FINDINGS
        # libFuzzer's own lines begin with a hash sign and tell of its progress.
        print(
            f"\n{name}: {finding}\n"
            + "\n".join([line for line in said.splitlines() if not line.startswith("#")][-40:]),
            flush=True,
        )
    return Tried(
        name,
        int(inputs[1]) if inputs else 0,
        int(edges[-1]) if edges else 0,
        time.monotonic() - started,
        finding,
    )


def doors(seconds: float, seed: int) -> list[Row]:
    """Try every door, as many at once as there are cores."""
    from tests.fuzz.targets import TARGETS

    at_once = os.cpu_count() or 1
    each = max(seconds * at_once / len(TARGETS), LEAST_SECONDS)
    print(f"{len(TARGETS)} doors, {each:.0f} s each, {at_once} at once", flush=True)
    with ThreadPoolExecutor(at_once) as pool:
        tried = list(pool.map(lambda target: attempt(target.name, each, seed), TARGETS))
    if not any(FINDINGS.iterdir()):
        FINDINGS.rmdir()
    return [
        Row(
            f"{one.name}: bytes that break it",
            "none",
            (
                f"{'1' if one.finding else 'none'} in {one.inputs:,} inputs, {one.edges:,} edges, "
                f"{one.seconds:.0f} s"
            ),
            met=one.finding is None and one.inputs > 0,
            why=f"{one.finding.relative_to(ROOT)}"
            if one.finding
            else ""
            if one.inputs
            else "it could not be tried",
        )
        for one in tried
    ]


def servers(number: int, seed: int) -> list[Row]:
    """Meet random servers."""
    from tests.fuzz.random_servers import SLACK, met

    print(f"{number} random servers, seed {seed}", flush=True)
    started = time.monotonic()
    broken, arena = met([f"{seed}:{i}" for i in range(number)], processes=min(PROCESSES, number))
    seconds = time.monotonic() - started
    for one in broken:
        print(f"\n--server {one.seed}\n{one.why}", flush=True)
    rows = [
        Row(
            "random servers: a checkup without a verdict, with a traceback, or not one document",
            "none",
            (
                f"{len(broken) or 'none'} of {number:,}, {len(arena.verdicts)} different verdicts, "
                f"{seconds:.0f} s"
            ),
            met=not broken,
            why=f"--server {broken[0].seed}" if broken else "",
        ),
        Row(
            "random servers: the most that a stage took beyond its limit",
            f"≤ {SLACK:g} s",
            f"{max(arena.stage_over, 0.0):.2f} s",
            met=arena.stage_over <= SLACK,
        ),
    ]
    most = sorted(arena.verdicts.items(), key=lambda item: -item[1])
    print("verdicts: " + ", ".join(f"{code} {count}" for code, count in most))
    return rows


def main() -> int:
    """Read the options, try everything, and write down what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--servers", type=int, default=SERVERS)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--print", action="store_true", help="leave RESULTS.md as it is")
    parser.add_argument("--server", metavar="SEED")
    parser.add_argument("--door", metavar="NAME")
    given, rest = parser.parse_known_args()
    if given.door is not None:
        fuzz(given.door, rest)
    if rest:
        parser.error(f"what is {rest[0]}?")
    if given.server is not None:
        from tests.fuzz.random_servers import met

        broken, _ = met([given.server], processes=0)
        print("\n".join(one.why for one in broken) or "It went well.")
        return 1 if broken else 0
    rows = servers(given.servers, given.seed) if given.servers else []
    rows = [*doors(given.seconds - given.servers * SECONDS_PER_SERVER, given.seed), *rows]
    if given.print:
        print(f"\n{show(rows)}")
        return 1 if any(row.met is False for row in rows) else 0
    return record("make fuzz: broken and hostile input", rows, f"{NOTES}\nSeed {given.seed}.")


if __name__ == "__main__":
    sys.exit(main())
