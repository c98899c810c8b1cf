"""Which agents are watched: read at the start, and again when the files change or by SIGHUP."""

from __future__ import annotations

import asyncio
import glob
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from ..files import is_folder
from ..fleet.inventory import Inventory, NoAgents
from ..fleet.target import Target

# An editor, a copy of a folder or a mount of Kubernetes makes many changes at once.
GATHER_SECONDS = 0.3
# Some changes cause no event, for example on a network drive that another machine writes to.
LOOK_SECONDS = 60.0

Wait: TypeAlias = Callable[[], Awaitable[Any]]


class Source(Protocol):
    """Where the agents come from."""

    names: tuple[Target, ...]
    notes: tuple[str, ...]
    error: str

    async def read(self) -> bool:
        """Read them again; return whether they have changed."""

    def stirrings(self) -> AbstractAsyncContextManager[Wait]:
        """Give a wait that is over whenever they may have changed."""


class Targets:
    """The agents that some paths name, as they were read last.

    Args:
        paths: as the person gave them.
        cwd: the working directory, absolute.
    """

    def __init__(self, paths: Sequence[str], cwd: Path) -> None:
        self._paths, self._cwd = paths, cwd
        self.names: tuple[Target, ...] = ()
        self.notes: tuple[str, ...] = ()
        # Why the last reading failed; the earlier targets are kept then.
        self.error = ""

    async def first(self) -> None:
        """Read them for the first time.

        Raises:
            NoAgents: a path leads to no agent, or an inventory cannot be read.
        """
        self.names, self.notes = await asyncio.to_thread(self._found)

    async def read(self) -> bool:
        """Read them again; return whether they have changed. It does not raise.

        The event loop goes on meanwhile, because an inventory may be large, or far away.
        """
        try:
            found, notes = await asyncio.to_thread(self._found)
        except NoAgents as error:
            self.error = str(error)
            return False
        except OSError as error:
            self.error = f"the targets cannot be read: {error.strerror or 'unknown error'}"
            return False
        self.error = ""
        changed = found != self.names
        self.names, self.notes = found, notes
        return changed

    def _found(self) -> tuple[tuple[Target, ...], tuple[str, ...]]:
        inventory = Inventory(self._paths, self._cwd)
        found = tuple(inventory)
        known = {target.source for target in self.names if target.whole_file}
        broken = [each for each in found if each.whole_file and each.source not in known]
        # A file that breaks would stand in place of all agents that it named before. One that was
        # broken from the beginning is a problem beside the agents, if there are any.
        if broken and (self.names or all(each.whole_file for each in found)):
            raise NoAgents("; ".join(f"{each.source}: {each.error}" for each in broken))
        return found, inventory.notes

    @asynccontextmanager
    async def stirrings(self) -> AsyncGenerator[Wait, None]:
        """Give a wait that is over whenever a file may have changed, and once a minute."""
        folders, parents = self._places()
        events: asyncio.Queue[None] = asyncio.Queue(1)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_listen(places, events, deep=deep))
                for places, deep in ((folders, True), (parents, False))
                if places
            ]

            async def stirred() -> None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await events.get()

            # No iterator: one that is closed between two of its values would end the group of
            # tasks with an error (GeneratorExit), if its reader is cancelled then.
            try:
                yield stirred
            finally:
                for task in tasks:
                    task.cancel()

    def _places(self) -> tuple[set[Path], set[Path]]:
        """Return the folders to watch with all that is in them, and those to watch alone."""
        folders, parents = set(), set()
        for path in self._paths:
            plain = path
            while glob.has_magic(plain):
                plain = str(Path(plain).parent)
            place = self._cwd / plain
            if is_folder(place):
                folders.add(place)
            # A file that is written anew is another file; its folder stays. So do the folders of a
            # link and of what it leads to.
            for each in {place, Path(os.path.realpath(place))}:
                parents |= {folder for folder in each.parents[:1] if is_folder(folder)}
        return folders, parents


class Fixed:
    """Agents that never change, those of a demo."""

    def __init__(self, names: tuple[Target, ...]) -> None:
        self.names, self.error = names, ""
        self.notes: tuple[str, ...] = ()

    async def read(self) -> bool:
        """Return whether they have changed: never."""
        return False

    @asynccontextmanager
    async def stirrings(self) -> AsyncGenerator[Wait, None]:
        """Give a wait that is never over."""
        yield asyncio.Event().wait


async def _listen(places: set[Path], events: asyncio.Queue[None], *, deep: bool) -> None:
    """Put something into the queue after each event, as long as the system tells of any."""
    from watchfiles import awatch

    watching = awatch(
        *places,
        watch_filter=None,
        debounce=int(GATHER_SECONDS * 1000),
        recursive=deep,
        ignore_permission_denied=True,
    )
    try:
        async with aclosing(watching) as changes:
            async for _ in changes:
                if events.empty():
                    events.put_nowait(None)
    except (OSError, RuntimeError):
        # The system has no more watches (inotify's limits are small), or a folder was deleted. The
        # look once a minute is left.
        return
