"""A report in one line: what a log needs, and no blank that would make another column."""

from __future__ import annotations

from dataclasses import replace

from edgecheck.facts import Facts, Target
from edgecheck.render.line import report
from edgecheck.report import report_of
from tests.render.samples import HEALTHY, HOST, REFUSED


def line(facts: Facts) -> str:
    """Return the line of a report."""
    return report(report_of(facts, "0.1.0"))


def test_a_verdict_has_its_code_and_whose_turn_it_is() -> None:
    """Time to the second, agent, host, code, side, duration."""
    assert line(REFUSED) == f"2026-01-05T09:12:44Z edge_1 {HOST} auth-secret-rejected client 177ms"


def test_without_a_verdict_it_is_healthy_or_was_interrupted() -> None:
    """There is nobody whose turn it would be."""
    assert line(HEALTHY).split()[3:5] == ["healthy", "-"]
    assert line(replace(HEALTHY, session=None, interrupted=True)).split()[3] == "interrupted"


def test_what_is_unknown_or_hostile_makes_no_other_column() -> None:
    """Six columns, whatever the settings are."""
    odd = replace(HEALTHY, target=Target(None, "a b\x1b[2J\n", None, None, None, None))

    assert len(line(odd).split(" ")) == 6
    assert line(odd).isprintable()
