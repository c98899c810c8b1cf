"""Kill a backend with SIGKILL fifty times under load.

Every command must be acked at least once, and handled exactly once.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edgecheck.agent import events
from edgecheck.agent.backoff import Backoff
from edgecheck.agent.events import Status
from edgecheck.agent.handler import Outcome
from edgecheck.agent.journal import Journal
from edgecheck.agent.keeper import Keeper
from edgecheck.agent.worker import Worker
from edgecheck.report import Report
from edgecheck.wire.opening import opening_of
from edgecheck.wire.trip import Trip
from tests.agent.conftest import judged_alone, settings_for
from tests.backends.servers import free_port
from tests.timing import seconds, until_in_loop

KILLS = 50
# Enough commands, so that at each kill some are under way.
COMMANDS = 3000
# For the whole test, which usually takes half a minute.
LIMIT_SECONDS = seconds(900)


@pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
@pytest.mark.parametrize("in_file", [False, True], ids=["in memory", "in a file"])
def test_nothing_is_lost_and_nothing_is_handled_twice(tmp_path: Path, in_file: bool) -> None:
    """Half of the kills happen in the middle of a burst."""
    ledger = tmp_path / "ledger"
    ledger.touch()
    kills = KILLS if not in_file else KILLS // 5
    handled: list[str] = []
    seen: list[events.Event] = []

    async def handle(command: Mapping[str, Any]) -> Outcome:
        handled.append(command["command_id"])
        await asyncio.sleep(0)
        return Outcome(Status.COMPLETED)

    async def run() -> None:
        port = free_port()
        settings = settings_for(f"ws://127.0.0.1:{port}")

        async def judge(trip: Trip) -> Report:
            return await judged_alone(settings, trip)

        script = Path(__file__).with_name("mortal_backend.py")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            script,
            str(port),
            ledger,
            str(COMMANDS),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None

        async def tell(word: str) -> None:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{word}\n".encode())
            assert await process.stdout.readline() == b"done\n"

        await tell("start")
        journal = Journal(tmp_path / "journal.db" if in_file else None)
        worker = Worker(
            journal, handle, jobs=4, clean=opening_of(settings).clean, observe=seen.append
        )
        keeper = Keeper(
            settings,
            worker,
            observe=seen.append,
            judge=judge,
            backoff=Backoff(scale=0.01),
            interval=0.1,
        )
        stop = asyncio.Event()
        keeping = asyncio.create_task(keeper.run(stop, 5.0))
        try:
            for number in range(kills):
                load = min(len(handled) + 20 + number % 5, COMMANDS)
                await until_in_loop(lambda load=load: len(handled) >= load, patience=LIMIT_SECONDS)
                await tell("kill")
                await tell("start")
            await until_in_loop(lambda: len(acked(ledger)) >= COMMANDS, patience=LIMIT_SECONDS)
            stop.set()
            assert await keeping
        finally:
            keeping.cancel()
            await tell("kill")
            process.stdin.close()
            await process.wait()
            journal.close()

    async def bounded() -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            await run()

    asyncio.run(bounded())

    issued = {
        line.split()[1] for line in ledger.read_text().splitlines() if line.startswith("issued")
    }
    assert len(issued) == COMMANDS
    assert acked(ledger) == issued
    assert Counter(handled) == Counter(issued)
    assert sum(isinstance(event, events.Opened) for event in seen) > kills
    # Otherwise no kill hit a command, and the test shows nothing.
    assert any(isinstance(event, events.CameAgain) for event in seen)


def acked(ledger: Path) -> set[str]:
    """Return the ids of the commands whose acks the backend has read."""
    return {line.split()[1] for line in ledger.read_text().splitlines() if line.startswith("acked")}
