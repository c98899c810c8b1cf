"""What systemd is told, and what it hands over (sd_notify(3), sd_listen_fds(3)).

The protocol is a datagram for each message, and a few variables. The packages for it are bindings
of C, or no longer kept.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress

# The first descriptor that is handed over (SD_LISTEN_FDS_START).
_FIRST = 3


class Notifier:
    """Tells the supervisor how the service is, if it wants to know.

    Args:
        environ: of this process.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self.watchdog_seconds = _watchdog_seconds(environ) if self._address else None

    def ready(self, status: str) -> None:
        """Say that the service runs, at its start and after a reload."""
        self._send(f"READY=1\nSTATUS={status}")

    def reloading(self) -> None:
        """Say that the targets are read again; `ready` follows."""
        # systemd compares this with the moment of its own signal (Type=notify-reload).
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def alive(self) -> None:
        """Say that the service still goes on, in time before `watchdog_seconds` are over."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the service ends."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if sys.platform != "win32" and self._address is not None:
            with (
                suppress(OSError),  # a supervisor that has gone, or is busy
                # Python lets no program that it starts inherit it (PEP 446).
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way,
            ):
                way.settimeout(0)
                way.sendto(text.encode(), self._address)


def _address(name: str) -> str | None:
    """Return the address of the supervisor's socket; one with an @ is abstract (unix(7))."""
    if not hasattr(socket, "AF_UNIX") or name[:1] not in ("/", "@"):
        return None
    return "\0" + name[1:] if name.startswith("@") else name


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """Return within how many seconds a sign is wanted; None if none is (sd_watchdog_enabled(3))."""
    for_us = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    text = environ.get("WATCHDOG_USEC", "")
    if not for_us or not text.isascii() or not text.isdigit() or int(text) == 0:
        return None
    return int(text) / 1_000_000


def handed_over(environ: Mapping[str, str]) -> list[socket.socket]:
    """Return the listening sockets that systemd opened for this process; mostly none."""
    count = environ.get("LISTEN_FDS", "")
    if environ.get("LISTEN_PID") != str(os.getpid()) or not count.isascii() or not count.isdigit():
        return []
    sockets = []
    for number in range(_FIRST, _FIRST + int(count)):
        taken = socket.socket(fileno=number)
        taken.set_inheritable(False)  # not for the programs that we start
        taken.settimeout(0)
        sockets.append(taken)
    return sockets
