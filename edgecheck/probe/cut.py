"""After the silence of a connection that worked: is the way still open for a new one?"""

from __future__ import annotations

import asyncio
import contextlib

from ..facts import AgainFacts, KernelFacts, Kind, LookName, LookOutcome, TcpFacts
from ..frozen import replace
from ..wire import machine, tcp
from ..wire.budget import NEW_CONNECTION
from ..wire.clock import Clock
from ..wire.fold import raise_own_limit
from ..wire.trip import Trip
from .path import Look


def is_cut(trip: Trip, known: KernelFacts) -> bool:
    """Tell whether nothing that was sent is acknowledged any more, though it was before."""
    session = trip.facts.session
    if trip.opening.proxy is not None:
        return False  # it is the proxy's connection, and another one would say nothing of it
    worked = session is not None and session.round_trip_ms is not None
    return worked and known.missing > 0 and not known.is_kept_waiting


async def connected_anew(trip: Trip, seen: TcpFacts) -> TcpFacts:
    """Return the facts with another connection to the same address, or with where its packets end.

    A connection that opens shows that the way is open, and that this one alone was forgotten.

    Raises:
        OSError: this machine has no means for it; nothing is known then.
    """
    to = next((each for each in trip.addresses if each.text == seen.address), None)
    if to is None:
        return seen
    race = tcp.Race("", 0, [to], Clock())
    sock = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(NEW_CONNECTION):
            sock = await race.run(NEW_CONNECTION)
    refused = race.facts().failure
    await race.close()
    if sock is not None:
        sock.close()
    raise_own_limit(refused)
    closed = refused is not None and refused.kind is Kind.TCP_REFUSED
    outcome = (
        LookOutcome.ANSWERED
        if sock is not None
        else LookOutcome.CLOSED
        if closed
        else LookOutcome.UNCONNECTED
    )
    seen = replace(seen, again=(AgainFacts(LookName.ANEW, outcome),))
    route = machine.route_to(to.text)
    on_the_way = trip.opening.connection.path and trip.opening.connection.way.interface is None
    if outcome is not LookOutcome.UNCONNECTED or route is None or not on_the_way:
        return seen
    with contextlib.suppress(OSError):  # no file is left for the look, and what is known counts
        seen = replace(seen, path=await asyncio.to_thread(Look(to, route, trip.clock).made))
    return seen
