"""From settings to a plan of repairs (pure).

Laws: one finding is repaired at a time, and then everything is linted again, because a repair may
add or remove another finding. A step is skipped if its finding would remain, if the file would
be as it was before, or if a program that reads the file here would get wrong what it gets right.
"""

from __future__ import annotations

from collections.abc import Callable

from .catalogue.config import LINT
from .dotenv.text import EnvFile, Tracking
from .frozen import dataclass, replace
from .lint.defect import Defect
from .lint.repair import Ignored, LeftAlone, Private
from .lint.rules.readers import is_as_meant
from .settings.model import Settings

# Each setting has some ten repairs, and each step removes one finding.
MAX_STEPS = 100
_PRIVATE = 0o600


@dataclass(frozen=True)
class Left:
    """A finding that stays, and why."""

    defect: Defect
    reason: str


@dataclass(frozen=True)
class Plan:
    """What is to be done to the ``.env`` file.

    Args:
        before: the file as it is; None if there is no file, so nothing to do.
        after: the settings after the repairs.
        repaired: the findings that are removed, in the order in which they were found.
        left: the other findings, in the order of the lint.
    """

    before: EnvFile | None
    after: Settings
    repaired: tuple[Defect, ...]
    left: tuple[Left, ...]

    @property
    def content(self) -> bytes | None:
        """The new content of the file; None if it does not change."""
        after = self.after.env_file
        return (
            after.content
            if after is not None
            and self.before is not None
            and after.content != self.before.content
            else None
        )

    @property
    def private(self) -> bool:
        """Whether the file gets permissions for its owner only."""
        return (
            self.before is not None
            and self.after.env_file is not None
            and self.after.env_file.mode != self.before.mode
        )

    @property
    def ignored(self) -> bool:
        """Whether git has to be told to ignore the file."""
        return (
            self.before is not None
            and self.before.tracked is not Tracking.IGNORED
            and _tracked(self.after) is Tracking.IGNORED
        )


def plan(settings: Settings, reread: Callable[[bytes], Settings]) -> Plan:
    """Repair what can be repaired without guessing.

    Args:
        settings: as they are.
        reread: returns the settings for another content of the file.
    """
    now = settings
    step: Settings | None = settings
    seen: dict[tuple[str, str], Defect] = {}
    states = set[tuple[bytes, int | None, Tracking | None]]()
    while step is not None:
        now = step
        states.add(_state(now))
        found = LINT.lint(now)
        for defect in found:
            seen.setdefault(_identity(defect), defect)
        steps = (
            after
            for defect in found
            for after in [_step(defect, now, reread)]
            if after and _state(after) not in states
        )
        step = next(steps, None) if len(states) <= MAX_STEPS else None
    left = tuple(Left(defect, _reason(defect, now)) for defect in LINT.lint(now))
    stays = {_identity(one.defect) for one in left}
    gone = tuple(defect for identity, defect in seen.items() if identity not in stays)
    return Plan(settings.env_file, now, gone if now is not settings else (), left)


def _step(
    defect: Defect, settings: Settings, reread: Callable[[bytes], Settings]
) -> Settings | None:
    """Repair one finding; return None if it cannot be repaired."""
    file = settings.env_file
    if file is None:
        return None
    try:
        repair = LINT.repaired(defect, settings)
    except LeftAlone:
        return None
    match repair:
        case Private():
            after = replace(settings, env_file=replace(file, mode=_PRIVATE))
        case Ignored():
            after = replace(settings, env_file=replace(file, tracked=Tracking.IGNORED))
        case content:
            again = reread(content)
            assert again.env_file is not None
            # Decisions about the file itself are kept.
            tracked = file.tracked or again.env_file.tracked
            after = replace(
                again, env_file=replace(again.env_file, mode=file.mode, tracked=tracked)
            )
    if _harms(settings, after):
        return None
    stays = any(_identity(other) == _identity(defect) for other in LINT.lint(after))
    return None if stays else after


def _harms(before: Settings, after: Settings) -> bool:
    """Tell whether a program that reads the file here gets a setting wrong that it got right."""
    old, new = before.env_file, after.env_file
    assert old is not None
    assert new is not None
    return any(
        is_as_meant(old, name, old.read_by(used.reader).value(name))
        and not is_as_meant(new, name, new.read_by(used.reader).value(name))
        for used in before.readers
        for name in set(old.names) & set(new.names)
    )


def _identity(defect: Defect) -> tuple[str, str]:
    # Without its position: lines move.
    return defect.code, defect.setting


def _state(settings: Settings) -> tuple[bytes, int | None, Tracking | None]:
    file = settings.env_file
    return (b"", None, None) if file is None else (file.content, file.mode, file.tracked)


def _tracked(settings: Settings) -> Tracking | None:
    return settings.env_file.tracked if settings.env_file is not None else None


def _reason(defect: Defect, settings: Settings) -> str:
    try:
        LINT.repaired(defect, settings)
    except LeftAlone as reason:
        return str(reason)
    return (
        "The repair that there is does not help here: something else in the file has to be "
        "settled first."
    )
