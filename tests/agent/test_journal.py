"""Which commands were handled, and which acks are owed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgecheck.agent.journal import KEPT_SECONDS, Journal, JournalError, Status

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
        "from edgecheck.agent.journal import Journal, Status\n"
        "Journal(Path(sys.argv[1])).finish('a', Status.COMPLETED)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "j.db")],
        check=False,
        cwd=Path(__file__).parents[2],
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
    now = time.time()
    monkeypatch.setattr("edgecheck.agent.journal.time.time", lambda: now + KEPT_SECONDS + 2)
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
