"""What an entry of the catalogue is made of (pure).

An entry is data: its texts, whose turn it is, when it is seen, and how it is reproduced. Texts are
templates: ``{host}`` is filled with what was seen, and reads ``<host>`` where nothing was seen, as
in `explain`. Every text may use the names of `wording.values`; what else an entry uses stands in
the ``fills`` of its condition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..facts import Facts, Stage
from ..lint.repair import Repair
from ..terms import Confidence, Severity, Side
from .condition import Condition, OnClose, Sighting


@dataclass(frozen=True)
class Simulated:
    """`simulate --fault` reproduces it, under the entry's own code."""


@dataclass(frozen=True)
class Example:
    """Settings that show it, with placeholders for what `filled` puts in.

    Args:
        env: content of the ``.env`` file; None for no file; bytes where the encoding matters.
        environ: variables of the process.
        arguments: options of the command line.
        mode: permissions of the file.
        git: the folder is a git work tree, the file not ignored.
    """

    env: str | bytes | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    mode: int = 0o600
    git: bool = False

    def filled(self, **values: str) -> Example:
        """Return the settings to write.

        Args:
            values: the good ``url``, ``secret`` and ``agent_id``; the ``endpoint`` of the profile;
                the ``folder`` of the file.
        """

        def fill(text: str) -> str:
            # Not str.format: a settings file may hold braces of its own.
            for name, value in values.items():
                text = text.replace(f"{{{name}}}", value)
            return text

        return replace(
            self,
            env=fill(self.env) if isinstance(self.env, str) else self.env,
            environ={name: fill(value) for name, value in self.environ.items()},
            arguments=tuple(map(fill, self.arguments)),
        )


@dataclass(frozen=True)
class NotOnLoopback:
    """A server on loopback cannot cause it.

    Args:
        reason: why not, and what a test does instead, if anything.
    """

    reason: str


Reproduction = Simulated | Example | NotOnLoopback


@dataclass(frozen=True)
class Problem:
    """One entry.

    Args:
        code: its only name; ``stage-what``.
        stage: where it shows; None for a mistake in the person's own program, which no stage shows.
        severity, side: unless a sighting says otherwise.
        title: one line, with its evidence in it.
        cause: two or three sentences for somebody who has never seen this backend.
        remedies: in the order in which to try them, each beginning with a verb; a line of its own
            that starts with ``$ `` is to paste.
        when: when it is seen.
        reproduction: how it is caused for real.
        confidence: where the sighting says nothing.
        alternatives: codes of entries that the facts may mean as well, where a sighting is
            undecided.
        refines: codes of entries that see the same facts less exactly.
        explains: codes, or stages with all their codes, that are only symptoms of this one.
        keywords: pieces of logs and exceptions that people paste into `explain`, in lower case;
            templates that the profile fills.
        source: the clause or page that it rests on.
        repair: how `doctor --fix` repairs it in the ``.env`` file; None where that needs a guess.
        left: why `doctor --fix` leaves it, or some of its occurrences, to the person; empty for
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
    alternatives: tuple[str, ...] = ()
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

    @property
    def fills(self) -> tuple[str, ...]:
        """The names that each of its sightings fills, beside those that every text may use."""
        return self.when.fills

    def see(self, facts: Facts) -> Sighting | None:
        """Return what the facts show of this problem; None where they do not show it.

        A close code that the profile gives to this problem means it, whatever `when` says.
        """
        sighting = self.when.see(facts)
        if sighting is None:
            code = OnClose.number_in(facts)
            if code is not None and facts.profile.closes.get(code) == self.code:
                return Sighting()
        return sighting


def verbatim(text: str) -> str:
    """Escape the braces of a text that goes into a template and is filled in already."""
    return text.replace("{", "{{").replace("}", "}}")
