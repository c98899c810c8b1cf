"""Which commands began and were handled, and which acks are owed, in memory or in a file.

Laws: that a command begins is written down before its program starts, and that it was handled
before its ack is sent. So after a crash, no command that the backend knows to be handled is handled
again, and if any other is, this is said.

An ack is owed until a pong shows that the backend has read it. A backend reads messages in order,
so the pong to a ping that was sent after the ack shows that.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from .events import Status
from .journal_file import JournalError, JournalFile

__all__ = ["Begun", "Journal", "JournalError"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


def _reporting(method: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let a method raise `JournalError` if SQLite fails (a full disk, a file that was removed)."""

    @functools.wraps(method)
    def reported(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return method(*args, **kwargs)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(str(error)) from None

    return reported


@dataclass(frozen=True)
class Begun:
    """A command that began, and of which no end was written down.

    Args:
        command_id: its id.
        data: the message as it arrived.
        token: in the environment of its program (`handler.TOKEN`).
        process: the id of its program's process; None if it was not written down.
        stopped: this program was told to stop, and the command's program with it.
    """

    command_id: str
    data: str | bytes
    token: str
    process: int | None
    stopped: bool


class Journal:
    """The commands that began and were handled. Every method may raise `JournalError`.

    Args:
        path: of an SQLite file, which is created if it does not exist; None keeps it in memory.

    Raises:
        JournalError: the file belongs to another program or another version, holds what no journal
            holds, or cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file = JournalFile(path)
        self._database = self._file.database

    @property
    def lasts(self) -> bool:
        """Whether it is a file, which a later start can read."""
        return self._file.path is not None

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
    def digest(self, command_id: str) -> str | None:
        """Return the digest of what a handled command said; None if it was not written down."""
        row = self._database.execute(
            "select digest from handled where command_id = ?", (_key(command_id),)
        ).fetchone()
        return None if row is None else row[0]

    @_reporting
    def begin(self, command_id: str, data: str | bytes, token: str) -> None:
        """Write down that a program is about to start for a command.

        Args:
            command_id: its id.
            data: the message as it arrived.
            token: by which its program is found again.
        """
        self._file.check()
        self._database.execute(
            "insert or replace into begun values (?, ?, ?, null, 0)",
            (_key(command_id), data, token),
        )

    @_reporting
    def started(self, command_id: str, process: int) -> None:
        """Write down the process id of the program that was started for a command."""
        self._database.execute(
            "update begun set process = ? where command_id = ?", (process, _key(command_id))
        )

    @_reporting
    def stopped(self, command_id: str) -> None:
        """Write down that the program did not end, because we were told to stop."""
        self._database.execute(
            "update begun set stopped = 1 where command_id = ?", (_key(command_id),)
        )

    @_reporting
    def begun(self) -> list[Begun]:
        """Return the commands that began, and of which no end was written down, oldest first."""
        rows = self._database.execute(
            "select command_id, data, token, process, stopped from begun order by rowid"
        ).fetchall()
        return [
            Begun(_name(key), data, token, process, bool(stopped))
            for key, data, token, process, stopped in rows
        ]

    @_reporting
    def finish(self, command_id: str, status: Status | None, digest: str | None = None) -> None:
        """Write down that a command was handled.

        Its ack is owed from now on, unless the status is None: then no ack is sent.

        Args:
            command_id: its id.
            status: of the ack.
            digest: of what the command said.
        """
        self._file.check()
        key, owed = _key(command_id), status is not None
        self._database.execute("begin")
        try:
            self._database.execute(
                "insert or ignore into handled (command_id, status, owed, at, digest)"
                " values (?, ?, ?, ?, ?)",
                (key, status, owed, self._file.age(), digest),
            )
            self._database.execute("delete from begun where command_id = ?", (key,))
            self._database.execute("commit")
        except BaseException:
            self._file.roll_back()
            raise
        self._file.forget()

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
            try:
                self._database.executemany("update handled set owed = 0 where command_id = ?", keys)
                self._database.execute("commit")
            except BaseException:
                self._file.roll_back()
                raise

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
