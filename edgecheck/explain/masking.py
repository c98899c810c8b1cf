"""Credentials in a text that somebody pastes: replaced, and counted (pure).

Which secret it is, nobody knows here, so what looks like one is taken for one: what stands behind
the name of a credential, a token of a known form, the password in an address. It is better to hide
an id that is none than to show a secret that is one. What a credential looks like, and how its name
does, is known by `settings.credentials` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..settings.credentials import (
    LETTERS,
    MARKED,
    alternates,
    credentials_in,
    is_credential_name,
    is_hexadecimal,
    is_random,
    is_unspeakable,
)
from ..settings.pieces import MASK

_SCHEMES = r"(?i:bearer|basic|digest|negotiate|ntlm)"
# Each is searched by itself: in one expression, a match that is refused would hide what stands
# behind it. After the name of a scheme (RFC 9110, section 11.1):
_AFTER_SCHEME = re.compile(rf"\b{_SCHEMES}(?:\s+|%20)(?P<value>[A-Za-z0-9._~+/=%-]{{6,}})")
_IN_ADDRESS = re.compile(r"://[^\s/:@'\"]*:(?P<value>[^\s/@'\"]+)(?=@)")
# What issuers mark, and the prefixes that many chose for keys of their own.
_BY_MARK = re.compile(rf"{MARKED}|\b[prs]k[-_][A-Za-z0-9_-]{{16,}}")
_WORD = re.compile(r"[\w+/-]{20,}={0,2}")
_NAMED = re.compile(
    rf"(?<![\w.-])(?P<name>[\w.-]+)(?P<sign>[\"']?\s*(?:=>|=|:)\s*)(?!{_SCHEMES}(?:\s|%20))"
)
_BEHIND_A_NAME = re.compile(
    r"(?P<quote>[\"'])(?P<quoted>[^\"']{4,})(?=(?P=quote))|[\"']?(?P<value>[^\s\"'&,;)}\]]{4,})"
)
# What stands alone on the line after a credential, where terminals and editors break long words.
_SECOND_HALF = re.compile(
    rf"{re.escape(MASK)}[ \t]*\r?\n[ \t]*(?P<value>[\w+/=-]{{8,}})[\"']?[ \t]*(?=\r?\n|\Z)"
)
# A protocol's own ids are shorter than that, and so are the names of classes and folders.
_LONG = 40
# Words that follow the name of a credential without being one.
_NO_SECRETS = frozenset(
    (
        "authentication",
        "authorization",
        "basic",
        "bearer",
        "credentials",
        "digest",
        "expired",
        "header",
        "invalid",
        "malformed",
        "missing",
        "negotiate",
        "none",
        "null",
        "rejected",
        "required",
        "token",
        "undefined",
        "verification",
    )
)
# In a log these are also words of their own (`key: value`, `auth: failed`), and name a credential
# only where it is assigned, or has a digit.
_WORDS = frozenset(("auth", "authorization", "key", "pass", "sig"))


def masked(text: str) -> tuple[str, int]:
    """Return a text without what looks like a credential, and how many were replaced."""
    count = 0
    for search in (_issued, _passwords, _after_schemes, _assigned, _random_words, _continued):
        pieces, shown = list[str](), 0
        for begin, end in search(text):
            value = text[begin:end]
            if value != MASK and value.lower().strip(".") not in _NO_SECRETS:
                pieces += (text[shown:begin], MASK)
                shown = end
        count += len(pieces) // 2
        text = "".join((*pieces, text[shown:]))
    return text, count


def _issued(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _BY_MARK.finditer(text))


def _passwords(text: str) -> Iterator[tuple[int, int]]:
    return (match.span("value") for match in _IN_ADDRESS.finditer(text))


def _after_schemes(text: str) -> Iterator[tuple[int, int]]:
    return (match.span("value") for match in _AFTER_SCHEME.finditer(text))


def _assigned(text: str) -> Iterator[tuple[int, int]]:
    """Yield the values behind the names of credentials.

    The value behind another name is searched, too: `url=…?token=…`.
    """
    start = 0
    while found := _NAMED.search(text, start):
        start = found.end()
        if not is_credential_name(found["name"]):
            continue
        match = _BEHIND_A_NAME.match(text, start)
        if match is None:
            continue
        group = "value" if match["value"] is not None else "quoted"
        # In a log these words are also words of their own.
        is_word = found["name"].lower() in _WORDS and "=" not in found["sign"]
        if not is_word or re.search(r"\d", match[group]):
            yield match.span(group)
            start = match.end()


def _continued(text: str) -> Iterator[tuple[int, int]]:
    """Yield the second halves of credentials that a line end has broken."""
    for match in _SECOND_HALF.finditer(text):
        if re.search(r"\d", match["value"]) and re.search(r"[A-Za-z]", match["value"]):
            yield match.span("value")


def _random_words(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _WORD.finditer(text) if _is_credential(match[0]))


def _is_credential(word: str) -> bool:
    """Tell whether a word that no issuer marked is a credential by its own shape."""
    if len(word) >= _LONG and is_random(word):
        return True
    if any(map(is_unspeakable, LETTERS.findall(word))):
        return True
    return not is_hexadecimal(word) and any(map(alternates, re.findall(r"[A-Za-z0-9]{20,}", word)))


def masked_query(text: str) -> str:
    """Return what a person typed without anything that looks like a credential.

    That is more than in a log: nobody types the ids and hashes that logs are full of.
    """
    # First of all, because a credential of which a part is replaced has another shape.
    for credential in credentials_in(text):
        text = text.replace(credential, MASK)
    return masked(text)[0]
