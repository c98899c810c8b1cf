"""What a healthy checkup costs in processor time, where one process makes many.

    python benchmarks/many_checkups.py [ROUNDS]

In each round, this process makes checkups, 20 at once, of the same simulator: each reads the `.env`
file, connects, and is judged. Then it opens as many connections with `websockets.connect`, each of
which sends one ping, waits for the pong and is closed. Compared is the processor time of this
process, not the simulator's. Once more with a variable in the environment that hides the file's
value, which is a defect to find, to word and to mask; and once with a hundred files in turn, which
are more than a process keeps in mind, so that each is understood anew.
"""

from __future__ import annotations

import asyncio
import io
import re
import secrets
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from backend import Backend, simulator
from results import Row, show
from websockets.asyncio.client import connect

from edgecheck.backend.builtin import EDGE
from edgecheck.checkup import checkup
from edgecheck.settings.sources import Options, load
from edgecheck.wire.opening import Opening, opening_of

ROUNDS = 11
AT_ONCE = 20
# A tenth of a second or so: `times` counts in hundredths of a second on some systems.
CHECKUPS = 100
TARGET, SHADOWED_TARGET = 2.0, 3.0


async def at_once(one: Callable[[], Awaitable[None]]) -> float:
    """Run something so many times, 20 at once; return the processor time of each, in seconds."""

    async def some() -> None:
        for _ in range(CHECKUPS // AT_ONCE):
            await one()

    started = time.process_time()
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return (time.process_time() - started) / CHECKUPS


async def examine(folder: Path, environ: Mapping[str, str], healthy: str) -> None:
    """Read the file, connect and judge."""
    settings = load(Options(), environ=environ, cwd=folder, stdin=io.BytesIO())
    report = await checkup(settings)
    found = ",".join(finding.code for finding in report.diagnosis.findings)
    assert report.ok, found
    assert found == healthy, found


async def connect_barely(opening: Opening) -> None:
    """Open a connection as the library does it, send one ping and close it."""
    async with connect(
        opening.endpoint.url,
        additional_headers={field.name: field.value for field in opening.request_fields()},
        proxy=None,
        compression=None,
        ping_interval=None,
    ) as connection:
        await connection.send(EDGE.ping)
        assert "pong" in str(await connection.recv())


async def take_turns(
    backend: Backend, other: Path, many: Sequence[Path], rounds: int
) -> dict[str, list[float]]:
    """Return the processor time of each, in seconds, round by round.

    Args:
        backend: is connected to.
        other: a folder whose ``.env`` file has another secret.
        many: folders with files like the backend's own.
        rounds: how many.
    """
    opening = opening_of(backend.settings)
    assert backend.settings.secret is not None
    right = {"EDGE_SECRET": backend.settings.secret.secret.reveal()}
    turns = cycle(many)
    ways = {
        "bare": lambda: connect_barely(opening),
        "checkup": lambda: examine(backend.folder, {}, ""),
        "shadowed": lambda: examine(other, right, "env-value-shadowed"),
        "many": lambda: examine(next(turns), {}, ""),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            taken = await at_once(way)
            if number:
                seconds[name].append(taken)
    return seconds


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Return a row for a file alone, and one where a variable hides it."""
    with simulator() as backend, TemporaryDirectory() as name:
        path = Path(name) / ".env"
        text = (backend.folder / ".env").read_text()
        path.touch(0o600)
        path.write_text(re.sub("(?m)^(EDGE_SECRET=).*", rf"\g<1>{secrets.token_hex(32)}", text))
        many = [path.parent / str(number) for number in range(CHECKUPS)]
        for folder in many:
            folder.mkdir()
            (folder / ".env").touch(0o600)
            (folder / ".env").write_text(text)
        seconds = asyncio.run(take_turns(backend, path.parent, many, rounds))
    rows = []
    for name, what, target in (
        ("checkup", "", TARGET),
        ("shadowed", ", where a variable hides the file's value", SHADOWED_TARGET),
        ("many", ", each with another file", None),
    ):
        ratio = statistics.median(
            one / bare for one, bare in zip(seconds[name], seconds["bare"], strict=True)
        )
        rows.append(
            Row(
                f"processor time of a healthy checkup in one process, {AT_ONCE} at once{what}, by "
                "`websockets.connect`, ping and close",
                f"≤ {target:g} times" if target else "",
                f"{ratio:.2f} times, {statistics.median(seconds[name]) * 1000:.2f} ms",
                ratio <= target if target else None,
            )
        )
    return rows


if __name__ == "__main__":
    print(show(measure(*map(int, sys.argv[1:]))))
