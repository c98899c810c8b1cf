"""The entries of text from outside, each as a function of bytes, with what must always hold.

Hypothesis calls them in the test suite, atheris in `make fuzz`. Each returns nothing, and raises an
exception if something does not hold.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import io
import json
import socket
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edgecheck.agent.backoff import retry_after
from edgecheck.agent.pinger import Event, Pinger
from edgecheck.agent.worker import cleaned
from edgecheck.backend import commands as asked
from edgecheck.backend import messages as protocol
from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue.config import LINT
from edgecheck.checkup import concluded, offline
from edgecheck.cli.ends import UsageError
from edgecheck.cli.process import Process
from edgecheck.cli.replay import replayed
from edgecheck.escapes import is_unsafe
from edgecheck.facts import MessageKind
from edgecheck.facts.dates import from_http, to_rfc3339
from edgecheck.probe.conversation import converse as converse_over
from edgecheck.render import formats, github, text
from edgecheck.render import json as as_json
from edgecheck.repl import commands, frames
from edgecheck.report import Report, report_in, report_of
from edgecheck.settings.model import Settings
from edgecheck.settings.sources import Options, load
from edgecheck.wire.clock import Clock
from edgecheck.wire.opening import opening_of
from edgecheck.wire.session import Ended, Session
from edgecheck.wire.stream import TlsStream
from edgecheck.wire.target import initial_facts
from edgecheck.wire.trip import Trip
from edgecheck.wire.upgrade import upgrade
from tests.doctor import SECRET
from tests.raw_server import (
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    accept_of,
    close,
    frame,
    request_of,
    serving,
)
from tests.raw_server import text as text_frame
from tests.test_secret_hunt import found
from tests.timing import PATIENCE

# The longest report that a hostile server was seen to cause has 0.9 MB: a body of 64 KiB, escaped,
# twice.
LONGEST = 2_000_000
WIDTH = 80
# In seconds. Nothing depends on it here: all bytes are there at once, and then the end.
_LIMIT = PATIENCE


@dataclass(frozen=True)
class Target:
    """One entry of text from outside.

    Args:
        name: for people.
        run: takes bytes.
        seeds: real samples to begin with.
    """

    name: str
    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


# --- what holds for every output ------------------------------------------------------------------


def assert_inert(said: str, *, secret: str | None = SECRET) -> None:
    """Check that a text has no live character but line ends, no secret, and a limited length."""
    assert [character for character in set(said) - {"\n"} if is_unsafe(character)] == []
    assert secret is None or found(secret, said) == []
    assert len(said) < LONGEST, len(said)


def assert_report(report: Report, *, secret: str | None = SECRET) -> None:
    """Check a report: it has a verdict or no problem, every format shows it, and it can be read."""
    document = json.loads(as_json.report(report))
    assert (report.diagnosis.verdict is None) == report.diagnosis.ok
    assert [stage["stage"] for stage in document["stages"]] == [
        "config",
        "dns",
        "tcp",
        "proxy",
        "tls",
        "upgrade",
        "auth",
        "session",
    ]
    again = json.loads(as_json.report(report_in(document)))
    for each in (again, document):
        # A command that stood in the file is marked when it is read.
        (each["verdict"] or {}).pop("remedies", None)
    assert again["verdict"] == document["verdict"]
    screen = (
        *text.opening(report, WIDTH),
        *text.closing(report, WIDTH),
        *text.problems(report, WIDTH),
    )
    # The document holds everything that the other formats can show.
    assert_inert(as_json.report(report), secret=secret)
    for said in (
        "\n".join(line.plain for line in screen),
        "\n".join(github.commands(report)),
        *(form.render(report) for form in formats.FORMATS),
    ):
        assert_inert(said, secret=None)


def settings_for(url: str = "ws://127.0.0.1:9", **options: Any) -> Settings:
    """Return good settings for an address, changed by the options."""
    environ = {"BACKEND_URL": url, "EDGE_SECRET": SECRET, "EDGE_AGENT_ID": "edge_1"}
    return load(
        Options(timeout=_LIMIT, **options), environ=environ, cwd=Path("/"), stdin=io.BytesIO()
    )


# --- settings -------------------------------------------------------------------------------------

_FOLDER = tempfile.TemporaryDirectory(prefix="edgecheck-fuzz-")
atexit.register(_FOLDER.cleanup)


def env_file(data: bytes) -> None:
    """Read, lint and report a ``.env`` file with these bytes."""
    path = Path(_FOLDER.name) / ".env"
    path.write_bytes(data)
    settings = load(Options(env_file=path), environ={}, cwd=path.parent, stdin=io.BytesIO())
    # The secret is what the file says it is. If the same text is also a name or a part of an
    # address, it may not be secret there.
    revealed = settings.secret.secret.reveal() if settings.secret else ""
    alone = (
        SECRET in revealed
        and found(SECRET, data.replace(SECRET.encode(), b"", 1).decode("latin-1")) == []
    )
    assert_report(offline(settings), secret=SECRET if alone else None)
    if LINT.request_possible(settings):
        assert opening_of(settings).endpoint.url.isascii()


def address(data: bytes) -> None:
    """Use an address for the backend, and for a proxy."""
    said = data.decode("utf-8", "surrogateescape")
    secret = None if found(SECRET, said) else SECRET
    for settings in (settings_for(said), settings_for(proxy=said), settings_for(said, proxy=said)):
        assert_report(offline(settings), secret=secret)
        if LINT.request_possible(settings):
            plan = opening_of(settings)
            assert plan.endpoint.url.isascii()
            assert plan.endpoint.url.isprintable()
            # Text that is written into the head of the request cannot end its line.
            assert not set(plan.endpoint.resource + plan.endpoint.authority) & set("\r\n\0 ")


# --- the network ----------------------------------------------------------------------------------


class _Said:
    """A stream on which all has arrived, in pieces: the answer to the request, and the end."""

    def __init__(self, data: bytes, *, accepting: bool) -> None:
        self._data, self._accepting = data, accepting
        self._pieces: list[bytes] = []

    async def send(self, data: bytes) -> None:
        if data.startswith(b"GET "):
            said = accept_of(data) + self._data if self._accepting else self._data
            # Pieces of every length, so that each border is met.
            step = 1 + len(said) % 700
            self._pieces = [said[i : i + step] for i in range(0, len(said), step)]

    async def receive(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def push_back(self, data: bytes) -> None:
        self._pieces.insert(0, data)

    def taken_apart(self) -> tuple[socket.socket, tuple[TlsStream, ...]]:
        """Send the rest over a socket, and end it."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        # Only what fits into the socket's buffer, because nobody reads it now.
        with theirs, contextlib.suppress(OSError):
            theirs.setblocking(False)
            theirs.send(b"".join(self._pieces))
        return ours, ()

    def close(self) -> None:
        self._pieces.clear()


def _answered(data: bytes, *, accepting: bool) -> None:
    settings, clock = settings_for(), Clock()
    facts = initial_facts(settings, clock)
    stream, plan = _Said(data, accepting=accepting), opening_of(settings)

    async def converse() -> Report:
        seen, sans_io = await upgrade(stream, plan, clock)
        known = replace(facts, upgrade=seen)
        if sans_io is not None:
            session = await Session.over(stream, sans_io, plan.clean, clock, EDGE)
            known = replace(known, session=await converse_over(session, _LIMIT))
            await session.leave()
        return report_of(known, "0")

    secret = None if found(SECRET, data.decode("latin-1")) else SECRET
    assert_report(asyncio.run(converse()), secret=secret)


def http_answer(data: bytes) -> None:
    """Answer the upgrade request: with a head, a body, or something else."""
    _answered(data, accepting=False)
    for value in (data, data[-40:]):
        date = from_http(value.decode("latin-1"))
        assert date is None or to_rfc3339(date).isascii()
        seconds = retry_after(value.decode("latin-1"), datetime(2026, 1, 5, tzinfo=UTC))
        assert seconds is None or seconds >= 0


def first_frames(data: bytes) -> None:
    """Send bytes after the 101, to the checkup."""
    _answered(data, accepting=True)


def live_frames(data: bytes) -> None:
    """Send bytes after the 101, to `ping`, over a real socket."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)) + data)
        await writer.drain()
        writer.write_eof()
        await reader.read()

    async def converse() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: stray.append(context))
        async with serving(handle) as server:
            settings = settings_for(f"ws://127.0.0.1:{server.port}")
            trip = Trip.of(settings)
            session = await trip.open_alone()
            assert session is not None
            pinger = Pinger(
                session, interval=1.0, wait=_LIMIT, count=1, control=False, observe=events.append
            )
            try:
                await pinger.run(asyncio.Event(), None)
            except Ended:
                await session.closed()
                trip.learn(session=session.facts())
                assert_report(await concluded(settings, trip), secret=secret)
            await session.close()

    stray: list[dict[str, Any]] = []
    events: list[Event] = []
    secret = None if found(SECRET, data.decode("latin-1")) else SECRET
    asyncio.run(asyncio.wait_for(converse(), 2 * PATIENCE))
    assert stray == []
    for event in events:
        message = getattr(event, "message", None)
        if message is not None:
            assert_inert(message.excerpt + message.detail, secret=secret)


def message(data: bytes) -> None:
    """Show one message of the protocol, as text and as bytes, as each command does."""
    clean = opening_of(settings_for()).clean
    for said in (data, data.decode("utf-8", "surrogateescape")):
        parsed = protocol.parse(said, EDGE)
        assert len(parsed.excerpt) <= 10 * protocol.EXCERPT + 1
        assert_inert(parsed.excerpt + parsed.detail, secret=None)
        decoded, commands = protocol.decode(said, EDGE), EDGE.commands
        assert commands is not None
        if isinstance(decoded, dict):
            command = asked.command_of(decoded, commands)
            assert (parsed.kind is MessageKind.COMMAND) == (
                isinstance(command, asked.Command) and decoded["type"] == "command"
            )
            if isinstance(command, asked.Command):
                arguments = asked.arguments_of(command, commands)
                assert_inert(as_json.line({"payload": cleaned(arguments, clean)}))
                json.loads(asked.ack(command.command_id, commands))
        for shown in (frames.one_line(said, clean, WIDTH), *frames.in_full(said, clean)):
            assert_inert("".join(part if isinstance(part, str) else part[0] for part in shown))


# --- what is typed, and what is handed in ---------------------------------------------------------


def typed_line(data: bytes) -> None:
    """Parse and complete a line that was typed at the prompt."""
    line = data.decode("utf-8", "surrogateescape")
    for call in (commands.parse, commands.help_lines):
        why = _refusal(commands.NotUnderstood, lambda call=call: call(line))  # type: ignore[misc]
        assert why is None or 0 < len(why) < 2000
    for candidate in commands.complete(
        line, open_commands=["cmd_1", "cmd_2"], shown=["cmd_1", "7"]
    ):
        assert candidate.typed <= len(line)


def replay(data: bytes) -> None:
    """Give a report to ``--replay``: it is judged, or rejected with a sentence."""
    path = Path(_FOLDER.name) / "report.json"
    path.write_bytes(data)
    reports: list[Report] = []
    why = _refusal(UsageError, lambda: reports.append(replayed(Process.here(), str(path))))
    assert why is None or 0 < len(why) < LONGEST
    for report in reports:
        # Its author may write anything, but no live character is shown.
        assert_report(report, secret=None)


def _refusal(kind: type[Exception], call: Callable[[], object]) -> str | None:
    """Return the text of the one exception that may be raised."""
    try:
        call()
    except kind as error:
        return str(error)
    return None


def _reports() -> Iterable[bytes]:
    """Give real reports, small ones: of a refusal, of a close, of bad settings."""
    from tests.sights import answered
    from tests.sights import closed as closed_with

    for facts in (
        answered(403, "<html>nginx</html>", Server="nginx"),
        closed_with(1008, "Token verification failed"),
    ):
        yield as_json.report(report_of(facts, "0")).encode()
    yield as_json.report(offline(settings_for("https://x.example"))).encode()


_GOOD = f"BACKEND_URL=wss://backend.example\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n".encode()
_COMMAND = (
    b'{"type":"command","payload":{"command_id":"cmd_1","command_type":"schedule_message",'
    b'"payload":{"thread_id":"t","message_text":"m","send_at":"2026-01-05T09:12:44Z",'
    b'"is_group":false,"priority":"normal"},"timestamp":"2026-01-05T09:12:44Z"}}'
)
_MESSAGES = (
    b'{"type":"pong"}',
    b'{"type":"ping"}',
    _COMMAND,
    b'{"type":"x","y":[1,1.5e3,null,true,"\\u001b"]}',
    b"hello",
    b'{"type":7}',
)

TARGETS = (
    Target(
        "env file",
        env_file,
        (
            _GOOD,
            _GOOD.replace(b"\n", b"\r\n"),
            b"\xef\xbb\xbf" + _GOOD,
            _GOOD.decode().encode("utf-16"),
            _GOOD.replace(b"EDGE_SECRET=", b'EDGE_SECRET="Bearer ').replace(
                b"\nEDGE_A", b'"\nEDGE_A'
            ),
            _GOOD.replace(b"EDGE_SECRET", b"export EDGE_SERCET")
            + b"EDGE_AGENT_ID: edge_2 # x\nX='${HOME}'\nnonsense\n",
        ),
    ),
    Target(
        "address",
        address,
        (
            b"wss://backend.example",
            b"https://user:password@backend.example:8443/edge/ws?a=b#c",
            b"ws://[::1]:80/",
            b"wss:/backend",
            b"socks5h://u:p@127.0.0.1:1080",
            "wss://bücher.example/ä".encode(),
        ),
    ),
    Target(
        "HTTP answer",
        http_answer,
        (
            (
                b"HTTP/1.1 403 Forbidden\r\nServer: nginx\r\nContent-Length: 5\r\nDate: Mon, 05 "
                b"Jan "
                b"2026 09:12:44 GMT\r\n\r\nhello"
            ),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            b"HTTP/1.0 502 Bad Gateway\n\n<html>",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Slow\r\nRetry-After: 7\r\n\r\n",
            (
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                b"Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"
            ),
            b"HTTP/1.1 302 Found\r\nLocation: https://portal.example/login\r\n\r\n",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"\x15\x03\x01\x00\x02\x02\x46",
        ),
    ),
    *(
        Target(
            name,
            run,
            (
                b"".join(map(text_frame, ('{"type":"pong"}', '{"type":"x"}'))),
                close(1008, b"Token verification failed"),
                close(4001, b"Missing Authorization header"),
                frame(CLOSE),
                frame(PING, b"x")
                + frame(PONG)
                + frame(1, b'{"type":', fin=False)
                + frame(CONTINUATION, b'"pong"}'),
                frame(2, _COMMAND) + frame(1, _COMMAND) + frame(1, b"\xff"),
                b"\x81\x7f" + (1 << 40).to_bytes(8) + b"x",
                b"<html>",
            ),
        )
        for name, run in (("frames after 101", first_frames), ("frames, live", live_frames))
    ),
    Target("message", message, _MESSAGES),
    Target("report to replay", replay, tuple(_reports())),
    Target(
        "line at the prompt",
        typed_line,
        (
            *(entry.name.encode() for entry in commands.TABLE),
            b"ack cmd_1 failed",
            b"close 4000 enough",
            b"set keepalive 5",
            b"wait pong 5",
            b'send {"type":"ping"}',
        ),
    ),
)
