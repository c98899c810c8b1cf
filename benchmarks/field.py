"""`make field`: real servers in the situations that people meet, and what doctor calls each.

The servers run in an environment of their own (``.venv/field``). A relay that drops the Upgrade
field stands for a reverse proxy that leaves no trace.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import re
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from field_apps import SERVERS
from results import Row, record, show

from edgecheck.checkup import checkup
from edgecheck.diagnose import Verdict
from edgecheck.settings.sources import Options, load

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"  # of nobody
LOST, ROUTE, WSGI = "upgrade-header-dropped", "upgrade-not-found", "upgrade-wsgi-server"
REGARDLESS, FORBIDDEN = "upgrade-refused-regardless", "auth-forbidden"
CRASH = ("session-dropped", "session-server-error", "session-closed-normally")
PATIENCE = 30.0
NOTES = """
Each server answers a real `doctor` on loopback. "Upgrade lost" is a relay that drops the field. A
situation counts if its code is one of those whose bytes it gives, and if it is not called certain.
"""
ASGI = ("uvicorn, FastAPI", "uvicorn wsproto, FastAPI", "hypercorn, FastAPI")


@dataclass(frozen=True)
class Case:
    """A situation at one server.

    Args:
        codes: that the verdict may have.
        path: below which the backend is looked for.
        agent: the agent id.
        relay: a proxy that drops the Upgrade field is in between.
    """

    server: str
    what: str
    codes: tuple[str, ...]
    path: str = ""
    agent: str = "edge_1"
    relay: bool = False


def cases() -> list[Case]:
    """Return all situations."""
    found = [
        Case(name, "healthy", ("",))
        for name in SERVERS
        if "gunicorn" not in name and "Django" not in name and "without" not in name
    ]
    for name in SERVERS:
        if name.startswith("gunicorn"):
            found.append(Case(name, "cannot open WebSockets", (WSGI,)))
        elif name == "uvicorn without WebSockets, FastAPI":
            found.append(Case(name, "cannot open WebSockets", (LOST,)))
        else:
            found.append(Case(name, "Upgrade lost", (LOST,), relay=True))
    found += [
        Case(name, "no route", (REGARDLESS, FORBIDDEN), path="/none")
        for name in (*ASGI, "daphne, FastAPI", "uvicorn, Falcon")
    ]
    found += [
        Case(name, "no route", (ROUTE,), path="/none")
        for name in ("hypercorn, Quart", "sanic", "tornado", "aiohttp")
    ]
    found += [Case("uvicorn, Django", "no route", ("upgrade-server-error",))]
    found += [Case(name, "refused", (REGARDLESS, FORBIDDEN), agent="edge_2") for name in ASGI]
    found += [Case(name, "handler fails", CRASH, agent="edge_3") for name in (*ASGI, "tornado")]
    return found


def free_port() -> int:
    """Return a port on which nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def started(python: Path, name: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server, and wait until it listens."""
    port = free_port()
    program = Path(__file__).with_name("field_apps.py")
    process = subprocess.Popen(
        [python, program, name, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, port
        time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"{name} did not start")


@asynccontextmanager
async def relay(port: int) -> AsyncIterator[int]:
    """Pass requests on without Upgrade and Connection."""
    running: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            running.add(task)
        head = await reader.readuntil(b"\r\n\r\n")
        head = re.sub(rb"(?im)^(?:upgrade|connection):.*\r\n", b"", head)
        back, forth = await asyncio.open_connection("127.0.0.1", port)
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


def main() -> int:
    """Run all situations, write the figures down, and return 1 if one is called wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="with the servers installed")
    parser.add_argument("--check", action="store_true", help="write no figures down")
    given = parser.parse_args()
    python = given.python
    rows: list[Row] = []
    todo = cases()
    for name in SERVERS:
        process, port = started(python, name)
        wrong, own = [], [one for one in todo if one.server == name]
        try:
            for case in own:
                found = asyncio.run(measured(port, case))
                code = found.code if found is not None else ""
                sure = found.confidence if found is not None else ""
                good = code in case.codes and not (case.what != "healthy" and sure == "certain")
                if not good:
                    wrong.append(f"{case.what}: {code or 'healthy'} {sure}")
        finally:
            process.kill()
            process.wait()
        what = f"{name}: {', '.join(case.what for case in own)}"
        figure = f"{len(own) - len(wrong)} of {len(own)}"
        rows.append(Row(what, "all, none certain", figure, not wrong, "; ".join(wrong)))
    if given.check:
        print(show(rows))
        return 1 if any(row.met is False for row in rows) else 0
    return record("make field: what real servers are called", rows, NOTES)


if __name__ == "__main__":
    raise SystemExit(main())
