"""What the facts mean: the problems, one table for each stage (pure).

To add a problem whose facts are already seen, add one entry to its stage's `PROBLEMS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..backend.profile import Profile
from .assembly import assemble
from .auth import PROBLEMS as _AUTH
from .client import PROBLEMS as _CLIENT
from .config import PROBLEMS as _CONFIG
from .dns import PROBLEMS as _DNS
from .problem import Problem
from .proxy import PROBLEMS as _PROXY
from .session import PROBLEMS as _SESSION
from .tcp import PROBLEMS as _TCP
from .tls import PROBLEMS as _TLS
from .upgrade import PROBLEMS as _UPGRADE

__all__ = ["PROBLEMS", "in_the_words_of"]

# In the order of the stages, then of each table.
PROBLEMS: Mapping[str, Problem] = assemble(
    (_CONFIG, _DNS, _TCP, _PROXY, _TLS, _UPGRADE, _AUTH, _SESSION, _CLIENT)
)


def in_the_words_of(profile: Profile, text: str) -> Mapping[str, Problem]:
    """Return the problems, with the profile's own words for the first number in a text.

    Args:
        profile: may have words for close codes, and for answers to the opening handshake.
        text: as typed or pasted.
    """
    found = re.findall(r"(?<![\w.:])[1-5]\d{2,3}(?![\w:]|\.\d)", text)
    numbers = list(dict.fromkeys(map(int, found)))
    closes = filter(None, map(profile.own_words, numbers))
    answers = (
        one for each in numbers for one in profile.refusal if one.status == each and not one.problem
    )
    own = {one.meaning: one for one in (next(closes, None), next(answers, None)) if one is not None}
    return {**PROBLEMS, **{code: PROBLEMS[code].in_words_of(one) for code, one in own.items()}}
