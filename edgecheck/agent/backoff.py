"""How long to wait before the next attempt to connect (pure)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..facts.dates import from_http

# The contract: 1, 2, 4, 8, 16, 32, 60, 60 … seconds.
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
# A refusal does not heal by itself. Someone may correct the settings, so another attempt makes
# sense, but not a quick one.
REFUSED_SECONDS = 60.0
# When a backend restarts, a thousand agents lose their connections at the same moment. This part of
# their wait is random, so that they do not all come back at the same moment.
JITTER = 0.2
# A connection that lasted this long shows that the backend is not restarting in a loop: at its next
# handover the client may reconnect at once again.
LASTING_SECONDS = 60.0
# A backend that asks for a longer wait gets this one.
LONGEST_RETRY_AFTER = 3600.0


class Backoff:
    """The waits between attempts, which grow until an attempt succeeds.

    Args:
        chance: returns a random number from 0 to 1.
        jitter: the largest part of a wait that is added to it at random, from 0 to 1.
        scale: seconds that a wait of one second takes; tests use less than 1.
    """

    def __init__(
        self, chance: Callable[[], float], *, jitter: float = JITTER, scale: float = 1.0
    ) -> None:
        self._jitter, self._scale, self._chance = jitter, scale, chance
        self._failures = 0
        self._hurried = False

    def succeeded(self) -> None:
        """Start again with the shortest wait, because a connection was accepted and answered."""
        self._failures = 0

    def next(
        self,
        *,
        at_once: bool = False,
        lasted: float = 0.0,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> float:
        """Return the seconds to wait before the next attempt.

        Args:
            at_once: the server restarts or goes away, and another one takes over: do not wait. The
                next handover is waited for, unless a connection has lasted in between.
            lasted: how many seconds the connection was open.
            refused: the backend rejected this client.
            retry_after: the seconds that the server asked for.
        """
        self._hurried = self._hurried and lasted < LASTING_SECONDS
        if at_once and not self._hurried:
            self._hurried = True
            return 0.0
        wait = WAITS[min(self._failures, len(WAITS) - 1)]
        self._failures += 1
        if refused:
            wait = max(wait, REFUSED_SECONDS)
        if retry_after is not None:
            wait = max(wait, min(retry_after, LONGEST_RETRY_AFTER))
        return wait * (1 + self._jitter * self._chance()) * self._scale


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` field asks for; None if it cannot be read.

    RFC 9110, section 10.2.3.
    """
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return float(value)
    date = from_http(value)
    return max((date - now).total_seconds(), 0.0) if date is not None else None
