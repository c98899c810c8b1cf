"""One live connection: times, refusals, ends."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from edgecheck.agent.backoff import retry_after
from edgecheck.backend.builtin import EDGE
from edgecheck.diagnose import diagnose
from edgecheck.facts import Facts, HttpResponse, Kind, MessageKind
from edgecheck.wire.fold import drop_of, is_idle_limit
from edgecheck.wire.opening import Opening, opening_of
from edgecheck.wire.session import Ended, Session
from tests.agent.conftest import SECRET, opened_to, settings_for, trip_to
from tests.raw_server import Handler, accept_of, close, request_of, serving
from tests.timing import PATIENCE, let_others_run

PONG = EDGE.pong

NOW = datetime(2026, 1, 5, 12, 0, 0, tzinfo=UTC)


async def opened(plan: Opening, *messages: str) -> Session:
    """Open a connection, and read this many messages."""
    session = await opened_to(plan)
    for message in messages:
        assert (await session.receive()).data == message
    return session


def test_the_request_is_what_the_protocol_asks_for(backend) -> None:  # type: ignore[no-untyped-def]
    """It has the fields, the agent id in field and query, and no extensions."""
    seen: list[Request] = []

    async def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request)
        await connection.wait_closed()

    async def run() -> None:
        async with backend(handler) as plan:
            session = await opened_to(plan)
            await session.close()

    asyncio.run(run())

    (request,) = seen
    assert request.path == "/edge/ws?edge_agent_id=edge_1"
    assert request.headers.get_all("Authorization") == [f"Bearer {SECRET}"]
    assert request.headers.get_all("X-Edge-Agent-Id") == ["edge_1"]
    assert request.headers.get_all("User-Agent")[0].startswith("edgecheck/")
    assert "Sec-WebSocket-Extensions" not in request.headers


def test_a_message_has_the_moment_of_its_arrival_not_of_its_reading(backend) -> None:
    """A message that is read late has the right time."""
    answered = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(PONG)
        answered.set()
        await connection.wait_closed()

    async def run() -> tuple[float, float]:
        async with backend(handler) as plan:
            session = await opened_to(plan)
            sent = session.ping()
            await answered.wait()
            await let_others_run()  # it arrives, and nobody reads it
            asked = time.perf_counter()
            received = await session.receive()
            await session.close()
            assert received.message.kind is MessageKind.PONG
            return asked - sent, received.at - sent

    waited, round_trip = asyncio.run(run())
    assert 0 < round_trip < waited


def test_what_a_message_says_is_cleaned(backend) -> None:  # type: ignore[no-untyped-def]
    """The secret is cut out and control characters are escaped, but the data stays unchanged."""
    hostile = '{"type":"\x1b[2J' + SECRET + '"}'.replace("\x1b", "\\u001b")

    async def handler(connection: ServerConnection) -> None:
        await connection.send(hostile)
        await connection.send(b"\x00\xff" + SECRET.encode())
        await connection.wait_closed()

    async def run() -> None:
        async with backend(handler) as plan:
            session = await opened_to(plan)
            for _ in range(2):
                received = await session.receive()
                assert SECRET not in received.message.excerpt + received.message.detail
                assert "\x1b" not in received.message.excerpt + received.message.detail
            await session.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "field", "wait"),
    [(503, None, None), (429, "7", 7.0), (401, None, None), (301, None, None), (200, None, None)],
)
def test_a_refusal_is_told_with_its_status(
    status: int, field: str | None, wait: float | None
) -> None:
    """The wait that it asks for is kept; a redirect is a refusal, too."""

    async def refuse(connection: ServerConnection, request: Request) -> Response:
        fields = Headers(
            {"Location": "ws://127.0.0.1:9/"} | ({"Retry-After": field} if field else {})
        )
        return Response(status, HTTPStatus(status).phrase, fields, b"")

    async def run() -> HttpResponse:
        async with serve(
            lambda connection: asyncio.sleep(0), "127.0.0.1", 0, process_request=refuse
        ) as server:
            port = server.sockets[0].getsockname()[1]
            trip = trip_to(opening_of(settings_for(f"ws://127.0.0.1:{port}")))
            assert await trip.open_alone() is None
            assert trip.facts.failure is not None
            assert trip.facts.failure.kind is Kind.UPGRADE_STATUS
            assert trip.facts.upgrade is not None
            assert trip.facts.upgrade.response is not None
            return trip.facts.upgrade.response

    response = asyncio.run(run())
    assert response.status == status
    assert retry_after(response.field("retry-after"), NOW) == wait


def test_nobody_there_is_told_as_such() -> None:
    """It is folded as in a checkup."""

    async def run() -> Facts:
        trip = trip_to(opening_of(settings_for("ws://127.0.0.1:1")))
        assert await trip.open_alone() is None
        return trip.facts

    failure = asyncio.run(run()).failure
    assert failure is not None
    assert failure.kind is Kind.TCP_REFUSED


@pytest.mark.parametrize(
    ("code", "reason", "verdict"),
    [
        (1012, "", "session-restarting"),
        (4321, "so be it", "session-closed-unknown"),
        (1008, "", "auth-secret-rejected"),
    ],
)
def test_the_servers_close_is_the_verdict(backend, code: int, reason: str, verdict: str) -> None:
    """It is the same entry of the catalogue as in a checkup."""

    async def handler(connection: ServerConnection) -> None:
        await connection.send(PONG)
        await connection.close(code, reason)

    async def run() -> Session:
        async with backend(handler) as plan:
            session = await opened(plan, PONG)
            with pytest.raises(Ended):
                await session.receive()
            with pytest.raises(Ended):
                session.ping()
            with pytest.raises(Ended):
                await session.send("{}")
            return session

    facts = asyncio.run(run()).facts()
    assert (facts.close_code, facts.close_reason, facts.closed_by, facts.pong) == (
        code,
        reason,
        "server",
        True,
    )
    found = diagnose(Facts(session=facts)).verdict
    assert found is not None
    assert found.code == verdict


def test_a_drop_is_no_close(backend) -> None:  # type: ignore[no-untyped-def]
    """The close code is 1006, and neither side has closed."""

    async def handler(connection: ServerConnection) -> None:
        await connection.send(PONG)
        connection.transport.abort()

    async def run() -> Session:
        async with backend(handler) as plan:
            session = await opened(plan, PONG)
            with pytest.raises(Ended):
                await session.receive()
            return session

    facts = asyncio.run(run()).facts()
    assert facts.failure is not None
    assert (facts.failure.kind, facts.close_code, facts.closed_by) == (
        Kind.SESSION_DROPPED,
        1006,
        None,
    )


def test_dropping_a_silent_connection_is_a_missing_pong(backend) -> None:
    """What the socket reports after that does not matter."""

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async def run() -> Session:
        async with backend(handler) as plan:
            session = await opened_to(plan)
            session.ping()
            session.drop()
            with pytest.raises(Ended):
                await session.receive()
            return session

    facts = asyncio.run(run()).facts()
    assert facts.failure is not None
    assert (facts.failure.kind, facts.pong) == (Kind.SESSION_NO_PONG, False)


@pytest.mark.parametrize("idle", [2.0, 2.05, 25.0, 29.97, 60.3, 400.0])
def test_an_idle_limit_is_a_whole_number_of_seconds_or_a_long_time(idle: float) -> None:
    """Someone configured such a limit."""
    assert is_idle_limit(idle)
    assert drop_of(idle, ping_open=False).kind is Kind.SESSION_IDLE_CLOSED
    assert drop_of(idle, ping_open=True).kind is Kind.SESSION_DROPPED


@pytest.mark.parametrize("idle", [0.0, 1.0, 1.4, 3.5, 14.2, 24.7])
def test_a_crash_is_no_idle_limit(idle: float) -> None:
    """A crash happens at any time."""
    assert not is_idle_limit(idle)
    assert drop_of(idle, ping_open=False).kind is Kind.SESSION_DROPPED


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Mon, 05 Jan 2026 12:01:00 GMT", 60.0),
        ("Mon, 05 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("\u00b2", None),
        ("Mon, 99999999999999999999 Jan 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(field: str | None, seconds: float | None) -> None:
    """RFC 9110, section 10.2.3."""
    assert retry_after(field, NOW) == seconds


@pytest.mark.parametrize(
    "after", [b"\xff\xff", close(1001)], ids=["after a broken frame", "after a close frame"]
)
def test_a_peer_that_does_not_hang_up_is_hung_up_on(after: bytes) -> None:
    """It failed or closed the connection but keeps the socket; a reader is told in time."""

    async def run() -> None:
        async with serving(saying_accepted(after)) as server:
            session = await opened_to(opening_of(settings_for(f"ws://127.0.0.1:{server.port}")))
            with pytest.raises(Ended):
                async with asyncio.timeout(PATIENCE):
                    await session.receive()
            await session.closed()

    asyncio.run(run())


def saying_accepted(after: bytes) -> Handler:
    """Return a handler that accepts, sends something, and then only keeps the connection."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)) + after)
        await asyncio.Event().wait()

    return handle


def test_the_limit_of_a_message_lies_between_what_passed_and_what_did_not() -> None:
    """websockets closes with 1009, and the pings in between show what it had read."""

    async def handler(connection: ServerConnection) -> None:
        async for message in connection:
            if len(message) < 100:
                await connection.send(PONG)

    async def run() -> Facts:
        async with serve(handler, "127.0.0.1", 0, max_size=20_000) as server:
            port = server.sockets[0].getsockname()[1]
            trip = trip_to(opening_of(settings_for(f"ws://127.0.0.1:{port}")))
            session = await trip.open_alone()
            assert session is not None
            for size in (9_000, 16_000, 30_000):
                await session.send("x" * size)
                session.ping()
                try:
                    await session.receive()
                except Ended:
                    break
            await session.closed()
            trip.note(session, session.facts())
            return trip.facts

    facts = asyncio.run(asyncio.wait_for(run(), PATIENCE))

    assert facts.session is not None
    assert (facts.session.largest_passed, facts.session.largest_sent) == (16_000, 30_000)
    verdict = diagnose(facts).verdict
    assert verdict is not None
    assert verdict.code == "session-message-too-big"
    assert "30000" in verdict.title
