"""A connection that is kept: made anew whenever it ends, for as long as that can help."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from websockets.frames import CloseCode

from ..facts import Kind, MessageKind
from ..report import Report
from ..settings.model import Settings
from ..wire.opening import opening_of
from .backoff import Backoff
from .ending import report_of_end
from .events import Closed, Event, Failed, Noted, Opened, Ponged, Waiting
from .keepalive import PONG_SECONDS, Keepalive
from .link import Ended, Link, Unopened, open_link
from .worker import Worker

# What says that the backend does not want us, as some close codes of its own do: trying again
# changes nothing.
REFUSAL_STATUSES = frozenset({401, 403})
# What says that another server takes over.
HANDOVERS = frozenset({CloseCode.GOING_AWAY, CloseCode.SERVICE_RESTART})

# A checkup: finds out why no connection comes about.
Examine = Callable[[], Coroutine[Any, Any, Report]]
# Waits for so many seconds.
Sleep = Callable[[float], Coroutine[Any, Any, None]]

T = TypeVar("T")


class Keeper:
    """Keeps one connection, and gives what comes to a worker.

    Args:
        settings: where to, as whom, and how; a request can be written with them.
        worker: takes the commands.
        observe: told of everything.
        examine: asked when no connection comes about.
        backoff: how long to wait before the next attempt.
        keep_trying: try again after a refusal, too.
        interval: seconds between keepalive pings; None for the backend's own.
        wait: seconds that a pong may take.
        sleep: waits.
    """

    def __init__(
        self,
        settings: Settings,
        worker: Worker,
        *,
        observe: Callable[[Event], None],
        examine: Examine,
        backoff: Backoff,
        keep_trying: bool = False,
        interval: float | None = None,
        wait: float = PONG_SECONDS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._settings, self._worker, self._observe, self._examine = (
            settings,
            worker,
            observe,
            examine,
        )
        self._plan = opening_of(settings)
        self._backoff, self._keep_trying, self._sleep = backoff, keep_trying, sleep
        self._interval = settings.profile.keepalive if interval is None else interval
        self._wait = wait
        self._stop = asyncio.Event()
        # What the last attempt failed with, and the report that explains it.
        self._known: tuple[object, Report] | None = None

    async def run(self, stop: asyncio.Event, grace: float) -> bool:
        """Keep a connection until told to stop.

        Args:
            stop: set, it ends the run: no command is started, those that run end, acks are sent,
                the connection is closed with 1001.
            grace: seconds that running commands get then.

        Returns:
            True when it was stopped, False when the backend refused us for good.

        Raises:
            JournalError: the journal cannot be written any more.
        """
        self._stop = stop
        while not stop.is_set():
            wait = await self._once(grace)
            if wait is None:
                return False
            if not stop.is_set() and wait > 0:
                self._observe(Waiting(wait))
                await self._or_stop(self._sleep(wait))
        await self._worker.finish(grace)
        return True

    async def _once(self, grace: float) -> float | None:
        """Make one connection and stay in it.

        Return how long to wait before the next; None for never.
        """
        try:
            link = await self._or_stop(open_link(self._plan))
        except Unopened as error:
            refused = error.status in REFUSAL_STATUSES
            await self._fail(
                (error.failure.kind, error.status), error.failure.message, refused=refused
            )
            return self._next(refused=refused, retry_after=error.retry_after)
        if link is None:
            return 0.0
        self._observe(Opened(link.peer))
        await self._stay(link, grace)
        session = link.facts()
        if self._stop.is_set():
            return 0.0
        profile = self._settings.profile
        refused = session.close_code in profile.refusals and session.closed_by == "server"
        if link.answered and not refused:
            self._observe(Closed(session, report_of_end(self._settings, session)))
        else:
            why = (
                f"closed {session.close_code} {session.close_reason}".rstrip()
                if session.close_code
                else "no pong in time"
            )
            own = (
                report_of_end(self._settings, session)
                if session.failure and session.failure.kind is Kind.SESSION_NO_PONG
                else None
            )
            await self._fail(
                (session.close_code, session.close_reason), why, refused=refused, report=own
            )
        handover = session.close_code in HANDOVERS and session.closed_by == "server"
        return self._next(refused=refused, at_once=handover, lasted=session.span.duration_ms / 1000)

    def _next(
        self,
        *,
        refused: bool,
        retry_after: float | None = None,
        at_once: bool = False,
        lasted: float = 0.0,
    ) -> float | None:
        if refused and not self._keep_trying:
            return None
        return self._backoff.next(
            refused=refused, retry_after=retry_after, at_once=at_once, lasted=lasted
        )

    async def _fail(
        self, signature: object, why: str, *, refused: bool, report: Report | None = None
    ) -> None:
        """Explain a failed attempt; one that fails as the last one did is not examined again."""
        again = self._known is not None and self._known[0] == signature
        if self._known is not None and again:
            report = self._known[1]
        else:
            report = report or await self._or_stop(self._examine())
            if report is None:
                return
            self._known = (signature, report)
        self._observe(Failed(why, report, again=again, final=refused and not self._keep_trying))

    async def _stay(self, link: Link, grace: float) -> None:
        """Serve a connection until it ends, or we are told to stop and have said goodbye."""
        keepalive = Keepalive(link, interval=self._interval, wait=self._wait)
        working = (self._receive(link, keepalive), self._worker.serve(link, keepalive))
        tasks = [asyncio.create_task(work) for work in working]
        beating = asyncio.create_task(keepalive.run())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not any(task.done() for task in tasks):
                await self._say_goodbye(link, tasks, grace)
        finally:
            for task in (*tasks, beating, stopping):
                task.cancel()
            results = await asyncio.gather(*tasks, beating, stopping, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, Ended):
                raise result
        # The sender may have met the end before the receiver did, which knows how it was.
        await link.closed()

    async def _say_goodbye(self, link: Link, tasks: list[asyncio.Task[None]], grace: float) -> None:
        await self._worker.finish(grace)
        flushing = asyncio.create_task(self._worker.flush())
        await asyncio.wait(
            [*tasks, flushing], timeout=self._wait, return_when=asyncio.FIRST_COMPLETED
        )
        flushing.cancel()
        if await link.close(CloseCode.GOING_AWAY):
            self._worker.confirm()

    async def _receive(self, link: Link, keepalive: Keepalive) -> None:
        while True:
            if not self._worker.has_room:
                with keepalive.unread():
                    await self._worker.room()
            received = await link.receive()
            match received.message.kind:
                case MessageKind.PONG:
                    first = not keepalive.answered
                    reply = keepalive.pong(received.at)
                    if reply is None:
                        continue
                    if first:
                        self._backoff.succeeded()
                        self._known = None
                    self._worker.confirm(reply.sequence)
                    self._observe(Ponged(reply.seconds * 1000, first))
                case MessageKind.COMMAND | MessageKind.MALFORMED_COMMAND:
                    self._worker.take(received)
                case _:
                    self._observe(Noted(received.message))

    async def _or_stop(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Return what comes of it; None where we are told to stop first."""
        working = asyncio.ensure_future(work)
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)
