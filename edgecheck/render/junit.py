"""The report as JUnit XML, for CI: one test case for each stage (pure).

The schema is that of Jenkins' xUnit plugin (junit-10.xsd), which GitLab and the actions for GitHub
read too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..catalogue import PROBLEMS
from ..diagnose import Finding, StageResult, Status, Verdict
from ..facts import Stage, Target
from ..report import Report
from ..terms import Severity
from ..wording.commands import to_fill_in
from .passages import numbered
from .words import HOW_BAD, HOW_SURE, NEXT_STEP_FOR_OTHERS, headline, shown

_NAME = "edgecheck"


def report(report: Report) -> str:
    """Return the whole report.

    Characters that XML 1.0 forbids (section 2.2) are escaped like for a terminal.
    """
    name = _name_of(report.facts.target)
    cases = [_case(result, report, name) for result in report.diagnosis.stages]
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
    }
    attributes = {
        "name": name,
        **{name: str(number) for name, number in counts.items()},
        "time": _seconds(report.facts.total_ms),
    }
    root = Element("testsuites", attributes)
    skipped = sum(case.find("skipped") is not None for case in cases)
    suite = SubElement(
        root,
        "testsuite",
        attributes,
        skipped=str(skipped),
        timestamp=shown(report.facts.started_at),
    )
    properties = SubElement(suite, "properties")
    for name, value in _properties(report):
        SubElement(properties, "property", name=name, value=shown(value))
    suite.extend(cases)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _properties(report: Report) -> Iterator[tuple[str, str]]:
    target = report.facts.target
    known = {
        "version": report.version,
        "run_id": report.facts.run_id,
        "profile": report.facts.profile.name,
        "target": target.url,
        "agent_id": target.agent_id,
        "secret_fingerprint": target.secret_fingerprint,
        "proxy": target.proxy,
        "verdict": report.diagnosis.verdict.code if report.diagnosis.verdict else None,
    }
    return ((name, value) for name, value in known.items() if value)


def _name_of(target: Target) -> str:
    """Name what is examined, so that a CI server tells one agent's checkup from another's.

    Jenkins takes what is before the last dot for a package: there is one dot.
    """
    host = f"@{target.host}" if target.host else ""
    what = f"{target.agent_id or ''}{host}".replace(".", "_")
    return shown(f"{_NAME}.{what}" if what else _NAME)


def _case(result: StageResult, report: Report, name: str) -> Element:
    """Return the case of a stage; its class is named like the suite."""
    verdict = report.diagnosis.verdict
    found = [
        finding
        for finding in report.diagnosis.findings
        if PROBLEMS[finding.code].stage is result.stage
    ]
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    case = Element(
        "testcase", classname=name, name=result.stage.value, time=_seconds(result.span.duration_ms)
    )
    if verdict is not None and verdict.stage is result.stage:
        said = _of_verdict(verdict, report.facts.target)
        _add(case, "failure", verdict.title, said, kind=verdict.code)
    elif result.status is Status.FAIL:
        # A stage without an error of its own met what the verdict's stage is the cause of.
        code = verdict.code if verdict is not None else ""
        title, code = (errors[0].title, errors[0].code) if errors else (result.summary, code)
        _add(case, "failure", title, _of_findings(errors), kind=code)
    elif report.facts.interrupted and verdict is None and result.stage is Stage.SESSION:
        # A CI server must not take a run that was stopped for a success.
        _add(case, "error", headline(report), (), kind="interrupted")
    elif result.status is Status.SKIP:
        _add(case, "skipped", result.summary, ())
    if noticed := [finding for finding in found if finding not in errors]:
        SubElement(case, "system-out").text = _text(_of_findings(noticed))
    return case


def _add(case: Element, name: str, message: str, lines: Iterable[str], kind: str = "") -> None:
    element = SubElement(
        case, name, {"message": shown(message), **({"type": kind} if kind else {})}
    )
    element.text = _text(lines)


def _text(lines: Iterable[str]) -> str:
    return "\n".join(map(shown, lines))


def _of_verdict(verdict: Verdict, target: Target) -> Iterator[str]:
    yield NEXT_STEP_FOR_OTHERS[verdict.side]
    yield verdict.cause
    yield from numbered(verdict.remedies)
    if unseen := to_fill_in(target.options):
        yield unseen
    yield "Seen:"
    yield from (f"   {evidence}" for evidence in verdict.evidence)
    yield f"How sure: {HOW_SURE[verdict.confidence]}"
    yield f"More: edgecheck explain {verdict.code}"


def _of_findings(found: Iterable[Finding]) -> Iterator[str]:
    for finding in found:
        yield f"{finding.title} ({finding.code}; {HOW_BAD[finding.severity]})"
        yield from (f"   {evidence}" for evidence in finding.evidence)
        yield from numbered(finding.remedies)


def _seconds(milliseconds: float) -> str:
    return f"{max(milliseconds, 0.0) / 1000:.3f}"
