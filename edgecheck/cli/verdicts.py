"""Show why there is no connection, or why it ended: the verdict that `doctor` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..catalogue.config import LINT
from ..checkup import checkup, concluded
from ..frozen import replace
from ..settings.model import Settings
from ..wire.budget import LIVE_MESSAGE_LIMIT
from ..wire.opening import opening_of
from ..wire.session import Session
from ..wire.trip import Trip
from ..wire.trust import check_trust

if TYPE_CHECKING:
    from ..agent.size_limit import Bounds
    from .live import Reporter


async def request_possible(settings: Settings, reporter: Reporter) -> bool:
    """Return whether a connection can be tried; if not, show why.

    Raises:
        TrustError: the file of trusted certificates cannot be used.
    """
    if not LINT.request_possible(settings):
        reporter.verdict(await checkup(settings))
        return False
    check_trust(settings.connection)
    return True


async def open_or_explain(settings: Settings, reporter: Reporter) -> tuple[Trip, Session] | None:
    """Open a connection, or show why that failed."""
    if not await request_possible(settings, reporter):
        return None
    trip = Trip.of(settings, message_limit=LIVE_MESSAGE_LIMIT)
    session = await trip.open_alone()
    if session is None:
        reporter.verdict(await concluded(settings, trip))
        return None
    return trip, session


async def explain_end(
    settings: Settings,
    trip: Trip,
    session: Session,
    reporter: Reporter,
    limit: Bounds | None = None,
) -> None:
    """Show why a connection ended, or, if it is still open, why it cannot be used.

    Args:
        limit: of a message's size, if it was measured.
    """
    seen = session.facts()
    if limit is not None:
        seen = replace(seen, largest_passed=limit.passed, smallest_refused=limit.refused)
    trip.note(session, seen)
    # The findings on the settings matter only if the backend never answered.
    alone = session.answered or seen.pong is False
    reporter.verdict(await concluded(settings, trip), alone=alone)


def target_of(settings: Settings, session: Session | None = None) -> str:
    """Name the backend, with its address if there is a session, and the agent."""
    clean, endpoint = opening_of(settings).clean, settings.endpoint
    assert endpoint is not None  # a request could be written
    address = ""
    if session and not (endpoint.host in session.peer or settings.connection.proxy):
        address = f" ({session.peer})"
    agent = f" as {settings.sent_id}" if settings.sent_id else ""
    return clean(f"{endpoint.authority}{address}{agent}")
