"""What the times of several connections say together."""

from __future__ import annotations

import pytest

from edgecheck.agent.lives import Lives
from edgecheck.facts import Life
from edgecheck.patterns import PatternKind, grows, pattern_of


def cut(seconds: float, *, idle: float = 0.5, gap: float = 2.0, code: int = 1006) -> Life:
    """Return a connection that was answered, and cut at an age."""
    return Life(
        lasted_ms=seconds * 1000,
        answered=True,
        close_code=code,
        idle_ms=idle * 1000,
        longest_gap_ms=gap * 1000,
    )


REFUSED = Life(status=404)


@pytest.mark.parametrize(
    ("lives", "kind"),
    [
        ([], None),
        ([cut(10.0)], PatternKind.SAME_AGE),
        ([cut(10.4)], None),
        ([cut(10.0), cut(10.2), cut(10.1)], PatternKind.SAME_AGE),
        ([cut(10.0), cut(23.0)], None),
        # Idle for as long each time, and never for as long before: an idle limit.
        ([cut(60.0, idle=60.0, gap=0.1), cut(60.1, idle=60.0, gap=0.1)], None),
        ([cut(10.0, idle=10.0, gap=0.1) for _ in range(3)], None),
        # Too short for a limit, and again and again: somebody else has the same id.
        ([cut(1.2), cut(1.0)], None),
        ([cut(1.2), cut(1.0), cut(1.1)], PatternKind.SHORT_LOOP),
        ([cut(3.0, code=1000), cut(14.0, code=1000), cut(7.0, code=1000)], PatternKind.SHORT_LOOP),
        ([cut(300.0), cut(14.0), cut(7.0)], None),
        ([cut(50.0), REFUSED, cut(51.0)], PatternKind.ALTERNATING),
        ([cut(3.0), cut(4.0), REFUSED, REFUSED, cut(5.0)], None),
        ([REFUSED, REFUSED, REFUSED], None),
    ],
)
def test_a_pattern_is_what_several_connections_share(
    lives: list[Life], kind: PatternKind | None
) -> None:
    """And nothing where they share nothing."""
    found = pattern_of(lives)

    assert (found.kind if found is not None else None) is kind


def test_a_run_says_it_in_a_line() -> None:
    """With the number of connections and their age."""
    lives = Lives()
    assert lives.words() == ""
    for _ in range(4):
        lives.add(cut(10.0))

    assert lives.words() == "4 connections, each ended after 10.0 s"
    assert lives.count == 4
    for _ in range(5):
        lives.add(cut(9.98))
    assert lives.words() == "9 connections, each ended after 10.0 s"


@pytest.mark.parametrize(
    ("ages", "said"),
    [
        ((2.0, 10.0, 10.1, 10.0, 9.9), "the last 4 connections, each ended after 10.0 s"),
        ((4.0, 3.0, 2.0, 1.1, 2.0), "5 connections, each ended soon: after about 2.0 s"),
    ],
)
def test_a_run_says_how_many_connections_are_alike(ages: tuple[float, ...], said: str) -> None:
    """All that are, and not only those that a pattern needs; one that is not does not hide them."""
    lives = Lives()
    for age in ages:
        lives.add(cut(age))

    assert lives.words() == said


def asleep(status: int, seconds: float = 0.0) -> Life:
    """Return an attempt that failed."""
    return Life(lasted_ms=seconds * 1000, status=status)


@pytest.mark.parametrize(
    ("lives", "woke"),
    [
        ([asleep(503)], True),
        ([asleep(502), asleep(503)], True),
        ([asleep(0, 10.0)], True),  # nobody answered in time
        ([asleep(0)], False),  # refused at once: no platform in front
        ([asleep(401)], False),
        ([asleep(503), cut(7.3)], False),
        ([], False),
    ],
)
def test_an_instance_that_wakes_up_fails_first(lives: list[Life], woke: bool) -> None:
    """It works from the first open connection on."""
    run = Lives()
    for life in lives:
        run.add(life)
    run.opened()

    assert ("asleep" in run.words()) is woke


def test_a_server_that_was_stopped_comes_back() -> None:
    """It is said once the run is connected again, and not of a refusal by HTTP."""
    run = Lives()
    run.add(cut(7.3))
    run.add(asleep(0))
    run.opened()

    assert run.words().startswith("the server was stopped once, and was back after ")
    run.add(cut(9.1))
    run.add(asleep(404))
    run.opened()
    assert "once" in run.words()


DOWN = Life(status=0)


@pytest.mark.parametrize(
    ("lives", "own"),
    [
        # Another client comes when it wants to.
        ([cut(1.2), cut(1.0), cut(1.1)], False),
        ([cut(4.2, idle=4.2), cut(3.9, idle=3.9), cut(4.4, idle=4.4)], False),
        # Nor does one that waits for a second each time, as the protocol's clients do.
        ([cut(1.0), cut(1.01), cut(1.0)], False),
        ([cut(1.2), cut(1.05), cut(1.1), cut(1.1), cut(1.1)], False),
        # A timer does not, and who replaces a connection seldom cuts it.
        ([cut(0.8), cut(0.81), cut(0.8)], True),
        ([cut(0.8, code=1000), cut(0.81, code=1000), cut(0.8, code=1000)], False),
        # What was sent or received ended it, each time.
        ([cut(3.1, idle=0.01), cut(9.2, idle=0.01), cut(5.1, idle=0.01)], True),
        # Nobody else can reach a server that is away.
        ([cut(3.1), DOWN, cut(9.2), cut(5.1)], True),
        ([DOWN, cut(3.1), cut(9.2), cut(5.1)], False),
    ],
)
def test_a_loop_may_be_the_servers_own(lives: list[Life], own: bool) -> None:
    """And not that of another client with the same id."""
    found = pattern_of(lives)

    assert found is not None
    assert found.kind is PatternKind.SHORT_LOOP
    assert found.own is own


@pytest.mark.parametrize(
    ("took", "slower"),
    [
        ((), False),
        ((20.0, 900.0), False),
        ((20.0, 400.0, 900.0, 4_000.0), True),
        ((20.0, 40.0, 60.0), False),
        ((900.0, 950.0, 990.0), False),
        ((20.0, 4_000.0, 900.0), False),
    ],
)
def test_round_trips_that_grow_are_a_queue(took: tuple[float, ...], slower: bool) -> None:
    """Only where that is felt."""
    assert grows(took) is slower
