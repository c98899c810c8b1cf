"""The secret leaves nowhere else either.

Looked at are live commands, logging that somebody switched on, files that are written, and programs
that are run. What `doctor` prints is hunted through in tests/test_secret_hunt.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import edgecheck.checkup
from edgecheck.simulator import Backend
from tests.cli.conftest import COMMAND, execute
from tests.doctor import SECRET, in_thread, run_here, set_up, simulated
from tests.processes import send, started
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
from tests.timing import AMPLE_LIMIT, PATIENCE, STAGE_LIMIT, until

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
    """Return a handler that has read the secret, and says it in every form.

    It says it in everything that a backend can say, and waits for what the client does then.
    """

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
        await reader.read(1)
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
        arguments = (*COMMANDS[command], "--timeout", str(AMPLE_LIMIT), *FORMATS[form])
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


# What `listen` tells once a connection was answered, or has ended.
MET = re.compile('"event": "(pong|waiting)"')


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
    """With all logging on; what goes on by itself is interrupted once it has met the fault."""
    words = {
        "ping": ("ping", "-c", "2", "-i", "0.1"),
        "listen": ("listen", "--json"),
        "repl": _repl("ping", "wait pong 1"),
    }[command]
    out, err = tmp_path / "out", tmp_path / "err"
    with simulated(fault) as backend, out.open("wb") as stdout, err.open("wb") as stderr:
        setup = set_up(tmp_path / "work", backend)
        with started(
            [*COMMAND, *words, *setup.arguments, "--timeout", str(STAGE_LIMIT), "--verbose"],
            cwd=setup.folder,
            env={**debugging(tmp_path, environ), **setup.environ},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        ) as process:
            until(lambda: process.poll() is not None or MET.search(out.read_text()))
            if process.poll() is None and command == "listen":
                process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)

    assert "DEBUG:" in err.read_text()
    assert found(SECRET, out.read_text()) == []
    assert found(SECRET, err.read_text()) == []


def process_list(root: int) -> str:
    """Return the command lines of a process and of all that it started, directly or not."""
    parents, lines = {}, {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            # After the name, which may hold anything, in parentheses: the state and the parent.
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rpartition(")")[2].split()[1]
            )
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
            lines[int(entry.name)] = line.decode(errors="replace")
    tree = {root}
    while more := {each for each, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return "\n".join(lines[each] for each in tree if each in lines)


def lists_with(words: str, root: int) -> str:
    """Return the process list if these words are in it, else nothing."""
    listed = process_list(root)
    return listed if words in listed else ""


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc here")
def test_neither_the_process_list_nor_a_program_that_is_run_has_it(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Looked for where the kernel shows it, and in what the program inherits.

    It stood in the environment, under whatever name.
    """
    program = tmp_path / "program"
    program.write_text(
        "#!/bin/sh\n{ env; tr '\\0' '\\n' </proc/$$/environ; tr '\\0' ' ' </proc/$$/cmdline; ls "
        "-l /proc/$$/fd; cat; } >>seen\nexec sleep 3600\n"
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

        file = tmp_path / "seen"
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with started(command, cwd=tmp_path, env={**environ, **named}, **streams) as process:
            # The last thing that the program does: by then it has read all that it is given.
            listed = until(lambda: lists_with("sleep 3600", process.pid), process=process)
            send(process, signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=PATIENCE)

    seen = file.read_text()
    assert "EDGE_AGENT_ID" in seen or "PATH=" in seen
    assert "listen --exec" in listed
    assert "sleep 3600" in listed
    for said in (seen, listed, out, err):
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
    """Whatever a library puts into its words.

    Where edgecheck itself fails, only the kind and the place are said.
    """

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
    """What is never caught is printed by Python itself.

    No name in a traceback, and no value, holds it.
    """
    write_settings(tmp_path, "ws://127.0.0.1:9")
    program = (
        "import sys, faulthandler, edgecheck.cli, edgecheck.probe.walk as walk\n"
        "async def fail(self): raise RuntimeError(repr(vars(self)) + str(self.opening) + "
        "repr(self.opening.secret) + f'{self.opening.secret}')\n"
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
