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
_FIELDS = {
    "connection": _DROPPED,
    "upgrade": _DROPPED,
    "sec-websocket-key": _ASKED,
    "sec-websocket-version": _ASKED,
    "sec-websocket-accept": ("upgrade-invalid-response",),
    "sec-websocket-extensions": ("upgrade-invalid-response",),
    "sec-websocket-protocol": ("upgrade-subprotocol-required", "upgrade-invalid-response"),
    "origin": ("upgrade-origin-required", "auth-forbidden"),
    "authorization": ("auth-header-stripped", "auth-header-rejected", "client-headers-not-sent"),
}
_NAME = rf"['\"`]?\b(?P<field>{'|'.join(_FIELDS)})\b['\"`]?"
_NAME_BEFORE = _NAME.replace("<field>", "<before>")
_WRONG = (
    r"missing|absent|not (?:found|present|set|include|contain|match|allowed)|(?:did|does|do) not"
    r"|doesn't|didn't|invalid|no '?upgrade|incorrect|mismatch|is empty|was not|expected|must"
)
_PATTERN = (
    rf"{_NAME_BEFORE} (?:http )?(?:header|field)s?\b[^.;]{{0,28}}?(?:{_WRONG})"
    r"|\b(?:missing|no|without|find|expected|requires?|invalid|bad|incorrect|unexpected|wrong"
    rf"|unsupported|lacks)(?: or \w+)?(?: the| an?)?(?: \w+)? {_NAME}:? ?"
    r"(?:http |request |response )?(?:header|field|token)"
)


def fields_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign for each field of the opening handshake that is said to be wrong."""
    if "header" not in excerpt.lower and "field" not in excerpt.lower:
        return
    for match in re.finditer(_PATTERN, excerpt.lower):
        codes = _FIELDS[match["field"] or match["before"]]
        start, end = match.span()
        words = excerpt.shown[start:end]
        # As much as a number of a known space says.
        yield Sign("field", words, codes, Strength.NUMBER, start, end, "RFC 6455, section 4")
