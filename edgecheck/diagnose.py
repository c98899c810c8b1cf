"""From facts to a verdict: see, refine, mask, order (pure).

Laws: a verdict is an error, and the earliest thing without which the rest would not have happened.
The more exact entry wins over the one that it refines. What a cause explains is its symptom, never
the verdict. None is not no.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .backend.edge import EDGE
from .backend.profile import Profile
from .catalogue import PROBLEMS
from .catalogue.condition import Sighting
from .catalogue.problem import Problem, verbatim
from .facts import ExperimentName, Facts, Span, Stage
from .facts.answers import answer_of
from .lint.defect import Defect
from .settings.model import EDGE_SECRET
from .terms import Confidence, Severity, Side, fill
from .wording.evidence import evidence_of, summary_of
from .wording.values import common_values

_STAGES = tuple(Stage)


class Status(StrEnum):
    """How a stage went."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True)
class Verdict:
    """The root cause: the first thing to fix. The fields are the contract's."""

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
    """Whatever else was noticed. The fields are the contract's."""

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
        """Whether nothing of severity E was found."""
        return self.verdict is None and all(
            finding.severity is not Severity.ERROR for finding in self.findings
        )

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What works now, but is fragile, insecure or misleading."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)


@dataclass(frozen=True)
class _Seen:
    """An entry that matched, and what was special about it."""

    problem: Problem
    sighting: Sighting
    setting: str = ""
    # Codes of other matches that this one stands for.
    stands_for: tuple[str, ...] = field(default=())

    @property
    def code(self) -> str:
        return self.problem.code

    @property
    def severity(self) -> Severity:
        return self.sighting.severity or self.problem.severity

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    @property
    def stage(self) -> Stage:
        assert self.problem.stage is not None  # a client's own mistakes are never seen
        return self.problem.stage

    @property
    def is_config(self) -> bool:
        return self.stage is Stage.CONFIG

    def explains(self, other: _Seen) -> bool:
        if (
            self.setting
            and self.setting != EDGE_SECRET
            and other.stage is Stage.AUTH
            and Stage.AUTH in self.problem.explains
        ):
            return False  # what concerns any setting accounts for a refused secret only where it is the secret's
        return other.code in self.problem.explains or other.stage in self.problem.explains


def diagnose(facts: Facts, defects: Iterable[Defect] = ()) -> Diagnosis:
    """Derive the verdict, the findings and the stages' results.

    Args:
        facts: what was seen.
        defects: what the lint found in the settings.
    """
    defects = tuple(defects)
    seen = _refine(_see(facts, defects))
    if facts.session is not None and facts.session.pong:
        seen = [_demoted(one) if one.is_config and one.is_error else one for one in seen]
    root = _root_cause(seen, facts)
    rest = [
        one for one in seen if root is None or one.code != root.code or one.setting != root.setting
    ]
    values = common_values(facts)
    return Diagnosis(
        verdict=_verdict(root, rest, facts, values) if root else None,
        findings=tuple(_finding(one, facts, values) for one in rest),
        stages=_stages(seen, root, facts, defects),
    )


def noticed(defects: Iterable[Defect], profile: Profile = EDGE) -> tuple[Finding, ...]:
    """Return what the lint found, each by itself: for whoever asks for no verdict."""
    nothing = Facts(profile=profile)
    return tuple(
        _finding(_from_defect(defect), nothing, common_values(nothing)) for defect in defects
    )


def _see(facts: Facts, defects: Iterable[Defect]) -> list[_Seen]:
    seen = [_from_defect(defect) for defect in defects]
    for problem in PROBLEMS.values():
        sighting = problem.see(facts)
        if sighting is not None:
            seen.append(_Seen(problem, sighting))
    return seen


def _from_defect(defect: Defect) -> _Seen:
    repair = (
        (f"Let edgecheck repair it, which shows what it would change and asks:\n$ {defect.fix}",)
        if defect.fix
        else ()
    )
    sighting = Sighting(
        values=defect.values,
        evidence=defect.evidence,
        severity=Severity(defect.severity),
        where=defect.where,
        remedies=tuple(map(verbatim, (*repair, *defect.remedies))),
    )
    return _Seen(PROBLEMS[defect.code], sighting, defect.setting)


def _demoted(one: _Seen) -> _Seen:
    """What an answered ping has shown to work is no error; it stays worth a warning."""
    evidence = (*one.sighting.evidence, "the backend accepted the connection all the same")
    return replace(
        one, sighting=replace(one.sighting, severity=Severity.WARNING, evidence=evidence)
    )


def _refine(seen: list[_Seen]) -> list[_Seen]:
    """Drop what a more exact entry says better; the more exact one stands for it.

    The lint has done that for its own.
    """
    kept = [
        one
        for one in seen
        if one.is_config
        or not any(one.code in other.problem.refines for other in seen if other is not one)
    ]
    codes = {one.code for one in seen}
    return [
        replace(one, stands_for=tuple(code for code in one.problem.refines if code in codes))
        for one in kept
    ]


def _root_cause(seen: Iterable[_Seen], facts: Facts) -> _Seen | None:
    seen = list(seen)
    errors = [one for one in seen if one.is_error]
    network = sorted(
        (one for one in errors if not one.is_config), key=lambda one: _STAGES.index(one.stage)
    )
    config = [one for one in errors if one.is_config]
    if not network:
        return config[0] if config else None
    proven = facts.experiment(ExperimentName.CLEANED_SECRET)
    if proven is not None and proven.answer.accepted:
        defects = [
            one
            for one in seen
            if one.is_config and one.setting == EDGE_SECRET and one.explains(network[0])
        ]
        # An error first: a warning beside it was not what kept the secret out.
        for one in sorted(defects, key=lambda one: not one.is_error):
            return replace(one, sighting=replace(one.sighting, severity=Severity.ERROR))
    for one in config:
        if any(one.explains(symptom) for symptom in network):
            return one
    return network[0]


def _verdict(root: _Seen, rest: list[_Seen], facts: Facts, values: Mapping[str, str]) -> Verdict:
    symptoms = [one.code for one in rest if one.is_error and root.explains(one)]
    suspects = [
        one.code for one in rest if not (one.is_error and root.explains(one)) and one.explains(root)
    ]
    open_still = root.problem.alternatives if root.sighting.undecided else ()
    alternatives = dict.fromkeys((*root.stands_for, *symptoms, *open_still, *suspects))
    alternatives.pop(root.code, None)
    texts = {**values, **root.sighting.values}
    return Verdict(
        code=root.code,
        stage=root.stage,
        title=fill(root.problem.title, texts),
        side=root.sighting.side or root.problem.side,
        cause=fill(root.problem.cause, texts),
        remedies=tuple(
            fill(remedy, texts) for remedy in (*root.sighting.remedies, *root.problem.remedies)
        ),
        confidence=_confidence(root, symptoms, facts),
        alternatives=tuple(alternatives),
        evidence=_evidence(root, rest, facts),
    )


def _confidence(root: _Seen, symptoms: list[str], facts: Facts) -> Confidence:
    if root.is_config and symptoms:
        # The defect accounts for the network's answer; only the repaired secret, accepted, proves
        # that it caused it.
        cleaned = facts.experiment(ExperimentName.CLEANED_SECRET)
        if cleaned is None or root.setting != EDGE_SECRET:
            return Confidence.LIKELY
        return Confidence.CERTAIN if cleaned.answer.accepted else Confidence.POSSIBLE
    return root.sighting.confidence or root.problem.confidence


def _evidence(root: _Seen, rest: list[_Seen], facts: Facts) -> tuple[str, ...]:
    own = root.sighting.evidence or evidence_of(root.stage, facts)
    if root.is_config:
        for one in rest:
            if one.is_error and root.explains(one):
                own = (*own, *(one.sighting.evidence or evidence_of(one.stage, facts)))
                break
    if root.stage in (Stage.CONFIG, Stage.UPGRADE, Stage.AUTH, Stage.SESSION):
        ours = answer_of(facts)
        own = (
            *own,
            *(
                f"{each.name}: {'the same answer' if each.answer == ours else each.answer}"
                for each in facts.experiments
            ),
        )
    return tuple(dict.fromkeys(own))


def _finding(one: _Seen, facts: Facts, values: Mapping[str, str]) -> Finding:
    texts = {**values, **one.sighting.values}
    return Finding(
        code=one.code,
        severity=one.severity,
        where=one.sighting.where,
        title=fill(one.problem.title, texts),
        evidence=one.sighting.evidence or (() if one.is_config else evidence_of(one.stage, facts)),
        remedies=tuple(
            fill(remedy, texts) for remedy in (*one.sighting.remedies, *one.problem.remedies)
        ),
    )


def _stages(
    seen: list[_Seen], root: _Seen | None, facts: Facts, defects: tuple[Defect, ...]
) -> tuple[StageResult, ...]:
    results = []
    failed: Stage | None = None
    for stage in Stage:
        severities = {one.severity for one in seen if one.stage is stage}
        if root is not None and root.stage is stage:
            severities.add(Severity.ERROR)
        if failed is not None or not _reached(stage, facts):
            status = Status.SKIP
        elif Severity.ERROR in severities:
            status = Status.FAIL
        elif _blames_another(stage, facts):
            status = Status.SKIP
        else:
            unchecked = stage is Stage.TLS and facts.tls is not None and facts.tls.insecure
            status = Status.WARN if Severity.WARNING in severities or unchecked else Status.PASS
        found = tuple(defect.severity for defect in defects)
        summary = summary_of(stage, facts, found, status.value, failed)
        results.append(StageResult(stage, status, span_of(stage, facts), summary))
        if status is Status.FAIL and stage is not Stage.CONFIG:
            failed = stage
    return tuple(results)


def _reached(stage: Stage, facts: Facts) -> bool:
    return getattr(facts, stage.value) is not None


def _blames_another(stage: Stage, facts: Facts) -> bool:
    """A name or an address that failed is the proxy's, where one is used: its own stage says so."""
    own = facts.dns if stage is Stage.DNS else facts.tcp if stage is Stage.TCP else None
    return own is not None and own.failure is not None and facts.proxy is not None


def span_of(stage: Stage, facts: Facts) -> Span:
    """Return when a stage ran; one that did not run has no length and stands where the one before it ended."""
    own = getattr(facts, stage.value)
    if own is not None and own.span is not None:
        span: Span = own.span
        return span
    ends = [
        before.span.started_ms + before.span.duration_ms
        for name in _STAGES[: _STAGES.index(stage)]
        if (before := getattr(facts, name.value)) is not None and before.span is not None
    ]
    return Span(max(ends, default=0.0), 0.0)
