"""The strip of the last day."""

from __future__ import annotations

from itertools import pairwise

from edgecheck.monitor.history import SLOT_SECONDS, SLOTS, History, State

NOW = 1_800_000_000.0


def lengths(history: History, now: float = NOW) -> dict[str, int]:
    """Return how many slots are in each state."""
    found: dict[str, int] = {}
    for part in history.strip(now):
        found[part.state] = found.get(part.state, 0) + part.length
    return found


def test_before_the_first_check_nothing_is_known() -> None:
    """The strip is one part, as long as the day."""
    assert lengths(History(180)) == {"skip": SLOTS}


def test_parts_are_as_long_as_the_states_lasted() -> None:
    """They join without a gap, and no two neighbours are alike."""
    history = History(180)
    for minute in range(-600, 0):
        problem = -300 <= minute < -240
        history.add(NOW + minute * 60, State.PROBLEM if problem else State.HEALTHY)
    parts = history.strip(NOW)

    assert all(one.start + one.length == other.start for one, other in pairwise(parts))
    assert [part.state for part in parts] == ["skip", "pass", "fail", "pass", "skip"]
    assert lengths(history)["fail"] == 12
    assert sum(part.length for part in parts) == SLOTS


def test_one_failure_is_seen_among_many_successes() -> None:
    """The worst of a slot counts."""
    history = History(180)
    for second in (0, 60, 120):
        history.add(NOW + second, State.PROBLEM if second == 60 else State.HEALTHY)

    assert lengths(history, NOW + 120)["fail"] == 1


def test_a_check_holds_until_the_next_one_and_no_longer() -> None:
    """An agent that is checked every half hour has no holes; a monitor that slept has one."""
    for hold, state in ((3 * 1800, "pass"), (600, "skip")):
        history = History(hold)
        history.add(NOW - 1800, State.HEALTHY)
        history.add(NOW, State.HEALTHY)

        between = [part for part in history.strip(NOW) if part.length == 1800 // SLOT_SECONDS - 1]
        assert bool(between) == (state == "skip")


def test_a_day_later_it_is_forgotten() -> None:
    """Also if no check came since, or one came only then."""
    history = History(180)
    history.add(NOW, State.PROBLEM)
    later = NOW + 24 * 3600

    assert lengths(history, later) == {"skip": SLOTS}
    history.add(later, State.HEALTHY)
    assert lengths(history, later) == {"skip": SLOTS - 1, "pass": 1}


def test_a_clock_that_was_set_back_breaks_nothing() -> None:
    """The check counts for the latest slot."""
    history = History(180)
    history.add(NOW, State.HEALTHY)
    history.add(NOW - 7200, State.PROBLEM)

    assert lengths(history) == {"skip": SLOTS - 1, "fail": 1}
