"""Ctrl-C and SIGTERM for commands that run until they are stopped, from the first moment on.

Nothing slow is imported here: `main` installs the handler before it imports anything else. So a
signal has the same effect during the imports, while connecting, and later.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

_NUMBERS = (signal.SIGINT, signal.SIGTERM)
# The signals that a command handles from its start. `listen` and `ping` end normally by being
# stopped; `repl` only notes Ctrl-C until it runs (`Stop.uninstall`).
HANDLED = {"listen": _NUMBERS, "ping": _NUMBERS, "repl": (signal.SIGINT,)}


class Stop:
    """Whether the run was told to stop.

    The first signal asks for the normal end. The second one cancels what the run is still waiting
    for, and the third one ends the program at once.
    """

    def __init__(self) -> None:
        self._signals = 0
        self._interrupts = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: asyncio.Event | None = None
        self._work: asyncio.Task[int] | None = None

    def install(self, numbers: Iterable[signal.Signals] = _NUMBERS) -> None:
        """Handle these signals. Call this in the main thread; a further call changes nothing."""
        for number in numbers:
            # What was ignored when the program started, a shell's background job for example,
            # stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._note)

    def uninstall(self) -> None:
        """Let Ctrl-C interrupt again, as asyncio has it.

        Until here it was only noted. Raised in the middle of an import, a KeyboardInterrupt may be
        lost, because the interpreter ignores it in its own callbacks.

        Raises:
            KeyboardInterrupt: Ctrl-C came before.
        """
        if signal.getsignal(signal.SIGINT) == self._note:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._signals:
            raise KeyboardInterrupt

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Let the first signal interrupt, as Python does, because a read may never end.

        Raises:
            KeyboardInterrupt: at a signal, or at once if one came before.
        """
        self._interrupts = True
        try:
            if self._signals:
                raise KeyboardInterrupt
            yield
        finally:
            self._interrupts = False

    def bind(self, work: asyncio.Task[int]) -> asyncio.Event:
        """Return an event that is set when the run is told to stop, or was already.

        Args:
            work: cancelled by a second signal.
        """
        import asyncio

        self._loop, self._asked, self._work = asyncio.get_running_loop(), asyncio.Event(), work
        if self._signals:
            self._asked.set()
        return self._asked

    def release(self) -> None:
        """Forget the loop, because it has ended."""
        self._loop = self._asked = self._work = None

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1
        if self._interrupts:
            raise KeyboardInterrupt
        loop, asked, work = self._loop, self._asked, self._work
        if loop is None or asked is None or work is None:
            # Before or after the loop runs. What is left takes no time, except for an import.
            if self._signals > 1:
                raise KeyboardInterrupt
        elif self._signals == 1:
            self._soon(loop, asked.set)
        elif self._signals == 2:
            self._soon(loop, work.cancel)
        else:
            raise KeyboardInterrupt

    def _soon(self, loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
        # A handler may run between any two instructions, even while the loop closes.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(call)


STOP = Stop()
