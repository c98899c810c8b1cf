"""Results of a run, written by hand."""

from __future__ import annotations

from collections.abc import Iterable

from edgecheck.facts import Facts, Target
from edgecheck.fleet.check import Checked
from edgecheck.fleet.outcome import Outcome, outcome_of
from edgecheck.fleet.results import Results
from edgecheck.fleet.summary import Summary
from edgecheck.report import report_of
from tests.render.samples import HEALTHY, REFUSED, UNREACHED

AT = "2026-01-05T09:12:44.120Z"


def checked(name: str, facts: Facts = HEALTHY, source: str = "") -> Checked:
    """Return the result of an agent that saw these facts."""
    report = report_of(facts, "0.1.0")
    return Checked(outcome_of(report, name, source or f"{name}.env"), report)


def unusable(name: str, error: str = "not JSON") -> Checked:
    """Return the result of an agent whose entry is broken."""
    return Checked(Outcome(name, f"agents.jsonl:{len(name)}", AT, ok=False, error=error), None)


def interrupted(name: str) -> Checked:
    """Return the result of an agent whose check the end of the run interrupted."""
    return Checked(Outcome(name, f"{name}.env", AT, ok=False, interrupted=True), None)


def summed(found: Results, results: Iterable[Checked], *, was_interrupted: bool = False) -> Summary:
    """Keep results, and return their summary."""
    for each in results:
        found.add(each)
    healthy, problems, warned, unfinished = found.counts()
    return Summary(
        agents=healthy + problems + unfinished,
        healthy=healthy,
        problems=problems,
        warned=warned,
        unfinished=unfinished,
        until=found.until(),
        causes=tuple(found.causes()),
        changes=found.changes(whole=not was_interrupted),
        notes=tuple(found.shared_ids()),
        seconds=1.5,
        interrupted=was_interrupted,
        started_at=AT,
        version="0.1.0",
        warnings=found.warnings(),
    )


__all__ = ["HEALTHY", "REFUSED", "UNREACHED", "Target", "checked", "interrupted", "unusable"]
