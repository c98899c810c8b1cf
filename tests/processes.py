"""What has become of a process, and whether a signal has reached it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.timing import until


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
