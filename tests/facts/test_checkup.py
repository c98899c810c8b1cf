"""What follows from the facts of a whole checkup."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.facts import Answer, Facts, Kind
from tests.sights import HEALTHY, closed, failed


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (HEALTHY, None),
        (Facts(), None),
        (failed(Kind.DNS_NOT_FOUND), Kind.DNS_NOT_FOUND),
        (closed(1008, "no"), Kind.SESSION_CLOSED),
        (replace(closed(1008, "no"), tcp=failed(Kind.TCP_REFUSED).tcp), Kind.TCP_REFUSED),
    ],
)
def test_the_failure_is_the_one_of_the_first_stage_that_failed(
    facts: Facts, kind: Kind | None
) -> None:
    """A checkup that went well has none, and neither has one that reached no stage."""
    failure = facts.failure

    assert (failure.kind if failure is not None else None) is kind


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(101, accepted=True), "accepted: the ping was answered"),
        (Answer(101, 1008, "no"), "closed 1008 no"),
        (Answer(101, 1008), "closed 1008"),
        (Answer(101), "accepted, but the ping was not answered"),
        (Answer(403, reason="Forbidden"), "HTTP 403 Forbidden"),
        (Answer(failed="tcp-refused"), "tcp-refused"),
        (Answer(), "no answer"),
    ],
)
def test_an_answer_reads_as_an_engineer_would_say_it(answer: Answer, words: str) -> None:
    """Each way to answer has its own words."""
    assert str(answer) == words
