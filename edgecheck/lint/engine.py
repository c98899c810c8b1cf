"""Run the rules, order what they found, and say what a repair would write (pure).

The engine gets its checks from outside: they say which rules there are, and how each defect is
repaired.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from ..backend.profile import Place
from ..dotenv.text import Tracking
from ..facts import ConfigFacts
from ..frozen import dataclass, replace
from ..settings.model import Settings, Source
from ..settings.request import AUTHORIZATION
from ..terms import FIX, Severity
from .defect import Defect
from .finding import Rule, origin_of, value_of, without_spaces
from .masking import cleared, secrets_in
from .repair import Ignored, LeftAlone, Private, Repair, Text, TextForReaders, Value
from .rules.env_lines import shadowed
from .rules.secret import can_be_sent

# Each repair reads the file several times, and the time of some rules grows with the square of its
# length.
_MAX_REPAIRED = 16 << 10


@dataclass(frozen=True)
class Check:
    """What the lint knows of an entry of the catalogue.

    Args:
        code: the entry's code.
        rule: yields what it found in the settings.
        refines: codes of checks that describe the same defect less exactly.
        repair: how it is repaired in the ``.env`` file; None if that needs a guess.
        left: why it is not repaired, or not every time; empty if a change of the file cannot
            repair it.
    """

    code: str
    rule: Rule
    refines: tuple[str, ...] = ()
    repair: Repair | None = None
    left: str = ""


class Linter:
    """The lint: it runs the checks that it is given, in their order."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self._checks = {check.code: check for check in checks}
        self._order = {code: place for place, code in enumerate(self._checks)}

    def lint(self, settings: Settings) -> tuple[Defect, ...]:
        """Return what is wrong with the settings, in the order of the file and then of the checks.

        If two defects say the same, only the more exact one is kept. They contain no part of the
        secret. Never raises.
        """
        found = [
            _as_needed(defect, settings)
            for check in self._checks.values()
            for defect in check.rule(settings)
        ]
        kept = [
            defect for defect in found if not any(self._says_more(other, defect) for other in found)
        ]
        if not kept:
            return ()
        kept.sort(key=lambda defect: self._place_in_file(defect, settings))
        secrets = secrets_in(settings)
        return tuple(cleared(defect, secrets, settings.names) for defect in kept)

    def judged(self, settings: Settings) -> tuple[ConfigFacts, tuple[Defect, ...]]:
        """Return where each setting came from, and what is wrong with the settings.

        A defect that can be repaired has the command for that.
        """
        defects = tuple(
            replace(defect, fix=self._fix(defect, settings)) for defect in self.lint(settings)
        )
        file = settings.env_file
        facts = ConfigFacts(
            env_file=file.path if file is not None and file.is_read else None,
            origins={
                name: str(origin)
                for name in settings.profile.names
                if (origin := origin_of(settings, name)) is not None
            },
            shadowed={
                name: str(origin)
                for name, origin, _, _ in shadowed(settings)
                if origin.source is not Source.ENVIRONMENT
            },
            request_possible=_is_possible(settings, defects),
        )
        return facts, defects

    def request_possible(self, settings: Settings) -> bool:
        """Tell whether the opening handshake can be written, and may be sent.

        It is the handshake that the user's own client would send.
        """
        return _is_possible(settings, self.lint(settings))

    def repaired(self, defect: Defect, settings: Settings) -> bytes | Private | Ignored:
        """Return the file's content with a defect repaired, or what to do with the file.

        Raises:
            LeftAlone: the repair would be a guess; the text says why, in a sentence.
        """
        check = self._checks[defect.code]
        origin = (
            origin_of(settings, defect.setting)
            if defect.setting and isinstance(check.repair, Value)
            else None
        )
        if origin is not None and origin.source is not Source.FILE:
            raise LeftAlone(f"It comes from {origin}, and only the .env file is repaired.")
        file = settings.env_file
        if check.repair is not None and file is not None and len(file.content) > _MAX_REPAIRED:
            raise LeftAlone(
                f"The file is larger than {_MAX_REPAIRED >> 10} KiB: settings files are smaller."
            )
        try:
            match check.repair:
                case Value() | Text() | TextForReaders() as repair:
                    return repair.content(settings, defect)
                case Private() as repair:
                    return repair
                case Ignored() as repair if (
                    file is not None and file.tracked is Tracking.NOT_IGNORED
                ):
                    return repair
            raise LeftAlone
        except LeftAlone as reason:
            raise LeftAlone(str(reason) or check.left) from None

    def _says_more(self, other: Defect, defect: Defect) -> bool:
        if defect.code not in self._checks[other.code].refines:
            return False
        if defect.severity == Severity.ERROR != other.severity:
            return False  # a warning hides no error
        # An error in the whole file explains what is wrong with every setting in it.
        return defect.setting in (other.setting, *other.covers) or (
            not other.setting and other.severity == Severity.ERROR
        )

    def _place_in_file(self, defect: Defect, settings: Settings) -> tuple[int, int, int]:
        path = settings.env_file.path if settings.env_file is not None else ""
        number = defect.where.removeprefix(f"{path}:")
        if defect.where.startswith(f"{path}:") and number.isdigit():
            return 1, int(number), self._order[defect.code]
        return 2 if defect.setting else 0, 0, self._order[defect.code]

    def _fix(self, defect: Defect, settings: Settings) -> str:
        """Return the command that repairs a defect; empty if there is none."""
        try:
            self.repaired(defect, settings)
        except LeftAlone:
            return ""
        file = settings.env_file
        named = settings.env_file_named and file is not None
        return FIX + (f" --env-file {shlex.quote(file.path)}" if named and file is not None else "")


def _left_out(settings: Settings) -> set[str]:
    """Return the settings that this run does without, because of its options."""
    connection = settings.connection
    if not connection.sends_request:
        return {settings.names.secret, settings.names.agent_id}
    place = settings.profile.request.authorization.place
    given = place in (Place.BEARER, Place.BASIC) and connection.request.gives(AUTHORIZATION)
    return {settings.names.secret} if given else set()


def _as_needed(defect: Defect, settings: Settings) -> Defect:
    """Return a note instead, if this run does without what the defect is in."""
    left_out = _left_out(settings)
    if not left_out:
        return defect
    if defect.code == "url-plaintext" and not settings.connection.sends_request:
        return replace(defect, severity=Severity.WARNING)  # nothing secret is sent
    needed = [name for name in settings.profile.names if name not in left_out]
    file_is_not_needed = (
        not defect.setting
        and defect.code.startswith("env-")
        and defect.severity == Severity.ERROR
        and not settings.env_file_named
        and all(value_of(settings, name) is not None for name in needed)
    )
    if defect.setting in left_out or file_is_not_needed:
        until = settings.connection.until
        why = f"--until {until}" if until is not None else "--header gives the credentials"
        evidence = (*defect.evidence, f"not needed: {why}")
        return replace(defect, severity=Severity.INFO, evidence=evidence)
    return defect


def _is_possible(settings: Settings, defects: Iterable[Defect]) -> bool:
    profile = settings.profile
    left_out = _left_out(settings)
    needed = (name for name in profile.names if profile.needs(name) and name not in left_out)
    values = (value_of(settings, name) or "" for name in needed)
    if not all(map(without_spaces, values)) or settings.endpoint is None:
        return False
    unusable = {settings.names.url, settings.names.agent_id} & set(profile.names)
    errors = [defect for defect in defects if defect.severity == Severity.ERROR]
    if any(name in unusable for defect in errors for name in (defect.setting, *defect.covers)):
        return False
    # Elsewhere the secret is encoded, or part of a message, which holds any character.
    in_a_field = profile.request.authorization.place in (Place.BEARER, Place.HEADER)
    sent = in_a_field and settings.names.secret not in left_out
    return not sent or can_be_sent(value_of(settings, settings.names.secret) or "")
