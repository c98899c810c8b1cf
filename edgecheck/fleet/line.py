"""One agent of a fleet as a JSON object (pure)."""

from __future__ import annotations

from typing import Any

from ..report import Report, outline
from .outcome import Outcome

_KEPT = ("version", "run_id", "started_at", "profile", "until", "target", "ok", "verdict")


def line_of(outcome: Outcome, report: Report | None, change: str | None) -> dict[str, Any]:
    """Return what a line of ``--json`` says of an agent.

    Args:
        outcome: of its check.
        report: None if it could not be checked at all.
        change: since the earlier run; None if there is none to compare with.
    """
    whole = outline(report) if report is not None else {}
    kept = {name: whole[name] for name in _KEPT} if whole else _without_report(outcome)
    findings = report.diagnosis.findings if report is not None else ()
    return {
        "event": "agent",
        "name": outcome.target,
        "source": outcome.source,
        **kept,
        "findings": [
            {
                "code": each.code,
                "severity": each.severity.value,
                "where": each.where,
                "title": each.title,
            }
            for each in findings
        ],
        "stages": dict(outcome.stages),
        "ping_ms": outcome.ping_ms,
        "certificate_end": outcome.certificate_end or None,
        "total_ms": outcome.total_ms,
        **({"change": change or None} if change is not None else {}),
        **({"interrupted": True} if outcome.interrupted else {}),
        **({"error": outcome.error} if outcome.error else {}),
    }


def _without_report(outcome: Outcome) -> dict[str, Any]:
    return {
        "started_at": outcome.at,
        "target": {"url": None, "host": None, "port": None, "agent_id": None},
        "ok": False,
        "verdict": None,
    }
