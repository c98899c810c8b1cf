"""From settings to a plan of repairs (pure).

Laws: one finding is repaired at a time, and all is linted again, because a repair may show or take
away another finding. A step that does not take its finding away, or leads back to where the file
was, is not taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .catalogue.config import LINT
from .dotenv.text import EnvFile, Tracking
from .lint.defect import Defect
from .lint.repair import Ignored, LeftAlone, Private
from .settings.model import Settings

# Each setting has some ten repairs, and each step takes one finding away.
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
        before: the file as it is; None where there is none, and nothing to do.
        after: the settings as they would be then.
        repaired: the findings that it takes away, in the order in which they were found.
        left: the others, in the order of the lint.
    """

    before: EnvFile | None
    after: Settings
    repaired: tuple[Defect, ...]
    left: tuple[Left, ...]

    @property
    def content(self) -> bytes | None:
        """What the file is to hold; None where that is what it holds."""
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
        """Whether the file gets permissions for its owner alone."""
        return (
            self.before is not None
            and self.after.env_file is not None
            and self.after.env_file.mode != self.before.mode
        )

    @property
    def ignored(self) -> bool:
        """Whether git is to be told to ignore the file."""
        return (
            self.before is not None
            and self.before.tracked is not Tracking.IGNORED
            and _tracked(self.after) is Tracking.IGNORED
        )


def plan(settings: Settings, reread: Callable[[bytes], Settings]) -> Plan:
    """Repair what can be repaired without guessing.

    Args:
        settings: as they are.
        reread: the settings as they would be if the file held other bytes.
    """
    now = settings
    seen: dict[tuple[str, str], Defect] = {}
    states = {_state(now)}
    for _ in range(MAX_STEPS):
        found = LINT.lint(now)
        for defect in found:
            seen.setdefault(_identity(defect), defect)
        step = next(
            (
                after
                for defect in found
                for after in [_step(defect, now, reread)]
                if after and _state(after) not in states
            ),
            None,
        )
        if step is None:
            break
        now = step
        states.add(_state(now))
    left = tuple(Left(defect, _reason(defect, now)) for defect in LINT.lint(now))
    stays = {_identity(one.defect) for one in left}
    gone = tuple(defect for identity, defect in seen.items() if identity not in stays)
    return Plan(settings.env_file, now, gone if now is not settings else (), left)


def _step(
    defect: Defect, settings: Settings, reread: Callable[[bytes], Settings]
) -> Settings | None:
    """Repair one finding; None where it cannot be repaired."""
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
            # What was decided about the file itself stays so.
            tracked = file.tracked or again.env_file.tracked
            after = replace(
                again, env_file=replace(again.env_file, mode=file.mode, tracked=tracked)
            )
    stays = any(_identity(other) == _identity(defect) for other in LINT.lint(after))
    return None if stays else after


def _identity(defect: Defect) -> tuple[str, str]:
    # Not where it stands: lines move.
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
