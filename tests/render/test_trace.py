"""A report as the steps of a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from edgecheck.escapes import is_unsafe
from edgecheck.facts import Facts, Span, Target
from edgecheck.lint.defect import Defect
from edgecheck.render.trace import CHECKUP, Step, started_at, steps
from edgecheck.report import report_of
from tests.render.hostile import PIECES
from tests.render.samples import DNS, HEALTHY, REFUSED, TLS


def traced(facts: Facts, *defects: Defect) -> dict[str, Step]:
    """Return the steps of a report by their names."""
    return {step.name: step for step in steps(report_of(facts, "0", defects))}


def test_a_healthy_checkup_has_a_step_for_each_stage_that_ran() -> None:
    """In their order, after the whole; none of them failed, and a proxy was not used."""
    found = traced(HEALTHY)

    assert list(found) == [CHECKUP, "config", "dns", "tcp", "tls", "upgrade", "auth", "session"]
    assert [step.failed for step in found.values()] == [None] * len(found)
    assert (found["tls"].started_ms, found["tls"].duration_ms) == (36.4, 48.0)
    assert found[CHECKUP].duration_ms == HEALTHY.total_ms
    assert found["tls"].attributes["tls.protocol.version"] == "1.3"
    assert found["session"].attributes["edgecheck.round_trip_ms"] == 31.5
    assert [name for name, step in found.items() if step.is_request] == ["upgrade"]


def test_what_is_not_known_has_no_attribute() -> None:
    """Neither None nor an empty text stands for it, on facts as few as there can be."""
    for facts in (Facts(), HEALTHY, REFUSED, replace(HEALTHY, tls=replace(TLS, version=None))):
        for step in steps(report_of(facts, "0")):
            assert None not in step.attributes.values()
            assert () not in step.attributes.values()
            assert "None" not in step.attributes.values()


def test_a_finding_stands_at_its_stage() -> None:
    """And at the whole if that stage was skipped."""
    exposed = Defect("env-file-exposed", "warning", ".env")
    assert HEALTHY.dns is not None
    private = replace(HEALTHY, dns=replace(HEALTHY.dns, addresses=("10.0.0.7",)))
    found = traced(private, exposed)

    def codes(step: Step) -> list[object]:
        return [noted.attributes["edgecheck.finding.code"] for noted in step.noted]

    assert codes(found["config"]) == ["env-file-exposed"]
    assert found["config"].noted[0].attributes["edgecheck.finding.severity"] == "warning"
    assert codes(found["dns"]) == ["dns-sinkhole"]
    assert codes(found[CHECKUP]) == []
    assert codes(traced(Facts(), exposed)[CHECKUP]) == ["env-file-exposed"]


def test_text_from_the_network_is_escaped_and_bounded() -> None:
    """A collector must get neither control characters nor megabytes."""
    hostile = "".join(PIECES) * 100
    facts = replace(
        HEALTHY,
        target=Target(f"wss://{hostile}", hostile, 443, hostile),
        dns=replace(DNS, host=hostile, addresses=(hostile,) * 1000),
    )
    values = [value for step in traced(facts).values() for value in step.attributes.values()]
    texts = [
        text
        for value in values
        for text in (value if isinstance(value, tuple) else (value,))
        if isinstance(text, str)
    ]

    assert not any(map(is_unsafe, "".join(texts)))
    assert max(map(len, texts)) <= 2_000
    assert max(len(value) for value in values if isinstance(value, tuple)) <= 20


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-05T09:12:44.120Z", datetime(2026, 1, 5, 9, 12, 44, 120_000, UTC)),
        ("2026-01-05T09:12:44", None),  # nobody knows in which time zone
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_time_of_a_forged_report_is_not_guessed(written: str, moment: datetime | None) -> None:
    """It has to be a time with its zone."""
    report = report_of(replace(HEALTHY, started_at=written), "0")

    assert started_at(report) == moment


def test_a_stage_that_ended_before_it_began_does_not_stop_the_trace() -> None:
    """A report may be forged; what it says of durations is kept as it stands."""
    facts = replace(HEALTHY, dns=replace(DNS, span=Span(5.0, -3.0)))

    assert traced(facts)["dns"].duration_ms == -3.0
