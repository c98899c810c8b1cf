"""The first step is for the one whose turn it is, whatever was seen.

A person at the keyboard reads "Next step: the backend's team", and then what to tell them. A step
that checks or tries something here comes later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import Problem
from edgecheck.diagnose import Verdict, diagnose
from edgecheck.facts import Certificate, Facts, Failure, Kind
from edgecheck.terms import Severity, Side
from tests.catalogue.test_harm import LOCATIONS
from tests.catalogue.test_reasons import CODES, REASONS
from tests.catalogue.test_tells import facts_of
from tests.catalogue.test_told_screens import OTHERS, OWN_STEPS, on_this_machine
from tests.catalogue.told import SAID
from tests.sights import HEALTHY, HOST, answered, closed, failed

SERVERS = ("", "nginx", "cloudflare", "awselb/2.0", "uvicorn")
STATUSES = (
    200,
    301,
    302,
    *range(400, 410),
    421,
    426,
    429,
    431,
    444,
    451,
    460,
    464,
    *range(495, 600),
)
CLOSE_CODES = (*range(1000, 1016), 3000, *range(4000, 4020), *range(4400, 4432), *range(4500, 4505))
ERRORS = (None, "ENETUNREACH", "EHOSTUNREACH", "ECONNREFUSED", "ECONNRESET")
ALERTS = (
    "access_denied",
    "bad_record_mac",
    "handshake_failure",
    "internal_error",
    "no_application_protocol",
    "protocol_version",
    "unknown_ca",
    "unrecognized_name",
)
# Who may be in between. On this machine, nobody is without a trace.
OF_THE_WAY = {Side.NETWORK, Side.INTERMEDIARY}
# The machine's own resolver and routes; and what names a gateway, or shows that a field was lost.
SEEN_BY_ITSELF = r"(?:dns|proxy|platform)-|tcp-unreachable|session-|upgrade-header-dropped"
MAY_BE_A_VERDICT = [
    problem
    for problem in PROBLEMS.values()
    if problem.severity is Severity.ERROR and problem.stage is not None
]


def misfit(side: Side, step: str) -> str:
    """Say what is wrong with a first step; empty if it fits."""
    if re.match(rf"(?:Ask|Tell) (?:{OTHERS[side]})", step):
        return f"{side} is asked to turn to somebody else: {step}"
    if side is not Side.CLIENT and re.match(rf"(?:{OWN_STEPS})\b", step):
        return f"it is the turn of {side}, and the person here does it: {step}"
    return ""


@pytest.mark.parametrize("problem", MAY_BE_A_VERDICT, ids=lambda problem: problem.code)
def test_the_first_step_of_an_entry_is_for_the_one_whose_turn_it_is(problem: Problem) -> None:
    """As the entry has it, before anything special was seen."""
    assert misfit(problem.side, problem.remedies[0]) == ""


def sights() -> Iterator[tuple[str, Facts]]:
    """Yield checkups that failed in every way that a number or a word can name."""
    for kind in Kind:
        errors = ERRORS if kind.startswith("tcp") else ERRORS[:1]
        if kind is not Kind.CRASHED:
            yield from ((f"{kind} {error}", failed(kind, errno=error)) for error in errors)
    for alert in ALERTS:
        yield f"alert {alert}", failed(Kind.TLS_ALERT, alert=alert)
    for code in range(1, 100):
        yield f"verify {code}", failed(Kind.TLS_CERTIFICATE, verify_code=code)
    for status in STATUSES:
        yield from (
            (f"{status} by {server}", answered(status, server=server)) for server in SERVERS
        )
    for location in LOCATIONS:
        yield f"to {location}", answered(302, location=location)
    for code in CLOSE_CODES:
        yield f"close {code}", closed(code)
    for reason in REASONS:
        yield from ((f"close {code} {reason}", closed(code, reason)) for code in CODES)
    for name, said in SAID.items():
        yield name, facts_of(said)


@cache
def verdicts() -> list[tuple[str, bool, Verdict]]:
    """Return the verdict of each, and whether the backend was this machine."""
    found = []
    for name, facts in sights():
        for here, seen in ((False, facts), (True, on_this_machine(facts))):
            verdict = diagnose(seen).verdict
            assert verdict is not None
            found.append((name, here, verdict))
    return found


def test_the_first_step_of_a_verdict_is_for_the_one_whose_turn_it_is() -> None:
    """Also where what was seen changes the turn, the steps or their order."""
    problems = ((misfit(one.side, one.remedies[0]), one.code) for _, _, one in verdicts())

    assert {problem for problem in problems if problem[0]} == set()


def test_nothing_is_in_between_on_this_machine_unless_it_is_seen() -> None:
    """A silence, a reset, and an answer without a proxy's name are the backend's turn."""
    sent = {
        one.code
        for name, here, one in verdicts()
        if here
        and one.side in OF_THE_WAY
        and name not in SAID
        and not re.search(r"^to |by (?:nginx|cloudflare|awselb)", name)
    }

    assert {code for code in sent if not re.match(SEEN_BY_ITSELF, code)} == set()


def test_a_certificate_that_both_clocks_refuse_is_not_said_to_be_the_clock_here() -> None:
    """Where the server's own clock agrees, the cause names neither clock as wrong."""
    clock = HEALTHY.started_at
    leaf = Certificate(
        f"CN={HOST}", "CN=R3", (HOST,), "2026-01-20T00:00:00Z", "2026-02-20T00:00:00Z"
    )
    facts = failed(Kind.TLS_CERTIFICATE, verify_code=9)
    assert facts.tls is not None
    tls = replace(facts.tls, chain=(leaf,), server_date="2026-01-05T09:12:44Z")
    verdict = diagnose(replace(facts, tls=tls)).verdict
    assert verdict is not None
    alone = diagnose(replace(facts, tls=replace(tls, server_date=None))).verdict
    assert alone is not None
    apart = diagnose(replace(facts, tls=replace(tls, server_date="2026-01-08T00:00:00Z"))).verdict
    assert apart is not None

    assert clock.startswith("2026-01-05T09:12:44")
    assert (verdict.code, verdict.side, verdict.confidence) == (
        "tls-certificate-not-yet-valid",
        Side.BACKEND,
        "certain",
    )
    assert "the server's own" in verdict.cause
    assert "clock is slow" not in verdict.cause
    assert re.search(r"\bor\b", verdict.cause) is None
    # The two clocks are days apart, and the certificate is too new for both of them.
    assert (apart.side, apart.confidence) == (Side.BACKEND, "likely")
    assert [step.startswith("Tell the backend's team") for step in apart.remedies] == [
        True,
        False,
        False,
    ]
    # Without the server's clock it is this machine's turn: its own is usually the cause.
    assert alone.side is Side.CLIENT
    assert "date -u" in alone.remedies[0]
    assert "if the clock is right" in alone.remedies[1]


def test_a_reset_with_several_causes_is_not_certain() -> None:
    """A firewall, a load balancer or the server: the reset names nobody."""
    facts = failed(Kind.TCP_RESET)
    found = [diagnose(seen).verdict for seen in (facts, on_this_machine(facts))]

    assert [(one.code, one.confidence) for one in found if one] == 2 * [("tcp-reset", "likely")]


def test_a_field_that_a_101_lacks_is_not_a_proxys_fault_on_this_machine() -> None:
    """Elsewhere a proxy may have dropped it."""
    facts = answered(101, upgrade="websocket", sec_websocket_accept="x" * 28)
    assert facts.upgrade is not None
    broken = replace(facts.upgrade, failure=Failure(Kind.UPGRADE_INVALID, "no Connection"))
    facts = replace(facts, upgrade=broken)
    there, here = diagnose(facts).verdict, diagnose(on_this_machine(facts)).verdict
    assert there is not None
    assert here is not None

    assert (there.side, "a proxy has to send them" in there.cause) == (Side.INTERMEDIARY, True)
    assert (here.side, "proxy" in here.cause) == (Side.BACKEND, False)
    assert here.title == there.title
