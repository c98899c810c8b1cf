"""A text of the catalogue taken apart: its sentences, and what is to be copied as it is (pure).

This is the only place that knows how a remedy is written. A line that begins with ``$ `` is a
command; so is what is in backticks after a colon. An indented line is a sample of a file or an
answer. Every other line is a sentence.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from itertools import groupby

from ..frozen import dataclass
from ..late import compiled

# In our own texts, what is in backticks is code.
CODE = compiled(r"`([^`]+)`")
# Commands of several words after a colon, which end their sentence.
_LEADS_TO = compiled(
    r": (`[^`\n]* [^`\n]*`(?:, `[^`\n]* [^`\n]*`)*)(?:[.;] ?|$)(?=$|\n|[A-Z`])", re.MULTILINE
)
# A command of so many characters would be broken at the end of a line, and could not be pasted.
_LONG = 60
# All code is matched, one piece after the other: what is between two pieces is a sentence.
_PIECE = compiled(r" ?`([^`\n]+)`[.;,]? ?")


class Kind(Enum):
    """What a line of a remedy is."""

    SENTENCE = auto()
    COMMAND = auto()
    SAMPLE = auto()


@dataclass(frozen=True)
class Line:
    """One line of a remedy.

    Args:
        text: a command without its prompt; a sample with its indentation.
        kind: what it is.
    """

    text: str
    kind: Kind


@dataclass(frozen=True)
class Passage:
    """A part of a text.

    Args:
        text: a sentence or more on one line; or lines to copy, without prompts and without the
            indentation that all of them have.
        verbatim: it is to be copied as it is.
    """

    text: str
    verbatim: bool


def lines_of(remedy: str) -> list[Line]:
    """Return the lines of a remedy; each command gets a line of its own."""
    whole = _PIECE.sub(_own_line_if_long, _LEADS_TO.sub(_own_lines, remedy))
    lines = whole.rstrip("\n").split("\n")
    return [Line(line.removeprefix("$ "), _kind(line)) for line in lines]


def _own_lines(found: re.Match[str]) -> str:
    return ":\n" + "".join(f"$ {command}\n" for command in CODE.findall(found[1]))


def _own_line_if_long(found: re.Match[str]) -> str:
    return f"\n$ {found[1]}\n" if len(found[1]) >= _LONG else found[0]


def _kind(line: str) -> Kind:
    if line.startswith("$ "):
        return Kind.COMMAND
    return Kind.SAMPLE if line[:1].isspace() else Kind.SENTENCE


def passages(remedy: str) -> list[Passage]:
    """Take a remedy apart; neighbouring commands and samples become one passage."""
    found: list[Passage] = []
    for sentence, lines in groupby(lines_of(remedy), key=lambda line: line.kind is Kind.SENTENCE):
        texts = [line.text for line in lines]
        if sentence:
            found += [Passage(text, verbatim=False) for text in texts]
        else:
            found.append(Passage(textwrap.dedent("\n".join(texts)), verbatim=True))
    return found


def numbered(remedies: Iterable[str]) -> Iterator[str]:
    """Write remedies as lines of plain text; what is to be copied is indented further."""
    for number, remedy in enumerate(remedies, 1):
        margin = f"{number}. "
        for passage in passages(remedy):
            for line in passage.text.split("\n"):
                yield f"{margin}{'  ' if passage.verbatim else ''}{line}"
                margin = "   "
