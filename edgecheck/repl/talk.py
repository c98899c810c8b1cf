"""A conversation with the backend: run what was typed, and show what arrives."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..agent.keepalive import Keepalive
from ..agent.round_trips import number
from ..backend.commands import Command, ack, command_in
from ..backend.messages import EXCERPT
from ..backend.texts import answer_to, is_text, octets_of
from ..facts import MessageKind
from ..render.words import NEXT_STEP
from ..report import Report
from ..settings.model import Settings
from ..wire.budget import LIVE_MESSAGE_LIMIT
from ..wire.opening import opening_of
from ..wire.session import Ended, Session
from ..wire.traffic import Received
from ..wire.trip import Trip
from ..wording.units import elapsed
from .commands import USUAL_LIMIT, Failed, Quit, TypedCommand, credentials_typed, help_lines
from .frames import in_full
from .occasions import Occasions
from .transcript import Reporter, Transcript
from .unacknowledged import Unacknowledged, with_acks

PING_SECONDS = 1.0

T = TypeVar("T")


class Talk:
    """One conversation, over one connection after another.

    Args:
        settings: a request can be written with them.
        reporter: shows everything that happens.
        judge: says why no connection could be made, or why it ended.
        brief: show verdicts briefly, because the user can ask for more.
    """

    def __init__(
        self,
        settings: Settings,
        reporter: Reporter,
        *,
        judge: Callable[[Trip], Coroutine[Any, Any, Report]],
        brief: bool,
    ) -> None:
        self._settings, self._reporter, self._judge = settings, reporter, judge
        self._brief = brief
        self._plan = opening_of(settings)
        self.clean = self._plan.clean
        self._unacknowledged = Unacknowledged(self.clean)
        self.round_trip: float | None = None  # the last one, in milliseconds
        self.session: Session | None = None
        self.since: float | None = None  # when the connection opened
        self.last_frame: float | None = None
        self._keepalive: Keepalive | None = None
        self._interval: float | None = settings.profile.session.keepalive
        self._autoack: str | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._ours: set[int] = set()  # pings that were typed; those of the keepalive are not shown
        self._control_pings: dict[bytes, float] = {}
        self._control_count = 0
        self._transcript = Transcript(reporter, self.clean)
        self._occasions = Occasions()
        self._closing = False
        # Of the last attempt, if the file of trusted certificates cannot be read any more.
        self._context: ssl.SSLContext | None = None
        # Fails with what is raised while something that arrived is shown.
        self._unshown: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def during(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work, until it ends or what arrives cannot be shown.

        Raises:
            OSError: standard output cannot be written.
        """
        working = asyncio.ensure_future(work)
        either: set[asyncio.Future[Any]] = {working, self._unshown}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._unshown.done():
                self._unshown.result()
            return working.result()
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    def _cannot_show(self, error: Exception) -> None:
        if not self._unshown.done():
            self._unshown.set_exception(error)

    # --- the connection ---------------------------------------------------------------------------

    async def connect(self) -> bool:
        """Open a connection, or show why that failed."""
        trip = Trip.of(self._settings, message_limit=LIVE_MESSAGE_LIMIT, context=self._context)
        session = await trip.open_alone()
        self._context = trip.context
        if session is None:
            self._tell_verdict(await self._judge(trip))
            return False
        self.session, self.since, self._closing = session, time.perf_counter(), False
        self._occasions = Occasions()
        self._ours.clear()
        self._control_pings.clear()
        self._keepalive = Keepalive(session, interval=self._interval, told=self._tell_keepalive)
        session.watch_control_pongs(self._take_control_pong)
        self._transcript.tell("open", " ", [f"open: {session.peer}"], {"peer": session.peer})
        self._tasks = [
            asyncio.create_task(self._show_to_the_end(trip, session)),
            asyncio.create_task(self._keepalive.run()),
        ]
        return True

    async def _show_to_the_end(self, trip: Trip, session: Session) -> None:
        try:
            await self._receive(trip, session)
        except Exception as error:  # noqa: BLE001 nobody waits for this task
            self._cannot_show(error)

    async def _receive(self, trip: Trip, session: Session) -> None:
        try:
            while True:
                await self._take(await session.receive())
        except Ended:
            await session.closed()
        self.session = self.since = None
        self._stop_keepalive()
        trip.note(session, session.facts())
        await self._tell_end(trip, session)
        self._occasions.note("close")

    async def _tell_end(self, trip: Trip, session: Session) -> None:
        seen = session.facts()
        fields: dict[str, object] = {
            "code": seen.close_code,
            "reason": seen.close_reason,
            "by": seen.closed_by,
        }
        if self._closing and seen.closed_by == "client":
            self._transcript.tell("closed", " ", [f"closed with {seen.close_code}"], fields)
            return
        report = await self._judge(trip)
        verdict = report.diagnosis.verdict
        how = f"{seen.close_code} {seen.close_reason}".rstrip()
        how = how if seen.close_code else "no pong in time"
        fields["verdict"] = verdict.code if verdict else None
        self._transcript.tell("closed", "✗", [(f"closed: {how}", "red")], fields)
        self._tell_verdict(report, alone=True)

    def _tell_verdict(self, report: Report, *, alone: bool = False) -> None:
        """Show a verdict: briefly, with what to type next, if the user can ask for more."""
        verdict = report.diagnosis.verdict
        if not self._brief or self._reporter.as_json or verdict is None:
            self._reporter.verdict(report, alone=alone)
        else:
            self._reporter.event("", (verdict.title, "bold"))
            command = f"edgecheck explain {verdict.code}"
            self._reporter.event("", f"{NEXT_STEP[verdict.side]}. ", (command, "cyan"))
        if self._brief:
            self._reporter.event("", "Type ", ("reconnect", "cyan"), " to open a new connection.")

    async def close(self) -> None:
        """Close the connection if it is open, and end all tasks."""
        if self.session is not None:
            self._closing = True
            self._transcript.add("", sent=True, kind="close", quiet=True, code=1000)
            await self.session.close()
            await self._end_is_told()
        self._stop_keepalive()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._transcript.stop_recording()
        if not self._unshown.cancel():
            self._unshown.exception()  # `during` has raised it, or nothing is left to show

    async def _end_is_told(self) -> None:
        """Wait until the last end is judged and shown, if there was a connection."""
        if self._tasks:
            await asyncio.wait(self._tasks[:1])  # goes on if the wait for it is cancelled

    def _stop_keepalive(self) -> None:
        for task in self._tasks[1:]:
            task.cancel()

    # --- what arrives -----------------------------------------------------------------------------

    async def _take(self, received: Received) -> None:
        message = received.message
        self.last_frame = received.at
        if message.kind is MessageKind.PING:
            self._take_ping(received)
            return
        if message.kind is MessageKind.PONG and self._keepalive is not None:
            kind = "pong" if self._plan.profile.session.ping.frame else ""
            reply = self._keepalive.pong(received.at)
            if reply is not None:
                self.round_trip = reply.seconds * 1000
                quiet = reply.sequence not in self._ours
                self._ours.discard(reply.sequence)
                beside = [(f"  {number(self.round_trip)} ms", "dim")]
                self._transcript.add(
                    received.data,
                    sent=False,
                    kind=kind,
                    beside=beside,
                    quiet=quiet,
                    time_ms=round(self.round_trip, 4),
                )
                if not quiet:
                    self._occasions.note("pong")
                    self._occasions.heard(received.data)
            else:
                unasked = [("  unexpected", "yellow")]
                self._transcript.add(received.data, sent=False, kind=kind, beside=unasked)
                self._occasions.heard(received.data)
            return
        self._transcript.add(received.data, sent=False)
        self._occasions.heard(received.data)
        if len(received.data) > USUAL_LIMIT:
            words = "More than 1 MiB: by default, Python's websockets closes with 1009."
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

    def _take_ping(self, received: Received) -> None:
        """Record the server's own ping, and the answer that the session has sent."""
        if self._keepalive is not None:
            self._keepalive.pinged()
        self._transcript.add(received.data, sent=False, quiet=True)
        ping = self._plan.profile.session.ping
        if ping.answer and ping.expect is not None:
            answer = answer_to(received.data, ping.expect, ping.answer)
            self._transcript.add(_sent(answer), sent=True, quiet=True)

    async def _take_command(self, received: Received) -> None:
        assert self._plan.profile.commands is not None
        command = command_in(received.data, self._plan.profile.commands)
        assert isinstance(command, Command)
        self._unacknowledged.came(command, received.data)
        self._occasions.note("command")
        if self._autoack is not None:
            # Right before a close frame it cannot be sent; what else came is shown all the same.
            with contextlib.suppress(Ended):
                await self._ack(command.command_id, self._autoack)

    def _take_control_pong(self, payload: bytes, at: float) -> None:
        # The transport calls this, and would take what is raised for an error of the connection.
        try:
            self._show_control_pong(payload, at)
        except Exception as error:  # noqa: BLE001
            self._cannot_show(error)

    def _show_control_pong(self, payload: bytes, at: float) -> None:
        sent_at = self._control_pings.pop(payload, None)
        self.last_frame = at
        if sent_at is None:
            self._transcript.add(
                payload, sent=False, kind="pong", beside=[("  unexpected", "yellow")]
            )
            return
        self.round_trip = (at - sent_at) * 1000
        self._transcript.add(
            payload,
            sent=False,
            kind="pong",
            beside=[(f"  {number(self.round_trip)} ms", "dim")],
            time_ms=round(self.round_trip, 4),
        )
        self._occasions.note("pong")

    # --- what is typed ----------------------------------------------------------------------------

    def conceal(self, line: str) -> None:
        """Mask what looks like a credential in a typed line, wherever it is shown from now on."""
        if found := credentials_typed(line, self.shown_ids()):
            self.clean.hide(*found)

    async def do(self, request: TypedCommand) -> None:
        """Run what was typed.

        Raises:
            Failed, NotUnderstood: it cannot be done.
            Quit: the user wants to end.
        """
        try:
            await getattr(self, f"_do_{request.name.replace('-', '_')}")(*request.values)
        except Ended:
            raise Failed("the connection has ended; type reconnect to open a new one") from None

    def _connected(self) -> Session:
        if self.session is None:
            raise Failed("there is no connection; type reconnect to open one")
        return self.session

    async def _do_ping(self, times: int) -> None:
        for left in range(times - 1, -1, -1):
            session = self._connected()
            assert self._keepalive is not None
            if not session.talk.client_pings:  # the profile has no ping that is answered
                await self._do_control_ping()
            else:
                self._ours.add(self._keepalive.ping())
                self._tell_ping(session)
            if left:
                await asyncio.sleep(PING_SECONDS)

    def _tell_ping(self, session: Session, *, quiet: bool = False) -> None:
        kind = "ping" if session.talk.ping.frame else ""
        self._transcript.add(_sent(session.last_ping), sent=True, kind=kind, quiet=quiet)

    def _tell_keepalive(self) -> None:
        if self.session is not None:
            self._tell_ping(self.session, quiet=True)

    async def _do_control_ping(self) -> None:
        session = self._connected()
        self._control_count += 1
        payload = f"ping {self._control_count}".encode()
        self._control_pings[payload] = session.control_ping(payload)
        self._transcript.add(payload, sent=True, kind="ping")

    async def _do_send(self, text: str) -> None:
        session = self._connected()
        if session.talk.client_pings and text == self._plan.profile.ping:
            await self._do_ping(1)  # the same bytes, and the pong is expected
            return
        await session.send(text)
        self._transcript.add(text, sent=True)

    _do_raw = _do_send

    async def _do_ack(self, which: str | None, status: str) -> None:
        for command_id in self._unacknowledged.meant_by(which):
            await self._ack(command_id, status)

    async def _ack(self, command_id: str, status: str) -> None:
        text = ack(command_id, with_acks(self._plan.profile), status)
        await self._connected().send(text)
        self._unacknowledged.acked(command_id)
        self._transcript.add(text, sent=True)

    async def _do_commands(self) -> None:
        if not self._unacknowledged:
            self._reporter.event("commands", "No command waits for an ack.", commands=[])
            return
        ids = self._unacknowledged.shown()
        if self._reporter.as_json:
            self._reporter.event("commands", commands=ids)
            return
        for shown, waiting in zip(ids, self._unacknowledged, strict=True):
            kind = self.clean(waiting.command.command_type, EXCERPT)
            self._reporter.event(
                "", (shown, "bold"), f" {kind}, for {elapsed(time.perf_counter() - waiting.since)}"
            )

    async def _do_show(self, word: str) -> None:
        data: str | bytes
        frame = self._transcript.frame(word)
        if frame is not None:
            data = frame.data
        else:
            try:
                data = self._unacknowledged.find(word).data
            except Failed:
                raise Failed(f"there is no frame and no open command {word[:60]!r}") from None
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
        session = self._connected()
        self._closing = True
        self._transcript.add(reason, sent=True, kind="close", quiet=True, code=code)
        await session.close(code, reason)
        await self._end_is_told()

    async def _do_reconnect(self) -> None:
        if self.session is not None:
            await self._do_close(1000, "")
        # The last end may still be judged; what follows from it is not about the new connection.
        await self._end_is_told()
        if not await self.connect():
            raise Failed("no connection")

    async def _do_status(self) -> None:
        keepalive = "off" if self._interval is None else f"{self._interval:g} s"
        fields: dict[str, object] = {
            "state": "open" if self.session is not None else "closed",
            "agent_id": self.clean(self._plan.agent_id),
            "peer": self.session.peer if self.session is not None else None,
            "round_trip_ms": None if self.round_trip is None else round(self.round_trip, 4),
            "uptime_s": None if self.since is None else round(time.perf_counter() - self.since, 3),
            "unacknowledged": len(self._unacknowledged),
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
            + (f", peer {self.session.peer}" if self.session else ""),
        )

    async def _do_set(self, what: str, value: Any) -> None:
        if what == "autoack":
            if value is not None:
                with_acks(self._plan.profile)
            self._autoack = value
            return
        self._interval = value
        if self._keepalive is not None and self.session is not None:
            self._stop_keepalive()
            self._keepalive.interval = value
            self._tasks[1:] = [asyncio.create_task(self._keepalive.run())]

    async def _do_record(self, path: str | None) -> None:
        if path is None:
            self._transcript.stop_recording()
            return
        try:
            self._transcript.record(path)
        except (OSError, RuntimeError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise Failed(f"{path}: {why}") from None

    async def _do_wait(self, occasion: str, seconds: float, wanted: Any = None) -> None:
        await self._occasions.wait(
            occasion, seconds, wanted, is_over=lambda: self.session is None and occasion != "close"
        )

    async def _do_help(self, name: str | None) -> None:
        lines = help_lines(name)
        if self._reporter.as_json:
            self._reporter.event("help", lines=lines)
            return
        for line in lines:
            self._reporter.event("", line)

    async def _do_quit(self) -> None:
        raise Quit

    # --- for the display --------------------------------------------------------------------------

    def shown_ids(self) -> list[str]:
        """Return the ids of the open commands, as they are shown and typed."""
        return self._unacknowledged.shown()

    def showable(self) -> list[str]:
        """Return the arguments that `show` accepts."""
        return [*self.shown_ids(), *self._transcript.numbers()]

    def toolbar(self) -> str:
        """Return the state of the connection, in less than 80 columns."""
        clock = time.perf_counter()
        state = "open" if self.session is not None else "closed"
        parts = [state, "rtt –" if self.round_trip is None else f"rtt {number(self.round_trip)} ms"]
        if self.since is not None:
            parts.append(f"up {elapsed(clock - self.since)}")
        parts.append(f"{len(self._unacknowledged)} to ack")
        if self.last_frame is not None:
            parts.append(f"last frame {elapsed(clock - self.last_frame)} ago")
        return " · ".join(parts)


def _sent(text: str) -> str | bytes:
    """Return a text of the profile as it was sent, if it stands for bytes that are not text."""
    return text if is_text(text) else octets_of(text)
