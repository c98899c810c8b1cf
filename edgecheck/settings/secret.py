"""The secret: a value that does not show itself (pure).

It is wrapped as it is read, and unwrapped in one function, called where the Authorization header is
written. What the lint may know of it is its shape; what both sides may compare is its fingerprint.
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

# 32 characters: what `openssl rand -hex 16` gives, 128 bits. Below it a short hash of the secret
# can be searched.
MIN_LENGTH = 32
# A random hexadecimal string of 32 characters has at least 9 different ones in all but one of a
# million cases, and no run of words reaches its entropy per character by chance alone.
MIN_DISTINCT = 9
# The shortest piece that counts as part of the secret. Shorter ones occur in ordinary words.
_PIECE = 6
# Encoded text is longer for the same content.
_ENCODED_PIECE = 8
# Below this every text would be full of it.
_SHORTEST = 4
# Servers refuse header fields of more than 8 KiB or so: a longer secret is never sent whole.
_LONGEST = 16 * 1024
MASK = "<secret>"
# ASCII alone: in other scripts the lower case may have another length.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Secret:
    """A value whose repr, str and format are masked."""

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
        raise TypeError("a Secret is not serialised")

    def reveal(self) -> str:
        """Return the secret itself.

        Called where the Authorization header or a settings file is written, nowhere else.
        """
        return self._text

    @property
    def is_weak(self) -> bool:
        """Whether it is short or of low variety: then even a short hash of it could be searched."""
        if len(self._text) < MIN_LENGTH:
            return True
        counts = Counter(self._text)
        if len(counts) < MIN_DISTINCT:
            return True
        entropy = -sum(
            n / len(self._text) * math.log2(n / len(self._text)) for n in counts.values()
        )
        return (
            entropy * len(self._text) < 80
        )  # bits; `openssl rand -hex 16` has about 115 by this measure

    @property
    def fingerprint(self) -> str | None:
        """``sha256:`` and 12 hexadecimal digits over the UTF-8 bytes; None for an empty or weak secret."""
        if not self._text or self.is_weak:
            return None
        return (
            f"sha256:{hashlib.sha256(self._text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
        )

    def cut_out_of(self, text: str, spared: Iterable[str] = ()) -> str:
        """Replace every piece of the secret in a text, plain or encoded, by a mask.

        Args:
            spared: names of ours that stay, even where a piece of the secret reads like a part of
                one.
        """
        return cut_out(text, self._pieces, spared)

    def cut_whole_out_of(self, text: str) -> str:
        """Replace the whole secret, plain or percent-encoded, by a mask: for texts of the person's own, where a short run is chance.

        Whatever its case: a host is shown in lower case.
        """
        bare = self._text.strip()
        if len(bare) < _PIECE:
            return text
        # Encoded as a parameter is, and as the rest of an address is (`url.endpoint`).
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
    for padding in range(3):
        # Base64 in each of its three alignments; characters that also depend on what stands before
        # or after are dropped.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(b"\0" * padding + raw).decode("ascii").rstrip("=")
            yield encoded[(0, 2, 3)[padding] :]
    yield text[::-1]


def pieces_of(text: str) -> frozenset[str]:
    """Return the shortest strings that give a secret away: its own pieces and those of its usual encodings."""
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
    # Every character encoded, needed or not. A piece has as many of them as of plain ones: one
    # alone is no part of a secret.
    octets = bare.encode("utf-8", "surrogatepass")
    found.update(windows("".join(f"%{octet:02x}" for octet in octets), len("%00") * _PIECE))
    # JSON within JSON has two backslashes.
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


def cut_out(text: str, pieces: frozenset[str], spared: Iterable[str] = ()) -> str:
    """Replace every stretch of a text that is covered by pieces with a mask; not one that lies within a spared name."""
    if not pieces or not text:
        return text
    # Names of fields and hosts arrive in another case than they were sent in.
    lower = text.translate(_LOWER)
    sizes = _sizes(pieces)
    covered = bytearray(len(text))
    hit = False
    for size in sizes:
        for i in range(len(text) - size + 1):
            if lower[i : i + size] in pieces:
                covered[i : i + size] = b"\1" * size
                hit = True
    if not hit:
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
