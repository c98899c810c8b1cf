"""The protocol's keepalive: if a pong does not arrive in time, the connection is dead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ..wire.session import Ended, Session
from .pongs import Pongs, Reply

# With a ping every 30 s, a half-open connection is noticed within 40 s.
PONG_SECONDS = 10.0


class Keepalive:
    """The pings over one connection, also those that a user asks for, and their pongs.

    Args:
        session: the connection.
        interval: seconds between keepalive pings; None sends none.
        wait: seconds that a pong may take.
        told: called after each ping that nobody asked for.
    """

    def __init__(
        self,
        session: Session,
        *,
        interval: float | None,
        wait: float = PONG_SECONDS,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self.interval = interval
        # The number of the last ping that was sent.
        self.sequence = 0
        # A ping was answered, so the backend has accepted this client.
        self.answered = False
        self._session, self._wait, self._told = session, wait, told
        self._pongs = Pongs(wait)
        self._came = asyncio.Event()
        self._reading = True
        self._limit: asyncio.Timeout | None = None

    def ping(self) -> int:
        """Send a ping, and return its number.

        Raises:
            Ended: the connection is over.
        """
        at = self._session.ping()
        self.sequence += 1
        self._pongs.sent(self.sequence, at)
        return self.sequence

    def pong(self, at: float) -> Reply | None:
        """Match a pong to its ping; None if no ping asked for it.

        Args:
            at: when it arrived, in seconds of `time.perf_counter`.
        """
        reply = self._pongs.answer(at)
        self.answered = self.answered or reply is not None
        self._came.set()
        return reply

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Stop the wait for a pong while nothing is read, and begin it again afterwards."""
        self._read(reading=False)
        try:
            yield
        finally:
            self._read(reading=True)

    def _read(self, *, reading: bool) -> None:
        self._reading = reading
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(
                asyncio.get_running_loop().time() + self._wait if reading else None
            )

    def pinged(self) -> None:
        """Note that the server pinged, and was answered."""
        self.answered = True
        self._came.set()

    def ask(self) -> None:
        """Send a ping frame, whose pong shows that the server has read what was sent before.

        The server's own ping does not show that.
        """
        self.sequence += 1
        with suppress(Ended):  # the receiver raises this as well
            self._session.control_ping(self.sequence.to_bytes(4))

    async def run(self) -> None:
        """Ping at once, then at the interval; drop the connection if a pong is late.

        If the server pings, drop the connection if its ping is late.
        """
        talk = self._session.talk
        if talk.client_pings:
            await self._ping_and_wait()
        elif talk.ping.expect is not None:
            await self._await_pings()

    async def _await_pings(self) -> None:
        while self.interval is not None:
            self._came.clear()
            try:
                wait = self.interval + self._wait if self._reading else None
                async with asyncio.timeout(wait) as self._limit:
                    await self._came.wait()
            except TimeoutError:
                self._session.drop()
                return
            finally:
                self._limit = None

    async def _ping_and_wait(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self.interval is not None:
            try:
                number = self.ping()
            except Ended:
                return
            self._told()
            if not await self._comes(number):
                self._session.drop()
                return
            # After the machine has slept, the missed pings are not sent.
            due = max(due + self.interval, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _comes(self, number: int) -> bool:
        try:
            async with asyncio.timeout(self._wait if self._reading else None) as self._limit:
                while self._pongs.is_open(number):
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            return False
        finally:
            self._limit = None
        return True
