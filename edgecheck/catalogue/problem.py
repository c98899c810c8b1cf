"""What an entry of the catalogue is made of (pure).

An entry is data: its texts, who has to act, when it is seen, and how it is reproduced. Texts are
templates: ``{host}`` is filled with what was seen, or becomes ``<host>`` if nothing was seen, as in
`explain`. Every text may use the names of `wording.values`; the ``fills`` of its condition list the
other names that an entry uses.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..backend.builtin import EDGE
from ..backend.profile import Close, Profile, Refusal
from ..facts import Facts, Stage
from ..frozen import dataclass, field, replace
from ..lint.repair import Repair
from ..terms import Confidence, Severity, Side, verbatim
from .condition import Condition, Sighting
from .in_general import in_general


@dataclass(frozen=True)
class Simulated:
    """`simulate --fault` reproduces it, under the entry's own code."""


@dataclass(frozen=True)
class Example:
    """Settings that cause it, with placeholders that `filled` replaces.

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

    def filled(self, profile: Profile = EDGE, **values: str) -> Example:
        """Return the settings to write.

        Args:
            profile: names the settings and the ``endpoint``.
            values: the good ``url``, ``secret`` and ``agent_id``; the ``folder`` of the file.
        """
        names = profile.variables
        values = {
            "url_name": names.url,
            "secret_name": names.secret,
            "agent_name": names.agent_id,
            "endpoint": profile.path,
            **values,
        }

        def fill(text: str) -> str:
            # Not str.format: a settings file may hold braces of its own.
            for name, value in values.items():
                text = text.replace(f"{{{name}}}", value)
            return text

        return replace(
            self,
            env=fill(self.env) if isinstance(self.env, str) else self.env,
            environ={fill(name): fill(value) for name, value in self.environ.items()},
            arguments=tuple(map(fill, self.arguments)),
        )


@dataclass(frozen=True)
class NotOnLoopback:
    """A server on loopback cannot cause it.

    Args:
        reason: why not, and what a test does instead.
    """

    reason: str


Reproduction = Simulated | Example | NotOnLoopback


# The stages whose problems may show on an open socket: a close also tells what the server misses in
# the request.
_AFTER_UPGRADE = (Stage.UPGRADE, Stage.AUTH, Stage.SESSION)

# From here on, close codes are not registered: they belong to applications (RFC 6455, section
# 7.4.2).
_PRIVATE = 3000
# What to do where a profile says what is wrong, and not what to do about it.
_ASK = ("Ask the backend's team what to do about it: their server says so.",)


@dataclass(frozen=True)
class Problem:
    """One problem of the catalogue.

    Args:
        code: its only name; ``stage-what``.
        stage: where it is seen; None for a mistake in the user's own program, which no stage shows.
        severity, side: unless a sighting says otherwise.
        title: one line, with its evidence in it.
        cause: two or three sentences for a reader who does not know this backend.
        remedies: in the order in which to try them. Each begins with a verb; a line that starts
            with ``$ `` is a command to paste.
        when: when it is seen.
        reproduction: how it is caused for real.
        confidence: unless a sighting says otherwise.
        alternatives: codes of other entries that may be the cause if a sighting is undecided.
        refines: codes of entries that see the same facts less exactly.
        explains: codes, or whole stages, that are only symptoms of this problem.
        keywords: pieces of logs and exceptions that users paste into `explain`, in lower case;
            templates that the profile fills.
        source: the clause or page that it is based on.
        general: it rests on no more than a status, or a likeness, so an answer's own words outweigh
            it.
        inevitable: no backend accepts a value with this defect, so it is the cause for certain.
        repair: how `doctor --fix` repairs it in the ``.env`` file; None if that needs a guess.
        left: why `doctor --fix` does not repair it, or not every time; empty if a change of the
            file cannot repair it.
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
    general: bool = False
    inevitable: bool = False
    repair: Repair | None = None
    left: str = ""

    @property
    def stage_name(self) -> str:
        """The stage, or ``client`` for an entry without a stage."""
        return self.stage or "client"

    def in_words_of(self, close: Close | Refusal) -> Problem:
        """Return this problem in the words that a profile has for a close code, or an answer."""
        # A gateway may close with a registered code of its own accord, and with no other. It may
        # answer anything, but hardly with the backend's own content.
        sure = close.code >= _PRIVATE if isinstance(close, Close) else bool(close.body)
        return replace(
            self,
            title=verbatim(close.title),
            side=close.side,
            cause=verbatim(close.cause),
            remedies=tuple(map(verbatim, close.remedies)) or _ASK,
            confidence=Confidence.CERTAIN if sure else Confidence.LIKELY,
            source="",
        )

    @property
    def fills(self) -> tuple[str, ...]:
        """The names that each sighting fills, in addition to those that every text may use."""
        return self.when.fills

    def see(self, facts: Facts) -> Sighting | None:
        """Return what the facts show of this problem; None if they do not show it.

        If the profile sees a problem in the session's end, by a close code or by what came in place
        of a message of its greeting, that end is always a match for it. Of the other errors of a
        session, only those match that are more exact.
        """
        meaning = facts.meaning
        other = meaning and meaning != self.code and meaning not in self.refines
        if other and self.stage in _AFTER_UPGRADE and self.severity is Severity.ERROR:
            return None
        sighting = self.when.see(facts)
        return (
            in_general(self.fills, facts) if sighting is None and meaning == self.code else sighting
        )
