"""What programs and people say in words of their own, for which nobody has one phrase (pure).

"Replaced by a newer connection", "the heartbeat was not acknowledged", "closed after 60 seconds of
inactivity": each program words it anew, but from the same few words, in the same order. They stand
in `sayings.txt`, and each has four parts::

    [tls-not-tls] 58
    near:http
    beside:tls|ssl
    (?:got|received|speaks) http (?:instead of|not) (?:tls|ssl)

that is the codes of the problems, the likeliest first, and how much it says (`Strength`); words
without one of which a text does not hold it; the same once more, which may be left out; and the
ways to say it, a regular expression each, in lower case, from the beginning of a word on. ``{one}``
and the like stand for words that several of them share. A line that begins with two blanks belongs
to the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .excerpt import Excerpt
from .sign import Sign

FILE = Path(__file__).parent / "sayings.txt"
_SHARED = {
    "{one}": "(?:connection|session|client|login|log-?in|instance|agent|device|socket|process)",
    "{other}": "(?:newer|new|another|other|different|second|duplicate|later)",
    "{life}": "(?:heart ?beats?|pings?|pongs?|keep-?alives?)",
}


class Saying(NamedTuple):
    """Something that is said in many ways.

    Args:
        codes: of the problems that it means.
        score: how much it says.
        near: without one of these in a text it is not said.
        beside: without one of these neither; empty where nothing else is needed.
        ways: to say it.
    """

    codes: tuple[str, ...]
    score: float
    near: tuple[str, ...]
    beside: tuple[str, ...]
    ways: tuple[str, ...]

    def pattern(self) -> str:
        """Return what finds it."""
        pattern = f"(?<![a-z])(?:{'|'.join(self.ways)})"
        for name, words in _SHARED.items():
            pattern = pattern.replace(name, words)
        return pattern


@cache
def sayings() -> tuple[Saying, ...]:
    """Return all of them, in the order of the file."""
    text = FILE.read_text(encoding="utf-8").replace("\n  ", "")
    return tuple(map(_parsed, text.rstrip("\n").split("\n\n")[1:]))


def _parsed(part: str) -> Saying:
    """Read one of them."""
    heading, near, *ways = part.split("\n")
    codes, _, score = heading.removeprefix("[").partition("] ")
    beside = ways.pop(0) if ways[0].startswith("beside:") else "beside:"
    return Saying(tuple(codes.split()), float(score), _words(near), _words(beside), tuple(ways))


def _words(line: str) -> tuple[str, ...]:
    return tuple(filter(None, line.partition(":")[2].split("|")))


def sayings_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign for each thing that a text says in words of its own."""
    text = excerpt.lower
    for saying in sayings():
        if not any(word in text for word in saying.near):
            continue
        if saying.beside and not any(word in text for word in saying.beside):
            continue
        if (match := re.search(saying.pattern(), text)) is not None:
            start, end = match.span()
            words = excerpt.shown[start:end]
            yield Sign("structure", words, saying.codes, saying.score, start, end, "its words")
