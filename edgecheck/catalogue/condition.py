"""When an entry of the catalogue is seen (pure).

Most conditions are data: a kind of failure, an HTTP status, a close code, OpenSSL's verify code. A
`Rule` is a function, for what a single fact cannot decide. `Otherwise` takes the numbers that no
other entry claims, so that every failure has an entry.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from ..facts import Facts, Kind
from ..facts.reasons import Topic, topic_in
from ..frozen import dataclass, field
from ..lint.defect import Defect
from ..terms import Confidence, Severity, Side

if TYPE_CHECKING:
    from ..settings.model import Settings


@dataclass(frozen=True)
class Sighting:
    """What is special about one occurrence of a problem. Every field is optional.

    Args:
        values: fill the entry's templates, in addition to the common values.
        evidence: what was seen; replaces the usual evidence of the stage.
        severity, side, confidence: replace those of the entry.
        where: file and line, variable or address.
        title, cause: replace those of the entry, if what was seen rules out a part of them.
        remedies: to try before those of the entry.
        between: remedies to try after the first one of the entry.
        only: there is nothing else to try: the remedies of the entry do not fit what was seen.
        undecided: the entry's alternatives remain possible.
        alternatives: codes of further entries that remain possible.
        second: something else failed first at this stage, so that is the verdict.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    severity: Severity | None = None
    side: Side | None = None
    confidence: Confidence | None = None
    where: str = ""
    title: str | None = None
    cause: str | None = None
    remedies: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    only: bool = False
    undecided: bool = False
    alternatives: tuple[str, ...] = ()
    second: bool = False


@dataclass(frozen=True)
class OnKind:
    """Seen when the failure of a stage is of one of these kinds."""

    kinds: frozenset[Kind]
    fills: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *kinds: Kind) -> None:
        object.__setattr__(self, "kinds", frozenset(kinds))

    def see(self, facts: Facts) -> Sighting | None:
        """Match the failure of any stage that has one."""
        for failure in facts.failures:
            if failure.kind in self.kinds:
                return Sighting()
        return None


@dataclass(frozen=True)
class OnNumber(ABC):
    """Seen when the number that a stage failed with is one of these."""

    numbers: frozenset[int]
    fills: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *numbers: int) -> None:
        object.__setattr__(self, "numbers", frozenset(numbers))

    @staticmethod
    @abstractmethod
    def number_in(facts: Facts) -> int | None:
        """Return the number that the stage failed with; None if there is none."""

    def see(self, facts: Facts) -> Sighting | None:
        """Match the number."""
        return Sighting() if self.number_in(facts) in self.numbers else None


class OnStatus(OnNumber):
    """Seen when the opening handshake was refused with one of these HTTP statuses."""

    @staticmethod
    def number_in(facts: Facts) -> int | None:
        """Return the status of the response that refused to switch protocols."""
        seen = facts.upgrade
        if seen is None or seen.response is None or seen.failure is None:
            return None
        return seen.response.status if seen.failure.kind is Kind.UPGRADE_STATUS else None


class OnClose(OnNumber):
    """Seen when the session ended with one of these close codes before the ping was answered.

    If the profile gives a close code a meaning, it means only that: see `Problem.see`.
    """

    @staticmethod
    def number_in(facts: Facts) -> int | None:
        """Return the close code of a session that a close frame ended.

        1006 means an end without a close frame, which is another kind of failure.
        """
        session = facts.session
        if session is None or session.failure is None:
            return None
        return session.close_code if session.failure.kind is Kind.SESSION_CLOSED else None

    def see(self, facts: Facts) -> Sighting | None:
        """Match the close code, unless the profile says what it means."""
        return None if self.number_in(facts) in facts.profile.closes else super().see(facts)


class OnVerifyCode(OnNumber):
    """Seen when the certificate was refused with one of these X509_V_ERR numbers.

    See openssl-verification-options(1).
    """

    @staticmethod
    def number_in(facts: Facts) -> int | None:
        """Return OpenSSL's verify code; -1 for a refusal without one."""
        failure = facts.tls.failure if facts.tls is not None else None
        if failure is None or failure.kind is not Kind.TLS_CERTIFICATE:
            return None
        return -1 if failure.verify_code is None else failure.verify_code


@dataclass(frozen=True)
class Rule:
    """Seen when a function of the facts says so, because a single fact cannot decide it.

    Args:
        function: returns what the facts show of the problem; None where they do not show it.
        claims: the statuses, close codes and verify codes that the function answers for, so that
            `Otherwise` leaves them to it.
        fills: the names that every one of its sightings fills.
        mild: of an error, it also sees what is no more than a warning, where nothing failed.
    """

    function: Callable[[Facts], Sighting | None]
    claims: tuple[OnNumber, ...] = ()
    fills: tuple[str, ...] = ()
    mild: bool = False

    def see(self, facts: Facts) -> Sighting | None:
        """Ask the function."""
        return self.function(facts)


@dataclass(frozen=True)
class Otherwise:
    """Seen when a stage failed with a number that no other entry claims and sees.

    Args:
        sort: what the number is: `OnStatus`, `OnClose` or `OnVerifyCode`.
        function: returns what is special about the sighting.
        fills: the names that every sighting fills.
        claims: for each number the conditions that claim it. The table leaves this out:
            `assemble` derives it from all tables.
    """

    sort: type[OnNumber]
    function: Callable[[Facts], Sighting] = lambda facts: Sighting()
    fills: tuple[str, ...] = ()
    claims: Mapping[int, tuple[Condition, ...]] = field(default_factory=dict, hash=False)

    def see(self, facts: Facts) -> Sighting | None:
        """Match a number that no other entry sees."""
        number = self.sort.number_in(facts)
        if number is None or (self.sort is OnClose and number in facts.profile.closes):
            return None
        if any(condition.see(facts) is not None for condition in self.claims.get(number, ())):
            return None
        return self.function(facts)


@dataclass(frozen=True)
class AnyOf:
    """Seen when one of several conditions is met; the first one that is met gives the sighting."""

    conditions: tuple[Condition, ...]

    def __init__(self, *conditions: Condition) -> None:
        object.__setattr__(self, "conditions", conditions)

    @property
    def fills(self) -> tuple[str, ...]:
        """The names that all of the conditions fill."""
        return self.conditions[0].fills

    def see(self, facts: Facts) -> Sighting | None:
        """Try one condition after another."""
        for condition in self.conditions:
            if (sighting := condition.see(facts)) is not None:
                return sighting
        return None


@dataclass(frozen=True)
class Lint:
    """Seen in the settings, before anything is sent.

    Args:
        rule: yields what it found in the settings.
        fills: the names that every one of its defects fills, beside those of `lint.finding`.
    """

    rule: Callable[[Settings], Iterable[Defect]]
    fills: tuple[str, ...] = ()

    def see(self, facts: Facts) -> None:
        """Never match facts: the diagnosis gets what the lint found separately."""
        return None


@dataclass(frozen=True)
class Unseen:
    """Never seen by a checkup: it is a mistake in the user's own program."""

    fills: ClassVar[tuple[str, ...]] = ()

    def see(self, facts: Facts) -> None:
        """Never match."""
        return None


Condition = OnKind | OnNumber | Rule | Otherwise | AnyOf | Lint | Unseen


def is_mild(condition: Condition) -> bool:
    """Tell whether a condition may be met where nothing failed, whatever the entry's severity."""
    match condition:
        case Rule(mild=mild):
            return mild
        case AnyOf(conditions=conditions):
            return any(map(is_mild, conditions))
        case _:
            return False


def closed_as(facts: Facts, problem: str, *codes: int) -> bool:
    """Tell whether the session ended with a close code that means a problem.

    Args:
        facts: what was seen.
        problem: its code in the catalogue, which the profile may give to a close code.
        codes: close codes that mean it unless the profile says otherwise.
    """
    if facts.meaning:
        return facts.meaning == problem
    code = OnClose.number_in(facts)
    if code not in codes:
        return False
    # Servers choose private codes loosely, so their own words count for more.
    fitting = {None, Topic.REPLACED, Topic.REFUSED if problem.startswith("auth-") else None}
    return code < _FIRST_PRIVATE or topic_in(facts) in fitting


# RFC 6455, section 7.4.2: from here on a code means what its library or application says.
_FIRST_PRIVATE = 3000


def claimed_by(condition: Condition, sort: type[OnNumber]) -> Iterable[int]:
    """Return the numbers of one sort that a condition claims."""
    match condition:
        case OnNumber():
            return condition.numbers if isinstance(condition, sort) else ()
        case Rule(claims=claims) | AnyOf(conditions=claims):
            return [number for one in claims for number in claimed_by(one, sort)]
        case _:
            return ()
