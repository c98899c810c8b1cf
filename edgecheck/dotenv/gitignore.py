"""Keep files that hold the secret out of git (I/O)."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from .. import files
from ..frozen import dataclass
from .git import git

# A .gitignore is not secret: everybody with the work tree may read it.
_MODE = 0o644


class Changed(OSError):
    """The file is not as it was when the addition was made."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EAGAIN, "it changed in the meantime", str(path))


@dataclass(frozen=True)
class Addition:
    """A change of a ``.gitignore`` file.

    Args:
        path: of the file.
        before: its content now; None if there is no such file.
        after: its content with the new lines.
    """

    path: Path
    before: bytes | None
    after: bytes

    def write(self) -> None:
        """Write the new content.

        Raises:
            Changed: the lines that were added meanwhile would be lost; nothing was written.
            OSError: it could not be written.
        """
        if _content(self.path) != self.before:
            raise Changed(self.path)
        files.replace(self.path, self.after, mode=_MODE if self.before is None else None)

    def undo(self) -> None:
        """Put the old content back, unless it changed after `write`. Raises `OSError`."""
        if _content(self.path) != self.after:
            return
        if self.before is None:
            self.path.unlink()
        else:
            files.replace(self.path, self.before)


def ignore(paths: Iterable[Path], environ: Mapping[str, str]) -> Path | None:
    """Make git ignore files that no pattern covers yet (`addition`).

    Returns:
        The ``.gitignore`` that was written; None if there was nothing to do, or no git to ask.

    Raises:
        OSError: it could not be written.
    """
    wanted = addition(paths, environ)
    if wanted is None:
        return None
    wanted.write()
    return wanted.path


def addition(paths: Iterable[Path], environ: Mapping[str, str]) -> Addition | None:
    """Return the lines that a ``.gitignore`` needs for files that no pattern covers yet.

    They go into the nearest ``.gitignore`` of the work tree, or into a new one beside the files.
    The pattern for a copy (`files.keep`) also covers later copies. Files that git tracks already
    stay tracked.

    Args:
        paths: absolute, all in one folder.
        environ: the process environment.

    Returns:
        None if there is nothing to do, or no git to ask.

    Raises:
        OSError: the ``.gitignore`` could not be read.
    """
    uncovered = [path for path in paths if _is_uncovered(path, environ)]
    if not uncovered:
        return None
    target = _nearest(uncovered[0])
    before = _content(target)
    there = before or b""
    # Use the line ends of the lines that are there, the last of which may have none.
    end = b"\r\n" if b"\r\n" in there else b"\n"
    start = end if there and not there.endswith(b"\n") else b""
    added = b"".join(
        line.encode("utf-8", "surrogateescape") + end
        for line in dict.fromkeys(map(_pattern, uncovered))
    )
    return Addition(target, before, there + start + added)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if files.is_there(path) else None


def _is_uncovered(path: Path, environ: Mapping[str, str]) -> bool:
    if not any(files.is_there(folder / ".git") for folder in path.parents):
        return False
    # --no-index: without it git answers no for a tracked file, even if a pattern covers it.
    return git("check-ignore", "--quiet", "--no-index", path=path, environ=environ) == 1


def _nearest(path: Path) -> Path:
    # No .gitignore outside of the work tree counts.
    inside = next(
        (
            folder
            for folder in path.parents
            if files.is_file(folder / ".gitignore") or files.is_there(folder / ".git")
        ),
        path.parent,
    )
    found = inside / ".gitignore"
    return found if files.is_file(found) else path.parent / ".gitignore"


def _pattern(path: Path) -> str:
    """Write a name as a pattern that matches it and nothing else (gitignore(5))."""
    name, copy, _ = path.name.partition(".bak")
    escaped = re.sub(r"([\\*?\[\]!#]| $)", r"\\\1", name)
    return f"{escaped}.bak*" if copy else escaped
