"""What is kept of one checkup of many: a slim value (pure).

It is made from a report, whose texts are escaped and hold nothing of the secret.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ..diagnose import Status
from ..report import Report
from ..terms import Severity


# Slots, and not the project's own dataclass: there is one for each agent of a fleet.
@dataclass(frozen=True, slots=True)
class Outcome:
    """How the checkup of one target ended.

    Args:
        target: its name in the inventory.
        source: where the target comes from: a file, or a file and a line.
        at: this machine's clock at the start, RFC 3339, UTC.
        ok: healthy, as far as the checkup went.
        run_id: names the run in its report; empty if there is no report.
        agent_id, host: empty if not known.
        until: the last stage that was wanted; empty for the pong.
        code, stage, side, confidence, title: of the verdict; empty without one.
        remedy: the first step to take.
        total_ms: how long it took.
        stages: duration of each stage that ran, in milliseconds.
        ping_ms: the round trip of the ping; None without one.
        certificate_end: the earliest end in the presented chain, RFC 3339, UTC; empty if none was
            seen.
        findings: how many there are of each severity, without the verdict.
        taken: which commands came to this look and were not acknowledged, in a sentence; empty for
            none.
        interrupted: it was stopped before its end.
        error: why there is no report; empty if there is one.
    """

    target: str
    source: str
    at: str
    ok: bool
    run_id: str = ""
    agent_id: str = ""
    host: str = ""
    until: str = ""
    code: str = ""
    stage: str = ""
    side: str = ""
    confidence: str = ""
    title: str = ""
    remedy: str = ""
    total_ms: float = 0.0
    stages: tuple[tuple[str, float], ...] = ()
    ping_ms: float | None = None
    certificate_end: str = ""
    findings: tuple[tuple[str, int], ...] = ()
    taken: str = ""
    interrupted: bool = False
    error: str = ""

    def found(self, severity: Severity) -> int:
        """Return how many findings there are of a severity."""
        return dict(self.findings).get(severity.value, 0)


def outcome_of(report: Report, target: str, source: str) -> Outcome:
    """Return what is kept of a report.

    Args:
        report: of the checkup.
        target: the name of the target.
        source: where the target comes from.
    """
    facts, verdict = report.facts, report.diagnosis.verdict
    chain = (facts.tls.chain if facts.tls is not None else None) or ()
    ends = [each.not_after for each in chain if each.not_after]
    counts = Counter(finding.severity.value for finding in report.diagnosis.findings)
    return Outcome(
        target=target,
        source=source,
        at=facts.started_at,
        ok=report.ok,
        run_id=facts.run_id or "",
        agent_id=facts.target.agent_id or "",
        host=facts.target.host or "",
        until=facts.until.value if facts.until is not None else "",
        code=verdict.code if verdict else "",
        stage=verdict.stage.value if verdict else "",
        side=verdict.side.value if verdict else "",
        confidence=verdict.confidence.value if verdict else "",
        title=verdict.title if verdict else "",
        remedy=next(iter(verdict.remedies), "") if verdict else "",
        total_ms=round(facts.total_ms, 3),
        stages=tuple(
            (result.stage.value, round(result.span.duration_ms, 3))
            for result in report.diagnosis.stages
            if result.status is not Status.SKIP
        ),
        ping_ms=facts.session.round_trip_ms if facts.session is not None else None,
        certificate_end=min(ends, default=""),
        findings=tuple(sorted(counts.items())),
        taken=next((each.title for each in report.diagnosis.taken), ""),
        interrupted=facts.interrupted,
    )


def to_plain(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as JSON can hold it, without what is empty."""
    values = {name: getattr(outcome, name) for name in Outcome.__slots__}
    return {name: value for name, value in values.items() if value not in ("", (), None)}


def from_plain(plain: dict[str, Any]) -> Outcome:
    """Return the outcome that `to_plain` was given."""
    pairs = {
        name: tuple((each, number) for each, number in plain.get(name, ()))
        for name in ("stages", "findings")
    }
    return Outcome(**{**plain, **pairs})
