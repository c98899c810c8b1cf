"""What was handled, and which acks are owed: in memory, or in a file that outlives a crash.

Laws: that a command was handled is written before its ack is sent, so that no crash makes it be
handled twice once the backend may know.
An ack is owed until a pong shows that the backend has read it: a pong answers a ping that was sent
after the ack, and a backend reads in order.
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
# From one look for what is older to the next.
FORGET_SECONDS = 24 * 3600.0

_SCHEMA = """
create table if not exists handled (
    command_id text primary key,
    status text,                  -- of the ack; null where none is sent
    owed integer not null,        -- 1 until the backend is known to have the ack
    at real not null              -- seconds since 1970
) without rowid;
create index if not exists owed on handled (at) where owed;
"""


class JournalError(Exception):
    """The journal's file cannot be used; the text says why."""


_P = ParamSpec("_P")
_T = TypeVar("_T")


def _reporting(method: Callable[_P, _T]) -> Callable[_P, _T]:
    """Make a method raise `JournalError` where SQLite fails: a full disk, a file that was taken away."""

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
        path: of an SQLite file, made where there is none; None for memory alone.

    Raises:
        JournalError: the file is another's, or cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        try:
            # No waiting: a journal that somebody else holds stays held.
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
            # One process alone: two that share a journal would both handle what comes to both.
            self._database.execute("pragma locking_mode = exclusive")
            self._database.execute("pragma journal_mode = wal")
            # Each row is on the disk before its ack is sent, also where the power fails next.
            self._database.execute("pragma synchronous = full")
            self._database.executescript(_SCHEMA)
            self._forget(time.time())
        except sqlite3.Error as error:
            self._database.close()
            raise JournalError(
                "another process uses it" if "locked" in str(error) else str(error)
            ) from None

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    @_reporting
    def find(self, command_id: str) -> tuple[bool, Status | None]:
        """Tell whether a command was handled, and how its ack goes."""
        row = self._database.execute(
            "select status from handled where command_id = ?", (_key(command_id),)
        ).fetchone()
        return (False, None) if row is None else (True, None if row[0] is None else Status(row[0]))

    @_reporting
    def finish(self, command_id: str, status: Status | None) -> None:
        """Write that a command was handled. Its ack is owed from now on; None is owed nothing.

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
        """Note that the backend asked again: it has no ack."""
        self._database.execute(
            "update handled set owed = 1 where command_id = ? and status is not null",
            (_key(command_id),),
        )

    @_reporting
    def confirm(self, command_ids: Iterable[str]) -> None:
        """Note that the backend has these acks."""
        keys = [(_key(command_id),) for command_id in command_ids]
        if keys:
            self._database.execute("begin")
            self._database.executemany("update handled set owed = 0 where command_id = ?", keys)
            self._database.execute("commit")

    @_reporting
    def owed(self) -> list[tuple[str, Status]]:
        """Return the acks that the backend may not have, the oldest first."""
        rows = self._database.execute(
            "select command_id, status from handled where owed order by at"
        ).fetchall()
        return [(_name(key), Status(status)) for key, status in rows]


# An id is any JSON string, lone surrogates included, which SQLite's text cannot hold: it is kept as
# JSON writes it, without the quotes.
def _key(command_id: str) -> str:
    return json.dumps(command_id)[1:-1]


def _name(key: str) -> str:
    return str(json.loads(f'"{key}"'))
