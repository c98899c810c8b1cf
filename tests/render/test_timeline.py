"""Times to scale: bars within bounds, and an axis that can be read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.facts import Facts
from edgecheck.render.timeline import Timeline, timeline
from edgecheck.report import report_of
from tests.render.samples import HEALTHY
from tests.sights import FACTS


@pytest.mark.parametrize(
    ("total_ms", "labels"),
    [
        (177.0, ["0", "50", "100", "150 ms"]),
        (40.0, ["0", "10", "20", "30", "40 ms"]),
        (0.9, ["0", "0.5 ms"]),
        (1900.0, ["0", "500", "1000", "1500 ms"]),
        (8000.0, ["0", "2", "4", "6", "8 s"]),
        (30_000.0, ["0", "10", "20", "30 s"]),
    ],
)
def test_an_axis_has_few_round_marks(total_ms: float, labels: list[str]) -> None:
    """It is in seconds if milliseconds would be long numbers."""
    assert [label for _, label in Timeline(total_ms, ()).marks] == labels


@given(st.floats(1e-9, 1e12))
def test_every_axis_has_from_two_to_five_marks(total_ms: float) -> None:
    """All marks are on the axis, the first one at its beginning."""
    places = [place for place, _ in Timeline(total_ms, ()).marks]

    assert places[0] == 0
    assert 2 <= len(places) <= 5
    assert places == sorted(places)
    assert places[-1] <= 1 + 1e-9


@given(FACTS)
def test_every_bar_is_within_bounds(facts: Facts) -> None:
    """This holds for all numbers."""
    for bar in timeline(report_of(facts, "0.1.0")).bars:
        assert 0 <= bar.start <= 1
        assert 0 <= bar.length <= 1 - bar.start


def test_stages_that_took_no_time_have_no_bar() -> None:
    """There is no axis if there is no bar."""
    bars = timeline(report_of(HEALTHY, "0.1.0")).bars

    assert [bar.result.stage.value for bar in bars] == [
        "config",
        "dns",
        "tcp",
        "tls",
        "upgrade",
        "session",
    ]
    assert timeline(report_of(replace(Facts(), total_ms=5.0), "0.1.0")).bars == ()
    assert Timeline(0.0, ()).marks == []
