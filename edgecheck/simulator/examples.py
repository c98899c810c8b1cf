"""Messages that a profile's patterns describe, for a backend that has to send them."""

from __future__ import annotations

import re

from ..backend.example import example_of as text_of
from ..backend.profile import Pattern
from ..backend.texts import matches


def example_of(pattern: Pattern) -> str:
    """Return a message that a pattern describes: its text, or one for its regular expression.

    Raises:
        ValueError: none could be found.
    """
    if not pattern.regex:
        return pattern.text
    text = text_of(pattern.regex)
    # A message that a client reads as JSON is closed again, whatever the expression looks at.
    for candidate in (_closed(text), text):
        if text and matches(candidate, pattern):
            return candidate
    raise ValueError(f"no message could be made that the pattern {pattern.regex!r} finds")


def _closed(text: str) -> str:
    """Close the braces and brackets that are open at the end."""
    left = [{"{": "}", "[": "]"}[each] for each in re.findall(r"[{\[]", text)]
    return text + "".join(reversed(left[len(re.findall(r"[}\]]", text)) :]))
