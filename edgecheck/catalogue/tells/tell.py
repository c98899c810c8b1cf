"""What an answer's own code or words decide by themselves (pure).

Products say in an error code, a field or a sentence why they refuse: Cloudflare's `error code:
1010`, ngrok's `ERR_NGROK_8012`, Envoy's `reset reason`, `Your IP address is not allowed`. A tell is
one such sign, with the cause that it names and the cure. Tables of tells stand beside this file;
`rules/told.py` reads them.
"""

from __future__ import annotations

import re
from functools import cache

from ...facts.text import escape
from ...frozen import dataclass
from ...terms import Confidence, Side

# What a value in a text has room for.
_SHOWN = 90


@dataclass(frozen=True)
class Tell:
    """One sign in an answer that refused the handshake, and what it means.

    All that is given of ``statuses``, ``fields`` and ``page`` has to match.

    Args:
        code: of the entry that it decides.
        title, cause, steps: templates, in place of those of the entry. A named group of a pattern
            is a name for them (NAME_2 too, for NAME in another place), beside those of
            `wording.values`.
        page: a regular expression of the reason phrase and the content, in any case.
        fields: names of fields in lower case, each with a regular expression of its value.
        statuses: the HTTP statuses that it may have; none for any.
        side, confidence: replace those of the entry.
        alternatives: codes of other entries that remain possible.
        scheme: of the address that was asked for, where the sign means something for it alone.
        general: it is a way to put something that many programs have, so that it yields to every
            entry that knows more than a status.
    """

    code: str
    title: str
    cause: str
    steps: tuple[str, ...]
    page: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    statuses: tuple[int, ...] = ()
    side: Side | None = None
    confidence: Confidence = Confidence.LIKELY
    alternatives: tuple[str, ...] = ()
    scheme: str = ""
    general: bool = False


@cache
def pattern_of(text: str) -> re.Pattern[str]:
    """Return the expression that a tell has for a page or a field."""
    return re.compile(text, re.IGNORECASE | re.DOTALL)


def named_in(found: re.Match[str]) -> dict[str, str]:
    """Return the named groups, escaped; NAME_2 is another place for NAME in the same pattern."""
    # The words were unescaped to be read, and are still text from the network.
    return {
        name.removesuffix("_2"): escape(value, _SHOWN)
        for name, value in found.groupdict().items()
        if value
    }
