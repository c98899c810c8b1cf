"""How a frame is shown: on one line, in full, as hex (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from ..settings.pieces import MASK

# In characters: more than a person reads at a prompt.
PRETTY_LIMIT = 20_000
HEX_LIMIT = 1024
HEX_COLUMNS = 16

Part = str | tuple[str, str]
# Makes the beginning of a text safe to show; it is given the text and the number of characters to
# keep.
Excerpt = Callable[[str | bytes, int], str]

_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)'
    r'|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\d[\d.eE+-]*)"
    r"|(?P<word>true|false|null)"
)
_STYLES = {"key": "cyan", "string": "green", "number": "magenta", "word": "magenta"}


@dataclass(frozen=True)
class Frame:
    """One frame that was sent or received.

    Args:
        number: counted in both directions together.
        at: time of day.
        sent: by us.
        data: text, or the bytes of a binary message or control frame.
        kind: one of ``text``, ``binary``, ``ping``, ``pong``, ``close``.
    """

    number: int
    at: str
    sent: bool
    data: str | bytes
    kind: str


def one_line(data: str | bytes, excerpt: Excerpt, room: int) -> list[Part]:
    """Return a message on one line, with JSON highlighted.

    Args:
        excerpt: makes it safe to show.
        room: columns.
    """
    size = f" ({len(data):,} {'bytes' if isinstance(data, bytes) else 'characters'})"
    if isinstance(data, bytes):
        keep = max((room - len(size)) // 3, 8)
        if MASK in excerpt(data, keep):
            # As hex, the secret could be read by anyone who can read hex.
            return _fitting([excerpt(data, room)], room, size)
        return [data[:keep].hex(" ") + ("…" if len(data) > keep else ""), (size, "dim")]
    if not looks_like_json(data):
        return _fitting([excerpt(data, room)], room, size)
    return _fitting(highlighted(plain_backslashes(excerpt(data, room))), room, size)


def _fitting(parts: list[Part], room: int, size: str) -> list[Part]:
    """Cut parts to the number of columns, and add the full size if they were cut."""
    text = "".join(part if isinstance(part, str) else part[0] for part in parts)
    if len(text) <= room and not text.endswith("…"):
        return parts
    left = max(room - len(size) - 1, 8)
    kept: list[Part] = []
    for part in parts:
        words, style = (part, "") if isinstance(part, str) else part
        kept.append((words[:left], style))
        left -= len(words[:left])
    return [*kept, "…", (size, "dim")]


def looks_like_json(text: str) -> bool:
    """Return whether a text looks like JSON: it begins and ends like an object or an array."""
    start, end = text[:1], text[-1:]
    return (start, end) in (("{", "}"), ("[", "]"))


def plain_backslashes(escaped: str) -> str:
    """Undo the doubling of backslashes, so that JSON's own escapes are shown as they are."""
    return escaped.replace("\\\\", "\\")


def highlighted(text: str) -> list[Part]:
    """Colour the tokens of a JSON text, or of its beginning."""
    parts: list[Part] = []
    position = 0
    for match in _TOKEN.finditer(text):
        parts.append(text[position : match.start()])
        kind = match.lastgroup if match.lastgroup != "colon" else "key"
        words = match["key"] or match[0]
        parts += [(words, _STYLES[kind or "string"]), match["colon"] or ""]
        position = match.end()
    parts.append(text[position:])
    return [part for part in parts if part and part[0]]


def in_full(data: str | bytes, excerpt: Excerpt) -> list[list[Part]]:
    """Return a message as lines: JSON indented, binary as hex, other text line by line."""
    if isinstance(data, bytes):
        return [[line] for line in hex_lines(data, excerpt)]
    try:
        text = json.dumps(json.loads(data), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        lines: list[list[Part]] = [
            [excerpt(line, PRETTY_LIMIT)] for line in data[:PRETTY_LIMIT].split("\n")
        ]
    else:
        lines = [
            highlighted(plain_backslashes(excerpt(line, PRETTY_LIMIT)))
            for line in text[:PRETTY_LIMIT].split("\n")
        ]
        data = text
    if len(data) > PRETTY_LIMIT:
        lines.append([(f"… and {len(data) - PRETTY_LIMIT:,} more characters", "dim")])
    return lines


def hex_lines(data: bytes, excerpt: Excerpt) -> list[str]:
    """Return bytes in the format of hexdump -C."""
    if MASK in (text := excerpt(data, HEX_LIMIT)):
        return [text]
    lines = []
    for start in range(0, min(len(data), HEX_LIMIT), HEX_COLUMNS):
        row = data[start : start + HEX_COLUMNS]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start:08x}  {row.hex(' '):<{3 * HEX_COLUMNS - 1}}  {letters}")
    if len(data) > HEX_LIMIT:
        lines.append(f"… and {len(data) - HEX_LIMIT:,} more bytes")
    return lines
