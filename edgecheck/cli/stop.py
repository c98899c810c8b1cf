"""Ctrl-C and SIGTERM for commands that run until they are stopped, from the first moment on.

`signals` notes them from the program's first line on, and `main` hands them over. So a signal has
the same effect during the imports, while connecting, and later.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

from .. import signals

if TYPE_CHECKING:
    import asyncio

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether the run was told to stop.

    The first signal asks for the normal end. The second one cancels what the run is still waiting
    for, and the third one ends the program at once. More of them right after it say the same.
    """

    def __init__(self) -> None:
        self._signals = 0
        self._interrupts = False
        self._heeded_at = -math.inf
        self._ending = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: asyncio.Event | None = None
        self._work: asyncio.Task[int] | None = None

    def install(self, numbers: Iterable[int] = _NUMBERS) -> None:
        """Handle these signals, and what came before; a further call changes nothing.

        Call this in the main thread.
        """
        for number in numbers:
            # What was ignored when the program started, a shell's background job for example,
            # stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._note)
        for number in signals.noted():
            self._came(number)

    def uninstall(self) -> None:
        """Let Ctrl-C interrupt again, as asyncio has it, and SIGTERM likewise.

        Until here it was only noted. Raised in the middle of an import, a KeyboardInterrupt may be
        lost, because the interpreter ignores it in its own callbacks.

        Raises:
            KeyboardInterrupt: Ctrl-C came before.
        """
        if signal.getsignal(signal.SIGINT) == self._note:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if signal.getsignal(signal.SIGTERM) == self._note:
            signal.signal(signal.SIGTERM, signals.terminate)
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
        import asyncio  # slow, and this module also serves commands without a loop

        self._loop, self._asked, self._work = asyncio.get_running_loop(), asyncio.Event(), work
        if self._signals:
            self._asked.set()
        if self._signals > 1:
            self._ending = True
            work.cancel()
        return self._asked

    def release(self) -> None:
        """Forget the loop, because it has ended."""
        self._loop = self._asked = self._work = None

    def _note(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        soon = now - self._heeded_at < signals.BURST_SECONDS
        self._came(number)
        loop, asked, work = self._loop, self._asked, self._work
        if self._ending:
            if not soon:
                os._exit(signals.exit_code())
            return
        if self._interrupts:
            self._heeded_at, self._ending = now, True
            raise KeyboardInterrupt
        if loop is None or asked is None or work is None:
            # Before or after the loop runs. What is left takes no time, except for an import, and
            # an import may lose a KeyboardInterrupt.
            if self._signals > 1 and not soon:
                self._ending = True
                raise KeyboardInterrupt
        elif self._signals == 1:
            self._soon(loop, asked.set)
        else:
            # Not by a KeyboardInterrupt, which asyncio may get at a moment at which it loses the
            # task that it was about to wake.
            self._ending = True
            self._soon(loop, work.cancel)
        self._heeded_at = now

    def _came(self, number: int) -> None:
        self._signals += 1
        signals.ended_by(number)  # if it comes to that: the first one decides about the exit code

    def _soon(self, loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
        # A handler may run between any two instructions, even while the loop closes.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(call)


STOP = Stop()
