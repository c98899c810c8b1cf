"""Start servers on a free port, wait until they listen, and stop them with all their processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.timing import PATIENCE

ROOT = Path(__file__).parents[2]
# In seconds. These servers lose nothing if they are killed.
GRACE = 0.3


def free_port() -> int:
    """Return a port on loopback on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
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
        _wait_until_listening(server, inside)
        yield server
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):  # it may wait for a handler that never ends
            process.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with its own workers
        process.wait()


def _wait_until_listening(server: Server, inside: Sequence[str]) -> None:
    """Ask the kernel, not the server, because some servers count connections, or log them."""
    patience = time.monotonic() + PATIENCE
    local = f":{server.port:04X}"
    while time.monotonic() < patience:
        if server.process.poll() is not None:
            raise AssertionError(
                f"{server.process.args!r} ended with {server.process.returncode}:\n{server.said}"
            )
        if any(
            len(fields) > 3 and fields[1].endswith(local) and fields[3] == "0A"
            for fields in map(str.split, _sockets(inside))
        ):
            return
        time.sleep(0.02)
    raise AssertionError(
        f"{server.process.args!r} does not listen on port {server.port}:\n{server.said}"
    )


def _sockets(inside: Sequence[str]) -> list[str]:
    """Return the lines of proc_net_tcp(5), in which 0A means TCP_LISTEN."""
    tables = ["/proc/net/tcp", "/proc/net/tcp6"]
    if inside:
        return subprocess.run(
            [*inside, "cat", *tables], capture_output=True, text=True, check=True
        ).stdout.splitlines()
    return [line for table in tables for line in Path(table).read_text().splitlines()]


def python(module: str, *arguments: object) -> list[str]:
    """Return the command that runs a module of Python."""
    return [sys.executable, "-m", module, *map(str, arguments)]
