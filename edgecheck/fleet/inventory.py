"""From the paths that a person names to the agents behind them, one at a time (I/O).

A path is a folder, a file of settings, a pattern for such files, or an inventory: a file of entries
in TOML or JSON lines (`entries.py`). One broken entry is one agent's problem: it becomes a target
with an error, and the others are read on.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, MutableSet
from pathlib import Path

from ..escapes import escape, is_unsafe
from ..files import is_folder, is_link
from ..frozen import replace
from ..settings.arguments import masked_path
from .entries import ENDINGS, entries_of
from .target import Target

ENV_FILE = ".env"
# Folders that hold programs, and no agents.
_SKIPPED = frozenset({"node_modules", "venv", "site-packages", "__pycache__"})
# More of them would hide what follows; the rest is counted.
_MOST_NOTES = 20


class NoAgents(ValueError):
    """A path leads to no agent; the text says why."""


class Inventory:
    """The agents that some paths name.

    Each iteration reads the files again, and yields targets with names of their own, in the order
    of the paths and, within a folder, of the files' names.

    Args:
        paths: as given.
        cwd: the working directory, absolute.
        seen: remembers files and names within one iteration; None for a set in memory. It has to
            be empty.

    Raises:
        NoAgents: a path does not exist, or a pattern fits no file.
    """

    def __init__(
        self, paths: Iterable[str], cwd: Path, *, seen: MutableSet[str] | None = None
    ) -> None:
        self._paths, self._cwd = tuple(paths), cwd
        self._seen: MutableSet[str] = set() if seen is None else seen
        self._notes: list[str] = []
        self._more_notes = 0
        for path in self._paths:
            self._check(path)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the last iteration has to say: names and files that came twice."""
        more = (f"and {self._more_notes} more like these",) if self._more_notes else ()
        return (*self._notes, *more)

    @property
    def files(self) -> tuple[Path, ...]:
        """The folders and files whose change may change the inventory."""
        return tuple(self._cwd / path for path in self._paths if not glob.has_magic(path))

    def count(self) -> int:
        """Count the agents; a file that is named twice counts twice."""
        return sum(1 for path in self._paths for _ in self._under(path))

    def faults(self) -> tuple[str, ...]:
        """Say why no path can be read; empty if one of them leads to an agent."""
        found = []
        for path in self._paths:
            for target in self._under(path):
                if not target.whole_file:
                    return ()
                found.append(f"{target.source}: {target.error}")
        return tuple(found)

    def __iter__(self) -> Iterator[Target]:
        self._seen.clear()
        self._notes, self._more_notes = [], 0
        for place in (place for path in self._paths for place in self._places(path)):
            if not self._is_new_inventory(place):
                continue
            for target in self._at(place):
                if target.error or target.env_file is None or self._is_new_file(target):
                    yield self._named(target)

    def _check(self, path: str) -> None:
        """Raise `NoAgents` if a path cannot lead to an agent."""
        shown = _shown(path)
        there = self._cwd / path
        if not path:  # a variable of the shell that is not set, and not this folder
            raise NoAgents("'': an empty name. Name a folder or a file; this folder is .")
        if "\0" in path:
            raise NoAgents(f"{shown}: not the name of a file")
        if not os.path.lexists(there) and not glob.has_magic(path):
            raise NoAgents(
                f"{masked_path(shown, os.path.lexists)}: there is no such file or folder"
            )
        if next(iter(self._under(path)), None) is None:
            if os.path.lexists(there) and not is_folder(there):
                raise NoAgents(f"{shown}: it names no agent")
            raise NoAgents(f"{shown}: no {ENV_FILE} and no file whose name ends in {ENV_FILE}")

    def _under(self, path: str) -> Iterator[Target]:
        """Yield what a path leads to, with names that others may have."""
        for place in self._places(path):
            yield from self._at(place)

    def _places(self, path: str) -> Iterator[str]:
        """Yield the path, or the files and folders that fit a pattern."""
        there = self._cwd / path
        if os.path.lexists(there) or not glob.has_magic(path):
            yield path
            return
        # As given, not below the working directory alone; and the last part is one of a pattern.
        last = os.path.basename(path)  # noqa: PTH119
        for found in sorted(glob.iglob(path, root_dir=self._cwd, recursive=True)):  # noqa: PTH207
            if not is_folder(self._cwd / found) or not glob.has_magic(last):
                yield found

    def _at(self, path: str) -> Iterator[Target]:
        if is_folder(self._cwd / path):
            yield from self._in_folder(path)
        elif _is_named_as_inventory(path):
            yield from entries_of(self._cwd / path, _shown(path))
        else:
            yield self._of_file(path)

    def _in_folder(self, path: str) -> Iterator[Target]:
        """Yield the ``.env`` files of a folder and of those in it, in the order of their names."""
        try:
            with os.scandir(self._cwd / path) as entries:
                found = sorted((entry.name, _is_folder(entry)) for entry in entries)
        except OSError as error:
            shown = _shown(path)
            why = f"the folder cannot be read: {error.strerror}"
            yield Target(shown, shown, str(self._cwd), error=why, whole_file=True)
            return
        for name, is_deeper in found:
            inner = os.path.join(path, name)  # noqa: PTH118 as the person wrote it
            if not is_deeper and (name == ENV_FILE or name.endswith(ENV_FILE)):
                yield self._of_file(inner)
            elif is_deeper and _may_hold_agents(self._cwd / inner):
                yield from self._in_folder(inner)

    def _of_file(self, path: str) -> Target:
        shown = _shown(os.path.normpath(path))
        return Target(shown, shown, str(self._cwd), env_file=path)

    def _is_new_inventory(self, path: str) -> bool:
        """Note an inventory; a second path to it adds nothing. All other paths are new."""
        there = self._cwd / path
        if not _is_named_as_inventory(path) or is_folder(there):
            return True
        place = f"inventory {os.path.realpath(there)}"
        if place in self._seen:
            self._note(f"{_shown(path)} is named more than once; it is read once")
            return False
        self._seen.add(place)
        return True

    def _is_new_file(self, target: Target) -> bool:
        """Note a file of settings; a second entry may name it, but a second path adds nothing."""
        assert target.env_file is not None
        if target.source != target.name:  # an entry of an inventory
            return True
        place = f"file {os.path.realpath(self._cwd / target.env_file)}"
        if place in self._seen:
            self._note(f"{target.name} is named more than once; it is checked once")
            return False
        self._seen.add(place)
        return True

    def _named(self, target: Target) -> Target:
        """Return the target with a name that no other one has."""
        if f"name {target.name}" in self._seen:
            name, number = f"{target.name} ({target.source})", 2
            while f"name {name}" in self._seen:
                name, number = f"{target.name} ({target.source}, {number})", number + 1
            self._note(f"{target.source}: another agent has the name {target.name}, too")
            target = replace(target, name=name)
        self._seen.add(f"name {target.name}")
        return target

    def _note(self, text: str) -> None:
        if len(self._notes) < _MOST_NOTES:
            self._notes.append(text)
        else:
            self._more_notes += 1


def _is_named_as_inventory(path: str) -> bool:
    return Path(path).suffix.lower() in ENDINGS


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, or into a folder that may not be entered
        return False


def _may_hold_agents(folder: Path) -> bool:
    # A link may lead back to where the search came from.
    name = folder.name
    return not name.startswith(".") and name not in _SKIPPED and not is_link(folder)


def _shown(path: str) -> str:
    return escape(path) if any(map(is_unsafe, path)) else path
