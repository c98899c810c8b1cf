"""How long to wait before the next attempt to connect (pure)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# The contract's: 1, 2, 4, 8, 16, 32, 60, 60 … seconds.
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
# A refusal does not heal by itself: whoever tries all the same, because somebody may mend it, has
# no reason to hurry.
REFUSED_SECONDS = 60.0
# A thousand agents that lost one backend come back over this much more than their wait, not all in
# the same instant.
JITTER = 0.2
# A connection that lasted so long was no part of a backend's going up and down: the next handover
# is followed at once again.
LASTING_SECONDS = 60.0
# A backend that asks for more than an hour is believed for an hour.
LONGEST_RETRY_AFTER = 3600.0


class Backoff:
    """The waits between attempts, which grow until one succeeds.

    Args:
        jitter: the part of a wait that may be added to it at random; 0 for none.
        scale: what a second lasts, for tests that have not so much time.
        chance: gives numbers from 0 to 1.
    """

    def __init__(
        self,
        *,
        jitter: float = JITTER,
        scale: float = 1.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._jitter, self._scale, self._chance = jitter, scale, chance
        self._failures = 0
        self._hurried = False

    def succeeded(self) -> None:
        """Begin anew: a connection was accepted and answered."""
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
            at_once: the server restarts or goes away, and others take its place: not to be waited
                for, once between two connections that lasted.
            lasted: how many seconds the connection had stood.
            refused: the backend does not want us.
            retry_after: seconds for which the server asks.
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
    """Return the seconds that a ``Retry-After`` field asks for; None for none that can be read.

    RFC 9110, section 10.2.3.
    """
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        return max((date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds(), 0.0)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
