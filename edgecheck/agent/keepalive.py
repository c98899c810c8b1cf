"""The protocol's keepalive: a connection whose pong does not come is dead, whatever its socket says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from ..backend.messages import KEEPALIVE_SECONDS
from ..wire.session import Ended, Session
from .pongs import Pongs, Reply

# With a ping every 30 s, a connection that became half-open is noticed within 40 s.
PONG_SECONDS = 10.0


class Keepalive:
    """Pings over one connection, the person's own included, and the pongs to them.

    Args:
        session: the connection.
        interval: seconds between keepalive pings; None for none.
        wait: seconds that a pong may take.
    """

    def __init__(
        self,
        session: Session,
        *,
        interval: float | None = KEEPALIVE_SECONDS,
        wait: float = PONG_SECONDS,
    ) -> None:
        self.interval = interval
        # The number of the last ping that was sent.
        self.sequence = 0
        # A ping was answered: the backend knows us.
        self.answered = False
        self._session, self._wait = session, wait
        self._pongs = Pongs(wait)
        self._came = asyncio.Event()
        self._reading = True
        self._limit: asyncio.Timeout | None = None

    def ping(self) -> int:
        """Send a ping, and return its number. Raises `Ended`."""
        at = self._session.ping()
        self.sequence += 1
        self._pongs.sent(self.sequence, at)
        return self.sequence

    def pong(self, at: float) -> Reply | None:
        """Take a pong that arrived at this moment; None where no ping asked for it."""
        reply = self._pongs.answer(at)
        self.answered = self.answered or reply is not None
        self._came.set()
        return reply

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Wait for no pong while nothing is read; for one that is due, anew from the end of it."""
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

    async def run(self) -> None:
        """Ping at once, then at the interval, and drop the connection when a pong does not come."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self.interval is not None:
            try:
                number = self.ping()
            except Ended:
                return
            if not await self._comes(number):
                self._session.drop()
                return
            # Should the machine have slept, the missed pings are not made up for.
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
