"""What is wrong with an address that a program quotes as one it cannot use (pure).

Libraries say "invalid URL" of any fault. The address beside it shows which one it is.
"""

from __future__ import annotations

from ..late import compiled
from .excerpt import Excerpt
from .sign import Sign

_SCHEME = compiled(r"\b(?P<scheme>[a-z][a-z0-9+.-]*)://")
# A host with a dot in it, with its path: nothing else that stands in such a line looks like it.
_BARE = compiled(r"(?<![\w/.@:-])(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/[\w./?=&-]*|\blocalhost:\d+")
# The scheme alone, as what is wrong: no list of those that may be.
_NAMED = compiled(
    r"(?:scheme|protocol)(?: of| is| was|:)? ['\"`(]?(?P<scheme>https?)(?![\w+-])"
    r"(?!['\"`]?,? (?:or|and)\b)"
    r"|(?<!or )(?<!, )(?<!and )['\"`](?P<quoted>https?)(?::|://)?['\"`](?!,|,? (?:or|and)\b)"
)
_OURS, _HTTP = ("ws", "wss"), ("http", "https")
# So many of these faults, and a sign leaves open which one it is.
_FAULTS = ("url-scheme-missing", "url-scheme-http", "url-scheme-unknown")


def as_the_address_shows(sign: Sign, excerpt: Excerpt) -> Sign:
    """Return a sign of an address with a fault, with the fault that the text shows first.

    Args:
        sign: one of the text.
        excerpt: the text.
    """
    if sum(code in _FAULTS for code in sign.codes) <= 1:
        return sign
    fault = _fault(excerpt.lower)
    if fault not in sign.codes:
        return sign
    return sign._replace(codes=(fault, *(code for code in sign.codes if code != fault)))


def _fault(text: str) -> str:
    """Return the code of the fault that an address in a text has; empty if there is none."""
    found = _SCHEME.search(text)
    if found is None and _NAMED.search(text):
        return "url-scheme-http"
    if found is None:
        return "url-scheme-missing" if _BARE.search(text) else ""
    if found["scheme"] in _HTTP:
        return "url-scheme-http"
    return "" if found["scheme"] in _OURS else "url-scheme-unknown"
