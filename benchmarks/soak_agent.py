"""The agent of `listen`, with a keepalive of half a second in place of half a minute.

It counts its tasks, and is run by `soak.py`.

    soak_agent.py FOLDER

Reads `.env` of the folder, keeps a journal there, appends each id that it handles to `handled`, and
prints one JSON object an event.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import random
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgecheck.agent import events
from edgecheck.agent.backoff import Backoff
from edgecheck.agent.events import Status
from edgecheck.agent.handler import CommandResult
from edgecheck.agent.journal import Journal
from edgecheck.agent.keeper import Keeper
from edgecheck.agent.worker import Worker
from edgecheck.checkup import concluded
from edgecheck.report import Report
from edgecheck.settings.sources import Options, load
from edgecheck.wire.opening import opening_of
from edgecheck.wire.trip import Trip

INTERVAL, WAIT = 0.5, 1.0
# Of the waits between attempts: 0.1 to 6 s.
SCALE = 0.1
COUNT_SECONDS = 1.0
NAMES = {
    events.Opened: "open",
    events.Closed: "closed",
    events.Failed: "failed",
    events.CameAgain: "command-again",
    events.Acked: "ack",
}


def say(event: str, **fields: object) -> None:
    """Print one event."""
    print(json.dumps({"event": event, **fields}), flush=True)


async def main(folder: Path) -> None:
    """Keep a connection until SIGINT."""
    settings = load(Options(timeout=2.0), environ={}, cwd=folder, stdin=io.BytesIO())
    handled = (folder / "handled").open("a")

    async def handle(command: Mapping[str, Any]) -> CommandResult:
        await asyncio.sleep(0.005)
        handled.write(f'{{"command_id": "{command["command_id"]}"}}\n')
        handled.flush()
        return CommandResult(Status.COMPLETED)

    def observe(event: events.Event) -> None:
        match event:
            case events.Acked(again=again):
                say("ack", again=again)
            case _ if type(event) in NAMES:
                say(NAMES[type(event)])
            case events.Ponged(first=True):
                say("pong")

    async def judge(trip: Trip) -> Report:
        return await concluded(settings, trip)

    async def count() -> None:
        while True:
            await asyncio.sleep(COUNT_SECONDS)
            say("tasks", tasks=len(asyncio.all_tasks()))

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    journal = Journal(folder / "journal.db")
    worker = Worker(journal, handle, jobs=4, clean=opening_of(settings).clean, observe=observe)
    keeper = Keeper(
        settings,
        worker,
        observe=observe,
        judge=judge,
        backoff=Backoff(random.random, scale=SCALE),
        interval=INTERVAL,
        wait=WAIT,
    )
    counting = asyncio.create_task(count())
    with contextlib.closing(journal):
        await keeper.run(stop, 5.0)
    counting.cancel()
    say(
        "summary",
        received=worker.received,
        acked=worker.acked,
        failed=worker.failed,
        left=worker.left,
    )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
