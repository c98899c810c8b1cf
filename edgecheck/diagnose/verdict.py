"""What a verdict and a finding say, and how sure the verdict is (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from ..catalogue.rules import here
from ..facts import ExperimentName, Facts, Stage
from ..facts.answers import answer_of
from ..terms import Confidence, fill, without_code
from ..wording.commands import carrying
from ..wording.evidence import evidence_of
from ..wording.experiments import experiments_of
from ..wording.own_words import QUOTED, own_words
from ..wording.values import named_once
from .diagnosis import Finding, Verdict
from .seen import Seen


def verdict_of(root: Seen, rest: list[Seen], facts: Facts, values: Mapping[str, str]) -> Verdict:
    """Return the verdict.

    Args:
        root: what was chosen as the cause.
        rest: what else was seen.
        facts: what was seen.
        values: what the names in the texts stand for.
    """
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
    side, steps = here.with_steps_here(root.code, facts, side, _remedies(root, texts, facts))
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


def _cause(root: Seen, texts: Mapping[str, str], facts: Facts) -> str:
    """Return the cause, and what the answer itself says about it."""
    cause = fill(root.sighting.cause or root.problem.cause, texts)
    response = facts.upgrade.response if facts.upgrade is not None else None
    if response is None or response.status == 101 or root.stage not in (Stage.UPGRADE, Stage.AUTH):
        return cause
    words = own_words(response)
    said = f"{fill(root.sighting.title or root.problem.title, texts)} {cause}"
    return f'{cause} {QUOTED}"{words}"' if words and words not in said else cause


def _confidence(root: Seen, symptoms: list[str], facts: Facts) -> Confidence:
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


def _evidence(root: Seen, rest: list[Seen], facts: Facts) -> tuple[str, ...]:
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


def _remedies(one: Seen, texts: Mapping[str, str], facts: Facts) -> tuple[str, ...]:
    seen = one.sighting
    own = () if seen.only else one.problem.remedies
    steps = (*seen.remedies, *own[:1], *seen.between, *own[1:])
    if not one.is_config:  # what the network said is not code; the credential's form is ours
        texts = {
            name: text if name == "credential" else without_code(text)
            for name, text in texts.items()
        }
    filled = dict.fromkeys(named_once(fill(remedy, texts)) for remedy in steps)
    return tuple(carrying(remedy, facts.target.options) for remedy in filled)


def finding_of(one: Seen, facts: Facts, values: Mapping[str, str]) -> Finding:
    """Return what is said of one that is not the verdict."""
    texts = {**values, **one.sighting.values}
    return Finding(
        code=one.code,
        severity=one.severity,
        where=one.sighting.where,
        title=fill(one.sighting.title or one.problem.title, texts),
        evidence=one.sighting.evidence or (() if one.is_config else evidence_of(one.stage, facts)),
        remedies=_remedies(one, texts, facts),
    )
