"""A field of the opening handshake that is said to be missing or wrong (pure).

RFC 6455, section 4: both sides have to check the fields of the other, and each library says in its
own words that one is not as it should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .excerpt import Excerpt
from .sign import Sign, Strength

_DROPPED = ("upgrade-header-dropped", "upgrade-invalid-response", "upgrade-bad-request")
_ASKED = ("upgrade-bad-request", "upgrade-header-dropped")
_AUTHORIZATION = ("auth-header-stripped", "auth-header-rejected", "client-headers-not-sent")
_HAS_COME = ("auth-header-rejected", "auth-header-stripped")
_MALFORMED = (
    *("malformed", "invalid", "incorrect", "wrong", "bad", "unsupported", "unexpected"),
    *("must start", "must begin"),
)
_FIELDS = {
    "connection": _DROPPED,
    "upgrade": _DROPPED,
    "sec-websocket-key": _ASKED,
    "sec-websocket-version": _ASKED,
    "sec-websocket-accept": ("upgrade-invalid-response",),
    "sec-websocket-extensions": ("upgrade-invalid-response",),
    "sec-websocket-protocol": ("upgrade-subprotocol-required", "upgrade-invalid-response"),
    "origin": ("upgrade-origin-required", "auth-forbidden"),
    "authorization": _AUTHORIZATION,
}
_NAME = rf"['\"`]?\b(?P<field>{'|'.join(_FIELDS)})\b['\"`]?"
_NAME_BEFORE = _NAME.replace("<field>", "<before>")
_WRONG = (
    r"missing|absent|not (?:found|present|set|include|contain|match|allowed|defined)"
    r"|(?:did|does|do) not|doesn't|didn't|invalid|no '?upgrade|incorrect|mismatch|is empty|was not"
    r"|expected|must|malformed"
)
_LACKS = (
    r"\b(?:missing|no|without|find|expected|requires?|invalid|bad|incorrect|unexpected|wrong"
    r"|unsupported|lacks)(?: or \w+)?(?: the| an?)?"
)
# The name, and behind it that it is a field.
_PATTERN = (
    rf"{_NAME_BEFORE} (?:http )?(?:header|field)s?\b[^.;]{{0,28}}?(?:{_WRONG})"
    rf"|{_LACKS}(?: \w+)? {_NAME}:? ?(?:http |request |response )?(?:header|field|token)"
)
# The same with the name at the end: "missing required header: Upgrade".
_NAMED_LAST = (
    rf"\b(?:header|field) {_NAME_BEFORE} (?:is |was )?(?:{_WRONG})"
    rf"|(?:{_LACKS} (?:required |handshake |http |request |response )*"
    r"|\b(?:illegal|invalid|bad|wrong) (?:value|token) (?:for|in|of) (?:the )?)"
    rf"(?:header|field)s?:? {_NAME}"
)
_LAST = ("header ", "header: ", "headers ", "headers: ", "field ", "field: ")


# What a server that compares the Origin says, with its value: any words, and both are in them.
_REFUSED = (
    r"reject|refus|denied|not (?:be )?(?:allowed|permitted|trusted|authorized)|forbid|disallow"
    r"|block"
)
_ORIGIN = (
    rf"\b(?:{_REFUSED})\w*\b[^;]{{0,80}}?\borigins?\b['\"]?[:= ]\s?['\"]?(?:https?:|null)"
    rf"|\borigins?\b['\"]?[:= ]\s?['\"]?(?:https?:|null)[^;]{{0,80}}?\b(?:{_REFUSED})"
)
# One value is allowed (RFC 6455, section 11.3.4), and that of an answer is the server's doing.
_REPEATED = r"'?sec-websocket-(?:protocol|accept|version)'? header[^.;]{0,28}?more than once"


def fields_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign for each field of the opening handshake that is said to be wrong."""
    if "origin" in excerpt.lower and "://" in excerpt.lower:
        for match in re.finditer(_ORIGIN, excerpt.lower):
            yield _sign(match, _FIELDS["origin"], excerpt)
    if "header" not in excerpt.lower and "field" not in excerpt.lower:
        return
    for match in re.finditer(_REPEATED, excerpt.lower):
        yield _sign(match, ("upgrade-invalid-response",), excerpt, 1)
    is_last = any(words in excerpt.lower for words in _LAST)
    for pattern in (_PATTERN, _NAMED_LAST) if is_last else (_PATTERN,):
        for match in re.finditer(pattern, excerpt.lower):
            yield _sign(match, _meant(match), excerpt)


def _meant(match: re.Match[str]) -> tuple[str, ...]:
    """Return what a field that is wrong means: one that has come was not left out."""
    codes = _FIELDS[match["field"] or match["before"]]
    has_come = codes == _AUTHORIZATION and any(word in match[0] for word in _MALFORMED)
    return _HAS_COME if has_come else codes


def _sign(match: re.Match[str], codes: tuple[str, ...], excerpt: Excerpt, more: int = 0) -> Sign:
    """Return the sign that a match is: it says as much as a number of a known space."""
    start, end = match.span()
    words = excerpt.shown[start:end]
    return Sign("field", words, codes, Strength.NUMBER + more, start, end, "RFC 6455, section 4")
