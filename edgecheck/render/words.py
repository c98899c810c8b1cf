"""What every rendering says in the same words, without rich (pure)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ..catalogue.problem import Confidence, Severity, Side
from ..facts.text import escape, is_unsafe

WHOSE_TURN = {
    Side.CLIENT: "Your turn.",
    Side.NETWORK: "Turn of the people who run your network.",
    Side.INTERMEDIARY: "Turn of whoever runs the proxy, CDN or hosting platform in between.",
    Side.BACKEND: "Turn of the backend's people.",
}
HOW_SURE = {
    Confidence.CERTAIN: "certain: what was seen admits no other cause",
    Confidence.LIKELY: "likely: what was seen points here, without proving it",
    Confidence.POSSIBLE: "possible: one of several causes that fit what was seen",
}
HOW_BAD = {
    Severity.ERROR: "error: the connection cannot work, or fails",
    Severity.WARNING: "warning: it works now, but is fragile, insecure or misleading",
    Severity.INFO: "note: worth knowing",
}

# What stands for our own characters where a terminal or a file cannot show them: one for one, so that columns stay.
ASCII = str.maketrans("✓✗–—━█·…→‘’“”≥", "+x--=#-~>''\"\">")


def shown(text: str) -> str:
    """Escape what must not reach a terminal, line ends included: the last door, for text that came by no other.

    Unlike `facts.text.escape` it leaves a backslash alone, so that text which was escaped before stays as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(escape(character) if is_unsafe(character) else character for character in text)


def count(number: int, noun: str) -> str:
    """Say how many, in English."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """Return the up to three known words that a word was probably meant to be, the likeliest first."""
    return difflib.get_close_matches(word.lower(), list(known), n=3, cutoff=0.5)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean …?``, or nothing where nothing is near."""
    near = nearest(word, known)
    return f" Did you mean {' or '.join(near)}?" if near else ""
