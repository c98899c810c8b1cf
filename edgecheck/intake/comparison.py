"""Compare the secret with the other side's fingerprint, and find the mistake (pure)."""

from __future__ import annotations

import base64
import hashlib
import re
import string
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from ..backend.builtin import EDGE
from ..settings.secret import Secret

# A fingerprint has 12 digits; without the `cut` of the command it has all 64.
_FINGERPRINT = re.compile(r"(?:sha-?256:)?([0-9a-f]{12,64})", re.IGNORECASE)
# `Bearer "secret"` and a line end are three mistakes. To find them takes ten thousand texts and
# a quarter of a second; a fourth would take ten seconds.
_MOST_SLIPS = 3
# Characters. No secret is longer, and to try longer texts would take seconds.
_LONG = 256

# The mistakes in our secret, and in theirs.
_Slips = tuple[tuple["Slip", ...], tuple["Slip", ...]]
# Returns the texts that a mistake makes of a text, or may have made it from; none if it does not
# apply.
_Change = Callable[[str], Iterable[str]]


@dataclass(frozen=True)
class Slip:
    """One mistake that changes a secret into another one.

    Args:
        name: for scripts.
        words: what it looks like, to put after `it`.
    """

    name: str
    words: str


@dataclass(frozen=True)
class Comparison:
    """What a fingerprint says about the two secrets.

    Args:
        equal: they are the same.
        ours, theirs: the mistakes that explain the difference, on each side; both empty if none do.
    """

    equal: bool
    ours: tuple[Slip, ...] = ()
    theirs: tuple[Slip, ...] = ()

    @property
    def explained(self) -> bool:
        """Whether only mistakes make them differ: without those they are the same secret."""
        return bool(self.ours or self.theirs)


@dataclass(frozen=True)
class _Rule:
    slip: Slip
    make: _Change
    undo: _Change
    # Never combined with other mistakes, because it makes too many texts.
    alone: bool = False


def digits_of(fingerprint: str) -> str | None:
    """Return the digits of a fingerprint, with or without ``sha256:`` before it.

    None for any other text.
    """
    match = _FINGERPRINT.fullmatch(fingerprint.strip())
    return match[1].lower() if match else None


def compare(secret: Secret, digits: str, name: str = EDGE.variables.secret) -> Comparison:
    """Compare our secret with the fingerprint of the other side's secret.

    Args:
        secret: ours.
        digits: the first 12 to 64 hexadecimal digits of the SHA-256 of theirs, in lower case.
        name: of the variable with the secret.
    """
    most = _MOST_SLIPS if len(secret) <= _LONG else 1
    texts: dict[str, _Slips] = {secret.reveal(): ((), ())}
    seen = set(texts)
    for number in range(most + 1):
        for text, (ours, theirs) in texts.items():
            if _fits(text, digits):
                return Comparison(equal=not number, ours=ours, theirs=theirs)
        if number < most:
            further: dict[str, _Slips] = {}
            for text, slips in _with_one_more(texts, _rules(name), first=not number):
                if text not in seen:
                    seen.add(text)
                    further[text] = slips
            texts = further
    return Comparison(equal=False)


def _with_one_more(
    texts: dict[str, _Slips], known: tuple[_Rule, ...], *, first: bool
) -> Iterator[tuple[str, _Slips]]:
    """Yield what one more mistake makes of each text: first those that this side can repair."""
    rules = [rule for rule in known if first or not rule.alone]
    for text, (ours, theirs) in texts.items():
        if not theirs:  # ours is repaired before theirs is made from it
            for rule in rules:
                yield from ((undone, ((*ours, rule.slip), theirs)) for undone in rule.undo(text))
    for text, (ours, theirs) in texts.items():
        for rule in rules:
            yield from ((made, (ours, (*theirs, rule.slip))) for made in rule.make(text))


def _fits(text: str, digits: str) -> bool:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest().startswith(digits)


# --- the slips -----------------------------------------------------------------------------------


def _around(name: str, words: str, before: str, after: str) -> _Rule:
    def undo(text: str) -> Iterable[str]:
        if len(text) > len(before + after) and text.startswith(before) and text.endswith(after):
            yield text[len(before) : len(text) - len(after)]

    return _Rule(Slip(name, words), lambda text: (before + text + after,), undo)


def _without_bearer(text: str) -> Iterable[str]:
    if match := re.match(r"bearer\s+(?=.)", text, re.IGNORECASE | re.DOTALL):
        yield text[match.end() :]


def _half(text: str) -> Iterable[str]:
    half, odd = divmod(len(text), 2)
    if half and not odd and text[:half] == text[half:]:
        yield text[:half]


def _base64_encoded(text: str) -> Iterable[str]:
    yield base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


def _base64_decoded(text: str) -> Iterable[str]:
    with suppress(ValueError):  # not base64, or the content is not text
        yield base64.b64decode(text, validate=True).decode("utf-8")


_CHARACTERS = string.ascii_letters + string.digits + string.punctuation


@lru_cache(maxsize=4)
def _rules(name: str) -> tuple[_Rule, ...]:
    """Return the slips, the likeliest first: if several have one effect, the first is reported.

    Args:
        name: of the variable with the secret.
    """
    return (
        _Rule(Slip("empty", "is empty"), lambda text: ("",), lambda text: ()),
        _around("line-end", "has a line end (LF) after it", "", "\n"),
        _around("windows-line-end", "has a Windows line end (CR LF) after it", "", "\r\n"),
        _around("carriage-return", "has a carriage return (CR) after it", "", "\r"),
        _around("trailing-blank", "has a blank after it", "", " "),
        _around("leading-blank", "has a blank before it", " ", ""),
        _around("trailing-tab", "has a tab after it", "", "\t"),
        _around("leading-tab", "has a tab before it", "\t", ""),
        _around("double-quotes", "has double quotes around it", '"', '"'),
        _around("single-quotes", "has single quotes around it", "'", "'"),
        _around("backticks", "has backticks around it", "`", "`"),
        _around("typographic-quotes", "has typographic quotes around it", "\u201c", "\u201d"),
        _around("typographic-quotes", "has typographic quotes around it", "\u2018", "\u2019"),
        _Rule(
            Slip("bearer-prefix", "has the word `Bearer` before it"),
            lambda text: (f"Bearer {text}", f"bearer {text}"),
            _without_bearer,
        ),
        _around("variable-name", f"has `{name}=` before it", f"{name}=", ""),
        _around("zero-width-space", "has an invisible character (U+200B) after it", "", "\u200b"),
        _around("no-break-space", "has a no-break space (U+00A0) after it", "", "\u00a0"),
        _around("byte-order-mark", "has a byte-order mark before it", "\ufeff", ""),
        # Nobody here can know which side is right, so the words are about the other side's secret.
        _Rule(
            Slip("upper-case", "has only capitals"), lambda text: (text.upper(),), lambda text: ()
        ),
        _Rule(
            Slip("lower-case", "has only small letters"),
            lambda text: (text.lower(),),
            lambda text: (),
        ),
        _Rule(
            Slip("percent-encoded", "is percent-encoded, as in an address"),
            lambda text: (quote(text, safe="", errors="surrogatepass"),),
            lambda text: (unquote(text, errors="surrogateescape"),),
        ),
        _Rule(Slip("base64", "is encoded in base64"), _base64_encoded, _base64_decoded),
        _Rule(Slip("twice", "is there twice"), lambda text: (text * 2,), _half),
        _Rule(
            Slip("last-character", "lacks its last character"),
            lambda text: (text[:-1],),
            lambda text: (text + character for character in _CHARACTERS),
            alone=True,
        ),
        _Rule(
            Slip("first-character", "lacks its first character"),
            lambda text: (text[1:],),
            lambda text: (character + text for character in _CHARACTERS),
            alone=True,
        ),
    )
