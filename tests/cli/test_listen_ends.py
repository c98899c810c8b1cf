"""Programs of `listen` that do not come to their end, and what is done about them."""

from __future__ import annotations

import json
import os
import pty
import random
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import COMMAND, Run
from tests.cli.test_listen import lines, listening
from tests.ledger import Ledger, ledger
from tests.processes import is_over, started
from tests.timing import PATIENCE, until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX, and scripts of sh")

# Kills at random moments: hundreds are in benchmarks/soak.py.
KILLS = 20
SEED = 20261128
# Writes down when it begins and ends, and takes a while.
PROGRAM = """#!{python} -S
import json, os, sys, time
command = json.load(sys.stdin)["command_id"]
def note(word):
    file = os.open({notes!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, f"{{word}} {{command}} {{os.getpid()}}\\n".encode())
    os.close(file)
note("began")
until = time.monotonic() + {takes}
while time.monotonic() < until and not os.path.exists({go!r}):
    time.sleep(0.005)
note("ended")
"""


class Work:
    """A program that notes its runs; it ends after its time, or once it may.

    Args:
        folder: of its notes.
        takes: seconds.
    """

    def __init__(self, folder: Path, takes: float = 3600.0) -> None:
        self._notes, self._go, self._script = folder / "notes", folder / "go", folder / "work"
        self._notes.touch()
        self._script.write_text(
            PROGRAM.format(
                python=sys.executable, notes=str(self._notes), go=str(self._go), takes=takes
            )
        )
        self._script.chmod(0o700)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The options of `listen` for it."""
        return ("--exec", shlex.quote(str(self._script)), "--journal", "j.db", "--json")

    def noted(self, word: str) -> list[tuple[str, int]]:
        """Return id and process of each run that began, or ended."""
        found = [line.split() for line in self._notes.read_text().splitlines()]
        return [(name, int(process)) for kind, name, process in found if kind == word]

    def may_end(self) -> None:
        """Let it end."""
        self._go.touch()


def said(out: Path, event: str) -> list[dict[str, Any]]:
    """Return the events of one name in the output of `listen`."""
    whole = out.read_text().rpartition("\n")[0]  # the last line may not be whole yet
    return [line for line in lines(whole) if line["event"] == event]


def to_each(process: subprocess.Popen[bytes], work: Work, number: int, *, last: bool) -> None:
    """Send a signal to `listen` and its program, as a supervisor does; `listen` first or last."""
    (_, program) = work.noted("began")[-1]
    for pid in (program, process.pid) if last else (process.pid, program):
        os.kill(pid, number)


def began(work: Work, process: subprocess.Popen[bytes], times: int = 1) -> None:
    """Wait until the program has begun so many times."""
    until(lambda: len(work.noted("began")) >= times, process=process)


@pytest.mark.parametrize("last", [False, True], ids=["listen first", "listen last"])
@pytest.mark.parametrize("again", [True, False], ids=["sent again", "sent once"])
def test_a_program_that_is_ended_together_with_listen_runs_at_the_next_start(
    tmp_path: Path, environ: Mapping[str, str], last: bool, again: bool
) -> None:
    """As systemd does it. It has not failed, and the backend need not send the command again."""
    work = Work(tmp_path)
    with ledger(["c"], again=again) as book:
        book.env(tmp_path)
        with listening(tmp_path, environ, *work.arguments) as (process, out, err):
            began(work, process)
            to_each(process, work, signal.SIGTERM, last=last)
            assert process.wait(PATIENCE) == 0
        assert book.acks == []
        assert [each["kept"] for each in said(out, "command-left")] == [True]
        assert said(out, "summary")[-1]["failed"] == 0
        work.may_end()
        with listening(tmp_path, environ, *work.arguments) as (process, out, err):
            until(lambda: book.acks, process=process, seen=out.read_text)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0

    assert set(book.acks) == {("c", "completed")}
    assert [each["doing"] for each in said(out, "command-resumed")] == ["again"]
    assert err.read_text() == ""


@pytest.mark.parametrize("code", [143, 137, -signal.SIGTERM])
def test_a_program_that_a_signal_ended_alone_has_failed(
    tmp_path: Path, environ: Mapping[str, str], code: int
) -> None:
    """Nobody told `listen` to stop; a shell reports the signal as its own exit code."""
    end = f"exit {code}" if code > 0 else f"kill {-code} $$"
    with ledger(["c"]) as book:
        book.env(tmp_path)
        with listening(tmp_path, environ, "--exec", f"sh -c '{end}'") as (process, out, _):
            until(lambda: book.acks, process=process, seen=out.read_text)

    assert book.acks == [("c", "failed")]


@pytest.mark.parametrize("name", ["SIGHUP", "SIGQUIT", "SIGUSR1", "SIGTERM"])
def test_every_signal_that_ends_a_process_lets_the_program_finish(
    tmp_path: Path, environ: Mapping[str, str], name: str
) -> None:
    """Its ack is sent, and the connection closed."""
    work = Work(tmp_path)
    with ledger(["c"]) as book:
        book.env(tmp_path)
        with listening(tmp_path, environ, *work.arguments, "--grace", "3600") as (process, _, err):
            began(work, process)
            process.send_signal(signal.Signals[name])
            work.may_end()
            code = process.wait(PATIENCE)
        until(lambda: book.closed)

    assert (code, err.read_text()) == (0, "")
    assert book.acks == [("c", "completed")]
    assert book.closed == [1001]


def test_a_program_that_exceeds_the_grace_runs_at_the_next_start(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """It is ended, neither failed nor acked."""
    work = Work(tmp_path)
    with ledger(["c"]) as book:
        book.env(tmp_path)
        with listening(tmp_path, environ, *work.arguments, "--grace", "0") as (process, out, _):
            began(work, process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        left = said(out, "command-left")
        ended = [is_over(pid) for _, pid in work.noted("began")]
        work.may_end()
        with listening(tmp_path, environ, *work.arguments) as (process, out, _):
            until(lambda: book.acks, process=process)

    assert len(left) == 1
    assert ended == [True]
    assert set(book.acks) == {("c", "completed")}


def killed_while_it_works(
    tmp_path: Path, environ: Mapping[str, str], work: Work, *arguments: str
) -> None:
    """Run `listen` until its program has begun, and kill it; the program goes on."""
    with listening(tmp_path, environ, *work.arguments, *arguments) as (process, _, _):
        began(work, process)
        process.kill()
        process.wait(PATIENCE)


def test_what_still_runs_after_a_kill_is_waited_for(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Two runs of a command never overlap, and the second one is said."""
    work = Work(tmp_path)
    with ledger(["c"]) as book:
        book.env(tmp_path)
        killed_while_it_works(tmp_path, environ, work)
        with listening(tmp_path, environ, *work.arguments) as (process, out, _):
            until(lambda: said(out, "command-resumed"), process=process)
            assert len(work.noted("began")) == 1
            work.may_end()
            until(lambda: book.acks, process=process, seen=out.read_text)

    resumed = said(out, "command-resumed")
    assert [each["doing"] for each in resumed] == ["wait", "retry"]
    assert resumed[0]["process"] == work.noted("began")[0][1]
    kinds = [line.split()[0] for line in (tmp_path / "notes").read_text().splitlines()]
    assert kinds == ["began", "ended", "began", "ended"]
    assert set(book.acks) == {("c", "completed")}


def test_what_still_runs_after_its_limit_is_ended(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """With all that it started."""
    work = Work(tmp_path)
    with ledger(["c"]) as book:
        book.env(tmp_path)
        killed_while_it_works(tmp_path, environ, work)
        limit = ("--exec-timeout", "0.5", "--on-unknown", "fail")
        with listening(tmp_path, environ, *work.arguments, *limit) as (process, out, _):
            until(lambda: book.acks, process=process, seen=out.read_text)

    assert [each["doing"] for each in said(out, "command-resumed")] == ["wait", "fail"]
    assert all(is_over(pid) for _, pid in work.noted("began"))
    assert len(work.noted("began")) == 1
    assert set(book.acks) == {("c", "failed")}


@pytest.mark.parametrize(
    ("answer", "status"), [(b"y", "completed"), (b"n", "failed"), (b"y\xff\ny", "completed")]
)
def test_a_person_is_asked(
    tmp_path: Path, environ: Mapping[str, str], answer: bytes, status: str
) -> None:
    """On the terminal, before anything is connected; once more if the answer is not text."""
    work = Work(tmp_path)
    with ledger(["c"]) as book:
        book.env(tmp_path)
        killed_while_it_works(tmp_path, environ, work)
        work.may_end()
        leader, follower = pty.openpty()
        with started(
            [*COMMAND, "listen", *work.arguments, "--on-unknown", "ask"],
            stdin=follower,
            stdout=subprocess.DEVNULL,
            stderr=follower,
            env={**environ, "PYTHONIOENCODING": "utf-8:strict"},
            cwd=tmp_path,
        ) as process:
            shown = b""
            while b"[y/N]" not in shown:
                shown += os.read(leader, 4096)
            assert book.opened == 1
            os.write(leader, answer + b"\n")
            until(lambda: book.acks, process=process)
        os.close(leader)
        os.close(follower)

    assert b"c began before edgecheck was killed" in shown
    assert set(book.acks) == {("c", status)}


def test_no_kill_loses_a_command_or_does_one_twice_unsaid(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """SIGKILL at random moments, with a program of fifty milliseconds."""
    work, draw = Work(tmp_path, takes=0.05), random.Random(SEED)
    told: Counter[str] = Counter()
    names = [f"c{number}" for number in range(3 * KILLS)]
    with ledger(names) as book:
        book.env(tmp_path)
        for number in range(KILLS + 1):
            with listening(tmp_path, environ, *work.arguments) as (process, out, _):
                if number < KILLS:
                    had = len(work.noted("began"))
                    until(
                        lambda had=had: len(work.noted("began")) > had or not book.owed(),
                        process=process,
                    )
                    time.sleep(draw.uniform(0, 0.15))  # the moment itself
                else:
                    until(lambda: not book.owed(), process=process)
                process.kill()
                process.wait(PATIENCE)
                told.update(
                    each["command_id"]
                    for each in said(out, "command-resumed")
                    if each["doing"] == "retry"
                )

    runs = Counter(name for name, _ in work.noted("began"))
    assert set(book.acks) == {(name, "completed") for name in names}
    assert set(runs) == set(names)
    assert all(runs[name] <= 1 + told[name] for name in names), (runs, told)
    assert told  # otherwise no kill met a program, and this shows nothing
    assert not overlaps(tmp_path / "notes")


def overlaps(notes: Path) -> list[str]:
    """Return the commands of which a run began before another one had ended."""
    found, open_ = [], set()
    for word, name, _ in (line.split() for line in notes.read_text().splitlines()):
        if word == "began" and name in open_:
            found.append(name)
        open_ = open_ | {name} if word == "began" else open_ - {name}
    return found


@pytest.mark.parametrize(
    "spoiled", ["a newer version", "a folder", "read only", "no folder", "no database"]
)
def test_no_program_starts_with_a_journal_that_cannot_be_used(
    tmp_path: Path, environ: Mapping[str, str], run: Run, spoiled: str
) -> None:
    """A clear word, and exit code 1, before anything is connected."""
    journal = tmp_path / "j.db"
    match spoiled:
        case "a newer version":
            import sqlite3

            with sqlite3.connect(journal) as database:
                database.executescript("create table handled (a); pragma user_version = 9")
            database.close()
        case "a folder":
            journal.mkdir()
        case "read only":
            journal.symlink_to("/proc/self/status")
        case "no folder":
            journal = tmp_path / "none" / "j.db"
        case _:
            journal.write_text("notes of another program" * 100)
    with ledger(["c"]) as book:
        book.env(tmp_path)
        done = run("listen", "--exec", "touch ran", "--journal", str(journal), "--json")

    assert done.returncode == 1
    assert f"the journal {journal} cannot be used" in json.loads(done.stdout)["error"]
    assert book.opened == 0
    assert not (tmp_path / "ran").exists()


def test_a_journal_that_is_removed_ends_listen_before_a_program_starts(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Nobody would know at the next start that it ran."""
    work = Work(tmp_path)
    with ledger(["a", "b"]) as book:
        book.env(tmp_path)
        with listening(tmp_path, environ, *work.arguments) as (process, _, err):
            began(work, process)
            (tmp_path / "j.db").unlink()
            work.may_end()
            code = process.wait(PATIENCE)

    assert code == 1
    assert "was removed or replaced" in err.read_text()
    assert "a was handled (exit 0), and is not acked" in err.read_text()
    assert [name for name, _ in work.noted("began")] == ["a"]
    assert book.acks == []


def test_a_process_in_the_background_does_not_make_a_program_fail(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """It holds all that it inherited, and has not read a command that no pipe takes whole."""
    script = tmp_path / "daemon"
    script.write_text("#!/bin/sh\nsleep 3600 &\necho $! > pid\nexit 0\n")
    script.chmod(0o700)
    with ledger(["c"]) as book:
        book.commands["c"] = {"text": "x" * 300_000}
        book.env(tmp_path)
        with listening(tmp_path, environ, "--exec", "./daemon") as (process, out, _):
            until(lambda: book.acks, process=process, seen=out.read_text)
    pid = int((tmp_path / "pid").read_text())
    lives = not is_over(pid)
    os.kill(pid, signal.SIGKILL)

    assert book.acks == [("c", "completed")]
    assert lives


def test_an_id_that_comes_again_with_another_payload_is_not_acked_as_done(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """It is named, in this run and after a new start."""

    def change(book: Ledger) -> None:
        book.commands["c"] = {"text": "something else"}
        book.acks.clear()

    arguments = ("--journal", "j.db", "--json")
    with ledger(["c"]) as book:
        book.env(tmp_path)
        with listening(tmp_path, environ, *arguments) as (process, out, _):
            # The first pong after the ack is what confirms it.
            until(lambda: book.acks, process=process)
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        change(book)
        with listening(tmp_path, environ, *arguments) as (process, out, _):
            until(lambda: said(out, "command-changed"), process=process, seen=out.read_text)
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)

    assert [each["command_id"] for each in said(out, "command-changed")] == ["c"]
    assert book.acks == []
