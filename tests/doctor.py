"""Run `edgecheck doctor` for real, against backends in threads of this process."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import edgecheck.cli
from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue.problem import Example
from edgecheck.checkup import checkup
from edgecheck.facts import Observer
from edgecheck.report import Report
from edgecheck.settings.sources import Options, load
from edgecheck.simulator import Backend, Scenario, simulate
from edgecheck.simulator import ignore as ignore_line
from tests.measured import measured
from tests.processes import started
from tests.timing import PATIENCE, STAGE_LIMIT

# Strong enough to be no finding of its own.
SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
COMMAND = (sys.executable, "-W", "error", "-m", "edgecheck", "doctor")

_T = TypeVar("_T")


@contextlib.contextmanager
def in_thread(serve: Callable[[], AbstractAsyncContextManager[_T]]) -> Iterator[_T]:
    """Enter an asynchronous context in an event loop beside this thread; leave it at the end."""
    entered: Future[tuple[_T, Callable[[], object]]] = Future()

    async def hold() -> None:
        loop, left = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with serve() as given:
                entered.set_result((given, lambda: loop.call_soon_threadsafe(left.set)))
                await left.wait()
        except BaseException as error:
            if entered.done():
                raise
            entered.set_exception(error)

    thread = threading.Thread(target=lambda: asyncio.run(hold()), name="server", daemon=True)
    thread.start()
    given, leave = entered.result(PATIENCE)
    try:
        yield given
    finally:
        leave()
        thread.join(PATIENCE)
    assert not thread.is_alive()


def simulated(
    fault: str | None = None, *, log: Callable[[str], None] = ignore_line, **scenario: Any
) -> contextlib.AbstractContextManager[Backend]:
    """Run a simulated backend beside this thread."""
    wanted = Scenario(**{"secret": SECRET, **scenario}, fault=fault)
    return in_thread(lambda: simulate(wanted, log=log))


@dataclass(frozen=True)
class Setup:
    """What one run reads, and how it is called.

    Args:
        folder: the working directory, with the settings file in it.
        environ: variables that the settings want.
        arguments: options that they want.
    """

    folder: Path
    environ: Mapping[str, str]
    arguments: tuple[str, ...] = ()


def set_up(folder: Path, backend: Backend, example: Example | None = None) -> Setup:
    """Write the settings for a backend: good ones, or those of an example."""
    folder.mkdir(exist_ok=True)
    if example is None:
        example = Example(env=backend.env_text)
    example = example.filled(
        url=backend.url,
        secret=backend.secret,
        agent_id=backend.agent_id,
        endpoint=EDGE.path,
        folder=str(folder),
    )
    if example.env is not None:
        path = folder / ".env"
        path.write_bytes(example.env if isinstance(example.env, bytes) else example.env.encode())
        path.chmod(example.mode)
    if example.git:
        subprocess.run(
            ["git", "init", "--quiet", str(folder)],
            check=True,
            env=bare_environ(folder),
            timeout=PATIENCE,
        )
    return Setup(folder, example.environ, (*backend.arguments, *example.arguments))


def bare_environ(home: Path) -> dict[str, str]:
    """Return the variables that a process needs, and none that is a setting."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        **measured(),
    }


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Args:
        code: exit code.
        stdout, stderr: the standard streams.
        terminal: what the terminal got, if there was one.
        setup: what it read, and how it was called.
    """

    code: int
    stdout: str
    stderr: str
    terminal: str = ""
    setup: Setup | None = None

    @property
    def report(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        document = json.loads(self.stdout)
        assert isinstance(document, dict)
        return document

    @property
    def verdict(self) -> str | None:
        """The code of the verdict."""
        verdict = self.report["verdict"]
        return None if verdict is None else str(verdict["code"])

    @property
    def findings(self) -> list[str]:
        """The codes of the findings."""
        return [finding["code"] for finding in self.report["findings"]]


def run(setup: Setup, *arguments: str) -> Outcome:
    """Run the real command line, in a process of its own.

    Warnings are errors there, a resource that leaks included.
    """
    done = subprocess.run(
        [*COMMAND, *setup.arguments, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=setup.folder,
        env={**bare_environ(setup.folder), **setup.environ},
        timeout=PATIENCE,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_on_a_terminal(setup: Setup, *arguments: str) -> Outcome:
    """Run the real command line, with its result on a terminal of 24 lines of 80 columns.

    The document that ``--json`` would print is the outcome's standard output.
    """
    import pty  # not on Windows

    leader, follower = pty.openpty()
    variables = {**bare_environ(setup.folder), **setup.environ, "TERM": "xterm"}
    report = setup.folder / "report.json"
    command = [*COMMAND, *setup.arguments, *arguments, "--report", str(report)]
    pieces: list[bytes] = []

    def read() -> None:
        # Linux reports the end as an error.
        with contextlib.suppress(OSError):
            while piece := os.read(leader, 65536):
                pieces.append(piece)

    with started(
        command,
        stdin=follower,
        stdout=follower,
        stderr=subprocess.PIPE,
        cwd=setup.folder,
        env={**variables, "COLUMNS": "80", "LINES": "24"},
    ) as process:
        os.close(follower)
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        _, stderr = process.communicate(timeout=PATIENCE)
        reader.join(PATIENCE)
    os.close(leader)
    said = stderr.decode().removesuffix(f"Report: {report}\n")
    stdout = report.read_text() if report.exists() else ""
    called = replace(setup, arguments=(*setup.arguments, *arguments))
    return Outcome(process.returncode, stdout, said, b"".join(pieces).decode(), called)


def run_here(setup: Setup, *arguments: str) -> Outcome:
    """Run the command line within this process, ten times as quick.

    It is the same code from the arguments on.
    """
    before, environ = Path.cwd(), dict(os.environ)
    out, err = _Stream(), _Stream()
    streams = sys.stdout, sys.stderr
    try:
        os.chdir(setup.folder)
        os.environ.clear()
        os.environ.update({**bare_environ(setup.folder), **setup.environ})
        sys.stdout, sys.stderr = out, err
        code = edgecheck.cli.run(["doctor", *setup.arguments, *arguments])
    finally:
        sys.stdout, sys.stderr = streams
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(before)
    return Outcome(code, out.text, err.text)


class _Stream(io.TextIOWrapper):
    """A standard stream, kept."""

    def __init__(self) -> None:
        super().__init__(
            io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True
        )

    @property
    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


async def examined(
    url: str,
    *,
    secret: str = SECRET,
    agent_id: str = "edge_1",
    observer: Observer = lambda stage, facts: None,
    **options: Any,
) -> Report:
    """Examine a backend within this event loop; options are those of `settings.sources.Options`."""
    environ = {"BACKEND_URL": url, "EDGE_SECRET": secret, "EDGE_AGENT_ID": agent_id}
    wanted = Options(**{"timeout": STAGE_LIMIT, **options})
    settings = load(wanted, environ=environ, cwd=Path("/"), stdin=io.BytesIO())
    return await checkup(settings, lambda stage, facts, defects: observer(stage, facts))


def settled(awaitable: Awaitable[_T]) -> _T:
    """Run a coroutine to its end, within bounds."""

    async def bounded() -> _T:
        async with asyncio.timeout(PATIENCE):
            return await awaitable

    return asyncio.run(bounded())
