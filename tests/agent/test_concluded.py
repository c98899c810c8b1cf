"""A live connection is judged by what it saw itself, without making it a second time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from edgecheck.checkup import concluded
from edgecheck.report import Report
from edgecheck.wire.trip import Trip
from tests.agent.conftest import PATIENCE, settings_for

Answer = Callable[[ServerConnection, Request], Response | None]


def met(status: int | None, close: int | None = None) -> tuple[Report, int]:
    """Open a live connection, and judge its end; return also how many requests the server saw."""
    requests = 0

    async def answer(connection: ServerConnection, request: Request) -> Response | None:
        nonlocal requests
        requests += 1
        return None if status is None else Response(status, "So It Is", Headers(), b"")

    async def handle(connection: ServerConnection) -> None:
        assert close is not None
        await connection.close(close, "because")

    async def go() -> Report:
        async with serve(handle, "127.0.0.1", 0, process_request=answer) as server:
            port = server.sockets[0].getsockname()[1]
            settings = settings_for(f"ws://127.0.0.1:{port}")
            trip = Trip.of(settings)
            session = await trip.open_alone()
            if session is not None:
                await session.closed()
                trip.learn(session=session.facts())
            return await concluded(settings, trip)

    return asyncio.run(asyncio.wait_for(go(), PATIENCE)), requests


@pytest.mark.parametrize(
    ("status", "code"),
    [(503, "upgrade-unavailable"), (404, "upgrade-not-found"), (429, "upgrade-rate-limited")],
)
def test_what_did_not_come_about_is_not_tried_again(status: int, code: str) -> None:
    """There is one request, and the verdict is that of a checkup."""
    report, requests = met(status)

    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.code == code
    # Only after 404 the same request is sent again: another replica may have the path.
    assert requests == (2 if status == 404 else 1)
    assert report.facts.tcp is not None
    assert report.facts.config is not None


@pytest.mark.parametrize(
    ("close", "code"), [(1012, "session-restarting"), (1011, "session-server-error")]
)
def test_an_end_is_judged_without_another_connection(close: int, code: str) -> None:
    """The close code is enough for the verdict."""
    report, requests = met(None, close)

    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.code == code
    assert requests == 1


@pytest.mark.parametrize(("status", "close"), [(403, None), (None, 1008)])
def test_after_a_refusal_four_more_requests_are_made(status: int | None, close: int | None) -> None:
    """After the same request again, each experiment changes one thing."""
    report, requests = met(status, close)

    assert report.diagnosis.verdict is not None
    assert len(report.facts.experiments) == 4
    assert requests == 5
