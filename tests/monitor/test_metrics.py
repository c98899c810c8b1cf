"""The metrics, as a scraper reads them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as older

from edgecheck.fleet.check import Checked
from edgecheck.fleet.outcome import Outcome
from edgecheck.fleet.target import Target
from edgecheck.monitor.metrics import LONGEST_LABEL, exposed, label
from edgecheck.monitor.watched import Watched
from edgecheck.monitor.web import probe_seconds
from tests.render.hostile import HOSTILE

BAD = Outcome(
    target="one",
    source="one",
    at="2026-01-05T09:12:44.120Z",
    ok=False,
    agent_id="edge_1",
    host="h.example",
    code="tls-certificate-expired",
    stage="tls",
    side="backend",
    confidence="certain",
    stages=(("dns", 1.5), ("tls", 20.0)),
    certificate_end="2026-01-04T00:00:00Z",
    findings=(("warning", 2),),
)


def agent(outcome: Outcome) -> Watched:
    made = Watched(Target(outcome.target, "x", "/"), 180)
    made.take(Checked(outcome, None), None, 1.8e9)
    return made


def samples(*agents: Watched, accept: str = "") -> dict[str, list[tuple[dict[str, str], float]]]:
    text, kind = exposed(accept, agents)
    parse = text_string_to_metric_families if "openmetrics" in kind else older
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in parse(text.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
    return found


WHO = {"target": "one", "agent": "edge_1", "host": "h.example"}


def test_each_metric_of_the_contract_is_there() -> None:
    """With its labels, and times in seconds."""
    found = samples(agent(BAD))

    assert found["edgecheck_up"] == [(WHO, 0.0)]
    cause = {"code": "tls-certificate-expired", "stage": "tls", "side": "backend"}
    assert found["edgecheck_problem"] == [({**WHO, **cause, "confidence": "certain"}, 1.0)]
    assert found["edgecheck_stage_duration_seconds"] == [
        ({**WHO, "stage": "dns"}, 0.0015),
        ({**WHO, "stage": "tls"}, 0.02),
    ]
    assert found["edgecheck_certificate_expiry_timestamp_seconds"] == [(WHO, 1767484800.0)]
    assert found["edgecheck_last_check_timestamp_seconds"] == [(WHO, 1767604364.12)]
    assert ({**WHO, "severity": "warning"}, 2.0) in found["edgecheck_findings"]
    assert ({**WHO, "result": "problem"}, 1.0) in found["edgecheck_checks_total"]
    assert "edgecheck_ping_seconds" not in found


def test_a_problem_is_absent_when_there_is_none() -> None:
    """And an agent that was never checked has no metric."""
    found = samples(
        agent(replace(BAD, ok=True, code="", ping_ms=12.5)), Watched(Target("n", "", ""), 1)
    )

    assert "edgecheck_problem" not in found
    assert found["edgecheck_up"] == [(WHO, 1.0)]
    assert found["edgecheck_ping_seconds"] == [(WHO, 0.0125)]


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2",
        "text/plain",
        "application/openmetrics-text; version=nonsense",
        "text/html, nonsense; version=x",
    ],
)
def test_every_scraper_can_read_them(accept: str) -> None:
    """Also an old one, and one that says nonsense."""
    assert samples(agent(BAD), accept=accept)["edgecheck_up"] == [(WHO, 0.0)]


def test_hostile_text_is_one_label() -> None:
    """It is no longer than it may be, and ends no line."""
    found = samples(agent(replace(BAD, agent_id=HOSTILE.encode("utf-8", "replace").decode())))

    ((labels, value),) = found["edgecheck_up"]
    assert len(labels["agent"]) == LONGEST_LABEL
    assert value == 0.0


def test_long_names_that_begin_alike_stay_apart() -> None:
    """Otherwise two agents would be one series."""
    one, other = ("x" * 300 + end for end in "ab")

    assert label(one) != label(other)
    assert label("x" * LONGEST_LABEL) == "x" * LONGEST_LABEL


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("10", 9.5), ("0.6", 0.3), ("1e9", 120.0), ("", 9.5), ("nan", 9.5), ("-1", 9.5), ("x", 9.5)],
)
def test_a_probe_ends_before_the_scraper_gives_up(given: str, seconds: float) -> None:
    """Whatever the scraper says."""
    assert probe_seconds({"x-prometheus-scrape-timeout-seconds": given}) == seconds
