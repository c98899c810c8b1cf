"""Text from outside, made safe to show: the only place where characters are escaped (pure).

Control characters can move the cursor, set the title or clear the screen; bidirectional and other
invisible characters can make a line look like a different one (Unicode TR 36). They are replaced
by visible escapes when a text enters the facts, so that no later step ever meets one. Escaping can
be undone, because a backslash is escaped as well.
"""

from __future__ import annotations

import re
import unicodedata

from .late import compiled

# Cc control, Cf format (bidirectional, zero-width, soft hyphen, BOM), Cs surrogates, Co private
# use, Cn unassigned, Zl and Zp separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that are invisible: Hangul fillers, the Braille blank, the combining grapheme
# joiner, Khmer inherent vowels, Mongolian and Unicode variation selectors.
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")
_NAMED = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# The eight digits of \U are those of a character: a report may be forged, and hold any number.
_ESCAPE = compiled(
    r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U(00(?:0[0-9a-f]|10)[0-9a-f]{4})|([\\nrt]))"
)
# Surrogates that stand for no byte (PEP 383). Decoding never makes them, a forged report may.
_NO_BYTE = compiled("[\ud800-\udc7f\udd00-\udfff]")
_PLAIN = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def is_plain(text: str) -> bool:
    """Tell whether a text is printable ASCII: most are, and no character needs a look."""
    return text.isascii() and text.isprintable()


def is_unsafe(character: str) -> bool:
    """Tell whether a character must not reach a terminal or a page unescaped."""
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
    """Make text from outside safe to show; `unescape` gives it back.

    Args:
        text: bytes are read as UTF-8; those that are not UTF-8 become surrogates, and are escaped.
        limit: how many characters of the input to keep; an ellipsis marks the cut.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    cut = limit is not None and len(text) > limit
    text = text[:limit]
    if not is_plain(text) or "\\" in text:
        text = "".join(map(_escape_character, text))
    return text + ("…" if cut else "")


def unescape(text: str) -> str:
    """Return the text that `escape` was given, except what its limit cut off."""
    if "\\" not in text:
        return text

    def plain(match: re.Match[str]) -> str:
        byte, short, long, named = match.groups()
        return _PLAIN[named] if named else chr(int(byte or short or long, 16))

    return _ESCAPE.sub(plain, text)


def unescape_bytes(text: str) -> bytes:
    """Return the bytes that `escape` was given, except what its limit cut off."""
    return _NO_BYTE.sub("\ufffd", unescape(text)).encode("utf-8", "surrogateescape")
