"""Messages that a profile's patterns describe, for a backend that has to send them.

A pattern's text is such a message itself. For a regular expression, the shortest text that it
finds is put together from what Python's own parser makes of it. That parser has no public name, so
it stands in this file alone, and every result is checked: a text that is not found is not sent.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

from ..backend.patterns import matches
from ..backend.profile import Pattern

_PARSER: Any = importlib.import_module("re._parser")
# One character of each class that the parser names.
_CLASSES = {
    "CATEGORY_DIGIT": "0",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": "a",
    "CATEGORY_WORD": "a",
    "CATEGORY_NOT_WORD": "-",
}
# What may stand in the place of any character, or of one that is none of a few.
_ANY = "abcdefghijklmnopqrstuvwxyz0123456789 {}[]-_"


def example_of(pattern: Pattern) -> str:
    """Return a message that a pattern describes.

    Raises:
        ValueError: none could be found for a regular expression.
    """
    if not pattern.regex:
        return pattern.text
    text = _shortest(_PARSER.parse(pattern.regex))
    # A message that a client reads as JSON is closed again, whatever the expression looks at.
    for candidate in (_closed(text), text):
        if matches(candidate, pattern):
            return candidate
    raise ValueError(f"no message could be made that the pattern {pattern.regex!r} finds")


def _closed(text: str) -> str:
    """Close the braces and brackets that are open at the end."""
    left = [{"{": "}", "[": "]"}[each] for each in re.findall(r"[{\[]", text)]
    return text + "".join(reversed(left[len(re.findall(r"[}\]]", text)) :]))


def _shortest(parsed: Any) -> str:
    return "".join(_piece(str(kind), value) for kind, value in parsed)


def _piece(kind: str, value: Any) -> str:
    match kind:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return next(each for each in _ANY if each != chr(value))
        case "ANY":
            return _ANY[0]
        case "IN":
            return _one_of(value)
        case "BRANCH":
            return _shortest(value[1][0])
        case "SUBPATTERN":
            return _shortest(value[3])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _shortest(value[2]) * int(value[0])
        case "ATOMIC_GROUP":
            return _shortest(value)
        case _:  # a place, such as the beginning, or a look ahead: the check below judges it
            return ""


def _one_of(choices: Any) -> str:
    kinds = [(str(kind), value) for kind, value in choices]
    if kinds[0][0] == "NEGATE":
        out = {_choice(*each) for each in kinds[1:]}
        return next((each for each in _ANY if each not in out), "")
    return _choice(*kinds[0])


def _choice(kind: str, value: Any) -> str:
    if kind == "LITERAL":
        return chr(value)
    if kind == "RANGE":
        return chr(value[0])
    return _CLASSES.get(str(value), "")
