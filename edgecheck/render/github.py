"""Workflow commands, which the runner of GitHub Actions reads from the log (pure).

They are described in
https://docs.github.com/actions/reference/workflow-commands-for-github-actions. How the runner finds
a command in a line and undoes its escapes is in actions/runner, src/Runner.Common/ActionCommand.cs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..diagnose import Finding, Verdict
from ..facts import Facts
from ..report import Report
from ..terms import Severity
from ..wording.commands import to_fill_in
from .passages import numbered
from .words import NEXT_STEP_FOR_OTHERS, by_severity, follows, shown

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_WITH_LINE = re.compile(r":\d+$")
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})
# `::name …::` at the beginning of a line.
_BEGINNING = re.compile(r"^(\s*):(?=:.*::)")


def inert(line: str) -> str:
    """Escape one character of a line in which the runner would find a command, of either form."""
    return _BEGINNING.sub(r"\1\\x3a", line).replace("##[", "#\\x23[")


def commands(report: Report) -> list[str]:
    """Return a command, one line, for the verdict and for each finding, the worst first.

    A finding that only follows from the verdict has none.
    """
    verdict, facts = report.diagnosis.verdict, report.facts
    found = [
        finding
        for finding in by_severity(report.diagnosis.findings)
        if not follows(finding, verdict)
    ]
    said = [_annotation(finding, finding.severity, finding.where, facts) for finding in found]
    return (
        said
        if verdict is None
        else [_annotation(verdict, Severity.ERROR, _place_of(verdict, report), facts), *said]
    )


def _annotation(problem: Verdict | Finding, severity: Severity, where: str, facts: Facts) -> str:
    run = f" (run {facts.run_id})" if facts.run_id else ""
    properties = {**_location(where, facts), "title": f"edgecheck: {problem.code}{run}"}
    listed = ",".join(
        f"{name}={shown(value).translate(_PROPERTY)}" for name, value in properties.items()
    )
    words = "\n".join(map(shown, _words(problem, facts))).translate(_DATA)
    return f"::{_COMMANDS[severity]} {listed}::{words}"


def _words(problem: Verdict | Finding, facts: Facts) -> Iterator[str]:
    yield problem.title
    if isinstance(problem, Verdict):
        yield NEXT_STEP_FOR_OTHERS[problem.side]
    yield from numbered(problem.remedies)
    if isinstance(problem, Verdict) and (unseen := to_fill_in(facts.target.options)):
        yield unseen


def _place_of(verdict: Verdict, report: Report) -> str:
    """Return the place of the defect that a verdict is about, which only the defect knows."""
    places = [defect.where for defect in report.defects if defect.code == verdict.code]
    return next((place for place in places if place in verdict.title), places[0] if places else "")


def _location(where: str, facts: Facts) -> dict[str, str]:
    """Return file and line if a place is in the settings file, not a variable or an address."""
    file, _, line = where.rpartition(":") if _WITH_LINE.search(where) else (where, "", "")
    if facts.config is None or not file or file != facts.config.env_file:
        return {}
    return {"file": file, **({"line": line} if line else {})}
