"""auth: what the content of an HTTP 401 or 403 says of the credentials, and whether any were sent.

A backend that refuses before it opens the socket has no close reason, and writes its complaint into
the answer: ``{"code":"token_invalid"}``, ``missing header X-Api-Key``.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from ...escapes import unescape
from ...facts import Facts
from ...facts.http import HttpResponse
from ...facts.upgrade import REFUSAL_STATUSES
from ...frozen import dataclass
from ...late import compiled
from ...wording.own_words import own_words
from ..steps import (
    ASK_WHAT_ARRIVED,
    BARE_VALUE,
    COMPARE_SECRETS,
    COPY_SECRET,
    RIGHT_SECRET,
)
from .responses import is_html, refusal, said_by
from .witness import author_of


class Complaint(Enum):
    """What is wrong with the credentials."""

    MISSING = auto()
    WRONG = auto()


_SHOWN = 90
_WHAT = (
    r"(?:token|credentials?|secret|(?:api|client|access|device|agent)?[ _-]?key|jwt|signature"
    r"|pass(?:word|phrase)|NAMED)"
)
_GAP = r"(?:[ _-]+\w+){0,2}?[ _-]+"
_IS = r"(?:[ _-]+(?:is|was|were|has|been|header|field|are))*[ _-]+"
_WRONG = rf"""(?ix)
    (?<![a-z])(?:invalid|wrong|bad|incorrect|unknown|unrecogni[sz]ed|mismatch(?:ed|ing)?|revoked)
      {_GAP}{_WHAT}(?![a-z])
    | (?<![a-z])(?:invalid|wrong|bad|incorrect|unknown)[ _-]{_WHAT}(?![a-z])
    | (?<![a-z]){_WHAT}{_IS}(?:invalid|incorrect|wrong|rejected|refused|revoked|mismatch\w*
      |not[ _-](?:valid|accepted|known|recogni[sz]ed)|unknown|unrecogni[sz]ed
      |verification[ _-]failed)
"""
_MISSING = rf"""(?ix)
    (?<![a-z])(?:missing|no|without|absent|lacks?){_GAP}
      (?:{_WHAT}|cookie|bearer|authorization)(?![a-z])
    | (?<![a-z])(?:missing|no)[ _-](?:{_WHAT}|cookie|bearer)(?![a-z])
    | (?<![a-z])(?:{_WHAT}|cookie){_IS}(?:missing|absent|required|needed
      |not[ _-](?:provided|present|found|given|set|sent|supplied))
"""
# "Missing or invalid", a token that was not found, in the request or in a table, and an end of its
# life, of which a tell says what to do.
_EITHER = compiled(
    r"(?i)\bor\b|\bno valid\b|(?:token|key|secret)[ _-](?:was[ _-])?not[ _-]found\W*$|malformed"
    r"|expir|(?:not|in) ?active|no longer valid"
)
# Of a token that has expired or was revoked, too (RFC 6750, section 3.1).
_OF_ANY_KIND = compiled(r'\berror="?invalid_token"?')
# Log-ins of people have sessions; where the secret is a cookie, so has the backend.
_SESSION = r"session(?:[ _-]?id)?"
_NOTHING = r"(?!)"


@dataclass(frozen=True)
class Said:
    """What an entry says of a complaint, in place of its usual texts."""

    title: str
    cause: str
    remedies: tuple[str, ...]


NOT_ACCEPTED = Said(
    "The backend does not accept this secret: {refusal}",
    "The answer's own words are about the secret, so it was read. The one here and the one in the "
    "backend's environment differ, or it was revoked. A gateway with a log-in of its own may have "
    "written the answer, too.",
    (RIGHT_SECRET, COMPARE_SECRETS, COPY_SECRET),
)
NOT_FOUND = Said(
    "The backend did not find {credential_place}: {refusal}",
    "The server that answered did not find {credential}. edgecheck sends that. Either the backend "
    "expects it at another place or in another form, or something on the way changed it.",
    (
        "Compare with the backend's guide where it expects the secret: {credential} was sent.",
        BARE_VALUE,
        ASK_WHAT_ARRIVED,
    ),
)


def complaint_of(facts: Facts) -> Complaint | None:
    """Return what the refusal of the handshake says of the credentials; None if nothing is clear.

    What a product on the way says is about its own log-in, and has entries of its own; so has a web
    page. Words that say "missing or invalid" do not tell.
    """
    response = refusal(facts)
    if response is None or response.status not in REFUSAL_STATUSES or is_html(response):
        return None
    author = author_of(response)
    if author is not None and author.is_on_the_way:
        return None
    words = _words(response)
    name = facts.profile.request.authorization.name
    session = _SESSION if name.lower() == "cookie" else _NOTHING
    wrong = re.search(_WRONG.replace("NAMED", session), words) is not None
    # What is missing may be called by the name of the field or the parameter.
    own = f"{session}|{re.escape(name) or _NOTHING}"
    missing = re.search(_MISSING.replace("NAMED", own), words) is not None
    if wrong == missing or _EITHER.search(words):
        return None
    return Complaint.WRONG if wrong else Complaint.MISSING


def _words(response: HttpResponse) -> str:
    challenges = (
        _OF_ANY_KIND.sub("", unescape(each)) for each in response.values("www-authenticate")
    )
    return "\n".join((said_by(response), *challenges))


def answered(facts: Facts) -> dict[str, str]:
    """Return how the handshake was refused, in words, for the entries that a close shows else."""
    response = refusal(facts)
    if response is None:
        return {}
    said = own_words(response)[:_SHOWN]
    return {"refusal": f"HTTP {response.status}{f': {said}' if said else ''}"}


def none_was_sent(facts: Facts) -> bool:
    """Tell whether the profile can do without a secret, and none is set."""
    profile, config = facts.profile, facts.config
    return (
        config is not None
        and profile.sends_secret
        and not profile.secret.required
        and bool(config.origins)
        and profile.variables.secret not in config.origins
    )
