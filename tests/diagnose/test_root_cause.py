"""Which of all that was seen is the cause, and what is its symptom."""

from __future__ import annotations

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.diagnose import Status, diagnose
from edgecheck.facts import (
    ConfigFacts,
    Facts,
    Kind,
    Stage,
)
from edgecheck.terms import Confidence, Severity
from tests.diagnose.defects import (
    ACCEPTED,
    REFUSAL,
    codes,
    defect,
    verdict_of,
    with_defects,
    with_experiments,
)
from tests.sights import HEALTHY, SPAN, answered, closed, failed


@pytest.mark.parametrize(
    ("setting", "code"),
    [("EDGE_SECRET", "env-key-duplicate"), ("EDGE_AGENT_ID", "auth-secret-rejected")],
)
def test_a_defect_of_a_line_explains_a_refusal_only_if_the_line_sets_the_secret(
    setting: str, code: str
) -> None:
    """The credentials were refused, and another setting has no part in them."""
    found = defect("env-key-duplicate", setting=setting, lines="1 and 2", used="2")

    assert verdict_of(*with_defects(REFUSAL, found)).code == code


@pytest.mark.parametrize(
    "code",
    [
        "secret-whitespace",
        "secret-quoted",
        "secret-bearer-prefix",
        "secret-invisible-character",
        "secret-placeholder",
        "secret-inner-whitespace",
    ],
)
@pytest.mark.parametrize(
    "facts",
    [
        REFUSAL,
        closed(4001, "Invalid Authorization header"),
        answered(403),
        answered(401),
        answered(500),
        answered(400),
    ],
)
def test_a_defect_of_the_secret_outranks_the_refusal_that_it_explains(
    code: str, facts: Facts
) -> None:
    """With the refusal among the alternatives, and what was seen of both as evidence."""
    symptom = verdict_of(facts).code
    verdict = verdict_of(*with_defects(facts, defect(code)))

    assert verdict.code == code
    assert verdict.stage is Stage.CONFIG
    assert verdict.alternatives[0] == symptom
    assert f"evidence of {code}" in verdict.evidence
    assert len(verdict.evidence) > 1
    assert verdict.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "facts",
    [
        failed(Kind.TCP_REFUSED),
        failed(Kind.TLS_CERTIFICATE),
        failed(Kind.DNS_NOT_FOUND),
        answered(502),
        answered(404),
        closed(1012),
    ],
)
def test_a_defect_that_explains_nothing_of_what_the_network_showed_is_a_finding(
    facts: Facts,
) -> None:
    """A secret in quotes does not refuse a connection."""
    root = verdict_of(facts).code
    diagnosis = diagnose(*with_defects(facts, defect("secret-quoted")))

    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == root
    assert codes(diagnosis) == ["secret-quoted"]
    assert not diagnosis.ok


def test_of_two_defects_the_one_that_explains_is_the_verdict() -> None:
    """Whatever their order in the file."""
    seen = with_defects(answered(400), defect("secret-file-unreadable"), defect("secret-quoted"))

    assert verdict_of(*seen).code == "secret-quoted"
    assert codes(diagnose(*seen)) == ["secret-file-unreadable", "upgrade-header-dropped"]


def test_a_warning_explains_nothing_by_itself() -> None:
    """It is named as what else could be, and never a verdict."""
    diagnosis = diagnose(*with_defects(REFUSAL, defect("secret-whitespace", "warning")))

    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == "auth-secret-rejected"
    assert "secret-whitespace" in diagnosis.verdict.alternatives
    assert codes(diagnosis) == ["secret-whitespace"]


def test_a_warning_that_an_experiment_proves_is_the_verdict() -> None:
    """The repaired secret was accepted: there is nothing else it could be."""
    facts = with_experiments(REFUSAL, cleaned_secret=ACCEPTED)
    seen = with_defects(facts, defect("secret-whitespace", "warning"))
    verdict = verdict_of(*seen)

    assert verdict.code == "secret-whitespace"
    assert verdict.confidence is Confidence.CERTAIN
    assert verdict.alternatives == ("auth-secret-rejected",)
    assert any("The repaired secret is accepted" in line for line in verdict.evidence)


def test_config_errors_without_a_network_failure_come_in_the_order_of_the_file() -> None:
    """Nothing was sent: the first is the first thing to fix."""
    facts = Facts(config=ConfigFacts(".env", request_possible=False, span=SPAN))
    diagnosis = diagnose(
        facts, [defect("url-missing", setting="BACKEND_URL"), defect("secret-missing")]
    )

    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == "url-missing"
    assert diagnosis.verdict.confidence is Confidence.CERTAIN
    assert codes(diagnosis) == ["secret-missing"]


def test_the_same_code_for_two_settings_is_a_verdict_and_a_finding() -> None:
    """One does not swallow the other."""
    seen = [defect("env-key-misspelled", setting=name) for name in ("EDGE_SECRET", "BACKEND_URL")]
    diagnosis = diagnose(Facts(), seen)

    assert diagnosis.verdict is not None
    assert codes(diagnosis) == ["env-key-misspelled"]


def test_what_an_answered_ping_has_shown_to_work_is_no_error() -> None:
    """A defect by the book, and the backend accepts it all the same."""
    diagnosis = diagnose(
        *with_defects(
            HEALTHY, defect("secret-quoted"), defect("agent-id-malformed", setting="EDGE_AGENT_ID")
        )
    )

    assert diagnosis.verdict is None
    assert diagnosis.ok
    assert [finding.severity for finding in diagnosis.findings] == [Severity.WARNING] * 2
    assert all(
        "accepted the connection anyway" in finding.evidence[-1] for finding in diagnosis.findings
    )
    assert {result.stage: result.status for result in diagnosis.stages}[Stage.CONFIG] is Status.WARN


@pytest.mark.parametrize(
    ("facts", "code", "refined"),
    [
        (answered(404, '{"detail":"Not Found"}'), "upgrade-header-dropped", "upgrade-not-found"),
        (answered(404, x_railway_fallback="true"), "platform-app-missing", "upgrade-not-found"),
        (answered(502, x_railway_fallback="true"), "platform-app-down", "upgrade-bad-gateway"),
        (answered(544), "platform-error", "upgrade-unexpected-status"),
        (answered(403, cf_mitigated="challenge"), "upgrade-blocked", "auth-forbidden"),
        (answered(511), "upgrade-captive-portal", None),
        (
            answered(400, "No WebSocket UPGRADE hdr: None"),
            "upgrade-header-dropped",
            "upgrade-bad-request",
        ),
        (
            closed(4001, "Missing Authorization header"),
            "auth-header-stripped",
            "auth-header-rejected",
        ),
        (
            closed(4000, "Replaced by a new connection"),
            "session-replaced",
            "session-closed-unknown",
        ),
        (failed(Kind.TLS_CLIENT_CERTIFICATE), "tls-client-certificate-required", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_more_exact_entry_wins_and_stands_for_the_other(
    facts: Facts, code: str, refined: str | None
) -> None:
    """The one that it refines is an alternative, and no finding of its own."""
    diagnosis = diagnose(facts)

    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == code
    assert refined is None or refined in diagnosis.verdict.alternatives
    assert diagnosis.findings == ()


def test_no_entry_refines_or_explains_what_does_not_exist() -> None:
    """Codes are names, and a misspelt one masks nothing."""
    for problem in PROBLEMS.values():
        assert set(problem.refines) <= set(PROBLEMS), problem.code
        assert {one for one in problem.explains if not isinstance(one, Stage)} <= set(PROBLEMS), (
            problem.code
        )
        assert problem.code not in problem.refines


def test_no_two_entries_refine_each_other() -> None:
    """Both would vanish."""
    for problem in PROBLEMS.values():
        assert not [code for code in problem.refines if problem.code in PROBLEMS[code].refines], (
            problem.code
        )
