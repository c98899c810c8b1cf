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
