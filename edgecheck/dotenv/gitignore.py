"""Keep files that hold the secret out of git (I/O)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .. import files
from .git import git

# Whoever has the work tree may read which names git is to leave alone.
_MODE = 0o644


@dataclass(frozen=True)
class Addition:
    """What a ``.gitignore`` is to hold.

    Args:
        path: of the file.
        before: what it holds; None where it is not there.
        after: what it is to hold.
    """

    path: Path
    before: bytes | None
    after: bytes

    def write(self) -> None:
        """Write it. Raises `OSError`."""
        files.replace(self.path, self.after, mode=_MODE if self.before is None else None)

    def undo(self) -> None:
        """Put back what was there. Raises `OSError`."""
        if self.before is None:
            self.path.unlink()
        else:
            files.replace(self.path, self.before)


def ignore(paths: Iterable[Path], environ: Mapping[str, str]) -> Path | None:
    """Have git ignore files that no pattern covers yet (`addition`).

    Returns:
        The ``.gitignore`` that was written; None where nothing was to be done, or there is no git
        to ask.

    Raises:
        OSError: it could not be written.
    """
    wanted = addition(paths, environ)
    if wanted is None:
        return None
    wanted.write()
    return wanted.path


def addition(paths: Iterable[Path], environ: Mapping[str, str]) -> Addition | None:
    """Return what the nearest ``.gitignore`` of the work tree, or a new one beside them, is to hold for files that no pattern covers yet.

    A copy that `files.keep` makes is covered together with those that will follow it. What git
    tracks already, it goes on tracking.

    Args:
        paths: absolute, all in one folder.
        environ: the process environment.

    Returns:
        None where nothing is to be done, or there is no git to ask.

    Raises:
        OSError: the one that is there could not be read.
    """
    uncovered = [path for path in paths if _is_uncovered(path, environ)]
    if not uncovered:
        return None
    target = _nearest(uncovered[0])
    before = target.read_bytes() if target.exists() else None
    there = before or b""
    # The style of the lines that are there, the last of which may have no end.
    end = b"\r\n" if b"\r\n" in there else b"\n"
    start = end if there and not there.endswith(b"\n") else b""
    added = b"".join(
        line.encode("utf-8", "surrogateescape") + end
        for line in dict.fromkeys(map(_pattern, uncovered))
    )
    return Addition(target, before, there + start + added)


def _is_uncovered(path: Path, environ: Mapping[str, str]) -> bool:
    if not any((folder / ".git").exists() for folder in path.parents):
        return False
    # --no-index: a pattern that covers a tracked file is there, and need not be written again.
    return git("check-ignore", "--quiet", "--no-index", path=path, environ=environ) == 1


def _nearest(path: Path) -> Path:
    for folder in path.parents:
        if (folder / ".gitignore").is_file():
            return folder / ".gitignore"
        if (folder / ".git").exists():
            break
    return path.parent / ".gitignore"


def _pattern(path: Path) -> str:
    """Write a name as a pattern that means it and nothing else (gitignore(5))."""
    name, copy, _ = path.name.partition(".bak")
    escaped = re.sub(r"([\\*?\[\]!#]| $)", r"\\\1", name)
    return f"{escaped}.bak*" if copy else escaped
