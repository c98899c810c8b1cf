"""A report in one line, for logs and cron (pure)."""

from __future__ import annotations

from ..report import Report
from .words import shown

_NOTHING = "-"


def report(report: Report) -> str:
    """Return time, agent, host, code, side and duration, with blanks between them.

    The code is ``healthy`` without a verdict, and ``interrupted`` if the run did not end by itself.
    What is not known is ``-``. No part has a blank in it.
    """
    facts, verdict = report.facts, report.diagnosis.verdict
    healthy = "healthy" if report.ok else _NOTHING
    parts = (
        _to_the_second(facts.started_at),
        facts.target.agent_id,
        facts.target.host,
        "interrupted" if facts.interrupted else verdict.code if verdict is not None else healthy,
        verdict.side.value if verdict is not None else None,
        f"{facts.total_ms:.0f}ms",
    )
    return " ".join("".join(shown(part).split()) if part else _NOTHING for part in parts)


def _to_the_second(moment: str) -> str:
    """Return an RFC 3339 time in UTC without the fraction of its second."""
    whole, dot, _ = moment.partition(".")
    return f"{whole}Z" if dot else moment
