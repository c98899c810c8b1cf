"""How each stage of a connection went, and when it ran (pure)."""

from __future__ import annotations

from ..facts import Facts, Span, Stage
from ..lint.defect import Defect
from ..terms import Severity
from ..wording.evidence import summary_of
from .diagnosis import StageResult, Status
from .seen import Seen

STAGES = tuple(Stage)


def stages(
    seen: list[Seen], root: Seen | None, facts: Facts, defects: tuple[Defect, ...]
) -> tuple[StageResult, ...]:
    """Return how each stage went, in the order in which they run.

    Args:
        seen: the entries that match.
        root: the one of them that became the verdict.
        facts: what was seen.
        defects: what the lint found in the settings.
    """
    results = []
    failed: Stage | None = None
    # A stage that went well, and what a later one met is its fault all the same: both fail.
    shown_later = root is not None and root.stage is Stage.TCP and _connected(facts)
    found = tuple(defect.severity for defect in defects)
    for stage in STAGES:
        severities = {one.severity for one in seen if one.stage is stage} if seen else set()
        if root is not None and root.stage is stage:
            severities.add(Severity.ERROR)
        if failed is not None or not _reached(stage, facts):
            status = Status.SKIP
        elif Severity.ERROR in severities or (shown_later and _has_failed(stage, facts)):
            status = Status.FAIL
        elif facts.is_past_the_end(stage) or _blames_another(stage, facts):
            status = Status.SKIP
        else:
            unchecked = stage is Stage.TLS and facts.tls is not None and facts.tls.insecure
            status = Status.WARN if Severity.WARNING in severities or unchecked else Status.PASS
        summary = summary_of(stage, facts, found, status, failed)
        results.append(StageResult(stage, status, _span_of(stage, facts), summary))
        later = shown_later and stage is Stage.TCP
        if status is Status.FAIL and stage is not Stage.CONFIG and not later:
            failed = stage
    return tuple(results)


def _reached(stage: Stage, facts: Facts) -> bool:
    return getattr(facts, stage) is not None


def _connected(facts: Facts) -> bool:
    return facts.tcp is not None and facts.tcp.address is not None


def _has_failed(stage: Stage, facts: Facts) -> bool:
    own = getattr(facts, stage)
    return getattr(own, "failure", None) is not None


def _blames_another(stage: Stage, facts: Facts) -> bool:
    """Tell whether the name or the address that failed is the proxy's.

    The proxy stage reports it.
    """
    if facts.proxy is None:
        return False
    own = facts.dns if stage is Stage.DNS else facts.tcp if stage is Stage.TCP else None
    return own is not None and own.failure is not None


def _span_of(stage: Stage, facts: Facts) -> Span:
    """Return when a stage ran.

    A stage that did not run has no duration, and begins when the stage before it ended.
    """
    own = getattr(facts, stage)
    if own is not None and own.span is not None:
        span: Span = own.span
        return span
    ends = [
        before.span.started_ms + before.span.duration_ms
        for earlier in STAGES[: STAGES.index(stage)]
        if (before := getattr(facts, earlier)) is not None and before.span is not None
    ]
    return Span(max(ends, default=0.0), 0.0)
