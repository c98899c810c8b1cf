"""An example of a regular expression, and its form in words (pure).

`re` has the parser, but no public name for it. It is used here alone, and only for what its pieces
are: what is made of them is matched with the pattern afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# An example needs no more than this of a repetition without an end.
_LONGEST = 64
# What stands for one character of a class: the first of these that is in it.
_USUAL = "1aA-_"
_NOT_KNOWN = ""


def example_of(
    pattern: str, groups: Mapping[str, str] | None = None, *, shortest: bool = False
) -> str:
    """Return a short text that the whole of a pattern matches; empty if none is found.

    Args:
        pattern: a regular expression.
        groups: what the named groups are; those that are not here are made, too.
        shortest: leave out what may be missing; otherwise it is there once.
    """
    try:
        parsed = parser.parse(pattern)
        names = parsed.state.groupdict
        given = {names[name]: text for name, text in (groups or {}).items() if name in names}
        found = "".join(_Maker(given, 0 if shortest else 1).examples(parsed))
    except (_NotKnown, re.error, RecursionError):
        return _NOT_KNOWN
    return found if re.fullmatch(pattern, found) else _NOT_KNOWN


def form_of(pattern: str) -> str:
    """Return how a text of a pattern looks: ``edge_<number>`` for ``edge_[0-9]+``.

    A pattern for which there are no such words is returned itself.
    """
    try:
        return "".join(_forms(parser.parse(pattern)))
    except (_NotKnown, re.error, RecursionError):
        return pattern


class _NotKnown(Exception):
    """A piece of a pattern has no example, or no words."""


class _Maker:
    """Makes a text of a pattern's pieces.

    Args:
        given: the texts of groups, by their numbers.
        least: how often something is there that may be missing.
    """

    def __init__(self, given: Mapping[int, str], least: int) -> None:
        self._given, self._least = given, least

    def examples(self, pieces: Iterable[tuple[Any, Any]]) -> Iterator[str]:
        """Yield the text of each piece."""
        for kind, value in pieces:
            if kind is kinds.LITERAL:
                yield chr(value)
            elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT):
                least, most, inner = value
                times = min(max(least, self._least), int(most), _LONGEST)
                yield "".join(self.examples(inner)) * times
            elif kind is kinds.SUBPATTERN and value[0] in self._given:
                yield self._given[value[0]]
            elif kind is kinds.SUBPATTERN:
                yield from self.examples(value[-1])
            elif kind is kinds.ATOMIC_GROUP:
                yield from self.examples(value)
            elif kind is kinds.BRANCH:
                yield from self.examples(value[1][0])
            elif kind is not kinds.AT:  # an anchor takes no characters
                yield _character(kind, value)


def _character(kind: Any, value: Any) -> str:
    """Return a character that one piece of a pattern matches."""
    if kind is kinds.ANY:
        return "a"
    if kind is kinds.IN or kind is kinds.NOT_LITERAL:
        accepts = re.compile(_source(kind, value))
        found: str | None = next(
            filter(accepts.fullmatch, [*_USUAL, *map(chr, range(33, 127)), " "]), None
        )
        if found is not None:
            return found
    raise _NotKnown


def _source(kind: Any, value: Any) -> str:
    """Write a class of characters as a pattern again."""
    if kind is kinds.NOT_LITERAL:
        return f"[^{re.escape(chr(value))}]"
    written: list[str] = []
    for each, inner in value:
        if each is kinds.NEGATE:
            written.insert(0, "^")
        elif each is kinds.LITERAL:
            written.append(re.escape(chr(inner)))
        elif each is kinds.RANGE:
            written.append(f"{re.escape(chr(inner[0]))}-{re.escape(chr(inner[1]))}")
        else:
            written.append(_CATEGORIES[inner])
    return f"[{''.join(written)}]"


_CATEGORIES = {
    kinds.CATEGORY_DIGIT: r"\d",
    kinds.CATEGORY_NOT_DIGIT: r"\D",
    kinds.CATEGORY_SPACE: r"\s",
    kinds.CATEGORY_NOT_SPACE: r"\S",
    kinds.CATEGORY_WORD: r"\w",
    kinds.CATEGORY_NOT_WORD: r"\W",
}


def _forms(pieces: Iterable[tuple[Any, Any]]) -> Iterable[str]:
    for kind, value in pieces:
        if kind is kinds.LITERAL:
            yield chr(value)
        elif kind is kinds.MAX_REPEAT and len(value[2]) == 1:
            least, most, inner = value
            yield _counted(_word(*inner[0]), int(least), int(most))
        elif kind is kinds.SUBPATTERN:
            yield from _forms(value[-1])
        elif kind in (kinds.IN, kinds.ANY):
            yield _counted(_word(kind, value), 1, 1)
        elif kind is not kinds.AT:
            raise _NotKnown


def _word(kind: Any, value: Any) -> str:
    """Name the characters of one piece: digits, letters, or any."""
    if kind is kinds.ANY:
        return "text"
    if kind is not kinds.IN:
        raise _NotKnown
    accepts = re.compile(_source(kind, value))
    accepted = "".join(filter(accepts.fullmatch, map(chr, range(33, 127))))
    if accepted.isdecimal():
        return "digits"
    return "letters" if accepted.isalpha() else "text"


def _counted(word: str, least: int, most: int) -> str:
    if least == most and word != "text":
        return f"<{least} {word}>" if least > 1 else f"<{word.removesuffix('s')}>"
    return "<number>" if word == "digits" else f"<{word}>"
