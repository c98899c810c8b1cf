"""Which commands were handled, and which acks are owed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgecheck.agent.events import Status
from edgecheck.agent.journal import Begun, Journal, JournalError
from edgecheck.agent.journal_file import KEPT_SECONDS
from tests.timing import PATIENCE

# Strings that JSON can hold.
IDS = ["cmd_1", "ü", "a\nb", "\ud800", '"quoted"', "\x00", "x" * 5000]


@pytest.mark.parametrize("command_id", IDS)
def test_any_id_is_found_again(tmp_path: Path, command_id: str) -> None:
    """It is found by the journal of another process, in the same file."""
    first = Journal(tmp_path / "j.db")
    assert first.find(command_id) == (False, None)
    first.finish(command_id, Status.FAILED)
    first.close()

    second = Journal(tmp_path / "j.db")
    assert second.find(command_id) == (True, Status.FAILED)
    assert second.owed() == [(command_id, Status.FAILED)]
    second.close()


def test_an_ack_is_owed_until_it_is_confirmed() -> None:
    """It is owed again when the backend sends the command again."""
    journal = Journal()
    journal.finish("a", Status.COMPLETED)
    journal.finish("b", Status.FAILED)
    journal.finish("c", None)
    assert journal.owed() == [("a", Status.COMPLETED), ("b", Status.FAILED)]

    journal.confirm(["a", "b", "never seen"])
    assert journal.owed() == []
    journal.owe("a")
    journal.owe("c")
    assert journal.owed() == [("a", Status.COMPLETED)]
    assert journal.find("c") == (True, None)
    journal.close()


def test_the_first_outcome_stays() -> None:
    """Two acks of the same command never differ."""
    journal = Journal()
    journal.finish("a", Status.COMPLETED)
    journal.finish("a", Status.FAILED)

    assert journal.find("a") == (True, Status.COMPLETED)
    journal.close()


def test_what_was_finished_survives_a_kill(tmp_path: Path) -> None:
    """The entry is on the disk as soon as `finish` returns."""
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from edgecheck.agent.events import Status\n"
        "from edgecheck.agent.journal import Journal\n"
        "Journal(Path(sys.argv[1])).finish('a', Status.COMPLETED)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "j.db")],
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=PATIENCE,
    )

    journal = Journal(tmp_path / "j.db")
    assert journal.owed() == [("a", Status.COMPLETED)]
    journal.close()


def test_a_journal_belongs_to_one_process(tmp_path: Path) -> None:
    """Two processes would both handle a command that both receive."""
    first = Journal(tmp_path / "j.db")
    with pytest.raises(JournalError, match="another process uses it"):
        Journal(tmp_path / "j.db")

    first.close()
    Journal(tmp_path / "j.db").close()


def test_what_is_no_journal_is_not_touched(tmp_path: Path) -> None:
    """The file stays unchanged."""
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes, and they are longer than an SQLite header" * 20)
    before = path.read_bytes()

    with pytest.raises(JournalError):
        Journal(path)
    assert path.read_bytes() == before
    with pytest.raises(JournalError):
        Journal(tmp_path)
    with sqlite3.connect(tmp_path / "other.db") as database:
        database.execute("create table songs (name)")
    database.close()
    with pytest.raises(JournalError, match="another program's"):
        Journal(tmp_path / "other.db")


def test_what_is_old_is_forgotten_unless_it_is_owed(tmp_path: Path) -> None:
    """A journal does not grow for ever."""
    journal = Journal(tmp_path / "j.db")
    for command_id in ("old", "owed", "new"):
        journal.finish(command_id, Status.COMPLETED)
    journal.confirm(["old", "new"])
    journal.close()
    with sqlite3.connect(tmp_path / "j.db") as database:
        database.execute(
            "update handled set at = at - ? where command_id != 'new'", (KEPT_SECONDS + 1,)
        )
    database.close()

    journal = Journal(tmp_path / "j.db")
    assert [journal.find(command_id)[0] for command_id in ("old", "owed", "new")] == [
        False,
        True,
        True,
    ]
    journal.close()


def test_what_is_old_is_forgotten_while_it_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entries of a client that runs for a year are deleted after a month."""
    journal = Journal(tmp_path / "j.db")
    journal.finish("old", None)
    now = time.monotonic()
    later = "edgecheck.agent.journal_file.time.monotonic"
    monkeypatch.setattr(later, lambda: now + KEPT_SECONDS + 2)
    journal.finish("new", None)

    assert [journal.find(command_id)[0] for command_id in ("old", "new")] == [False, True]
    journal.close()


def test_every_method_tells_a_failure_of_the_file(tmp_path: Path) -> None:
    """The file was closed here; a full disk or a removed file fails in the same way."""
    journal = Journal(tmp_path / "journal")
    journal.close()
    for use in (
        lambda: journal.find("a"),
        lambda: journal.finish("a", None),
        lambda: journal.owe("a"),
        lambda: journal.confirm(["a"]),
        journal.owed,
    ):
        with pytest.raises(JournalError):
            use()


@pytest.mark.parametrize("jump", [-40 * 365 * 86400.0, 40 * 365 * 86400.0])
def test_no_entry_grows_old_by_a_clock_that_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    """Years to and fro, at the start and while the journal is in use."""
    path, wrong = tmp_path / "j.db", time.time() + jump
    journal = Journal(path)
    journal.finish("a", None)
    journal.close()
    with monkeypatch.context() as patch:
        patch.setattr("edgecheck.agent.journal_file.time.time", lambda: wrong)
        journal = Journal(path)
        journal.finish("b", None)
        journal.close()
    journal = Journal(path)

    assert [journal.find(command_id)[0] for command_id in "ab"] == [True, True]
    journal.close()


def test_a_journal_ages_by_a_day_a_start_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So its entries are deleted in the end, a month of days later."""
    path, now, days = tmp_path / "j.db", time.time(), 32
    for day in range(days):
        with monkeypatch.context() as patch:
            patch.setattr(
                "edgecheck.agent.journal_file.time.time", lambda day=day: now + day * 86400.0
            )
            journal = Journal(path)
        journal.finish(f"{day}", None)
        journal.close()
    journal = Journal(path)

    assert not journal.find("0")[0]
    assert journal.find("10")[0]
    journal.close()


def test_a_journal_of_the_first_version_is_read(tmp_path: Path) -> None:
    """It has no number and no digests."""
    with sqlite3.connect(tmp_path / "j.db") as database:
        database.execute(
            "create table handled (command_id text primary key, status text, owed integer not null,"
            " at real not null) without rowid"
        )
        database.execute("insert into handled values ('a', 'failed', 1, ?)", (time.time(),))
    database.close()
    journal = Journal(tmp_path / "j.db")

    assert journal.owed() == [("a", Status.FAILED)]
    assert journal.digest("a") is None
    journal.finish("b", None, "d")
    assert journal.digest("b") == "d"
    journal.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("pragma user_version = 99", "a newer edgecheck wrote it"),
        ("update handled set status = 'perhaps'", "not known: 'perhaps'"),
        ("update handled set at = 'soon'", "a type that no journal has"),
        ("alter table begun rename column token to sign", "'begun' is not that of a journal"),
    ],
)
def test_what_this_version_does_not_know_is_told_at_the_start(
    tmp_path: Path, change: str, words: str
) -> None:
    """Not in the middle of a run, after a program has run."""
    journal = Journal(tmp_path / "j.db")
    journal.finish("a", Status.COMPLETED)
    journal.close()
    with sqlite3.connect(tmp_path / "j.db") as database:
        database.execute(change)
    database.close()

    with pytest.raises(JournalError, match=words):
        Journal(tmp_path / "j.db")


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody remove a file in use")
@pytest.mark.parametrize("name", ["j.db", "j.db-wal"])
@pytest.mark.parametrize("other", [None, b""])
def test_a_file_that_is_removed_or_replaced_is_noticed(
    tmp_path: Path, name: str, other: bytes | None
) -> None:
    """Before a program starts, and when one has ended."""
    journal = Journal(tmp_path / "j.db")
    journal.finish("a", None)
    (tmp_path / name).unlink()
    if other is not None:
        (tmp_path / name).write_bytes(other)

    for use in (lambda: journal.begin("b", "{}", "t"), lambda: journal.finish("b", None)):
        with pytest.raises(JournalError, match="removed or replaced"):
            use()
    journal.close()


def test_what_began_is_known_until_it_is_finished(tmp_path: Path) -> None:
    """With its message, and with the process of its program once it is known."""
    journal = Journal(tmp_path / "j.db")
    for command_id, data in (("a", "text"), ("\ud800", b"bytes"), ("c", "")):
        journal.begin(command_id, data, f"of {command_id!a}")
    journal.started("a", 17)
    journal.stopped("c")
    journal.close()
    journal = Journal(tmp_path / "j.db")

    assert journal.begun() == [
        Begun("a", "text", "of 'a'", 17, stopped=False),
        Begun("\ud800", b"bytes", "of '\\ud800'", None, stopped=False),
        Begun("c", "", "of 'c'", None, stopped=True),
    ]
    journal.finish("a", Status.COMPLETED)
    assert [begun.command_id for begun in journal.begun()] == ["\ud800", "c"]
    journal.close()


@pytest.mark.skipif(os.name != "posix", reason="there are no such permissions")
def test_it_is_private(tmp_path: Path) -> None:
    """A new one, and one that others may read, because it holds what commands say."""
    for path in (tmp_path / "new", tmp_path / "old"):
        if path.name == "old":
            path.touch(0o644)
        journal = Journal(path)
        modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
        journal.close()

        assert set(modes.values()) == {0o600}


@pytest.mark.skipif(os.name != "posix", reason="needs a limit of the size of files")
def test_a_disk_that_fills_while_programs_run_still_takes_their_ends(tmp_path: Path) -> None:
    """Room was made in advance for some of them, and no file grows; a new journal is refused."""
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from edgecheck.agent.events import Status\n"
        "from edgecheck.agent.journal import Journal, JournalError\n"
        "folder = Path(sys.argv[1])\n"
        "journal = Journal(folder / 'j.db')\n"
        "for n in range(20): journal.begin(str(n), 'x' * 100, 't')\n"
        "sizes = [path.stat().st_size for path in folder.iterdir()]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes), max(sizes)))\n"
        "for n in range(20): journal.finish(str(n), Status.COMPLETED)\n"
        "assert max(path.stat().st_size for path in folder.iterdir()) == max(sizes)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: Journal(folder / 'new.db')\n"
        "except JournalError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=PATIENCE,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    journal = Journal(tmp_path / "j.db")
    assert len(journal.owed()) == 20
    assert journal.begun() == []
    journal.close()
