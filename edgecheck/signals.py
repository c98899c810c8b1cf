"""Note Ctrl-C and what ends a run, from the first line of the program on.

Nothing is imported here but what the interpreter has in itself: `signal` alone takes as long to
import as the rest of a quick start, and Ctrl-C in the middle of an import ends in a traceback.
"""

import _signal  # type: ignore[import-not-found]
import _thread
import os
import sys
import time

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

_SIGINT, _SIGTERM = int(_signal.SIGINT), int(_signal.SIGTERM)
# Those that end a run, besides Ctrl-C. Windows has only the first.
ENDING = tuple(
    int(getattr(_signal, name))
    for name in ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1")
    if hasattr(_signal, name)
)
_QUIT = getattr(_signal, "SIGQUIT", None)
# The signals that a command handles from its start. `listen` and `ping` end normally by being
# stopped, and SIGQUIT asks `ping` how it goes; `repl` only notes signals until it runs
# (`cli.stop.Stop.uninstall`).
HANDLED = {
    "listen": (_SIGINT, *ENDING),
    # SIGHUP lets it read its files again.
    "monitor": (_SIGINT, int(_signal.SIGTERM)),
    "ping": (_SIGINT, *(number for number in ENDING if number != _QUIT)),
    "repl": (_SIGINT, _SIGTERM),
}
# Every other command is interrupted by both.
_INTERRUPTING = (_SIGINT, _SIGTERM)
# What comes so soon after a signal that ends the program says the same once more: a key that is
# held, or a supervisor that signals everybody. Later it is a person who waits for the end.
BURST_SECONDS = 1.0
# For the interpreter's own callback to return, which takes far less.
CALLBACK_SECONDS = 0.005
# What a shell reports for a program that Ctrl-C ended, and for one that SIGTERM ended.
INTERRUPTED, TERMINATED = 130, 143

_noted: list[int] = []
_ending: list[float] = []
# The signals that ended the run; the first one decides about the exit code.
_ended_by: list[int] = []


def note(early: list[int]) -> None:
    """Note the signals that the command of this process handles, or Ctrl-C and SIGTERM.

    What was ignored when the program started, a shell's background job for example, stays ignored.

    Args:
        early: what came before.
    """
    for number in HANDLED.get("".join(sys.argv[1:2]), _INTERRUPTING):
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _note)
    _noted.extend(early)


def _note(number: int, _: object) -> None:
    _noted.append(number)


def noted() -> list[int]:
    """Return what has been noted, and forget it."""
    came = _noted.copy()
    _noted.clear()
    return came


def exit_code() -> int:
    """Return the exit code of a run that a signal ended."""
    return TERMINATED if _ended_by[:1] == [_SIGTERM] else INTERRUPTED


def ended_by(number: int) -> None:
    """Remember which signal ended the run."""
    _ended_by.append(number)


def forward() -> None:
    """Let Ctrl-C interrupt from now on, as Python does, and SIGTERM likewise.

    Raises:
        KeyboardInterrupt: one of them was noted before.
    """
    sys.unraisablehook = _heed
    if _signal.getsignal(_SIGINT) is _note:
        _signal.signal(_SIGINT, _signal.default_int_handler)
    if _signal.getsignal(_SIGTERM) is _note:
        _signal.signal(_SIGTERM, terminate)
    if came := noted():
        ended_by(came[0])
        raise KeyboardInterrupt


def terminate(number: int, frame: object) -> None:
    """Do for SIGTERM what Ctrl-C does at this moment.

    Raises:
        KeyboardInterrupt: as Ctrl-C does outside of an event loop.
    """
    ended_by(number)
    handler = _signal.getsignal(_SIGINT)
    if handler is terminate or not callable(handler):
        raise KeyboardInterrupt
    handler(_SIGINT, frame)


class Cancelling:
    """While it lasts, the first Ctrl-C or SIGTERM cancels a task, and more right after it do not.

    After the first one, what follows this context is the end of the program, which no later signal
    of the same moment disturbs; a person who waits for it ends it with another one.

    Args:
        cancel: called in the main thread, between any two instructions.
    """

    def __init__(self, cancel: "Callable[[], object]") -> None:
        self._cancel = cancel
        self._before: dict[int, object] = {}
        self._heeded = False

    def __enter__(self) -> None:
        for number in _INTERRUPTING:
            before = _signal.getsignal(number)
            # What was ignored when the program started stays ignored.
            if callable(before):
                self._before[number] = before
                _signal.signal(number, self._heed)

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            if _signal.getsignal(number) == self._heed:
                _signal.signal(number, before)
        if self._heeded:
            end()

    def _heed(self, number: int, _: object) -> None:
        if self._heeded:
            _at_end(number, _)
            return
        self._heeded = True
        _ending.append(time.monotonic())
        ended_by(number)
        self._cancel()


def _heed(lost: "sys.UnraisableHookArgs") -> None:
    """Interrupt once more, where an interrupt was raised in a place that ignores all errors.

    The interpreter's own callbacks are such places, for one after every import.
    """
    if lost.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(lost)
    elif not _ending:
        _thread.start_new_thread(_interrupt_soon, ())


def _interrupt_soon() -> None:
    time.sleep(CALLBACK_SECONDS)
    _thread.interrupt_main()


def end() -> None:
    """Let Ctrl-C change nothing more: the program is about to end, and says how.

    If it does not come to its end, a later Ctrl-C ends it without a word.
    """
    _ending.append(time.monotonic())
    for number in (_SIGINT, *ENDING):
        # What nobody handled still ends the program.
        if callable(_signal.getsignal(number)):
            _signal.signal(number, _at_end)


def _at_end(_: int, __: object) -> None:
    # The second signal may come before the first one has noted its time.
    if _ending and time.monotonic() - _ending[0] >= BURST_SECONDS:
        os._exit(exit_code())


def shut() -> None:
    """Keep signals away from the interpreter's own last steps, which would die of them."""
    numbers = [number for number in (_SIGINT, *ENDING) if callable(_signal.getsignal(number))]
    # A handler that is pending runs here; one that is replaced while a signal is pending would be
    # reported as an error.
    if hasattr(_signal, "pthread_sigmask"):
        _signal.pthread_sigmask(_signal.SIG_BLOCK, numbers)
    for number in numbers:
        _signal.signal(number, _signal.SIG_IGN)
