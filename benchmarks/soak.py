"""The live connection under all that happens to one, for ten minutes.

Nothing is lost, nothing is handled twice, nothing grows.

    python benchmarks/soak.py [--minutes M] [--seed N] [--print]

Two agents, each with a relay and a backend of its own: `edgecheck listen` as a person starts it,
with a program for each command and a journal, and the same agent with a keepalive of half a second,
which meets more in the same time. Their backends are killed, ended, paused and started again, and
the relays delay, drop, cut and go half-open, at random from a seed. At the end the backends send
nothing new, and everything that they ever sent must be acked. Needs /proc, fork and tee.
``--print`` leaves RESULTS.md as it is.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import secrets
import signal
import socket
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from results import Row, record, show

ROOT = Path(__file__).parents[1]
BACKEND = ROOT / "tests" / "agent" / "mortal_backend.py"
MINUTES = 10.0
# Seconds from one command to the next: the program that `listen` runs for each takes a few
# milliseconds of the machine's time.
PACE = 0.04
# More than a run takes; the seconds end it, not the number.
COMMANDS = 10**9
# From one disturbance to the next.
QUIET_SECONDS = (0.5, 5.0)
# `listen` notices a half-open connection within 40 s: it meets fewer of these than its companion,
# and none in a run of less than this.
SHORT_SECONDS = 120.0
SAMPLE_SECONDS = 1.0
# An agent is at rest when so many looks in a row find the same; between two of them its tasks are
# counted again, once a second.
LOOKS, LOOK_SECONDS = 3, 1.5
# For all that is owed to be acked when nothing disturbs any more: 40 s until a half-open connection
# is noticed, 60 s of backoff, and time.
DRAIN_SECONDS = 180.0
# Of the run: in its first minutes RSS still rises, by imports, first errors, and the arenas of the
# threads that wait for programs.
WARM_UP = 0.5
# What an agent may grow by after that: SQLite keeps up to 2 MiB of the journal in memory. In a
# short run the first imports and errors belong to the second half, too.
GROWTH_MIB, SHORT_GROWTH_MIB = 2.0, 4.0
CHUNK = 65536


class Relay:
    """Passes bytes on between an agent and its backend, or does not, as it is told."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.delay = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._deaf: set[asyncio.StreamWriter] = set()
        self._cut: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Serve on loopback, and give the port."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            port: int = server.sockets[0].getsockname()[1]
            yield port
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass_on(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other_reader, other = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, other)
        self._writers.update(pair)
        try:
            await asyncio.gather(self._pump(reader, other), self._pump(other_reader, writer))
        finally:
            for each in pair:
                each.transport.abort()
                for kind in (self._writers, self._deaf, self._cut):
                    kind.discard(each)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await asyncio.sleep(self.delay)
                if writer in self._deaf:
                    continue
                if writer in self._cut:  # in the middle of a frame
                    writer.write(data[: len(data) // 2])
                    break
                writer.write(data)
                await writer.drain()
        if writer in self._deaf:  # not even the end is told
            await asyncio.Event().wait()
        with contextlib.suppress(OSError):
            writer.close()

    def drop(self) -> None:
        """End every connection at once, with what is under way in it."""
        for writer in list(self._writers):
            writer.transport.abort()

    def cut(self) -> None:
        """End every connection in the middle of the next bytes."""
        self._cut.update(self._writers)

    def go_deaf(self) -> None:
        """Pass nothing on any more over the connections that there are; new ones go another way."""
        self._deaf.update(self._writers)


@dataclass
class Lane:
    """An agent, its relay and its backend.

    Args:
        name: of the agent.
        folder: holds all that it writes.
        command: the agent's.
        chance: where, and when, it is disturbed.
        half_open: how often, among ten disturbances, the connection goes half-open.
    """

    name: str
    folder: Path
    command: list[str]
    chance: random.Random
    half_open: int
    done: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    tasks: int | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    memory: list[tuple[float, float]] = field(default_factory=list)
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    code: int | None = None
    _read: int = 0

    def read(self) -> None:
        """Take in what the agent has printed since the last time."""
        with (self.folder / "out").open("rb") as file:
            file.seek(self._read)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            event = json.loads(line)
            match event["event"]:
                case "tasks":
                    self.tasks = event["tasks"]
                case "summary":
                    self.summary = event
                case "ack" if event["again"]:
                    self.told["ack again"] += 1
                case name:
                    self.told[name] += 1

    def ledger(self) -> tuple[set[str], set[str]]:
        """Return what the backend has ever sent, and what it has an ack for."""
        noted = [line.split() for line in (self.folder / "ledger").read_text().splitlines()]
        return {name for word, name in noted if word == "issued"}, {
            name for word, name in noted if word == "acked"
        }

    def handled(self) -> list[str]:
        """Return the ids of all commands that were handled, as often as they were."""
        path = self.folder / "handled"
        return (
            [json.loads(line)["command_id"] for line in path.read_text().splitlines()]
            if path.exists()
            else []
        )


class Backend:
    """The process that forks the backend."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, word: str) -> None:
        """Have it done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n".encode())
        assert await self._process.stdout.readline() == b"done\n"


async def endure(lane: Lane, seconds: float, tell: Callable[[str], None]) -> None:
    """Run one agent through it all."""
    port = free_port()
    (lane.folder / "ledger").touch()
    relay = Relay(port)
    async with contextlib.AsyncExitStack() as stack:
        words = [
            sys.executable,
            str(BACKEND),
            str(port),
            str(lane.folder / "ledger"),
            str(COMMANDS),
            str(PACE),
        ]
        process = await stack.enter_async_context(
            child(words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        )
        backend = Backend(process)
        await backend.tell("drain")
        stack.push_async_callback(backend.tell, "kill")
        through = await stack.enter_async_context(relay.open())
        env = {
            "BACKEND_URL": f"ws://127.0.0.1:{through}",
            "EDGE_SECRET": secrets.token_hex(16),
            "EDGE_AGENT_ID": "edge_1",
        }
        (lane.folder / ".env").touch(0o600)
        (lane.folder / ".env").write_text(
            "".join(f"{name}={value}\n" for name, value in env.items())
        )
        out = stack.enter_context((lane.folder / "out").open("wb"))
        error = stack.enter_context((lane.folder / "err").open("wb"))
        agent = await stack.enter_async_context(
            child(lane.command, cwd=lane.folder, stdout=out, stderr=error)
        )

        await until(lane, lambda: lane.told["pong"] > 0)
        lane.before = await resting(lane, agent.pid)
        await backend.tell("kill")
        await backend.tell("start")
        sampling = asyncio.create_task(sample(lane, agent.pid))
        stack.callback(sampling.cancel)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(lane.chance.uniform(*QUIET_SECONDS), left))
            await disturb(lane, relay, backend, tell)
            assert agent.returncode is None, (
                f"{lane.name} ended: {(lane.folder / 'err').read_text()}"
            )
        tell(f"{lane.name}: nothing new is sent any more")
        sampling.cancel()
        await backend.tell("kill")
        await backend.tell("drain")
        opened = lane.told["open"]
        with contextlib.suppress(TimeoutError):
            await until(
                lane, lambda: lane.told["open"] > opened and not set.difference(*lane.ledger())
            )
        lane.after = await resting(lane, agent.pid, like=lane.before)
        agent.send_signal(signal.SIGINT)
        lane.code = await agent.wait()
        lane.read()


async def disturb(lane: Lane, relay: Relay, backend: Backend, tell: Callable[[str], None]) -> None:
    """Do one thing to the connection or to what is behind it."""
    chance = lane.chance
    others = ["kill", "end", "pause", "delay", "drop", "cut"]
    what = "half-open" if chance.random() * 10 < lane.half_open else chance.choice(others)
    lane.done[what] += 1
    lane.read()
    tell(f"{lane.name}: {what:<9}  {lane.told['ack']} acks, {lane.told['open']} connections")
    match what:
        case "kill" | "end":
            await backend.tell(what)
            await asyncio.sleep(chance.uniform(0, 3))
            await backend.tell("start")
        case "pause":
            await backend.tell("pause")
            await asyncio.sleep(chance.uniform(0.5, 6))
            await backend.tell("resume")
        case "delay":
            relay.delay = chance.uniform(0.02, 0.4)
            await asyncio.sleep(chance.uniform(1, 6))
            relay.delay = 0.0
        case "drop":
            relay.drop()
        case "cut":
            relay.cut()
        case "half-open":
            relay.go_deaf()


@contextlib.asynccontextmanager
async def child(words: list[str], **options: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program, and end it with the context. The person's Ctrl-C is for us, who end it."""
    process = await asyncio.create_subprocess_exec(*words, start_new_session=True, **options)
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        elif process.returncode is None:
            process.kill()
        await process.wait()


async def until(lane: Lane, condition: Callable[[], bool]) -> None:
    """Wait for what an agent comes to in the end. Raises TimeoutError."""
    async with asyncio.timeout(DRAIN_SECONDS):
        while not condition():
            await asyncio.sleep(0.2)
            lane.read()


async def resting(
    lane: Lane, process: int, *, like: dict[str, int] | None = None
) -> dict[str, int]:
    """Count what an agent with an open connection and nothing to do holds.

    Args:
        like: what it held at rest before; the agent gets time to come back to it.
    """
    looks = [holdings(lane, process)]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while len(looks) < LOOKS or any(each != (like or looks[-1]) for each in looks[-LOOKS:]):
                await asyncio.sleep(LOOK_SECONDS)
                looks.append(holdings(lane, process))
    return looks[-1]


def holdings(lane: Lane, process: int) -> dict[str, int]:
    """Count what an agent holds now."""
    lane.read()
    held = {
        "files": len(list(Path(f"/proc/{process}/fd").iterdir())),
        "threads": len(list(Path(f"/proc/{process}/task").iterdir())),
    }
    return held if lane.tasks is None else {**held, "tasks": lane.tasks}


async def sample(lane: Lane, process: int) -> None:
    """Note the memory that an agent holds, in MiB."""
    started = time.monotonic()
    while True:
        # No disk is behind /proc.
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])  # noqa: ASYNC240
        lane.memory.append((time.monotonic() - started, pages * os.sysconf("SC_PAGE_SIZE") / 2**20))
        await asyncio.sleep(SAMPLE_SECONDS)


def growth(memory: list[tuple[float, float]]) -> float:
    """Return by how many MiB memory grew after the warm-up, along the line of the best fit."""
    steady = memory[int(len(memory) * WARM_UP) :]
    if len(steady) < 3:
        return 0.0
    times, sizes = zip(*steady, strict=True)
    return statistics.linear_regression(times, sizes).slope * (times[-1] - times[0])


def rows_of(lane: Lane, most: float) -> list[Row]:
    """Judge one agent; its memory may grow by so many MiB."""
    issued, acked = lane.ledger()
    times = Counter(lane.handled())
    twice = [name for name, count in times.items() if count > 1]
    grown = growth(lane.memory)
    last = lane.memory[-1][1] if lane.memory else 0.0
    name = lane.name
    counts = ", ".join(f"{count} {what}" for what, count in sorted(lane.done.items()))
    survived = (
        f"{lane.told['open']} connections, {lane.told['command-again']} came again, "
        f"{lane.told['ack again']} acked again"
    )
    lost = f"{len(issued - acked)} of {len(issued)}"
    grown_words = f"{grown:+.2f} MiB, to {last:.1f} MiB"
    end = f"exit code {lane.code}, {lane.summary.get('left', '?')} left"
    return [
        Row(f"{name}: disturbed by", "", counts, None),
        # Of the first two connections, one was only to count what is held at rest.
        Row(f"{name}: went through", "> 2 connections", survived, lane.told["open"] > 2),
        Row(f"{name}: commands without an ack", "0", lost, bool(issued) and issued <= acked),
        Row(
            f"{name}: commands not handled once",
            "0",
            str(len(twice) + len(issued ^ set(times))),
            set(times) == issued and not twice,
        ),
        Row(
            f"{name}: memory in the second half",
            f"≤ {most:g} MiB more",
            grown_words,
            grown <= most,
        ),
        Row(
            f"{name}: held at rest",
            f"{held(lane.before)}, as before",
            held(lane.after),
            lane.after == lane.before,
        ),
        Row(
            f"{name}: its end",
            "exit code 0, 0 left",
            end,
            lane.code == 0 and lane.summary.get("left") == 0,
        ),
    ]


def held(counts: dict[str, int]) -> str:
    """Return counts in words."""
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def main(seconds: float, seed: int, folder: Path, tell: Callable[[str], None]) -> list[Row]:
    """Run both agents through it all, at once."""
    listen = [
        "listen",
        "--json",
        "--timeout",
        "2",
        "--exec",
        "tee -a handled",
        "--journal",
        "journal.db",
    ]
    commands = {
        "listen": [sys.executable, "-m", "edgecheck", *listen],
        "quick": [sys.executable, str(ROOT / "benchmarks" / "soak_agent.py"), "."],
    }
    half_open = {"listen": 1 if seconds > SHORT_SECONDS else 0, "quick": 3}
    lanes = []
    for name, command in commands.items():
        (folder / name).mkdir()
        chance = random.Random(f"{seed} {name}")  # noqa: S311 no secret comes of it
        lanes.append(Lane(name, folder / name, command, chance, half_open[name]))
    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(endure(lane, seconds, tell))
    most = GROWTH_MIB if seconds > SHORT_SECONDS else SHORT_GROWTH_MIB
    return [row for lane in lanes for row in rows_of(lane, most)]


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line says, and return the exit code."""
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    started = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {text}", file=sys.stderr, flush=True)

    tell(f"seed {seed}, {arguments.minutes:g} minutes")
    try:
        with TemporaryDirectory(prefix="edgecheck-soak-") as name:
            rows = asyncio.run(main(arguments.minutes * 60, seed, Path(name), tell))
    except KeyboardInterrupt:
        tell(f"interrupted; the same again: --seed {seed}")
        return 130
    if arguments.print:
        print(show(rows))
        return int(any(row.met is False for row in rows))
    return record("make soak", rows, f"Seed {seed}, {arguments.minutes:g} minutes.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="The live connection under all that happens to one."
    )
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--print", action="store_true", help="leave RESULTS.md as it is")
    sys.exit(run(parser.parse_args()))
