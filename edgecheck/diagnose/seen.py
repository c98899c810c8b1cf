"""See and refine: which entries of the catalogue match, each by itself (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from ..backend.profile import Profile
from ..catalogue import PROBLEMS
from ..catalogue.condition import Lint, Sighting, Unseen, is_mild
from ..catalogue.problem import Problem
from ..catalogue.rules import told
from ..facts import Facts, Stage
from ..frozen import dataclass, field, replace
from ..lint.defect import Defect
from ..terms import Confidence, Severity, verbatim


@dataclass(frozen=True)
class Seen:
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
        """The entry's code."""
        return self.problem.code

    @property
    def severity(self) -> Severity:
        """How bad it is here."""
        return self.sighting.severity or self.problem.severity

    @property
    def is_error(self) -> bool:
        """Whether it is an error here."""
        return self.severity is Severity.ERROR

    @property
    def stage(self) -> Stage:
        """Where it shows."""
        assert self.problem.stage is not None  # a client's own mistakes are never seen
        return self.problem.stage

    @property
    def is_possible(self) -> bool:
        """Whether its alternatives are as likely."""
        return (self.sighting.confidence or self.problem.confidence) is Confidence.POSSIBLE

    @property
    def is_config(self) -> bool:
        """Whether it is about the settings."""
        return self.stage is Stage.CONFIG

    def explains(self, other: Seen) -> bool:
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


@cache
def _seen_in_facts() -> tuple[Problem, ...]:
    """Return the entries that facts can show: others are seen in the settings, or never."""
    return tuple(one for one in PROBLEMS.values() if not isinstance(one.when, Lint | Unseen))


@cache
def _seen_if_well() -> tuple[Problem, ...]:
    """Return those that facts can show where all went well: nearly all entries are errors."""
    return tuple(
        one for one in _seen_in_facts() if one.severity is not Severity.ERROR or is_mild(one.when)
    )


# Switching Protocols: the WebSocket is open (RFC 9110, section 15.2.2).
_SWITCHED = 101


def see(facts: Facts, defects: Iterable[Defect]) -> list[Seen]:
    """Let every entry look at the facts; entries do not know of each other."""
    seen = [from_defect(defect, facts.profile) for defect in defects]
    if not facts.is_of_network:
        return seen
    usual = _seen_if_well() if went_well(facts) else _seen_in_facts()
    # A profile may see any problem in an answer or in the session's end (`Problem.see`).
    meant = bool(facts.meaning)
    for problem in PROBLEMS.values() if meant else usual:
        sighting = problem.see(facts) if meant else problem.when.see(facts)
        if sighting is not None:
            seen.append(Seen(_worded(problem, facts), sighting))
    return _told(seen, facts)


def went_well(facts: Facts) -> bool:
    """Tell whether nothing failed or was refused, and nothing had to be looked at a second time."""
    dns, tcp, upgrade, session = facts.dns, facts.tcp, facts.upgrade, facts.session
    response = upgrade.response if upgrade is not None else None
    return not (
        facts.failures
        or facts.experiments
        or (dns is not None and dns.servers)
        or (tcp is not None and (tcp.first or tcp.again or tcp.path))
        or (tcp is not None and any(attempt.failure for attempt in tcp.attempts))
        or (response is not None and response.status != _SWITCHED)
        or (session is not None and (session.pong is False or session.close_code is not None))
    )


def _told(seen: list[Seen], facts: Facts) -> list[Seen]:
    """Let an answer that says by itself what it is replace what others see in it."""
    if facts.upgrade is None or facts.upgrade.failure is None or facts.listed_answer is not None:
        return seen
    found = told.told(facts)
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
    return [*kept, Seen(PROBLEMS[found.code], found.sighting, stands_for=replaced)]


def _worded(problem: Problem, facts: Facts) -> Problem:
    """Return a problem in the words that the profile has for the close code, if it has any."""
    own = facts.own_words
    return problem.in_words_of(own) if own is not None and problem.code == own.meaning else problem


def from_defect(defect: Defect, profile: Profile) -> Seen:
    """Return a defect of the settings as the entry that describes it."""
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
    return Seen(PROBLEMS[defect.code], sighting, defect.setting, profile.variables.secret)


def demoted(one: Seen) -> Seen:
    """Return a warning instead of an error that an answered ping has disproved."""
    evidence = (*one.sighting.evidence, "the backend accepted the connection anyway")
    return replace(
        one, sighting=replace(one.sighting, severity=Severity.WARNING, evidence=evidence)
    )


def refine(seen: list[Seen]) -> list[Seen]:
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
