"""The healthy backend, seen through the websockets client and raw sockets."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from dotenv import dotenv_values
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from edgecheck.simulator import Backend, Scenario, simulate
from tests.backends.servers import free_port
from tests.timing import PATIENCE, let_others_run, until_in_loop

SECRET = "5f1d0c7a9b3e48620d1c2b3a49586776"
PING = '{"type":"ping"}'


def run(test: object) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await test()  # type: ignore[operator]

    asyncio.run(bounded())


@contextlib.asynccontextmanager
async def agent(
    backend: Backend,
    *,
    authorization: str | None = "",
    agent_id: str = "edge_1",
    header_id: str | None = "",
    path: str = "/edge/ws",
) -> AsyncIterator[ClientConnection]:
    """Connect as an agent; an empty string is the good value, None leaves the field out."""
    fields = {
        "Authorization": f"Bearer {backend.secret}" if authorization == "" else authorization,
        "X-Edge-Agent-Id": agent_id if header_id == "" else header_id,
    }
    context = (
        ssl.create_default_context(cafile=backend.ca_file)
        if backend.url.startswith("wss")
        else None
    )
    async with connect(
        f"{backend.url}{path}?edge_agent_id={agent_id}",
        additional_headers={name: value for name, value in fields.items() if value is not None},
        ssl=context,
        proxy=None,
    ) as connection:
        yield connection


async def closing_of(connection: ClientConnection) -> tuple[int | None, str | None]:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await connection.recv()
    return connection.close_code, connection.close_reason


async def until(lines: list[str], part: str) -> str:
    """Wait for a line of the log."""
    found = await until_in_loop(lambda: [line for line in lines if part in line])
    return found[0]


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_answers_pings(tls: bool, host: str) -> None:
    async def test() -> None:
        lines: list[str] = []
        async with (
            simulate(Scenario(SECRET, tls=tls, host=host), log=lines.append) as backend,
            agent(backend) as connection,
        ):
            for _ in range(3):
                await connection.send(PING)
                assert await connection.recv() == '{"type":"pong"}'

        await until(lines, "disconnected edge_1")
        words = [line.split()[1] for line in lines]
        assert words == ["accepted", "registered", "disconnected"]
        assert all(re.match(r"\d\d:\d\d:\d\d\.\d\d\d ", line) for line in lines)

    run(test)


@pytest.mark.parametrize(
    ("authorization", "code", "reason"),
    [
        (None, 4001, "Missing Authorization header"),
        (SECRET, 4001, "Invalid Authorization header"),
        (f"Basic {SECRET}", 4001, "Invalid Authorization header"),
        (f"bearer {SECRET}", 4001, "Invalid Authorization header"),
        ("Bearer ", 4001, "Invalid Authorization header"),
        (f"Bearer  {SECRET}", 1008, "Token verification failed"),
        (f"Bearer Bearer {SECRET}", 1008, "Token verification failed"),
        (f"Bearer {SECRET}0", 1008, "Token verification failed"),
        ("Bearer 0badc0de0badc0de0badc0de0badc0de", 1008, "Token verification failed"),
    ],
)
def test_refuses_what_does_not_authenticate(
    authorization: str | None, code: int, reason: str
) -> None:
    async def test() -> None:
        lines: list[str] = []
        async with (
            simulate(Scenario(SECRET), log=lines.append) as backend,
            agent(backend, authorization=authorization) as connection,
        ):
            assert await closing_of(connection) == (code, reason)
            assert f"{reason}, close {code}" in await until(lines, "rejected")
        assert not any("registered" in line for line in lines)

    run(test)


@pytest.mark.parametrize(
    ("agent_id", "header_id"), [("edge_2", "edge_2"), ("edge_1", "edge_2"), ("edge_1", None)]
)
def test_refuses_another_agent_id(agent_id: str, header_id: str | None) -> None:
    async def test() -> None:
        async with (
            simulate(Scenario(SECRET)) as backend,
            agent(backend, agent_id=agent_id, header_id=header_id) as connection,
        ):
            code, reason = await closing_of(connection)
            assert code == 1008
            assert reason is not None
            assert "gent id" in reason

    run(test)


@pytest.mark.parametrize("path", ["/", "/edge/ws/", "/edge/ws/edge/ws", "/Edge/ws"])
def test_knows_one_path(path: str) -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET)) as backend:
            with pytest.raises(InvalidStatus) as caught:
                async with agent(backend, path=path):
                    pass
            assert caught.value.response.status_code == 403
            assert caught.value.response.body == b""
            assert "Server" not in caught.value.response.headers

    run(test)


def test_sends_commands_and_checks_acks() -> None:
    async def test() -> None:
        lines: list[str] = []
        async with (
            simulate(Scenario(SECRET, command_every=0.02), log=lines.append) as backend,
            agent(backend) as connection,
        ):
            commands = [json.loads(await connection.recv()) for _ in range(3)]
            for command in commands:
                assert command["type"] == "command"
                assert command["payload"]["command_type"] == "schedule_message"
                assert datetime.fromisoformat(command["payload"]["timestamp"]).tzinfo is not None
                assert (
                    datetime.fromisoformat(command["payload"]["payload"]["send_at"]).tzinfo
                    is not None
                )
            ids = [command["payload"]["command_id"] for command in commands]
            assert len(set(ids)) == 3
            await connection.send(
                json.dumps(
                    {"type": "command_ack", "data": {"command_id": ids[0], "status": "failed"}}
                )
            )
            await connection.send(
                json.dumps(
                    {
                        "type": "command_ack",
                        "data": {"command_id": "nobody's", "status": "completed"},
                    }
                )
            )
            await connection.send(
                json.dumps(
                    {"type": "command_ack", "data": {"command_id": ids[1], "status": "done"}}
                )
            )

            assert (await until(lines, f"ack received: {ids[0]}")).endswith("failed")
            assert (await until(lines, "ack received: nobody's")).endswith("which was never sent")
            await until(lines, "ack malformed")
            await until(lines, f"command sent: {ids[2]}")

    run(test)


def test_logs_unknown_messages_without_the_secret_and_without_control_characters() -> None:
    async def test() -> None:
        lines: list[str] = []
        wrong = "0badc0de-1badc0de-2badc0de-3badc0de"
        async with simulate(Scenario(SECRET), log=lines.append) as backend:
            async with agent(backend) as connection:
                await connection.send(f'{{"type":"\x1b[2Jhello {SECRET}"}}')
                await connection.send(f"\x1b]0;{SECRET[3:20]}".encode())
                await connection.send(
                    json.dumps(
                        {
                            "type": "command_ack",
                            "data": {"command_id": SECRET, "status": "completed"},
                        }
                    )
                )
                await connection.send(
                    json.dumps(
                        {
                            "type": "command_ack",
                            "data": {"command_id": "last", "status": "completed"},
                        }
                    )
                )
                await until(lines, "ack received: last")
            for authorization in (wrong, f"Bearer {wrong}"):
                async with agent(
                    backend, authorization=authorization, agent_id=wrong
                ) as connection:
                    await closing_of(connection)
            with pytest.raises(InvalidStatus):
                async with agent(
                    backend, authorization=f"Bearer {wrong}", path=f"/{wrong}/{SECRET}"
                ):
                    pass

        text = "\n".join(lines)
        assert "unknown message" in text
        assert text.replace("\n", "").isprintable()
        for secret in (SECRET, wrong):
            assert not any(secret[start : start + 8] in text for start in range(len(secret) - 7))

    run(test)


def test_adds_the_latency_before_each_answer() -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        async with simulate(Scenario(SECRET, latency=0.1)) as backend:
            start = loop.time()
            async with agent(backend) as connection:
                await connection.send(PING)
                await connection.recv()
                assert loop.time() - start >= 0.2

    run(test)


def test_says_1012_as_it_ends_and_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    # The client answers, however long it takes.
    monkeypatch.setattr("edgecheck.simulator.backend.GRACE_SECONDS", PATIENCE)

    async def test() -> None:
        async with contextlib.AsyncExitStack() as clients:
            async with simulate(Scenario(SECRET, tls=True)) as backend:
                connection = await clients.enter_async_context(agent(backend))
                assert backend.ca_file is not None
                assert backend.ca_file.exists()
            assert await closing_of(connection) == (1012, "")
            assert not backend.ca_file.parent.exists()

    run(test)


def test_does_not_wait_for_clients_that_keep_silent() -> None:
    async def test() -> None:
        for tls in (False, True):
            with contextlib.ExitStack() as clients:
                async with simulate(Scenario(SECRET, tls=tls, latency=3600)) as backend:
                    port = int(backend.url.rpartition(":")[2])
                    for first in (
                        b"",
                        b"GET /edge/ws?edge_agent_id=edge_1 HTTP/1.1\r\n",
                        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                    ):
                        client = clients.enter_context(
                            socket.create_connection(("127.0.0.1", port))
                        )
                        client.sendall(first)
                    await let_others_run()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    run(test)


def test_two_run_side_by_side_and_a_taken_port_is_an_error() -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET)) as first, simulate(Scenario(SECRET)) as second:
            assert first.url != second.url
            with pytest.raises(OSError, match="in use"):
                async with simulate(Scenario(SECRET, port=int(first.url.rpartition(":")[2]))):
                    pass

    run(test)


def test_takes_the_same_port_again() -> None:
    async def test() -> None:
        scenario = Scenario(SECRET, port=free_port())
        async with simulate(scenario) as backend, agent(backend):
            pass
        async with simulate(scenario) as backend, agent(backend) as connection:
            await connection.send(PING)
            await connection.recv()

    run(test)


@pytest.mark.parametrize("secret", [SECRET, "with blank # and $HOME 'quotes' \\ \"too\"", "ünï"])
def test_its_env_text_says_what_it_is(secret: str) -> None:
    backend = Backend("ws://127.0.0.1:1", secret, "edge_1")
    assert dotenv_values(stream=io.StringIO(backend.env_text)) == {
        "BACKEND_URL": backend.url,
        "EDGE_SECRET": secret,
        "EDGE_AGENT_ID": "edge_1",
    }
    assert secret not in repr(backend)
    assert secret not in repr(Scenario(secret))


def test_the_names_of_the_faults_are_quick_to_import() -> None:
    program = (
        "import sys; from edgecheck.simulator.names import FAULTS; assert FAULTS; "
        "print(*{'asyncio', 'cryptography', 'ssl', 'websockets'} & set(sys.modules))"
    )
    folder = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=PATIENCE,
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_an_unknown_fault_is_an_error() -> None:
    async def test() -> None:
        with pytest.raises(ValueError, match="tcp-refuse"):
            async with simulate(Scenario(SECRET, fault="tcp-refuse")):
                pass

    run(test)
