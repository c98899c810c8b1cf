"""Send pings at an interval, and count what happens to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..facts import Message, MessageKind
from ..wire.session import Ended, Session
from ..wire.traffic import Received
from .pongs import Pongs, Reply
from .round_trips import RoundTrips


@dataclass(frozen=True)
class Lost:
    """A ping was not answered in time. Its pong may still arrive late."""

    sequence: int


@dataclass(frozen=True)
class Unexpected:
    """A pong arrived that answers no ping."""


@dataclass(frozen=True)
class Other:
    """Another message arrived."""

    message: Message


# The timers are started a little before the ping is sent. Without this margin the wait could end
# before it has lasted as long as promised.
_TIMER_SECONDS = 0.001

Event = Reply | Lost | Unexpected | Other


@dataclass
class Tally:
    """Counts what happened. A ping whose pong is late counts as lost."""

    sent: int = 0
    received: int = 0
    lost: int = 0
    late: int = 0
    unexpected: int = 0
    commands: int = 0
    others: int = 0

    @property
    def loss_percent(self) -> float:
        """Return the percentage of pings not answered in time, or not yet, as ping(8) counts."""
        return 100 * (self.sent - self.received) / self.sent if self.sent else 0.0


class Pinger:
    """Sends pings over an open connection, and takes in what arrives.

    Args:
        session: the connection.
        interval: seconds from one ping to the next, whether or not the first was answered.
        wait: seconds that a pong may take.
        count: number of pings to send; None for no limit.
        control: send WebSocket ping frames (RFC 6455, section 5.5.2) instead of the protocol's
            message.
        observe: called with every event as it happens.
        size: bytes to which each message is padded with blanks; 0 pads nothing.
    """

    def __init__(
        self,
        session: Session,
        *,
        interval: float,
        wait: float,
        count: int | None,
        control: bool,
        observe: Callable[[Event], None],
        size: int = 0,
    ) -> None:
        self._size = size
        self._session, self._observe = session, observe
        self._interval, self._count, self._control = interval, count, control
        self._wait = wait
        self._pongs = Pongs(wait)
        self._next: asyncio.Handle | None = None
        # One timer, for the oldest ping. With one timer for each ping, a thousand would be running
        # at a hundred pings per second.
        self._expiry: asyncio.Handle | None = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.tally = Tally()
        self.round_trips = RoundTrips()
        # Pings in a row, up to the last one, that were not answered in time.
        self.silent = 0
        self.started_at = time.perf_counter()

    @property
    def milliseconds(self) -> float:
        """How long the pinger has been running."""
        return (time.perf_counter() - self.started_at) * 1000

    async def run(self, stop: asyncio.Event, deadline: float | None) -> None:
        """Send pings until all are answered or given up, or until told to stop.

        Args:
            stop: ends the run when it is set.
            deadline: ends the run after this many seconds; None for no limit.

        Raises:
            Ended: the connection ended first. Pings that were still open count as lost.
        """
        if self._control:
            self._session.watch_control_pongs(partial(self._call, self._take_control_pong))
        self.started_at = time.perf_counter()
        tasks: list[asyncio.Future[Any]] = [
            asyncio.create_task(self._receive()),
            asyncio.create_task(stop.wait()),
            self._over,
        ]
        # Let the receiver start, so that it is waiting before the first answer can arrive.
        await asyncio.sleep(0)
        self._due = asyncio.get_running_loop().time()
        self._ping()
        try:
            done, _ = await asyncio.wait(
                tasks, timeout=deadline, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        except Ended:
            self.tally.lost += self._pongs.waiting
            raise
        finally:
            for timer in (self._next, self._expiry):
                if timer is not None:
                    timer.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _ping(self) -> None:
        """Send a ping, and schedule the next one.

        Called by a timer, so that almost nothing runs between handing the ping to the socket and
        waiting for its answer.
        """
        loop = asyncio.get_running_loop()
        sequence = self.tally.sent + 1
        if self._count is None or sequence < self._count:
            # After the machine has slept, the missed pings are not sent.
            self._due = max(self._due + self._interval, loop.time())
            self._next = loop.call_at(self._due, self._ping)
        if self._expiry is None:
            self._expiry = loop.call_later(self._wait + _TIMER_SECONDS, self._wait_ended)
        try:
            sent_at = (
                self._session.control_ping(sequence.to_bytes(4))
                if self._control
                else self._session.ping(self._size)
            )
        except Ended:
            return  # the receiver raises this as well
        self._pongs.sent(sequence, sent_at)
        self.tally.sent = sequence

    async def _receive(self) -> None:
        while True:
            self._take(await self._session.receive())

    def _wait_ended(self) -> None:
        # Messages that have arrived by now are already queued for the receiver. Let it run first,
        # so that a reply that came in time is not counted as lost.
        self._expiry = asyncio.get_running_loop().call_soon(self._call, self._expire_and_wait_on)

    def _expire_and_wait_on(self) -> None:
        now = time.perf_counter()
        self._expire(now)
        due = self._pongs.next_expiry
        self._expiry = (
            None
            if due is None
            else asyncio.get_running_loop().call_later(due - now + _TIMER_SECONDS, self._wait_ended)
        )

    def _call(self, work: Callable[..., None], *arguments: Any) -> None:
        """Do the work of a callback; what the observer raises there ends the run."""
        try:
            work(*arguments)
        except Exception as error:  # noqa: BLE001 asyncio would only log it
            if not self._over.done():
                self._over.set_exception(error)

    def _expire(self, now: float) -> None:
        for sequence in self._pongs.expire(now):
            self.tally.lost += 1
            self.silent += 1
            self._observe(Lost(sequence))
        self._see_whether_it_is_over()

    def _see_whether_it_is_over(self) -> None:
        done = self._count is not None and self.tally.sent >= self._count
        if done and not (self._pongs.waiting or self._over.done()):
            self._over.set_result(None)

    def _take_control_pong(self, payload: bytes, at: float) -> None:
        self._expire(at)
        self._answered(
            self._pongs.answer_to(int.from_bytes(payload), at) if len(payload) == 4 else None
        )

    def _take(self, received: Received) -> None:
        kind = received.message.kind
        if kind is MessageKind.PONG and not self._control:
            self._expire(received.at)
            self._answered(self._pongs.answer(received.at))
            return
        if kind is MessageKind.PING:
            return  # the server's own, which the session has answered
        if kind in (MessageKind.COMMAND, MessageKind.MALFORMED_COMMAND):
            self.tally.commands += 1
        else:
            self.tally.others += 1
        self._observe(Other(received.message))

    def _answered(self, reply: Reply | None) -> None:
        if reply is None:
            self.tally.unexpected += 1
            self._observe(Unexpected())
            return
        self.silent = 0
        if reply.late:
            self.tally.late += 1
        else:
            self.tally.received += 1
            self.round_trips.add(reply.seconds * 1000)
        self._observe(reply)
        self._see_whether_it_is_over()
