"""auth: which part of the credentials a refusal is about.

A backend that opens the socket first closes it with a close code that the profile gives a meaning.
A refusal before that reaches the client as a bare HTTP status. The experiments of the probe (a
request without credentials, one with a random secret) tell the causes apart.
"""

from __future__ import annotations

import re

from ...facts import Answer, ExperimentName, Facts
from ...facts.answers import answer_of
from ...terms import Confidence, Side
from ..condition import Sighting, closed_as
from ..problem import verbatim

_MISSING = (
    r"(?i)(?:missing|lacks|without|absent|\bno)\b[^.;]{0,40}\bauthorization\b"
    r"|\bauthorization\b[^.;]{0,20}\b(?:header|field)\b[^.;]{0,20}"
    r"\b(?:missing|absent|required|not (?:found|given|present|provided|received|sent|set))\b"
    r"|\bauthorization (?:is )?missing\b"
)
# "Missing or invalid Authorization header" does not say which of the two it is.
_OR_MALFORMED = r"(?i)malformed|invalid|wrong|incorrect|unsupported"
_CHALLENGE = r"\s*([A-Za-z][A-Za-z0-9_-]*)"
_REALM = r'(?i)realm="([^"]*)"'
# What fits on a line.
_CHALLENGE_SHOWN = 100

_COMPARE_FORM = (
    "Compare the form of the secret in {secret_where} with the backend's. The backend called this "
    "secret malformed, and did not say so of a random one."
)
_CHECK_AGENT_ID = (
    "Check the agent id in {agent_where}: it is {agent_id}. A random secret gets another answer, "
    "so this secret may be right, and the backend may refuse the id."
)
_ASK_ABOUT_AGENT_ID = (
    "Tell the backend's team that a random secret gets another answer, and ask whether the agent "
    "id is registered."
)


def _answer(facts: Facts) -> Answer | None:
    """Return the backend's refusal; None if it did not refuse."""
    answer = answer_of(facts)
    refused = answer.close_code is not None or (
        answer.status is not None and not answer.accepted and not answer.failed
    )
    return answer if refused else None


def _differs(facts: Facts, name: ExperimentName) -> bool | None:
    """Tell whether the changed request got another answer; None if it was not made."""
    answer, changed = _answer(facts), facts.experiment(name)
    return None if answer is None or changed is None else not changed.answer.same_as(answer)


def _gives_another_reason(facts: Facts, changed: Answer) -> bool:
    """Tell whether two refusals have different words.

    Words with digits are ignored, because they may be the id of a request.
    """
    ours, other = (
        re.sub(r"\S*\d\S*", "", answer.reason).split() for answer in (answer_of(facts), changed)
    )
    return bool(ours and other) and ours != other


def _unset_first(facts: Facts) -> tuple[str, ...]:
    """Return what to do first if the environment's secret hides another one in the file."""
    other = facts.config.shadowed.get(facts.profile.variables.secret) if facts.config else None
    if other is None:
        return ()
    remedy = (
        "Remove the variable {secret_name} from this shell, and look again. Its value was sent, "
        f"and {verbatim(other)} holds another secret.\n$ unset {{secret_name}}"
    )
    return (remedy,)


def header_stripped(facts: Facts) -> Sighting | None:
    """See a refusal whose words say that the Authorization header is missing."""
    answer = _answer(facts)
    if answer is None or (answer.status not in (400, 401, 403) and answer.close_code is None):
        return None
    if not re.search(_MISSING, answer.reason) or re.search(_OR_MALFORMED, answer.reason):
        return None
    # The backend treats a request with another secret differently, so the header does arrive.
    if (
        _differs(facts, ExperimentName.WRONG_SECRET)
        and _differs(facts, ExperimentName.WITHOUT_CREDENTIALS) is False
    ):
        return Sighting(confidence=Confidence.POSSIBLE, undecided=True)
    return Sighting(confidence=Confidence.LIKELY)


def header_rejected(facts: Facts) -> Sighting | None:
    """See the close code for a header that is missing or malformed."""
    if not closed_as(facts, "auth-header-rejected"):
        return None
    if _differs(facts, ExperimentName.WRONG_SECRET):
        # The backend does not call a random secret malformed, so the form of this one is wrong.
        return Sighting(side=Side.CLIENT, remedies=(_COMPARE_FORM,))
    return Sighting(confidence=Confidence.LIKELY, undecided=True)


def secret_rejected(facts: Facts) -> Sighting | None:
    """See the close code for a secret that is not the backend's."""
    if not closed_as(facts, "auth-secret-rejected"):
        return None
    first = _unset_first(facts)
    changed = facts.experiment(ExperimentName.WRONG_SECRET)
    if changed is not None and (
        _differs(facts, ExperimentName.WRONG_SECRET) or _gives_another_reason(facts, changed.answer)
    ):
        return Sighting(
            confidence=Confidence.POSSIBLE,
            remedies=(*first, _CHECK_AGENT_ID, _ASK_ABOUT_AGENT_ID),
        )
    without = _differs(facts, ExperimentName.WITHOUT_CREDENTIALS)
    # A random secret gets the same answer, and a request without a secret gets another one: the
    # backend reads the header, and refuses the secret in it.
    certain = without is True and _differs(facts, ExperimentName.WRONG_SECRET) is False
    return Sighting(confidence=Confidence.CERTAIN if certain else Confidence.LIKELY, remedies=first)


def unauthorized(facts: Facts) -> Sighting | None:
    """See 401, or a close code that means the same."""
    confidence = _credentials_matter(facts)
    if closed_as(facts, "auth-unauthorized", 3000):
        return Sighting(
            values={"what it did": _closed_with(facts, "unauthorized"), "challenge": "none"},
            confidence=confidence,
        )
    answer = _answer(facts)
    response = facts.upgrade.response if facts.upgrade is not None else None
    if answer is None or answer.status != 401 or response is None:
        return None
    challenge = (response.field("www-authenticate") or "")[:_CHALLENGE_SHOWN]
    return Sighting(
        values={"what it did": "answered HTTP 401", "challenge": challenge or "none"},
        remedies=_other_scheme(challenge),
        confidence=confidence,
    )


def _closed_with(facts: Facts, name: str) -> str:
    code = facts.session.close_code if facts.session is not None else None
    return f"closed with {code} ({name})"


def _other_scheme(challenge: str) -> tuple[str, ...]:
    """Return what to ask if a challenge names another scheme than Bearer."""
    scheme, realm = re.match(_CHALLENGE, challenge), re.search(_REALM, challenge)
    if scheme is None or scheme[1].lower() == "bearer":
        return ()
    named = verbatim(f" for the realm {realm[1]}") if realm else ""
    remedy = (
        f"Ask the backend's team what needs {scheme[1]} credentials{named}. Agents send a Bearer "
        "token, so a proxy or gateway in front of the backend asks for these."
    )
    return (remedy,)


def _credentials_matter(facts: Facts) -> Confidence:
    """Return how sure it is that the server refuses the credentials.

    It is less sure if a random secret gets another answer than ours.
    """
    return (
        Confidence.POSSIBLE if _differs(facts, ExperimentName.WRONG_SECRET) else Confidence.LIKELY
    )


def forbidden(facts: Facts) -> Sighting | None:
    """See 403, or a close code that means the same."""
    if closed_as(facts, "auth-forbidden", 3003):
        return Sighting(
            values={"what it did": _closed_with(facts, "forbidden")},
            confidence=_credentials_matter(facts),
        )
    answer = _answer(facts)
    if answer is None or answer.status != 403:
        return None
    matters = _differs(facts, ExperimentName.WRONG_SECRET) or _differs(
        facts, ExperimentName.WITHOUT_CREDENTIALS
    )
    return Sighting(
        values={"what it did": "answered HTTP 403 before the socket opened"},
        confidence=Confidence.LIKELY if matters else Confidence.POSSIBLE,
        undecided=True,
    )
