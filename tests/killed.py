"""A run that is killed at a step of its writing, in a work tree of git.

The process counts what it does to files, from its first line on, and kills itself with SIGKILL
right before a step that is named by its number. So no moment is left to chance, as between
making a file and giving it its name.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import require_program
from tests.processes import started
from tests.timing import PATIENCE

OLD, NEW = "0d9c8b7a6f5e4d3c2b1a09f8e7d6c5b4", "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"
# A quarter of a secret is one, too.
PIECE = 8
# Counts the steps of the main program, and ends it before one of them. In place of the number, a
# file name asks for the number of all steps.
_LAUNCHER = """
import os, signal, sys
last, taken, own = os.environ["KILLED_BEFORE"], 0, os.getpid()
changing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
def step(event, arguments):
    global taken
    if event == "open":
        if not (isinstance(arguments[2], int) and arguments[2] & changing):
            return
        if str(arguments[0]).startswith("/dev/"):
            return
    elif event not in STEPS:
        return
    taken += 1
    if str(taken) == last and os.getpid() == own:
        os.kill(own, signal.SIGKILL)
STEPS = {"os.rename", "os.link", "os.remove", "os.chmod", "os.chown", "os.setxattr",
         "os.truncate", "os.mkdir", "os.rmdir", "subprocess.Popen", "sqlite3.connect",
         "fcntl.flock"}
sys.addaudithook(step)
if not last.isdigit():
    import atexit
    def note():
        steps = str(taken).encode()
        os.write(os.open(last, os.O_WRONLY | os.O_CREAT, 0o600), steps)
    atexit.register(note)
sys.argv[0] = "edgecheck"
from edgecheck.__main__ import main
main()
"""


@dataclass(frozen=True)
class Writer:
    """A command that writes files in its working directory.

    Args:
        words: of its command line, without the program.
        quoted: the settings have quotes in the secret, which `--fix` takes away.
        environ: more variables.
    """

    words: Sequence[str]
    quoted: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)


WRITERS = {
    "init": Writer(
        ("init", "--url", "wss://h.example", "--agent-id", "edge_2", "--secret-file", "../new")
    ),
    "init, a new secret": Writer(
        ("init", "--url", "wss://h.example", "--agent-id", "edge_1", "--generate-secret")
    ),
    "init, another file": Writer(
        (
            *("init", "-e", "edge.env", "--url", "h.example", "--agent-id", "edge_1"),
            *("--secret-file", "../new"),
        )
    ),
    "fix": Writer(("doctor", "--fix", "--yes", "--offline"), quoted=True),
    "reports": Writer(
        (
            *("doctor", "--offline", "--quiet", "--report", "r.html", "--report", "r.json"),
            *("--report", "r.md", "--report", "r.xml"),
        )
    ),
    "snippet": Writer(("snippet", "python", "--output", "client.py")),
}


class Tree:
    """A work tree with a settings file that git ignores.

    Args:
        folder: holds the tree, and the secret that `init` reads.
        environ: of every process.
        url: of the backend.
    """

    def __init__(
        self, folder: Path, environ: Mapping[str, str], url: str = "wss://h.example"
    ) -> None:
        self.path, self._folder, self._environ, self._url = folder / "tree", folder, environ, url
        self._git = require_program("git")
        self.path.mkdir()
        subprocess.run(
            [self._git, "init", "--quiet"],
            cwd=self.path,
            env=dict(environ),
            check=True,
            timeout=PATIENCE,
        )
        (folder / "new").touch(0o600)
        (folder / "new").write_text(NEW)

    def settings(self, *, quoted: bool) -> str:
        """Return the settings file as it is before a run."""
        secret = f"\"'{OLD}'\"" if quoted else OLD
        return f"BACKEND_URL={self._url}\nEDGE_SECRET={secret}\nEDGE_AGENT_ID=edge_1\n"

    def prepare(self, writer: Writer) -> None:
        """Put everything back to where it was before a run."""
        for path in self.path.iterdir():
            if path.name != ".git":
                path.unlink()
        (self.path / ".env").touch(0o600)
        (self.path / ".env").write_text(self.settings(quoted=writer.quoted))
        (self.path / ".gitignore").write_text(".env\n")

    def start(self, writer: Writer, before: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Start a run that is killed before a step; with a path, it counts all steps there."""
        variables = {**self._environ, **writer.environ, "KILLED_BEFORE": before}
        return started(
            [sys.executable, "-c", _LAUNCHER, *writer.words],
            cwd=self.path,
            env=variables,
            umask=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def steps(self, writer: Writer) -> int:
        """Let a run come to its end, and return the number of its steps."""
        self.prepare(writer)
        return self.run(writer)

    def run(self, writer: Writer) -> int:
        """Let a run come to its end with what is there, and return the number of its steps."""
        counted = self._folder / "steps"
        counted.unlink(missing_ok=True)
        with self.start(writer, str(counted)) as process:
            process.wait(PATIENCE)
        return int(counted.read_text())

    def kill(self, writer: Writer, before: int) -> list[str]:
        """Kill a run before a step, and say what is wrong with what it left."""
        self.prepare(writer)
        with self.start(writer, str(before)) as process:
            process.wait(PATIENCE)
        assert process.returncode in (-signal.SIGKILL, 0, 1), process.returncode
        return self.wrong(writer)

    def kill_after(self, writer: Writer, seconds: float) -> list[str]:
        """Kill a run at a moment, and say what is wrong with what it left."""
        self.prepare(writer)
        with self.start(writer, "0"):
            time.sleep(seconds)  # the moment itself
        return self.wrong(writer)

    def wrong(self, writer: Writer, *, killed: bool = True) -> list[str]:
        """Say what is wrong with what a run has left, which was killed or came to its end."""
        found = [f"git shows {path.name}" for path in self._shown() if _is_secret(path)]
        found += [
            f"others can read {path.name}"
            for path in self.path.iterdir()
            if path.is_file() and _is_secret(path) and path.stat().st_mode & 0o077
        ]
        now = (self.path / ".env").read_text()
        if now != self.settings(quoted=writer.quoted) and not now.endswith("\n"):
            found.append(".env is half written")
        found += [f"{name} is left" for name in self.left() if not killed]
        for copy in self.path.glob(".env.bak"):
            if copy.read_text() != self.settings(quoted=writer.quoted):
                found.append(".env.bak is half written")
        return found

    def left(self) -> list[str]:
        """Return the names of the files that only a killed run leaves."""
        return [path.name for path in self.path.glob("*.tmp")]

    def _shown(self) -> list[Path]:
        words = [self._git, "status", "--porcelain", "--untracked-files=all", "-z"]
        done = subprocess.run(
            words,
            cwd=self.path,
            env=dict(self._environ),
            capture_output=True,
            check=True,
            timeout=PATIENCE,
        )
        return [self.path / entry[3:] for entry in done.stdout.decode().split("\0") if entry]


def _is_secret(path: Path) -> bool:
    held = path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
    if path.suffix == ".env" and "EDGE_SECRET=" in held and len(held.splitlines()) > 1:
        return True  # also with a secret that was made there
    pieces = (secret[at : at + PIECE] for secret in (OLD, NEW) for at in range(len(secret) - PIECE))
    return any(piece in held for piece in pieces)


def environ_of(home: Path) -> dict[str, str]:
    """Return the variables of such a run."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
    }
