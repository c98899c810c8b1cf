"""Run a snippet as its reader would: a file and a process, with settings in the environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import Profile
from edgecheck.cli.snippet import SNIPPETS, text_of
from edgecheck.simulator import Backend
from tests.conftest import lacking, require_program
from tests.doctor import SECRET
from tests.processes import started
from tests.timing import PATIENCE, seconds

# The snippets that keep a connection.
LIBRARY = ("python", "python-legacy", "python-websocket-client", "python-aiohttp", "node", "go")
# Debian's golang-nhooyr-websocket-dev is github.com/coder/websocket under its former name.
_GOCODE = Path("/usr/share/gocode")
_BUILDING = threading.Lock()
# In seconds. The first build compiles the parts of Go's own library that are needed.
BUILD_PATIENCE = seconds(300)
_FORMER, _NAME = "nhooyr.io/websocket", "github.com/coder/websocket"


class Lines:
    """The lines that a process or a backend writes, as they come."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._came = threading.Condition()

    def add(self, line: str) -> None:
        """Take a line."""
        with self._came:
            self._lines.append(line)
            self._came.notify_all()

    @property
    def text(self) -> str:
        """All lines so far."""
        with self._came:
            return "\n".join(self._lines)

    def wait(self, pattern: str, number: int = 1) -> list[re.Match[str]]:
        """Wait until this number of lines match, and return the matches."""

        with self._came:
            enough = self._came.wait_for(lambda: len(self._found(pattern)) >= number, PATIENCE)
            assert enough, f"{pattern!r} came not {number} times:\n" + "\n".join(self._lines)
            return self._found(pattern)[:number]

    def count(self, pattern: str) -> int:
        """Return how many lines match by now."""
        with self._came:
            return len(self._found(pattern))

    def _found(self, pattern: str) -> list[re.Match[str]]:
        return [match for line in self._lines if (match := re.search(pattern, line))]


class Client:
    """A running client."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.said = Lines()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.add(line.rstrip("\n"))

    def ended(self) -> int:
        """Wait for its end, and return its exit code; check that it has not shown the secret."""
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert SECRET not in self.said.text
        assert "Exception ignored" not in self.said.text
        assert "never retrieved" not in self.said.text
        return code

    def terminate(self) -> int:
        """Tell it to stop, and return its exit code."""
        command_line = Path(f"/proc/{self._process.pid}/cmdline")
        if command_line.exists():
            assert SECRET not in command_line.read_text()
        self._process.terminate()
        return self.ended()


@contextmanager
def running(command: Sequence[str], settings: Mapping[str, str]) -> Iterator[Client]:
    """Run a client until the context is left."""
    environ = {**bare_environ(), **settings}
    with started(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environ,
    ) as process:
        yield Client(process)


def bare_environ() -> dict[str, str]:
    """Return the variables that a runtime needs, and none that is a setting."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def settings_of(backend: Backend, secret: str = SECRET) -> dict[str, str]:
    """Return the environment variables that a snippet reads."""
    return {"BACKEND_URL": backend.url, "EDGE_SECRET": secret, "EDGE_AGENT_ID": backend.agent_id}


def write(
    name: str,
    folder: Path,
    change: Callable[[str], str] = lambda text: text,
    profile: Profile = EDGE,
) -> Path:
    """Write a snippet for a profile, changed, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"client{SNIPPETS[name][0]}"
    path.write_text(change(text_of(name, profile)), encoding="utf-8")
    return path


def runtimes(*programs: str) -> list[str]:
    """Return the paths of programs, from the folder of prepared runtimes or from PATH."""
    folder = Path(os.environ.get("EDGECHECK_RUNTIMES", "/nonexistent")) / "bin"
    return [
        str(folder / name) if (folder / name).exists() else require_program(name)
        for name in programs
    ]


def node_modules(*needed: str) -> Path:
    """Return the folder of node's packages."""
    folder = Path(os.environ.get("NODE_PATH", "/nonexistent"))
    missing = [name for name in needed if not (folder / name).is_dir()]
    if missing:
        names = " ".join(missing)
        lacking(
            f"node's package {names} is not found: npm install --prefix FOLDER {names}; export "
            "NODE_PATH=FOLDER/node_modules"
        )
    return folder


def command_of(
    name: str,
    folder: Path,
    change: Callable[[str], str] = lambda text: text,
    profile: Profile = EDGE,
) -> list[str]:
    """Write a client into a folder, and return the command that runs it.

    If its runtime is missing, the test is skipped.
    """
    path = write(name, folder, change, profile)
    match name:
        case "python-legacy":
            return [_old_python(), "-W", "error", str(path)]
        case "node":
            (program,) = runtimes("node")
            # An import, unlike require, does not search NODE_PATH.
            if not (folder / "node_modules").exists():
                (folder / "node_modules").symlink_to(node_modules("ws"))
            return [program, str(path)]
        case "go":
            return [_built(path)]
        case _:
            module = (
                name.removeprefix("python-").replace("-client", "")
                if name != "python"
                else "websockets"
            )
            if find_spec(module) is None:
                lacking(f"Python's module {module} is not installed")
            return [sys.executable, "-W", "error", str(path)]


def _old_python() -> str:
    """Return a Python with websockets before 14, which cannot be installed beside the newest."""
    python = Path(os.environ.get("EDGECHECK_RUNTIMES", "/nonexistent")) / "bin" / "python"
    if not python.exists():
        lacking(
            "no Python with websockets<14: python3 -m venv FOLDER; FOLDER/bin/pip install "
            "'websockets<14'; export EDGECHECK_RUNTIMES=FOLDER"
        )
    return str(python)


def go_workspace(folder: Path) -> dict[str, str]:
    """Prepare a folder in which Go finds the library of its snippet.

    Returns:
        The environment to call Go with.
    """
    former = _GOCODE / "src" / _FORMER
    if not former.is_dir():
        lacking(f"Go's {_FORMER} is not where Debian's golang-nhooyr-websocket-dev puts it")
    tree = folder / "src" / _NAME
    if not tree.exists():
        shutil.copytree(former, tree, ignore=shutil.ignore_patterns("*_test.go"))
        for file in tree.rglob("*.go"):
            file.write_text(file.read_text().replace(_FORMER, _NAME))
    return {**bare_environ(), "GO111MODULE": "off", "GOPATH": f"{folder}:{_GOCODE}"}


def _built(path: Path) -> str:
    go, program = require_program("go"), path.with_suffix("")
    # One after the other, in one workspace: the first build compiles the libraries for all.
    with _BUILDING:
        environ = go_workspace(path.parents[1] / "go-workspace")
        subprocess.run(
            [go, "build", "-o", str(program), str(path)],
            check=True,
            env=environ,
            timeout=BUILD_PATIENCE,
        )
    return str(program)
