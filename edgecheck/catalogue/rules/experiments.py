"""What the experiments say about a refusal: whether a change of the request changed the answer."""

from __future__ import annotations

import re

from ...backend.profile import Place
from ...facts import Answer, ExperimentName, Facts
from ...facts.answers import answer_of, is_worded_apart
from ...facts.reasons import Topic, topic_in

# Words about the credentials: a refusal with them is about the secret, whatever else is the same.
_ABOUT_SECRET = (
    r"(?i)token|secret|credential|passw|api[- _]?key|bearer|authoriz|authentic|unauthori|signature|"
    r"\bjwt\b|\bkey\b"
)


def refusal_of(facts: Facts) -> Answer | None:
    """Return the backend's refusal; None if it did not refuse."""
    answer = answer_of(facts)
    refused = answer.close_code is not None or (
        answer.status is not None and not answer.accepted and not answer.failed
    )
    return answer if refused else None


def differs(facts: Facts, name: ExperimentName) -> bool | None:
    """Tell whether the changed request got another answer; None if it was not made."""
    changed = facts.experiment(name)
    return None if changed is None else not changed.answer.same_as(answer_of(facts))


def is_answered_otherwise(facts: Facts, name: ExperimentName) -> bool:
    """Tell whether the changed request got another answer, and did not only fail on its way."""
    changed = facts.experiment(name)
    return changed is not None and not changed.answer.failed and bool(differs(facts, name))


def nobody_looked(facts: Facts) -> bool:
    """Tell whether the refusal is the same with another secret and with none."""
    return (
        refusal_of(facts) is not None
        and differs(facts, ExperimentName.WRONG_SECRET) is False
        and differs(facts, ExperimentName.WITHOUT_CREDENTIALS) is False
        and differs(facts, ExperimentName.CLEANED_SECRET) is not True
        and not is_worded_apart(facts)
    )


def says_it_is_the_secret(facts: Facts) -> bool:
    """Tell whether the refusal's own words are about the credentials."""
    words = re.search(_ABOUT_SECRET, answer_of(facts).reason) is not None
    return words or topic_in(facts) is Topic.REFUSED


def is_about_the_secret(facts: Facts) -> bool:
    """Tell whether the profile's meaning of a refusal stands, though no change makes another one.

    It does where a missing secret is refused like a wrong one: a backend that read a message of the
    greeting, or whose profile has neither a close code nor an answer for a missing one.
    """
    profile = facts.profile
    missing = "auth-header-rejected"
    told_apart = profile.close_code(missing) is not None or profile.refusal_for(missing) is not None
    in_a_message = profile.request.authorization.place is Place.MESSAGE
    return facts.meaning == "auth-secret-rejected" and (in_a_message or not told_apart)


def is_inconsistent(facts: Facts) -> bool:
    """Tell whether the same request was answered differently the second time."""
    again = facts.experiment(ExperimentName.AGAIN)
    # A connection that failed is not an answer of another backend.
    answered = again is not None and again.answer.status is not None
    # Ours was accepted at first, too, and nobody waited for the end of the other one.
    if again is not None and again.answer.accepted and facts.session and facts.session.accepted:
        return False
    # Too many requests: that is an answer to how many came, not to what came.
    if again is not None and again.answer.status == 429:
        return False
    return answered and differs(facts, ExperimentName.AGAIN) is True
