"""A conversation with the backend: what was typed is done, what comes is told."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TextIO

from ..agent.ending import report_of_end
from ..agent.keepalive import Keepalive
from ..agent.link import Ended, Link, Received, Unopened, open_link
from ..agent.round_trips import number
from ..backend import messages as protocol
from ..backend.messages import KEEPALIVE_SECONDS
from ..facts import MessageKind, SessionFacts
from ..render.words import WHOSE_TURN
from ..report import Report
from ..settings.model import Settings
from ..settings.secret import MASK
from ..wire.clock import now
from ..wire.opening import opening_of
from ..wording.units import elapsed
from .commands import ALL, Request, help_lines
from .frames import Frame, Part, in_full, one_line

# Frames that `show` finds: the last ones, as long as they are not too much together.
FRAMES_KEPT = 200
CHARACTERS_KEPT = 32 * 1024 * 1024
# A frame's text in a JSON line or in a record.
TEXT_LIMIT = 64 * 1024
# A command is shown whole, though a terminal breaks its line; what is longer is cut, and `show` has
# all of it.
LINE_LIMIT = 600
# RFC 6455, section 5.5: what a control frame holds.
CONTROL_LIMIT = 125
PING_SECONDS = 1.0
# The default limit of Python's websockets.
USUAL_LIMIT = 1024 * 1024


class Reporter(Protocol):
    """Where to tell what happens."""

    as_json: bool
    verbose: bool

    def event(self, name: str, *parts: Part, **fields: object) -> None:
        """Tell one event: a line of parts for people, fields for scripts."""

    def verdict(self, report: Report, *, alone: bool = False) -> None:
        """Show why there is no connection, or no more."""


@dataclass
class Open:
    """A command that is not acknowledged."""

    command: protocol.Command
    data: str | bytes
    since: float


class Failed(Exception):
    """A line could not be done; the text says why."""


class Quit(Exception):
    """The person has had enough."""


class Talk:
    """One conversation, over one connection after another.

    Args:
        settings: where to, as whom, and how; a request can be written with them.
        reporter: where everything is told.
        examine: a checkup: finds out why no connection comes about.
        brief: tell a verdict in short, because a person sits there who can ask for more.
    """

    def __init__(
        self,
        settings: Settings,
        reporter: Reporter,
        *,
        examine: Callable[[], Coroutine[Any, Any, Report]],
        brief: bool,
    ) -> None:
        self._settings, self._reporter, self._examine, self._brief = (
            settings,
            reporter,
            examine,
            brief,
        )
        self._plan = opening_of(settings)
        self.clean = self._plan.clean
        self.open_commands: OrderedDict[str, Open] = OrderedDict()
        self.round_trip: float | None = None  # milliseconds, the last
        self.link: Link | None = None
        self.since: float | None = None  # when the connection opened
        self.last_frame: float | None = None
        self._keepalive: Keepalive | None = None
        self._interval: float | None = KEEPALIVE_SECONDS
        self._autoack: str | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._ours: set[int] = set()  # pings that were typed; the keepalive's are quiet
        self._control_pings: dict[bytes, float] = {}
        self._control_count = 0
        self._frames: OrderedDict[int, Frame] = OrderedDict()
        self._characters = 0
        self._numbers = 0
        self._record: TextIO | None = None
        # What came and was not waited for yet.
        self._occasions = {"pong": 0, "command": 0, "close": 0}
        self._news = asyncio.Event()
        self._closing = False

    # --- the connection ------------------------------------------------------------------------------------------------------

    async def connect(self) -> bool:
        """Open a connection, or tell why there is none."""
        try:
            link = await open_link(self._plan)
        except Unopened as error:
            report = await self._examine()
            verdict = report.diagnosis.verdict
            if self._brief or verdict is None:
                self._short(report, error.failure.message)
            else:
                self._reporter.verdict(report)
            return False
        self.link, self.since, self._closing = link, time.perf_counter(), False
        self._occasions = dict.fromkeys(self._occasions, 0)
        self._ours.clear()
        self._control_pings.clear()
        self._keepalive = Keepalive(link, interval=self._interval)
        link.watch_control_pongs(self._take_control_pong)
        self._tell("open", " ", [f"open: {link.peer}"], {"peer": link.peer})
        self._tasks = [
            asyncio.create_task(self._receive(link)),
            asyncio.create_task(self._keepalive.run()),
        ]
        return True

    async def _receive(self, link: Link) -> None:
        try:
            while True:
                await self._take(await link.receive())
        except Ended:
            await link.closed()
        self.link = self.since = None
        self._stop_keepalive()
        await self._tell_end(link, link.facts())
        self._note("close")

    async def _tell_end(self, link: Link, session: SessionFacts) -> None:
        fields = {
            "code": session.close_code,
            "reason": session.close_reason,
            "by": session.closed_by,
        }
        if self._closing and session.closed_by == "client":
            self._tell("closed", " ", [f"closed with {session.close_code}"], fields)
            return
        report = report_of_end(self._settings, session)
        if not link.answered and session.pong is None:
            examined = await self._examine()
            report = (
                examined if examined.diagnosis.verdict is not None else report
            )  # none where all is well, or where we are ending
        verdict = report.diagnosis.verdict
        how = (
            f"{session.close_code} {session.close_reason}".rstrip()
            if session.close_code
            else "no pong in time"
        )
        self._tell(
            "closed",
            "✗",
            [(f"closed: {how}", "red")],
            {**fields, "verdict": verdict.code if verdict else None},
        )
        if self._brief:
            self._short(report, how)
        else:
            self._reporter.verdict(report, alone=True)

    def _short(self, report: Report, why: str) -> None:
        """Tell a verdict in three lines, and what to type."""
        verdict = report.diagnosis.verdict
        if verdict is None:
            self._reporter.event(
                "unopened",
                f"No connection ({why}), and a checkup right after it found the way open.",
                why=why,
            )
        elif self._reporter.as_json:
            self._reporter.verdict(report)
        else:
            self._reporter.event("", (verdict.title, "bold"))
            self._reporter.event(
                "", f"{WHOSE_TURN[verdict.side]} ", (f"edgecheck explain {verdict.code}", "cyan")
            )
        if self._brief:
            self._reporter.event("", ("reconnect", "cyan"), " opens a new connection.")

    async def close(self) -> None:
        """Close whatever is open, in good order."""
        if self.link is not None:
            self._closing = True
            await self.link.close()
            await asyncio.gather(*self._tasks[:1], return_exceptions=True)
        self._stop_keepalive()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._record is not None:
            self._record.close()
            self._record = None

    def _stop_keepalive(self) -> None:
        for task in self._tasks[1:]:
            task.cancel()

    # --- what comes ----------------------------------------------------------------------------------------------------------

    async def _take(self, received: Received) -> None:
        message = received.message
        self.last_frame = received.at
        if message.kind is MessageKind.PONG and self._keepalive is not None:
            reply = self._keepalive.pong(received.at)
            if reply is not None:
                self.round_trip = reply.seconds * 1000
                quiet = reply.sequence not in self._ours
                self._ours.discard(reply.sequence)
                beside = [(f"  {number(self.round_trip)} ms", "dim")]
                self._frame(
                    received.data,
                    sent=False,
                    beside=beside,
                    quiet=quiet,
                    time_ms=round(self.round_trip, 4),
                )
                if not quiet:
                    self._note("pong")
            else:
                self._frame(received.data, sent=False, beside=[("  unexpected", "yellow")])
            return
        self._frame(received.data, sent=False)
        if len(received.data) > USUAL_LIMIT:
            words = "More than 1 MiB: Python's websockets closes with 1009 by default."
            self._reporter.event("note", (words, "yellow"), text=words)
        if message.kind is MessageKind.COMMAND:
            await self._take_command(received)
        elif message.detail and message.kind is MessageKind.MALFORMED_COMMAND:
            self._reporter.event(
                "note",
                (f"command-malformed: {message.detail}", "yellow"),
                code="command-malformed",
                detail=message.detail,
            )

    async def _take_command(self, received: Received) -> None:
        message = protocol.decode(received.data)
        assert isinstance(message, dict)
        command = protocol.command_of(message)
        assert isinstance(command, protocol.Command)
        self.open_commands.setdefault(
            command.command_id, Open(command, received.data, time.perf_counter())
        )
        self._note("command")
        if self._autoack is not None:
            await self._ack(command.command_id, self._autoack)

    def _take_control_pong(self, payload: bytes, at: float) -> None:
        sent_at = self._control_pings.pop(payload, None)
        self.last_frame = at
        if sent_at is None:
            self._frame(payload, sent=False, kind="pong", beside=[("  unexpected", "yellow")])
            return
        self.round_trip = (at - sent_at) * 1000
        self._frame(
            payload,
            sent=False,
            kind="pong",
            beside=[(f"  {number(self.round_trip)} ms", "dim")],
            time_ms=round(self.round_trip, 4),
        )
        self._note("pong")

    def _note(self, occasion: str) -> None:
        self._occasions[occasion] += 1
        self._news.set()

    # --- what is shown -------------------------------------------------------------------------------------------------------

    def _frame(
        self,
        data: str | bytes,
        *,
        sent: bool,
        kind: str = "",
        beside: Iterable[Part] = (),
        quiet: bool = False,
        **fields: object,
    ) -> None:
        """Show, keep and record a frame."""
        kind = kind or ("binary" if isinstance(data, bytes) else "text")
        entry: dict[str, object] = {
            "direction": "sent" if sent else "received",
            "kind": kind,
            "size": len(data),
            **fields,
        }
        if self._reporter.as_json or self._record is not None:
            text = self.clean(data, TEXT_LIMIT)
            as_hex = (
                isinstance(data, bytes) and MASK not in text
            )  # a secret in hex would be one all the same
            entry |= (
                {"hex": bytes(data[: TEXT_LIMIT // 2]).hex()}
                if as_hex and isinstance(data, bytes)
                else {"text": text}
            )
        if self._record is not None:
            self._write_record(entry)
        if quiet and not self._reporter.verbose:
            return
        self._numbers += 1
        self._keep(Frame(self._numbers, now(), sent, data, kind))
        message = kind in ("text", "binary")
        parts = (
            one_line(data, self.clean, LINE_LIMIT)
            if message
            else [f"{kind} frame {self.clean(data, CONTROL_LIMIT)}"]
        )
        entry["number"] = self._numbers
        self._tell(
            "frame", "→" if sent else "←", [*parts, *beside], entry, index=f"{self._numbers:>4} "
        )

    def _keep(self, frame: Frame) -> None:
        self._frames[frame.number] = frame
        self._characters += len(frame.data)
        while len(self._frames) > FRAMES_KEPT or (
            self._characters > CHARACTERS_KEPT and len(self._frames) > 1
        ):
            _, dropped = self._frames.popitem(last=False)
            self._characters -= len(dropped.data)

    def _write_record(self, entry: dict[str, object]) -> None:
        assert self._record is not None
        try:
            self._record.write(json.dumps({"at": now(), **entry}) + "\n")
            self._record.flush()
        except OSError as error:
            self._record = None
            self._reporter.event(
                "note", (f"recording ended: {error.strerror}", "red"), error=error.strerror
            )

    def _tell(
        self,
        name: str,
        arrow: str,
        parts: Iterable[Part],
        fields: Mapping[str, object],
        *,
        index: str = "",
    ) -> None:
        moment = f"{datetime.now().astimezone():%H:%M:%S.%f}"[:-3]
        self._reporter.event(name, (moment, "dim"), f" {arrow} ", (index, "dim"), *parts, **fields)

    # --- what is typed -------------------------------------------------------------------------------------------------------

    async def do(self, request: Request) -> None:
        """Do what was typed.

        Raises:
            Failed: it could not be done.
            NotUnderstood: likewise.
            Quit: nothing more is wanted.
        """
        try:
            await getattr(self, f"_do_{request.name.replace('-', '_')}")(*request.values)
        except Ended:
            raise Failed("the connection is over; reconnect opens a new one") from None

    def _connected(self) -> Link:
        if self.link is None:
            raise Failed("there is no connection; reconnect opens one")
        return self.link

    async def _do_ping(self, times: int) -> None:
        for left in range(times - 1, -1, -1):
            self._connected()
            assert self._keepalive is not None
            self._ours.add(self._keepalive.ping())
            self._frame(protocol.PING, sent=True)
            if left:
                await asyncio.sleep(PING_SECONDS)

    async def _do_control_ping(self) -> None:
        link = self._connected()
        self._control_count += 1
        payload = f"ping {self._control_count}".encode()
        self._control_pings[payload] = link.control_ping(payload)
        self._frame(payload, sent=True, kind="ping")

    async def _do_send(self, text: str) -> None:
        await self._connected().send(text)
        self._frame(text, sent=True)

    _do_raw = _do_send

    async def _do_ack(self, which: str | None, status: str) -> None:
        if not self.open_commands:
            raise Failed("no command waits for an ack")
        if which is None:
            which = next(iter(self.open_commands))
        for command_id in list(self.open_commands) if which == ALL else [self._find(which)]:
            await self._ack(command_id, status)

    def _find(self, word: str) -> str:
        """Return the id of the open command that is shown like this."""
        for command_id in self.open_commands:
            if word in (command_id, self.clean(command_id, protocol.EXCERPT)):
                return command_id
        raise Failed(f"no command {word[:60]!r} waits for an ack; commands lists those that do")

    async def _ack(self, command_id: str, status: str) -> None:
        text = protocol.ack(command_id, status)
        await self._connected().send(text)
        self.open_commands.pop(command_id, None)
        self._frame(text, sent=True)

    async def _do_commands(self) -> None:
        if not self.open_commands:
            self._reporter.event("commands", "No command waits for an ack.", commands=[])
            return
        ids = self.shown_ids()
        if self._reporter.as_json:
            self._reporter.event("commands", commands=ids)
            return
        for shown, waiting in zip(ids, self.open_commands.values(), strict=True):
            kind = self.clean(waiting.command.command_type, protocol.EXCERPT)
            self._reporter.event(
                "", (shown, "bold"), f" {kind}, for {elapsed(time.perf_counter() - waiting.since)}"
            )

    async def _do_show(self, word: str) -> None:
        data: str | bytes
        if word.isdecimal() and int(word) in self._frames:
            data = self._frames[int(word)].data
        else:
            try:
                data = self.open_commands[self._find(word)].data
            except Failed:
                raise Failed(
                    f"no frame {word[:60]!r} is kept, and no command of that id is open"
                ) from None
        lines = in_full(data, self.clean)
        plain = [
            "".join(part if isinstance(part, str) else part[0] for part in line) for line in lines
        ]
        if self._reporter.as_json:
            self._reporter.event("show", lines=plain)
            return
        for line in lines:
            self._reporter.event("", *(line or [""]))

    async def _do_close(self, code: int, reason: str) -> None:
        link = self._connected()
        self._closing = True
        await link.close(code, reason)
        await asyncio.gather(*self._tasks[:1], return_exceptions=True)

    async def _do_reconnect(self) -> None:
        if self.link is not None:
            await self._do_close(1000, "")
        if not await self.connect():
            raise Failed("no connection")

    async def _do_status(self) -> None:
        keepalive = "off" if self._interval is None else f"{self._interval:g} s"
        fields: dict[str, object] = {
            "state": "open" if self.link is not None else "closed",
            "agent_id": self.clean(self._plan.agent_id),
            "peer": self.link.peer if self.link is not None else None,
            "round_trip_ms": None if self.round_trip is None else round(self.round_trip, 4),
            "uptime_s": None if self.since is None else round(time.perf_counter() - self.since, 3),
            "unacknowledged": len(self.open_commands),
            "keepalive": keepalive,
            "autoack": self._autoack or "off",
        }
        if self._reporter.as_json:
            self._reporter.event("status", **fields)
            return
        self._reporter.event("", self.toolbar())
        self._reporter.event(
            "",
            f"keepalive {keepalive}, autoack {self._autoack or 'off'}"
            + (f", peer {self.link.peer}" if self.link else ""),
        )

    async def _do_set(self, what: str, value: Any) -> None:
        if what == "autoack":
            self._autoack = value
            return
        self._interval = value
        if self._keepalive is not None and self.link is not None:
            self._stop_keepalive()
            self._keepalive.interval = value
            self._tasks[1:] = [asyncio.create_task(self._keepalive.run())]

    async def _do_record(self, path: str | None) -> None:
        if self._record is not None:
            self._record.close()
            self._record = None
        if path is None:
            return
        try:
            file = Path(path).expanduser()  # noqa: ASYNC240 a person names it, and waits for it
            self._record = _private(file)
        except (OSError, RuntimeError, ValueError) as error:
            raise Failed(
                f"{path}: {error.strerror if isinstance(error, OSError) else error}"
            ) from None

    async def _do_wait(self, occasion: str, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not self._occasions[occasion] and (
                    self.link is not None or occasion == "close"
                ):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Failed(f"no {occasion} within {seconds:g} s") from None
        if not self._occasions[occasion]:
            raise Failed(f"no {occasion}: the connection is over")
        self._occasions[occasion] -= 1

    async def _do_help(self, name: str | None) -> None:
        lines = help_lines(name)
        if self._reporter.as_json:
            self._reporter.event("help", lines=lines)
            return
        for line in lines:
            self._reporter.event("", line)

    async def _do_quit(self) -> None:
        raise Quit

    # --- for whoever shows it ------------------------------------------------------------------------------------------------

    def shown_ids(self) -> list[str]:
        """Return the ids of the open commands, as they are shown and typed."""
        return [self.clean(command_id, protocol.EXCERPT) for command_id in self.open_commands]

    def showable(self) -> list[str]:
        """Return what `show` takes."""
        return [*self.shown_ids(), *map(str, reversed(self._frames))]

    def toolbar(self) -> str:
        """Return how things stand, in less than 80 columns."""
        clock = time.perf_counter()
        state = "open" if self.link is not None else "closed"
        parts = [state, "rtt –" if self.round_trip is None else f"rtt {number(self.round_trip)} ms"]
        if self.since is not None:
            parts.append(f"up {elapsed(clock - self.since)}")
        parts.append(f"{len(self.open_commands)} to ack")
        if self.last_frame is not None:
            parts.append(f"last frame {elapsed(clock - self.last_frame)} ago")
        return " · ".join(parts)


def _private(path: Path) -> TextIO:
    """Open a file to append to, for its owner alone: it holds all messages."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, 0o600)

    return open(path, "a", encoding="utf-8", opener=opener)  # noqa: SIM115 closed by whoever records
