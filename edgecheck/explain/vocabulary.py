r"""What libraries and servers print when something goes wrong: one data file each (pure).

The files stand in `phrases/`. Their first lines are headers: ``name:`` is the library, ``from:``
says how its phrases were found, with the releases; ``kind: words`` marks words that stand in
ordinary lines as well, so that they count only where no line says that all is well. Then come
groups: the codes of the problems that
phrases mean, in the order of their likelihood, and the phrases, one a line::

    [upgrade-timeout upgrade-closed]
    WebSocket was closed before the connection was established

    [! secret-expired auth-secret-rejected]
    jwt expired

    [* upgrade-unexpected-status]
    Unexpected server response: {status}

A phrase does not begin with a bracket: what stands behind the bracket finds it as well.
``?`` marks a phrase that says little, ``~`` one
that says how something failed but not for whom, ``!`` one that outweighs the others, ``*`` one
whose number decides before the codes. In a phrase ``…`` stands
for a few other words, and ``{status}``, ``{close}``, ``{host}``, ``{port}`` and ``{reason}`` for
what they name. Letters of either case are the same. These files belong to the program as its
modules do: they never change while it runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from ..frozen import dataclass
from .excerpt import lowered
from .sign import Strength

FOLDER = Path(__file__).parent / "phrases"
_STRENGTHS = {
    "?": Strength.GENERAL,
    "~": Strength.SYMPTOM,
    "*": Strength.ANSWER,
    "!": Strength.DECISIVE,
}
_HOLES = {
    "…": r".{0,160}?",
    "{status}": r"(?<!\d)(?P<status>[1-5]\d\d)(?!\d)",
    # IANA's registry of close codes, and those for libraries and applications (RFC 6455, 7.4.2).
    "{close}": r"(?<!\d)(?P<close>10[01]\d|[34]\d{3})(?!\d)",
    "{host}": r"(?P<host>[\w.-]*[\w-])",
    "{port}": r"(?P<port>\d{1,5})",
    "{reason}": r"(?P<reason>.{0,123})",
}
_HOLE = re.compile("|".join(map(re.escape, _HOLES)))
# How many characters of a phrase add to its strength, and how much: a longer one says more.
_LONG, _PER_CHARACTER = 40, 0.25
# Of two phrases that begin alike the longer one says more, however long both are.
_BEYOND = 0.001


@dataclass(frozen=True)
class Phrase:
    """One phrase.

    Args:
        library: that prints it.
        codes: of the problems that it means.
        mark: of its line; empty for an ordinary one.
        template: in lower case, with its holes.
        kind: ``phrase``, or ``words`` for one that ordinary lines may hold.
    """

    library: str
    codes: tuple[str, ...]
    mark: str
    template: str
    kind: str = "phrase"

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """What is between the holes."""
        return tuple(piece for piece in _HOLE.split(self.template) if piece)

    @cached_property
    def score(self) -> float:
        """How much it says."""
        length = sum(map(len, self.pieces))
        counted = min(length, _LONG) * _PER_CHARACTER + length * _BEYOND
        return _STRENGTHS.get(self.mark, Strength.CAUSE) + counted

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What finds it in a text in lower case, as whole words."""
        parts, end = [], 0
        for hole in _HOLE.finditer(self.template):
            parts += [re.escape(self.template[end : hole.start()]), _HOLES[hole[0]]]
            end = hole.end()
        parts.append(re.escape(self.template[end:]))
        before = r"(?<![a-z0-9_])" if self.template[0].isalnum() else ""
        after = r"(?![a-z0-9_])" if self.template[-1].isalnum() else ""
        return re.compile(before + "".join(parts) + after)


class Group(NamedTuple):
    """Phrases that mean the same.

    Args:
        library: that prints them.
        heading: the mark and the codes of the problems.
        lines: a phrase each.
        kind: of the phrases.
    """

    library: str
    heading: str
    lines: tuple[str, ...]
    kind: str


class Library(NamedTuple):
    """The phrases of a library, a program or a service.

    Args:
        name: of it.
        origin: how its phrases were found, with the releases.
        groups: in the order of the file.
    """

    name: str
    origin: str
    groups: tuple[Group, ...]


def parsed(text: str) -> Library:
    """Read the text of a data file.

    Raises:
        ValueError: a line before the first group is not a header.
    """
    head, *parts = text.split("\n[")
    headers: dict[str, str] = {}
    for line in head.splitlines():
        name, colon, value = line.partition(": ")
        if not colon:
            raise ValueError(f"neither a header nor a group: {line}")
        headers[name] = f"{headers[name]} {value}" if name in headers else value
    groups = []
    for part in parts:
        heading, _, lines = part.partition("]\n")
        phrases = tuple(filter(None, lines.split("\n")))
        kind = headers.get("kind", "phrase")
        groups.append(Group(headers["name"], heading, phrases, kind))
    return Library(headers["name"], headers["from"], tuple(groups))


def phrase_of(line: str, group: Group) -> Phrase:
    """Read the line of a phrase."""
    mark, *rest = group.heading.split()
    is_marked = mark in _STRENGTHS
    codes = rest if is_marked else [mark, *rest]
    return Phrase(group.library, tuple(codes), mark if is_marked else "", lowered(line), group.kind)


@cache
def libraries() -> tuple[Library, ...]:
    """Return all libraries, by the names of their files."""
    found = []
    for name in sorted(os.listdir(FOLDER)):  # noqa: PTH208 much quicker than a Path for each
        with open(f"{FOLDER}/{name}", encoding="utf-8") as file:  # noqa: PTH123 the same
            found.append(parsed(file.read()))
    return tuple(found)


@cache
def needles() -> tuple[tuple[str, str, Group], ...]:
    """Return for each phrase the piece without which it is not there, its line and its group.

    A line is read as a phrase only where its needle is found: most never are.
    """
    found = []
    for library in libraries():
        for group in library.groups:
            for line in group.lines:
                # A call for each of thousands of lines would take as long as all the rest here.
                is_ascii = line.isascii()
                needle = line.lower() if is_ascii else lowered(line)
                if "{" in needle or not is_ascii:
                    needle = max(_HOLE.split(needle), key=len)
                found.append((needle, line, group))
    return tuple(found)


def phrases_in(lower: str) -> Iterator[tuple[Phrase, re.Match[str]]]:
    """Yield the phrases that stand in a text in lower case, and where."""
    for needle, line, group in needles():
        if needle in lower:
            phrase = phrase_of(line, group)
            if (match := phrase.pattern.search(lower)) is not None:
                yield phrase, match
