"""Look at the files that may say who reads a ``.env`` file, within limits."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import translate
from functools import cache
from pathlib import Path

from ...dotenv.readers.reading import Reader, UsedReader
from ...files import is_file, is_there, seen_from
from ...late import compiled
from .command import in_commands
from .documents import in_yaml
from .place import Found, Place
from .project import (
    in_bun_file,
    in_composer,
    in_devcontainer,
    in_ecosystem,
    in_envrc,
    in_gemfile,
    in_go_module,
    in_go_source,
    in_justfile,
    in_node_source,
    in_package,
    in_php_source,
    in_pipfile,
    in_pyproject,
    in_python_source,
    in_ruby_source,
)
from .units import in_unit

# A project keeps what starts it near its root: deploy/systemd/agent.service is at the third level.
_MOST_LEVELS = 3
# A folder with more entries than this, or a home folder, is not the project of an agent. The search
# ends there, after some ten milliseconds.
_MOST_ENTRIES = 1000
_MOST_FILES = 100
# Agents that are side by side have their projects one after the other: a few, each with its root.
_MOST_PROJECTS = 16
# What starts an agent is written by hand, and imports are at the beginning of a source.
_MOST_BYTES = 32 << 10
# How far above the .env file the root of the work tree may be.
_MOST_FOLDERS_UP = 3
_SKIPPED = frozenset(
    (
        *("node_modules", "bower_components", "vendor", "venv", "env", "site-packages"),
        *("__pycache__", "dist", "build", "target", "coverage", "htmlcov", "tests", "test", "docs"),
    )
)
# Hidden folders that say how a program is started.
_HIDDEN = frozenset((".devcontainer", ".docker", ".config", ".deploy"))
# systemd.exec(5): without a value, it takes back the files before it.
_TAKEN_BACK = compiled(r"(?m)^[ \t]*EnvironmentFile[ \t]*=[ \t]*$")
_SYSTEM_UNITS = (Path("/etc/systemd/system"), Path("/usr/lib/systemd/system"))


def in_readme(place: Place) -> Iterator[Found]:
    """Yield the readers in the commands that a project tells its users to run."""
    yield from in_commands(place)


_Finder = Callable[[Place], Iterator[Found]]
# Which files are looked at, and who understands them; the first pattern that fits counts. What
# starts a program in operation is looked at before what its developers use.
_FILES: tuple[tuple[str, _Finder], ...] = (
    ("*.service", in_unit),
    ("*.service.j2", in_unit),
    ("*.service.in", in_unit),
    ("*.service.tmpl", in_unit),
    ("*.nix", in_commands),
    ("*supervisor*.conf", in_commands),
    ("*.container", in_unit),
    ("*.pod", in_unit),
    ("*.service.d/*.conf", in_unit),
    ("*compose*.y*ml", in_yaml),
    ("*.y*ml", in_yaml),
    ("package.json", in_package),
    ("nodemon.json", in_commands),
    ("project.json", in_commands),
    ("deno.json*", in_commands),
    ("bun.lock*", in_bun_file),
    ("bunfig.toml", in_bun_file),
    (".envrc", in_envrc),
    ("[Mm]akefile", in_commands),
    ("GNUmakefile", in_commands),
    ("*.mk", in_commands),
    ("[Jj]ustfile", in_justfile),
    ("*.just", in_justfile),
    ("Procfile*", in_commands),
    ("crontab*", in_commands),
    ("*.initd", in_commands),
    ("ecosystem.config.*", in_ecosystem),
    ("*Dockerfile*", in_commands),
    ("Containerfile*", in_commands),
    ("devcontainer.json", in_devcontainer),
    ("*.sh", in_commands),
    ("*.bash", in_commands),
    ("*.zsh", in_commands),
    # Scripts often have no ending: bin/start, docker/entrypoint.
    *((name, in_commands) for name in ("run", "start", "serve", "entrypoint", "launch", "deploy")),
    ("Gemfile", in_gemfile),
    ("go.mod", in_go_module),
    ("composer.json", in_composer),
    ("Pipfile", in_pipfile),
    ("pyproject.toml", in_pyproject),
    ("*.py", in_python_source),
    ("*.[cm]js", in_node_source),
    ("*.[cm]ts", in_node_source),
    ("*.js", in_node_source),
    ("*.ts", in_node_source),
    ("*.go", in_go_source),
    ("*.rb", in_ruby_source),
    ("*.php", in_php_source),
    ("README*", in_readme),
)


@cache
def _kinds() -> re.Pattern[str]:
    """Return one expression for all of the patterns: a folder may have a thousand names."""
    return re.compile(
        "|".join(f"(?P<k{rank}>{translate(pattern)})" for rank, (pattern, _) in enumerate(_FILES))
    )


def used_readers(env_file: Path, environ: Mapping[str, str]) -> tuple[UsedReader, ...]:
    """Find the programs that read a file, with the places that say so.

    Args:
        env_file: absolute.
        environ: the process environment, for the home folder.

    Returns:
        Each reader with the first place where it was found, what starts a program first.
    """
    return Search(environ)(env_file)


class Search:
    """Finds the programs that read files, and reads each place once, however many files there are.

    Args:
        environ: the process environment, for the home folder.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._home = Path(environ.get("HOME") or os.devnull)
        self._units: list[tuple[Path, str, bool]] | None = None
        self._projects: dict[Path, list[tuple[Path, _Finder, str]]] = {}

    def __call__(self, env_file: Path) -> tuple[UsedReader, ...]:
        """Find the programs that read a file, as `used_readers` does."""
        env_file = Path(os.path.normpath(env_file))
        found: dict[Reader, UsedReader] = {}
        places = [*self._in_units(env_file), *self._in_project(env_file)]
        replaced = {unit for place, _ in places for unit in _replaced_by(place)}
        for place, finder in places:
            if finder is in_readme and found:
                break  # of several ways that it may show, the files say which one is used
            for reader, line in finder(place):
                if reader is Reader.SYSTEMD and place.name in replaced:
                    continue
                shown = _shown(place, env_file)
                found.setdefault(reader, UsedReader(reader, f"{shown}:{line}"))
        return tuple(found.values())

    def _in_units(self, env_file: Path) -> Iterator[tuple[Place, _Finder]]:
        """Yield the units of the machine and of the user that name the file."""
        if self._units is None:
            texts = ((unit, _text(unit)) for unit in _unit_files(self._home))
            self._units = [(unit, text, _takes_back(text)) for unit, text in texts]
        name = env_file.name
        for unit, text, takes_back in self._units:
            if takes_back or name in text:
                yield Place(unit, text, env_file, self._home, is_system=True), in_unit

    def _in_project(self, env_file: Path) -> Iterator[tuple[Place, _Finder]]:
        """Yield the files of the project that may say something, in the order of their kinds."""
        folder = env_file.parent
        known = self._projects.get(folder)
        if known is None:
            root = _root(env_file, self._home)
            while len(self._projects) >= _MOST_PROJECTS:
                self._projects.pop(next(iter(self._projects)))
            # Agents in folders of one work tree share its files.
            known = self._projects.get(root) or list(_project_files(root, self._home))
            self._projects[root] = self._projects[folder] = known
        for path, finder, text in known:
            yield Place(path, text, env_file, self._home), finder


def _takes_back(unit: str) -> bool:
    """Tell whether a unit takes back files that others name."""
    return "EnvironmentFile" in unit and _TAKEN_BACK.search(unit) is not None


def _replaced_by(place: Place) -> Iterator[str]:
    """Yield the unit whose files a drop-in takes back, with a setting without a value."""
    if place.folder.name.endswith(".service.d") and _takes_back(place.text):
        yield place.folder.name.removesuffix(".d")


def _shown(place: Place, env_file: Path) -> str:
    if place.is_system:
        return str(place.path)
    return seen_from(env_file.parent, place.path)


def _unit_files(home: Path) -> Iterator[Path]:
    """Yield the units of the machine and of the user, with what is added to them."""
    for folder in (*_SYSTEM_UNITS, home / ".config/systemd/user"):
        names = [name for name in _names(folder) if name.endswith((".service", ".service.d"))]
        for name in names:
            path = folder / name
            if name.endswith(".d"):
                yield from (path / part for part in _names(path) if part.endswith(".conf"))
            else:
                yield path


def _project_files(root: Path, home: Path) -> Iterator[tuple[Path, _Finder, str]]:
    """Yield the files of a project that may say something: who understands each, and its text."""
    ordered: dict[int, list[Path]] = {}
    for path in _walk(root, home):
        rank = _rank(path)
        if rank is not None:
            ordered.setdefault(rank, []).append(path)
    paths = [(path, rank) for rank in sorted(ordered) for path in ordered[rank]]
    for path, rank in paths[:_MOST_FILES]:
        yield path, _FILES[rank][1], _text(path)


def _rank(path: Path) -> int | None:
    """Return the place of a file's kind in the table; None if it says nothing."""
    name = path.name
    if name == ".env":
        return None  # many a folder has nothing else
    if name.endswith(".conf"):
        name = f"{path.parent.name}/{name}"
    match = _kinds().match(name)
    return int(match.lastgroup[1:]) if match and match.lastgroup else None


def _root(env_file: Path, home: Path) -> Path:
    """Return the root of the work tree, if it is near; else the folder of the file."""
    folder = env_file.parent
    for above in (folder, *folder.parents)[: _MOST_FOLDERS_UP + 1]:
        if above == home or above == above.parent:
            break
        if is_there(above / ".git"):
            return above
    return folder


def _walk(root: Path, home: Path) -> Iterator[Path]:
    """Yield the files of a folder and of those below it, the nearest first, within the limits."""
    # Nobody's home folder is one project, and neither is the root of a disk.
    levels = 0 if root in (home, root.parent) else _MOST_LEVELS
    entries = 0
    level = [root]
    for _ in range(levels + 1):
        below: list[Path] = []
        for folder in level:
            for entry in _entries(folder):
                entries += 1
                if entries > _MOST_ENTRIES:
                    return
                # A link to a folder may lead anywhere, even back.
                if not entry.is_dir(follow_symlinks=False):
                    yield Path(entry.path)
                elif entry.name not in _SKIPPED and _is_open(entry.name):
                    below.append(Path(entry.path))
        level = below


def _is_open(name: str) -> bool:
    return not name.startswith(".") or name in _HIDDEN


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def _text(path: Path) -> str:
    """Return the beginning of a regular file; nothing if it cannot be read."""
    try:
        if not is_file(path):
            return ""
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""
