"""What the experiments showed: the conclusion as a sentence, then each answer (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..facts import Answer, Experiment, ExperimentName, Facts
from ..facts.answers import is_worded_apart
from .units import joined

_CREDENTIALS = r"(?i)token|secret|credential|passw|api[- _]?key|bearer|authoriz|authentic|unauthori"


_REPAIRED = "The repaired secret is accepted."
_ALL_THE_SAME = "The refusal is the same with another secret and with none"
# What each experiment changes, for the middle of a sentence.
_CHANGES = {
    ExperimentName.AGAIN: "to the same request once more",
    ExperimentName.WITH_ORIGIN: "with an Origin field",
    ExperimentName.WITH_SUBPROTOCOL: "with a subprotocol",
    ExperimentName.WITHOUT_CREDENTIALS: "without credentials",
    ExperimentName.WRONG_SECRET: "with a random secret",
    ExperimentName.CLEANED_SECRET: "with the repaired secret",
}


def experiments_of(facts: Facts, ours: Answer) -> tuple[str, ...]:
    """Return the evidence of the experiments.

    Args:
        facts: what was seen.
        ours: the answer to the request as it is configured.
    """
    if not facts.experiments:
        return ()
    said = conclusion_of(facts, ours)
    return (*((said,) if said else ()), *_answers(facts.experiments, ours, said))


def _answers(experiments: tuple[Experiment, ...], ours: Answer, said: str) -> Iterator[str]:
    """Yield a sentence for all answers that are the same, and one for each other."""
    same = [_CHANGES[each.name] for each in experiments if each.answer == ours]
    if same and not said.startswith(_ALL_THE_SAME):
        yield f"The answer is the same {joined(same)}."
    for each in experiments:
        if each.answer != ours and not (each.answer.accepted and said == _REPAIRED):
            change = _CHANGES[each.name]
            yield f"{change[0].upper()}{change[1:]}: {each.answer}"


def _is_about_the_secret(ours: Answer) -> bool:
    """Tell whether a refusal says itself that it is about the credentials."""
    number = ours.status == 401 or ours.close_code in (3000, 4401)
    return number or re.search(_CREDENTIALS, ours.reason) is not None


def conclusion_of(facts: Facts, ours: Answer) -> str:
    """Return what the experiments show together, as a sentence; empty if they show nothing."""

    def same(name: ExperimentName) -> bool | None:
        made = facts.experiment(name)
        return None if made is None else made.answer.same_as(ours)

    def otherwise(name: ExperimentName) -> bool:
        """Tell whether a request with one more field got another answer, and did not only fail."""
        made = facts.experiment(name)
        return made is not None and not made.answer.failed and not made.answer.same_as(ours)

    again, wrong = same(ExperimentName.AGAIN), same(ExperimentName.WRONG_SECRET)
    without, cleaned = (
        same(ExperimentName.WITHOUT_CREDENTIALS),
        facts.experiment(ExperimentName.CLEANED_SECRET),
    )
    repeated = facts.experiment(ExperimentName.AGAIN)
    if again is False and repeated is not None and repeated.answer.status is not None:
        return (
            "The same request gets a different answer the second time: there are several backends."
        )
    if cleaned is not None and cleaned.answer.accepted:
        return _REPAIRED
    if otherwise(ExperimentName.WITH_ORIGIN):
        return "With an Origin field the answer is different: the server checks the Origin."
    if otherwise(ExperimentName.WITH_SUBPROTOCOL):
        return "With a subprotocol the answer is different: the server wants one."
    if is_worded_apart(facts):
        without = False
    if wrong and without and _is_about_the_secret(ours):
        return (
            f"{_ALL_THE_SAME}: either nobody looked at the secret, or a wrong one and none get the "
            "same answer."
        )
    if wrong and without:
        return f"{_ALL_THE_SAME}: nobody looked at the secret."
    if wrong and without is False:
        return (
            "The backend looks at the secret, and refuses it: without credentials it answers "
            "differently, and with another secret the same."
        )
    if wrong is False and without:
        return (
            "Another secret gets a different answer, and none at all gets the same: the server "
            "reads the header, but something may have changed it on the way."
        )
    if wrong is False:
        return (
            "Another secret gets a different answer: the backend knows this secret, and refuses "
            "something else."
        )
    return ""
