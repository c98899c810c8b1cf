"""What systemd is told, on a real socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgecheck.monitor.systemd import Notifier
from tests.timing import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd runs on Linux")


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(tmp_path / "notify"))
        bound.settimeout(PATIENCE)
        yield bound


def test_each_message_arrives(supervisor: socket.socket) -> None:
    """In the words of sd_notify(3)."""
    notifier = Notifier({"NOTIFY_SOCKET": supervisor.getsockname()})
    notifier.ready("watching 3 agents")
    notifier.reloading()
    notifier.alive()
    notifier.stopping()
    ready, reloading, alive, stopping = (supervisor.recv(1000).decode() for _ in range(4))

    assert ready == "READY=1\nSTATUS=watching 3 agents"
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert (alive, stopping) == ("WATCHDOG=1", "STOPPING=1")


def test_an_abstract_address_is_one() -> None:
    """systemd writes it with an @ (unix(7))."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        name = f"edgecheck-test-{os.getpid()}"
        bound.bind(f"\0{name}")
        bound.settimeout(PATIENCE)
        Notifier({"NOTIFY_SOCKET": f"@{name}"}).alive()

        assert bound.recv(100) == b"WATCHDOG=1"


def test_nobody_who_listens_is_no_error(tmp_path: Path) -> None:
    """A run by hand has no supervisor, and a supervisor may have gone."""
    for environ in ({}, {"NOTIFY_SOCKET": str(tmp_path / "gone")}, {"NOTIFY_SOCKET": "vsock:2:1"}):
        Notifier(environ).ready("")


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_signs_of_life_are_given_to_who_wants_them(
    more: dict[str, str], seconds: float | None
) -> None:
    """Not those that are meant for another process."""
    assert Notifier({"NOTIFY_SOCKET": "/x", **more}).watchdog_seconds == seconds


def test_a_socket_that_was_handed_over_is_used() -> None:
    """It is descriptor 3, and only of the process that the variable names."""
    code = (
        "import os, sys\n"
        "from edgecheck.monitor.systemd import handed_over\n"
        "os.dup2(int(sys.argv[1]), 3)\n"
        "given = dict(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))\n"
        "print(handed_over({**given, 'LISTEN_PID': '1'}), handed_over({}))\n"
        "print(handed_over(given)[0].getsockname()[1])\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = subprocess.run(
            [sys.executable, "-c", code, str(listener.fileno())],
            pass_fds=[listener.fileno()],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

        assert done.stdout.split("\n")[:2] == ["[] []", str(listener.getsockname()[1])], done.stderr
