"""The programs that read ``.env`` files, and what one of them makes of a file (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from ...frozen import dataclass, field

# How many characters all values of a file together may expand to. Without a limit, forty lines like
# `B=${A}${A}`, `C=${B}${B}` would fill any memory.
MOST_EXPANDED = 1 << 20


class Reader(StrEnum):
    """A program that reads ``.env`` files."""

    PYTHON_DOTENV = "python-dotenv"
    NODE_DOTENV = "node-dotenv"
    DOTENV_EXPAND = "dotenv-expand"
    NODE_ENV_FILE = "node-env-file"
    NODE20_ENV_FILE = "node20-env-file"
    BUN = "bun"
    DENO = "deno"
    DOCKER = "docker"
    PODMAN = "podman"
    KUBECTL = "kubectl"
    COMPOSE = "compose"
    SYSTEMD = "systemd"
    SOURCE = "source"
    DASH = "dash"
    ZSH = "zsh"
    EXPORT_XARGS = "export-xargs"
    DIRENV = "direnv"
    RUBY_DOTENV = "ruby-dotenv"
    GODOTENV = "godotenv"
    PHPDOTENV = "phpdotenv"
    UV = "uv"


class Winner(StrEnum):
    """Whose value counts if the process environment has a variable of the same name."""

    PROCESS = "process"
    FILE = "file"


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


@dataclass(frozen=True)
class UsedReader:
    """A reader that reads the file here.

    Args:
        reader: which one.
        where: it was found, as a person would write it (``agent.service:7``), or the option that
            named it.
        named: an option named it, so that it was not found.
    """

    reader: Reader
    where: str
    named: bool = False


EXPORTED = "takes `export` for a part of the name"
_UNSEEN = Reading(None, "it does not see the line")


@dataclass(frozen=True)
class Readings(Mapping[str, Reading]):
    """What one reader makes of a whole file: the names that it sets, and what it sets them to.

    Args:
        by_name: a reading without a value stands for a line that was seen and not understood.
        stopped_at: the line, 1-based, at which the reader gave up; None if it read to the end.
        why: it gave up, for the middle of a sentence, without any part of a value.
    """

    by_name: Mapping[str, Reading] = field(repr=False)
    stopped_at: int | None = None
    why: str = ""

    @classmethod
    def of(
        cls, values: Mapping[str, str], stopped_at: int | None = None, why: str = ""
    ) -> Readings:
        """Return the readings of names whose values are all known."""
        return cls({name: Reading(value) for name, value in values.items()}, stopped_at, why)

    @classmethod
    def refused(cls, line: int, why: str) -> Readings:
        """Return those of a reader that refuses the whole file because of one line."""
        return cls({}, line, f"refuses the whole file: line {line} has {why}")

    def __getitem__(self, name: str) -> Reading:
        """Return what the reader makes of a name that it sees."""
        return self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names that the reader sees."""
        return iter(self.by_name)

    def __len__(self) -> int:
        """Return how many names the reader sees."""
        return len(self.by_name)

    def reading(self, name: str) -> Reading:
        """Return what the reader makes of any name."""
        found = self.by_name.get(name)
        if found is not None:
            return found
        return _UNSEEN if self.stopped_at is None else Reading(None, self.why, self.stopped_at)

    def value(self, name: str) -> str | None:
        """Return what the reader sets a name to; None if that is nothing, or not known."""
        return self.reading(name).value


class StoppedError(Exception):
    """A reader gives up on a file.

    Args:
        line: 1-based.
        why: for the middle of a sentence, without any part of a value.
    """

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line, self.why = line, why


def line_of(text: str, position: int) -> int:
    """Return the line, 1-based, that a position in a text is on."""
    return text.count("\n", 0, position) + 1
