"""The connection of a checkup, and one ping."""

from __future__ import annotations

import asyncio

from ..facts import Stage
from ..settings.choices import Until
from ..wire.budget import SLOW_LOOKUP_MS
from ..wire.session import Ended, Session
from ..wire.trip import Trip
from .conversation import converse


async def walk(trip: Trip) -> None:
    """Connect, send one ping and wait for its pong, or stop after the last stage that is wanted.

    The trip keeps the facts, however far it got.
    """
    session = None
    try:
        session = await trip.open()
        if session is not None and trip.opening.connection.until is not Until.UPGRADE:
            trip.tell(Stage.SESSION)
            seen = await converse(session, trip.opening.connection.timeout)
            trip.note(session, seen)
            if seen.pong and trip.opening.connection.kept:
                await _keep(trip, session)
            trip.tell(Stage.SESSION)
    finally:
        await trip.look_at_losers()
        if session is not None:
            await session.leave()
            # Also those that came after the pong: nobody else gets them.
            session.rest()
            if session.has_commands:
                trip.learn(session=session.with_commands(trip.facts.session))
        await trip.leave()


async def _keep(trip: Trip, session: Session) -> None:
    """Keep an open connection, send nothing, and note its end if it ends."""
    trip.tell_of_another_look(Stage.SESSION)
    try:
        async with asyncio.timeout(trip.opening.connection.kept):
            while True:
                await session.receive()
    except TimeoutError:
        return
    except Ended:
        await session.closed()
        trip.note(session, session.facts())


def is_enough(trip: Trip) -> bool:
    """Tell whether a trip that is over leaves nothing to look into (`closer`)."""
    seen = trip.facts.dns
    slow = seen is not None and seen.span.duration_ms >= SLOW_LOOKUP_MS
    return trip.facts.failure is None and not slow and not trip.opening.connection.deep
