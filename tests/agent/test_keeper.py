"""A connection that is kept: reconnection, refusals, half-open connections, lost acks."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from edgecheck.agent import events
from edgecheck.agent.backoff import Backoff
from edgecheck.agent.events import Status
from edgecheck.agent.handler import Outcome
from edgecheck.agent.journal import Journal
from edgecheck.agent.keepalive import PONG_SECONDS
from edgecheck.agent.keeper import Keeper
from edgecheck.agent.worker import COMMAND_BYTES, Worker
from edgecheck.backend.builtin import EDGE
from edgecheck.report import Report
from edgecheck.wire.opening import opening_of
from edgecheck.wire.trip import Trip
from tests.agent.conftest import SECRET, judged_alone, settings_for
from tests.timing import PATIENCE, let_others_run, seconds, until_in_loop

PONG = EDGE.pong

Condition = Callable[[], bool]
# The journals of agents that were given none.
OPEN: list[Journal] = []


@pytest.fixture(autouse=True)
def journals() -> Iterator[None]:
    """Close them where they were opened: SQLite refuses another thread."""
    yield
    while OPEN:
        OPEN.pop().close()


class Agent:
    """A keeper and a worker, with their events."""

    def __init__(
        self,
        url: str,
        *,
        journal: Journal | None = None,
        sleep: float | None = None,
        ca_file: Path | None = None,
        **options: Any,
    ) -> None:
        self.events: list[events.Event] = []
        self.waits: list[float] = []
        self.handled: list[str] = []
        self.stop = asyncio.Event()
        settings = settings_for(url, ca_file=ca_file)
        if journal is None:
            journal = Journal()
            OPEN.append(journal)
        self.worker = Worker(
            journal,
            self._handle,
            jobs=options.pop("jobs", 1),
            clean=opening_of(settings).clean,
            observe=self._note,
        )
        self.status: Status | None = Status.COMPLETED
        self.hold: asyncio.Event | None = None

        async def pause(seconds: float) -> None:
            self.waits.append(seconds)
            await asyncio.sleep(0 if sleep is None else sleep)

        async def judge(trip: Trip) -> Report:
            return await judged_alone(settings, trip)

        options.setdefault("backoff", Backoff(jitter=0.0))
        self.keeper = Keeper(
            settings, self.worker, observe=self._note, judge=judge, sleep=pause, **options
        )

    def _note(self, event: events.Event) -> None:
        self.events.append(event)

    async def _handle(self, command: Mapping[str, Any]) -> Outcome:
        self.handled.append(command["command_id"])
        if self.hold is not None:
            await self.hold.wait()
        return Outcome(self.status)

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
    (closed,) = agent.told(events.Closed)
    assert closed.session.pong is False
    assert closed.report.diagnosis.verdict.code == "pong-timeout"
    assert EDGE.session.keepalive + PONG_SECONDS <= 40


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
                '{"type":"command","payload":{"command_id":"deep","command_type":"t","payload":{"v":'
                + deep
                + "}}}"
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
    (closed,) = agent.told(events.Closed)
    assert closed.session.pong is False


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
