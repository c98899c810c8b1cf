"""What the runner of GitHub Actions reads: workflow commands (pure).

https://docs.github.com/actions/reference/workflow-commands-for-github-actions; how the runner finds
a command in a line, and undoes the escapes, is in actions/runner,
src/Runner.Common/ActionCommand.cs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..diagnose import Finding, Verdict
from ..facts import Facts
from ..report import Report
from ..terms import Severity
from .passages import numbered
from .words import WHOSE_TURN_FOR_OTHERS, by_severity, follows, shown

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_WITH_LINE = re.compile(r":\d+$")
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})
# `::name …::` at the beginning of a line.
_BEGINNING = re.compile(r"^(\s*):(?=:.*::)")


def inert(line: str) -> str:
    """Return a line in which the runner finds no command, of neither form; a character of it becomes its escape."""
    return _BEGINNING.sub(r"\1\\x3a", line).replace("##[", "#\\x23[")


def commands(report: Report) -> list[str]:
    """Return a command for the verdict and for each finding, a line each, the worst first.

    What only follows from the verdict has none.
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
    return f"::{_COMMANDS[severity]} {listed}::" + "\n".join(map(shown, _words(problem))).translate(
        _DATA
    )


def _words(problem: Verdict | Finding) -> Iterator[str]:
    yield problem.title
    if isinstance(problem, Verdict):
        yield WHOSE_TURN_FOR_OTHERS[problem.side]
    yield from numbered(problem.remedies)


def _place_of(verdict: Verdict, report: Report) -> str:
    """Return where the defect stands that a verdict is about; a verdict does not say."""
    places = [defect.where for defect in report.defects if defect.code == verdict.code]
    return next((place for place in places if place in verdict.title), places[0] if places else "")


def _location(where: str, facts: Facts) -> dict[str, str]:
    """Return file and line of a place in the settings file; of another, such as a variable or an address, nothing."""
    file, _, line = where.rpartition(":") if _WITH_LINE.search(where) else (where, "", "")
    if facts.config is None or not file or file != facts.config.env_file:
        return {}
    return {"file": file, **({"line": line} if line else {})}
