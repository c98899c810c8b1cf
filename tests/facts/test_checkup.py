"""What follows from the facts of a whole checkup."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.facts import Answer, Facts, Greeting, Instead, Kind, Stage
from edgecheck.facts.answers import answer_of
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
        (Answer(101, reason="no such agent"), "answered no such agent"),
        (Answer(101), "accepted, but the ping was not answered"),
        (Answer(403, reason="Forbidden"), "HTTP 403 Forbidden"),
        (Answer(failed="tcp-refused"), "tcp-refused"),
        (Answer(), "no answer"),
    ],
)
def test_an_answer_reads_as_an_engineer_would_say_it(answer: Answer, words: str) -> None:
    """Each way to answer has its own words."""
    assert str(answer) == words


@pytest.mark.parametrize(
    ("facts", "past", "reached"),
    [
        (HEALTHY, (), True),
        (replace(HEALTHY, session=None), (), False),
        (
            replace(HEALTHY, until=Stage.TLS),
            (Stage.UPGRADE, Stage.AUTH, Stage.SESSION),
            True,
        ),
        (
            replace(HEALTHY, until=Stage.TLS, tls=None),
            (Stage.UPGRADE, Stage.AUTH, Stage.SESSION),
            True,
        ),
        (
            replace(HEALTHY, until=Stage.TLS, tls=None, tcp=None),
            (Stage.UPGRADE, Stage.AUTH, Stage.SESSION),
            False,
        ),
    ],
)
def test_a_checkup_may_end_before_the_pong(
    facts: Facts, past: tuple[Stage, ...], reached: bool
) -> None:
    """Its end is the stage that was asked for; ws:// has no TLS."""
    assert tuple(each for each in Stage if facts.is_past_the_end(each)) == past
    assert facts.reached_its_end is reached


def test_another_message_than_a_greeting_expects_is_the_answer() -> None:
    """It is compared with the answers to other requests."""
    facts = closed(1000)
    assert facts.session is not None
    greeting = Greeting(instead=Instead.MESSAGE, received="no such agent")

    assert answer_of(replace(facts, session=replace(facts.session, greeting=greeting))) == Answer(
        101, reason="no such agent"
    )
