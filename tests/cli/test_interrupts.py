"""Ctrl-C at any moment of `listen`, `ping` and `repl`, from the first one on.

Python itself dies of it with a traceback while it starts, and so does whatever it runs until that
has installed a handler. The program does so in its first module, which imports nothing that is not
in the interpreter. The moments here begin when that module is complete: from then on there is one
meaning of Ctrl-C, and no traceback.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pytest

from tests.cli.conftest import COMMAND
from tests.cli.test_screen import server_without_words
from tests.doctor import SECRET, set_up, simulated
from tests.processes import send, started
from tests.timing import AMPLE_LIMIT, PATIENCE, until

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Ctrl-C is no signal of one process there"
)

# Runs in the program before its own first line, and tells of every import that follows its first
# module. At the chosen one it waits until Ctrl-C has been sent.
HOOK = """
import os, sys

told, go, chosen = (int(os.environ.pop(name)) for name in ("TOLD", "GO", "CHOSEN"))
first, count = None, 0

def hook(event, arguments):
    global first, count
    if event != "import":
        return
    name = arguments[0]
    if first is None:
        if name.startswith("edgecheck."):
            first = name
        return
    if getattr(sys.modules[first].__spec__, "_initializing", False):
        return
    os.write(told, f"{name}\\n".encode())
    if count == chosen:
        os.read(go, 1)
    count += 1

sys.addaudithook(hook)
"""
# How each ends by Ctrl-C: its exit codes, and what its standard output ends with.
ENDS = {
    "listen": ((0,), "received "),
    "ping": ((0, 1), " sent, "),
    "repl": ((0, 130), ""),
}
# One that answers, one that takes connections and says nothing, one within the command itself.
SERVERS = ("simulator", "silence", "demo")
# Imports at which Ctrl-C comes, of some hundreds, and moments drawn for each command and server.
IMPORTS, MOMENTS = 10, 6
# Of all moments that are drawn.
SEED = 20261128


@dataclass(frozen=True)
class Run:
    """A command that was interrupted, and how it ended.

    Args:
        moment: when, in words.
        imports: what it imported from its first moment on.
        seconds: from its first moment until Ctrl-C.
        code: its exit code; None where it did not end.
    """

    moment: str
    imports: tuple[str, ...]
    seconds: float
    code: int | None
    out: str
    err: str

    def faults(self, command: str) -> list[str]:
        """Return what is wrong with that end."""
        codes, words = ENDS.get(command, ((130,), ""))
        found = []
        if self.code is None:
            found.append("it does not end")
        elif self.code not in codes:
            found.append(f"exit code {self.code}")
        elif self.code != 130 and words not in self.out:
            found.append("no summary")
        if _is_fault(self.err):
            found.append("it is said in Python's words")
        return [f"{self.moment}: {fault}\n{self.out}\n{self.err}" for fault in found]


@dataclass
class Bench:
    """Where a command is run again and again, with these arguments."""

    folder: Path
    environ: Mapping[str, str]
    arguments: tuple[str, ...]

    def interrupted(
        self,
        moment: str,
        *,
        at: int = -1,
        after: float | None = None,
        shown: str = "",
        times: int = 1,
        number: signal.Signals = signal.SIGINT,
    ) -> Run:
        """Run the command, and interrupt it.

        Args:
            moment: in words.
            at: at the import of this number, counted from its first moment on.
            after: so many seconds after its first moment.
            shown: as soon as this is in its output.
            times: how many one right after the other; the process may be gone before.
            number: what interrupts it.
        """
        out, err = self.folder / "out", self.folder / "err"
        with self._started(at) as (process, imports, go):
            names = [imports.readline() for _ in range(max(at, 0) + 1)]
            began = time.monotonic()
            if after is not None:
                time.sleep(after)  # the moment itself
            if shown:
                until(lambda: shown in out.read_text(), process=process, seen=err.read_text)
            seconds = time.monotonic() - began
            if times == 1:
                send(process, number)
            for _ in range(times if times > 1 else 0):
                process.send_signal(number)
            os.close(go)
            try:
                code: int | None = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                code = None
            process.kill()
            names += imports.readlines()
        found = tuple(name.strip() for name in names if name)
        return Run(moment, found, seconds, code, out.read_text(), err.read_text())

    @contextmanager
    def _started(self, at: int) -> Iterator[tuple[subprocess.Popen[bytes], TextIO, int]]:
        """Start the command, which waits at an import.

        Gives the process, the names of what it imports, and the pipe that it waits for the end of.
        """
        told, told_here = os.pipe()
        go_here, go = os.pipe()
        variables = {"TOLD": str(told_here), "GO": str(go_here), "CHOSEN": str(at)}
        with ExitStack() as stack:
            streams = [
                stack.enter_context((self.folder / name).open("wb")) for name in ("out", "err")
            ]
            process = stack.enter_context(
                started(
                    [*COMMAND, *self.arguments],
                    cwd=self.folder,
                    env={**self.environ, **variables},
                    stdin=subprocess.PIPE,  # open, and nothing comes
                    stdout=streams[0],
                    stderr=streams[1],
                    pass_fds=(told_here, go_here),
                )
            )
            os.close(told_here)
            os.close(go_here)
            yield process, stack.enter_context(os.fdopen(told)), go


@contextmanager
def bench(folder: Path, environ: Mapping[str, str], command: str, server: str) -> Iterator[Bench]:
    """Give a command that talks to a server."""
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(HOOK)
    variables = {**environ, "PYTHONPATH": f"{site}{os.pathsep}{environ['PYTHONPATH']}"}
    limit = ("--timeout", str(AMPLE_LIMIT))
    with ExitStack() as stack:
        options: tuple[str, ...] = ("--demo",)
        if server == "simulator":
            set_up(folder, stack.enter_context(simulated(secret=SECRET)))
            options = ()
        elif server == "silence":
            _, options = stack.enter_context(server_without_words(folder))
            limit = ()
        yield Bench(folder, variables, (command, *options, *limit))


@pytest.mark.parametrize("command", ENDS)
def test_ctrl_c_at_any_import_is_an_end_of_its_own(
    tmp_path: Path, environ: Mapping[str, str], command: str
) -> None:
    """From the first import that the program makes to the last one before it is connected."""
    begun = {"listen": " open ", "ping": "pong seq=1", "repl": "open:"}[command]
    with bench(tmp_path, environ, command, "demo") as here:
        whole = here.interrupted("connected", shown=begun)
        last = len(whole.imports) - 1
        assert last > IMPORTS
        chosen = sorted({round(last * part / (IMPORTS - 1)) for part in range(IMPORTS)})
        runs = [
            whole,
            *(here.interrupted(f"at the import of {whole.imports[at]}", at=at) for at in chosen),
        ]

    faults = [fault for run in runs for fault in run.faults(command)]
    assert not faults, "\n".join(faults)


def test_ctrl_c_at_any_import_before_the_command_begins_is_an_end_of_its_own(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Every single one of them, for a command that Ctrl-C interrupts: exit code 130, no words."""
    with bench(tmp_path, environ, "doctor", "demo") as here:
        whole = here.interrupted("at the first import", at=0)
        last = whole.imports.index("edgecheck.cli.stop")
        assert last > len(("__future__", "errno", "re"))
        rest = range(1, last + 1)
        runs = [whole]
        runs += [here.interrupted(f"at the import of {whole.imports[at]}", at=at) for at in rest]

    faults = [fault for run in runs for fault in run.faults("doctor")]
    faults += [run.err for run in runs if run.err]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("command", [*ENDS, "doctor"])
def test_ten_times_ctrl_c_at_once_end_without_a_traceback(
    tmp_path: Path, environ: Mapping[str, str], command: str
) -> None:
    """Some of them are one for the kernel; how many is chance, so they are sent several times."""
    folders = [tmp_path / str(number) for number in range(5)]
    runs = []
    for folder in folders:
        folder.mkdir()
        with bench(folder, environ, command, "silence") as here:
            runs.append(here.interrupted("ten at once", after=0.2, times=10))

    assert all(run.code in (0, 1, 130) for run in runs), runs
    assert not [run.err for run in runs if _is_fault(run.err)]


def _is_fault(said: str) -> bool:
    """Tell whether a person would see a fault of the program.

    An interrupted import leaves its file to the collector, and an event loop that was being made
    leaves its sockets. Python says so only to those who ask for warnings, as these tests do.
    """
    ignored = r"Exception ignored in: [^\n]*\n(?:Traceback[^\n]*\n(?: [^\n]*\n)*)?"
    rest = re.sub(ignored + r"ResourceWarning: unclosed [^\n]*\n", "", said)
    return any(word in rest for word in ("Traceback", "Exception ignored", "never awaited"))


@pytest.mark.parametrize("times", [1, 10])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_checkup_that_is_ended_says_what_it_knows(
    tmp_path: Path, environ: Mapping[str, str], number: signal.Signals, code: int, times: int
) -> None:
    """On the screen and in its report, also where a shell has let it ignore Ctrl-C."""
    report = tmp_path / "report.json"
    # As a shell without job control starts what runs in the background.
    ignoring = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")
    before = ignoring if number == signal.SIGTERM else ()
    with (
        server_without_words(tmp_path) as (server, options),
        started(
            [*before, *COMMAND, "doctor", *options, "--report", str(report)],
            cwd=tmp_path,
            env=dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        connection, _ = server.accept()
        with connection:
            assert connection.recv(16)
            for _ in range(times):
                process.send_signal(number)
            out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == code, err
    assert "Interrupted. This is what is known so far." in out
    assert err == f"Report: {report}\n"
    assert json.loads(report.read_text())["interrupted"] is True


def test_sigterm_ends_a_conversation_by_hand(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Without a traceback, by its own exit code."""
    with bench(tmp_path, environ, "repl", "demo") as here:
        run = here.interrupted("connected", shown="open:", number=signal.SIGTERM)

    assert run.code == 143
    assert run.err == "" or "Traceback" not in run.err


@pytest.mark.skipif(sys.platform != "linux", reason="it asks the pipe what is left in it")
@pytest.mark.parametrize("command", ["listen", "ping"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_while_the_secret_is_read_is_an_end_of_its_own(
    tmp_path: Path, environ: Mapping[str, str], command: str, number: signal.Signals, code: int
) -> None:
    """Standard input goes on, as where somebody types it."""
    import fcntl
    import termios

    settings = {"BACKEND_URL": "ws://127.0.0.1:1", "EDGE_AGENT_ID": "edge_1"}
    with started(
        [*COMMAND, command, "--secret-file", "-"],
        cwd=tmp_path,
        env={**environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        pipe = process.stdin.fileno()
        os.write(pipe, SECRET[:8].encode())
        # The rest of it is waited for.
        until(lambda: not any(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))), process=process)
        send(process, number)
        process.wait(PATIENCE)
        said = process.stderr.read()

    assert process.returncode == code, said
    assert b"Traceback" not in said


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("command", ENDS)
def test_ctrl_c_at_any_moment_is_an_end_of_its_own(
    tmp_path: Path, environ: Mapping[str, str], command: str, server: str
) -> None:
    """Some are drawn from the time that the command takes here to begin, and a little more."""
    draw = random.Random(f"{SEED} {command} {server}")
    with bench(tmp_path, environ, command, server) as here:
        whole = here.interrupted("at once")
        began = time.monotonic()
        subprocess.run(
            [*COMMAND, command, "--help"],
            env=dict(environ),
            capture_output=True,
            check=True,
            timeout=PATIENCE,
        )
        usual = 2 * (time.monotonic() - began)
        moments = [usual * draw.random() for _ in range(MOMENTS)]
        runs = [
            whole,
            *(here.interrupted(f"after {moment:.4f} s", after=moment) for moment in moments),
        ]

    faults = [fault for run in runs for fault in run.faults(command)]
    assert not faults, "\n".join(faults)
