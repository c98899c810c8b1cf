"""A keeper with its events, and the backend that it keeps a connection to."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from edgecheck.agent import events
from edgecheck.agent.backoff import Backoff
from edgecheck.agent.events import Status
from edgecheck.agent.handler import CommandResult
from edgecheck.agent.journal import Journal
from edgecheck.agent.keeper import Keeper
from edgecheck.agent.worker import Worker
from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import Profile
from edgecheck.report import Report
from edgecheck.wire.opening import opening_of
from edgecheck.wire.trip import Trip
from tests.agent.conftest import judged_alone, settings_for
from tests.timing import PATIENCE, until_in_loop

PONG = EDGE.pong

Condition = Callable[[], bool]
# The journals of agents that were given none.
OPEN: list[Journal] = []


class Agent:
    """A keeper and a worker, with their events."""

    def __init__(
        self,
        url: str,
        *,
        journal: Journal | None = None,
        sleep: float | None = None,
        ca_file: Path | None = None,
        profile: Profile = EDGE,
        **options: Any,
    ) -> None:
        self.events: list[events.Event] = []
        self.waits: list[float] = []
        self.handled: list[str] = []
        self.stop = asyncio.Event()
        settings = settings_for(url, profile=profile, ca_file=ca_file)
        if journal is None:
            journal = Journal()
            OPEN.append(journal)
        self.worker = Worker(
            journal,
            self._handle,
            jobs=options.pop("jobs", 1),
            clean=opening_of(settings).clean,
            observe=self._note,
            profile=profile,
        )
        self.status: Status | None = Status.COMPLETED
        self.hold: asyncio.Event | None = None

        async def pause(seconds: float) -> None:
            self.waits.append(seconds)
            await asyncio.sleep(0 if sleep is None else sleep)

        async def judge(trip: Trip) -> Report:
            return await judged_alone(settings, trip)

        options.setdefault("backoff", Backoff(random.random, jitter=0.0))
        self.keeper = Keeper(
            settings, self.worker, observe=self._note, judge=judge, sleep=pause, **options
        )

    def _note(self, event: events.Event) -> None:
        self.events.append(event)

    async def _handle(self, command: Mapping[str, Any]) -> CommandResult:
        self.handled.append(command["command_id"])
        if self.hold is not None:
            await self.hold.wait()
        return CommandResult(self.status)

    def told(self, kind: type[Any]) -> list[Any]:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Condition, grace: float = 5.0) -> bool:
        """Run until a condition holds, then stop."""
        running = asyncio.create_task(self.keeper.run(self.stop, grace))
        await until_in_loop(lambda: condition() or running.done())
        self.stop.set()
        return await asyncio.wait_for(running, PATIENCE)


class Backend:
    """A backend that answers pings, keeps acks, and does what a test adds."""

    def __init__(self) -> None:
        self.acks: list[tuple[str, str]] = []
        self.connections = 0
        self.closed_with: list[int | None] = []

    async def opened(self, connection: ServerConnection) -> None:
        """Do something with a new connection."""

    async def __call__(self, connection: ServerConnection) -> None:
        self.connections += 1
        await self.opened(connection)
        async for text in connection:
            message = json.loads(text)
            if message["type"] == "ping":
                await connection.send(PONG)
            else:
                self.acks.append((message["data"]["command_id"], message["data"]["status"]))
        self.closed_with.append(connection.close_code)


def command(command_id: str, **more: Any) -> str:
    """Return the message of a command."""
    return json.dumps(
        {
            "type": "command",
            "payload": {"command_id": command_id, "command_type": "t", "payload": {}, **more},
        }
    )


@asynccontextmanager
async def serving(
    backend: Callable[[ServerConnection], Awaitable[None]], **options: Any
) -> AsyncIterator[str]:
    """Serve on loopback, and give the address."""
    async with serve(backend, "127.0.0.1", options.pop("port", 0), **options) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
