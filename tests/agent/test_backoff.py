"""How long to wait before the next attempt."""

from __future__ import annotations

import random

import pytest

from edgecheck.agent.backoff import LASTING_SECONDS, LONGEST_RETRY_AFTER, Backoff


def test_the_waits_are_the_contracts() -> None:
    """The waits are 1, 2, 4, 8, 16, 32, 60, 60 … seconds, and start again at 1 after a success."""
    backoff = Backoff(random.random, jitter=0.0)

    assert [backoff.next() for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    backoff.succeeded()
    assert [backoff.next() for _ in range(3)] == [1, 2, 4]


@pytest.mark.parametrize(
    ("chance", "waits"), [(0.0, [1, 2, 4]), (0.5, [1.1, 2.2, 4.4]), (1.0, [1.2, 2.4, 4.8])]
)
def test_jitter_adds_up_to_a_fifth(chance: float, waits: list[float]) -> None:
    """A wait is never shorter than the contract's."""
    backoff = Backoff(lambda: chance)

    assert [backoff.next() for _ in range(3)] == pytest.approx(waits)


def test_chance_is_chance() -> None:
    """Two agents do not come back at the same moment."""
    waits = {Backoff(random.random).next() for _ in range(20)}

    assert len(waits) > 1
    assert all(1 <= wait <= 1.2 for wait in waits)


def test_a_handover_is_not_waited_for_once() -> None:
    """Only the first of several handovers is followed at once, until a connection lasts."""
    backoff = Backoff(random.random, jitter=0.0)

    assert [backoff.next(at_once=True) for _ in range(3)] == [0, 1, 2]
    # The backend restarts in a loop: it answers each time, and leaves again.
    for _ in range(3):
        backoff.succeeded()
        assert backoff.next(at_once=True, lasted=0.1) == 1
    backoff.succeeded()
    assert [backoff.next(at_once=True, lasted=LASTING_SECONDS), backoff.next()] == [0, 1]


def test_a_refusal_is_waited_for_a_minute() -> None:
    """The wait is a minute from the first refusal on."""
    backoff = Backoff(random.random, jitter=0.0)

    assert [backoff.next(refused=True) for _ in range(8)] == [60] * 8
    assert Backoff(random.random).next(refused=True) >= 60


@pytest.mark.parametrize(
    ("asked", "wait"),
    [(0.0, 1.0), (0.5, 1.0), (30.0, 30.0), (3600.0, 3600.0), (1e9, LONGEST_RETRY_AFTER)],
)
def test_retry_after_is_honoured(asked: float, wait: float) -> None:
    """The longer wait counts, up to an hour."""
    assert Backoff(random.random, jitter=0.0).next(retry_after=asked) == wait
