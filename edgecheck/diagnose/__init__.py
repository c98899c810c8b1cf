"""From facts to a verdict: see, refine, mask, order (pure).

One fault shows in several places. A secret with a blank before it is a defect of the settings, and
then a refusal by the backend, and then a session without a pong. A person needs one sentence: what
to repair first. A diagnosis gets there in four steps, the first two in `seen.py`, the others here.
`verdict.py` and `stages.py` then say what follows.

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

from collections.abc import Iterable

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..catalogue.rules import witness
from ..facts import ExperimentName, Facts
from ..frozen import replace
from ..lint.defect import Defect
from ..terms import Severity
from ..wording.values import common_values
from .diagnosis import Diagnosis, Finding, StageResult, Status, Verdict
from .seen import Seen, demoted, from_defect, refine, see
from .stages import STAGES, stages
from .verdict import finding_of, verdict_of

__all__ = [
    "Diagnosis",
    "Finding",
    "StageResult",
    "Status",
    "Verdict",
    "diagnose",
    "noticed",
]


def diagnose(facts: Facts, defects: Iterable[Defect] = ()) -> Diagnosis:
    """Derive the verdict, the findings and the stages' results.

    Args:
        facts: what was seen.
        defects: what the lint found in the settings.
    """
    defects = tuple(defects)
    seen = refine(see(facts, defects))
    if facts.session is not None and facts.session.accepted:
        seen = [demoted(one) if one.is_config and one.is_error else one for one in seen]
    root = _root_cause(seen, facts)
    rest = [
        one for one in seen if root is None or one.code != root.code or one.setting != root.setting
    ]
    # For texts, of which there is none where all went well.
    values = {**common_values(facts), **witness.name_of_server(facts)} if seen else {}
    return Diagnosis(
        verdict=verdict_of(root, rest, facts, values) if root else None,
        findings=tuple(finding_of(one, facts, values) for one in rest),
        stages=stages(seen, root, facts, defects),
    )


def noticed(defects: Iterable[Defect], profile: Profile = EDGE) -> tuple[Finding, ...]:
    """Return what the lint found, without a verdict.

    Args:
        defects: what the lint found in the settings.
        profile: how the backend wants to be spoken to.
    """
    nothing = Facts(profile=profile)
    return tuple(
        finding_of(from_defect(defect, profile), nothing, common_values(nothing))
        for defect in defects
    )


def _root_cause(seen: Iterable[Seen], facts: Facts) -> Seen | None:
    seen = list(seen)
    errors = [one for one in seen if one.is_error]
    network = sorted(
        (one for one in errors if not one.is_config),
        key=lambda one: (STAGES.index(one.stage), one.sighting.second),
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
