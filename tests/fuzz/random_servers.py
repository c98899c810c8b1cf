"""Servers that behave at random, from a seed, and what must hold for a checkup of each.

They send random bytes at random stages, in random pieces, with random pauses and ends. The checkup
must end with a verdict or without a problem, print one document, and keep to its time limits.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import random
import socket
import ssl
import struct
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from edgecheck.diagnose import StageResult
from edgecheck.facts import Stage
from edgecheck.simulator.behaviour import Certificate
from edgecheck.simulator.certificates import make
from edgecheck.wire.budget import ANSWER_GRACE, BANNER_WAIT, BODY_WAIT, CLOSE_WAIT, SECOND_LOOK
from tests.doctor import SECRET, bare_environ, examined
from tests.fuzz.targets import assert_inert, assert_report
from tests.raw_server import accept_of, close, frame
from tests.timing import PATIENCE, seconds

# The limit of one stage, in seconds.
LIMIT = seconds(0.3)
# The seconds that a checkup may take beyond the limits, with so many at once. The time for which
# the machine keeps the event loop waiting is measured, and comes on top.
SLACK = seconds(2.0)
AT_ONCE = 8
_TICK = 0.05
# Pauses within an answer, in seconds; the longest one exceeds the limit of a stage.
_PAUSES = (0.0, 0.0, 0.0, 0.001, 0.02, 1.5 * LIMIT)
_STATUSES = (200, 204, 301, 400, 401, 403, 404, 407, 429, 500, 502, 503, 504, 530, 999)


@dataclass(frozen=True)
class Fate:
    """What a checkup meets, all from one seed.

    Args:
        seed: of everything else.
        scheme: ``ws``, or ``wss`` with a certificate that is trusted or not.
        proxied: the server is a proxy with a backend behind it.
    """

    seed: str
    scheme: str
    trusted: bool
    proxied: bool

    @property
    def most_seconds(self) -> float:
        """The sum of all time limits that a checkup can use up with it."""
        trip = 4 * LIMIT + BODY_WAIT * (2 if self.proxied else 1) + BANNER_WAIT + CLOSE_WAIT
        return 2 * trip + min(SECOND_LOOK, LIMIT) + min(ANSWER_GRACE, LIMIT)


def fate_of(seed: str) -> Fate:
    """Draw what a checkup meets."""
    draw = random.Random(seed)
    return Fate(seed, draw.choice(("ws", "ws", "wss")), draw.random() < 0.7, draw.random() < 0.2)


class Server:
    """One server. Each of its connections draws again."""

    def __init__(self, fate: Fate, context: ssl.SSLContext) -> None:
        self._draw = random.Random(f"{fate.seed} server")
        self._fate, self._context = fate, context

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        draw = random.Random(self._draw.random())
        try:
            await self._serve(draw, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
            pass
        finally:
            self._end(draw, writer)

    async def _serve(
        self, draw: random.Random, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # At any stage it may stop, or send anything.
        if self._fate.proxied:
            if not await self._passes(draw, reader, writer):
                return
            request = await reader.readuntil(b"\r\n\r\n")
            if request.startswith(b"CONNECT"):
                status = draw.choice((200, 200, 200, 403, 407, 502))
                await self._say(
                    draw, writer, b"HTTP/1.1 %d X\r\n%s\r\n" % (status, self._fields(draw))
                )
                if status != 200:
                    return
        if not await self._passes(draw, reader, writer):
            return
        if self._fate.scheme == "wss":
            await writer.start_tls(self._context)
            if not await self._passes(draw, reader, writer):
                return
        request = await reader.readuntil(b"\r\n\r\n")
        if not await self._passes(draw, reader, writer):
            return
        status = 101 if draw.random() < 0.5 else draw.choice(_STATUSES)
        if status == 101 and draw.random() < 0.8:
            head = accept_of(request)
        else:
            head = b"HTTP/1.%d %d %s\r\n%s\r\n" % (
                draw.randrange(2),
                status,
                self._noise(draw, 20),
                self._fields(draw),
            )
        if draw.random() < 0.2:
            head = self._damaged(draw, head)
        body = self._noise(draw, 70_000) if draw.random() < 0.1 else self._noise(draw, 500)
        await self._say(
            draw,
            writer,
            head + (body if status != 101 else self._frames(draw) if draw.random() < 0.5 else b""),
        )
        if status == 101:
            for _ in range(draw.randrange(4)):
                await self._say(draw, writer, self._frames(draw))

    async def _passes(
        self, draw: random.Random, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Return whether to go on to the next stage; if not, do something else and end."""
        chance = draw.random()
        if chance < 0.85:
            return True
        if chance < 0.88:
            await self._say(draw, writer, self._noise(draw, 400))
            return True
        if chance < 0.94:
            await self._say(draw, writer, self._noise(draw, 400))
        if chance < 0.97:
            await reader.read(draw.choice((1, 100, 4096)))
        return False

    async def _say(self, draw: random.Random, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Send in random pieces with random pauses; sometimes stop in the middle."""
        if draw.random() < 0.1:
            data = data[: draw.randrange(len(data) + 1)]
        while data:
            size = draw.choice((1, 7, 100, len(data), len(data)))
            writer.write(data[:size])
            await writer.drain()
            data = data[size:]
            # A long body in single bytes, with a pause after each, would take too long.
            await asyncio.sleep(draw.choice(_PAUSES) if len(data) < 2000 else 0.0)

    def _frames(self, draw: random.Random) -> bytes:
        kinds = (
            lambda: frame(1, b'{"type":"pong"}'),
            lambda: frame(draw.choice((1, 2)), self._noise(draw, 300)),
            lambda: frame(draw.randrange(16), self._noise(draw, 140), fin=draw.random() < 0.7),
            lambda: close(
                draw.choice((1000, 1001, 1008, 1011, 4001, 4999, 0, 1005, 65535)),
                self._noise(draw, 123),
            ),
            lambda: frame(9, self._noise(draw, 125)),
            lambda: self._noise(draw, 60),
            lambda: self._damaged(
                draw,
                frame(
                    1,
                    b'{"type":"command","payload":'
                    b'{"command_id":"1","command_type":"x","payload":{}}}',
                ),
            ),
        )
        return b"".join(draw.choice(kinds)() for _ in range(draw.randrange(6)))

    def _fields(self, draw: random.Random) -> bytes:
        names = (
            b"Server",
            b"Content-Length",
            b"Transfer-Encoding",
            b"Location",
            b"Retry-After",
            b"Date",
            b"WWW-Authenticate",
            b"Upgrade",
        )
        values = (
            b"0",
            b"5",
            b"99999999999999999999",
            b"chunked",
            b"websocket",
            b"https://portal.example/",
            b"Basic realm=",
            b"",
            b"nginx",
        )
        lines = [
            draw.choice(names)
            + b": "
            + (draw.choice(values) if draw.random() < 0.7 else self._noise(draw, 40))
            + b"\r\n"
            for _ in range(draw.randrange(8))
        ]
        return b"".join(lines)

    def _noise(self, draw: random.Random, most: int) -> bytes:
        size = draw.randrange(most + 1)
        match draw.randrange(4):
            case 0:
                return draw.randbytes(size)
            case 1:
                return draw.choice(
                    (b"\0", b"\r\n", b"x", b"{", b"\xff", b"HTTP/1.1 ", b"\x16\x03\x01", b"<a>")
                ) * (size // 2)
            case 2:
                return f"bad token {SECRET}".encode()[:size]
            case _:
                return "\u202e\x1b]0;x\x07[red]é{host}\u2028"[: size // 2].encode()[:size]

    def _damaged(self, draw: random.Random, data: bytes) -> bytes:
        place = draw.randrange(len(data) + 1)
        return data[:place] + draw.randbytes(draw.randrange(4)) + data[place + draw.randrange(8) :]

    def _end(self, draw: random.Random, writer: asyncio.StreamWriter) -> None:
        match draw.randrange(3):
            case 0:
                with contextlib.suppress(OSError):
                    # RFC 9293, section 3.10.4: closing without time to linger resets the
                    # connection.
                    writer.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                    )
                writer.transport.abort()
            case 1:
                if writer.can_write_eof():
                    with contextlib.suppress(OSError):
                        writer.write_eof()
        writer.close()


@dataclass(frozen=True)
class Broken:
    """A checkup for which something did not hold.

    Args:
        seed: of its server.
        why: what did not hold.
    """

    seed: str
    why: str


class Arena:
    """Makes checkups of random servers, several at once.

    Args:
        folder: for certificates and settings.
    """

    def __init__(self, folder: Path) -> None:
        served = make(Certificate(), "localhost", folder)
        assert served.ca_file is not None
        self._folder, self._context, self._ca_file = folder, served.context, served.ca_file
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.verdicts: dict[str, int] = {}
        # The most seconds that a stage took beyond its limit, and a checkup beyond all limits.
        self.stage_over = self.over = -math.inf
        # Seconds by which the loop's timers were late so far, taken together.
        self._late = 0.0

    async def _watch_the_machine(self) -> None:
        """Measure how late a timer is, again and again."""
        while True:
            due = time.perf_counter() + _TICK
            await asyncio.sleep(_TICK)
            self._late += max(time.perf_counter() - due, 0.0)

    async def all(self, seeds: Sequence[str], *, processes: int) -> list[Broken]:
        """Make all checkups, and return what did not hold.

        Args:
            processes: for the first so many, run the command in its own process as well.
        """
        watching = asyncio.create_task(self._watch_the_machine())
        found = await asyncio.gather(
            *(self.one(seed, process=number < processes) for number, seed in enumerate(seeds))
        )
        watching.cancel()
        return [broken for broken in found if broken is not None]

    async def one(self, seed: str, *, process: bool = False) -> Broken | None:
        """Examine one server."""
        fate = fate_of(seed)
        async with self._turns, self._serving(fate) as port:
            try:
                await (
                    self._examine_by_process(fate, port) if process else self._examine(fate, port)
                )
            except Exception as error:  # noqa: BLE001 any exception is a finding
                return Broken(seed, f"{fate}: {type(error).__name__}: {error}")
        return None

    @asynccontextmanager
    async def _serving(self, fate: Fate) -> AsyncIterator[int]:
        server = await asyncio.start_server(Server(fate, self._context), "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    async def _examine(self, fate: Fate, port: int) -> None:
        options = self._options(fate, port)
        late, started = self._late, time.perf_counter()
        async with asyncio.timeout(fate.most_seconds + PATIENCE):
            report = await examined(f"{fate.scheme}://127.0.0.1:{port}", timeout=LIMIT, **options)
        took, late = time.perf_counter() - started, self._late - late

        assert_report(report)
        verdict = report.diagnosis.verdict
        self._note(
            verdict.code if verdict else "healthy",
            took - late - fate.most_seconds,
            [_over(stage) - late for stage in report.diagnosis.stages],
        )

    async def _examine_by_process(self, fate: Fate, port: int) -> None:
        options, late = self._options(fate, port), self._late
        words = [
            "doctor",
            "--json",
            "--timeout",
            str(LIMIT),
            "--url",
            f"{fate.scheme}://127.0.0.1:{port}",
            "--agent-id",
            "edge_1",
        ]
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-m", "edgecheck", *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._folder,
            env={**bare_environ(self._folder), "EDGE_SECRET": SECRET},
        )
        try:
            async with asyncio.timeout(fate.most_seconds + PATIENCE):
                out, err = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise

        late = self._late - late
        report = json.loads(out)
        assert err == b""
        assert process.returncode == (0 if report["ok"] else 1)
        assert "error" not in report
        assert report["ok"] or report["verdict"]
        assert_inert(out.decode())
        self._note(
            report["verdict"]["code"] if report["verdict"] else "healthy",
            report["total_ms"] / 1000 - late - fate.most_seconds,
            [],
        )

    def _options(self, fate: Fate, port: int) -> dict[str, object]:
        options: dict[str, object] = (
            {"ca_file": self._ca_file} if fate.scheme == "wss" and fate.trusted else {}
        )
        return {**options, "proxy": f"http://127.0.0.1:{port}"} if fate.proxied else options

    def _note(self, verdict: str, over: float, stages_over: list[float]) -> None:
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
        self.over, self.stage_over = (
            max(self.over, over),
            max(self.stage_over, *stages_over, -math.inf),
        )
        assert over <= SLACK, f"{over:.1f} s beyond all limits"
        assert max(stages_over, default=0.0) <= SLACK, (
            f"{stages_over} s beyond the limits of the stages"
        )


def _over(stage: StageResult) -> float:
    """Return the seconds that a stage took beyond its limit and the shorter limits within it."""
    # The refusal of a proxy has a body; an answer that is not TLS or HTTP gets a moment to arrive.
    within = {
        Stage.PROXY: BODY_WAIT + BANNER_WAIT,
        Stage.TLS: BANNER_WAIT,
        Stage.UPGRADE: BANNER_WAIT,
    }
    return stage.span.duration_ms / 1000 - LIMIT - within.get(stage.stage, 0.0)


def met(seeds: Sequence[str], *, processes: int) -> tuple[list[Broken], Arena]:
    """Examine one server for each seed."""

    async def meet() -> tuple[list[Broken], Arena]:
        # asyncio would log how the servers end; that is not a fault of the checkup.
        asyncio.get_running_loop().set_exception_handler(lambda _, context: None)
        with TemporaryDirectory(prefix="edgecheck-fuzz-") as folder:
            arena = Arena(Path(folder))
            return await arena.all(seeds, processes=processes), arena

    return asyncio.run(meet())
