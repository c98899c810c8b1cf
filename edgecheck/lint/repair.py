"""How a finding is repaired in the ``.env`` file without guessing (pure).

A repair is data of its entry. It says what the file is to hold, or raises `LeftAlone`; nothing is
written here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..dotenv.edit import with_value

if TYPE_CHECKING:
    from ..dotenv.text import EnvFile
    from ..lint.defect import Defect
    from ..settings.model import Settings


class LeftAlone(Exception):
    """This occurrence is not repaired; the text says why, in a sentence.

    An empty one: for the reason that its entry gives.
    """


@dataclass(frozen=True)
class Value:
    """Another value of the setting that the finding names.

    Args:
        function: from the value as it is read, and all settings, to the repaired one; None where
            this occurrence needs a guess.
    """

    function: Callable[[str, Settings], str | None]

    def content(self, settings: Settings, defect: Defect) -> bytes:
        """Return what the file is to hold. Raises `LeftAlone`."""
        file = _file(settings)
        line = (file.statements(defect.setting) or (None,))[-1]
        if line is None or line.value is None:
            raise LeftAlone
        if line.lost or line.expanded:
            raise LeftAlone(
                "Its line has a ` #` or a `${…}` that changes the value: which value is meant has "
                "to be settled first."
            )
        value = self.function(line.value, settings)
        if value is None:
            raise LeftAlone
        return _edited(lambda: with_value(file.content, defect.setting, value))


@dataclass(frozen=True)
class Text:
    """Another text of the file.

    Args:
        function: from the file and the finding to the file's new content; None where this
            occurrence needs a guess.
    """

    function: Callable[[EnvFile, Defect], bytes | None]

    def content(self, settings: Settings, defect: Defect) -> bytes:
        """Return what the file is to hold. Raises `LeftAlone`."""
        file = _file(settings)
        return _edited(lambda: self.function(file, defect))


@dataclass(frozen=True)
class Private:
    """Permissions for the owner alone, 0600."""


@dataclass(frozen=True)
class Ignored:
    """A line in ``.gitignore``; not for a file that git tracks already."""


Repair = Value | Text | Private | Ignored


def _file(settings: Settings) -> EnvFile:
    if (
        settings.env_file is None
        or settings.env_file.error is not None
        or settings.env_file.missing
    ):
        raise LeftAlone
    return settings.env_file


def _edited(edit: Callable[[], bytes | None]) -> bytes:
    try:
        content = edit()
    except ValueError as error:
        raise LeftAlone(f"It cannot be written: {error}.") from None
    if content is None:
        raise LeftAlone
    return content
