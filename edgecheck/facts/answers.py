"""How a backend answered a handshake, in a form in which two handshakes can be compared."""

from __future__ import annotations

from ..escapes import unescape
from . import Answer, ExperimentName, Facts, HttpResponse, Instead

# What a TLS port answers to plain text: nginx; Apache; Go's net/http; Tomcat.
_WANTS_TLS = (
    "plain http request was sent to https port",
    "speaking plain http to an ssl-enabled server port",
    "client sent an http request to an https server",
    "combination of host and port requires tls",
)
# The beginning of a page is enough to recognise the page.
_REASON = 300


def answer_of(facts: Facts) -> Answer:
    """Return how one handshake ended."""
    session, upgrade = facts.session, facts.upgrade
    if session is not None:
        if session.accepted:
            return Answer(status=101, accepted=True)
        greeting = session.greeting
        if greeting is not None and greeting.instead is Instead.MESSAGE:
            return Answer(101, reason=greeting.received[:_REASON])
        failed = (
            session.failure.kind.value if session.failure and session.close_code is None else ""
        )
        return Answer(101, session.close_code, session.close_reason, failed=failed)
    if upgrade is not None and upgrade.response is not None:
        response = upgrade.response
        failed = upgrade.failure.kind.value if upgrade.failure and response.status == 101 else ""
        return Answer(
            response.status,
            reason=f"{response.reason} {response.body}".strip()[:_REASON],
            failed=failed,
        )
    stages = (facts.dns, facts.tcp, facts.proxy, facts.tls, upgrade)
    failure = next(
        (stage.failure for stage in stages if stage is not None and stage.failure is not None), None
    )
    return Answer(failed=failure.kind.value if failure else "not reached")


def wants_tls(response: HttpResponse) -> bool:
    """Tell whether a server says that its port speaks TLS, and that plain text came."""
    said = unescape(response.body).lower()
    return 400 <= response.status < 500 and any(phrase in said for phrase in _WANTS_TLS)


def is_worded_apart(facts: Facts) -> bool:
    """Tell whether a missing secret is refused in other words than ours, and a random one is not.

    Then the server has read the secret, although the number of the refusal is always the same.
    """
    without = facts.experiment(ExperimentName.WITHOUT_CREDENTIALS)
    wrong = facts.experiment(ExperimentName.WRONG_SECRET)
    if without is None or wrong is None:
        return False
    ours, missing, random = (
        _words(one) for one in (answer_of(facts), without.answer, wrong.answer)
    )
    return bool(ours and missing) and ours == random != missing


def _words(answer: Answer) -> list[str]:
    """Return the words of an answer without those that have digits: they may be a request's id."""
    return [word for word in answer.reason.split() if not any(map(str.isdecimal, word))]
