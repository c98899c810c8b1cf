"""Defects and refusals beside each other, and what follows from them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from edgecheck.diagnose import Diagnosis, Verdict, diagnose
from edgecheck.facts import (
    Answer,
    ConfigFacts,
    Experiment,
    ExperimentName,
    Facts,
    Kind,
)
from edgecheck.lint.defect import Defect
from tests.sights import answered, closed, failed

REFUSED = Answer(101, 1008, "Token verification failed")
BAD_HEADER = Answer(101, 4001, "Missing Authorization header")
ACCEPTED = Answer(101, accepted=True)
REFUSAL = closed(1008, "Token verification failed")
NETWORK_FAILURES = (
    [failed(kind) for kind in Kind if kind is not Kind.CRASHED]
    + [answered(status) for status in (301, 403, 404, 502)]
    + [REFUSAL, closed(1011)]
)


def verdict_of(facts: Facts, defects: tuple[Defect, ...] = ()) -> Verdict:
    """Return the verdict, which there is."""
    verdict = diagnose(facts, defects).verdict
    assert verdict is not None
    return verdict


def codes(diagnosis: Diagnosis) -> list[str]:
    """Return the findings' codes."""
    return [finding.code for finding in diagnosis.findings]


class Seen(NamedTuple):
    """What a diagnosis is made of."""

    facts: Facts
    defects: tuple[Defect, ...]


def with_defects(facts: Facts, *defects: Defect, possible: bool = True) -> Seen:
    """Return the facts with settings that have these defects."""
    config = replace(facts.config or ConfigFacts(), request_possible=possible)
    return Seen(replace(facts, config=config), defects)


def defect(
    code: str, severity: str = "error", setting: str = "EDGE_SECRET", **values: str
) -> Defect:
    """Return a defect of a setting."""
    return Defect(code, severity, ".env:2", setting, (f"evidence of {code}",), values)


def with_experiments(facts: Facts, **answers: Answer) -> Facts:
    """Return the facts with experiments; names with ``_`` for ``-``."""
    experiments = tuple(
        Experiment(ExperimentName(name.replace("_", "-")), answer)
        for name, answer in answers.items()
    )
    return replace(facts, experiments=experiments)
