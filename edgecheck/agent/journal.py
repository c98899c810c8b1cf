"""Which commands were handled and which acks are owed, in memory or in a file.

Laws: a command is written down as handled before its ack is sent. So after a crash, no command that
the backend knows to be handled is handled again.

An ack is owed until a pong shows that the backend has read it. A backend reads messages in order,
so the pong to a ping that was sent after the ack shows that.
"""

from __future__ import annotations

import functools
import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ParamSpec, TypeVar

from .events import Status

# No backend sends a command again after a month.
KEPT_SECONDS = 30 * 24 * 3600.0
# The time between two deletions of old entries.
FORGET_SECONDS = 24 * 3600.0

_SCHEMA = """
create table if not exists handled (
    command_id text primary key,
    status text,                  -- of the ack; null if none is sent
    owed integer not null,        -- 1 until a pong shows that the backend has the ack
    at real not null              -- seconds since 1970
) without rowid;
create index if not exists owed on handled (at) where owed;
"""


class JournalError(Exception):
    """The journal's file cannot be used; the text says why."""


_P = ParamSpec("_P")
_T = TypeVar("_T")


def _reporting(method: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let a method raise `JournalError` if SQLite fails (a full disk, a file that was removed)."""

    @functools.wraps(method)
    def reported(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return method(*args, **kwargs)
        except sqlite3.Error as error:
            raise JournalError(str(error)) from None

    return reported


class Journal:
    """The commands that were handled. Every method may raise `JournalError`.

    Args:
        path: of an SQLite file, which is created if it does not exist; None keeps it in memory.

    Raises:
        JournalError: the file belongs to another program, or cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        try:
            # Do not wait for a lock: a process that uses this journal holds it until it ends.
            self._database = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=0)
        except sqlite3.Error as error:
            raise JournalError(str(error)) from None
        try:
            tables = {
                name
                for (name,) in self._database.execute(
                    "select name from sqlite_master where type = 'table'"
                )
            }
            if tables and "handled" not in tables:
                raise sqlite3.DatabaseError("it is another program's database")
            # One process alone: if two shared a journal, both would handle a command that both
            # receive.
            self._database.execute("pragma locking_mode = exclusive")
            self._database.execute("pragma journal_mode = wal")
            # Every row is on the disk before its ack is sent, even if the power fails right after.
            self._database.execute("pragma synchronous = full")
            self._database.executescript(_SCHEMA)
            self._forget(time.time())
        except sqlite3.Error as error:
            self._database.close()
            raise JournalError(
                "another process uses it" if "locked" in str(error) else str(error)
            ) from None

    def close(self) -> None:
        """Close the file, so that another process can use it."""
        self._database.close()

    @_reporting
    def find(self, command_id: str) -> tuple[bool, Status | None]:
        """Return whether a command was handled, and the status for its ack."""
        row = self._database.execute(
            "select status from handled where command_id = ?", (_key(command_id),)
        ).fetchone()
        return (False, None) if row is None else (True, None if row[0] is None else Status(row[0]))

    @_reporting
    def finish(self, command_id: str, status: Status | None) -> None:
        """Write down that a command was handled.

        Its ack is owed from now on, unless the status is None: then no ack is sent.

        Raises:
            JournalError: it cannot be written.
        """
        now = time.time()
        row = (_key(command_id), status, status is not None, now)
        self._database.execute("insert or ignore into handled values (?, ?, ?, ?)", row)
        if now - self._forgot_at > FORGET_SECONDS:
            self._forget(now)

    def _forget(self, now: float) -> None:
        self._forgot_at = now
        self._database.execute(
            "delete from handled where not owed and at < ?", (now - KEPT_SECONDS,)
        )

    @_reporting
    def owe(self, command_id: str) -> None:
        """Note that the ack is owed again, because the backend sent the command again."""
        self._database.execute(
            "update handled set owed = 1 where command_id = ? and status is not null",
            (_key(command_id),),
        )

    @_reporting
    def confirm(self, command_ids: Iterable[str]) -> None:
        """Note that the backend has received these acks."""
        keys = [(_key(command_id),) for command_id in command_ids]
        if keys:
            self._database.execute("begin")
            self._database.executemany("update handled set owed = 0 where command_id = ?", keys)
            self._database.execute("commit")

    @_reporting
    def owed(self) -> list[tuple[str, Status]]:
        """Return the acks that the backend may not have received, the oldest first."""
        rows = self._database.execute(
            "select command_id, status from handled where owed order by at"
        ).fetchall()
        return [(_name(key), Status(status)) for key, status in rows]


# An id is any JSON string, and may hold lone surrogates, which SQLite's text cannot. So it is
# stored as JSON writes it, without the quotes.
def _key(command_id: str) -> str:
    return json.dumps(command_id)[1:-1]


def _name(key: str) -> str:
    return str(json.loads(f'"{key}"'))
