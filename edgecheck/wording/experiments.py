"""What the experiments showed: the conclusion as a sentence, then each answer (pure)."""

from __future__ import annotations

import re

from ..facts import Answer, Experiment, ExperimentName, Facts

_CREDENTIALS = r"(?i)token|secret|credential|passw|api[- _]?key|bearer|authoriz|authentic|unauthori"


def experiments_of(facts: Facts, ours: Answer) -> tuple[str, ...]:
    """Return the evidence of the experiments.

    Args:
        facts: what was seen.
        ours: the answer to the request as it is configured.
    """
    if not facts.experiments:
        return ()
    said = conclusion_of(facts, ours) or "The request was sent again, with one change each time:"
    return (said, *(f"{each.name}: {_told(each, ours)}" for each in facts.experiments))


def _is_about_the_secret(ours: Answer) -> bool:
    """Tell whether a refusal says itself that it is about the credentials."""
    number = ours.status == 401 or ours.close_code in (3000, 4401)
    return number or re.search(_CREDENTIALS, ours.reason) is not None


def _told(each: Experiment, ours: Answer) -> str:
    return "the same answer" if each.answer == ours else str(each.answer)


def conclusion_of(facts: Facts, ours: Answer) -> str:
    """Return what the experiments show together, as a sentence; empty if they show nothing."""

    def same(name: ExperimentName) -> bool | None:
        made = facts.experiment(name)
        return None if made is None else made.answer.same_as(ours)

    again, wrong = same(ExperimentName.AGAIN), same(ExperimentName.WRONG_SECRET)
    without, cleaned = (
        same(ExperimentName.WITHOUT_CREDENTIALS),
        facts.experiment(ExperimentName.CLEANED_SECRET),
    )
    repeated = facts.experiment(ExperimentName.AGAIN)
    if again is False and repeated is not None and repeated.answer.status is not None:
        return "The same request gets another answer the second time: there are several backends."
    if cleaned is not None and cleaned.answer.accepted:
        return "The repaired secret is accepted."
    if same(ExperimentName.WITH_ORIGIN) is False:
        return "With an Origin field the answer is another one: the server looks at the Origin."
    if same(ExperimentName.WITH_SUBPROTOCOL) is False:
        return "With a subprotocol the answer is another one: the server wants one."
    if wrong and without and _is_about_the_secret(ours):
        return (
            "The refusal is the same with another secret and with none: either nobody looked at "
            "the secret, or a wrong one and none get the same answer."
        )
    if wrong and without:
        return (
            "The refusal is the same with another secret and with none: nobody looked at the "
            "secret."
        )
    if wrong and without is False:
        return (
            "Without credentials the answer is another one, with another secret it is the same: "
            "the backend looks at the secret, and refuses it."
        )
    if wrong is False and without:
        return (
            "Another secret gets another answer, and none at all gets the same: the header is "
            "looked at, and its form may not arrive as it was sent."
        )
    if wrong is False:
        return (
            "Another secret gets another answer: the backend knows this secret, and refuses "
            "something else."
        )
    return ""
