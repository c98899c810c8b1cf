"""npm's dotenv (pure). The rules are those of dotenv 18, found by experiment; 16 has the same."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .reading import Readings

# What `\s` is in JavaScript (ECMA-262, sections 12.2 and 12.3); Python's `\s` is different.
_JS_BLANKS = (
    "\t\n\v\f\r \u00a0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_S = f"[{_JS_BLANKS}]"
_LINE_END = re.compile("[\n\r\u2028\u2029]")
_BLANKS = re.compile(f"{_S}*")
# A name, `=` or `: `, then a value in one of three kinds of quotes or up to a `#`, then a comment.
_NODE_STATEMENT = re.compile(
    rf"(?:export{_S}+)?([A-Za-z0-9_.-]+)(?:{_S}*={_S}*?|:{_S}+?)"
    rf"({_S}*'(?:\\'|[^'])*'|{_S}*\"(?:\\\"|[^\"])*\"|{_S}*`(?:\\`|[^`])*`|[^#\r\n]+)?"
    rf"{_S}*(?:#[^\n\r\u2028\u2029]*)?(?=[\n\r\u2028\u2029]|\Z)"
)
_IN_QUOTES = re.compile(r"(?s)(['\"`])(.*)\1")


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``dotenv.parse`` of npm's dotenv does.

    It expands nothing. A ``#`` outside quotes begins a comment.
    """
    return Readings.of(parsed(text))


def parsed(text: str) -> dict[str, str]:
    """Return the value of each name, in the order of the file."""
    text = re.sub(r"\r\n?", "\n", text)
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        start = _end_of(_BLANKS, text, position)
        match = _NODE_STATEMENT.match(text, start)
        if match:
            raw = (match[2] or "").strip(_JS_BLANKS)
            quoted = _IN_QUOTES.fullmatch(raw)
            value = quoted[2] if quoted else raw
            if raw[:1] == '"':
                value = value.replace("\\n", "\n").replace("\\r", "\r")
            found[match[1]] = value
        # Go on after the next line end: that of this statement, or of a line that is not one.
        line_end = _LINE_END.search(text, match.end() if match else start)
        position = line_end.end() if line_end else len(text)
    return found


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position
