"""The programs that read ``.env`` files, and what one of them makes of a name (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

# How many characters all values of a file together may expand to. Without a limit, forty lines like
# `B=${A}${A}`, `C=${B}${B}` would fill any memory.
MOST_EXPANDED = 1 << 20


class Reader(StrEnum):
    """A program that reads ``.env`` files."""

    PYTHON = "python-dotenv"
    NODE = "Node's dotenv"
    DOCKER = "docker --env-file"
    SHELL = "a shell's source"


@dataclass(frozen=True)
class Reading:
    """What one reader makes of one name.

    Args:
        value: None if it sets nothing, or if the value cannot be known without running commands.
        note: the reason for that, without any part of the value.
        stopped_at: the line at which the reader gave up on the whole file; None if it did not.
    """

    value: str | None = field(default=None, repr=False)
    note: str = ""
    stopped_at: int | None = None
