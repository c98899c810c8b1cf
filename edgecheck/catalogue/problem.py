"""What an entry of the catalogue is made of (pure).

An entry is data: its texts, whose turn it is, when it is seen, and how it is reproduced. Texts are
templates: ``{host}`` is filled in from what was seen, and reads ``<host>`` where nothing was, as in
`explain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..facts import Facts, Kind, Stage
from ..lint.defect import Defect
from ..lint.repair import Repair
from ..terms import Confidence, Severity, Side

if TYPE_CHECKING:
    from ..settings.model import Settings


@dataclass(frozen=True)
class Sighting:
    """One problem, seen once: what makes this occurrence special. Everything may be left out.

    Args:
        values: fills the entry's templates, over the common values.
        evidence: what was seen, in place of the stage's usual evidence.
        severity, side, confidence: in place of the entry's own.
        where: file and line, variable or address.
        remedies: tried before the entry's own.
        alternatives: codes that remain possible.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    severity: Severity | None = None
    side: Side | None = None
    confidence: Confidence | None = None
    where: str = ""
    remedies: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class OnKind:
    """Seen when the stage's failure is of one of these kinds."""

    kinds: frozenset[Kind]

    def __init__(self, *kinds: Kind) -> None:
        object.__setattr__(self, "kinds", frozenset(kinds))

    def see(self, facts: Facts) -> Sighting | None:
        """Match the failure of any stage that has one."""
        stages = (facts.dns, facts.tcp, facts.proxy, facts.tls, facts.upgrade, facts.session)
        failures = (
            stage.failure for stage in stages if stage is not None and stage.failure is not None
        )
        return Sighting() if any(failure.kind in self.kinds for failure in failures) else None


@dataclass(frozen=True)
class OnStatus:
    """Seen when the opening handshake was answered with one of these HTTP statuses."""

    statuses: frozenset[int]

    def __init__(self, *statuses: int) -> None:
        object.__setattr__(self, "statuses", frozenset(statuses))

    def see(self, facts: Facts) -> Sighting | None:
        """Match the status of the response to the opening handshake."""
        response = facts.upgrade.response if facts.upgrade else None
        return Sighting() if response is not None and response.status in self.statuses else None


@dataclass(frozen=True)
class OnClose:
    """Seen when the session ended with one of these close codes before the ping was answered."""

    codes: frozenset[int]

    def __init__(self, *codes: int) -> None:
        object.__setattr__(self, "codes", frozenset(codes))

    def see(self, facts: Facts) -> Sighting | None:
        """Match the close code of a session that failed."""
        session = facts.session
        if session is None or session.failure is None or session.close_code is None:
            return None
        return Sighting() if session.close_code in self.codes else None


@dataclass(frozen=True)
class Rule:
    """Seen when a function of the facts says so: for what no single fact decides."""

    function: Callable[[Facts], Sighting | None]

    def see(self, facts: Facts) -> Sighting | None:
        """Ask the function."""
        return self.function(facts)


@dataclass(frozen=True)
class Lint:
    """Seen in the settings, before anything is sent."""

    rule: Callable[[Settings], Iterable[Defect]]

    def see(self, facts: Facts) -> None:
        """Never match facts: what the lint found is handed to the diagnosis beside them."""
        return None


@dataclass(frozen=True)
class Unseen:
    """Never seen by a checkup: only the person's own program can get it wrong."""

    def see(self, facts: Facts) -> None:
        """Never match."""
        return None


Condition = OnKind | OnStatus | OnClose | Rule | Lint | Unseen


@dataclass(frozen=True)
class Simulated:
    """`simulate --fault` reproduces it, under the entry's own code."""


@dataclass(frozen=True)
class Example:
    """Settings that show it. ``{url}``, ``{secret}`` and ``{agent_id}`` stand for the good values.

    Args:
        env: content of the ``.env`` file; None for no file; bytes where the encoding matters.
        environ: variables of the process.
        arguments: options of the command line, ``{folder}`` for the folder of the file.
        mode: permissions of the file.
        git: the folder is a git work tree, the file not ignored.
    """

    env: str | bytes | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    mode: int = 0o600
    git: bool = False


@dataclass(frozen=True)
class NotOnLoopback:
    """A server on loopback cannot cause it; the reason says why, and what a test does instead, if anything."""

    reason: str


Reproduction = Simulated | Example | NotOnLoopback


@dataclass(frozen=True)
class Problem:
    """One entry.

    Args:
        code: its only name; ``stage-what``.
        stage: where it shows; None for a client's own mistakes, which no stage shows.
        severity, side: unless a sighting says otherwise.
        title: one line, with its evidence in it.
        cause: two or three sentences for somebody who has never seen this backend.
        remedies: in the order in which to try them, each beginning with a verb; a line of its own
            that starts with ``$ `` is to paste.
        when: when it is seen.
        reproduction: how it is caused for real.
        confidence: where the sighting says nothing.
        refines: codes of entries that see the same facts less exactly.
        explains: codes, or stages whose every code, that are only this one's symptoms.
        keywords: pieces of logs and exceptions that people paste into `explain`, in lower case.
        source: the clause or page that it rests on.
        repair: how `doctor --fix` repairs it in the ``.env`` file; None where that needs a guess.
        left: why `doctor --fix` leaves it, or those of its occurrences that it leaves; empty for
            what no file can repair.
    """

    code: str
    stage: Stage | None
    severity: Severity
    side: Side
    title: str
    cause: str
    remedies: tuple[str, ...]
    when: Condition
    reproduction: Reproduction
    confidence: Confidence = Confidence.CERTAIN
    refines: tuple[str, ...] = ()
    explains: tuple[str | Stage, ...] = ()
    keywords: tuple[str, ...] = ()
    source: str = ""
    repair: Repair | None = None
    left: str = ""

    @property
    def stage_name(self) -> str:
        """The stage, or ``client`` for what no stage shows."""
        return self.stage or "client"
