"""What a diagnosis is: a verdict, findings, and how each stage went (pure)."""

from __future__ import annotations

from enum import StrEnum

from ..facts import Span, Stage
from ..frozen import dataclass
from ..terms import Confidence, Severity, Side


class Status(StrEnum):
    """How a stage went."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


_TAKEN = "session-command-taken"


@dataclass(frozen=True)
class Verdict:
    """The root cause: what to repair first. The fields are those of the contract."""

    code: str
    stage: Stage
    title: str
    side: Side
    cause: str
    remedies: tuple[str, ...]
    confidence: Confidence
    alternatives: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """What else was noticed. The fields are those of the contract."""

    code: str
    severity: Severity
    where: str
    title: str
    evidence: tuple[str, ...]
    remedies: tuple[str, ...]


@dataclass(frozen=True)
class StageResult:
    """How one stage went, in a line."""

    stage: Stage
    status: Status
    span: Span
    summary: str


@dataclass(frozen=True)
class Diagnosis:
    """All that follows from the facts."""

    verdict: Verdict | None
    findings: tuple[Finding, ...]
    stages: tuple[StageResult, ...]

    @property
    def ok(self) -> bool:
        """Whether no error was found."""
        return self.verdict is None and all(
            finding.severity is not Severity.ERROR for finding in self.findings
        )

    @property
    def taken(self) -> tuple[Finding, ...]:
        """What nobody may overlook: commands that came to this look, and are lost unless resent."""
        return tuple(finding for finding in self.findings if finding.code == _TAKEN)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The warnings: what works now, but is fragile, insecure or misleading."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)
