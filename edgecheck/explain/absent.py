"""A setting that a program says it lacks (pure).

Each framework has words of its own for it, and all of them name the variable: "EDGE_SECRET not
found. Declare it as envvar", "Set the BACKEND_URL environment variable", "edge_secret: Field
required".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..backend.profile import Profile
from .excerpt import Excerpt
from .sign import Sign, Strength

_ABSENT = (
    r"(?<!command )not (?:found|set|defined|provided|specified|configured|exist)|missing|undefined"
    r"|unset|must be (?:set|defined|provided|specified|given)|no value"
)
_BEHIND = (
    r"required|is (?:empty|none|null|blank)|cannot be (?:empty|blank|null)|does not exist"
    r"|can't be (?:empty|blank)|expected but"
)
_ASKED = r"keyerror|nameerror|(?:set|define|export|provide) (?:the )?(?:variable )?"
# How far, in characters, the words may stand behind the name of the variable, and before it.
_NEAR = 60


# What may be said of the secret, the address and the agent's id, and what it means.
_FAULTS = {
    "secret": (
        (r"new ?line|line ?(?:break|feed)|\\n", ("secret-line-break", "secret-whitespace")),
        (r"(?:white)?spaces?\b|blanks?\b|tab\b", ("secret-whitespace", "secret-inner-whitespace")),
        (r"placeholder|example value|changeme", ("secret-placeholder",)),
        (r"quot(?:es|ed|ation)", ("secret-quoted",)),
        (r"non-?ascii|not ascii", ("secret-non-ascii",)),
    ),
    "url": (
        (r"(?:white)?spaces?\b|blanks?\b", ("url-whitespace",)),
        (
            r"(?<=must )(?:start|begin) with wss?://",
            ("url-scheme-http", "url-scheme-missing", "url-scheme-unknown"),
        ),
        (r"not (?:a valid|an?) (?:url|address)|malformed|invalid", ("url-malformed",)),
    ),
    "agent id": (
        (r"(?:white)?spaces?\b|blanks?\b", ("agent-id-whitespace", "agent-id-malformed")),
        (r"not (?:a valid|valid|of the form)|malformed|invalid", ("agent-id-malformed",)),
    ),
}


def faulty_settings(excerpt: Excerpt, profile: Profile) -> Iterator[Sign]:
    """Yield a sign for each setting of which a text says what is wrong with it."""
    names = profile.variables
    for kind, variable in (
        ("secret", names.secret),
        ("url", names.url),
        ("agent id", names.agent_id),
    ):
        name = variable.lower()
        if not name or name not in excerpt.lower:
            continue
        for fault, codes in _FAULTS[kind]:
            said = r"(?:must|has|have|contains?|ends?|begins?|starts?|is|still|cannot|with)\b"
            after = rf"\b{name}\b [^;=]{{0,16}}?{said}[^;=]{{0,{_NEAR}}}?(?:{fault})"
            before = rf"\b(?:malformed|invalid) {name}\b" if "invalid" in fault else ""
            pattern = f"{after}|{before}" if before else after
            if match := re.search(pattern, excerpt.lower):
                start, end = match.span()
                words = excerpt.shown[start:end]
                yield Sign("setting", words, codes, Strength.CAUSE, start, end, "the settings")
                break


def absent_settings(excerpt: Excerpt, profile: Profile) -> Iterator[Sign]:
    """Yield a sign for each required setting that is said to be missing."""
    names = profile.variables
    codes = {
        names.url: ("url-missing", "env-file-missing"),
        names.secret: ("secret-missing", "env-file-missing"),
        names.agent_id: ("agent-id-missing", "env-file-missing"),
    }
    for variable, meant in codes.items():
        name = variable.lower()
        if not name or name not in excerpt.lower:
            continue
        after = rf"\b{name}\b[^;=]{{0,{_NEAR}}}?(?:{_ABSENT}|{_BEHIND})"
        before = rf"(?:{_ABSENT})[^;=]{{0,{_NEAR}}}?\b{name}\b(?!\s?=)"
        asked = rf"(?:{_ASKED})\W{{0,3}}{name}\b(?!\s?=)"
        if match := re.search(f"{after}|{before}|{asked}", excerpt.lower):
            start, end = match.span()
            words = excerpt.shown[start:end]
            yield Sign("setting", words, meant, Strength.CAUSE + 2, start, end, "the settings")
