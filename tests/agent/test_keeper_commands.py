"""Commands over a connection that is kept: handled once, acked at least once, lost acks."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from edgecheck.agent import events
from edgecheck.agent.journal import Journal
from edgecheck.agent.worker import COMMAND_BYTES
from tests.agent.conftest import SECRET
from tests.agent.kept import PONG, Agent, Backend, command, serving
from tests.timing import let_others_run, seconds, until_in_loop


def test_commands_are_handled_and_acked() -> None:
    """They are handled in order, once each, and the connection is closed with 1001."""

    class Sending(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            for number in range(20):
                await connection.send(command(f"c{number}"))

    async def run() -> tuple[Agent, Sending]:
        backend = Sending()
        async with serving(backend) as url:
            agent = Agent(url)
            await agent.until(lambda: len(backend.acks) >= 20)
            return agent, backend

    agent, backend = asyncio.run(run())
    assert agent.handled == [f"c{number}" for number in range(20)]
    assert backend.acks == [(f"c{number}", "completed") for number in range(20)]
    assert backend.closed_with == [1001]
    assert (agent.worker.received, agent.worker.acked, agent.worker.failed, agent.worker.left) == (
        20,
        20,
        0,
        0,
    )


def test_a_command_that_comes_again_is_acked_again_and_not_handled_again() -> None:
    """This holds for a command that was handled, and for one that is being handled."""

    class Repeating(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            for _ in range(3):
                await connection.send(command("c"))

    async def run() -> tuple[Agent, Repeating]:
        backend = Repeating()
        async with serving(backend) as url:
            agent = Agent(url)
            agent.hold = hold = asyncio.Event()

            def acked() -> bool:
                if len(agent.told(events.CameAgain)) >= 2:
                    hold.set()
                return bool(backend.acks)

            await agent.until(acked)
            return agent, backend

    agent, backend = asyncio.run(run())
    assert agent.handled == ["c"]
    assert set(backend.acks) == {("c", "completed")}


def test_an_ack_that_could_not_be_sent_is_sent_after_the_reconnect() -> None:
    """The connection ends while the command is being handled."""

    class Breaking(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            if self.connections == 1:
                await connection.send(command("c"))
                await connection.recv()
                await connection.send(PONG)
                await until_in_loop(lambda: self.handled)
                connection.transport.abort()

        handled: list[str]

    async def run() -> tuple[Agent, Breaking]:
        backend = Breaking()
        async with serving(backend) as url:
            agent = Agent(url)
            backend.handled = agent.handled
            agent.hold = hold = asyncio.Event()

            def acked() -> bool:
                if agent.told(events.Closed):
                    hold.set()
                return bool(backend.acks)

            await agent.until(acked)
            return agent, backend

    agent, backend = asyncio.run(run())
    assert agent.handled == ["c"]
    assert backend.acks[0] == ("c", "completed")
    assert agent.worker.left == 0


def test_an_ack_that_was_sent_and_never_read_is_sent_again() -> None:
    """The backend dies before it reads the ack, and no pong has confirmed it."""
    sent = asyncio.Event()

    class Deaf(Backend):
        async def __call__(self, connection: ServerConnection) -> None:
            if self.connections == 0:
                self.connections += 1
                await connection.recv()
                await connection.send(PONG)
                await connection.send(command("c"))
                await sent.wait()  # the ack has arrived, but was not read
                connection.transport.abort()
            else:
                await super().__call__(connection)

    async def run() -> tuple[Agent, Deaf]:
        backend = Deaf()
        async with serving(backend) as url:
            agent = Agent(url)

            def acked() -> bool:
                if agent.told(events.Acked):
                    sent.set()
                return bool(backend.acks)

            await agent.until(acked)
            return agent, backend

    agent, backend = asyncio.run(run())
    assert agent.handled == ["c"]
    assert backend.acks == [("c", "completed")]
    assert [event.again for event in agent.told(events.Acked)] == [False, True]
    assert agent.worker.acked == 1


def test_a_confirmed_ack_is_not_sent_again() -> None:
    """A later pong has shown that the backend read it."""

    class Sending(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            if self.connections == 1:
                await connection.send(command("c"))

    async def run() -> Sending:
        backend = Sending()
        async with serving(backend) as url:
            agent = Agent(url, interval=0.1)
            acked_at = 0

            def confirmed() -> bool:
                nonlocal acked_at
                pongs = len(agent.told(events.Ponged))
                acked_at = acked_at or (pongs if backend.acks else 0)
                return bool(acked_at) and pongs >= acked_at + 2

            journal = agent.worker._journal
            await agent.until(confirmed)
            assert journal.owed() == []
        return backend

    assert asyncio.run(run()).acks == [("c", "completed")]


def test_a_malformed_command_is_told_and_acked_as_failed() -> None:
    """A malformed command with an id is acked as failed; one without an id is only reported."""

    class Malformed(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            await connection.send('{"type":"command","payload":{"command_id":"bad","payload":{}}}')
            await connection.send('{"type":"command","payload":{"command_type":"t","payload":{}}}')
            await connection.send('{"type":"command","payload":[]}')
            await connection.send('{"type":"command"}')
            deep = "[" * 900 + "]" * 900
            await connection.send(
                '{"type":"command","payload":{"command_id":"deep","command_type":"t",'
                '"payload":{"v":' + deep + "}}}"
            )
            await connection.send(
                '{"type":"command","payload":'
                '{"command_id":"nan","command_type":"t","payload":{"v":NaN}}}'
            )
            await connection.send(
                '{"type":"command","payload":'
                '{"command_id":"huge","command_type":"t","payload":{"v":1e999}}}'
            )
            await connection.send(command("good"))

    async def run() -> tuple[Agent, Malformed]:
        backend = Malformed()
        async with serving(backend) as url:
            agent = Agent(url)
            await agent.until(lambda: len(backend.acks) >= 4)
            return agent, backend

    agent, backend = asyncio.run(run())
    assert sorted(backend.acks) == [
        ("bad", "failed"),
        ("deep", "failed"),
        ("good", "completed"),
        ("huge", "completed"),
    ]
    assert agent.handled == ["huge", "good"]
    assert [event.command_id for event in agent.told(events.Malformed)] == [
        "bad",
        None,
        None,
        None,
        "deep",
    ]
    (huge, _) = agent.told(events.Came)
    assert huge.payload == {"v": "inf"}


def test_other_messages_are_told_and_do_no_harm() -> None:
    """Unknown types, text that is not JSON, binary, hostile text and the secret are reported."""
    hostile = [
        '{"type":"news"}',
        "no JSON",
        b"\x00\xff",
        "\x1b[2J" + SECRET,
        "[" * 100_000,
        PONG,
        '{"type":"ping"}',
    ]

    class Hostile(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            for message in hostile:
                await connection.send(message)
            await connection.send(command("c" + SECRET))

    async def run() -> Agent:
        backend = Hostile()
        async with serving(backend) as url:
            agent = Agent(url)
            await agent.until(lambda: bool(backend.acks))
            assert backend.acks == [("c" + SECRET, "completed")]
            return agent

    agent = asyncio.run(run())
    assert len(agent.told(events.Noted)) == len(hostile) - 1
    assert SECRET not in repr(agent.events)
    assert "\x1b" not in "".join(event.message.excerpt for event in agent.told(events.Noted))


def test_at_the_end_running_commands_finish_and_no_other_begins() -> None:
    """Their acks are sent; commands that were not started are left."""

    class Sending(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            for number in range(3):
                await connection.send(command(f"c{number}"))

    async def run() -> tuple[Agent, Sending]:
        backend = Sending()
        async with serving(backend) as url:
            agent = Agent(url)
            agent.hold = hold = asyncio.Event()

            async def finish_once_told_to_stop() -> None:
                await agent.stop.wait()
                await let_others_run()
                hold.set()

            finishing = asyncio.create_task(finish_once_told_to_stop())
            await agent.until(lambda: len(agent.told(events.Came)) == 3 and bool(agent.handled))
            await finishing
            return agent, backend

    agent, backend = asyncio.run(run())
    assert agent.handled == ["c0"]
    assert backend.acks == [("c0", "completed")]
    assert (agent.worker.received, agent.worker.acked, agent.worker.left) == (3, 1, 2)
    assert backend.closed_with == [1001]


def test_a_command_that_outlasts_the_grace_is_left_and_not_acked() -> None:
    """The backend sends it again, and then it is handled."""

    class Sending(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            await connection.send(command("c"))

    async def run() -> tuple[Agent, Sending, Agent]:
        backend = Sending()
        journal = Journal()
        async with serving(backend) as url:
            agent = Agent(url, journal=journal)
            agent.hold = asyncio.Event()
            await agent.until(lambda: bool(agent.handled), grace=0.2)
            assert backend.acks == []
            again = Agent(url, journal=journal)
            await again.until(lambda: bool(backend.acks))
        journal.close()
        return agent, backend, again

    agent, backend, again = asyncio.run(run())
    assert agent.worker.left == 1
    assert again.handled == ["c"]
    assert backend.acks == [("c", "completed")]


def test_so_many_jobs_run_at_once() -> None:
    """At most this many commands run at the same time."""

    class Sending(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            for number in range(5):
                await connection.send(command(f"c{number}"))

    async def run() -> Agent:
        async with serving(Sending()) as url:
            agent = Agent(url, jobs=3)
            agent.hold = asyncio.Event()
            await agent.until(
                lambda: len(agent.told(events.Came)) == 5 and len(agent.handled) >= 3, grace=0.1
            )
            return agent

    assert len(asyncio.run(run()).handled) == 3


def test_a_flood_waits_with_the_backend_and_the_connection_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While we do not read, no pong is missed; later, all commands are handled in order."""
    commands, waiting, wait = 300, 20, seconds(2)
    monkeypatch.setattr("edgecheck.agent.worker.WAITING_BYTES", waiting * COMMAND_BYTES)

    class Flooding(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            async def flood() -> None:
                with suppress(ConnectionClosed):  # the assertions tell of that
                    for number in range(commands):
                        await connection.send(command(f"c{number}", more="x" * 10_000))

            self.flooding = asyncio.create_task(flood())

    async def run() -> tuple[Agent, int]:
        backend = Flooding()
        # Small buffers: a pong is soon read, behind the few commands that they hold.
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            listener.bind(("127.0.0.1", 0))
            async with serve(backend, sock=listener):
                agent = Agent(
                    f"ws://127.0.0.1:{listener.getsockname()[1]}", interval=0.05, wait=wait
                )
                agent.hold = hold = asyncio.Event()
                held, all_sent = 0, False

                def let_go() -> None:
                    nonlocal held, all_sent
                    held, all_sent = len(agent.told(events.Came)), backend.flooding.done()
                    hold.set()

                def done() -> bool:
                    if agent.handled and not held and not timers:
                        # Longer than a pong may take: what is not read is not missed.
                        timers.append(asyncio.get_running_loop().call_later(1.5 * wait, let_go))
                    return len(backend.acks) >= commands

                timers: list[asyncio.TimerHandle] = []
                await agent.until(done)
                assert not all_sent
                assert backend.connections == 1
                return agent, held

    agent, held = asyncio.run(run())
    assert 1 <= held <= waiting + 1  # one of them runs
    assert agent.handled == [f"c{number}" for number in range(commands)]


def test_a_backend_that_falls_silent_after_a_flood_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once everything has been read, its pong is waited for again."""
    monkeypatch.setattr("edgecheck.agent.worker.WAITING_BYTES", 1)

    class Silent(Backend):
        async def __call__(self, connection: ServerConnection) -> None:
            self.connections += 1
            if self.connections > 1:
                await super().__call__(connection)
                return
            await connection.recv()
            await connection.send(PONG)
            for number in range(3):
                await connection.send(command(f"c{number}"))
            await connection.wait_closed()

    async def run() -> Agent:
        backend = Silent()
        async with serving(backend) as url:
            wait = seconds(1)
            agent = Agent(url, interval=0.1, wait=wait)
            agent.hold = asyncio.Event()
            # Longer than a pong may take: what is not read is not missed.
            asyncio.get_running_loop().call_later(2 * wait, agent.hold.set)
            await agent.until(lambda: len(backend.acks) >= 3)
            return agent

    agent = asyncio.run(run())
    assert agent.handled == ["c0", "c1", "c2"]
    ends = agent.told(events.Closed)  # more than one if a busy machine misses the next one's pong
    assert ends
    assert all(closed.session.pong is False for closed in ends)


def test_without_an_ack_a_command_is_handled_once_all_the_same() -> None:
    """The backend sends it several times."""

    class Repeating(Backend):
        async def opened(self, connection: ServerConnection) -> None:
            for command_id in ("c", "c", "d"):
                await connection.send(command(command_id))

    async def run() -> tuple[Agent, Repeating]:
        backend = Repeating()
        async with serving(backend) as url:
            agent = Agent(url)
            agent.status = None
            await agent.until(lambda: "d" in agent.handled)
            return agent, backend

    agent, backend = asyncio.run(run())
    assert agent.handled == ["c", "d"]
    assert backend.acks == []
    assert agent.worker.left == 0
