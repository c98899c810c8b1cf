"""Ctrl-C and SIGTERM for commands that run until they are told to stop, from the first moment on.

Nothing slow is imported here: `main` installs the handler before it imports anything else, so that
a signal means the same while Python still imports, while a connection is made, and later.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

# The commands whose normal end is to be told so.
UNTIL_STOPPED = frozenset({"listen", "ping"})
_NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether the run was told to stop.

    The first signal asks for the normal end. The second one interrupts what that still waits for,
    and the third one ends the program wherever it is.
    """

    def __init__(self) -> None:
        self._signals = 0
        self._installed = self._interrupts = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: asyncio.Event | None = None
        self._work: asyncio.Task[int] | None = None

    def install(self) -> None:
        """Take SIGINT and SIGTERM. In the main thread; once is enough."""
        if not self._installed:
            self._installed = True
            for number in _NUMBERS:
                signal.signal(number, self._note)

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Have the first signal interrupt, as Python does: for a read that may last for ever.

        Raises `KeyboardInterrupt`, also for a signal that came before.
        """
        self._interrupts = True
        try:
            if self._signals:
                raise KeyboardInterrupt
            yield
        finally:
            self._interrupts = False

    def bind(self, work: asyncio.Task[int]) -> asyncio.Event:
        """Return an event that is set once the run is told to stop, or was already.

        Args:
            work: what is cancelled by a second signal.
        """
        import asyncio

        self._loop, self._asked, self._work = asyncio.get_running_loop(), asyncio.Event(), work
        if self._signals:
            self._asked.set()
        return self._asked

    def release(self) -> None:
        """Forget the loop, which is over."""
        self._loop = self._asked = self._work = None

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1
        if self._interrupts:
            raise KeyboardInterrupt
        loop, asked, work = self._loop, self._asked, self._work
        if loop is None or asked is None or work is None:
            # Before the loop runs, or after it: what is left takes no time, but for an import.
            if self._signals > 1:
                raise KeyboardInterrupt
        elif self._signals == 1:
            loop.call_soon_threadsafe(asked.set)  # a handler runs between any two instructions
        elif self._signals == 2:
            loop.call_soon_threadsafe(work.cancel)
        else:
            raise KeyboardInterrupt


STOP = Stop()
