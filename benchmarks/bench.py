"""All measurements of speed, in turn, and their table.

    make bench

Takes about four minutes. Writes its section of RESULTS.md, and ends with 1 where a target is
missed.
"""

from __future__ import annotations

import sys
import time
import traceback

import connections
import distance
import many_checkups
import ping_accuracy
import ping_cost
import silence
import start_up
import whole_checkup
from results import Row, record

PARTS = (
    start_up,
    whole_checkup,
    many_checkups,
    distance,
    silence,
    ping_accuracy,
    ping_cost,
    connections,
)
NOTES = """\
Commands take turns within one run, and a figure is the median of each round's ratio or difference,
so that it survives whatever else the machine does; each file of `benchmarks/` says how it measures.
Typer 0.29 does not run without pydantic: what would be measured without it does not exist. `doctor`
is called as an agent's owner would call it, from an environment into which only edgecheck is
installed.
"""


def main() -> int:
    """Measure everything, and return the exit code."""
    rows = []
    for number, part in enumerate(PARTS, 1):
        print(
            f"{number}/{len(PARTS)} {part.__name__}: {(part.__doc__ or '').splitlines()[0]}",
            file=sys.stderr,
        )
        started = time.monotonic()
        try:
            rows += part.measure()
        except Exception as error:  # noqa: BLE001 what the other parts measured is worth keeping
            traceback.print_exc()
            rows.append(
                Row(
                    part.__name__,
                    "",
                    "could not be measured",
                    met=False,
                    why=f"{type(error).__name__}, shown on standard error",
                )
            )
        print(f"    {time.monotonic() - started:.0f} s", file=sys.stderr)
    return record("make bench: speed", rows, NOTES)


if __name__ == "__main__":
    sys.exit(main())
