"""A live connection over TLS, through a proxy, and both: the same commands, acks and reconnects."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edgecheck.agent import events
from edgecheck.agent.events import Status
from edgecheck.agent.handler import CommandResult
from edgecheck.agent.journal import Journal
from edgecheck.settings.sources import Options, load
from edgecheck.simulator import Scenario, simulate
from tests.agent.conftest import SECRET, keeper_for
from tests.backends.servers import free_port
from tests.backends.tinyproxy import tinyproxy
from tests.conftest import require_program
from tests.timing import PATIENCE, until_in_loop

PASSWORD = "pass-word"


@pytest.mark.parametrize("through_proxy", [False, True], ids=["directly", "through a proxy"])
@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
def test_commands_are_acked_and_a_new_connection_is_made(
    tmp_path: Path, *, tls: bool, through_proxy: bool
) -> None:
    """The backend goes away and comes back at its address; the proxy asks for a password."""
    said: list[str] = []
    seen: list[events.Event] = []

    async def handle(_: Mapping[str, Any]) -> CommandResult:
        return CommandResult(Status.COMPLETED)

    async def run(proxy: str | None) -> None:
        scenario = Scenario(secret=SECRET, tls=tls, command_every=0.05, port=free_port())
        # Each of the two backends has its own authority; the second file replaces the first.
        authority = tmp_path / "ca.pem"
        url = f"{'wss' if tls else 'ws'}://127.0.0.1:{scenario.port}"
        environ = {"BACKEND_URL": url, "EDGE_SECRET": SECRET, "EDGE_AGENT_ID": scenario.agent_id}
        options = Options(proxy=proxy, no_proxy=proxy is None, ca_file=authority if tls else None)
        settings = load(options, environ=environ, cwd=Path("/"), stdin=io.BytesIO())

        stop, keeping = asyncio.Event(), None
        with contextlib.closing(Journal()) as journal:
            keeper = keeper_for(settings, journal, handle, seen.append)
            for _ in range(2):
                async with simulate(scenario, log=said.append) as backend:
                    if backend.ca_file is not None:
                        authority.write_bytes(backend.ca_file.read_bytes())
                    keeping = keeping or asyncio.create_task(keeper.run(stop, 5.0))
                    await until_acked(said, 3, keeping)
            stop.set()
            assert keeping is not None
            assert await keeping

    async def bounded(proxy: str | None) -> None:
        async with asyncio.timeout(PATIENCE):
            await run(proxy)

    with contextlib.ExitStack() as stack:
        proxy = None
        if through_proxy:
            server = stack.enter_context(
                tinyproxy(
                    require_program("tinyproxy"), tmp_path / "proxy", f"BasicAuth user {PASSWORD}"
                )
            )
            proxy = server.url.replace("http://", f"http://user:{PASSWORD}@")
        asyncio.run(bounded(proxy))

    opened = [event.peer for event in seen if isinstance(event, events.Opened)]
    assert len(opened) >= 2
    if through_proxy:
        assert set(opened) == {f"127.0.0.1:{server.port}"}
    assert not any("malformed" in line for line in said)
    assert SECRET not in repr(seen)
    assert PASSWORD not in repr(seen)


async def until_acked(said: list[str], more: int, keeping: asyncio.Task[bool]) -> None:
    """Wait until the backend has read so many acks more, from an agent that goes on."""
    enough = acks(said) + more
    await until_in_loop(lambda: keeping.done() or acks(said) >= enough)
    assert not keeping.done()


def acks(said: list[str]) -> int:
    """Count the acks that the backend has read."""
    return sum("ack received" in line for line in said)
