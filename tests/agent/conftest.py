"""Servers on loopback that behave as a test says, and the opening that leads to them."""

from __future__ import annotations

import io
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from edgecheck.agent.backoff import Backoff
from edgecheck.agent.events import Event
from edgecheck.agent.handler import Handler as CommandHandler
from edgecheck.agent.journal import Journal
from edgecheck.agent.keeper import Keeper
from edgecheck.agent.worker import Worker
from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import Profile
from edgecheck.facts import Facts
from edgecheck.report import Report, report_of
from edgecheck.settings.model import Settings
from edgecheck.settings.sources import Options, load
from edgecheck.wire.budget import LIVE_MESSAGE_LIMIT
from edgecheck.wire.clock import Clock
from edgecheck.wire.opening import Opening, opening_of
from edgecheck.wire.session import Session
from edgecheck.wire.trip import Trip
from tests.timing import PATIENCE

SECRET = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"

Handler = Callable[[ServerConnection], Awaitable[None]]


def settings_for(
    url: str, timeout: float = PATIENCE, *, profile: Profile = EDGE, **options: Any
) -> Settings:
    """Return settings that lead to a server."""
    environ = {"BACKEND_URL": url, "EDGE_SECRET": SECRET, "EDGE_AGENT_ID": "edge_1"}
    wanted = Options(timeout=timeout, **options)
    return load(wanted, environ=environ, cwd=Path("/"), stdin=io.BytesIO(), profile=profile)


def trip_to(opening: Opening) -> Trip:
    """Return the trip of a live connection."""
    return Trip(opening, Facts(), Clock(), message_limit=LIVE_MESSAGE_LIMIT)


async def opened_to(opening: Opening) -> Session:
    """Open a connection, which must succeed."""
    session = await trip_to(opening).open_alone()
    assert session is not None
    return session


async def judged_alone(settings: Settings, trip: Trip) -> Report:
    """Judge a connection by what it saw, without another one: for tests that count connections."""
    return report_of(trip.facts, "0")


def keeper_for(
    settings: Settings,
    journal: Journal,
    handle: CommandHandler,
    observe: Callable[[Event], None],
    *,
    jobs: int = 1,
    **options: Any,
) -> Keeper:
    """Return what keeps a connection, and judges it by what it saw.

    Args:
        jobs: how many commands are handled at the same time.
        options: of `Keeper`.
    """
    options.setdefault("backoff", Backoff(random.random, scale=0.05))
    clean = opening_of(settings).clean
    worker = Worker(journal, handle, jobs=jobs, clean=clean, observe=observe)
    return Keeper(
        settings,
        worker,
        observe=observe,
        judge=lambda trip: judged_alone(settings, trip),
        **options,
    )


@pytest.fixture(autouse=True)
def journals() -> Iterator[None]:
    """Close the agents' own journals where they were opened: SQLite refuses another thread."""
    from tests.agent.kept import OPEN  # which imports this module

    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def backend():  # type: ignore[no-untyped-def]
    """Return a context that serves with a handler, and gives the opening that leads to it."""

    @asynccontextmanager
    async def backend(handler: Handler) -> AsyncIterator[object]:
        async with serve(handler, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            yield opening_of(settings_for(f"ws://127.0.0.1:{port}"))

    return backend
