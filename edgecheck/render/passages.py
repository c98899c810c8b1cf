"""A text of the catalogue taken apart: sentences, and what is to be pasted or copied as it stands (pure)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

# What stands in backticks is code, in texts of our own.
CODE = re.compile(r"`([^`]+)`")
# A command that a colon leads up to, and the mark that ends its sentence.
_LEADS_TO = re.compile(r": `([^`\n]* [^`\n]*)`[.;,]? ?")


@dataclass(frozen=True)
class Passage:
    """A part of a text.

    Args:
        text: one paragraph on one line; or lines, without a prompt and without the indentation that
            they share.
        verbatim: to be pasted or copied as it stands.
    """

    text: str
    verbatim: bool


def lines_of(remedy: str) -> list[str]:
    """Return the lines of a remedy, each command on one of its own, behind ``$ ``."""
    return _LEADS_TO.sub(r":\n$ \1\n", remedy).rstrip("\n").split("\n")


def passages(remedy: str) -> list[Passage]:
    """Take a remedy apart."""
    found: list[Passage] = []
    for verbatim, lines in groupby(lines_of(remedy), key=_is_verbatim):
        if verbatim:
            found.append(
                Passage(
                    textwrap.dedent("\n".join(line.removeprefix("$ ") for line in lines)),
                    verbatim=True,
                )
            )
        else:
            found += [Passage(line, verbatim=False) for line in lines]
    return found


def numbered(remedies: Iterable[str]) -> Iterator[str]:
    """Write remedies as lines of plain text; what is to be pasted stands further in."""
    for number, remedy in enumerate(remedies, 1):
        margin = f"{number}. "
        for passage in passages(remedy):
            for line in passage.text.split("\n"):
                yield f"{margin}{'  ' if passage.verbatim else ''}{line}"
                margin = "   "


def _is_verbatim(line: str) -> bool:
    return line.startswith("$ ") or line[:1].isspace()
