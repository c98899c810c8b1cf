"""Processes that end with their test, what has become of one, and whether a signal reached it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.timing import PATIENCE, until

# How long a process may run whose test may wait for it several times.
_LIFETIME = 5 * PATIENCE


@contextmanager
def started(
    command: Sequence[str | Path], *, lasting: bool = False, **options: Any
) -> Iterator[subprocess.Popen[Any]]:
    """Run a program until the context is left, or for several times `PATIENCE`.

    So neither a test that fails nor one that reads a line that never comes waits for ever: what
    still runs is killed, and its streams end.

    Args:
        command: as for `subprocess.Popen`.
        lasting: many tests share it, and none waits for what it says: it may run longer.
        options: those of `subprocess.Popen`. With ``start_new_session``, all that it started is
            killed with it.
    """
    with subprocess.Popen(command, **options) as process:

        def kill() -> None:
            if options.get("start_new_session"):
                # macOS answers EPERM where only zombies are left.
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()

        limit = threading.Timer(_LIFETIME, kill)
        limit.daemon = True
        if not lasting:
            limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            kill()


def status_of(pid: int) -> str:
    """Return what Linux says of a process (proc(5)); nothing where it says nothing."""
    try:
        return Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return ""


def is_over(pid: int) -> bool:
    """Tell whether a process has ended, though nobody may have asked for its exit status yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return re.search(r"^State:\s+Z", status_of(pid), re.MULTILINE) is not None


def send(process: subprocess.Popen[Any], number: signal.Signals) -> None:
    """Send a signal, and wait until the process has taken it: a second one of the kind is another.

    Where there is no /proc, it is only sent.
    """
    process.send_signal(number)
    until(lambda: process.poll() is not None or not _is_pending(process.pid, number))


def _is_pending(pid: int, number: signal.Signals) -> bool:
    masks = re.findall(r"^(?:SigPnd|ShdPnd):\s+([0-9a-f]+)", status_of(pid), re.MULTILINE)
    return any(int(mask, 16) & (1 << (number - 1)) for mask in masks)
