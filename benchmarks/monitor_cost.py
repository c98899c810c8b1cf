"""What `monitor` costs: processor time and memory, with 2,000 agents a minute, each over TLS.

    python benchmarks/monitor_cost.py --agents 2000 --every 60 --seconds 60

Each agent has a `.env` file of its own, and all of them reach one healthy backend over TLS, which
runs in a process of its own. The first round is not counted. The figures are the monitor's own,
from its metrics, which are scraped every 15 seconds, as Prometheus would do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from results import Row, record, show

from edgecheck.simulator import Backend, Scenario, simulate

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
CORE = 0.4
SCRAPE_SECONDS = 15.0
MIB = 1 << 20
NOTES = """\
Where fewer checks a minute were reached than wanted, the machine was busy with other work: what
counts is the processor time of a check.
"""


def serve(ids: frozenset[str], ready: Any) -> None:
    """Run a healthy backend until the process is ended."""

    async def hold() -> None:
        async with simulate(Scenario(SECRET, agents=ids, tls=True)) as backend:
            ready.put(backend)
            await asyncio.Event().wait()

    asyncio.run(hold())


@contextmanager
def backend_of(ids: frozenset[str]) -> Iterator[Backend]:
    """Run the backend in a process of its own."""
    context = get_context("spawn")
    ready = context.Queue()
    process = context.Process(target=serve, args=(ids, ready), daemon=True)
    process.start()
    try:
        yield ready.get(timeout=60)
    finally:
        process.kill()
        process.join()


class Watching:
    """A monitor that runs.

    Args:
        folder: has the agents' files.
        arguments: of the monitor.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edgecheck", "monitor", str(folder), *arguments],
            stderr=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        )
        assert self._process.stderr is not None
        self._url = self._process.stderr.readline().split()[-1]

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def scrape(self) -> dict[str, float]:
        """Return the sum of each metric over the agents, and the size of all of them."""
        connection = HTTPConnection(self._url.split("/")[2], timeout=60)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        found: dict[str, float] = {"bytes": len(text)}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
        return found


def measure(agents: int, every: float, seconds: float, until: str) -> tuple[Row, ...]:
    """Run a monitor, and return what it took."""
    ids = [f"edge_{number + 1}" for number in range(agents)]
    with backend_of(frozenset(ids)) as backend, TemporaryDirectory() as name:
        folder = Path(name)
        for number, agent_id in enumerate(ids):
            file = folder / f"agent-{number:05}.env"
            file.touch(0o600)
            file.write_text(
                f"BACKEND_URL={backend.url}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID={agent_id}\n"
            )
        options = ("--every", str(every), "--until", until, "--ca-file", str(backend.ca_file))
        watching = Watching(folder, *options, "--listen", "127.0.0.1:0")
        try:
            return counted(watching, agents, agents / every, seconds, until)
        finally:
            watching.end()


def counted(
    watching: Watching, agents: int, wanted: float, seconds: float, until: str
) -> tuple[Row, ...]:
    """Count from the end of the first round on.

    A busy machine does not reach the wanted rate, so what counts is the time that a check takes.

    Args:
        watching: the monitor.
        agents: how many there are.
        wanted: checks a second.
        seconds: how long to count.
        until: the last stage.
    """
    while (now := watching.scrape()).get("edgecheck_checks_total", 0.0) < agents:
        time.sleep(10.0)
    start, before = time.monotonic(), now
    while time.monotonic() - start < seconds:
        time.sleep(min(SCRAPE_SECONDS, seconds))
        now = watching.scrape()
    passed = time.monotonic() - start
    checks = now["edgecheck_checks_total"] - before["edgecheck_checks_total"]
    used = now["process_cpu_seconds_total"] - before["process_cpu_seconds_total"]
    core = used / checks * wanted
    what = f"`monitor`: {agents:,} agents over TLS, --until {until}"
    return (
        Row(
            f"{what}: processor time at {wanted * 60:,.0f} checks a minute",
            f"≤ {CORE * 100:.0f} % of a core",
            f"{core * 100:.0f} %: {used / checks * 1000:.1f} ms a check, at "
            f"{checks / passed * 60:,.0f} a minute; {now['edgecheck_up']:,.0f} healthy",
            core <= CORE,
        ),
        Row(
            f"{what}: memory",
            "",
            f"{now['process_resident_memory_bytes'] / MIB:.0f} MiB; "
            f"{now['bytes'] / MIB:.1f} MiB of metrics a scrape",
            None,
        ),
    )


def main() -> int:
    """Measure, show, and keep the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--agents", type=int, default=2000)
    parser.add_argument("--every", type=float, default=60.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--keep", action="store_true", help="write RESULTS.md")
    wanted = parser.parse_args()
    rows = [
        row
        for until in ("tls", "session")
        for row in measure(wanted.agents, wanted.every, wanted.seconds, until)
    ]
    if not wanted.keep:
        print(show(rows))
        return 0
    return record("make monitor-cost: many agents that are watched", rows, NOTES)


if __name__ == "__main__":
    sys.exit(main())
