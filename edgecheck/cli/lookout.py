"""Wait until a file that a checkup reads is another one.

Events only wake: what counts is the state of the files, compared with what it was before they were
read. So it does not matter which event a rename, a symbolic link or an editor's copy brings, nor
whether it brings one, nor when the waiting began.
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

from ..settings.sources import STANDARD_INPUT, Options, looked_for

# An editor writes a file within milliseconds, or writes another one and renames it; a script may
# write it line by line.
SETTLE_SECONDS = 0.2
# Where no event comes, as from a network drive that another machine writes to, a look a second is
# soon enough.
LOOK_SECONDS = 1.0
# Events come in swarms; a tenth of a second is no wait, and what they mean is decided by the files'
# state.
GATHER_SECONDS = 0.1
GITIGNORE = ".gitignore"

# What tells one state of a file from another: kind and mode, owner, inode, size, and when it was
# written.
_State = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Files:
    """Some files, and the state in which they were.

    Args:
        names: how a person knows each.
        seen: the state of each; None for one that is not there.
        secret: the one that holds the secret alone; None without ``--secret-file``.
    """

    names: Mapping[Path, str]
    seen: Mapping[Path, _State | None]
    secret: Path | None

    @classmethod
    def of(cls, options: Options, cwd: Path) -> Files:
        """Look at the files that a checkup is going to read, and where one would precede them."""
        paths = []
        for path in looked_for(options, cwd):
            paths.append(path)
            if os.path.lexists(path) and not path.is_dir():
                paths.append(
                    path.with_name(GITIGNORE)
                )  # that git ignores the settings is judged, too
                break
        secret = (
            None
            if options.secret_file in (None, STANDARD_INPUT)
            else cwd / str(options.secret_file)
        )
        if secret is not None:
            paths.append(secret)
        names = {path: min(os.path.relpath(path, cwd), str(path), key=len) for path in paths}
        return cls(names, {path: _state(path) for path in paths}, secret)

    @property
    def awaited(self) -> str:
        """What may happen to them, in words."""
        there = [
            name
            for path, name in self.names.items()
            if self.seen[path] is not None and path.name != GITIGNORE
        ]
        if there:
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
        raise AssertionError("stirrings have no end")

    def _now(self) -> dict[Path, _State | None]:
        return {path: _state(path) for path in self.seen}

    def _happened(self, now: Mapping[Path, _State | None]) -> str:
        path = next(path for path in self.seen if now[path] != self.seen[path])
        what = (
            "is gone" if now[path] is None else "appeared" if self.seen[path] is None else "changed"
        )
        return f"{self.names[path]} {what}"

    def _folders(self) -> set[Path]:
        """Return the folders in which something happens when one of the files changes.

        Of a link: its own, and that of what it points at.
        """
        places = {place for path in self.seen for place in (path, Path(os.path.realpath(path)))}
        return {next(folder for folder in place.parents if folder.is_dir()) for place in places}


def _state(path: Path) -> _State | None:
    """Look at a file; None where there is none, or a directory, in which anything may change."""
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
    """Yield now, when something happened in a folder, and every second; without end."""
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
        # The system has no more watches to give (inotify's limits are small, and shared with every
        # editor), or a folder went.
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            yield
