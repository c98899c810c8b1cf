"""On a healthy run, if the person wants it: what fails only for other clients, or at times."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from ..facts import AgainFacts, Attempt, LookName
from ..frozen import replace
from ..wire import tcp
from ..wire.dns import Address
from ..wire.trip import Trip
from .side_by_side import shown
from .silence import hello, limit_of

# No name has more addresses than this of its own, and nobody waits for them.
_ADDRESSES = 12


async def look_deeper(trip: Trip) -> None:
    """If all is well and the person wants it, try what fails only for other clients or at times.

    A large ClientHello, as clients with post-quantum key shares send, and each other address.
    """
    facts, opening = trip.facts, trip.opening
    seen = facts.tcp
    if not opening.connection.deep or facts.failure is not None or facts.session is None:
        return
    if seen is None or seen.address is None or opening.proxy is not None:
        return
    if opening.connection.way.unix_socket is not None:
        return
    host = opening.endpoint.host
    others = [each for each in trip.addresses if each.text != seen.address][:_ADDRESSES]
    looks: list[Awaitable[AgainFacts]] = []
    if opening.endpoint.secure:
        looks += [
            hello(trip, LookName.AGAIN, host, seen.address),
            hello(trip, LookName.LARGE_HELLO, host, seen.address, large=True),
        ]
    again, attempts = await asyncio.gather(
        asyncio.gather(*looks, return_exceptions=True),
        asyncio.gather(*(_connected(trip, each) for each in others)),
    )
    known = {each.address for each in attempts}
    kept = (each for each in seen.attempts if each.address not in known)
    taken = (each for each in seen.again if each.commands)
    trip.learn(tcp=replace(seen, again=(*taken, *shown(again)), attempts=(*kept, *attempts)))


async def _connected(trip: Trip, address: Address) -> Attempt:
    """Connect to one address alone."""
    race = tcp.Race("", trip.opening.endpoint.port, [address], trip.clock)
    try:
        sock = await race.run(limit_of(trip))
        if sock is not None:
            sock.close()
        return race.facts().attempts[0]
    finally:
        await race.close()
