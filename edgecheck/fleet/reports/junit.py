"""A run as JUnit XML, for CI: a class for each agent (pure).

The schema is that of Jenkins' xUnit plugin (junit-10.xsd), which GitLab and the actions for GitHub
read too. Each agent has one test case, in a class of its own name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ...render.passages import numbered
from ...render.words import NEXT_STEP_FOR_OTHERS, shown
from ...terms import Side
from ..summary import NOT_CHECKED, Summary

if TYPE_CHECKING:
    from ..results import AgentRow

_NAME = "edgecheck.fleet"


def pieces(rows: Iterable[AgentRow], summary: Summary) -> Iterator[str]:
    """Yield the report; characters that XML 1.0 forbids (section 2.2) are escaped.

    The counts are of all agents, also where the healthy ones are left out.
    """
    suites = _open("testsuites", summary)
    suite = _open("testsuite", summary, timestamp=shown(summary.started_at))
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{suites}\n  {suite}\n'
    for row in rows:
        case = _case(row)
        indent(case, level=2)
        yield f"    {tostring(case, encoding='unicode').rstrip()}\n"
    yield "  </testsuite>\n</testsuites>\n"


def _open(tag: str, summary: Summary, **more: str) -> str:
    """Return the start tag of an element with the counts."""
    attributes = {
        "name": _NAME,
        "tests": str(summary.agents),
        "failures": str(summary.problems),
        "errors": str(summary.unfinished),
        "time": f"{summary.seconds:.3f}",
        **more,
    }
    whole = tostring(Element(tag, attributes), encoding="unicode", short_empty_elements=True)
    return whole.removesuffix("/>").rstrip() + ">"


def _case(row: AgentRow) -> Element:
    outcome = row.outcome
    case = Element(
        "testcase",
        classname=f"{_NAME}.{_class(outcome.target)}",
        name=outcome.until or "session",
        time=f"{outcome.total_ms / 1000:.3f}",
    )
    if outcome.interrupted:
        SubElement(case, "error", type="interrupted", message="The run ended before this check did")
    elif not outcome.ok:
        message = shown(outcome.title or outcome.error)
        failure = SubElement(case, "failure", type=outcome.code or NOT_CHECKED, message=message)
        failure.text = "\n".join(map(shown, _said(row)))
    return case


def _class(name: str) -> str:
    """Return a name as that of a class: a dot would make what is before it a package."""
    return shown(name).replace(".", "․")  # U+2024 ONE DOT LEADER


def _said(row: AgentRow) -> Iterator[str]:
    outcome, verdict = row.outcome, row.document.get("verdict")
    if row.change:
        yield f"Since the earlier run: {row.change}"
    yield f"Source: {outcome.source}"
    if verdict is None:
        yield outcome.error
        return
    yield NEXT_STEP_FOR_OTHERS[Side(verdict["side"])]
    yield verdict["cause"]
    yield from numbered(verdict["remedies"])
    yield "Seen:"
    yield from (f"   {evidence}" for evidence in verdict["evidence"])
    yield f"More: edgecheck explain {verdict['code']}"
