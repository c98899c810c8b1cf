"""Whose failure a line tells of: the client's, or that of a gateway before the backend (pure).

A gateway logs with the words of a client, because it is one: "dial tcp 10.0.0.3:8000: connect:
connection refused". What the agent sees then is 502 or 504. Two things give a gateway away: words
such as "upstream", and a status: a program whose own connection failed has none to report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .excerpt import Excerpt
from .sign import Sign, Strength

_WORDS = (
    r"\bupstream\b(?![.-])|\boriginservice=|http\.log\.error|reverse_?proxy|\bwhile proxying\b"
    r"|\b(?:to|reach) (?:the )?origin\b|\bproxy_pass\b|\bingressrule\b|\[lua\] "
)
# What a gateway's connection to the backend looks like in the words of a client.
_OWN = ("dns-", "tcp-", "tls-", "upgrade-closed", "upgrade-timeout")
_ENDS = ("session-dropped", "session-idle-closed")
_LATE = ("tcp-timeout", "upgrade-timeout", "dns-timeout")
_BAD, _SLOW = "upgrade-bad-gateway", "upgrade-gateway-timeout"


def as_the_gateway_means(signs: Iterable[Sign], excerpt: Excerpt) -> list[Sign]:
    """Return the signs of a text, with a gateway's own failures as what the client sees of them.

    Args:
        signs: of the text.
        excerpt: the text.
    """
    found = list(signs)
    if any(sign.kind == "http-status" and _is_of_gateway(sign) for sign in found):
        return [sign for sign in found if not _starts(sign, (*_OWN, *_ENDS))]
    own = [sign for sign in found if _starts(sign, _OWN)]
    if not own or not names_a_gateway(excerpt):
        return found
    return [_behind(sign) if sign in own else sign for sign in found]


def names_a_gateway(excerpt: Excerpt) -> bool:
    """Tell whether a text has the words of a gateway about the server behind it."""
    return re.search(_WORDS, excerpt.lower) is not None


def _starts(sign: Sign, codes: tuple[str, ...]) -> bool:
    """Tell whether a sign that does not outweigh all others means one of some codes."""
    return sign.codes[0].startswith(codes) and sign.score < Strength.DECISIVE


def _is_of_gateway(sign: Sign) -> bool:
    """Tell whether a status says that the server behind a gateway did not answer."""
    return dict(sign.values).get("status") in ("502", "503", "504")


def _behind(sign: Sign) -> Sign:
    """Return a sign of what failed between gateway and backend, as the client sees it."""
    seen = (_SLOW, _BAD) if sign.codes[0] in _LATE else (_BAD,)
    return sign._replace(codes=(*seen, *sign.codes[:1]))
