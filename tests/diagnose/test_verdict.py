"""What a verdict and a finding say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS
from edgecheck.diagnose import diagnose
from edgecheck.facts import (
    Facts,
    Kind,
)
from edgecheck.terms import Confidence, Side, fill
from edgecheck.wording.values import profile_values
from tests.diagnose.defects import (
    NETWORK_FAILURES,
    codes,
    defect,
    verdict_of,
    with_defects,
)
from tests.sights import HEALTHY, answered, failed


@pytest.mark.parametrize("facts", NETWORK_FAILURES, ids=lambda facts: diagnose(facts).verdict.code)
def test_a_verdict_is_filled_with_what_was_seen(facts: Facts) -> None:
    """No template's brace is left, and no value that was known is missing."""
    verdict = verdict_of(facts)
    texts = [verdict.title, verdict.cause, *verdict.remedies]

    assert all(text.strip() for text in texts)
    assert not any(
        hole in text
        for text in texts
        for hole in ("{host}", "<host>", "<url>", "<agent_id>", "<secret_where>", "None")
    )
    assert verdict.side in Side
    assert verdict.remedies


def test_a_value_with_braces_is_text() -> None:
    """What came from outside is never a template."""
    verdict = verdict_of(answered(401, www_authenticate='Basic realm="{host} {0}"', server="{url}"))

    assert any("{host} {0}" in text for text in (*verdict.remedies, *verdict.evidence))
    assert "{url}" in verdict.title


@pytest.mark.parametrize(
    ("days", "side", "confidence"),
    [
        (None, Side.BACKEND, Confidence.LIKELY),
        (0, Side.BACKEND, Confidence.CERTAIN),
        (-90, Side.CLIENT, Confidence.LIKELY),
    ],
    ids=["the server's clock is unknown", "both clocks agree", "by the server's clock it is valid"],
)
def test_an_expired_certificate_is_whose_turn_by_the_servers_clock(
    days: int | None, side: Side, confidence: Confidence
) -> None:
    """A device without a battery clock accuses good certificates."""
    from datetime import datetime, timedelta

    now = datetime.fromisoformat("2026-05-01T00:00:00+00:00")
    facts = failed(Kind.TLS_CERTIFICATE, verify_code=10)
    assert facts.tls is not None
    assert HEALTHY.tls is not None
    date = None if days is None else (now + timedelta(days=days)).isoformat()
    tls = replace(facts.tls, chain=HEALTHY.tls.chain, server_date=date)
    verdict = verdict_of(replace(facts, tls=tls, started_at=now.isoformat()))

    assert (verdict.code, verdict.side, verdict.confidence) == (
        "tls-certificate-expired",
        side,
        confidence,
    )


def test_a_clock_that_differs_is_noticed() -> None:
    """By more than five minutes, against the server's Date field."""
    assert HEALTHY.upgrade is not None
    assert HEALTHY.upgrade.response is not None

    def dated(value: str) -> list[Any]:
        assert HEALTHY.upgrade is not None
        assert HEALTHY.upgrade.response is not None
        response = replace(HEALTHY.upgrade.response, fields=(("Date", value),))
        return codes(
            diagnose(replace(HEALTHY, upgrade=replace(HEALTHY.upgrade, response=response)))
        )

    assert dated("Mon, 05 Jan 2026 09:12:44 GMT") == []
    assert dated("Mon, 05 Jan 2026 09:16:44 GMT") == []
    assert dated("Mon, 05 Jan 2026 10:12:44 GMT") == ["clock-skewed"]
    assert dated("Fri, 31 Feb 2026 10:12:44 GMT") == []
    assert dated("yesterday") == []


@pytest.mark.parametrize(
    ("host", "is_example"),
    [
        ("your-backend.example.com", True),
        ("example.com", True),
        ("backend.example.org.", True),
        ("your-app.up.railway.app", True),
        ("backend.example", True),
        ("myexample.com", False),
        ("your-company.com", False),
        ("backend.company", False),
        ("backend.agents-cloud.net", False),
    ],
)
def test_an_example_s_name_is_called_one(host: str, is_example: bool) -> None:
    """Nobody has it: the first thing is to ask for the real address."""
    facts = failed(Kind.DNS_NOT_FOUND)
    assert facts.dns is not None
    verdict = verdict_of(
        replace(facts, dns=replace(facts.dns, host=host), target=replace(facts.target, host=host))
    )

    assert verdict.code == "dns-not-found"
    assert ("Ask the backend's team for its address" in verdict.remedies[0]) is is_example
    assert any("a name from an example" in line for line in verdict.evidence) is is_example
    assert len(verdict.evidence) == 1 + is_example


def test_the_remedies_of_one_occurrence_come_first_and_as_they_are() -> None:
    """Braces in them are braces."""
    seen = replace(
        defect("secret-missing"),
        remedies=("Set `${…}` and {where}.",),
        fix="edgecheck doctor --fix",
    )
    verdict = verdict_of(*with_defects(Facts(), seen, possible=False))

    assert verdict.remedies[0].endswith("$ edgecheck doctor --fix")
    assert verdict.remedies[1] == "Set `${…}` and {where}."
    assert verdict.remedies[2:] == tuple(
        fill(remedy, {**profile_values(EDGE), "file": "<file>"})
        for remedy in PROBLEMS["secret-missing"].remedies
    )
