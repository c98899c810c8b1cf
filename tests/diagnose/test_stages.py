"""How each stage went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgecheck.diagnose import Diagnosis, Status, diagnose
from edgecheck.facts import (
    ConfigFacts,
    Facts,
    Kind,
    Stage,
    TcpFacts,
)
from tests.diagnose.defects import (
    NETWORK_FAILURES,
    REFUSAL,
    codes,
    defect,
    with_defects,
)
from tests.sights import HEALTHY, HOST, SPAN, failed


@pytest.mark.parametrize("facts", NETWORK_FAILURES, ids=lambda facts: diagnose(facts).verdict.code)
def test_after_a_failed_stage_of_the_network_all_is_skipped(facts: Facts) -> None:
    """One stage has failed: the verdict's."""
    diagnosis = diagnose(facts)
    results = list(diagnosis.stages)
    failures = [result.stage for result in results if result.status is Status.FAIL]

    assert [result.stage for result in results] == list(Stage)
    assert diagnosis.verdict is not None
    assert failures == [diagnosis.verdict.stage]
    after = list(Stage).index(failures[0]) + 1
    assert all(result.status is Status.SKIP for result in results[after:])
    assert all(result.summary for result in results)


def test_after_failed_settings_the_network_is_judged_all_the_same() -> None:
    """Where the request could be written, what the network said is a result."""
    diagnosis = diagnose(*with_defects(REFUSAL, defect("secret-quoted")))
    stages = {result.stage: result.status for result in diagnosis.stages}

    assert stages[Stage.CONFIG] is Status.FAIL
    assert stages[Stage.TCP] is stages[Stage.TLS] is stages[Stage.UPGRADE] is Status.PASS
    assert stages[Stage.AUTH] is Status.FAIL
    assert stages[Stage.SESSION] is Status.SKIP


def test_after_failed_settings_nothing_is_reached_where_the_request_cannot_be_written() -> None:
    """Skipped, and the reason said."""
    facts = Facts(config=ConfigFacts(".env", request_possible=False, span=SPAN))
    results = {
        result.stage: result for result in diagnose(facts, [defect("secret-missing")]).stages
    }

    assert results[Stage.CONFIG].status is Status.FAIL
    assert all(
        result.status is Status.SKIP
        for stage, result in results.items()
        if stage is not Stage.CONFIG
    )
    assert "cannot be written" in results[Stage.UPGRADE].summary


def test_stages_that_a_connection_does_not_use_are_skipped_and_say_so() -> None:
    """No proxy; no TLS with ws://."""
    target = replace(HEALTHY.target, url=f"ws://{HOST}/edge/ws")
    results = {
        result.stage: result
        for result in diagnose(replace(HEALTHY, tls=None, target=target)).stages
    }

    assert results[Stage.PROXY].status is results[Stage.TLS].status is Status.SKIP
    assert results[Stage.PROXY].summary == "no proxy"
    assert results[Stage.TLS].summary == "not used by ws://"
    assert all(
        result.status is Status.PASS
        for stage, result in results.items()
        if stage not in (Stage.PROXY, Stage.TLS)
    )


def test_the_proxys_address_is_the_proxys_failure() -> None:
    """dns and tcp are about the proxy there, and its own stage says so."""
    proxy = failed(Kind.PROXY_UNCONNECTED)
    tcp = failed(Kind.TCP_REFUSED).tcp
    diagnosis = diagnose(replace(proxy, tcp=tcp))
    stages = {result.stage: result.status for result in diagnosis.stages}

    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == "proxy-unreachable"
    assert diagnosis.findings == ()
    assert stages[Stage.TCP] is Status.SKIP
    assert stages[Stage.PROXY] is Status.FAIL


@pytest.mark.parametrize(
    "kind", [Kind.DNS_NOT_FOUND, Kind.DNS_FAILURE, Kind.DNS_NO_ADDRESS, Kind.DNS_TIMEOUT]
)
def test_the_proxys_name_is_the_proxys_failure(kind: Kind) -> None:
    """Whatever the resolver said of it."""
    diagnosis = diagnose(replace(failed(Kind.PROXY_UNRESOLVED), dns=failed(kind).dns, tcp=None))

    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == "proxy-unreachable"
    assert diagnosis.findings == ()


def test_a_family_that_is_broken_is_noticed_where_the_other_works() -> None:
    """Failed, or silent for long while the other was quick; merely slower is nothing."""
    from edgecheck.facts import Attempt, Failure

    def with_attempts(*attempts: Attempt) -> Diagnosis:
        return diagnose(replace(HEALTHY, tcp=TcpFacts(SPAN, HOST, 443, "203.0.113.7", attempts)))

    good = Attempt("203.0.113.7", "ipv4", True, 20.0)
    refused = Attempt(
        "2001:db8::7", "ipv6", False, 1.0, Failure(Kind.TCP_UNREACHABLE, "Network is unreachable")
    )

    assert codes(with_attempts(refused, good)) == ["tcp-family-broken"]
    assert codes(with_attempts(Attempt("2001:db8::7", "ipv6", None, 300.0), good)) == [
        "tcp-family-broken"
    ]
    assert codes(with_attempts(good, Attempt("2001:db8::7", "ipv6", None, 25.0))) == []
    assert codes(with_attempts(refused, Attempt("2001:db8::8", "ipv6", True, 9.0), good)) == []
    assert codes(with_attempts(Attempt("203.0.113.8", "ipv4", False, 1.0), good)) == []


def test_a_family_that_no_file_was_left_to_try_is_not_said_to_be_broken() -> None:
    """The limit is this machine's."""
    from edgecheck.facts import Attempt, Failure

    short = Failure(Kind.TCP_BLOCKED, "Too many open files", errno="EMFILE")
    attempts = (
        Attempt("203.0.113.7", "ipv4", True, 20.0),
        Attempt("2001:db8::7", "ipv6", False, 1.0, short),
    )
    seen = TcpFacts(SPAN, HOST, 443, "203.0.113.7", attempts)

    assert codes(diagnose(replace(HEALTHY, tcp=seen))) == []
