"""upgrade: what the answer's own code or words decide, read from the tables of tells."""

from __future__ import annotations

import re
from functools import cache

from ...escapes import unescape
from ...facts import ExperimentName, Facts, HttpResponse
from ...frozen import dataclass
from ...late import compiled
from ...terms import Confidence, Side
from ..condition import Sighting
from ..tells import TELLS
from ..tells.tell import Tell, named_in, pattern_of, product_of
from .experiments import differs, is_inconsistent
from .responses import refusal, said_by
from .witness import shows, side_of_the_way

# A page says at its beginning what it is.
_READ = 16 * 1024
# A pattern takes long for a page of blanks, and a sentence may be broken anywhere.
_BLANKS = compiled(r"\s{2,}")
# Experiments whose other answer shows what is looked at, whatever the words are.
_PROOFS = (
    ExperimentName.WITH_ORIGIN,
    ExperimentName.WITH_SUBPROTOCOL,
    ExperimentName.CLEANED_SECRET,
)


@dataclass(frozen=True)
class Told:
    """An entry that an answer decides by itself.

    Args:
        code: of the entry.
        sighting: with its texts.
        general: it yields to every entry that knows more than a status.
    """

    code: str
    sighting: Sighting
    general: bool


def told(facts: Facts) -> Told | None:
    """Return what the refusal of the handshake says by itself; None if it says nothing."""
    response = refusal(facts)
    if response is None or is_inconsistent(facts):
        return None
    if any(differs(facts, proof) for proof in _PROOFS):
        return None
    scheme = (facts.target.url or "").partition("://")[0]
    said = _BLANKS.sub(_one_blank, said_by(response)[:_READ])
    # A challenge may say why it refuses (RFC 6750, section 3).
    challenges = "\n".join(map(unescape, response.values("www-authenticate")))
    if challenges:
        said = f"{said}\n{challenges}"
    own = said.removeprefix(f"{phrase}\n") if (phrase := _usual_phrase(response)) else said
    for tell in TELLS:
        if facts.target.agent_id is None and _names_agent(tell):
            continue
        values = _values(tell, response, own if tell.general else said, scheme)
        if values is not None:
            values["wait"] = _wait(response)
            code = tell.code_for(response.status)
            return Told(code, _sighting(tell, values, facts), tell.general)
    return None


def _one_blank(blanks: re.Match[str]) -> str:
    """Return a blank, or a line end where there is one: some patterns stay within a line."""
    return "\n" if "\n" in blanks[0] else " "


def _usual_phrase(response: HttpResponse) -> str:
    """Return the reason phrase if it is that of the status: nobody chose those words."""
    from http import HTTPStatus  # only a refusal needs it

    try:
        usual = HTTPStatus(response.status).phrase
    except ValueError:
        return ""
    return response.reason if response.reason.lower() == usual.lower() else ""


def _wait(response: HttpResponse) -> str:
    """Return how long to wait (RFC 9110, section 10.2.3)."""
    after = response.field("retry-after") or ""
    return f"{after} seconds" if after.isdecimal() else "a minute"


# How the steps for those of a proxy begin.
_OF_A_PROXY = "Ask the administrators"
_TELL_ANSWER = (
    'Tell the backend\'s team what was answered, and when: "{status} from {server} for {url}".'
)


def _sighting(tell: Tell, values: dict[str, str], facts: Facts) -> Sighting:
    side, steps = tell.side, tell.steps
    if tell.general and side is Side.INTERMEDIARY:
        side = side_of_the_way(facts, refusal(facts))
        if side is Side.BACKEND:  # on this machine nothing may be in between
            steps = tuple(sorted(steps, key=lambda step: step.startswith(_OF_A_PROXY)))
            if not steps[0].startswith(("Ask ", "Tell ")):
                steps = (_TELL_ANSWER, *steps)
    return Sighting(
        values=values,
        side=side,
        confidence=_confidence(tell, refusal(facts)),
        title=tell.title,
        cause=tell.cause,
        remedies=steps,
        only=True,
        alternatives=tell.alternatives,
    )


def _confidence(tell: Tell, response: HttpResponse | None) -> Confidence:
    """Return how sure the words make it; those of a product, without a trace of it, less so."""
    if tell.confidence is not Confidence.CERTAIN or not tell.product or response is None:
        return tell.confidence
    shown = shows(product_of(tell.product), response)
    return Confidence.CERTAIN if shown else Confidence.LIKELY


def _values(tell: Tell, response: HttpResponse, said: str, scheme: str) -> dict[str, str] | None:
    """Return what the patterns of a tell name in an answer; None if it does not match."""
    if tell.statuses and response.status not in tell.statuses:
        return None
    if tell.scheme and tell.scheme != scheme:
        return None
    values: dict[str, str] = {}
    for name, pattern in tell.fields:
        found = next(filter(None, map(pattern_of(pattern).search, _all(response, name))), None)
        if found is None:
            return None
        values.update(named_in(found))
    if tell.words:
        found = pattern_of(tell.words).search(said)
        if found is None:
            return None
        values.update(named_in(found))
    return values


def _all(response: HttpResponse, name: str) -> tuple[str, ...]:
    return tuple(map(unescape, response.values(name)))


@cache
def _names_agent(tell: Tell) -> bool:
    """Tell whether its texts name the agent id, which some backends do not have."""
    return any("{agent_id}" in text for text in (tell.title, tell.cause, *tell.steps))
