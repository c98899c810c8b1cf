"""How much later than its limit the verdict on a backend comes that keeps silent.

Measured is every fault of the simulator that is a silence.

    python benchmarks/silence.py

Each round runs `doctor --timeout 1` against every such fault, and against a healthy backend of the
same kind. What the whole command takes longer than the healthy one is the limit, and what it is
late by; less than nothing where it works while it waits.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import statistics
import time
from contextlib import AsyncExitStack

from programs import EDGECHECK, ENVIRON
from results import Row, show

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import NotOnLoopback
from edgecheck.simulator import Backend, Scenario, simulate
from edgecheck.simulator.answers import Http
from edgecheck.simulator.behaviour import End, Fault, Port, Reply, Session
from edgecheck.simulator.faults import TABLE

ROUNDS = 3
LIMIT = 1.0
# Seconds that the verdict may come late: what looking closer at a silence may take.
LATE = 2.0


def is_silent(fault: Fault) -> bool:
    """Tell whether a client that meets a fault waits in vain for what is due."""
    match fault.plan:
        case Port.DROPS | Session(reply=None):
            return True
        case Reply(answer=answer, end=End.HOLDS | End.DRIBBLES):
            # A whole response, or another protocol's answer, is none.
            return not isinstance(answer, Http) and (fault.plan.below_tls or not answer)
    return False


SILENT = {code: fault for code, fault in TABLE.items() if is_silent(fault)}


async def examine(backend: Backend) -> tuple[float, str | None]:
    """Run `doctor`, and return the seconds that it took and the code of its verdict."""
    environ = {
        "BACKEND_URL": backend.url,
        "EDGE_SECRET": backend.secret,
        "EDGE_AGENT_ID": backend.agent_id,
    }
    words = [
        "doctor",
        "--json",
        "--timeout",
        f"{LIMIT:g}",
        "--env-file",
        os.devnull,
        *backend.arguments,
    ]
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        EDGECHECK,
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env={**ENVIRON, **environ},
    )
    document, _ = await process.communicate()
    taken = time.perf_counter() - started
    verdict = json.loads(document)["verdict"]
    return taken, verdict["code"] if verdict else None


async def lateness(rounds: int) -> dict[str, float]:
    """Return the seconds between the limit and the verdict for every silence."""
    scenario = Scenario(secrets.token_hex(16))
    late: dict[str, list[float]] = {code: [] for code in SILENT}
    async with AsyncExitStack() as stack:

        async def start(code: str | None, *, tls: bool) -> Backend:
            return await stack.enter_async_context(
                simulate(Scenario(scenario.secret, fault=code, tls=tls))
            )

        healthy = {scheme: await start(None, tls=scheme == "wss") for scheme in ("ws", "wss")}
        backends = {code: await start(code, tls=False) for code in SILENT}
        for number in range(rounds + 1):
            usual = {scheme: (await examine(backend))[0] for scheme, backend in healthy.items()}
            for code, backend in backends.items():
                taken, verdict = await examine(backend)
                assert verdict == code, f"{code} gave {verdict}"
                if number:  # the first round warms the caches
                    late[code].append(taken - usual[backend.url.partition(":")[0]] - LIMIT)
    return {code: statistics.median(each) for code, each in late.items()}


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Return a row for every silence, and one for each that no simulator on loopback can keep."""
    rows = [
        Row(
            f"`{code}`: verdict later than the limit",
            f"≤ {LATE:g} s",
            f"{seconds:.2f} s",
            seconds <= LATE,
        )
        for code, seconds in asyncio.run(lateness(rounds)).items()
    ]
    elsewhere = [
        code
        for code, each in PROBLEMS.items()
        if code.endswith("-timeout") and isinstance(each.reproduction, NotOnLoopback)
    ]
    rows += [
        Row(f"`{code}`: verdict later than the limit", f"≤ {LATE:g} s", "not on loopback", None)
        for code in elsewhere
    ]
    return rows


if __name__ == "__main__":
    print(show(measure()))
