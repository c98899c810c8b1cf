"""Who reads ``.env`` files, and what one makes of a line (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

# Characters that all names in a file may expand to. `B=${A}${A}`, `C=${B}${B}` and so on for forty
# lines would fill any memory.
MOST_EXPANDED = 1 << 20


class Reader(StrEnum):
    """Who reads ``.env`` files."""

    PYTHON = "python-dotenv"
    NODE = "Node's dotenv"
    DOCKER = "docker --env-file"
    SHELL = "a shell's source"


@dataclass(frozen=True)
class Reading:
    """What one loader makes of one key.

    Args:
        value: None where it sets nothing, or nothing that can be known here.
        note: why, without any part of the value.
        stopped_at: the line at which the loader gave up the whole file; None where it did not.
    """

    value: str | None = field(default=None, repr=False)
    note: str = ""
    stopped_at: int | None = None
