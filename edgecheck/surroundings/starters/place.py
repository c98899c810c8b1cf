"""A file that may say who reads the ``.env`` file, and whether it means that one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ...dotenv.readers.reading import Reader
from ...files import is_there
from ...frozen import dataclass

# One place where a reader was found: the reader, and the line, 1-based.
Found = tuple[Reader, int]


@dataclass(frozen=True)
class Place:
    """A text beside the ``.env`` file, or a unit of the system.

    Args:
        path: absolute.
        text: its beginning, up to the limit of `search`.
        env_file: the ``.env`` file, absolute.
        home: the user's home folder.
        is_system: it belongs to the machine and not to the project, so that only the exact path
            counts.
    """

    path: Path
    text: str
    env_file: Path
    home: Path
    is_system: bool = False

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def folder(self) -> Path:
        """The file's folder."""
        return self.path.parent

    @property
    def is_above(self) -> bool:
        """Whether the ``.env`` file is in the same folder or in one below it."""
        return self.folder == self.env_file.parent or self.folder in self.env_file.parents

    @property
    def is_near(self) -> bool:
        """Whether this file is in the folder of the ``.env`` file, or below it, or above it."""
        return self.is_above or self.env_file.parent in self.folder.parents

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield the lines with their numbers; a line that ends with a backslash has the next."""
        joined, start = "", 0
        for number, line in enumerate(self.text.split("\n"), 1):
            start = start or number
            if line.endswith("\\"):
                joined += line[:-1] + " "
                continue
            yield start, joined + line
            joined, start = "", 0
        if joined:
            yield start, joined

    def means(self, written: str) -> bool:
        """Tell whether a path that is written in this file means the ``.env`` file.

        A relative path is often one from another folder, and an absolute one may be a path on
        another machine: of a project's own files, the same name is enough as long as the path
        leads to no other file.
        """
        written = re.sub(r"^-", "", written.strip("\"' ")).replace("%h", str(self.home))
        written = re.sub(r"^~(?=/)|^\$\{?HOME\}?(?=/)", lambda _: str(self.home), written)
        # Another variable or specifier stands for a folder that is not known.
        written = re.sub(r"^.*[}%$)][A-Za-z_]*[})\"]*/", "", written)
        if Path(written).name != self.env_file.name:
            return False
        path = Path(os.path.normpath(self.folder / written))
        if path == self.env_file:
            return True
        if is_there(path):
            return _is_same(path, self.env_file)
        return not self.is_system and (self.is_near or Path(written).is_absolute())


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
