"""Messages that have come over an open WebSocket and were not received yet."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

from .budget import INBOX_FULL, INBOX_ROOM


class Arrived(NamedTuple):
    """A message, or the payload of a pong frame that answers a ping of the profile.

    Args:
        data: the message or the payload.
        at: when it arrived, in seconds of `time.perf_counter`.
        is_pong: it came in a pong frame.
    """

    data: str | bytes
    at: float
    is_pong: bool


class Inbox:
    """Keeps messages for one receiver, and lets a peer that sends faster wait."""

    def __init__(self) -> None:
        self._messages: deque[Arrived] = deque()
        self._news: asyncio.Future[None] | None = None  # of the receiver that waits
        self._paused = False

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, arrived: Arrived) -> None:
        """Add a message."""
        self._messages.append(arrived)

    def let_the_peer_wait(self, transport: asyncio.Transport | None) -> None:
        """Read no more if the receiver is slower than the peer."""
        if len(self._messages) >= INBOX_FULL and not self._paused and transport is not None:
            self._paused = True
            transport.pause_reading()

    async def news(self) -> None:
        """Wait until `wake` is called; only one caller may wait at a time."""
        self._news = asyncio.get_running_loop().create_future()
        try:
            await self._news
        finally:
            self._news = None

    def wake(self) -> None:
        """Wake the receiver that waits, if there is one."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def take(self, transport: asyncio.Transport | None) -> Arrived:
        """Return the oldest message, and read again if there is room; there must be one."""
        if len(self._messages) > 1:
            # Let timers run when many messages arrive at once; a receiver that is cancelled here
            # has taken none.
            await asyncio.sleep(0)
        arrived = self._messages.popleft()
        if self._paused and len(self._messages) <= INBOX_ROOM and transport is not None:
            self._paused = False
            transport.resume_reading()
        return arrived

    def rest(self) -> list[Arrived]:
        """Take all that is left."""
        left = list(self._messages)
        self._messages.clear()
        return left
