"""The laws: no failure goes undiagnosed, and unknown is not no."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.condition import Otherwise
from edgecheck.diagnose import Diagnosis, Status, diagnose
from edgecheck.facts import Facts, Kind, Stage
from edgecheck.lint.defect import Defect
from edgecheck.report import report_in, report_of, to_document
from edgecheck.terms import Severity
from tests.sights import DEFECTS, FACTS, HEALTHY, answered, closed, failed

# What a stage says where nothing more exact is known.
CATCH_ALL = {code for code, problem in PROBLEMS.items() if isinstance(problem.when, Otherwise)}
EMITTED = [kind for kind in Kind if kind is not Kind.CRASHED]
# 101 opens the socket; the other 1xx are interim, and no answer (RFC 9110, section 15.2).
STATUSES = range(200, 600)
# By a close frame, or 1005 and 1006 for what carries no code (RFC 6455, section 7.4.1).
CLOSE_CODES = range(1000, 5000)


def errors(diagnosis: Diagnosis) -> list[str]:
    """Return the codes of all errors, the verdict's first."""
    verdict = [diagnosis.verdict.code] if diagnosis.verdict else []
    return verdict + [
        finding.code for finding in diagnosis.findings if finding.severity is Severity.ERROR
    ]


def test_empty_facts_match_nothing() -> None:
    """What was not reached is not no."""
    diagnosis = diagnose(Facts())

    assert diagnosis.verdict is None
    assert diagnosis.findings == ()
    assert {result.status for result in diagnosis.stages} == {Status.SKIP}


def test_healthy_facts_match_nothing() -> None:
    """The sample on which the others are built is itself no problem."""
    diagnosis = diagnose(HEALTHY)

    assert errors(diagnosis) == []
    assert diagnosis.findings == ()


@pytest.mark.parametrize("last", [stage for stage in Stage if stage is not Stage.AUTH])
def test_facts_that_end_early_match_nothing(last: Stage) -> None:
    """Wherever a healthy checkup is cut off, the stages that are missing prove nothing."""
    names = [stage.value for stage in Stage if stage is not Stage.AUTH]
    missing = names[names.index(last) + 1 :]
    unknown: dict[str, Any] = dict.fromkeys(missing)
    diagnosis = diagnose(replace(HEALTHY, **unknown))

    assert errors(diagnosis) == []
    assert diagnosis.findings == ()


@pytest.mark.parametrize("kind", EMITTED)
def test_every_kind_of_failure_has_an_answer(kind: Kind) -> None:
    """One verdict, of the kind's own stage, with something to do.

    And not the catch-all where there is more to say.
    """
    diagnosis = diagnose(failed(kind))

    assert diagnosis.verdict is not None
    assert errors(diagnosis) == [diagnosis.verdict.code]
    assert diagnosis.verdict.stage is Stage(kind.value.partition("-")[0])
    assert diagnosis.verdict.remedies
    assert diagnosis.verdict.evidence
    assert kind is Kind.UPGRADE_STATUS or diagnosis.verdict.code not in CATCH_ALL


@pytest.mark.parametrize("kind", EMITTED)
def test_every_kind_of_failure_has_an_answer_with_nothing_else_known(kind: Kind) -> None:
    """The failed stage alone is enough for an answer."""
    facts = failed(kind)
    stage = kind.value.partition("-")[0]

    assert diagnose(Facts(**{stage: getattr(facts, stage)})).verdict is not None


def test_a_crash_of_edgecheck_blames_nobody() -> None:
    """A fault of our own is not in the catalogue."""
    tls = failed(Kind.TLS_CLOSED).tls
    assert tls is not None
    assert tls.failure is not None
    crashed = replace(tls, failure=replace(tls.failure, kind=Kind.CRASHED))

    assert errors(diagnose(replace(HEALTHY, tls=crashed, upgrade=None, session=None))) == []


@pytest.mark.parametrize("secure", [True, False])
def test_every_status_gives_exactly_one_error(secure: bool) -> None:
    """One verdict and nothing beside it, whatever the number; its evidence holds the number."""
    for status in STATUSES:
        facts = answered(status, reason="Made Up")
        diagnosis = diagnose(facts if secure else replace(facts, tls=None))

        assert len(errors(diagnosis)) == 1, (status, errors(diagnosis))
        assert diagnosis.verdict is not None
        assert f"HTTP/1.1 {status} Made Up" in diagnosis.verdict.evidence


@pytest.mark.parametrize(
    "body",
    [
        "<html><h1>Not here</h1></html>",
        '{"detail":"Not Found"}',
        '{"detail":"Method Not Allowed"}',
        "{}",
        "[1]",
        "null",
    ],
)
def test_every_status_gives_exactly_one_error_whatever_the_body(body: str) -> None:
    """A page or a document makes an answer more exact; it never makes two of one."""
    for status in STATUSES:
        assert len(errors(diagnose(answered(status, body, content_type="text/html")))) == 1, status


@pytest.mark.parametrize("by", ["server", "client"])
def test_every_close_code_gives_exactly_one_error(by: str) -> None:
    """One verdict, whose evidence holds the code."""
    for code in CLOSE_CODES:
        diagnosis = diagnose(closed(code, "because", by))

        assert len(errors(diagnosis)) == 1, (code, errors(diagnosis))
        assert diagnosis.verdict is not None
        assert code == 1006 or any(str(code) in line for line in diagnosis.verdict.evidence), code


@settings(max_examples=150, deadline=None)
@given(FACTS, DEFECTS)
def test_no_rule_raises_whatever_was_seen(facts: Facts, defects: tuple[Defect, ...]) -> None:
    """Any stages missing, any text in them: there is a diagnosis.

    There is a document as well, and the same diagnosis from the document.
    """
    defects = defects if facts.config is not None else ()
    diagnosis = diagnose(facts, defects)
    document = json.loads(json.dumps(to_document(report_of(facts, "0", defects)), allow_nan=False))

    assert [result.stage for result in diagnosis.stages] == list(Stage)
    assert all(code in PROBLEMS for code in errors(diagnosis))
    assert report_in(document).diagnosis == diagnosis


@settings(max_examples=60, deadline=None)
@given(FACTS)
def test_a_fact_that_is_taken_away_never_adds_an_error_of_its_stage(facts: Facts) -> None:
    """Where a stage is None, no entry of that stage is seen, however bad the others are."""
    for stage in ("dns", "tcp", "proxy", "tls", "session"):
        unknown: dict[str, Any] = {stage: None}
        codes = errors(diagnose(replace(facts, **unknown)))

        # What a stage's absence leaves is what others saw of it: a client certificate is missed
        # after the handshake.
        assert not [code for code in codes if PROBLEMS[code].stage == stage], (stage, codes)


def test_every_stage_of_the_facts_is_a_stage() -> None:
    """The grid: one file a stage, and a field of the same name."""
    stages = {stage.value for stage in Stage} - {Stage.AUTH}

    assert stages <= {field.name for field in fields(Facts)}
