"""Keep a connection open: connect again whenever it ends, as long as that can help."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from websockets.frames import CloseCode

from ..facts import Life, MessageKind
from ..facts.reasons import PASSING, Topic, topic_of
from ..facts.session import REFUSAL_CLOSES
from ..facts.upgrade import REFUSAL_STATUSES
from ..frozen import replace
from ..report import Report
from ..settings.model import Settings
from ..wire.budget import LIVE_MESSAGE_LIMIT
from ..wire.session import Ended, Session
from ..wire.tls import context_of
from ..wire.traffic import Received
from ..wire.trip import Trip
from .backoff import Backoff, retry_after
from .events import Closed, Event, Failed, Noted, Opened, Ponged, Waiting
from .journal import JournalError
from .keepalive import PONG_SECONDS, Keepalive
from .lives import Lives
from .waiting import unless
from .worker import Worker

# The problem of a backend whose replicas answer differently.
_INCONSISTENT = "auth-inconsistent"
# These say that another server takes over.
HANDOVERS = frozenset({CloseCode.GOING_AWAY, CloseCode.SERVICE_RESTART})

# Says why no connection could be made, or why one ended.
Judge = Callable[[Trip], Coroutine[Any, Any, Report]]
# Waits for this many seconds.
Sleep = Callable[[float], Coroutine[Any, Any, None]]


class Keeper:
    """Keeps one connection open, and hands incoming commands to a worker.

    Args:
        settings: a request can be written with them.
        worker: handles the commands.
        observe: called with every event.
        judge: called when no connection could be made, or one ended.
        backoff: how long to wait before the next attempt.
        keep_trying: try again even after a refusal.
        interval: seconds between keepalive pings; None for the profile's own.
        wait: seconds that a pong may take.
        sleep: waits between two attempts.
    """

    def __init__(
        self,
        settings: Settings,
        worker: Worker,
        *,
        observe: Callable[[Event], None],
        judge: Judge,
        backoff: Backoff,
        keep_trying: bool = False,
        interval: float | None = None,
        wait: float = PONG_SECONDS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._settings, self._worker, self._observe, self._judge = settings, worker, observe, judge
        self._backoff, self._keep_trying, self._sleep = backoff, keep_trying, sleep
        self._interval = settings.profile.session.keepalive if interval is None else interval
        self._wait = wait
        self._stop = asyncio.Event()
        self.lives = Lives()
        # Of the last attempt, in case the file of trusted certificates cannot be read any more.
        self._context: ssl.SSLContext | None = None
        # How the last attempt failed, and the report that explains it.
        self._known: tuple[object, Report] | None = None

    async def run(self, stop: asyncio.Event, grace: float) -> bool:
        """Keep a connection until told to stop.

        Args:
            stop: once it is set, no further command is started, those that run may finish, the acks
                are sent, and the connection is closed with 1001.
            grace: seconds that running commands then get.

        Returns:
            True if it was stopped, False if the backend refused this client for good.

        Raises:
            JournalError: the journal can no longer be written.
            TrustError: the file of trusted certificates cannot be used at the start.
        """
        self._stop = stop
        connection = self._settings.connection
        if connection.ca_file is not None:
            certificate = connection.way.certificate
            self._context = context_of(connection.ca_file, connection.insecure, certificate)
        refused = False
        broken = self._worker.is_broken
        while not (stop.is_set() or refused or broken.is_set()):
            wait = await self._once(grace)
            refused = wait is None
            if not stop.is_set() and wait:
                self._observe(Waiting(wait))
                await unless(self._stop, unless(broken, self._sleep(wait)))
        await self._worker.finish(grace)
        if self._worker.broken is not None:
            raise self._worker.broken
        return not refused

    async def _once(self, grace: float) -> float | None:
        """Make one connection, and serve it to its end.

        Returns:
            The seconds to wait before the next attempt; None if there will be no other.
        """
        trip = Trip.of(self._settings, message_limit=LIVE_MESSAGE_LIMIT, context=self._context)
        session = await unless(self._stop, trip.open_alone())
        self._context = trip.context
        if session is None:
            return 0.0 if self._stop.is_set() else await self._not_opened(trip)
        self.lives.opened()
        self._observe(Opened(session.peer))
        await self._stay(session, grace)
        if self._stop.is_set():
            return 0.0
        return await self._ended(trip, session)

    async def _not_opened(self, trip: Trip) -> float | None:
        failure, upgrade = trip.facts.failure, trip.facts.upgrade
        assert failure is not None
        response = upgrade.response if upgrade is not None else None
        status = response.status if response is not None else None
        wait = retry_after(response.field("retry-after"), datetime.now(UTC)) if response else None
        meaning = trip.facts.meaning
        # The backend rejects this client, so trying again changes nothing.
        refused = meaning.startswith("auth-") if meaning else status in REFUSAL_STATUSES
        tcp = trip.facts.tcp
        if tcp is not None and any(life.answered for life in self.lives.earlier):
            trip.learn(tcp=replace(tcp, answered_before=True))
        waited = upgrade.span.duration_ms if upgrade is not None else 0.0
        self.lives.add(Life(lasted_ms=waited, status=status or 0))
        final = await self._fail((failure.kind, status), failure.message, trip, refused=refused)
        return self._next(refused=refused, final=final, retry_after=wait)

    async def _ended(self, trip: Trip, session: Session) -> float | None:
        seen = session.facts()
        trip.note(session, seen)
        if trip.facts.session is not None:
            trip.learn(session=replace(trip.facts.session, earlier=self.lives.earlier))
        self.lives.add(seen.life(answered=session.answered))
        refusals = self._settings.profile.refusals | REFUSAL_CLOSES
        topic = topic_of(seen.close_reason)
        refused = seen.close_code in refusals or topic in (Topic.EXPIRED, Topic.REFUSED)
        # A limit that is reached, or a server that restarts, says nothing about the client.
        refused = refused and seen.closed_by == "server" and topic not in PASSING
        final = False
        if session.answered and not refused:
            report = await unless(self._stop, self._judge(trip))
            if report is not None:
                self._observe(Closed(seen, report))
        else:
            why = f"closed {seen.close_code} {seen.close_reason}".rstrip()
            why = why if seen.close_code else "no pong in time"
            known = (seen.close_code, seen.close_reason)
            final = await self._fail(known, why, trip, refused=refused)
        handover = seen.close_code in HANDOVERS and seen.closed_by == "server"
        lasted = seen.span.duration_ms / 1000
        return self._next(refused=refused, final=final, at_once=handover, lasted=lasted)

    def _next(
        self,
        *,
        refused: bool,
        final: bool,
        retry_after: float | None = None,
        at_once: bool = False,
        lasted: float = 0.0,
    ) -> float | None:
        if final:
            return None
        # A refusal that is not final, by one of several replicas, is over at the next one.
        return self._backoff.next(
            refused=refused and self._keep_trying,
            retry_after=retry_after,
            at_once=at_once,
            lasted=lasted,
        )

    async def _fail(self, signature: object, why: str, trip: Trip, *, refused: bool) -> bool:
        """Explain a failed attempt; one that fails like the last attempt is not judged again.

        Returns:
            Whether there will be no other attempt, because another one would fail as well.
        """
        again = self._known is not None and self._known[0] == signature
        if self._known is not None and again:
            report = self._known[1]
        else:
            judged = await unless(self._stop, self._judge(trip))
            if judged is None:
                return False
            report = judged
            self._known = (signature, report)
        verdict = report.diagnosis.verdict
        # Of several replicas only some refuse: the next attempt may reach another one.
        mixed = verdict is not None and verdict.code == _INCONSISTENT
        final = refused and not self._keep_trying and not mixed
        self._observe(Failed(why, report, again=again, final=final))
        return final

    async def _stay(self, session: Session, grace: float) -> None:
        """Serve a connection until it ends, or until we are told to stop and have closed it."""
        keepalive = Keepalive(session, interval=self._interval, wait=self._wait)
        session.watch_control_pongs(self._read_by_server)
        if session.answered:  # it said so in the greeting
            self._succeeded()
        working = (self._receive(session, keepalive), self._worker.serve(session, keepalive))
        tasks = [asyncio.create_task(work) for work in working]
        beating = asyncio.create_task(keepalive.run())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not any(task.done() for task in tasks):
                await self._say_goodbye(session, tasks, grace)
        finally:
            for task in (*tasks, beating, stopping):
                task.cancel()
            results = await asyncio.gather(*tasks, beating, stopping, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, Ended):
                raise result
        # The sender may notice the end before the receiver does, and only the receiver knows how it
        # ended. What it had not read by then may be the answer to the first ping, or commands that
        # came right before a close frame.
        await session.closed()
        for received in session.left():
            self._heed(received, keepalive)

    def _read_by_server(self, payload: bytes, _: float) -> None:
        """Confirm the acks that were sent before a ping frame which the server answered."""
        # The transport calls this, and would take what is raised for an error of the connection.
        try:
            self._worker.confirm(int.from_bytes(payload))
        except JournalError as error:
            self._worker.give_up(error)

    async def _say_goodbye(
        self, session: Session, tasks: list[asyncio.Task[None]], grace: float
    ) -> None:
        await self._worker.finish(grace)
        flushing = asyncio.create_task(self._worker.flush())
        await asyncio.wait(
            [*tasks, flushing], timeout=self._wait, return_when=asyncio.FIRST_COMPLETED
        )
        flushing.cancel()
        if await session.close(CloseCode.GOING_AWAY):
            self._worker.confirm()

    def _succeeded(self) -> None:
        """Note that the backend works with this client."""
        self._backoff.succeeded()
        self._known = None

    async def _receive(self, session: Session, keepalive: Keepalive) -> None:
        while True:
            if not self._worker.has_room:
                with keepalive.unread():
                    await self._worker.room()
            self._heed(await session.receive(), keepalive)

    def _heed(self, received: Received, keepalive: Keepalive) -> None:
        match received.message.kind:
            case MessageKind.PONG:
                first = not keepalive.answered
                reply = keepalive.pong(received.at)
                if reply is None:
                    return
                if first:
                    self._succeeded()
                self._worker.confirm(reply.sequence)
                self._observe(Ponged(reply.seconds * 1000, first))
            case MessageKind.PING:
                self._succeeded()
                keepalive.pinged()
                keepalive.ask()
            case MessageKind.COMMAND | MessageKind.MALFORMED_COMMAND:
                self._worker.take(received)
            case _:
                self._observe(Noted(received.message))
