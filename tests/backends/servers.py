"""Programs that serve, each on a free port of its own.

A test waits until one listens; it is stopped as the process group that it is.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.timing import until

ROOT = Path(__file__).parents[2]
# None of these servers has anything to lose.
GRACE = 0.3


# From here on Linux gives ports to whoever connects (ip(7)): one of those may be taken again before
# the program listens that it was meant for.
_FIRST_FOR_CLIENTS = 32768
_FIRST_FOR_EVERYBODY = 10_000
_CHANCE = random.SystemRandom()


def free_port() -> int:
    """Return a port of loopback that nobody listens on just now, nor is given by chance."""
    while True:
        port = _CHANCE.randrange(_FIRST_FOR_EVERYBODY, _FIRST_FOR_CLIENTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def environment() -> dict[str, str]:
    """Return the variables that a server needs."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "NODE_PATH", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    return {
        **kept,
        "HOME": "/nonexistent",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
    }


@dataclass
class Server:
    """A program that listens.

    Args:
        port: of loopback.
        log: where its output goes.
        scheme: ``ws`` or ``wss``: how an edge agent speaks to it.
    """

    port: int
    log: Path
    process: subprocess.Popen[bytes]
    scheme: str = "ws"

    @property
    def url(self) -> str:
        """What goes into BACKEND_URL."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """Its log."""
        return self.log.read_text("utf-8", "replace")


@contextmanager
def serving(
    command: Sequence[str | Path],
    port: int,
    log: Path,
    *,
    scheme: str = "ws",
    inside: Sequence[str] = (),
) -> Iterator[Server]:
    """Run a program until the context is left.

    Args:
        command: with the port in it.
        port: is waited for until it accepts a connection.
        log: takes standard output and error.
        inside: what runs the command somewhere else, such as ``ip netns exec NAME``.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*inside, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment(),
            start_new_session=True,
        )
    server = Server(port, log, process, scheme)
    try:
        until(
            lambda: is_served(port, "tcp", inside),
            process=process,
            seen=lambda: f"{process.args!r} on port {port}:\n{server.said}",
        )
        yield server
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):  # it may wait for a handler that never ends
            process.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its own workers with it
        process.wait()


# The states of proc_net_tcp(5) in which a port is served: TCP_LISTEN, and for UDP TCP_CLOSE, which
# there means bound.
_SERVED = {"tcp": "0A", "udp": "07"}


def is_served(port: int, kind: str, inside: Sequence[str] = ()) -> bool:
    """Tell whether somebody serves a port.

    The kernel is asked, not the server: some count connections, or log them.

    Args:
        kind: tcp or udp.
        inside: what runs a command where the port is.
    """
    tables = [f"/proc/net/{kind}", f"/proc/net/{kind}6"]
    if inside:
        command = [*inside, "cat", *tables]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    else:
        lines = "".join(Path(table).read_text() for table in tables)
    return any(
        len(fields) > 3 and fields[1].endswith(f":{port:04X}") and fields[3] == _SERVED[kind]
        for fields in map(str.split, lines.splitlines())
    )


def python(module: str, *arguments: object) -> list[str]:
    """Return the command that runs a module of Python."""
    return [sys.executable, "-m", module, *map(str, arguments)]
