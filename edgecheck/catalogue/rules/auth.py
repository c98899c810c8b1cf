"""auth: which part of the credentials a refusal is about.

A backend that opens the socket first closes it with a close code that the profile gives a meaning.
A refusal before that reaches the client as a bare HTTP status. The experiments of the probe (a
request without credentials, one with a random secret) tell the causes apart.
"""

from __future__ import annotations

import re

from ...backend.profile import Place
from ...facts import Answer, ExperimentName, Facts
from ...facts.answers import answer_of
from ...facts.reasons import Topic, topic_in
from ...frozen import replace
from ...terms import Confidence, Side, verbatim, without_code
from ..condition import OnClose, Sighting, closed_as
from ..numbers import FORBIDDEN_CLOSES, UNAUTHORIZED_CLOSES
from ..products import Cure
from .complaints import NOT_ACCEPTED, NOT_FOUND, Complaint, answered, complaint_of, none_was_sent
from .experiments import (
    differs,
    is_about_the_secret,
    is_inconsistent,
    nobody_looked,
    refusal_of,
    says_it_is_the_secret,
)
from .responses import json_of, refusal, said_by
from .witness import author_of, cures, is_local, passed_on_by

# Where NAME is that of the field, or of whatever else holds the secret.
_MISSING = (
    r"(?i)(?:missing|lacks|without|absent|\bno)\b[^.;]{0,40}\bNAME\b"
    r"|\bNAME\b[^.;]{0,20}\b(?:header|field)\b[^.;]{0,20}"
    r"\b(?:missing|absent|required|not (?:found|given|present|provided|received|sent|set))\b"
    r"|\bNAME (?:is )?missing\b"
)
# "Missing or invalid Authorization header" does not say which of the two it is.
_OR_MALFORMED = r"(?i)malformed|invalid|wrong|incorrect|unsupported"
_CHALLENGE = r"\s*([A-Za-z][A-Za-z0-9_-]*)"
_REALM = r'(?i)realm="([^"]*)"'
# What fits on a line.
_CHALLENGE_SHOWN = 100

_COMPARE_FORM = (
    "Compare the form of the secret in {secret_where} with the backend's. The backend called this "
    "secret malformed, but not a random one."
)
_CHECK_AGENT_ID = (
    "Check the agent id in {agent_where}: it is {agent_id}. A random secret gets a different "
    "answer, so this secret may be right, and the backend may refuse the id."
)
_ASK_ABOUT_AGENT_ID = (
    "Tell the backend's team that a random secret gets a different answer, and ask whether the "
    "agent id is registered."
)


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
    """See a refusal whose words say that the field with the secret is missing."""
    answer = refusal_of(facts)
    if answer is None or (answer.status not in (400, 401, 403) and answer.close_code is None):
        return None
    name = re.escape(facts.profile.request.authorization.name or "authorization")
    missing = re.search(_MISSING.replace("NAME", name), answer.reason)
    if missing is None or re.search(_OR_MALFORMED, answer.reason) or none_was_sent(facts):
        return None
    # The backend treats a request with another secret differently, so the header does arrive.
    if (
        differs(facts, ExperimentName.WRONG_SECRET)
        and differs(facts, ExperimentName.WITHOUT_CREDENTIALS) is False
    ):
        return Sighting(confidence=Confidence.POSSIBLE, undecided=True)
    return Sighting(confidence=Confidence.LIKELY)


_SET_SECRET = (
    "Set {secret_name} in {env_file}: no secret is set, so none was sent. The profile says that "
    "the backend does not need one (`secret.required`)."
)


def _unsent(facts: Facts) -> Sighting:
    """Return what to say of a refusal if no secret was sent."""
    return Sighting(
        values=answered(facts),
        title="The backend wants a secret, and {secret_name} is not set: {refusal}",
        cause=(
            "The profile says that the secret is not required, and none is set, so none was sent. "
            "This backend refuses a client without one."
        ),
        remedies=(_SET_SECRET,),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
    )


def header_rejected(facts: Facts) -> Sighting | None:
    """See the close code or the answer for a header that is missing or malformed."""
    if not closed_as(facts, "auth-header-rejected"):
        return None
    if none_was_sent(facts):
        return _unsent(facts)
    if differs(facts, ExperimentName.WRONG_SECRET):
        # The backend does not call a random secret malformed, so the form of this one is wrong.
        return Sighting(side=Side.CLIENT, remedies=(_COMPARE_FORM,))
    if facts.session is None:  # no socket opened
        return Sighting(
            title=NOT_FOUND.title,
            cause=NOT_FOUND.cause,
            remedies=NOT_FOUND.remedies,
            only=True,
            confidence=Confidence.LIKELY,
            undecided=True,
        )
    return Sighting(confidence=Confidence.LIKELY, undecided=True)


def secret_rejected(facts: Facts) -> Sighting | None:
    """See the close code or the answer for a secret that is not the backend's."""
    if not closed_as(facts, "auth-secret-rejected") and not _refused_in_words(facts):
        return None
    if none_was_sent(facts):
        return _unsent(facts)
    first = _unset_first(facts)
    if nobody_looked(facts) and not says_it_is_the_secret(facts):
        stands = is_about_the_secret(facts)
        confidence = Confidence.LIKELY if stands else Confidence.POSSIBLE
        return Sighting(confidence=confidence, remedies=first)
    changed = facts.experiment(ExperimentName.WRONG_SECRET)
    if changed is not None and (
        differs(facts, ExperimentName.WRONG_SECRET) or _gives_another_reason(facts, changed.answer)
    ):
        return Sighting(
            confidence=Confidence.POSSIBLE,
            remedies=(*first, _CHECK_AGENT_ID, _ASK_ABOUT_AGENT_ID),
        )
    without = differs(facts, ExperimentName.WITHOUT_CREDENTIALS)
    # A random secret gets the same answer, and a request without a secret gets another one: the
    # backend reads the header, and refuses the secret in it.
    certain = without is True and differs(facts, ExperimentName.WRONG_SECRET) is False
    return Sighting(confidence=Confidence.CERTAIN if certain else Confidence.LIKELY, remedies=first)


def _in_words(facts: Facts) -> Sighting | None:
    """See a refusal over HTTP that says what is wrong with the credentials.

    It is likely and no more, because a gateway may have written it.
    """
    complaint = complaint_of(facts)
    if complaint is None or nobody_looked(facts):
        return None
    first = _unset_first(facts)
    if complaint is Complaint.WRONG and differs(facts, ExperimentName.WRONG_SECRET):
        said, confidence = NOT_ACCEPTED, Confidence.POSSIBLE
        first = (*first, _CHECK_AGENT_ID, _ASK_ABOUT_AGENT_ID)
    else:
        said = NOT_ACCEPTED if complaint is Complaint.WRONG else NOT_FOUND
        confidence = Confidence.LIKELY
    return Sighting(
        values=answered(facts),
        title=said.title,
        cause=said.cause,
        remedies=(*first, *said.remedies),
        only=True,
        confidence=confidence,
    )


# Close codes whose own entries are about the credentials too, and see them with such a reason. 4404
# and 4429 are not among them: such a reason outweighs these, and their entries do not see it then.
_OWN_CLOSES = UNAUTHORIZED_CLOSES.numbers | FORBIDDEN_CLOSES.numbers


def _refused_in_words(facts: Facts) -> bool:
    """Tell whether the server closes with another code, and says that it refuses the credentials.

    Servers close with 1000, 1002, 1011 or a code of their own, and write why into the reason, or
    into a message before.
    """
    if facts.meaning or topic_in(facts) is not Topic.REFUSED:
        return False
    return OnClose.number_in(facts) not in _OWN_CLOSES


def unauthorized(facts: Facts) -> Sighting | None:
    """See 401, or a close code that means the same."""
    confidence = _credentials_matter(facts)
    if closed_as(facts, "auth-unauthorized", *UNAUTHORIZED_CLOSES.numbers):
        values = {"what it did": _closed_with(facts, "unauthorized"), "challenge": "none"}
        return _unread(Sighting(values=values, confidence=confidence), facts)
    answer = refusal_of(facts)
    response = facts.upgrade.response if facts.upgrade is not None else None
    if answer is None or answer.status != 401 or response is None:
        return None
    said = _unsent(facts) if none_was_sent(facts) else _in_words(facts)
    if said is not None:
        return replace(said, values={**said.values, "what it did": "", "challenge": ""})
    challenge = (response.field("www-authenticate") or "")[:_CHALLENGE_SHOWN]
    seen = Sighting(
        values={"what it did": "answered HTTP 401", "challenge": challenge or "none"},
        remedies=() if _is_ours(facts, challenge) else _other_scheme(facts, challenge),
        confidence=confidence,
    )
    return _unread(seen, facts)


def _unread(seen: Sighting, facts: Facts) -> Sighting:
    """Say so if another secret and none get the same refusal.

    Then nothing shows that the secret was read, so comparing it is not the first step.
    """
    if not nobody_looked(facts):
        return seen
    id_first = (_COMPARE_AGENT_ID,) if facts.target.agent_id else ()
    steps = (*seen.remedies, _ASK_WHO_REFUSES, *id_first)
    return replace(seen, cause=_SAME_FOR_ALL, remedies=steps)


_SAME_FOR_ALL = (
    "The refusal is the same with this secret, with another one and with none. Either the server "
    "gives one answer to a wrong secret and to a missing one, or nobody read the secret: the agent "
    "id is not registered, a gateway with a log-in of its own refuses every request, or the secret "
    "does not arrive. "
    "WWW-Authenticate ({challenge}) says what the server asks for."
)
_COMPARE_AGENT_ID = (
    "Compare the agent id in {agent_where} with the one that is registered at the backend: it is "
    "{agent_id}. Some backends refuse an unknown id like a wrong secret."
)
_ASK_WHO_REFUSES = (
    "Ask the backend's team whether their log shows a refusal at this moment. If it does, compare "
    "the secret, as below. If it does not, something in front of {endpoint} refuses: let it pass "
    "this path without a log-in."
)


def _closed_with(facts: Facts, name: str) -> str:
    if facts.session is None and facts.listed_answer is not None:
        return f"answered HTTP {facts.listed_answer.status}"
    code = facts.session.close_code if facts.session is not None else None
    return f"closed with {code} ({name})"


def _is_ours(facts: Facts, challenge: str) -> bool:
    """Tell whether a challenge asks for the scheme in which the profile sends the secret."""
    asked = re.match(_CHALLENGE, challenge)
    ours = facts.profile.request.authorization
    scheme = "basic" if ours.place is Place.BASIC else ours.scheme
    return asked is not None and bool(scheme) and asked[1].lower() == scheme.lower()


def _other_scheme(facts: Facts, challenge: str) -> tuple[str, ...]:
    """Return what to ask if a challenge names another scheme than Bearer."""
    scheme, realm = re.match(_CHALLENGE, challenge), re.search(_REALM, challenge)
    if scheme is None or scheme[1].lower() == "bearer":
        return ()
    named = verbatim(without_code(f" for the realm {realm[1]}")) if realm else ""
    bearer = facts.profile.request.authorization.place is Place.BEARER
    sent = "a Bearer token" if bearer else "{credential}"
    remedy = (
        f"Ask the backend's team what needs {scheme[1]} credentials{named}. Agents send {sent}, so "
        "a proxy or gateway in front of the backend asks for these."
    )
    return (remedy,)


def _credentials_matter(facts: Facts) -> Confidence:
    """Return how sure it is that the server refuses the credentials.

    It is less sure if a random secret gets another answer than ours.
    """
    return Confidence.POSSIBLE if differs(facts, ExperimentName.WRONG_SECRET) else Confidence.LIKELY


def forbidden(facts: Facts) -> Sighting | None:
    """See 403, or a close code that means the same."""
    if closed_as(facts, "auth-forbidden", *FORBIDDEN_CLOSES.numbers):
        return Sighting(
            values={"what it did": _closed_with(facts, "forbidden")},
            confidence=_credentials_matter(facts),
            cause=_FORBIDDEN_BY_CODE if facts.session is not None else _FORBIDDEN_BY_ANSWER,
            remedies=(_COMPARE_BOTH, _ASK_WHAT_IS_FORBIDDEN),
            only=True,
        )
    answer = refusal_of(facts)
    if answer is None or answer.status != 403:
        return None
    if (said := _in_words(facts)) is not None:
        return replace(said, values={**said.values, "what it did": ""})
    matters = differs(facts, ExperimentName.WRONG_SECRET) or differs(
        facts, ExperimentName.WITHOUT_CREDENTIALS
    )
    asgi = _is_asgi(facts)
    return Sighting(
        values={"what it did": "answered HTTP 403 before the socket opened"},
        confidence=Confidence.LIKELY if matters else Confidence.POSSIBLE,
        undecided=True,
        cause=None if asgi else _FORBIDDEN_BY_WHOM,
        remedies=() if asgi else (_ASK_WHO_FORBIDS,),
    )


_FORBIDDEN_BY_ANSWER = (
    "The profile says so of this answer: the backend has read who connects, and does not allow it."
)
_FORBIDDEN_BY_CODE = (
    "3003 and, by convention, 4403 mean what HTTP 403 means: the backend has read who connects, "
    "and does not allow it. It refuses the secret, the agent id, or what the two together may do."
)
_COMPARE_BOTH = (
    "Compare the secret and the agent id with those that the backend's team has: `edgecheck secret "
    "fingerprint` shows the digits to compare."
)
_ASK_WHAT_IS_FORBIDDEN = (
    "Ask the backend's team for their log line at this moment, for the agent {agent_id}, and what "
    "they close with {close code} for."
)
_FORBIDDEN_BY_WHOM = (
    "The server answers 403 with a page or a text of its own framework. It refuses the secret, the "
    "agent id, or this client, and the words below are its own."
)
_ASK_WHO_FORBIDS = (
    'Ask the backend\'s team why it answers "{status}" for {endpoint}, and quote what is shown '
    "below."
)


def _is_asgi(facts: Facts) -> bool:
    """Tell whether the answer is the bare one of an ASGI server."""
    response = refusal(facts)
    return response is not None and not response.body.strip()


def basic_in_front(facts: Facts) -> Sighting | None:
    """See a log-in before the backend that wants the Authorization field for itself."""
    response = refusal(facts)
    if response is None or response.status != 401:
        return None
    if facts.profile.request.authorization.place is Place.BASIC:
        return None  # it is the backend's own
    schemes = [
        found[1].lower()
        for value in response.values("www-authenticate")
        if (found := re.match(_CHALLENGE, value))
    ]
    if not schemes or schemes[0] not in ("basic", "digest", "negotiate", "ntlm"):
        return None
    if differs(facts, ExperimentName.WRONG_SECRET):
        return None  # the secret is looked at, so the field does arrive
    author, proxied = author_of(response), bool(passed_on_by(response))
    by_proxy = author is not None and author.is_on_the_way
    if is_local(facts) and not proxied and not by_proxy and json_of(response):
        return None  # the application's own document, and nothing in between
    realm = re.search(_REALM, response.field("www-authenticate") or "")
    proven, own = by_proxy and nobody_looked(facts), cures(response, Cure.LOG_IN)
    return Sighting(
        values={
            "scheme of it": schemes[0].capitalize(),
            "realm": f" (realm {realm[1][:60]})" if realm else "",
        },
        confidence=Confidence.CERTAIN if proven else Confidence.LIKELY,
        remedies=(*own, _ANOTHER_ADDRESS) if own else (),
        only=bool(own),
        side=Side.BACKEND if is_local(facts) and not proxied and not by_proxy else None,
        alternatives=() if by_proxy else ("auth-unauthorized",),
    )


_ANOTHER_ADDRESS = (
    "Ask the backend's team for an address that does not lead through this log-in, or let the "
    "backend check the secret alone."
)
_PLATFORM_WORDS = (
    r"(?i)your client does not have permission to get url|the access token could not be verified|"
    r"the request was not authenticated|invalid iap credentials|is not authorized to (?:access|"
    r"perform)|authorization header requires|missing authentication token|incomplete signature|"
    r"invalid key=value pair|no api key found in request|execute-api:|"
    r"jwt is not in the form|jwt (?:verification fails|issuer is not configured)|jwks doesn't have "
    r"key"
)
_AMAZON = (
    r"(?i)(?:unauthorized|accessdenied|incompletesignature|invalidsignature|missingauth|forbidden)"
)


def taken_by_platform(facts: Facts) -> Sighting | None:
    """See a platform that takes the secret for a token of its own."""
    response = refusal(facts)
    if response is None or response.status not in (401, 403):
        return None
    challenge, kind = response.field("www-authenticate") or "", response.field("x-amzn-errortype")
    azure = "authorization_uri" in challenge or "login.windows.net" in challenge
    front = (response.field("server") or "").lower().startswith("google frontend")
    if "waf" in (kind or "").lower():
        return None
    if not (
        azure
        or (front and "invalid_token" in challenge)
        or re.match(_AMAZON, kind or "")
        or response.has("x-goog-iap-generated-response")
        or re.search(_PLATFORM_WORDS, said_by(response))
    ):
        return None
    author = next(iter(passed_on_by(response)), None) or author_of(response)
    own = cures(response, Cure.LOG_IN)
    return Sighting(
        values={"platform": author.name if author else "Azure" if azure else "The platform"},
        confidence=Confidence.LIKELY,
        remedies=(*own, _ANOTHER_ADDRESS) if own else (),
        only=bool(own),
    )


def inconsistent(facts: Facts) -> Sighting | None:
    """See a request that is answered differently the second time."""
    again, ours = facts.experiment(ExperimentName.AGAIN), refusal_of(facts)
    if ours is None or again is None or not is_inconsistent(facts):
        return None
    return Sighting(
        values={"first": _short(ours), "second": _short(again.answer)},
        confidence=Confidence.CERTAIN if again.answer.accepted else Confidence.LIKELY,
    )


def _short(answer: Answer) -> str:
    """Return an answer in a word or two."""
    if answer.accepted:
        return "accepted"
    if answer.close_code is not None:
        return f"closed {answer.close_code}"
    return f"HTTP {answer.status}" if answer.status is not None else answer.failed or "nothing"
