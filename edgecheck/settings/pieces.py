"""Pieces of a secret, plain and encoded, and texts without them (pure).

Each text from the network is searched for thousands of pieces. Nearly none holds one, so it is
first asked whether it holds any four characters that a piece cannot be without; only then are the
pieces themselves made and looked for.
"""

from __future__ import annotations

import base64
import json
import re
import string
from binascii import b2a_base64
from collections.abc import Iterable
from functools import cached_property, lru_cache
from urllib.parse import quote

from ..late import compiled

# The shortest piece that is masked as a part of the secret. Shorter ones occur in ordinary words.
PIECE = 6
# The same for encoded text, which is longer for the same content.
_ENCODED_PIECE = 8
# A shorter secret is not masked at all: every text would be full of it.
_SHORTEST = 4
# Servers refuse header fields of more than about 8 KiB, so that no longer secret is in use.
_LONGEST = 16 * 1024
# Characters that are compared at first. No piece is shorter.
_TRACE = 4
# A ping's answer, the value of a field; and how many of them are remembered.
_SHORT_TEXT, _MOST_TEXTS = 100, 50
# Between two texts that are looked through together. Not NUL, which is in a secret in UTF-16.
_GAP = "\1" * _TRACE
MASK = "<secret>"
# All characters but those that people and programs put between groups.
_APART = r"\s!-/:-@\[-`{-~\u00ad\u200b-\u200d\u2060\ufeff"
_IN_GROUPS = compiled(f"[^{_APART}]")
_BETWEEN_GROUPS = compiled(f"[{_APART}]+")
# How a byte is written by itself: in a URL, in source text (once or twice escaped), as a number, in
# HTML, in mail (RFC 2045, section 6.7).
_BYTES = (
    "%{:02x}",
    "%25{:02x}",
    "%u{:04x}",
    "\\x{:02x}",
    "\\\\x{:02x}",
    "0x{:02x}",
    "{:d}",
    "\\{:03o}",
    "&#{:d};",
    "&#x{:x};",
    "={:02x}",
    "\\u{{{:x}}}",
    "\\U{:08x}",
)
# As `html.escape` does, whose module is slow to import.
_IN_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
# Only ASCII: in other scripts the lower case of a letter may have another length.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _lower(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_LOWER)


def _windows(text: str, size: int, step: int = 1) -> Iterable[str]:
    return [text[start : start + size] for start in range(0, len(text) - size + 1, step)]


def _numbers(octets: bytes | memoryview) -> Iterable[int]:
    """Return each four bytes as a number."""
    return memoryview(octets).cast("I")


def _shortest(forms: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return each form once, in lower case, with the shortest of its pieces."""
    found: dict[str, int] = {}
    for form, size in forms:
        lower = _lower(form)
        found[lower] = min(size, len(form), found.get(lower, size))
    return found


def longest_first(texts: Iterable[str]) -> list[str]:
    """Return texts in the order in which they are masked.

    A shorter one may be a part of a longer one, and would leave the rest of it to be seen. Equal
    ones are ordered as well, because the order of a set is another one in each process.
    """
    return sorted(texts, key=lambda text: (-len(text), text))


class Pieces:
    """The shortest strings that reveal a secret.

    Args:
        forms: what reveals it as a whole, plain and encoded, in lower case; and for each form how
            many characters of it in a row are a piece.
    """

    def __init__(self, forms: dict[str, int]) -> None:
        self._forms = forms
        # Every stretch of `size` characters holds one of those that begin at each `step`-th.
        traces: list[str] = []
        for form, size in forms.items():
            traces += _windows(form, _TRACE, size - _TRACE + 1)
        # In plain text each is four bytes, and so a number: to look up numbers takes a third of the
        # time, because no string is made for each place in a text.
        self._others = frozenset(trace for trace in traces if not trace.isascii())
        plain = filter(str.isascii, traces) if self._others else traces
        self._numbers = frozenset(_numbers("".join(plain).encode()))
        # Short texts that were searched in vain: most answers say the same again and again.
        self._without: set[str] = set()

    @cached_property
    def _whole(self) -> dict[int, frozenset[str]]:
        """The pieces by their length."""
        found: dict[int, set[str]] = {}
        for form, size in self._forms.items():
            found.setdefault(size, set()).update(_windows(form, size))
        return {size: frozenset(pieces) for size, pieces in found.items()}

    def _has_trace(self, lower: str) -> bool:
        """Tell whether a text, in lower case, holds any trace; most texts are told by this."""
        if not lower.isascii():
            windows = _windows(lower, _TRACE)
            plain = "".join(filter(str.isascii, windows)).encode()
            return not (
                self._others.isdisjoint(windows) and self._numbers.isdisjoint(_numbers(plain))
            )
        size = len(lower) + -len(lower) % _TRACE
        octets = memoryview(lower.encode().ljust(size + _TRACE, b"\0"))
        disjoint = [
            self._numbers.isdisjoint(_numbers(octets[first : first + size]))
            for first in range(_TRACE)
        ]
        return not all(disjoint)

    def has_trace_in(self, text: str) -> bool:
        """Tell whether a text may hold a piece."""
        if not self._forms or len(text) < _SHORTEST or text in self._without:
            return False
        # Names of fields and hosts can come back in another case than they were sent in.
        lower = _lower(text)
        # In groups, as people write down long numbers: `Kq7v-T2mX w9Lb:4RzN`.
        joined = _BETWEEN_GROUPS.sub("", lower)
        if self._has_trace(lower if joined == lower else f"{lower}{_GAP}{joined}"):
            return True
        if len(text) <= _SHORT_TEXT:
            if len(self._without) >= _MOST_TEXTS:
                self._without.clear()
            self._without.add(text)
        return False

    def _hits(self, lower: str) -> Iterable[tuple[int, int]]:
        """Yield where a text, in lower case, holds a piece."""
        for size, pieces in self._whole.items():
            for start, window in enumerate(_windows(lower, size)):
                if window in pieces:
                    yield start, start + size

    def cut_out(self, text: str, spared: Iterable[str] = ()) -> str:
        """Replace every stretch of a text that pieces cover by a mask, except in spared words."""
        if not self.has_trace_in(text):
            return text
        lower = _lower(text)
        joined = _BETWEEN_GROUPS.sub("", lower)
        hits = list(self._hits(lower))
        if len(joined) < len(lower) and (in_groups := list(self._hits(joined))):
            places = [match.start() for match in _IN_GROUPS.finditer(lower)]
            hits += [(places[first], places[end - 1] + 1) for first, end in in_groups]
        if not hits:
            return text
        covered = bytearray(len(text))
        for start, stop in hits:
            covered[start:stop] = b"\1" * (stop - start)
        ours = [match.span() for name in spared for match in re.finditer(re.escape(name), text)]
        spans = [match.span() for match in re.finditer(rb"\x01+", bytes(covered))]
        spans = [
            (start, stop)
            for start, stop in spans
            if not any(begin <= start and stop <= end for begin, end in ours)
        ]
        result, end = [], 0
        for start, stop in spans:
            result += [text[end:start], MASK]
            end = stop
        return "".join([*result, text[end:]])


# The lint, the wire and the report ask for the pieces of the same secret, and `fleet` checks 50
# agents at once. More are not kept: a secret's traces take some 70 KiB.
@lru_cache(maxsize=64)
def pieces_of(*secrets: str) -> Pieces:
    """Return what reveals one of some secrets: their pieces, plain and encoded."""
    return Pieces(_shortest(form for secret in secrets for form in _forms(secret)))


def _forms(secret: str) -> Iterable[tuple[str, int]]:
    """Yield a secret plain and encoded, with the length of a piece of each form."""
    bare = secret.strip()[:_LONGEST]
    if len(bare) < _SHORTEST:
        return
    yield bare, PIECE
    for encoded in _encodings(bare):
        yield encoded, _ENCODED_PIECE
    # Every character by itself, even where that is not necessary. A piece has as many characters as
    # a plain one: a single encoded character reveals nothing.
    octets = bare.encode("utf-8", "surrogatepass")
    for way in _BYTES:
        written = {octet: way.format(octet) for octet in set(octets)}
        yield "".join(map(written.__getitem__, octets)), len(way.format(16)) * PIECE
    # UTF-16 and UTF-32 that are read as UTF-8, and the same as they are shown, escaped.
    for between in ("\0", "\\x00", "\0" * 3, "\\x00" * 3):
        yield "".join(f"{each}{between}" for each in bare), (1 + len(between)) * PIECE
    # In JSON within JSON, the backslash itself is escaped.
    for escape in ("\\u", "\\\\u"):
        yield "".join(f"{escape}{ord(each):04x}" for each in bare), (len(escape) + 4) * PIECE


def _encodings(text: str) -> Iterable[str]:
    raw = text.encode("utf-8", "surrogatepass")
    yield quote(raw, safe="")
    yield json.dumps(text)[1:-1]
    yield text.translate(_IN_HTML)
    yield raw.hex()
    for octets in (raw, text.encode("utf-16-le", "surrogatepass")):
        for once in _in_base64(octets):
            yield once
            yield from _in_base64(once.encode("ascii"))
    for padding in range(5):
        # Base32 encodes five bytes together.
        encoded = base64.b32encode(b"\0" * padding + raw).decode("ascii").rstrip("=")
        yield encoded[(0, 2, 4, 5, 7)[padding] :]
    yield text[::-1]


def _in_base64(octets: bytes) -> set[str]:
    """Return what bytes become in Base64, at each position and in both alphabets."""
    found = set()
    for padding in range(3):
        # Base64 encodes three bytes together, so that the result depends on the position. The first
        # characters, which also depend on the bytes before the secret, are dropped.
        encoded = b2a_base64(b"\0" * padding + octets, newline=False).decode("ascii").rstrip("=")
        encoded = encoded[(0, 2, 3)[padding] :]
        found |= {encoded, encoded.replace("+", "-").replace("/", "_")}
    return found
