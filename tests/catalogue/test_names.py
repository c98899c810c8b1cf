"""A name that leads home: a public one with private addresses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.diagnose import Status, diagnose
from edgecheck.facts import (
    DnsFacts,
    Kind,
    Stage,
)
from edgecheck.terms import Severity
from tests.diagnose.defects import (
    codes,
    verdict_of,
)
from tests.sights import HEALTHY, SPAN, failed


@pytest.mark.parametrize(
    "addresses",
    [
        ("0.0.0.0",),
        ("127.0.0.1",),
        ("10.0.0.1", "192.168.1.1"),
        ("::",),
        ("::1",),
        ("fe80::1%eth0",),
        ("100.64.0.1",),
    ],
)
def test_a_public_name_with_private_addresses_is_an_error_where_nothing_connects(
    addresses: tuple[str, ...],
) -> None:
    """The refused connection is its symptom."""
    facts = replace(
        failed(Kind.TCP_REFUSED), dns=DnsFacts(SPAN, "backend.example.com", addresses=addresses)
    )
    verdict = verdict_of(facts)

    assert verdict.code == "dns-sinkhole"
    assert verdict.alternatives == ("tcp-refused",)
    assert {result.stage: result.status for result in diagnose(facts).stages}[
        Stage.TCP
    ] is Status.SKIP


def test_a_public_name_with_private_addresses_is_a_warning_where_all_works() -> None:
    """Split horizon is meant so."""
    diagnosis = diagnose(
        replace(HEALTHY, dns=DnsFacts(SPAN, "backend.example.com", addresses=("10.0.0.1",)))
    )

    assert diagnosis.ok
    assert [(finding.code, finding.severity) for finding in diagnosis.findings] == [
        ("dns-sinkhole", Severity.WARNING)
    ]
    assert {result.stage: result.status for result in diagnosis.stages}[Stage.DNS] is Status.WARN


@pytest.mark.parametrize(
    "dns",
    [
        DnsFacts(SPAN, "localhost", addresses=("127.0.0.1",)),
        DnsFacts(SPAN, "backend", addresses=("10.0.0.1",)),
        DnsFacts(SPAN, "backend.lan", addresses=("192.168.1.2",)),
        DnsFacts(SPAN, "10.0.0.1", literal=True, addresses=("10.0.0.1",)),
        DnsFacts(SPAN, "backend.example.com", addresses=("10.0.0.1", "203.0.114.7")),
        DnsFacts(SPAN, "backend.example.com", addresses=("8.8.8.8",)),
        DnsFacts(SPAN, "backend.example.com"),
    ],
    ids=[
        "localhost",
        "one label",
        "private suffix",
        "literal",
        "one public address",
        "public",
        "none",
    ],
)
def test_other_names_may_lead_where_they_like(dns: DnsFacts) -> None:
    """A private name has a private address rightly."""
    assert "dns-sinkhole" not in codes(diagnose(replace(HEALTHY, dns=dns)))
