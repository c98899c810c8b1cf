"""The looks that tell the causes of a failure apart, once a connection is over."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable

from ..facts import (
    AgainFacts,
    Facts,
    KernelFacts,
    Kind,
    LookName,
    LookOutcome,
    SessionFacts,
    Stage,
    TcpFacts,
)
from ..frozen import replace
from ..settings.secret import Secret
from ..wire.budget import COMMANDS_NAMED, SILENCE_LOOKS
from ..wire.fold import raise_own_limit
from ..wire.opening import Opening
from ..wire.trip import Trip
from .deeper import look_deeper
from .experiments import experiment, is_refusal
from .path import look_along_the_path
from .second_look import look_again
from .servers import look_at_servers
from .side_by_side import SAME
from .silence import is_lossy, look_into_silence
from .walk import walk

_SILENCES = {
    Kind.TCP_TIMEOUT: Stage.TCP,
    Kind.TLS_TIMEOUT: Stage.TLS,
    Kind.UPGRADE_TIMEOUT: Stage.UPGRADE,
    Kind.SESSION_NO_PONG: Stage.SESSION,
}


async def look_closer(trip: Trip, cleaned: Secret | None) -> None:
    """Look again after a failure with several possible causes; the trip keeps what that showed.

    Each look is one more connection with one change: a second look after some failures of TLS and
    of the upgrade, experiments after a refusal.

    Args:
        trip: it is over.
        cleaned: the secret as the lint would repair it, for the experiments.
    """
    # A person has waited for a whole limit already: nothing here waits for the name servers.
    await asyncio.gather(_as_far_as(look_at_servers(trip)), _look_at_the_rest(trip, cleaned))


async def _as_far_as(look: Awaitable[None]) -> None:
    """Leave out a look for which this machine has no means, such as a file descriptor.

    What was seen before it counts without it.
    """
    with contextlib.suppress(OSError):
        await look


async def _look_at_the_rest(trip: Trip, cleaned: Secret | None) -> None:
    await asyncio.gather(_as_far_as(look_again(trip)), _as_far_as(look_into_silence(trip)))
    await _as_far_as(look_deeper(trip))
    if trip.opening.connection.path:
        await _as_far_as(look_along_the_path(trip))
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

        made = await experiment(trip.opening, cleaned, handshake, trip.facts)
        trip.learn(experiments=made)


async def walk_again(trip: Trip, failed_ms: float) -> Trip | None:
    """Make the whole connection once more if packets were merely lost the first time.

    A path that loses many packets is slow, and says nothing about the backend. A second silence
    ends when all looks into the first one have to be over.

    Args:
        trip: it is over.
        failed_ms: when the first connection failed, by the trip's clock.

    Returns:
        The second trip, with the first one's accounts; None if the first one's silence was no
        accident, or this machine has no means for a second one.
    """
    seen = trip.facts.tcp
    if seen is None or not _was_accident(trip.facts, seen):
        return None
    failure, opening = trip.facts.failure, trip.opening
    assert failure is not None
    stage = _SILENCES[failure.kind]
    trip.tell_of_another_look(stage)
    known = replace(trip.facts, tcp=None, tls=None, upgrade=None, session=None)
    other = Trip(opening, known, trip.clock, addresses=trip.addresses, context=trip.context)
    left = SILENCE_LOOKS - (trip.clock.milliseconds() - failed_ms) / 1000
    in_time = False
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await walk(other)
                in_time = True
        raise_own_limit(other.facts.tcp.failure if other.facts.tcp is not None else None)
    except OSError:
        return None  # as of every other look for which this machine has no means
    met, now = other.facts.failure, other.facts.tcp
    if not in_time or now is None or (met is not None and met.kind in _SILENCES):
        taken = other.facts.session
        commands, count = (taken.commands, taken.commands_seen) if taken else ((), 0)
        whole = AgainFacts(
            LookName.WHOLE, LookOutcome.SILENT, commands=commands, commands_seen=count
        )
        trip.learn(tcp=replace(seen, again=(*seen.again, whole)))
        return None
    first = seen.kernel or KernelFacts(stage, 0, 0)
    other.learn(tcp=replace(now, again=seen.again, path=seen.path, first=first))
    if trip.facts.session is not None:
        _add_commands(other, trip.facts.session)
    return other


def _add_commands(trip: Trip, earlier: SessionFacts) -> None:
    """Add the commands that an earlier connection took: nobody else gets them."""
    session = trip.facts.session
    if session is not None and earlier.commands:
        both = (*earlier.commands, *session.commands)[:COMMANDS_NAMED]
        count = earlier.commands_seen + session.commands_seen
        trip.learn(session=replace(session, commands=both, commands_seen=count))


def _was_accident(facts: Facts, seen: TcpFacts) -> bool:
    """Tell whether what met silence the first time was answered since."""
    failure = facts.failure
    if failure is None or facts.proxy is not None:
        return False
    if failure.kind is Kind.TCP_TIMEOUT:
        return seen.path is not None and seen.path.port_answer == "accepted"
    kernel = seen.kernel
    if failure.kind not in _SILENCES or kernel is None:
        return False
    if not is_lossy(kernel):
        return False
    if failure.kind is Kind.SESSION_NO_PONG:
        return bool(kernel.missing)  # there is no other way to ask again
    return any(each.name in SAME and each.outcome is LookOutcome.ANSWERED for each in seen.again)
