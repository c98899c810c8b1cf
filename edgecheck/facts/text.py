"""Text from outside, made safe to show: the one place where characters are escaped.

Control characters can move the cursor, set the title or clear the screen; bidirectional and other
invisible characters can make a line read as what it is not (Unicode TR 36). They become visible
escapes as a text enters the facts, so that nothing behind that door ever holds a live one. The
escape
is reversible: a backslash is escaped as well.
"""

from __future__ import annotations

import re
import unicodedata

# Cc control, Cf format (bidirectional, zero-width, soft hyphen, BOM), Cs surrogates, Co private
# use, Cn unassigned, Zl and Zp separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that are drawn as nothing: Hangul fillers, the Braille blank, the combining
# grapheme joiner, Khmer inherent vowels, Mongolian and Unicode variation selectors.
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")
_NAMED = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([\\nrt]))")
_PLAIN = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def is_unsafe(character: str) -> bool:
    """Tell whether one character must not reach a terminal or a page as it is."""
    if " " <= character <= "~":
        return False
    return (
        unicodedata.category(character) in _UNSAFE_CATEGORIES
        or character in _INVISIBLE
        or "\ufe00" <= character <= "\ufe0f"
        or (character.isspace() and character != " ")
    )


def _escape_character(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if not is_unsafe(character):
        return character
    number = ord(character)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def escape(text: str | bytes, limit: int | None = None) -> str:
    """Make text from outside safe to show, reversibly.

    Args:
        text: bytes are read as UTF-8, and bytes that are none are kept as surrogates and escaped.
        limit: keep at most so many characters of the input; an ellipsis shows the cut.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    cut = limit is not None and len(text) > limit
    return "".join(map(_escape_character, text[:limit])) + ("…" if cut else "")


def unescape(text: str) -> str:
    """Give back what `escape` was given (but for what a limit cut off)."""

    def plain(match: re.Match[str]) -> str:
        byte, short, long, named = match.groups()
        return _PLAIN[named] if named else chr(int(byte or short or long, 16))

    return _ESCAPE.sub(plain, text)
