"""One checkup: the connection, one ping, and the looks that tell the causes of a failure apart."""

from __future__ import annotations

from ..facts import Facts, Stage
from ..settings.choices import Until
from ..settings.secret import Secret
from ..wire.opening import Opening
from ..wire.trip import Trip
from .conversation import converse
from .experiments import experiment, is_refusal
from .second_look import look_again


async def walk(trip: Trip) -> None:
    """Connect, send one ping and wait for its pong, or stop after the last stage that is wanted.

    The trip keeps the facts, however far it got.
    """
    session = None
    try:
        session = await trip.open()
        if session is not None and trip.opening.connection.until is not Until.UPGRADE:
            trip.tell(Stage.SESSION)
            trip.learn(session=await converse(session, trip.opening.connection.timeout))
            trip.tell(Stage.SESSION)
    finally:
        await trip.look_at_losers()
        if session is not None:
            await session.leave()
        await trip.leave()


async def look_closer(trip: Trip, cleaned: Secret | None) -> None:
    """Look again after a failure with several possible causes; the trip keeps what that showed.

    Each look is one more connection with one change: a second look after some failures of TLS and
    of the upgrade, experiments after a refusal.

    Args:
        trip: it is over.
        cleaned: the secret as the lint would repair it, for the experiments.
    """
    await look_again(trip)
    if trip.opening.connection.experiments and is_refusal(trip.facts):
        trip.tell(Stage.AUTH)

        async def handshake(opening: Opening) -> Facts:
            other = Trip(
                opening,
                Facts(profile=opening.profile),
                trip.clock,
                addresses=trip.addresses,
                context=trip.context,
            )
            await walk(other)
            return other.facts

        trip.learn(experiments=await experiment(trip.opening, cleaned, handshake, trip.facts))
