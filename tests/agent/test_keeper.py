"""A connection that is kept: reconnection, refusals, half-open connections."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from edgecheck.agent import events
from edgecheck.agent.journal import Journal
from edgecheck.agent.keepalive import PONG_SECONDS
from edgecheck.backend.builtin import EDGE
from tests.agent.kept import PONG, Agent, Backend, command, serving
from tests.timing import seconds


def test_nobody_there_is_tried_again_after_the_contracts_waits() -> None:
    """The waits are exact, because no real clock runs; the cause is examined only once."""

    async def run() -> Agent:
        agent = Agent("ws://127.0.0.1:1")
        await agent.until(lambda: len(agent.waits) >= 9)
        return agent

    agent = asyncio.run(run())
    assert agent.waits[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert [event.again for event in agent.told(events.Failed)][:3] == [False, True, True]


def test_a_connection_that_was_answered_begins_the_waits_anew() -> None:
    """Here the backend drops each connection after its first pong."""

    class Dropping(Backend):
        async def __call__(self, connection: ServerConnection) -> None:
            await connection.recv()
            await connection.send(PONG)
            await connection.recv()

    async def run() -> Agent:
        async with serving(Dropping()) as url:
            agent = Agent(url, interval=0.05)
            await agent.until(lambda: len(agent.waits) >= 3)
            return agent

    agent = asyncio.run(run())
    assert agent.waits[:3] == [1, 1, 1]
    assert all(event.first for event in agent.told(events.Ponged))


def test_an_accepted_connection_that_is_not_answered_does_not() -> None:
    """A backend that accepts a connection and closes it does not reset the waits."""

    async def close(connection: ServerConnection) -> None:
        await connection.close(1013)

    async def run() -> Agent:
        async with serving(close) as url:
            agent = Agent(url)
            await agent.until(lambda: len(agent.waits) >= 4)
            return agent

    assert asyncio.run(run()).waits[:4] == [1, 2, 4, 8]


@pytest.mark.parametrize("code", [1001, 1012])
def test_a_handover_is_followed_at_once_and_once(code: int) -> None:
    """After a second handover in a row, there is a wait as usual."""

    async def close(connection: ServerConnection) -> None:
        await connection.close(code)

    async def run() -> Agent:
        async with serving(close) as url:
            agent = Agent(url)
            await agent.until(lambda: len(agent.waits) >= 2)
            return agent

    agent = asyncio.run(run())
    assert agent.waits[:2] == [1, 2]
    assert len(agent.told(events.Opened)) >= 3


@pytest.mark.parametrize("code", [4001, 1008])
def test_a_refusal_ends_it(code: int) -> None:
    """A refusal does not heal by itself."""

    async def close(connection: ServerConnection) -> None:
        await connection.close(code, "no")

    async def run() -> tuple[Agent, bool]:
        async with serving(close) as url:
            agent = Agent(url)
            return agent, await agent.until(lambda: False)

    agent, stopped = asyncio.run(run())
    assert not stopped
    assert agent.waits == []
    assert [event.final for event in agent.told(events.Failed)] == [True]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_before_the_socket_opened_ends_it(status: int) -> None:
    """ASGI servers refuse like this; with keep_trying there is a new attempt every minute."""

    async def refuse(connection: ServerConnection, request: Request) -> Response:
        return Response(status, HTTPStatus(status).phrase, Headers(), b"")

    async def run() -> tuple[Agent, bool, Agent]:
        async with serving(Backend(), process_request=refuse) as url:
            agent, patient = Agent(url), Agent(url, keep_trying=True)
            stopped = await agent.until(lambda: False)
            await patient.until(lambda: len(patient.waits) >= 3)
            return agent, stopped, patient

    agent, stopped, patient = asyncio.run(run())
    assert not stopped
    assert agent.waits == []
    assert patient.waits[:3] == [60, 60, 60]
    assert not any(event.final for event in patient.told(events.Failed))


def test_retry_after_is_waited_for() -> None:
    """A proxy may ask for a wait."""

    async def busy(connection: ServerConnection, request: Request) -> Response:
        return Response(503, "Service Unavailable", Headers({"Retry-After": "77"}), b"")

    async def run() -> Agent:
        async with serving(Backend(), process_request=busy) as url:
            agent = Agent(url)
            await agent.until(lambda: len(agent.waits) >= 2)
            return agent

    assert asyncio.run(run()).waits[:2] == [77, 77]


def test_a_half_open_connection_is_noticed() -> None:
    """A relay stops forwarding, but closes nothing.

    With the protocol's numbers, noticing that takes at most 40 s.
    """

    async def run() -> Agent:
        backend = Backend()
        forwarding = asyncio.Event()
        forwarding.set()
        writers: list[asyncio.StreamWriter] = []

        async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(65536):
                if not forwarding.is_set():
                    continue
                writer.write(data)

        async with serving(backend) as url:
            port = int(url.rpartition(":")[2])

            async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                forwarding.set()  # a new connection takes another way
                other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
                writers.extend((writer, other_writer))
                await asyncio.gather(
                    pump(reader, other_writer), pump(other_reader, writer), return_exceptions=True
                )

            async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
                here = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
                agent = Agent(here, interval=0.3, wait=seconds(2))
                cut = False

                def is_over() -> bool:
                    nonlocal cut
                    if not cut and len(agent.told(events.Ponged)) >= 2:
                        cut = True
                        forwarding.clear()
                    return len(agent.told(events.Opened)) >= 2

                await agent.until(is_over)
                for writer in writers:
                    writer.close()
        return agent

    agent = asyncio.run(run())
    # A busy machine may have missed a pong before, too.
    ends = agent.told(events.Closed)
    assert ends
    for closed in ends:
        assert closed.session.pong is False
        assert closed.report.diagnosis.verdict.code == "pong-timeout"
    assert EDGE.session.keepalive + PONG_SECONDS <= 40


def test_stopping_while_nothing_is_connected_ends_at_once() -> None:
    """The wait for the next attempt is cut short."""

    async def run() -> bool:
        agent = Agent("ws://127.0.0.1:1", sleep=3600.0)
        return await agent.until(lambda: bool(agent.waits))

    assert asyncio.run(run())


def test_a_journal_that_cannot_be_written_ends_it(tmp_path: Path) -> None:
    """A command is not acked if the journal does not have it, or it could be handled twice."""
    from edgecheck.agent.journal import JournalError

    class Sending(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            await connection.send(command("c"))

    async def run() -> Sending:
        backend = Sending()
        journal = Journal(tmp_path / "j.db")
        journal._database.execute("pragma query_only = on")
        async with serving(backend) as url:
            with pytest.raises(JournalError):
                await Agent(url, journal=journal).until(lambda: False)
        journal.close()
        return backend

    assert asyncio.run(run()).acks == []
