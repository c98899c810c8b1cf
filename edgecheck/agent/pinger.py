"""Pings at an interval, and what becomes of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..facts import Message, MessageKind
from ..wire.session import Ended, Received, Session
from .pongs import Pongs, Reply
from .round_trips import RoundTrips


@dataclass(frozen=True)
class Lost:
    """A ping was not answered within its wait. Its pong may still come, late."""

    sequence: int


@dataclass(frozen=True)
class Unexpected:
    """A pong came that no ping asked for."""


@dataclass(frozen=True)
class Other:
    """Another message came."""

    message: Message


# The ping goes out a little after its timers are set; the one that ends its wait must not come
# first.
_TIMER_SECONDS = 0.001

Event = Reply | Lost | Unexpected | Other


@dataclass
class Tally:
    """What was counted. A late reply's ping counts as lost: it was not answered in time."""

    sent: int = 0
    received: int = 0
    lost: int = 0
    late: int = 0
    unexpected: int = 0
    commands: int = 0
    others: int = 0

    @property
    def loss_percent(self) -> float:
        """How many of the pings that were sent were not answered in time, or not yet, as ping(8) counts."""
        return 100 * (self.sent - self.received) / self.sent if self.sent else 0.0


class Pinger:
    """Sends pings over an open connection, and takes in what comes.

    Args:
        session: the connection.
        interval: seconds from one ping to the next, whatever becomes of the first.
        wait: seconds that a pong may take.
        count: pings to send; None for no end.
        control: send WebSocket ping frames (RFC 6455, section 5.5.2) in place of the protocol's
            message.
        observe: told of everything as it happens.
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
    ) -> None:
        self._session, self._observe = session, observe
        self._interval, self._count, self._control = interval, count, control
        self._wait = wait
        self._pongs = Pongs(wait)
        self._next: asyncio.Handle | None = None
        # One for the oldest ping alone: with one for each, a thousand would wait at a hundred a
        # second.
        self._expiry: asyncio.Handle | None = None
        self._over = asyncio.Event()
        self.tally = Tally()
        self.round_trips = RoundTrips()
        self.started_at = time.perf_counter()

    @property
    def milliseconds(self) -> float:
        """How long it has run."""
        return (time.perf_counter() - self.started_at) * 1000

    async def run(self, stop: asyncio.Event, deadline: float | None) -> None:
        """Ping until all are answered or given up, told to stop, or the deadline in seconds is over.

        Raises:
            Ended: the connection ended first. What it still owed is lost.
        """
        if self._control:
            self._session.watch_control_pongs(self._take_control_pong)
        self.started_at = time.perf_counter()
        tasks = [
            asyncio.create_task(work) for work in (self._receive(), stop.wait(), self._over.wait())
        ]
        # The receiver waits before the first answer can come.
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
        """Send one, and have the next one sent.

        A timer's callback: next to nothing runs between the socket's taking it and the wait for its
        answer.
        """
        loop = asyncio.get_running_loop()
        sequence = self.tally.sent + 1
        if self._count is None or sequence < self._count:
            # Should the machine have slept, the missed pings are not made up for.
            self._due = max(self._due + self._interval, loop.time())
            self._next = loop.call_at(self._due, self._ping)
        if self._expiry is None:
            self._expiry = loop.call_later(self._wait + _TIMER_SECONDS, self._wait_ended)
        try:
            sent_at = (
                self._session.control_ping(sequence.to_bytes(4))
                if self._control
                else self._session.ping()
            )
        except Ended:
            return  # the receiver meets it as well
        self._pongs.sent(sequence, sent_at)
        self.tally.sent = sequence

    async def _receive(self) -> None:
        while True:
            self._take(await self._session.receive())

    def _wait_ended(self) -> None:
        # What has come by now is with the receiver, which runs first: a reply that arrived in time
        # is in time.
        self._expiry = asyncio.get_running_loop().call_soon(self._expire_and_wait_on)

    def _expire_and_wait_on(self) -> None:
        now = time.perf_counter()
        self._expire(now)
        due = self._pongs.next_expiry
        self._expiry = (
            None
            if due is None
            else asyncio.get_running_loop().call_later(due - now + _TIMER_SECONDS, self._wait_ended)
        )

    def _expire(self, now: float) -> None:
        for sequence in self._pongs.expire(now):
            self.tally.lost += 1
            self._observe(Lost(sequence))
        self._see_whether_it_is_over()

    def _see_whether_it_is_over(self) -> None:
        if self._count is not None and self.tally.sent >= self._count and not self._pongs.waiting:
            self._over.set()

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
        if reply.late:
            self.tally.late += 1
        else:
            self.tally.received += 1
            self.round_trips.add(reply.seconds * 1000)
        self._observe(reply)
        self._see_whether_it_is_over()
