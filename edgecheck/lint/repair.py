"""How a defect is repaired in the ``.env`` file without a guess (pure).

A repair is part of its entry. It returns the new content of the file, or raises `LeftAlone`; it
writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..backend.profile import Profile
from ..dotenv.edit import with_value
from ..frozen import dataclass

if TYPE_CHECKING:
    from ..dotenv.readers.reading import Reader
    from ..dotenv.text import EnvFile
    from ..lint.defect import Defect
    from ..settings.model import Settings


class LeftAlone(Exception):
    """This occurrence is not repaired; the text says why, in a sentence.

    An empty text means that the reason is in the entry (`left`).
    """


@dataclass(frozen=True)
class Value:
    """A new value for the setting that the defect is about.

    Args:
        function: takes the value as it was read, and all settings; returns the repaired value, or
            None if this occurrence needs a guess.
    """

    function: Callable[[str, Settings], str | None]

    def content(self, settings: Settings, defect: Defect) -> bytes:
        """Return the new content of the file. Raises `LeftAlone`."""
        file = _file(settings)
        line = (file.statements(defect.setting) or (None,))[-1]
        if line is None or line.value is None:
            raise LeftAlone
        if line.lost or line.expanded:
            raise LeftAlone(
                "Its line has a ` #` or a `${…}` that changes the value. Decide first which value "
                "is meant."
            )
        value = self.function(line.value, settings)
        if value is None:
            raise LeftAlone
        readers = {used.reader for used in settings.readers}
        return _edited(lambda: with_value(file.content, defect.setting, value, readers))


@dataclass(frozen=True)
class Text:
    """A new text for the file.

    Args:
        function: takes the file, the defect and the profile; returns the new content of the file,
            or None if this occurrence needs a guess.
    """

    function: Callable[[EnvFile, Defect, Profile], bytes | None]

    def content(self, settings: Settings, defect: Defect) -> bytes:
        """Return the new content of the file. Raises `LeftAlone`."""
        file = _file(settings)
        return _edited(lambda: self.function(file, defect, settings.profile))


@dataclass(frozen=True)
class TextForReaders:
    """A new text for the file, which depends on who reads it.

    Args:
        function: as that of `Text`, and takes the readers that are known.
    """

    function: Callable[[EnvFile, Defect, frozenset[Reader]], bytes | None]

    def content(self, settings: Settings, defect: Defect) -> bytes:
        """Return the new content of the file. Raises `LeftAlone`."""
        file = _file(settings)
        readers = frozenset(used.reader for used in settings.readers)
        return _edited(lambda: self.function(file, defect, readers))


@dataclass(frozen=True)
class Private:
    """Permissions for the owner only, 0600."""


@dataclass(frozen=True)
class Ignored:
    """A line in ``.gitignore``, unless git tracks the file already."""


Repair = Value | Text | TextForReaders | Private | Ignored


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
