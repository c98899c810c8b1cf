"""How a run can end: its exit code, and the errors that a command raises instead."""

from __future__ import annotations

import errno

from ..signals import INTERRUPTED

__all__ = [
    "INTERRUPTED",
    "OK",
    "PROBLEM",
    "READER_GONE",
    "UNWRITABLE",
    "USAGE",
    "CannotGoOn",
    "NotParsed",
    "UsageError",
]

OK, PROBLEM, USAGE = 0, 1, 2
# What a shell reports for a program that SIGPIPE ended, because nobody reads its output any more.
READER_GONE = 141
# What writing to standard output fails with: nobody reads it, there is no room, a file may not grow
# further, or it was opened for reading.
UNWRITABLE = frozenset(
    getattr(errno, name)
    for name in ("EPIPE", "ENOSPC", "EIO", "EBADF", "EFBIG", "EDQUOT")
    if hasattr(errno, name)
)


class UsageError(Exception):
    """The command line cannot be obeyed; the text says why, and what to write instead.

    Exit code 2.
    """


class CannotGoOn(Exception):
    """Something outside of edgecheck stops a command; the text says what.

    Exit code 1.
    """


class NotParsed(Exception):
    """Typer could not read the command line.

    Args:
        message: what is wrong, in one sentence.
        screen: the same for a person, with the command's usage.
        code: exit code.
    """

    def __init__(self, message: str, screen: str, code: int) -> None:
        super().__init__(message)
        self.screen, self.code = screen, code
