"""Statistics of round trips."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.agent.round_trips import ROWS, RoundTrips, number, percentile

VALUES = st.lists(st.floats(0.001, 10_000.0), min_size=1, max_size=200)


def filled(values: list[float]) -> RoundTrips:
    """Return round trips with these milliseconds."""
    trips = RoundTrips()
    for value in values:
        trips.add(value)
    return trips


def test_nothing_has_no_summary() -> None:
    """Nothing is divided by zero."""
    assert RoundTrips().summary() is None
    assert RoundTrips().histogram() == []


@given(VALUES)
def test_the_summary_is_what_statistics_says(values: list[float]) -> None:
    """The standard library gives the same numbers."""
    summary = filled(values).summary()

    assert summary is not None
    assert (summary.minimum, summary.maximum) == (min(values), max(values))
    assert summary.average == pytest.approx(statistics.fmean(values))
    assert summary.deviation == pytest.approx(statistics.pstdev(values), abs=1e-6)
    assert summary.minimum <= summary.p50 <= summary.p95 <= summary.p99 <= summary.maximum


def test_percentiles_are_by_nearest_rank() -> None:
    """Each percentile is a measured value."""
    values = [float(n) for n in range(1, 101)]

    assert [percentile(values, p) for p in (1, 50, 95, 99, 100)] == [1.0, 50.0, 95.0, 99.0, 100.0]
    assert percentile([7.0], 50) == percentile([7.0], 99) == 7.0
    assert percentile([1.0, 2.0], 50) == 1.0


@given(VALUES)
def test_the_histogram_counts_everything_once(values: list[float]) -> None:
    """It has no rows if there are too few values."""
    rows = filled(values).histogram()

    assert len(rows) in (0, ROWS)
    assert sum(row.count for row in rows) in (0, len(values))


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0.0234, "0.023"),
        (0.9994, "0.999"),
        (0.9996, "1.00"),
        (9.994, "9.99"),
        (9.996, "10.0"),
        (23.44, "23.4"),
        (99.94, "99.9"),
        (99.96, "100"),
        (1234.5, "1234"),
    ],
)
def test_precision_shrinks_as_the_value_grows(milliseconds: float, shown: str) -> None:
    """As in ping(8), there are never more than four digits, even at the borders."""
    assert number(milliseconds) == shown
