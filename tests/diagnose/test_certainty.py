"""How sure a verdict is, and what the experiments add."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.facts import (
    Answer,
    ConfigFacts,
)
from edgecheck.terms import Confidence
from tests.diagnose.defects import (
    ACCEPTED,
    BAD_HEADER,
    REFUSAL,
    REFUSED,
    defect,
    verdict_of,
    with_defects,
    with_experiments,
)
from tests.sights import answered, closed


@pytest.mark.parametrize(
    ("answers", "confidence"),
    [
        ({}, Confidence.LIKELY),
        ({"without_credentials": BAD_HEADER, "wrong_secret": REFUSED}, Confidence.CERTAIN),
        ({"without_credentials": REFUSED, "wrong_secret": REFUSED}, Confidence.LIKELY),
        (
            {"without_credentials": BAD_HEADER, "wrong_secret": Answer(101, 4403)},
            Confidence.POSSIBLE,
        ),
        (
            {
                "without_credentials": BAD_HEADER,
                "wrong_secret": replace(REFUSED, reason="Agent not registered"),
            },
            Confidence.POSSIBLE,
        ),
        ({"wrong_secret": ACCEPTED}, Confidence.POSSIBLE),
        ({"without_credentials": Answer(failed="tcp-refused")}, Confidence.LIKELY),
    ],
    ids=[
        "none",
        "header read, secret refused",
        "no header refused alike",
        "a random secret fares otherwise",
        "a random secret is refused in other words",
        "accepts anything else",
        "failed",
    ],
)
def test_experiments_decide_how_sure_a_refused_secret_is(
    answers: dict[str, Answer], confidence: Confidence
) -> None:
    """Certain only where the evidence admits nothing else."""
    assert verdict_of(with_experiments(REFUSAL, **answers)).confidence is confidence


def test_a_refused_secret_that_hides_another_is_forgotten_first() -> None:
    """An earlier export is the usual reason; where another setting is hidden, it is none."""

    def first_remedy(setting: str) -> str:
        config = ConfigFacts(".env", shadowed={setting: ".env:2"}, request_possible=True)
        return verdict_of(replace(REFUSAL, config=config)).remedies[0]

    assert "unset EDGE_SECRET" in first_remedy("EDGE_SECRET")
    assert ".env:2 holds another secret" in first_remedy("EDGE_SECRET")
    assert "unset" not in first_remedy("EDGE_AGENT_ID")


@pytest.mark.parametrize(
    ("cleaned", "confidence"),
    [(None, Confidence.LIKELY), (ACCEPTED, Confidence.CERTAIN), (REFUSED, Confidence.POSSIBLE)],
    ids=["not tried", "accepted", "refused too"],
)
def test_the_repaired_secret_decides_how_sure_a_defect_is(
    cleaned: Answer | None, confidence: Confidence
) -> None:
    """The defect is proven, or there is more than it."""
    facts = with_experiments(REFUSAL, **({"cleaned_secret": cleaned} if cleaned else {}))
    verdict = verdict_of(*with_defects(facts, defect("secret-quoted")))

    assert verdict.code == "secret-quoted"
    assert verdict.confidence is confidence


def test_a_403_says_how_sure_it_is_by_what_changes_it() -> None:
    """An unknown path refuses everybody alike."""
    alike = with_experiments(
        answered(403), without_credentials=Answer(403), wrong_secret=Answer(403)
    )
    otherwise = with_experiments(
        answered(403), without_credentials=Answer(401), wrong_secret=Answer(403)
    )

    assert verdict_of(alike).confidence is Confidence.POSSIBLE
    assert verdict_of(otherwise).confidence is Confidence.LIKELY
    assert "upgrade-not-found" in verdict_of(alike).alternatives


def test_a_header_that_arrives_is_not_stripped_for_certain() -> None:
    """The backend calls it missing, and answers a random secret otherwise."""
    facts = with_experiments(
        closed(4001, "Missing Authorization header"),
        without_credentials=BAD_HEADER,
        wrong_secret=REFUSED,
    )

    assert verdict_of(facts).confidence is Confidence.POSSIBLE
    assert "auth-header-rejected" in verdict_of(facts).alternatives


def test_the_experiments_are_evidence_of_a_refusal() -> None:
    """Each with its outcome."""
    facts = with_experiments(REFUSAL, without_credentials=BAD_HEADER)

    assert (
        "Without credentials: closed 4001 Missing Authorization header"
        in verdict_of(facts).evidence
    )
