"""`make field`: real servers and proxies in the situations that people meet, and what doctor says.

The servers in Python run in an environment of their own (``.venv/field``); other servers and the
proxies come from Debian and npm, or lie in the folder that EDGECHECK_FIELD_BIN names. What is not
installed is left out, and named. A relay that drops the Upgrade field stands for a reverse proxy
that leaves no trace.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import re
import socket
import subprocess
import tempfile
import textwrap
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import field_frameworks
from field_configurations import Ports
from field_further import FRAMEWORKS, NODE, OTHERS, cases
from field_programs import command as command_of
from field_programs import files
from field_proxies import FURTHER_PROXIES, PROXIES
from field_table import PROGRAMS, Case, proxies, servers
from results import Row, record, show

from edgecheck.checkup import checkup
from edgecheck.diagnose import Verdict
from edgecheck.settings.sources import Options, load

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"  # of nobody
PATIENCE = 60.0
# Some proxies listen before they are ready to pass anything on.
READY = 1.5
NOTES = """
Each server and proxy answers a real `doctor` on loopback, and is to be called what
`benchmarks/field_table.py` says: the code, the side, and how sure. "Upgrade lost" is a relay that
drops the field, or a proxy that was not told to pass it on. Exact: one of the codes whose bytes
these are, the right side, and not surer than may be. Vague: another code, and the right one is
among the alternatives.
"""
# A selection: servers in Python, proxies, programs.
Selection = tuple[Sequence[Case], Sequence[Case], Sequence[Case]]
FIRST = """
When these were asked for the first time, before anything was mended for them, 236 of 244 answers
were exact, 3 vague, 5 wrong and none overclaimed. One of the wrong ones was a server that had ended
by itself, and one a row of the table: robyn, without a route for plain HTTP, says nothing at all.
"""
# The proxies that CI installs, and the situations that need no waiting there.
IN_CI, QUICK = ("nginx", "HAProxy", "Apache", "lighttpd", "tinyproxy"), ("hangs",)


def free_port() -> int:
    """Return a port on which nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], port: int, folder: Path) -> Iterator[None]:
    """Run a server for a while; it listens on a port."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    )
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and process.poll() is None and not _listens(port):
            time.sleep(0.05)
        if not _listens(port):
            raise RuntimeError(f"{command[0]} did not start")
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def odd_backend(kind: str) -> int:
    """Serve a backend that never answers, closes, or speaks another protocol; return its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)
    kept: list[socket.socket] = []

    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        if kind == "garbage":
            connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")
        connection.close()

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            kept.append(connection)
            if kind != "hangs":
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


@asynccontextmanager
async def relay(port: int) -> AsyncIterator[int]:
    """Pass requests on without Upgrade and Connection."""
    running: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            running.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            back, forth = await asyncio.open_connection("127.0.0.1", port)
        except (OSError, asyncio.IncompleteReadError):
            writer.close()  # an experiment that gave up, or a server that has ended
            return
        head = re.sub(rb"(?im)^(?:upgrade|connection):.*\r\n", b"", head)
        forth.write(head)
        try:
            while data := await back.read(2**16):
                writer.write(data)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass  # the client has gone, or the measurement is over
        finally:
            writer.close()
            forth.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def verdict(port: int, case: Case) -> Verdict | None:
    """Ask doctor."""
    environ = {
        "BACKEND_URL": f"ws://127.0.0.1:{port}{case.path}",
        "EDGE_SECRET": SECRET,
        "EDGE_AGENT_ID": case.agent,
    }
    settings = load(Options(timeout=8.0), environ=environ, cwd=Path("/"), stdin=io.BytesIO())
    return (await checkup(settings)).diagnosis.verdict


async def measured(port: int, case: Case) -> Verdict | None:
    """Meet one situation."""
    if not case.relay:
        return await verdict(port, case)
    async with relay(port) as between:
        return await verdict(between, case)


def mark(case: Case, found: Verdict | None) -> str:
    """Return how well a situation was called: exact, vague, overclaimed or wrong."""
    code = found.code if found is not None else ""
    if found is not None and code not in case.codes:
        return "vague" if {*case.codes} & {*found.alternatives} else "wrong"
    if found is None or case.what == "healthy":
        return "exact" if code in case.codes else "wrong"
    if found.side not in case.sides:
        return "wrong"
    return "overclaimed" if found.confidence == "certain" and not case.sure else "exact"


def of_servers(python: Path, all_of_them: Sequence[Case]) -> Iterator[tuple[Case, Verdict | None]]:
    """Meet the situations at servers in Python."""
    for name in dict.fromkeys(case.name for case in all_of_them):
        further = name in field_frameworks.SERVERS
        program = Path(__file__).with_name(f"field_{'frameworks' if further else 'apps'}.py")
        port = free_port()
        command = [str(python), str(program), name, str(port)]
        own = [case for case in all_of_them if case.name == name]
        yield from _of_one(own, command, port, program.parent)


def _of_one(
    cases: Sequence[Case], command: Sequence[str], port: int, folder: Path
) -> Iterator[tuple[Case, Verdict | None]]:
    """Meet the situations at one server, which is started again after those that end it."""
    left = list(cases)
    while left:
        with running(command, port, folder):
            while left and _listens(port):
                case = left.pop(0)
                yield case, asyncio.run(measured(port, case))
                # A handler that failed may end the process a moment later.
                if case.agent == "edge_3":
                    break


def of_programs(all_of_them: Sequence[Case]) -> Iterator[tuple[Case, Verdict | None]]:
    """Meet the situations at servers that are programs of their own."""
    with tempfile.TemporaryDirectory() as folder:
        files(Path(folder))
        for name in dict.fromkeys(case.name for case in all_of_them):
            port = free_port()
            command = command_of(name, Path(folder), port)
            if command is not None:
                own = [case for case in all_of_them if case.name == name]
                yield from _of_one(own, command, port, Path(folder))


def wait_until_it_passes(port: int) -> None:
    """Wait until a proxy has read its configuration: it listens before that."""
    time.sleep(READY)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            answer = urlopen(f"http://127.0.0.1:{port}/edge/ws", timeout=5).read()
        except HTTPError as error:
            answer = error.read()
        except OSError:
            answer = b""
        if answer.strip() != b"404 page not found":  # Traefik's, without a route
            return
        time.sleep(0.2)


def of_proxies(python: Path, wanted: Sequence[Case]) -> Iterator[tuple[Case, Verdict | None]]:
    """Meet the situations behind proxies, whose backend is FastAPI under uvicorn."""
    program, backend = Path(__file__).with_name("field_apps.py"), free_port()
    odd = {kind: odd_backend(kind) for kind in ("hangs", "cuts", "garbage")}
    command = [str(python), str(program), "uvicorn, FastAPI", str(backend)]
    with running(command, backend, program.parent):
        for name, upgrade in dict.fromkeys((case.name, case.upgrade) for case in wanted):
            with tempfile.TemporaryDirectory() as made:
                folder = Path(made)
                folder.chmod(0o777)
                ports = Ports(free_port(), backend, free_port(), **odd)
                own = PROXIES[name].command(folder, ports, upgrade)
                if own is None:
                    continue
                with running(own, ports.own, folder):
                    wait_until_it_passes(ports.own)
                    for case in wanted:
                        if (case.name, case.upgrade) == (name, upgrade):
                            yield case, asyncio.run(measured(ports.own, case))


def selected(*, quick: bool, further: bool) -> Selection:
    """Return the situations of a run.

    Args:
        quick: those of CI.
        further: those at servers and proxies that were added last.
    """
    if quick:
        few = [one for one in proxies() if one.name in IN_CI and one.what not in QUICK]
        return servers(), few, ()
    new = [one for one in proxies() if one.name in FURTHER_PROXIES]
    programs = (*cases(NODE), *cases(OTHERS))
    if further:
        return cases(FRAMEWORKS), new, programs
    return (*servers(), *cases(FRAMEWORKS)), proxies(), (*PROGRAMS, *programs)


def main() -> int:
    """Run all situations, write the figures down, and return 1 if one is called wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="with the servers installed")
    parser.add_argument("--check", action="store_true", help="write no figures down")
    parser.add_argument("--further", action="store_true", help="those alone that were added last")
    given = parser.parse_args()
    chosen = selected(quick=given.check, further=given.further)
    python = Path(given.python).absolute()
    met: dict[str, list[tuple[Case, str, str]]] = {}
    in_python, behind, programs = chosen
    for source in (
        of_servers(python, in_python),
        of_proxies(python, behind),
        of_programs(programs),
    ):
        for case, found in source:
            what = "healthy"
            if found is not None:
                what = f"{found.code}, {found.side}, {found.confidence}"
            met.setdefault(case.name, []).append((case, mark(case, found), what))
    rows = [_row(name, own) for name, own in met.items()]
    marks = Counter(each for own in met.values() for _, each, _ in own)
    counted = ", ".join(f"{marks[each]} {each}" for each in sorted(marks))
    rows.append(Row("all of them", "none wrong", counted, not marks["wrong"]))
    missing = {case.name for case in (*behind, *programs)} - met.keys()
    if given.check:
        print(show(rows))
        absent = missing if os.environ.get("CI") else set()
        if absent:
            print(f"not installed: {', '.join(sorted(absent))}")
        return 1 if absent or any(row.met is False for row in rows) else 0
    absent_here = f"Not installed here: {', '.join(sorted(missing))}."
    left_out = f"\n{textwrap.fill(absent_here, 100)}\n" if missing else ""
    title = "make field: what real servers are called"
    if given.further:
        title = "make field ARGUMENTS=--further: the servers and proxies that were added last"
    return record(title, rows, (FIRST if given.further else NOTES) + left_out)


def _row(name: str, own: Sequence[tuple[Case, str, str]]) -> Row:
    wrong = [f"{case.what}: {what} ({each})" for case, each, what in own if each != "exact"]
    whats = ", ".join(case.what for case, _, _ in own)
    figure = f"{len(own) - len(wrong)} of {len(own)}"
    return Row(f"{name}: {whats}", "all exact", figure, not wrong, "; ".join(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
