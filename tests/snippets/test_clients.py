"""The clients that keep a connection follow the protocol.

The backend goes away, comes back, keeps silent and refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from edgecheck.simulator import Backend
from edgecheck.simulator.behaviour import Session
from edgecheck.simulator.faults import TABLE
from tests.backends.servers import free_port
from tests.doctor import SECRET, simulated
from tests.snippets.clients import LIBRARY, Lines, command_of, running, settings_of
from tests.timing import PATIENCE, seconds

# It must be encoded in a query, and may be in a header field.
AGENT_ID = "edge/7 +&%"
REFUSALS = {
    "auth-header-stripped": 4001,
    "auth-secret-rejected": 1008,
    "auth-unauthorized": 401,
    "auth-forbidden": 403,
}
NEXT_ATTEMPT = r"Next attempt in ([\d.]+) s"
PONG_SECONDS = {
    "go": ("pongWithin  = 10 * time.Second", "pongWithin  = 1 * time.Second"),
    "node": ("PONG_SECONDS = 10;", "PONG_SECONDS = 1;"),
}
PING_SECONDS = {
    "go": ("pingEvery   = 30 * time.Second", "pingEvery   = time.Second / 10"),
    "node": ("PING_SECONDS = 30;", "PING_SECONDS = 0.1;"),
}
# The first line of what a command does, and a line that fails.
FAILING = {
    "go": (
        '\tlog.Printf("command %q: %s", c.Type, content)\n\treturn nil\n',
        '\tlog.Print(len(content))\n\treturn errors.New("not today")\n',
    ),
    "node": (
        '  log("command", inspect(kind)',
        '  throw new Error("not today");\n  log("command", inspect(1)',
    ),
}

Story = Callable[[str, Path], None]


def changed(*changes: tuple[str, str]) -> Callable[[str], str]:
    """Return a function that replaces pieces of a text, each of which must occur once."""

    def change(text: str) -> str:
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text

    return change


def restarted(name: str, folder: Path) -> None:
    """The backend stops, and comes back at the same address."""
    command, log, back = command_of(name, folder), Lines(), Lines()
    wanted = {"agent_id": AGENT_ID, "command_every": 0.2, "port": free_port()}
    with ExitStack() as stack:
        with simulated(**wanted, log=log.add) as backend:
            # With the path and a slash, as a user may have written it.
            settings = {**settings_of(backend), "BACKEND_URL": f"{backend.url}/edge/ws/"}
            client = stack.enter_context(running(command, settings))
            client.said.wait("connected: the backend answers")
            log.wait("ack received: cmd_.* completed")
        waits = [float(match[1]) for match in client.said.wait(NEXT_ATTEMPT, 2)]
        with simulated(**wanted, log=back.add):
            client.said.wait("connected: the backend answers", 2)
            back.wait("ack received: cmd_.* completed")
            failed = client.said.count(NEXT_ATTEMPT)
        after_success = float(client.said.wait(NEXT_ATTEMPT, failed + 1)[-1][1])
        code = client.terminate()

    assert 1 <= waits[0] <= 1.2
    assert 2 <= waits[1] <= 2.4
    assert 1 <= after_success <= 1.2
    assert code == 0


def silent(name: str, folder: Path) -> None:
    """The backend accepts, and never answers a ping."""
    old, new = PONG_SECONDS.get(name, ("PONG_SECONDS = 10\n", "PONG_SECONDS = 1\n"))
    command, log = command_of(name, folder, changed((old, new))), Lines()
    with (
        simulated("pong-timeout", log=log.add) as backend,
        running(command, settings_of(backend)) as client,
    ):
        client.said.wait("no pong in 1 ?s")
        waits = [float(match[1]) for match in client.said.wait(NEXT_ATTEMPT, 2)]
        log.wait("accepted", 2)
        client.terminate()

    assert "connected" not in client.said.text
    assert 2 <= waits[1] <= 2.4  # a connection without a pong is not a success


def lasting(name: str, folder: Path) -> None:
    """A client that is silent for two seconds is dropped; a shorter keepalive prevents that."""
    old, new = PING_SECONDS.get(name, ("PING_SECONDS = 30\n", "PING_SECONDS = 0.1\n"))
    command, log = command_of(name, folder, changed((old, new))), Lines()
    with (
        simulated("session-idle-closed", log=log.add) as backend,
        running(command, settings_of(backend)) as client,
    ):
        client.said.wait("connected")
        # It is here for longer than one that says nothing may be.
        with silent_agent(backend) as connection:
            log.wait("idle for .*, dropping")
            with pytest.raises(ConnectionClosed):
                connection.recv(PATIENCE)
        code = client.terminate()
        goodbyes = [match[1] for match in log.wait(r"disconnected .*: (\d+)", 2)]

    assert code == 0
    assert goodbyes == ["1006", "1001"]
    assert log.text.count("accepted") == 2
    assert log.text.count("idle") == 1


def silent_agent(backend: Backend) -> AbstractContextManager[ClientConnection]:
    """Connect as the agent, and say nothing."""
    return connect(
        f"{backend.url}/edge/ws?{urlencode({'edge_agent_id': backend.agent_id})}",
        additional_headers={
            "Authorization": f"Bearer {backend.secret}",
            "X-Edge-Agent-Id": backend.agent_id,
        },
        proxy=None,
    )


def refused(name: str, folder: Path) -> None:
    """A backend or a proxy refuses the client, in every way."""
    command = command_of(name, folder)
    for fault, number in REFUSALS.items():
        log = Lines()
        with (
            simulated(fault, log=log.add) as backend,
            running(command, settings_of(backend)) as client,
        ):
            code = client.ended()

        assert code == 1
        assert f"refused: {number} " in client.said.text
        assert "edgecheck doctor" in client.said.text
        assert log.text.count("accepted") == 1


def disturbed(name: str, folder: Path) -> None:
    """Messages that are not part of this protocol come in between."""
    command = command_of(name, folder)
    for fault in ("command-malformed", "message-unknown-type", "pong-not-json"):
        log = Lines()
        with (
            simulated(fault, command_every=0.3, log=log.add) as backend,
            running(command, settings_of(backend)) as client,
        ):
            log.wait("ack received: cmd_.* completed")
            client.terminate()

        assert log.text.count("accepted") == 1


def failing(name: str, folder: Path) -> None:
    """What a command asks for cannot be done."""
    old, new = FAILING.get(
        name,
        (
            '    log.info("command %r: %r"',
            '    raise ValueError("not today")\n    log.info("command %r: %r"',
        ),
    )
    command, log = command_of(name, folder, changed((old, new))), Lines()
    with (
        simulated(command_every=0.2, log=log.add) as backend,
        running(command, settings_of(backend)) as client,
    ):
        log.wait("ack received: cmd_.* failed", 2)
        client.terminate()

    assert "not today" in client.said.text
    assert log.text.count("accepted") == 1


def misconfigured(name: str, folder: Path) -> None:
    """A setting is missing, or cannot be in a header field."""
    command = command_of(name, folder)
    with simulated() as backend:
        settings = settings_of(backend)
    # Typographic quotes, and a control character that a terminal would interpret.
    for change in (
        {"EDGE_AGENT_ID": ""},
        {"EDGE_SECRET": f"‘{SECRET}’"},
        {"EDGE_SECRET": f"{SECRET}\x1b[2J"},
    ):
        (wrong,) = change
        with running(command, {**settings, **change}) as client:
            code = client.ended()

        assert code == 1
        assert f"{wrong} is not set" in client.said.text
        assert "edgecheck doctor" in client.said.text


STORIES: tuple[Story, ...] = (
    restarted,
    silent,
    lasting,
    refused,
    disturbed,
    failing,
    misconfigured,
)


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[tuple[str, str], Future[None]]]:
    """Let every client run through every story, several at once, because they mostly wait."""
    folder = tmp_path_factory.mktemp("snippets")
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(LIBRARY)) as pool:
        # On a machine that is busy, a client that pings ten times a second may be silent for two.
        idle = replace(TABLE["session-idle-closed"], plan=Session(idle=seconds(5)))
        patch.setitem(TABLE, "session-idle-closed", idle)
        yield {
            (name, story.__name__): pool.submit(story, name, folder / name / story.__name__)
            for story in STORIES
            for name in LIBRARY
        }


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
@pytest.mark.parametrize("name", LIBRARY)
def test_a_client_lives_through(
    name: str, story: Story, told: Mapping[tuple[str, str], Future[None]]
) -> None:
    """Each story checks what the client does."""
    told[name, story.__name__].result()
