"""What a keeper still does when the run ends, and what it goes on without."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from edgecheck.agent import events
from edgecheck.agent.events import Status
from edgecheck.agent.journal import Journal, JournalError
from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import Pattern, Ping
from edgecheck.frozen import replace
from edgecheck.simulator.behaviour import Certificate
from edgecheck.simulator.certificates import Served, make
from tests import raw_server
from tests.agent.kept import Agent, Backend, command, serving
from tests.timing import PATIENCE, let_others_run, until_in_loop

ACKED = ("c", Status.COMPLETED)


@pytest.fixture
def journal() -> Iterator[Journal]:
    """A journal in memory."""
    journal = Journal()
    yield journal
    journal.close()


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """A certificate for loopback, and the file of its authority."""
    return make(Certificate(), "127.0.0.1", tmp_path)


def test_a_command_that_runs_when_the_backend_refuses_for_good_is_finished(
    journal: Journal,
) -> None:
    """It has the grace time, and is in the journal before the run ends; its ack is owed."""
    agent: Agent

    class Refusing(Backend):
        async def __call__(self, connection: ServerConnection) -> None:
            self.connections += 1
            if self.connections > 1:
                await connection.close(1008, "no")
                return
            await connection.recv()
            await connection.send(EDGE.pong)
            await connection.send(command("c"))
            await until_in_loop(lambda: agent.handled)
            connection.transport.abort()

    async def run() -> bool:
        nonlocal agent
        async with serving(Refusing()) as url:
            agent = Agent(url, journal=journal)
            agent.hold = asyncio.Event()
            running = asyncio.create_task(agent.keeper.run(agent.stop, PATIENCE))
            await until_in_loop(lambda: running.done() or agent.told(events.Failed))
            await let_others_run()
            assert not running.done()
            agent.hold.set()
            return await asyncio.wait_for(running, PATIENCE)

    stopped = asyncio.run(run())

    assert not stopped
    assert [event.final for event in agent.told(events.Failed)] == [True]
    assert journal.find("c") == (True, Status.COMPLETED)
    assert journal.owed() == [ACKED]


@pytest.mark.parametrize(("code", "owed"), [(1012, [ACKED]), (1001, [])])
def test_a_close_of_the_servers_own_confirms_no_ack(
    journal: Journal, code: int, owed: list[tuple[str, Status]]
) -> None:
    """It was sent without reading ours; only an answer to ours, with its code, shows more."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = raw_server.accept_of(await raw_server.request_of(reader))
        writer.write(head + raw_server.text(command("c")))
        while (await raw_server.frame_of(reader))[0] != raw_server.CLOSE:
            pass
        writer.write(raw_server.close(code))

    async def run() -> Agent:
        async with raw_server.serving(handle) as server:
            agent = Agent(f"ws://127.0.0.1:{server.port}", journal=journal)
            assert await agent.until(lambda: bool(agent.told(events.Acked)))
            return agent

    agent = asyncio.run(run())

    assert agent.handled == ["c"]
    assert journal.owed() == owed


def test_commands_that_came_right_before_a_close_frame_are_handled(journal: Journal) -> None:
    """The ack of the first one finds the connection closed while the others are not read yet."""
    ids = [f"c{number}" for number in range(12)]

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw_server.accept_of(await raw_server.request_of(reader)))
        await raw_server.frame_of(reader)
        commands = b"".join(raw_server.text(command(each)) for each in ids)
        writer.write(raw_server.text(EDGE.pong) + commands + raw_server.close(1000))
        await reader.read()

    async def run() -> Agent:
        async with raw_server.serving(handle) as server:
            agent = Agent(f"ws://127.0.0.1:{server.port}", journal=journal, sleep=3600.0)
            await agent.until(lambda: bool(agent.waits) and len(agent.handled) >= len(ids))
            return agent

    agent = asyncio.run(asyncio.wait_for(run(), PATIENCE))

    assert [came.command_id for came in agent.told(events.Came)] == ids
    assert agent.handled == ids
    assert {each for each, _ in journal.owed()} == set(ids)


def test_a_file_of_certificates_that_is_gone_later_ends_nothing(served: Served) -> None:
    """The next connection trusts what was read before."""
    ca_file = served.ca_file
    assert ca_file is not None

    class HandingOver(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            if self.connections == 1:
                ca_file.unlink()
                await connection.close(1012)

    async def run() -> Agent:
        async with serving(HandingOver(), ssl=served.context) as url:
            agent = Agent(url.replace("ws:", "wss:"), ca_file=ca_file)
            await agent.until(lambda: len(agent.told(events.Opened)) >= 2)
            return agent

    assert len(asyncio.run(run()).told(events.Opened)) == 2


def test_a_file_of_certificates_that_is_gone_before_the_backend_is_there_ends_nothing(
    served: Served,
) -> None:
    """It was read at the start, although no attempt came as far as TLS."""
    ca_file = served.ca_file
    assert ca_file is not None

    async def run() -> Agent:
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))  # and refuses connections until somebody listens
            agent = Agent(f"wss://127.0.0.1:{reserved.getsockname()[1]}", ca_file=ca_file)
            running = asyncio.create_task(agent.until(lambda: bool(agent.told(events.Ponged))))
            await until_in_loop(lambda: running.done() or agent.told(events.Failed))
            ca_file.unlink()
            async with serve(Backend(), sock=reserved, ssl=served.context):
                assert await running
        return agent

    assert len(asyncio.run(run()).told(events.Opened)) == 1


def test_an_event_that_cannot_be_shown_ends_the_run_whichever_it_is(journal: Journal) -> None:
    """Here the one of a command that was handled, which happens while nothing arrives."""

    class Sending(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            await connection.send(command("c"))

    class Unheard(Agent):
        def _note(self, event: events.Event) -> None:
            super()._note(event)
            if isinstance(event, events.Handled):
                raise BrokenPipeError

    async def run() -> None:
        async with serving(Sending()) as url:
            agent = Unheard(url, journal=journal)
            with pytest.raises(BrokenPipeError):
                await agent.until(lambda: False)

    asyncio.run(run())
    assert journal.owed() == [ACKED]


def test_a_journal_that_breaks_where_the_server_pings_ends_the_run(journal: Journal) -> None:
    """It takes note of an ack when a ping frame is answered, while bytes arrive."""
    ping = '{"type":"are you there"}'
    asked = Ping(expect=Pattern(text=ping), answer=EDGE.pong)
    profile = replace(EDGE, session=replace(EDGE.session, ping=asked, pong=None))

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw_server.accept_of(await raw_server.request_of(reader)))
        writer.write(raw_server.text(command("c")))
        acked = False
        while not acked:
            opcode, payload = await raw_server.frame_of(reader)
            acked = b'"completed"' in payload
        journal._database.execute("pragma query_only = on")
        writer.write(raw_server.text(ping))
        while opcode != raw_server.PING:
            opcode, payload = await raw_server.frame_of(reader)
        writer.write(raw_server.frame(raw_server.PONG, payload))
        await reader.read()

    async def run() -> Agent:
        async with raw_server.serving(handle) as server:
            agent = Agent(
                f"ws://127.0.0.1:{server.port}", journal=journal, sleep=3600.0, profile=profile
            )
            with pytest.raises(JournalError):
                await agent.until(lambda: bool(agent.waits))
            return agent

    agent = asyncio.run(run())

    assert agent.told(events.Closed) == agent.told(events.Failed) == []


@pytest.mark.parametrize("told_to_stop", [False, True], ids=["waiting", "told to stop"])
def test_a_journal_that_breaks_while_nothing_is_connected_ends_the_run(
    journal: Journal, *, told_to_stop: bool
) -> None:
    """At once, although the next attempt is an hour away; a stop does not hide it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw_server.accept_of(await raw_server.request_of(reader)))
        await raw_server.frame_of(reader)
        writer.write(raw_server.text(command("c")) + raw_server.close(1000))
        await reader.read()

    async def run() -> Agent:
        async with raw_server.serving(handle) as server:
            agent = Agent(f"ws://127.0.0.1:{server.port}", journal=journal, sleep=3600.0)
            agent.hold = asyncio.Event()
            running = asyncio.create_task(agent.keeper.run(agent.stop, PATIENCE))
            await until_in_loop(lambda: agent.waits)
            journal._database.execute("pragma query_only = on")
            if told_to_stop:
                agent.stop.set()
                await until_in_loop(lambda: agent.told(events.Finishing))
            agent.hold.set()
            with pytest.raises(JournalError, match="is not acked"):
                await asyncio.wait_for(running, PATIENCE)
            return agent

    assert asyncio.run(run()).handled == ["c"]
