"""All measurements of speed, in turn, and their table.

    make bench

Takes about six minutes. Writes its section of RESULTS.md, and ends with 1 where a target is
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

Start-up, wscat that does not wait and the checkups in one process are compared by processor time,
which leaves out how long others held the cores.

- A whole `doctor` by a wscat that does not wait: Python with asyncio and ssl alone takes half of
  wscat's time, and with websockets, without the part of it that no release uses, some 0.7 times.
  The rest is edgecheck: some 190 modules, of 0.2 ms each, and 20 ms for the run, 2 ms of which are
  the units of systemd that may name the file. A plain screen and a plain file need neither rich nor
  python-dotenv.
- A checkup in one process: a bare connection takes 1.5 times as long if python-dotenv reads the
  file before each. Here, the connection alone takes 1.7 times a bare one (0.62 ms and 0.33 ms),
  because each step is a task or has a limit of its own, the answer is read by us and by the
  library, the kernel's accounts are read twice, and all that is shown is searched for the
  secret. To read a file that is known takes 0.1 ms, most of it in system calls; to understand it
  anew, with 48 rules, 0.25 ms more; to judge 0.05 ms, because only 13 of 120 entries may be seen
  where all went well. The rest is what many values at the same time cost the processor's caches.
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
