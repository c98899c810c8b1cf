"""The secret: a value that cannot be shown by mistake (pure).

It is wrapped when it is read. One method unwraps it, where the Authorization field or a settings
file is written. The lint looks only at its shape; both sides compare only its fingerprint.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

from .pieces import MASK, PIECE, pieces_of

# 32 characters are what `openssl rand -hex 16` prints, 128 bits. A shorter secret can be found from
# a short hash of it, by trying all.
MIN_LENGTH = 32
# Of a million random strings of 32 hexadecimal digits, all but about one have at least 9 different
# digits.
MIN_DISTINCT = 9


# What messages quote of a longer word is its beginning, and so much of that is there by no chance.
_CUT_SHORT, _BEGINNING = 40, 24


# The lint, the target and the report ask about the same secret.
@lru_cache(maxsize=16)
def _is_weak(text: str) -> bool:
    if len(text) < MIN_LENGTH:
        return True
    counts = Counter(text)
    if len(counts) < MIN_DISTINCT:
        return True
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    # 80 bits; by this measure, what `openssl rand -hex 16` prints has about 115.
    return entropy * len(text) < 80


class Secret:
    """A value that is masked in repr, str and format."""

    __slots__ = ("_text",)

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
        return _is_weak(self._text)

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
        return pieces_of(self._text).cut_out(text, spared)

    def has_trace_in(self, text: str) -> bool:
        """Tell whether a text may hold a piece of the secret; if not, nothing is cut out of it."""
        return pieces_of(self._text).has_trace_in(text)

    def cut_whole_out_of(self, text: str) -> str:
        """Replace the whole secret, plain or as it is written in an address or quoted, by a mask.

        This is for texts that the person wrote, in which a short piece of it is there by chance.
        Upper and lower case do not matter, because a host is shown in lower case.
        """
        bare = self._text.strip()
        if len(bare) < PIECE:
            return text
        # Such a secret is the same encoded, and every pattern below begins like this.
        simple = bare.isalnum() and bare.isascii() and text.isascii()
        if simple and bare[:_BEGINNING].lower() not in text.lower():
            return text
        # Percent-encoded like a parameter, and like the rest of an address (`url.endpoint`); as
        # JSON has it; and as Python quotes it.
        forms = {
            bare,
            json.dumps(bare)[1:-1],
            json.dumps(bare, ensure_ascii=False)[1:-1],
            repr(bare)[1:-1],
            json.dumps(repr(bare)[1:-1])[1:-1],
            quote(bare, safe="", errors="surrogatepass"),
            quote(bare, safe="/%:@!$&'()*+,;=~-._?", errors="surrogatepass"),
        }
        patterns = [re.escape(form) for form in sorted(forms, key=len, reverse=True)]
        if len(bare) > _CUT_SHORT:
            # A long word is quoted by its beginning.
            patterns.append(rf"{re.escape(bare[:_BEGINNING])}[\w.~+/=%-]*")
        return re.sub(
            "|".join(patterns),
            lambda _: MASK,
            text,
            flags=re.IGNORECASE,
        )
