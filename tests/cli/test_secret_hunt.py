"""The secret leaves nowhere else either: live commands, logging that somebody switched on, files that are written, programs that are run.

What `doctor` prints is hunted through in tests/test_secret_hunt.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

import edgecheck.checkup
from edgecheck.simulator import Backend
from tests.cli.conftest import COMMAND, PATIENCE, execute
from tests.conftest import require_program
from tests.doctor import SECRET, in_thread, run_here, set_up, simulated
from tests.raw_server import (
    BINARY,
    Handler,
    accept_of,
    close,
    frame,
    frame_of,
    request_of,
    serving,
    text,
)
from tests.test_secret_hunt import VARIANTS, echoing, found
from tests.timing import seconds

# What somebody does who looks for a fault: every logger there is tells everything.
LOGGING = "import logging, sys\nlogging.basicConfig(level=logging.DEBUG, stream=sys.stderr)\n"


def debugging(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return variables with which Python and asyncio say all that they can."""
    place = folder / "site"
    place.mkdir()
    (place / "sitecustomize.py").write_text(LOGGING)
    path = f"{place}{os.pathsep}{environ['PYTHONPATH']}"
    return {**environ, "PYTHONPATH": path, "PYTHONASYNCIODEBUG": "1", "PYTHONFAULTHANDLER": "1"}


def write_settings(folder: Path, url: str) -> None:
    """Write good ones."""
    (folder / ".env").write_text(f"BACKEND_URL={url}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n")
    (folder / ".env").chmod(0o600)


def talkative() -> Handler:
    """Return a handler that has read the secret, and says it in every form in everything that a backend can say."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)))
        for number, variant in enumerate(VARIANTS):
            said = echoing(variant).decode()
            command = {
                "command_id": f"{number}{said}",
                "command_type": said,
                "payload": {said: [said, {"x": said}]},
                "timestamp": said,
            }
            for message in (
                {"type": said},
                {"type": "command", "payload": command},
                {"type": "command", "payload": {"command_id": said}},
            ):
                writer.write(text(json.dumps(message)))
            writer.write(text(said) + frame(BINARY, said.encode()) + frame(10, said[:125].encode()))
        await writer.drain()
        await frame_of(reader)
        writer.write(text('{"type":"pong"}'))
        await writer.drain()
        await asyncio.sleep(seconds(0.5))
        writer.write(close(1008, echoing("whole")[:123]))
        writer.write_eof()
        await reader.read()

    return handle


def _repl(*lines: str) -> tuple[str, ...]:
    return ("repl", *(word for line in lines for word in ("-x", line)))


COMMANDS = {
    "doctor": ("doctor",),
    "ping": ("ping", "-i", "0.1", "-W", "2"),
    "listen": ("listen", "--journal", "journal.db"),
    "repl": _repl(
        "record frames.jsonl",
        "ping",
        "wait pong",
        "commands",
        "show 1",
        "show 2",
        "show 5",
        "status",
        "ack all",
        "wait close",
    ),
}
FORMATS = {"text": (), "json": ("--json",), "verbose": ("--verbose",), "quiet": ("--quiet",)}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_backend_that_says_it_does_not_make_a_live_command_show_it(
    tmp_path: Path, environ: Mapping[str, str], command: str, form: str
) -> None:
    """Neither on a stream, nor through a logger, nor in a file; in every form and every place."""
    work = tmp_path / "work"
    work.mkdir()
    with in_thread(lambda: serving(talkative())) as server:
        write_settings(work, f"ws://127.0.0.1:{server.port}")
        arguments = (*COMMANDS[command], "--timeout", str(seconds(2.0)), *FORMATS[form])
        done = execute([*COMMAND, *arguments], work, debugging(tmp_path, environ), stdin=None)

    assert done.returncode in (0, 1)
    assert "DEBUG:" in done.stderr  # the logging is on
    assert found(SECRET, done.stdout) == []
    assert found(SECRET, done.stderr) == []
    for path in work.iterdir():
        if path.name == "frames.jsonl":
            assert path.read_text().count("<secret>") > len(VARIANTS)
            assert found(SECRET, path.read_text()) == []
    assert command != "repl" or (work / "frames.jsonl").exists()


@pytest.mark.parametrize(
    "fault",
    [
        None,
        "auth-secret-rejected",
        "auth-unauthorized",
        "upgrade-redirected",
        "session-dropped",
        "session-restarting",
        "tls-unknown-issuer",
    ],
)
@pytest.mark.parametrize("command", ["ping", "listen", "repl"])
def test_no_fault_makes_a_live_command_show_it(
    tmp_path: Path, environ: Mapping[str, str], command: str, fault: str | None
) -> None:
    """With all logging on."""
    words = {
        "ping": ("ping", "-c", "2", "-i", "0.1"),
        "listen": ("listen", "--json"),
        "repl": _repl("ping", "wait pong 1"),
    }[command]
    with simulated(fault) as backend:
        work = tmp_path / "work"
        setup = set_up(work, backend)
        command_line = [
            require_program("timeout"),
            "-s",
            "INT",
            str(seconds(1.5)),
            *COMMAND,
            *words,
            *setup.arguments,
            "--timeout",
            str(seconds(1.0)),
            "--verbose",
        ]
        done = execute(
            command_line, work, {**debugging(tmp_path, environ), **setup.environ}, stdin=None
        )

    assert "DEBUG:" in done.stderr
    assert found(SECRET, done.stdout) == []
    assert found(SECRET, done.stderr) == []


def process_list() -> str:
    """Return the command lines of all processes."""
    listed = ""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            listed += entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return listed


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc here")
def test_neither_the_process_list_nor_a_program_that_is_run_has_it(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Looked for where the kernel shows it, under whatever name it stood in the environment, and in what the program inherits."""
    program = tmp_path / "program"
    program.write_text(
        "#!/bin/sh\n{ env; tr '\\0' '\\n' </proc/$$/environ; tr '\\0' ' ' </proc/$$/cmdline; ls "
        "-l /proc/$$/fd; cat; } >>seen\nsleep 5\n"
    )
    program.chmod(0o700)
    named = {
        "EDGE_SECRET": SECRET,
        "COPY": f"Bearer {SECRET}",
        "IN_A_URL": f"wss://x.example/?token={SECRET}",
    }
    with simulated(command_every=0.1) as backend:
        command = [
            *COMMAND,
            "listen",
            "--exec",
            str(program),
            "--url",
            backend.url,
            "--agent-id",
            backend.agent_id,
        ]

        async def run() -> tuple[str, bytes, bytes]:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=tmp_path,
                env={**environ, **named},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            started = time.monotonic()
            while (
                not (tmp_path / "seen").exists()
                or "schedule_message" not in (tmp_path / "seen").read_text()
            ):
                assert time.monotonic() - started < PATIENCE
                await asyncio.sleep(0.05)
            listed = await asyncio.to_thread(process_list)
            process.send_signal(signal.SIGINT)
            await asyncio.sleep(0.2)
            process.send_signal(signal.SIGINT)
            return listed, *await process.communicate()

        listed, out, err = asyncio.run(asyncio.wait_for(run(), PATIENCE))

    seen = (tmp_path / "seen").read_text()
    assert "EDGE_AGENT_ID" in seen or "PATH=" in seen
    assert "listen --exec" in listed
    for said in (seen, listed, out.decode(), err.decode()):
        assert found(SECRET, said) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    "words",
    [
        "edgecheck doctor --",
        "edgecheck explain auth-",
        "edgecheck simulate --fault ",
        f"edgecheck explain {SECRET[:9]}",
    ],
)
def test_completion_does_not_have_it(
    tmp_path: Path, environ: Mapping[str, str], shell: str, words: str
) -> None:
    """It offers what is in the program, and nothing of the settings."""
    write_settings(tmp_path, "ws://127.0.0.1:9")
    asked = {
        "_EDGECHECK_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
        "_TYPER_COMPLETE_ARGS": words,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = execute([*COMMAND], tmp_path, {**environ, **asked, "EDGE_SECRET": SECRET}, stdin=None)

    assert found(SECRET, done.stdout + done.stderr) == []
    assert done.stdout or SECRET[:9] in words


@pytest.mark.parametrize("options", FORMATS.values(), ids=FORMATS)
def test_an_exception_of_our_own_does_not_show_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """Whatever a library puts into its words: where edgecheck itself fails, only the kind and the place are said."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"invalid header: Authorization: Bearer {SECRET}") from ValueError(
            SECRET
        )

    monkeypatch.setattr(edgecheck.checkup, "initial_facts", fail)
    outcome = run_here(set_up(tmp_path, Backend("ws://127.0.0.1:9", SECRET, "edge_1")), *options)

    assert outcome.code == 1
    assert "RuntimeError" in outcome.stderr
    assert found(SECRET, outcome.stdout + outcome.stderr) == []


def test_a_thread_or_task_that_fails_does_not_show_it(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """What is never caught is printed by Python itself: no name in a traceback, and no value, holds it."""
    write_settings(tmp_path, "ws://127.0.0.1:9")
    program = (
        "import sys, faulthandler, edgecheck.cli, edgecheck.probe.walk as walk\n"
        "async def fail(self): raise RuntimeError(repr(vars(self)) + str(self._plan) + "
        "repr(self._plan.secret) + f'{self._plan.secret}')\n"
        "walk.Trip._connect = fail\n"
        "sys.argv = ['edgecheck', 'doctor', '--json']\n"
        "try:\n    edgecheck.cli.main()\n"
        "except SystemExit:\n    pass\n"
        "import asyncio, io, os, pathlib\n"
        "from edgecheck.checkup import checkup\nfrom edgecheck.settings.sources import Options, "
        "load\n"
        "asyncio.run(checkup(load(Options(), environ=os.environ, cwd=pathlib.Path.cwd(), "
        "stdin=io.BytesIO())))\n"
    )
    done = execute(
        [sys.executable, "-c", program],
        tmp_path,
        {**environ, "PYTHONASYNCIODEBUG": "1"},
        stdin=None,
    )

    assert "Traceback" in done.stderr
    assert "Secret('***')" in done.stderr
    assert found(SECRET, done.stdout + done.stderr) == []
