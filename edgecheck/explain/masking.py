"""Credentials in a text that somebody pastes: replaced, and counted (pure).

Which secret it is, nobody knows here, so what looks like one is taken for one: what stands behind
the name of a credential, a token of a known form, the password in an address. It is better to hide
an id that is none than to show a secret that is one. What a credential looks like, and how its name
does, is known by `settings.credentials` alone.
"""

from __future__ import annotations

import re

from ..settings.credentials import (
    MARKED,
    TELLING,
    alternates,
    credentials_in,
    is_credential_name,
    is_hexadecimal,
    is_random,
)
from ..settings.pieces import MASK

_SCHEMES = r"(?i:bearer|basic|digest|negotiate|ntlm)"
_SECRETS = (
    rf"(?P<before>\b{_SCHEMES}(?:\s+|%20))(?P<bearer>[A-Za-z0-9._~+/=%-]{{6,}})"
    r"|(?P<scheme>://[^\s/:@'\"]*:)(?P<password>[^\s/@'\"]+)(?=@)"
    rf"|(?P<name>\b(?=[\w.-]*(?i:{TELLING}))[\w.-]{{1,80}})"
    rf"(?P<sign>[\"']?\s*(?:=>|=|:)\s*)(?!{_SCHEMES}\b)"
    r"(?:(?P<quote>[\"'])(?P<quoted>[^\"']{4,})(?=(?P=quote))|[\"']?(?P<value>[^\s\"'&,;)}\]]{4,}))"
    rf"|(?P<known>{MARKED}|[\w+/-]{{20,}}={{0,2}})"
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
# only where the value has a digit.
_WORDS = frozenset(("auth", "authorization", "key", "pass", "sig"))


def masked(text: str) -> tuple[str, int]:
    """Return a text without what looks like a credential, and how many were replaced."""
    count = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal count
        group = next(name for name in _VALUES if match[name] is not None)
        if not _is_secret(match, match[group]):
            return match[0]
        count += 1
        start, end = (place - match.start() for place in match.span(group))
        return f"{match[0][:start]}{MASK}{match[0][end:]}"

    return re.sub(_SECRETS, replaced, text), count


_VALUES = ("bearer", "password", "quoted", "value", "known")


def _is_secret(match: re.Match[str], value: str) -> bool:
    if value.lower().strip(".") in _NO_SECRETS or value == MASK:
        return False
    if match["known"] is not None:
        return _is_known(value)
    if match["name"] is None:
        return True
    if match["name"].lower() in _WORDS:
        return re.search(r"\d", value) is not None
    return is_credential_name(match["name"])


def _is_known(word: str) -> bool:
    """Tell whether a word is a credential by its own shape."""
    if re.fullmatch(MARKED, word) is not None or (len(word) >= _LONG and is_random(word)):
        return True
    return not is_hexadecimal(word) and any(map(alternates, re.findall(r"[A-Za-z0-9]{20,}", word)))


def masked_query(text: str) -> str:
    """Return what a person typed without anything that looks like a credential.

    That is more than in a log: nobody types the ids and hashes that logs are full of.
    """
    text = masked(text)[0]
    for credential in credentials_in(text):
        text = text.replace(credential, MASK)
    return text
