"""A conversation with a backend: what its lines do over one connection after another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import Profile
from edgecheck.frozen import replace
from edgecheck.repl.commands import Failed, parse
from edgecheck.repl.frames import Part
from edgecheck.repl.talk import Talk
from edgecheck.report import Report
from edgecheck.simulator.behaviour import Certificate
from edgecheck.simulator.certificates import make
from edgecheck.wire.trip import Trip
from tests.agent.conftest import judged_alone, settings_for
from tests.agent.kept import command
from tests.raw_server import close, text
from tests.test_secret_hunt import found
from tests.timing import PATIENCE, SILENCE, let_others_run, until_in_loop

FULL = Path("/dev/full")


class Screen:
    """What is shown; a test may let one event fail."""

    as_json = False
    verbose = False

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.verdicts: list[Report] = []
        self.fails_at = ""

    def event(self, name: str, *parts: Part, **fields: object) -> None:
        """Keep the line."""
        line = "".join(part if isinstance(part, str) else part[0] for part in parts)
        if self.fails_at and self.fails_at in line:
            raise BrokenPipeError
        self.lines.append(line)

    def verdict(self, report: Report, *, alone: bool = False) -> None:
        """Keep the report."""
        self.verdicts.append(report)

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)


class Backend:
    """A backend that answers pings, and keeps its connections."""

    def __init__(self) -> None:
        self.connections: list[ServerConnection] = []

    async def __call__(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        try:
            async for message in connection:
                if message == EDGE.ping:
                    await connection.send(EDGE.pong)
        except ConnectionClosed:
            return


class Conversation:
    """A conversation that is open, and its other side."""

    def __init__(self, talk: Talk, screen: Screen, backend: Backend) -> None:
        self.talk, self.screen, self.backend = talk, screen, backend

    async def type(self, line: str) -> None:
        """Run a line."""
        request = parse(line)
        assert request is not None
        async with asyncio.timeout(PATIENCE):
            await self.talk.do(request)

    async def other_side(self, number: int = 1) -> ServerConnection:
        """Return the backend's side of a connection, which it has later than the client its own.

        Args:
            number: how many there are with it.
        """
        await until_in_loop(lambda: len(self.backend.connections) >= number)
        return self.backend.connections[number - 1]


Judge = Callable[[], Awaitable[None]]


async def at_once() -> None:
    """Do not wait."""


@asynccontextmanager
async def conversation(
    *, judging: Judge = at_once, profile: Profile = EDGE
) -> AsyncIterator[Conversation]:
    """Open a conversation with a new backend.

    Args:
        judging: waited for before an end is judged.
        profile: what the client takes the backend for.
    """
    backend, screen = Backend(), Screen()
    async with serve(backend, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = settings_for(url, profile=profile)

        async def judge(trip: Trip) -> Report:
            await judging()
            return await judged_alone(settings, trip)

        talk = Talk(settings, screen, judge=judge, brief=False)
        assert await talk.connect()
        try:
            yield Conversation(talk, screen, backend)
        finally:
            await talk.close()


def test_show_takes_a_number_of_any_length() -> None:
    """Zeros before it do not count, and one of 5000 digits is no frame."""

    async def run() -> str:
        async with conversation() as here:
            for number in range(7):
                await here.type(f'send {{"type":"message {number + 1}"}}')
            here.screen.lines.clear()
            await here.type("show 007")
            for none in ("0", "9" * 5000):
                with pytest.raises(Failed, match="there is no frame and no open command"):
                    await here.type(f"show {none}")
            return here.screen.text

    assert '"type": "message 7"' in asyncio.run(run())


@pytest.mark.parametrize("line", [EDGE.ping, f"send {EDGE.ping}", f"raw {EDGE.ping}"])
def test_the_pong_to_a_ping_that_was_typed_is_expected(line: str) -> None:
    """It has a round trip, as after `ping`."""

    async def run() -> str:
        async with conversation() as here:
            await here.type(line)
            await here.type("wait pong")
            return here.screen.text

    shown = asyncio.run(run())

    assert "unexpected" not in shown
    assert f"{EDGE.pong}  " in shown
    assert " ms" in shown


TYPED = "q8Zr+T3vX/1mKp0sW7eYb2NcD9fGh4JkL6oQuRtVwxA="


def test_a_credential_that_was_typed_is_not_shown_and_an_id_is() -> None:
    """Neither in what was sent, nor in what the backend says of it."""
    command_id = "3f9a1c5e7b2d4860af13c57e9b2d8640"

    async def run() -> str:
        async with conversation() as here:
            line = json.dumps({"type": "auth", "token": TYPED, "id": command_id})
            here.talk.conceal(line)
            await here.type(f"send {line}")
            await (await here.other_side()).send(f"no such token: {TYPED}")
            await until_in_loop(lambda: "no such token" in here.screen.text)
            return here.screen.text

    shown = asyncio.run(run())

    assert found(TYPED, shown) == []
    assert command_id in shown


@pytest.mark.skipif(not FULL.exists(), reason="the system has no file that is always full")
def test_commands_that_came_right_before_a_close_frame_are_shown_and_kept() -> None:
    """The first one cannot be acked any more; `ack` does so over the next connection."""
    ids = [f"c{number}" for number in range(4)]

    async def run() -> Conversation:
        async with conversation() as here:
            await here.type("set autoack completed")
            other_side = await here.other_side()
            commands = b"".join(text(command(each)) for each in ids)
            other_side.transport.write(commands + close(1001))
            await until_in_loop(lambda: here.talk.session is None)
            assert here.talk.shown_ids() == ids
            return here

    shown = asyncio.run(run()).screen.text

    assert [each for each in ids if f'"{each}"' in shown] == ids


@pytest.mark.parametrize("has_commands", [False, True])
def test_what_the_profile_cannot_ack_is_not_acked_by_itself(*, has_commands: bool) -> None:
    """It is said when it is asked for, and a command that comes later is shown."""
    commands = EDGE.commands
    assert commands is not None
    profile = replace(EDGE, commands=replace(commands, ack="") if has_commands else None)

    async def run() -> str:
        async with conversation(profile=profile) as here:
            with pytest.raises(Failed, match="no acknowledgement of commands"):
                await here.type("set autoack completed")
            await here.type("set autoack off")
            await (await here.other_side()).send(command("c"))
            await here.talk.during(until_in_loop(lambda: '"c"' in here.screen.text))
            return here.screen.text

    assert '"completed"' not in asyncio.run(run())


def test_a_record_that_cannot_be_written_is_closed_and_said() -> None:
    """The conversation goes on."""

    async def run() -> str:
        async with conversation() as here:
            await here.type(f"record {FULL}")
            await here.type("raw one")
            assert str(FULL) not in open_files()
            await here.type("raw two")
            return here.screen.text

    shown = asyncio.run(run())

    assert shown.count("recording stopped: No space left on device") == 1
    assert "two" in shown


def open_files() -> list[str]:
    """Return the paths of the files that this process has open, where the system says so."""
    folder = Path("/proc/self/fd")
    found = []
    for each in folder.iterdir() if folder.is_dir() else ():
        try:
            found.append(str(each.readlink()))
        except OSError:
            continue
    return found


def test_a_record_goes_on_if_another_one_cannot_be_opened(tmp_path: Path) -> None:
    """What was asked for first still holds."""
    record = tmp_path / "a"

    async def run() -> None:
        async with conversation() as here:
            await here.type(f"record {record}")
            with pytest.raises(Failed, match="No such file or directory"):
                await here.type(f"record {tmp_path}/none/x")
            await here.type("raw still here")

    asyncio.run(run())
    assert "still here" in record.read_text()


def test_an_end_that_is_still_judged_is_not_one_of_the_new_connection() -> None:
    """`reconnect` waits for the verdict; then `wait close` waits for the new connection's end."""
    judged = asyncio.Event()

    async def run() -> None:
        async with conversation(judging=judged.wait) as here:
            await (await here.other_side()).close(1012)
            await until_in_loop(lambda: here.talk.session is None)
            reconnecting = asyncio.create_task(here.type("reconnect"))
            await asyncio.wait({reconnecting}, timeout=SILENCE)
            judged.set()
            await reconnecting
            await let_others_run()
            assert here.talk.session is not None
            with pytest.raises(Failed, match="no close within"):
                await here.type("wait close 0.01")
            await (await here.other_side(2)).close(1012)
            await here.type(f"wait close {PATIENCE:g}")

    asyncio.run(run())


def test_a_reconnect_that_is_interrupted_leaves_the_last_end_to_be_judged() -> None:
    """Ctrl-C at the prompt cancels the line alone."""
    judged = asyncio.Event()

    async def run() -> Screen:
        async with conversation(judging=judged.wait) as here:
            await (await here.other_side()).close(1012)
            await until_in_loop(lambda: here.talk.session is None)
            reconnecting = asyncio.create_task(here.type("reconnect"))
            await let_others_run()
            reconnecting.cancel()
            await asyncio.wait({reconnecting})
            judged.set()
            await here.type(f"wait close {PATIENCE:g}")
            return here.screen

    assert len(asyncio.run(run()).verdicts) == 1


def test_a_file_of_certificates_that_is_gone_later_does_not_matter(tmp_path: Path) -> None:
    """`reconnect` trusts what was read for the connection before."""
    served = make(Certificate(), "127.0.0.1", tmp_path)
    assert served.ca_file is not None
    ca_file = served.ca_file

    async def run() -> None:
        async with serve(Backend(), "127.0.0.1", 0, ssl=served.context) as server:
            port = server.sockets[0].getsockname()[1]
            settings = settings_for(f"wss://127.0.0.1:{port}", ca_file=ca_file)
            talk = Talk(
                settings, Screen(), judge=lambda trip: judged_alone(settings, trip), brief=False
            )
            assert await talk.connect()
            ca_file.unlink()
            request = parse("reconnect")
            assert request is not None
            await talk.do(request)
            assert talk.session is not None
            await talk.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("line", "shown"), [("ping", '"pong"'), ("control-ping", "pong frame")], ids=["ping", "control"]
)
def test_what_arrives_and_cannot_be_shown_ends_the_work_and_is_no_fault_of_the_connection(
    line: str, shown: str
) -> None:
    """No other line has to be typed for that."""

    async def run() -> Conversation:
        async with conversation() as here:
            here.screen.fails_at = shown

            async def work() -> None:
                await here.type(line)
                await asyncio.Event().wait()

            with pytest.raises(BrokenPipeError):
                async with asyncio.timeout(PATIENCE):
                    await here.talk.during(work())
            assert here.talk.session is not None
            assert not here.talk.session.is_over
            await here.other_side()
            return here

    here = asyncio.run(run())

    assert here.screen.verdicts == []
    assert here.backend.connections[0].close_code == 1000
