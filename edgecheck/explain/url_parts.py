"""A part of an address that a program says is missing or wrong (pure).

RFC 3986 names the parts, and RFC 6455, section 3, says what those of a WebSocket are. Each library
complains in its own words, but all of them name the part: "URL host must not be None".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .excerpt import Excerpt
from .sign import Sign, Strength

_SCHEMES = ("url-scheme-unknown", "url-scheme-http", "url-scheme-missing")
_PARTS = {
    "scheme": _SCHEMES,
    "protocol": _SCHEMES,
    "host": ("url-malformed", "url-scheme-missing"),
    "hostname": ("url-malformed", "url-scheme-missing"),
    "host name": ("url-malformed", "url-scheme-missing"),
    "port": ("url-malformed",),
    "fragment": ("url-has-query", "url-malformed"),
    "userinfo": ("url-has-credentials",),
    "credentials": ("url-has-credentials",),
    "username": ("url-has-credentials",),
    "whitespace": ("url-whitespace", "url-malformed"),
    "space": ("url-whitespace", "url-malformed"),
}
_PART = rf"(?P<part>{'|'.join(_PARTS)})s?"
_URL = r"(?<![a-z])(?P<proxy>proxy |socks ?\d? )?(?:url|uri|websocket address)(?:'s)?"
_WRONG = (
    r"must (?:not )?|should (?:not )?|cannot |can't |may not |is (?:not |missing|empty|invalid"
    r"|required|unknown|unsupported)|not (?:allowed|permitted|supported)|missing|unsupported"
    r"|unknown|invalid|no |without |has no |doesn't |does not "
)
# "URL scheme must be …", "invalid port in URL", "URL must not contain a fragment".
_PATTERNS = (
    rf"{_URL} {_PART} (?:{_WRONG})",
    rf"(?<![a-z])(?:{_WRONG}) ?(?:a |the )?{_PART} (?:in|of|for|from) (?:the |a |your )?{_URL}",
    rf"{_URL} (?:{_WRONG})[a-z ]{{0,24}}?(?<![a-z]){_PART}(?![a-z])",
    rf"{_URL}: (?:{_WRONG}) ?{_PART}(?![a-z])",
)


def url_parts_in(excerpt: Excerpt) -> Iterator[Sign]:
    """Yield a sign for each part of an address that is said to be missing or wrong."""
    if "url" not in excerpt.lower and "uri" not in excerpt.lower:
        return
    for pattern in _PATTERNS:
        for match in re.finditer(pattern, excerpt.lower):
            codes = ("proxy-url-invalid",) if match["proxy"] else _PARTS[match["part"]]
            start, end = match.span()
            words = excerpt.shown[start:end].strip()
            yield Sign(
                "structure", words, codes, Strength.NUMBER, start, end, "RFC 3986, section 3"
            )
