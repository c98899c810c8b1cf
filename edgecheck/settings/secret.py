"""The secret: a value that cannot be shown by mistake (pure).

It is wrapped when it is read. One method unwraps it, where the Authorization field or a settings
file is written. The lint looks only at its shape; both sides compare only its fingerprint.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
import string
from collections import Counter
from collections.abc import Iterable
from functools import cached_property, lru_cache
from urllib.parse import quote

# 32 characters are what `openssl rand -hex 16` prints, 128 bits. A shorter secret can be found from
# a short hash of it, by trying all.
MIN_LENGTH = 32
# Of a million random strings of 32 hexadecimal digits, all but about one have at least 9 different
# digits.
MIN_DISTINCT = 9
# The shortest piece that is masked as a part of the secret. Shorter ones occur in ordinary words.
_PIECE = 6
# The same for encoded text, which is longer for the same content.
_ENCODED_PIECE = 8
# A shorter secret is not masked at all: every text would be full of it.
_SHORTEST = 4
# Servers refuse header fields of more than about 8 KiB, so that no longer secret is in use.
_LONGEST = 16 * 1024
MASK = "<secret>"
# All characters but those that people put between groups.
_IN_GROUPS = re.compile(r"[^\s.,:;_-]")
# Only ASCII: in other scripts the lower case of a letter may have another length.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Secret:
    """A value that is masked in repr, str and format."""

    __slots__ = ("__dict__", "_text")

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(("secret", self._text))

    def __bool__(self) -> bool:
        return bool(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret must not be serialised")

    def reveal(self) -> str:
        """Return the secret itself: only to write an Authorization field or a settings file."""
        return self._text

    @property
    def is_weak(self) -> bool:
        """Whether it is so short or simple that it could be found from a short hash of it."""
        if len(self._text) < MIN_LENGTH:
            return True
        counts = Counter(self._text)
        if len(counts) < MIN_DISTINCT:
            return True
        entropy = -sum(
            n / len(self._text) * math.log2(n / len(self._text)) for n in counts.values()
        )
        # 80 bits; by this measure, what `openssl rand -hex 16` prints has about 115.
        return entropy * len(self._text) < 80

    @property
    def fingerprint(self) -> str | None:
        """``sha256:`` and the first 12 hex digits, of the UTF-8 bytes; None if empty or weak."""
        if not self._text or self.is_weak:
            return None
        return (
            f"sha256:{hashlib.sha256(self._text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
        )

    def cut_out_of(self, text: str, spared: Iterable[str] = ()) -> str:
        """Replace every piece of the secret in a text, plain or encoded, by a mask.

        Args:
            text: the text.
            spared: words of ours that stay, even if a piece of the secret is a part of one.
        """
        return cut_out(text, self._pieces, spared)

    def cut_whole_out_of(self, text: str) -> str:
        """Replace the whole secret, plain or percent-encoded, by a mask.

        This is for texts that the person wrote, in which a short piece of it is there by chance.
        Upper and lower case do not matter, because a host is shown in lower case.
        """
        bare = self._text.strip()
        if len(bare) < _PIECE:
            return text
        # Percent-encoded like a parameter, and like the rest of an address (`url.endpoint`).
        forms = {
            bare,
            quote(bare, safe="", errors="surrogatepass"),
            quote(bare, safe="/%:@!$&'()*+,;=~-._?", errors="surrogatepass"),
        }
        return re.sub(
            "|".join(map(re.escape, sorted(forms, key=len, reverse=True))),
            lambda _: MASK,
            text,
            flags=re.IGNORECASE,
        )

    @cached_property
    def _pieces(self) -> frozenset[str]:
        return pieces_of(self._text)


def _encodings(text: str) -> Iterable[str]:
    raw = text.encode("utf-8", "surrogatepass")
    yield quote(raw, safe="")
    yield json.dumps(text)[1:-1]
    yield html.escape(text)
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


def _in_base64(octets: bytes) -> Iterable[str]:
    """Yield what bytes become in Base64, at each position and in both alphabets."""
    for padding in range(3):
        # Base64 encodes three bytes together, so that the result depends on the position. The first
        # characters, which also depend on the bytes before the secret, are dropped.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\0" * padding + octets).decode("ascii").rstrip("=")
            yield encoded[(0, 2, 3)[padding] :]


def pieces_of(text: str) -> frozenset[str]:
    """Return the shortest strings that reveal a secret: its pieces, plain and encoded."""
    if len(text.strip()) < _SHORTEST:
        return frozenset()

    def windows(whole: str, size: int) -> Iterable[str]:
        size = min(size, len(whole))
        return (whole[i : i + size] for i in range(len(whole) - size + 1))

    text = text[:_LONGEST]
    bare = text.strip() or text
    found = set(windows(bare, _PIECE))
    for encoded in _encodings(bare):
        found.update(windows(encoded, _ENCODED_PIECE))
    # Percent-encoding of every character, even where it is not necessary. A piece has as many
    # characters as a plain one: a single encoded character reveals nothing.
    octets = bare.encode("utf-8", "surrogatepass")
    found.update(windows("".join(f"%{octet:02x}" for octet in octets), len("%00") * _PIECE))
    # UTF-16 that is read as UTF-8, and the same as it is shown, escaped.
    for between in ("\0", "\\x00"):
        spread = "".join(f"{character}{between}" for character in bare)
        found.update(windows(spread, (1 + len(between)) * _PIECE))
    # In JSON within JSON, the backslash itself is escaped.
    for escape in ("\\u", "\\\\u"):
        found.update(
            windows(
                "".join(f"{escape}{ord(character):04x}" for character in bare),
                (len(escape) + 4) * _PIECE,
            )
        )
    return frozenset(piece.translate(_LOWER) for piece in found)


@lru_cache(maxsize=8)
def _sizes(pieces: frozenset[str]) -> frozenset[int]:
    return frozenset(map(len, pieces))


def _hits(lower: str, pieces: frozenset[str]) -> Iterable[tuple[int, int]]:
    """Yield where a text, in lower case, holds a piece."""
    for size in _sizes(pieces):
        for start in range(len(lower) - size + 1):
            if lower[start : start + size] in pieces:
                yield start, start + size


def cut_out(text: str, pieces: frozenset[str], spared: Iterable[str] = ()) -> str:
    """Replace every stretch of a text that pieces cover by a mask, except within spared words."""
    if not pieces or not text:
        return text
    # Names of fields and hosts can come back in another case than they were sent in.
    lower = text.translate(_LOWER)
    covered = bytearray(len(text))
    for start, stop in _hits(lower, pieces):
        covered[start:stop] = b"\1" * (stop - start)
    # In groups, as people write down long numbers: `Kq7v-T2mX w9Lb:4RzN`.
    grouped = [match.start() for match in _IN_GROUPS.finditer(lower)]
    if len(grouped) < len(lower):
        for first, end in _hits("".join(lower[place] for place in grouped), pieces):
            start, stop = grouped[first], grouped[end - 1] + 1
            covered[start:stop] = b"\1" * (stop - start)
    if 1 not in covered:
        return text
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
