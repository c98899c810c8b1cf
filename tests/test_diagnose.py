"""From facts to a verdict: what outranks what, how sure, and how each stage went."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS
from edgecheck.diagnose import Diagnosis, Status, Verdict, diagnose
from edgecheck.facts import (
    Answer,
    ConfigFacts,
    DnsFacts,
    Experiment,
    ExperimentName,
    Facts,
    Kind,
    Stage,
    TcpFacts,
)
from edgecheck.lint.defect import Defect
from edgecheck.terms import Confidence, Severity, Side, fill
from edgecheck.wording.values import profile_values
from tests.sights import HEALTHY, HOST, SPAN, answered, closed, failed

REFUSED = Answer(101, 1008, "Token verification failed")
BAD_HEADER = Answer(101, 4001, "Missing Authorization header")
ACCEPTED = Answer(101, accepted=True)
REFUSAL = closed(1008, "Token verification failed")


def verdict_of(facts: Facts, defects: tuple[Defect, ...] = ()) -> Verdict:
    """Return the verdict, which there is."""
    verdict = diagnose(facts, defects).verdict
    assert verdict is not None
    return verdict


def codes(diagnosis: Diagnosis) -> list[str]:
    """Return the findings' codes."""
    return [finding.code for finding in diagnosis.findings]


class Seen(NamedTuple):
    """What a diagnosis is made of."""

    facts: Facts
    defects: tuple[Defect, ...]


def with_defects(facts: Facts, *defects: Defect, possible: bool = True) -> Seen:
    """Return the facts with settings that have these defects."""
    config = replace(facts.config or ConfigFacts(), request_possible=possible)
    return Seen(replace(facts, config=config), defects)


def defect(
    code: str, severity: str = "error", setting: str = "EDGE_SECRET", **values: str
) -> Defect:
    """Return a defect of a setting."""
    return Defect(code, severity, ".env:2", setting, (f"evidence of {code}",), values)


def with_experiments(facts: Facts, **answers: Answer) -> Facts:
    """Return the facts with experiments; names with ``_`` for ``-``."""
    experiments = tuple(
        Experiment(ExperimentName(name.replace("_", "-")), answer)
        for name, answer in answers.items()
    )
    return replace(facts, experiments=experiments)


# --- root cause and symptoms ----------------------------------------------------------------------


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


# --- certainty ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "confidence"),
    [
        ({}, Confidence.LIKELY),
        ({"without_credentials": BAD_HEADER, "wrong_secret": REFUSED}, Confidence.CERTAIN),
        ({"without_credentials": REFUSED, "wrong_secret": REFUSED}, Confidence.LIKELY),
        (
            {"without_credentials": BAD_HEADER, "wrong_secret": Answer(101, 4403)},
            Confidence.POSSIBLE,
        ),
        (
            {
                "without_credentials": BAD_HEADER,
                "wrong_secret": replace(REFUSED, reason="Agent not registered"),
            },
            Confidence.POSSIBLE,
        ),
        ({"wrong_secret": ACCEPTED}, Confidence.POSSIBLE),
        ({"without_credentials": Answer(failed="tcp-refused")}, Confidence.LIKELY),
    ],
    ids=[
        "none",
        "header read, secret refused",
        "no header refused alike",
        "a random secret fares otherwise",
        "a random secret is refused in other words",
        "accepts anything else",
        "failed",
    ],
)
def test_experiments_decide_how_sure_a_refused_secret_is(
    answers: dict[str, Answer], confidence: Confidence
) -> None:
    """Certain only where the evidence admits nothing else."""
    assert verdict_of(with_experiments(REFUSAL, **answers)).confidence is confidence


def test_a_refused_secret_that_hides_another_is_forgotten_first() -> None:
    """An earlier export is the usual reason; where another setting is hidden, it is none."""

    def first_remedy(setting: str) -> str:
        config = ConfigFacts(".env", shadowed={setting: ".env:2"}, request_possible=True)
        return verdict_of(replace(REFUSAL, config=config)).remedies[0]

    assert "unset EDGE_SECRET" in first_remedy("EDGE_SECRET")
    assert ".env:2 holds another secret" in first_remedy("EDGE_SECRET")
    assert "unset" not in first_remedy("EDGE_AGENT_ID")


@pytest.mark.parametrize(
    ("cleaned", "confidence"),
    [(None, Confidence.LIKELY), (ACCEPTED, Confidence.CERTAIN), (REFUSED, Confidence.POSSIBLE)],
    ids=["not tried", "accepted", "refused too"],
)
def test_the_repaired_secret_decides_how_sure_a_defect_is(
    cleaned: Answer | None, confidence: Confidence
) -> None:
    """The defect is proven, or there is more than it."""
    facts = with_experiments(REFUSAL, **({"cleaned_secret": cleaned} if cleaned else {}))
    verdict = verdict_of(*with_defects(facts, defect("secret-quoted")))

    assert verdict.code == "secret-quoted"
    assert verdict.confidence is confidence


def test_a_403_says_how_sure_it_is_by_what_changes_it() -> None:
    """An unknown path refuses everybody alike."""
    alike = with_experiments(
        answered(403), without_credentials=Answer(403), wrong_secret=Answer(403)
    )
    otherwise = with_experiments(
        answered(403), without_credentials=Answer(401), wrong_secret=Answer(403)
    )

    assert verdict_of(alike).confidence is Confidence.POSSIBLE
    assert verdict_of(otherwise).confidence is Confidence.LIKELY
    assert "upgrade-not-found" in verdict_of(alike).alternatives


def test_a_header_that_arrives_is_not_stripped_for_certain() -> None:
    """The backend calls it missing, and answers a random secret otherwise."""
    facts = with_experiments(
        closed(4001, "Missing Authorization header"),
        without_credentials=BAD_HEADER,
        wrong_secret=REFUSED,
    )

    assert verdict_of(facts).confidence is Confidence.POSSIBLE
    assert "auth-header-rejected" in verdict_of(facts).alternatives


def test_the_experiments_are_evidence_of_a_refusal() -> None:
    """Each with its outcome."""
    facts = with_experiments(REFUSAL, without_credentials=BAD_HEADER)

    assert (
        "Without credentials: closed 4001 Missing Authorization header"
        in verdict_of(facts).evidence
    )


# --- a name that leads home -----------------------------------------------------------------------


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


# --- the stages -----------------------------------------------------------------------------------

NETWORK_FAILURES = (
    [failed(kind) for kind in Kind if kind is not Kind.CRASHED]
    + [answered(status) for status in (301, 403, 404, 502)]
    + [REFUSAL, closed(1011)]
)


@pytest.mark.parametrize("facts", NETWORK_FAILURES, ids=lambda facts: diagnose(facts).verdict.code)  # type: ignore[union-attr]
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


# --- what people read -----------------------------------------------------------------------------


@pytest.mark.parametrize("facts", NETWORK_FAILURES, ids=lambda facts: diagnose(facts).verdict.code)  # type: ignore[union-attr]
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
