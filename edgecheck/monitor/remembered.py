"""Which programs read a settings file, looked up seldom: a quarter of a check goes into that."""

from __future__ import annotations

import time
from pathlib import Path

from ..dotenv.readers.reading import UsedReader
from ..fleet.target import FindReaders

# Somebody changes a unit or a compose file now and then, and the settings in the file itself are
# read at each check.
REMEMBERED_SECONDS = 600.0


class Remembered:
    """Asks who reads a file, and remembers the answer for some minutes.

    Args:
        find: looks it up.
    """

    def __init__(self, find: FindReaders) -> None:
        self._find = find
        self._known: dict[Path, tuple[float, tuple[UsedReader, ...]]] = {}

    def __call__(self, file: Path) -> tuple[UsedReader, ...]:
        """Return the programs that read a file.

        Args:
            file: its absolute path.
        """
        now = time.monotonic()
        at, found = self._known.get(file, (-REMEMBERED_SECONDS, ()))
        if now - at >= REMEMBERED_SECONDS:
            found = self._find(file)
            self._known[file] = (now, found)
        return found

    def forget(self) -> None:
        """Look all of them up again."""
        self._known.clear()
