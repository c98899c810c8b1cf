"""The file of a journal: that it is one, can be written, stays where it is, and does not grow.

A journal that cannot be written is noticed before a program starts. Otherwise the same programs
would run again at every start.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import suppress
from pathlib import Path

from ..files import PRIVATE

# Of the tables below. The first version had only `handled`, without the digest, and no number.
VERSION = 2
# No backend sends a command again after a month.
KEPT_SECONDS = 30 * 24 * 3600.0
# The time between two deletions of old entries.
FORGET_SECONDS = 24 * 3600.0
# What the clock may say at most has passed since the last start. A clock that was wrong then, or is
# now, would otherwise let every entry grow old at once.
LONGEST_PAUSE_SECONDS = 24 * 3600.0
# The room that the file and its log have in advance: if the disk fills while programs run, their
# ends can still be written.
RESERVE_BYTES = 512 * 1024
# The log goes back to its beginning after so many pages of 4 KiB, so that it fits the reserve.
CHECKPOINT_PAGES = 64

_SCHEMA = """
create table if not exists handled (
    command_id text primary key,
    status text,                  -- of the ack; null if none is sent
    owed integer not null,        -- 1 until a pong shows that the backend has the ack
    at real not null              -- the age of the journal then, in seconds
) without rowid;
create index if not exists owed on handled (at) where owed;
create table if not exists begun (
    command_id text primary key,
    data blob not null,           -- the message as it arrived
    token text not null,          -- in the environment of its program
    process integer,              -- of its program
    stopped integer not null      -- 1 if it was ended because we were told to stop
);
create table if not exists clock (
    age real not null,            -- of the journal when it was opened, in seconds since 1970 or so
    time real not null            -- seconds since 1970, by the clock of the system
);
create table if not exists reserve (room blob);
"""
_COLUMNS = {
    "handled": {"command_id", "status", "owed", "at", "digest"},
    "begun": {"command_id", "data", "token", "process", "stopped"},
    "clock": {"age", "time"},
}
# SQLite keeps any value in any column, whatever its type. A number may be an integer.
_STRANGE = (
    (
        "select 1 from handled where typeof(command_id) != 'text' or typeof(owed) != 'integer' "
        "or typeof(at) not in ('integer', 'real') or typeof(digest) not in ('text', 'null') limit 1"
    ),
    (
        "select 1 from begun where typeof(command_id) != 'text' or typeof(token) != 'text' "
        "or typeof(data) not in ('text', 'blob') or typeof(process) not in ('integer', 'null') "
        "or typeof(stopped) != 'integer' limit 1"
    ),
    (
        "select 1 from clock where typeof(age) not in ('integer', 'real') "
        "or typeof(time) not in ('integer', 'real') limit 1"
    ),
)


class JournalError(Exception):
    """The journal's file cannot be used; the text says why."""


class JournalFile:
    """The SQLite database of a journal, which only this process uses.

    Args:
        path: of the file, which is created if it does not exist; None keeps it in memory.

    Raises:
        JournalError: it is not a journal, or cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._forgot_at = 0.0
        try:
            if path is not None:
                with suppress(FileExistsError):
                    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE))
            # Do not wait for a lock: a process that uses this journal holds it until it ends.
            self.database = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=0)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(getattr(error, "strerror", None) or str(error)) from None
        try:
            self._open()
        except (sqlite3.Error, OSError, JournalError) as error:
            self.database.close()
            raise JournalError(
                "another process uses it" if "locked" in str(error) else str(error)
            ) from None

    def _open(self) -> None:
        tables = {
            name
            for (name,) in self.database.execute(
                "select name from sqlite_master where type = 'table'"
            )
        }
        if tables and "handled" not in tables:
            raise JournalError("it is another program's database")
        (version,) = self.database.execute("pragma user_version").fetchone()
        if version > VERSION:
            raise JournalError(
                f"a newer edgecheck wrote it (version {version}; this one knows {VERSION})"
            )
        self._make_private()  # before there is a log, which has the permissions of the file
        # One process alone: if two shared a journal, both would handle a command that both receive.
        self.database.execute("pragma locking_mode = exclusive")
        self.database.execute("pragma journal_mode = wal")
        # Every row is on the disk before its ack is sent, even if the power fails right after.
        self.database.execute("pragma synchronous = full")
        self.database.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")
        self.database.executescript(_SCHEMA)
        if "digest" not in self._columns("handled"):
            self.database.execute("alter table handled add column digest text")
        self._verify()
        self.database.execute(f"pragma user_version = {VERSION}")
        self._reserve()
        self._set_clock()
        self._identity = self._identified()
        self.forget(at_once=True)

    def _columns(self, table: str) -> set[str]:
        return {name for _, name, *_ in self.database.execute(f"pragma table_info({table})")}

    def _verify(self) -> None:
        """Raise `JournalError` for what no journal of this version holds."""
        for table, columns in _COLUMNS.items():
            if not columns <= self._columns(table):
                raise JournalError(f"its table {table!r} is not that of a journal")
        strange = self.database.execute(
            "select status from handled where status not in ('completed', 'failed') limit 1"
        ).fetchone()
        if strange is not None:
            raise JournalError(f"it holds a status that is not known: {strange[0]!r:.40}")
        if any(self.database.execute(query).fetchone() for query in _STRANGE):
            raise JournalError("it holds a value of a type that no journal has")
        (fault,) = self.database.execute("pragma quick_check(1)").fetchone()
        if fault != "ok":
            raise JournalError(f"it is damaged: {fault}")

    def _make_private(self) -> None:
        """Take the permissions of others, because the file holds what commands say."""
        if self.path is not None:
            status = self.path.stat()
            if stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) & ~PRIVATE:
                with suppress(PermissionError):  # it is another user's
                    self.path.chmod(PRIVATE)

    def _reserve(self) -> None:
        """Write, and give the room free for what follows. Raises `sqlite3.Error`."""
        if self.path is None:
            return
        self.database.execute("insert into reserve values (zeroblob(?))", (RESERVE_BYTES,))
        self.database.execute("delete from reserve")
        # Both files keep their size: the freed pages are used first, and the log from its start.
        self.database.execute("pragma wal_checkpoint(restart)").fetchone()

    def _set_clock(self) -> None:
        """Let the journal grow older by what has passed since it was last opened, at most a day."""
        now = time.time()
        row = self.database.execute("select age, time from clock").fetchone()
        if row is None:
            (last,) = self.database.execute("select max(at) from handled").fetchone()
            row = (now, now) if last is None else (last, last)
        age, then = row
        self._age = age + min(max(now - then, 0.0), LONGEST_PAUSE_SECONDS)
        self._since = time.monotonic()
        self._write_clock()

    def _write_clock(self) -> None:
        self.database.execute("begin")
        try:
            self.database.execute("delete from clock")
            self.database.execute("insert into clock values (?, ?)", (self.age(), time.time()))
            self.database.execute("commit")
        except BaseException:
            self.roll_back()
            raise

    def age(self) -> float:
        """Return the age of the journal in seconds; while it is open, no clock can change it."""
        return float(self._age + time.monotonic() - self._since)

    def forget(self, *, at_once: bool = False) -> None:
        """Delete old entries, once a day. Raises `sqlite3.Error`."""
        age = self.age()
        if not at_once and age - self._forgot_at < FORGET_SECONDS:
            return
        self._forgot_at = age
        self.database.execute(
            "delete from handled where not owed and at < ?", (age - KEPT_SECONDS,)
        )
        self._write_clock()

    def check(self) -> None:
        """Raise `JournalError` if the file is gone, so that no later start would find its rows."""
        if self.path is not None and self._identified() != self._identity:
            raise JournalError("it was removed or replaced while it was in use")

    def _identified(self) -> list[tuple[int, int] | None]:
        if self.path is None:
            return []
        found: list[tuple[int, int] | None] = []
        for name in (str(self.path), f"{self.path}-wal"):
            try:
                status = os.stat(name)  # noqa: PTH116 a path object takes longer than the call
            except OSError:
                found.append(None)
            else:
                found.append((status.st_dev, status.st_ino))
        return found

    def roll_back(self) -> None:
        """Undo a transaction that failed; SQLite may have done so already."""
        with suppress(sqlite3.Error):
            self.database.execute("rollback")
