"""What a program is given, and what its end means."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from edgecheck.agent.events import Status
from edgecheck.agent.handler import (
    CommandResult,
    Program,
    Run,
    StillRuns,
    answering,
    environment_for,
)
from edgecheck.settings.secret import Secret
from tests.agent.conftest import SECRET
from tests.timing import PATIENCE, SILENCE, STAGE_LIMIT, until

COMMAND = {"command_id": "c", "command_type": "t", "payload": {"text": "ü\n"}, "timestamp": None}

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the programs are scripts of sh")


def ran(script: str, *, timeout: float = PATIENCE, output: int = 2) -> CommandResult:
    """Run a shell script for the command."""
    program = Program(
        ["sh", "-c", script], timeout=timeout, environ=dict(os.environ), output=output
    )
    return asyncio.run(program(COMMAND))


def test_an_answer_is_an_answer() -> None:
    """Without a program, the status is the given one."""
    assert asyncio.run(answering(Status.FAILED)(COMMAND)) == CommandResult(Status.FAILED)
    assert asyncio.run(answering(None)(COMMAND)) == CommandResult(None)


def test_the_exit_status_is_the_answer() -> None:
    """0 means completed, any other exit status means failed."""
    assert ran("exit 0") == CommandResult(Status.COMPLETED, "exit 0")
    assert ran("exit 3") == CommandResult(Status.FAILED, "exit 3")
    assert ran("kill -9 $$").status is Status.FAILED


def test_the_command_is_on_standard_input(tmp_path: Path) -> None:
    """The program gets one JSON object; a program that does not read it is not disturbed."""
    ran(f"cat > {tmp_path / 'got'}")

    assert json.loads((tmp_path / "got").read_text()) == COMMAND
    assert ran("exec 0<&-; exit 0").status is Status.COMPLETED


def test_its_output_goes_where_it_is_told(tmp_path: Path) -> None:
    """The output does not go to our standard output."""
    with (tmp_path / "out").open("wb") as file:
        ran("echo out; echo err >&2", output=file.fileno())

    assert (tmp_path / "out").read_text() == "out\nerr\n"


def test_a_program_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """Its processes are ended with it, and the command has failed."""
    outcome = ran(f"sleep 3600 & echo $! > {tmp_path / 'pid'}; wait", timeout=STAGE_LIMIT)

    assert outcome.status is Status.FAILED
    assert f"{STAGE_LIMIT:g} s" in outcome.detail
    pid = int((tmp_path / "pid").read_text())
    until(lambda: is_over(pid), seen=lambda: "what it started goes on")


class Kept(Program):
    """A program whose process the test can end."""

    async def _start(self, command: Mapping[str, Any], token: str) -> Process:
        self.process = await super()._start(command, token)
        return self.process


def refusing_signals(
    monkeypatch: pytest.MonkeyPatch, limit: float
) -> Callable[[int, signal.Signals], None]:
    """Let no program be signalled, and wait so long for its end; return what signals one anyway."""
    really = os.killpg

    def refuse(_: int, __: int) -> None:
        raise PermissionError

    monkeypatch.setattr("os.killpg", refuse)
    monkeypatch.setattr("edgecheck.agent.handler.KILL_SECONDS", limit)
    return really


def test_a_program_that_cannot_be_ended_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system refuses every signal to one that runs as another user; here it seems to."""
    kill = refusing_signals(monkeypatch, STAGE_LIMIT)

    async def run() -> CommandResult:
        program = Kept(["sleep", "3600"], timeout=STAGE_LIMIT, environ=dict(os.environ), output=2)
        try:
            return await asyncio.wait_for(program(COMMAND), PATIENCE)
        finally:
            kill(program.process.pid, signal.SIGKILL)
            await program.process.wait()

    outcome = asyncio.run(run())

    assert outcome.status is Status.FAILED
    assert outcome.detail.endswith("s, its limit: it could not be ended")


def test_a_cancelled_run_says_that_its_program_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody writes down that it was stopped, and does the command again."""
    told: list[str] = []
    kill = refusing_signals(monkeypatch, SILENCE)

    async def run() -> None:
        started = asyncio.Event()
        noting = Run(started=lambda _: started.set())
        program = Kept(["sleep", "3600"], timeout=PATIENCE, environ=dict(os.environ), output=2)

        async def handle() -> None:
            try:
                await program(COMMAND, noting)
            except StillRuns:
                told.append("still runs")
                raise

        task = asyncio.create_task(handle())
        await asyncio.wait_for(started.wait(), PATIENCE)
        task.cancel()
        await asyncio.wait([task])
        kill(program.process.pid, signal.SIGKILL)
        await program.process.wait()

    asyncio.run(run())

    assert told == ["still runs"]


def is_over(pid: int) -> bool:
    """Tell whether a process has ended, though nobody may have asked for its exit status yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_program_that_cannot_be_started_has_failed() -> None:
    """The detail says why."""
    outcome = asyncio.run(Program(["/no/such/program"], timeout=1.0, environ={}, output=2)(COMMAND))

    assert outcome.status is Status.FAILED
    assert "cannot be started" in outcome.detail


def test_the_secret_is_in_no_variable() -> None:
    """A variable with the secret is left out, whatever its name; the others stay."""
    environ = {
        "PATH": "/bin",
        "EDGE_SECRET": "x",
        "COPY": SECRET,
        "HEADER": f"Bearer {SECRET}",
        "EDGE_AGENT_ID": "edge_1",
    }

    assert environment_for(environ, Secret(SECRET), "EDGE_SECRET") == {
        "PATH": "/bin",
        "EDGE_AGENT_ID": "edge_1",
    }
    assert environment_for({"EDGE_SECRET": "x", "A": "b"}, None, "EDGE_SECRET") == {"A": "b"}


def test_the_secret_does_not_reach_a_program(tmp_path: Path) -> None:
    """The program searches for it in its environment."""
    environ = environment_for({**os.environ, "EDGE_SECRET": SECRET}, Secret(SECRET), "EDGE_SECRET")
    with (tmp_path / "out").open("wb") as file:
        program = Program(["env"], timeout=PATIENCE, environ=environ, output=file.fileno())
        asyncio.run(program(COMMAND))

    assert "PATH=" in (tmp_path / "out").read_text()
    assert SECRET not in (tmp_path / "out").read_text()
