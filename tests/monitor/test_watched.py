"""One agent over several checks: what changes, and what checks say together."""

from __future__ import annotations

from dataclasses import replace

from edgecheck.facts import (
    Answer,
    Experiment,
    ExperimentName,
    Facts,
    Failure,
    Kind,
    SessionFacts,
    Span,
)
from edgecheck.fleet.check import Checked
from edgecheck.fleet.outcome import Outcome, outcome_of
from edgecheck.fleet.target import Target
from edgecheck.monitor.watched import Change, Watched, name_of
from edgecheck.report import report_of
from tests.render.samples import HEALTHY, REFUSED, UNREACHED, closed

NAME = "agents/one.env"
AT = 1_800_000_000.0
LOST = Checked(Outcome(NAME, NAME, "2026-01-05T09:12:44Z", ok=False, error="no such file"), None)
# What an experiment adds: without credentials, the same answer.
CLOSER = replace(
    REFUSED,
    experiments=(Experiment(ExperimentName.AGAIN, Answer(status=101, accepted=True)),),
)


def checked(facts: Facts) -> Checked:
    report = report_of(facts, "0.1.0")
    return Checked(outcome_of(report, NAME, NAME), report)


def watched() -> Watched:
    return Watched(Target(NAME, NAME, "/"), 180)


def all_taken(*facts: Facts | Checked) -> tuple[Watched, list[Change | None]]:
    """Return an agent after checks that have no closer look, and what each changed."""
    agent = watched()
    changes = [
        agent.take(each if isinstance(each, Checked) else checked(each), None, AT + number)
        for number, each in enumerate(facts)
    ]
    return agent, changes


def test_only_what_changes_is_a_change() -> None:
    """The first check counts as one if it finds a problem."""
    _, healthy_first = all_taken(HEALTHY, HEALTHY, UNREACHED, UNREACHED, HEALTHY)
    _, problem_first = all_taken(UNREACHED, UNREACHED, LOST)

    assert [change and name_of(change.after) for change in healthy_first] == [
        *(None, None),
        *("dns-not-found", None, "healthy"),
    ]
    assert [change and name_of(change.after) for change in problem_first] == [
        *("dns-not-found", None, "error"),
    ]
    assert problem_first[0] is not None
    assert problem_first[0].before is None


def test_the_beginning_of_a_state_stays() -> None:
    """It is the moment of the first check that showed it."""
    later = replace(UNREACHED, started_at="2026-01-05T10:00:00.000Z")
    agent, _ = all_taken(HEALTHY, UNREACHED, later)

    assert agent.since == UNREACHED.started_at
    assert agent.outcome is not None
    assert agent.outcome.at == later.started_at


def test_checks_are_counted_by_their_result() -> None:
    """What could not be checked is neither healthy nor a problem of the agent."""
    agent, _ = all_taken(HEALTHY, UNREACHED, LOST, HEALTHY)

    assert agent.checks == {"healthy": 2, "problem": 1, "error": 1}


def test_an_agent_keeps_its_labels() -> None:
    """A check that could not read the settings does not know whose they were."""
    agent, _ = all_taken(HEALTHY, LOST)

    assert agent.outcome is not None
    assert (agent.outcome.agent_id, agent.outcome.host) == ("edge_1", "backend.example.com")
    assert not agent.outcome.ok


def test_the_report_of_the_state_is_kept() -> None:
    """It can be judged again, and one that could not be checked has none."""
    agent, _ = all_taken(HEALTHY, UNREACHED)
    lost, _ = all_taken(UNREACHED, LOST)

    assert agent.report is not None
    assert agent.report.facts == UNREACHED
    assert lost.report is None


def test_what_a_closer_look_found_holds_as_long_as_the_problem_stays() -> None:
    """Only news is looked at closer; and what was no news once is news after another state."""
    agent = watched()
    agent.take(checked(HEALTHY), None, AT)
    assert agent.is_news(checked(REFUSED))

    agent.take(checked(REFUSED), checked(CLOSER), AT + 1)
    assert agent.outcome is not None
    assert agent.outcome.code == "auth-inconsistent"
    assert not agent.is_news(checked(REFUSED))

    agent.take(checked(REFUSED), None, AT + 2)
    assert agent.outcome.code == "auth-inconsistent"
    assert agent.report is not None
    assert agent.report.facts.experiments == CLOSER.experiments
    assert agent.is_news(checked(UNREACHED))


def test_a_closer_look_without_time_is_made_up_for() -> None:
    """A scraper may give too little time for it."""
    agent = watched()
    agent.take(checked(REFUSED), None, AT)

    assert agent.is_news(checked(REFUSED))
    agent.take(checked(REFUSED), checked(REFUSED), AT + 1)
    assert not agent.is_news(checked(REFUSED))


def test_taking_turns_is_one_problem_until_it_is_over() -> None:
    """An agent that is refused every second time is not healthy in between."""
    agent, changes = all_taken(*(HEALTHY, REFUSED) * 3, *(HEALTHY,) * 6)
    names = [name_of(change.after) for change in changes if change]

    assert names == [
        "auth-secret-rejected",
        "healthy",
        "auth-inconsistent",
        "healthy",
    ] or names == [
        "auth-secret-rejected",
        "auth-inconsistent",
        "healthy",
    ]
    assert agent.outcome is not None
    assert agent.outcome.ok


def test_a_secret_that_was_changed_is_not_taking_turns() -> None:
    """Refused from one moment on."""
    _, changes = all_taken(*(HEALTHY,) * 4, *(REFUSED,) * 4, *(HEALTHY,) * 4)

    assert [name_of(change.after) for change in changes if change] == [
        "auth-secret-rejected",
        "healthy",
    ]


def test_the_same_age_check_after_check_is_a_limit() -> None:
    """A single connection that ended says less."""
    ended = SessionFacts(
        Span(145.4, 30_000.0),
        pong=True,
        round_trip_ms=2.0,
        close_code=1006,
        idle_ms=10_000.0,
        longest_gap_ms=12_000.0,
        failure=Failure(Kind.SESSION_DROPPED, "the connection was closed"),
    )
    agent, _ = all_taken(*(replace(HEALTHY, session=ended),) * 3)

    assert agent.outcome is not None
    assert agent.outcome.code == "session-lifetime-limit"
    assert agent.outcome.confidence == "likely"


def test_flapping_is_said_of_any_cause() -> None:
    """A network that comes and goes has no code of its own."""
    calm, _ = all_taken(*(HEALTHY,) * 9, UNREACHED)
    flapping, changes = all_taken(*(HEALTHY, UNREACHED) * 4)

    assert not calm.lately.flapping
    assert flapping.lately.flapping
    assert changes[-1] is not None
    assert changes[-1].flapping


def test_restarts_are_no_refusals() -> None:
    """A backend that goes away and comes back does not answer one request in two ways."""
    away = replace(HEALTHY, session=closed(1012, "service restart"))
    _, changes = all_taken(*(HEALTHY, away) * 4)

    assert {name_of(change.after) for change in changes if change} == {
        "session-restarting",
        "healthy",
    }
