"""Start servers on a free port, wait until they listen, and stop them with all their processes."""

from __future__ import annotations

import errno
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.processes import started
from tests.timing import PATIENCE, until

ROOT = Path(__file__).parents[2]
# In seconds. These servers lose nothing if they are killed.
GRACE = 0.3


# From here on Linux gives ports to whoever connects (ip(7)): one of those may be taken again before
# the program listens that it was meant for.
_FIRST_FOR_CLIENTS = 32768
_FIRST_FOR_EVERYBODY = 10_000
_CHANCE = random.SystemRandom()
# What keeps the ports of this process from those of every other one, until it ends.
_KEPT: list[socket.socket] = []


def free_port() -> int:
    """Return a port on which nobody listens now, and which nobody else is given.

    Neither a client nor another test: those in other processes included, for as long as this one
    runs. So a program may be started there later, or again, and where none is, connections are
    refused.
    """
    for _ in range(_FIRST_FOR_CLIENTS):
        port = _CHANCE.randrange(_FIRST_FOR_EVERYBODY, _FIRST_FOR_CLIENTS)
        try:
            _keep(port)
            with socket.socket() as probe:
                probe.bind(("", port))
                return port
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise AssertionError("every port that was tried is taken")


def _keep(port: int) -> None:
    """Take a name that only one process of this machine can have (unix(7), abstract sockets).

    A socket that is bound to the port itself would keep some programs from listening there.

    Raises:
        OSError: another process has it, or this one.
    """
    if sys.platform != "linux":
        return
    kept = socket.socket(socket.AF_UNIX)
    try:
        kept.bind(f"\0edgecheck-test-port-{port}")
    except OSError:
        kept.close()
        raise
    _KEPT.append(kept)


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
        port: on loopback.
        log: the file with its output.
        scheme: ``ws`` or ``wss``, as an edge agent connects to it.
    """

    port: int
    log: Path
    process: subprocess.Popen[bytes]
    scheme: str = "ws"

    @property
    def url(self) -> str:
        """The value for BACKEND_URL."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """The content of its log."""
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
        port: waited for until it accepts a connection.
        log: for standard output and standard error.
        inside: a command that runs it in another place, such as ``ip netns exec NAME``.
    """
    with (
        log.open("wb") as output,
        started(
            [*inside, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment(),
            lasting=True,
            start_new_session=True,  # its own workers end with it
        ) as process,
    ):
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


# The states of proc_net_tcp(5) of a port on which somebody listens: TCP_LISTEN, and for UDP
# TCP_CLOSE, which means bound there.
_SERVED = {"tcp": "0A", "udp": "07"}


def is_served(port: int, kind: str, inside: Sequence[str] = ()) -> bool:
    """Ask the kernel whether a port is served, because some servers count connections.

    Args:
        kind: tcp or udp.
        inside: a command that runs another one where the port is.
    """
    tables = [f"/proc/net/{kind}", f"/proc/net/{kind}6"]
    if inside:
        command = [*inside, "cat", *tables]
        lines = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=PATIENCE
        ).stdout
    else:
        lines = "".join(Path(table).read_text() for table in tables)
    return any(
        len(fields) > 3 and fields[1].endswith(f":{port:04X}") and fields[3] == _SERVED[kind]
        for fields in map(str.split, lines.splitlines())
    )


def python(module: str, *arguments: object) -> list[str]:
    """Return the command that runs a module of Python."""
    return [sys.executable, "-m", module, *map(str, arguments)]
