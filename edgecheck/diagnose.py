"""From facts to a verdict: see, refine, mask, order (pure).

One fault shows in several places. A secret with a blank before it is a defect of the settings, and
then a refusal by the backend, and then a session without a pong. A person needs one sentence: what
to repair first. A diagnosis gets there in four steps.

1. See. Every entry of the catalogue looks at the facts by itself, and the lint has looked at the
   settings. Entries do not know of each other, so several may see the same fault. A fact that is
   None was not reached; no entry reads it as "no", and empty facts show nothing.

2. Refine. An entry that sees the same facts more exactly replaces the general one (`refines` in the
   table). Example: a 403 with Cloudflare's challenge in its body is `upgrade-blocked`, which
   replaces `auth-forbidden`; the general entry stays as an alternative. The lint has refined its
   own defects, setting by setting, so this step leaves them alone.

3. Mask. What a cause explains is its symptom, and a symptom is never the verdict (`explains` in the
   table). Example: `secret-bearer-prefix` explains the whole stage auth, so the refusal with close
   code 1008 becomes a finding. Some defects can be of any setting, such as two lines with one name:
   they explain a refusal only if the setting is the secret.

4. Order. The verdict is an error, and the one without which the others would not have happened.
   From the strongest claim to the weakest:

   a. a defect of the secret, if the backend accepted the repaired secret. That is proof, so here
      even a warning becomes the verdict;
   b. a defect of the settings that explains an error of the network;
   c. the error of the earliest stage: dns, tcp, proxy, tls, upgrade, auth, session. A later stage
      cannot work if an earlier one failed, so what it met says little;
   d. the first defect of the settings, if the network showed no error, as with `--offline`.

   Everything else that was seen is a finding. An answered ping proves that the settings work, so it
   turns their errors into warnings.

How sure the verdict is depends on the facts, not on the entry alone. An entry, or its sighting,
says `certain` only if the facts allow no other cause. A defect that explains the network's error is
`likely`: the secret may have quotes around it and be wrong as well. If the backend accepted the
repaired secret, the defect is `certain`; if it refused that one too, it is `possible`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from enum import StrEnum

from .backend.builtin import EDGE
from .backend.profile import OWN_WORDS, Profile
from .catalogue import PROBLEMS
from .catalogue.condition import Lint, Sighting, Unseen
from .catalogue.problem import Problem
from .catalogue.rules.here import with_steps_here
from .catalogue.rules.witness import name_of_server
from .facts import ExperimentName, Facts, Span, Stage
from .facts.answers import answer_of
from .frozen import dataclass
from .lint.defect import Defect
from .terms import Confidence, Severity, Side, fill, verbatim
from .wording.commands import carrying
from .wording.evidence import evidence_of, summary_of
from .wording.experiments import experiments_of
from .wording.own_words import QUOTED, own_words
from .wording.values import common_values, named_once

_STAGES = tuple(Stage)


class Status(StrEnum):
    """How a stage went."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


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
    def warnings(self) -> tuple[Finding, ...]:
        """The warnings: what works now, but is fragile, insecure or misleading."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)


@dataclass(frozen=True)
class _Seen:
    """An entry that sees the facts, and what is special about this occurrence.

    Args:
        problem: the entry.
        sighting: what it saw.
        setting: the variable that a defect is about; empty for an entry of the facts.
        secret_name: the variable of the secret.
        stands_for: codes of entries that it has replaced.
    """

    problem: Problem
    sighting: Sighting
    setting: str = ""
    secret_name: str = ""
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
    def is_possible(self) -> bool:
        """Whether it is no likelier than its alternatives."""
        return (self.sighting.confidence or self.problem.confidence) is Confidence.POSSIBLE

    @property
    def is_config(self) -> bool:
        return self.stage is Stage.CONFIG

    def explains(self, other: _Seen) -> bool:
        """Tell whether another one is only a symptom of this one."""
        if (
            self.setting
            and self.setting != self.secret_name
            and other.stage is Stage.AUTH
            and Stage.AUTH in self.problem.explains
        ):
            return False  # an entry of any setting: only the secret's defect explains a refusal
        seen = {
            other.code,
            other.stage,
            *(other.sighting.alternatives if other.is_possible else ()),
        }
        return not seen.isdisjoint(self.problem.explains)


def diagnose(facts: Facts, defects: Iterable[Defect] = ()) -> Diagnosis:
    """Derive the verdict, the findings and the stages' results.

    Args:
        facts: what was seen.
        defects: what the lint found in the settings.
    """
    defects = tuple(defects)
    seen = _refine(_see(facts, defects))
    if facts.session is not None and facts.session.accepted:
        seen = [_demoted(one) if one.is_config and one.is_error else one for one in seen]
    root = _root_cause(seen, facts)
    rest = [
        one for one in seen if root is None or one.code != root.code or one.setting != root.setting
    ]
    values = {**common_values(facts), **name_of_server(facts)}
    return Diagnosis(
        verdict=_verdict(root, rest, facts, values) if root else None,
        findings=tuple(_finding(one, facts, values) for one in rest),
        stages=_stages(seen, root, facts, defects),
    )


def noticed(defects: Iterable[Defect], profile: Profile = EDGE) -> tuple[Finding, ...]:
    """Return what the lint found, without a verdict.

    Args:
        defects: what the lint found in the settings.
        profile: how the backend wants to be spoken to.
    """
    nothing = Facts(profile=profile)
    return tuple(
        _finding(_from_defect(defect, profile), nothing, common_values(nothing))
        for defect in defects
    )


# The others are seen in the settings, by the lint, or never.
_SEEN_IN_FACTS = tuple(
    problem for problem in PROBLEMS.values() if not isinstance(problem.when, Lint | Unseen)
)


def _see(facts: Facts, defects: Iterable[Defect]) -> list[_Seen]:
    seen = [_from_defect(defect, facts.profile) for defect in defects]
    # A profile may see any problem in the session's end (`Problem.see`).
    for problem in PROBLEMS.values() if facts.meaning else _SEEN_IN_FACTS:
        sighting = problem.see(facts)
        if sighting is not None:
            seen.append(_Seen(_worded(problem, facts), sighting))
    return _told(seen, facts)


def _told(seen: list[_Seen], facts: Facts) -> list[_Seen]:
    """Let an answer that says by itself what it is replace what others see in it."""
    if facts.upgrade is None or facts.upgrade.failure is None:
        return seen
    from .catalogue.rules.told import told  # only a refusal needs the tables

    found = told(facts)
    if found is None:
        return seen
    others = [
        one
        for one in seen
        if one.is_error and one.stage in (Stage.UPGRADE, Stage.AUTH) and not one.is_config
    ]
    if found.general and not all(one.problem.general for one in others):
        return seen
    kept = [one for one in seen if one not in others]
    replaced = tuple(one.code for one in others)
    return [*kept, _Seen(PROBLEMS[found.code], found.sighting, stands_for=replaced)]


def _worded(problem: Problem, facts: Facts) -> Problem:
    """Return a problem in the words that the profile has for the close code, if it has any."""
    own = facts.profile.own_words(facts.session.close_code) if facts.session else None
    return problem.in_words_of(own) if own is not None and problem.code == OWN_WORDS else problem


def _from_defect(defect: Defect, profile: Profile) -> _Seen:
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
    return _Seen(PROBLEMS[defect.code], sighting, defect.setting, profile.variables.secret)


def _demoted(one: _Seen) -> _Seen:
    """Return a warning instead of an error that an answered ping has disproved."""
    evidence = (*one.sighting.evidence, "the backend accepted the connection anyway")
    return replace(
        one, sighting=replace(one.sighting, severity=Severity.WARNING, evidence=evidence)
    )


def _refine(seen: list[_Seen]) -> list[_Seen]:
    """Drop entries that a more exact entry replaces; that one keeps the codes of those."""
    kept = [
        one
        for one in seen
        if one.is_config
        or not any(one.code in other.problem.refines for other in seen if other is not one)
    ]
    codes = {one.code for one in seen}
    return [
        replace(one, stands_for=(*one.stands_for, *filter(codes.__contains__, one.problem.refines)))
        for one in kept
    ]


def _root_cause(seen: Iterable[_Seen], facts: Facts) -> _Seen | None:
    seen = list(seen)
    errors = [one for one in seen if one.is_error]
    network = sorted(
        (one for one in errors if not one.is_config),
        key=lambda one: (_STAGES.index(one.stage), one.sighting.second),
    )
    config = [one for one in errors if one.is_config]
    if not network:
        return config[0] if config else None
    proven = facts.experiment(ExperimentName.CLEANED_SECRET)
    if proven is not None and proven.answer.accepted:
        defects = [
            one
            for one in seen
            if one.is_config and one.setting == one.secret_name and one.explains(network[0])
        ]
        # An error first: a warning with it is not the reason for the refusal.
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
    open_still = (
        *root.sighting.alternatives,
        *(root.problem.alternatives if root.sighting.undecided else ()),
    )
    alternatives = dict.fromkeys((*open_still, *root.stands_for, *symptoms, *suspects))
    alternatives.pop(root.code, None)
    texts = {**values, **root.sighting.values}
    side = root.sighting.side or root.problem.side
    side, steps = with_steps_here(root.code, facts, side, _remedies(root, texts, facts))
    return Verdict(
        code=root.code,
        stage=root.stage,
        title=fill(root.sighting.title or root.problem.title, texts),
        side=side,
        cause=_cause(root, texts, facts),
        remedies=steps,
        confidence=_confidence(root, symptoms, facts),
        alternatives=tuple(alternatives),
        evidence=_evidence(root, rest, facts),
    )


def _cause(root: _Seen, texts: Mapping[str, str], facts: Facts) -> str:
    """Return the cause, and what the answer itself says about it."""
    cause = fill(root.sighting.cause or root.problem.cause, texts)
    response = facts.upgrade.response if facts.upgrade is not None else None
    if response is None or response.status == 101 or root.stage not in (Stage.UPGRADE, Stage.AUTH):
        return cause
    words = own_words(response)
    said = f"{fill(root.sighting.title or root.problem.title, texts)} {cause}"
    return f'{cause} {QUOTED}"{words}"' if words and words not in said else cause


def _confidence(root: _Seen, symptoms: list[str], facts: Facts) -> Confidence:
    if root.is_config and symptoms:
        # The defect explains the network's answer. That it is the cause is proved only if the
        # backend accepts the repaired secret.
        if root.problem.inevitable:
            return Confidence.CERTAIN
        cleaned = facts.experiment(ExperimentName.CLEANED_SECRET)
        if cleaned is None or root.setting != root.secret_name:
            return Confidence.LIKELY
        return Confidence.CERTAIN if cleaned.answer.accepted else Confidence.POSSIBLE
    return root.sighting.confidence or root.problem.confidence


def _evidence(root: _Seen, rest: list[_Seen], facts: Facts) -> tuple[str, ...]:
    own = root.sighting.evidence or evidence_of(_shown_at(root.stage, facts), facts)
    if root.is_config:
        for one in rest:
            if one.is_error and root.explains(one):
                own = (*own, *(one.sighting.evidence or evidence_of(one.stage, facts)))
                break
    if root.stage in (Stage.CONFIG, Stage.UPGRADE, Stage.AUTH, Stage.SESSION):
        ours = answer_of(facts)
        own = (*own, *experiments_of(facts, ours))
    return tuple(dict.fromkeys(own))


def _shown_at(stage: Stage, facts: Facts) -> Stage:
    """Return the stage that shows a problem: one of the upgrade may show after the socket opened.

    A server may open it first, and then close it because of the path, the Origin or a subprotocol.
    """
    later = stage is Stage.UPGRADE and facts.session is not None
    return Stage.SESSION if later and facts.session and facts.session.failure else stage


def _remedies(one: _Seen, texts: Mapping[str, str], facts: Facts) -> tuple[str, ...]:
    seen = one.sighting
    own = () if seen.only else one.problem.remedies
    steps = (*seen.remedies, *own[:1], *seen.between, *own[1:])
    filled = dict.fromkeys(named_once(fill(remedy, texts)) for remedy in steps)
    return tuple(carrying(remedy, facts.target.options) for remedy in filled)


def _finding(one: _Seen, facts: Facts, values: Mapping[str, str]) -> Finding:
    texts = {**values, **one.sighting.values}
    return Finding(
        code=one.code,
        severity=one.severity,
        where=one.sighting.where,
        title=fill(one.sighting.title or one.problem.title, texts),
        evidence=one.sighting.evidence or (() if one.is_config else evidence_of(one.stage, facts)),
        remedies=_remedies(one, texts, facts),
    )


def _stages(
    seen: list[_Seen], root: _Seen | None, facts: Facts, defects: tuple[Defect, ...]
) -> tuple[StageResult, ...]:
    results = []
    failed: Stage | None = None
    # A stage that went well, and what a later one met is its fault all the same: both fail.
    shown_later = root is not None and root.stage is Stage.TCP and _connected(facts)
    for stage in Stage:
        severities = {one.severity for one in seen if one.stage is stage}
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
        found = tuple(defect.severity for defect in defects)
        summary = summary_of(stage, facts, found, status.value, failed)
        results.append(StageResult(stage, status, span_of(stage, facts), summary))
        later = shown_later and stage is Stage.TCP
        if status is Status.FAIL and stage is not Stage.CONFIG and not later:
            failed = stage
    return tuple(results)


def _reached(stage: Stage, facts: Facts) -> bool:
    return getattr(facts, stage.value) is not None


def _connected(facts: Facts) -> bool:
    return facts.tcp is not None and facts.tcp.address is not None


def _has_failed(stage: Stage, facts: Facts) -> bool:
    own = getattr(facts, stage.value)
    return getattr(own, "failure", None) is not None


def _blames_another(stage: Stage, facts: Facts) -> bool:
    """Tell whether the name or the address that failed is the proxy's.

    The proxy stage reports it.
    """
    own = facts.dns if stage is Stage.DNS else facts.tcp if stage is Stage.TCP else None
    return own is not None and own.failure is not None and facts.proxy is not None


def span_of(stage: Stage, facts: Facts) -> Span:
    """Return when a stage ran.

    A stage that did not run has no duration, and begins when the stage before it ended.
    """
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
