"""Kill a backend with SIGKILL fifty times under load.

Every command must be acked at least once, and handled exactly once.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import pytest

from edgecheck.agent import events
from edgecheck.agent.backoff import Backoff
from edgecheck.agent.events import Status
from edgecheck.agent.handler import CommandResult
from edgecheck.agent.journal import Journal
from tests.agent.conftest import keeper_for, settings_for
from tests.backends.servers import free_port
from tests.timing import seconds, until_in_loop

KILLS = 50
# Enough commands, so that at each kill some are under way.
COMMANDS = 3000
# For the whole test, which usually takes half a minute.
LIMIT_SECONDS = seconds(900)


class Mortal:
    """A backend in a process of its own, which is killed and started again at its port."""

    def __init__(self, port: int, ledger: Path) -> None:
        self.port, self.ledger = port, ledger

    async def __aenter__(self) -> Self:
        script = Path(__file__).with_name("mortal_backend.py")
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            script,
            str(self.port),
            self.ledger,
            str(COMMANDS),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        await self.tell("start")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.tell("kill")
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()

    async def tell(self, word: str) -> None:
        """Start or kill it, and wait until that is done."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n".encode())
        assert await self.process.stdout.readline() == b"done\n"


@pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
@pytest.mark.parametrize("in_file", [False, True], ids=["in memory", "in a file"])
def test_nothing_is_lost_and_nothing_is_handled_twice(tmp_path: Path, in_file: bool) -> None:
    """Half of the kills happen in the middle of a burst."""
    ledger = tmp_path / "ledger"
    ledger.touch()
    kills = KILLS if not in_file else KILLS // 5
    handled: list[str] = []
    seen: list[events.Event] = []

    async def handle(command: Mapping[str, Any]) -> CommandResult:
        handled.append(command["command_id"])
        await asyncio.sleep(0)
        return CommandResult(Status.COMPLETED)

    async def outlive(backend: Mortal, keeping: asyncio.Task[bool]) -> None:
        for number in range(kills):
            load = min(len(handled) + 20 + number % 5, COMMANDS)
            await until_in_loop(
                lambda load=load: len(handled) >= load or keeping.done(), patience=LIMIT_SECONDS
            )
            assert not keeping.done()
            await backend.tell("kill")
            await backend.tell("start")
        await until_in_loop(lambda: len(acked(ledger)) >= COMMANDS, patience=LIMIT_SECONDS)

    async def run(journal: Journal) -> bool:
        port, stop = free_port(), asyncio.Event()
        settings = settings_for(f"ws://127.0.0.1:{port}")
        quick = {"backoff": Backoff(random.random, scale=0.01), "interval": 0.1}
        keeper = keeper_for(settings, journal, handle, seen.append, jobs=4, **quick)
        async with asyncio.timeout(LIMIT_SECONDS), Mortal(port, ledger) as backend:
            keeping = asyncio.create_task(keeper.run(stop, 5.0))
            try:
                await outlive(backend, keeping)
                stop.set()
                return await keeping
            finally:
                keeping.cancel()

    with closing(Journal(tmp_path / "journal.db" if in_file else None)) as journal:
        stopped = asyncio.run(run(journal))

    assert stopped
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
