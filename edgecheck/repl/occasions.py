"""What happened over a connection and was not waited for yet: for `wait` in a script."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

from .commands import Failed

# A script waits for what it asked for; more messages than these have another reason.
MESSAGES_KEPT = 1000
# Longer messages are not compared with what is waited for.
LONGEST_COMPARED = 1024 * 1024


class Occasions:
    """Counts pongs, commands and closes, and keeps the last messages, of one connection."""

    def __init__(self) -> None:
        self._counts = {"pong": 0, "command": 0, "close": 0}
        self._messages: deque[str | bytes] = deque(maxlen=MESSAGES_KEPT)
        self._news = asyncio.Event()

    def note(self, occasion: str) -> None:
        """Count one that happened."""
        self._counts[occasion] += 1
        self._news.set()

    def heard(self, data: str | bytes) -> None:
        """Keep a message."""
        self._messages.append(data)
        self._news.set()

    def happened(self, occasion: str, wanted: Any) -> bool:
        """Tell whether something happened that was not waited for, and forget it.

        Args:
            occasion: ``pong``, ``command``, ``close`` or ``message``.
            wanted: of a message: what `matches` compares it with; None for any.
        """
        if occasion != "message":
            found = self._counts[occasion] > 0
            self._counts[occasion] -= found
            return found
        for number, data in enumerate(self._messages):
            if wanted is None or matches(wanted, _value(data)):
                del self._messages[number]
                return True
        return False

    async def wait(self, occasion: str, seconds: float, wanted: Any, *, is_over: Any) -> None:
        """Wait until something happens, or return at once if it has happened.

        Args:
            occasion, wanted: as for `happened`.
            seconds: at most.
            is_over: returns whether nothing of the kind can come any more.

        Raises:
            Failed: it did not happen.
        """
        what = f"{occasion} like {json.dumps(wanted)}" if wanted is not None else occasion
        try:
            async with asyncio.timeout(seconds):
                while not self.happened(occasion, wanted):
                    if is_over():
                        raise Failed(f"no {what}: the connection has ended")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Failed(f"no {what} within {seconds:g} s") from None


def _value(data: str | bytes) -> Any:
    if len(data) > LONGEST_COMPARED:
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def matches(wanted: Any, value: Any) -> bool:
    """Tell whether a message has all that is wanted: of an object the named members, and no more.

    An array is compared from its beginning; it may go on.
    """
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(
            name in value and matches(part, value[name]) for name, part in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(value, list)
            and len(value) >= len(wanted)
            and all(map(matches, wanted, value))
        )
    # True is not 1, as it is for Python.
    return type(wanted) is type(value) and bool(wanted == value)
