"""Regular expressions that are compiled when they are first used (pure).

A run uses few of them, and to compile one takes a tenth of a millisecond or more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, AnyStr

if TYPE_CHECKING:

    def compiled(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """Return a regular expression, as `re.compile` does."""

else:

    class compiled:  # noqa: N801 it stands for a function
        """A regular expression; each method is looked up once."""

        def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
            self._given = pattern, flags

        def __getattr__(self, name: str) -> Any:
            # Called only for what is not there yet.
            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)
            return found
