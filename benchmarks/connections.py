"""How many agents the simulator holds: 2,000 connections at once, each pinging every second.

On two cores.

    python benchmarks/connections.py

The simulator runs on one core, and the agents, in this process, on another. They connect within a
few seconds, and ping for ten more, each at a moment of its own within the second. Counted are the
connections that ended, and the pings that were not answered before the next one. Memory is what the
simulator's process grew by, divided by the connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from backend import simulator
from results import Row, show
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from edgecheck.backend.builtin import EDGE
from edgecheck.wire.opening import Opening, opening_of

CONNECTIONS = 2000
SECONDS = 10
# Of connections that are opened at the same time: as many as a listening socket's queue takes
# (`simulator.wire.BACKLOG`).
AT_ONCE = 50
# What a process has open besides: standard streams, the event loop, libraries.
SPARE = 100


class Agents:
    """The agents, and what became of them."""

    def __init__(self, plan: Opening) -> None:
        self._plan = plan
        self._opening = asyncio.Semaphore(AT_ONCE)
        self.opened = self.dropped = self.sent = self.answered = 0
        self.all_open = asyncio.Event()
        self.over = asyncio.Event()
        self.slowest = 0.0

    async def live(self, number: int) -> None:
        """Open one connection, and ping every second until all is over."""
        async with self._opening:
            connection = await connect(
                self._plan.endpoint.url,
                additional_headers={
                    field.name: field.value for field in self._plan.request_fields()
                },
                proxy=None,
                compression=None,
                ping_interval=None,
                open_timeout=60,
            )
        self.opened += 1
        if self.opened == CONNECTIONS:
            self.all_open.set()
        try:
            await asyncio.sleep(number / CONNECTIONS)
            while not self.over.is_set():
                await self._ping(connection)
        except ConnectionClosed:
            self.dropped += 1
        finally:
            await connection.close()

    async def _ping(self, connection: ClientConnection) -> None:
        started = time.perf_counter()
        counts = self.all_open.is_set()
        self.sent += counts
        await connection.send(EDGE.ping)
        await connection.recv()
        taken = time.perf_counter() - started
        if counts:
            self.answered += taken < 1
            self.slowest = max(self.slowest, taken)
        await asyncio.sleep(max(0.0, 1 - taken))


async def hold(plan: Opening, server: int) -> tuple[Agents, float]:
    """Hold all connections for a while.

    Return the agents, and the KiB of the server that one connection takes.
    """
    before = resident_kib(server)
    agents = Agents(plan)
    tasks = [asyncio.create_task(agents.live(number)) for number in range(CONNECTIONS)]
    await asyncio.wait(
        [asyncio.create_task(agents.all_open.wait()), *tasks],
        return_when=asyncio.FIRST_COMPLETED,
        timeout=120,
    )
    await asyncio.sleep(SECONDS)
    grown = resident_kib(server) - before
    agents.over.set()
    await asyncio.gather(*tasks)
    return agents, grown / CONNECTIONS


def resident_kib(process: int) -> float:
    """Return the memory that a process holds; NaN where there is no /proc."""
    with contextlib.suppress(FileNotFoundError):
        return (
            int(Path(f"/proc/{process}/statm").read_text().split()[1])
            * os.sysconf("SC_PAGE_SIZE")
            / 1024
        )
    return float("nan")


@contextlib.contextmanager
def enough_files(number: int) -> Iterator[bool]:
    """Raise this process's limit of open files; tell whether that was allowed.

    Its children inherit the limit.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield wanted == number
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def pin(process: int, core: int) -> None:
    """Keep a process on one core of those that this one may use, where the operating system can."""
    with contextlib.suppress(AttributeError):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(process, {cores[core % len(cores)]})


def measure() -> list[Row]:
    """Return a row for the connections, and one for the memory."""
    what = (
        f"simulator: {CONNECTIONS:,} connections on two cores, each pinging every second, for "
        f"{SECONDS} s"
    )
    with enough_files(CONNECTIONS + SPARE) as enough:
        if not enough:
            return [
                Row(
                    what,
                    "none dropped",
                    f"this process may not open {CONNECTIONS + SPARE:,} files (ulimit -Hn)",
                    None,
                )
            ]
        with simulator() as backend:
            pin(backend.process, 1)
            agents, kib = asyncio.run(hold(opening_of(backend.settings), backend.process))
    late = agents.sent - agents.answered
    held = (
        f"{agents.opened:,} opened, {agents.dropped} dropped, {agents.sent:,} pings, {late} "
        "not answered within a second"
    )
    met = agents.opened == CONNECTIONS and not agents.dropped and not late
    slow = f"the slowest of {agents.sent:,} answers took {agents.slowest:.2f} s"
    return [
        Row(what, "none dropped", held, met, "" if met else slow),
        Row("simulator: memory a connection", "", f"{kib:.0f} KiB", None),
    ]


if __name__ == "__main__":
    print(show(measure()))
