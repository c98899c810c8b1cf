"""Wait until a file that a checkup reads has changed.

Events only wake the wait: what counts is the state of the files, compared with their state before
they were read. So it does not matter which event a rename, a symbolic link or an editor's copy
causes, whether it causes one, or when the waiting began.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from watchfiles import awatch

from ..files import is_folder, seen_from
from ..settings.sources import STANDARD_INPUT, Options, looked_for, profiles_looked_for

# An editor writes a file within milliseconds, or writes another one and renames it; a script may
# write it line by line.
SETTLE_SECONDS = 0.2
# Some changes cause no event, for example on a network drive that another machine writes to. For
# these, one look per second is enough.
LOOK_SECONDS = 1.0
# Many events come together. A tenth of a second is short, and the state of the files decides what
# they mean.
GATHER_SECONDS = 0.1
GITIGNORE = ".gitignore"

# The state of a file: kind and mode, owner, inode, size, and when it was written.
_State = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Files:
    """Some files, and their state.

    Args:
        names: the name of each file for the user.
        seen: the state of each; None for a file that does not exist.
        secret: the file that has only the secret; None without ``--secret-file``.
    """

    names: Mapping[Path, str]
    seen: Mapping[Path, _State | None]
    secret: Path | None

    @classmethod
    def of(cls, options: Options, cwd: Path, environ: Mapping[str, str]) -> Files:
        """Look at the files that a checkup will read, and where a file would come before them."""
        paths = []
        for path in looked_for(options, cwd):
            paths.append(path)
            if os.path.lexists(path) and not is_folder(path):
                paths.append(
                    path.with_name(GITIGNORE)
                )  # the lint also judges whether git ignores the settings
                break
        secret = (
            None
            if options.secret_file in (None, STANDARD_INPUT)
            else cwd / str(options.secret_file)
        )
        if secret is not None:
            paths.append(secret)
        paths += profiles_looked_for(options, environ=environ, cwd=cwd)
        names = {path: min(seen_from(cwd, path), str(path), key=len) for path in paths}
        return cls(names, {path: _state(path) for path in paths}, secret)

    @property
    def awaited(self) -> str:
        """The change that is waited for, in words."""
        there = [
            name
            for path, name in self.names.items()
            if self.seen[path] is not None and path.name != GITIGNORE
        ]
        settings_there = [name for name in there if Path(name).suffix != ".toml"]
        if settings_there:
            return f"{' or '.join(there)} to change"
        return f"{next(iter(self.names.values()))} to appear"

    async def changed(self) -> str:
        """Wait until one has changed and stays so for a moment; return what happened, in words."""
        async with aclosing(_stirrings(self._folders())) as stirrings:
            async for _ in stirrings:
                now = self._now()
                while now != self.seen:
                    await asyncio.sleep(SETTLE_SECONDS)
                    before, now = now, self._now()
                    if now == before != self.seen:
                        return self._happened(now)
        raise AssertionError("the stream of events has no end")

    def _now(self) -> dict[Path, _State | None]:
        return {path: _state(path) for path in self.seen}

    def _happened(self, now: Mapping[Path, _State | None]) -> str:
        path = next(path for path in self.seen if now[path] != self.seen[path])
        what = (
            "is gone" if now[path] is None else "appeared" if self.seen[path] is None else "changed"
        )
        return f"{self.names[path]} {what}"

    def _folders(self) -> set[Path]:
        """Return the folders in which an event occurs when one of the files changes.

        For a link: its own folder, and the folder of its target.
        """
        places = {place for path in self.seen for place in (path, Path(os.path.realpath(path)))}
        return {next(folder for folder in place.parents if is_folder(folder)) for place in places}


def _state(path: Path) -> _State | None:
    """Return the state of a file; None if it does not exist or is a directory."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (
        None
        if stat.S_ISDIR(found.st_mode)
        else (found.st_mode, found.st_uid, found.st_ino, found.st_size, found.st_mtime_ns)
    )


async def _stirrings(folders: set[Path]) -> AsyncGenerator[None, None]:
    """Yield now, after each event in a folder, and every second; without end."""
    yield
    try:
        async for _ in awatch(
            *folders,
            watch_filter=None,
            debounce=int(GATHER_SECONDS * 1000),
            rust_timeout=int(LOOK_SECONDS * 1000),
            yield_on_timeout=True,
            recursive=False,
            ignore_permission_denied=True,
        ):
            yield
    except (OSError, RuntimeError):
        # The system has no more watches (inotify's limits are small, and shared with every editor),
        # or a folder was deleted.
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            yield
