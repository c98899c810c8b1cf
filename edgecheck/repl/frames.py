"""How a frame is shown: on a line, laid out, as hex (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from ..settings.secret import MASK

# Characters of one line; a message goes on beyond what a person reads at a glance.
PRETTY_LIMIT = 20_000
HEX_LIMIT = 1024
HEX_COLUMNS = 16

Part = str | tuple[str, str]
# Makes the beginning of a text safe to show: the text, and how many characters to keep.
Excerpt = Callable[[str | bytes, int], str]

_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)|(?P<string>"(?:[^"\\]|\\.)*"?)|(?P<number>-?\d[\d.eE+-]*)|(?P<word>true|false|null)'
)
_STYLES = {"key": "cyan", "string": "green", "number": "magenta", "word": "magenta"}


@dataclass(frozen=True)
class Frame:
    """One frame that was sent or received.

    Args:
        number: counted over both directions.
        at: time of day.
        sent: by us.
        data: text, or the bytes of a binary message or control frame.
        kind: what it is, in a word: ``text``, ``binary``, ``ping``, ``pong``, ``close``.
    """

    number: int
    at: str
    sent: bool
    data: str | bytes
    kind: str


def one_line(data: str | bytes, excerpt: Excerpt, room: int) -> list[Part]:
    """Return a message on one line, JSON highlighted.

    Args:
        excerpt: makes it safe.
        room: columns.
    """
    size = f" ({len(data):,} {'bytes' if isinstance(data, bytes) else 'characters'})"
    if isinstance(data, bytes):
        keep = max((room - len(size)) // 3, 8)
        if MASK in excerpt(data, keep):
            # As hex the secret would be in plain sight for whoever reads hex.
            return _fitting([excerpt(data, room)], room, size)
        return [data[:keep].hex(" ") + ("…" if len(data) > keep else ""), (size, "dim")]
    if not looks_like_json(data):
        return _fitting([excerpt(data, room)], room, size)
    return _fitting(highlighted(plain_backslashes(excerpt(data, room))), room, size)


def _fitting(parts: list[Part], room: int, size: str) -> list[Part]:
    """Cut parts to the room, and say how long the whole is where it is cut."""
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
    """Tell whether a text is meant as JSON: what begins and ends as an object or array."""
    start, end = text[:1], text[-1:]
    return (start, end) in (("{", "}"), ("[", "]"))


def plain_backslashes(escaped: str) -> str:
    """Give JSON its own backslashes back, which escaping has doubled: inside JSON, an escape reads as what it is."""
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
    """Return a message as lines: JSON laid out, binary as hex, anything else line by line."""
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
        lines.append([(f"… and {len(data) - PRETTY_LIMIT:,} characters more", "dim")])
    return lines


def hex_lines(data: bytes, excerpt: Excerpt) -> list[str]:
    """Return bytes as hexdump -C shows them."""
    if MASK in (text := excerpt(data, HEX_LIMIT)):
        return [text]
    lines = []
    for start in range(0, min(len(data), HEX_LIMIT), HEX_COLUMNS):
        row = data[start : start + HEX_COLUMNS]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start:08x}  {row.hex(' '):<{3 * HEX_COLUMNS - 1}}  {letters}")
    if len(data) > HEX_LIMIT:
        lines.append(f"… and {len(data) - HEX_LIMIT:,} bytes more")
    return lines
