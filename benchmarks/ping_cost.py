"""What `ping` costs: processor time at 200 pings a second, and memory after 100,000 pings.

    python benchmarks/ping_cost.py

The processor time is that of the pinger, without the screen, beside a client that only sends the
same pings with the same library and waits for each pong; they take turns against the same
simulator. The memory is that of a process of its own, which pings as often as the simulator can
answer; its growth is counted from the 10,000th ping on, and 8 bytes of it are the round trip that
is kept for the summary.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from backend import simulator
from results import Row, show
from websockets.asyncio.client import connect

from edgecheck.agent.pinger import Pinger
from edgecheck.backend.builtin import EDGE
from edgecheck.facts import Facts
from edgecheck.wire.arrival import ArrivalLoop
from edgecheck.wire.budget import LIVE_MESSAGE_LIMIT
from edgecheck.wire.clock import Clock
from edgecheck.wire.opening import Opening, opening_of
from edgecheck.wire.trip import Trip

ROUNDS = 5
PER_SECOND = 200
# Seconds of one turn.
TURN = 2.0
# A pinger counts, judges and times what the library alone hands over.
TIMES = 2.0
WARM, PINGS = 10_000, 100_000
# No answer from loopback takes so long, on whatever machine.
WAIT = 60.0
# As often as a simulator on one core answers; more would only queue.
FLOOD = 1 / 4000
# Python's allocator takes memory by the MiB.
GROWTH_MIB = 2.0


async def pinger_cost(plan: Opening) -> float:
    """Return the seconds of processor time that one ping takes."""
    session = await Trip(plan, Facts(), Clock(), message_limit=LIVE_MESSAGE_LIMIT).open_alone()
    assert session is not None
    pinger = Pinger(
        session,
        interval=1 / PER_SECOND,
        wait=WAIT,
        count=int(TURN * PER_SECOND),
        control=False,
        observe=lambda event: None,
    )
    started = time.process_time()
    await pinger.run(asyncio.Event(), None)
    spent = time.process_time() - started
    await session.close()
    assert pinger.tally.received == TURN * PER_SECOND
    return spent / pinger.tally.received


async def library_cost(plan: Opening) -> float:
    """Return the same of a client that only sends and receives."""
    fields = {field.name: field.value for field in plan.request_fields()}
    async with connect(
        plan.endpoint.url, additional_headers=fields, proxy=None, compression=None
    ) as connection:
        loop, count = asyncio.get_running_loop(), int(TURN * PER_SECOND)
        started, due = time.process_time(), loop.time()
        for _ in range(count):
            await asyncio.sleep(due - loop.time())
            due += 1 / PER_SECOND
            await connection.send(EDGE.ping)
            await connection.recv()
        return (time.process_time() - started) / count


async def costs(plan: Opening, rounds: int) -> tuple[float, float]:
    """Take turns, and return how many times the library's a ping costs, and its seconds."""
    turns = [(await pinger_cost(plan), await library_cost(plan)) for _ in range(rounds)]
    return statistics.median(ours / theirs for ours, theirs in turns), statistics.median(
        ours for ours, _ in turns
    )


def resident_mib() -> float:
    """Return the memory that this process holds now.

    Where there is no /proc, it is the most that it ever held.
    """
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


async def flood(plan: Opening) -> dict[str, float]:
    """Ping 100,000 times, and return what the memory was early and late, in MiB.

    Return as well how many pings went out a second.
    """
    session = await Trip(plan, Facts(), Clock(), message_limit=LIVE_MESSAGE_LIMIT).open_alone()
    assert session is not None
    seen: list[float] = []

    def note(_: object) -> None:
        if pinger.tally.received in (WARM, PINGS):
            seen.append(resident_mib())

    pinger = Pinger(session, interval=FLOOD, wait=WAIT, count=PINGS, control=False, observe=note)
    await pinger.run(asyncio.Event(), None)
    rate = PINGS / pinger.milliseconds * 1000
    await session.close()
    assert pinger.tally.received == PINGS
    return {"early": seen[0], "late": seen[1], "per_second": rate}


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Return a row for the processor time, and one for the memory."""
    with simulator() as backend:
        with asyncio.Runner(loop_factory=ArrivalLoop) as runner:
            ratio, seconds = runner.run(costs(opening_of(backend.settings), rounds))
        done = subprocess.run(
            [sys.executable, __file__, "--flood", backend.folder],
            capture_output=True,
            text=True,
            check=True,
        )
    memory = json.loads(done.stdout)
    growth = memory["late"] - memory["early"]
    cost = f"{ratio:.2f} times, {seconds * 1e6:.0f} µs: {seconds * PER_SECOND:.1%} of a core"
    return [
        Row(
            f"`ping`: processor time a ping at {PER_SECOND} a second, by the bare library",
            f"≤ {TIMES:g} times",
            cost,
            ratio <= TIMES,
        ),
        Row(
            (
                f"`ping`: growth from the {WARM:,}th to the {PINGS:,}th ping, at "
                f"{memory['per_second']:,.0f} a second"
            ),
            f"≤ {GROWTH_MIB:g} MiB",
            f"{growth:.2f} MiB of {memory['late']:.0f}",
            growth <= GROWTH_MIB,
        ),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--flood"]:
        from backend import settings_in

        with asyncio.Runner(loop_factory=ArrivalLoop) as flooding:
            print(json.dumps(flooding.run(flood(opening_of(settings_in(Path(sys.argv[2])))))))
    else:
        print(show(measure()))
