"""What becomes of commands that began before this start, and of which no end is written down.

Either this program was told to stop and their programs with it, or it was killed while they ran.
Then it is not known how far they came. They may still run, so each is waited for before another one
of the same command begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .handler import KILL_SECONDS, TOKEN
from .journal import Begun

# From one look at a process that is not our child to the next.
LOOK_SECONDS = 0.1
_PROC = Path("/proc")


def running(begun: Begun) -> int | None:
    """Return the process id of a command's program if it still runs."""
    if (_PROC / "self" / "environ").exists():
        return next((pid for pid in _candidates(begun) if _is_of(pid, begun.token)), None)
    # Nothing says whether it is the same process or another with its number.
    if sys.platform != "win32" and begun.process is not None:
        with contextlib.suppress(OSError):
            if os.getpgid(begun.process) == begun.process:
                return begun.process
    return None


def _candidates(begun: Begun) -> Iterator[int]:
    if begun.process is not None:
        yield begun.process
        return
    # We were killed between the start of the program and the note of its number.
    with contextlib.suppress(OSError):
        for entry in _PROC.iterdir():
            if entry.name.isdecimal() and _leads(int(entry.name)):
                yield int(entry.name)


def _leads(pid: int) -> bool:
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            return os.getsid(pid) == pid
    return False


def _is_of(pid: int, token: str) -> bool:
    """Tell whether a process runs, and is the one with this token (proc(5))."""
    with contextlib.suppress(OSError):
        folder = _PROC / str(pid)
        variables = (folder / "environ").read_bytes().split(b"\0")
        # The name in it is cut at 15 bytes, possibly within a character.
        status = (folder / "status").read_text(encoding="utf-8", errors="replace")
        state = re.search(r"^State:\s+(\S)", status, re.MULTILINE)
        return f"{TOKEN}={token}".encode() in variables and state is not None and state[1] != "Z"
    return False


async def ended(begun: Begun, limit: float) -> None:
    """Wait until a command's program has ended; end it if that takes too long.

    Args:
        begun: the command.
        limit: seconds.
    """
    await _gone(begun, limit)
    for name in ("SIGTERM", "SIGKILL"):
        number = getattr(signal, name, None)
        if number is None or not _end(begun, number):
            return
        await _gone(begun, KILL_SECONDS)


async def _gone(begun: Begun, limit: float) -> None:
    until = time.monotonic() + limit
    # Nothing tells of the end of a process that is not our child, on every system.
    while running(begun) is not None and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_SECONDS)


def _end(begun: Begun, number: signal.Signals) -> bool:
    """Send a signal to the program and all that it started, if it is certainly the program."""
    pid = running(begun)
    if pid is None or not _is_of(pid, begun.token):
        return False
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(pid, number)
    return True
