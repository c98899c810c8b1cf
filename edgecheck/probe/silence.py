"""After a silence on an open connection: more connections, each with one change.

They tell apart who is silent: a backend that has the request and does not answer, a path that
carries no large packets, a filter that looks at the name, and packets that were lost by chance.
They are made at the same time, and without credentials, which only a ping needs.

A backend whose answers are lost looks like one that hangs: its kernel acknowledges in both cases.
So one connection ends its own half at once. A program that lives ends the other half then, and its
FIN comes out of order if something that it sent before did not arrive.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields, replace
from functools import partial

from ..facts import (
    AgainFacts,
    Facts,
    Failure,
    KernelFacts,
    Kind,
    LookName,
    LookOutcome,
    MessageKind,
    PathFacts,
    Stage,
    TcpFacts,
)
from ..facts.kernel import ANOTHER_NAME
from ..frozen import dataclass
from ..settings.choices import Until
from ..settings.url import is_address
from ..wire import machine, tcp
from ..wire.budget import (
    HALF_CLOSES,
    SILENCE_LOOK,
    SMALL_PING,
    SMALL_SEGMENT,
)
from ..wire.clock import Clock
from ..wire.fold import raise_own_limit
from ..wire.kernel import kernel_facts
from ..wire.opening import Field, Opening
from ..wire.session import Ended, Session
from ..wire.stream import SocketStream, TlsStream
from ..wire.tls import Handshake, context_of
from ..wire.trip import Trip
from .cut import connected_anew, is_cut
from .path import look_who_takes
from .proxy_itself import ask_the_proxy
from .side_by_side import half_closed, made, most_telling, together

# Names in the list of protocols (RFC 7301) make a ClientHello as large as a post-quantum key share
# does: 1.2 to 1.9 kB. The first is the one that a server of WebSockets agrees to.
_MANY_PROTOCOLS = ["http/1.1", *(f"x-padding-{number:02}-{'x' * 80}" for number in range(14))]

_SILENCES = frozenset({Kind.PROXY_TIMEOUT, Kind.TLS_TIMEOUT, Kind.UPGRADE_TIMEOUT})


async def look_into_silence(trip: Trip) -> None:
    """Make more connections if a stage met silence, and add what they show to the trip's facts.

    Through a proxy they are about the way to it; its silence hides what is behind it. Not to this
    machine itself, where nothing is on the way; and only if the kernel tells what was received.
    """
    facts, failure = trip.facts, trip.facts.failure
    seen = facts.tcp
    if failure is None or seen is None or seen.kernel is None or seen.address is None:
        return
    if trip.opening.connection.way.unix_socket is not None or _is_here(seen.address):
        return
    if failure.kind is Kind.SESSION_NO_PONG and is_cut(trip, seen.kernel):
        trip.tell_of_another_look(Stage.SESSION)
        trip.learn(tcp=await connected_anew(trip, seen))
        return
    stage, looks = _looks(trip, failure, seen.address, seen.kernel)
    if not looks:
        return
    trip.tell_of_another_look(stage)
    six = ":" in seen.address
    before = machine.counters(six=six)
    taken = asyncio.ensure_future(_taken_on_the_way(trip, seen))
    path, unheard = None, 0
    try:
        again = await made(looks, lossy=is_lossy(seen.kernel))
        if not any(
            one.name is LookName.AGAIN and one.outcome is LookOutcome.ANSWERED for one in again
        ):
            with contextlib.suppress(OSError):  # no file is left for it, and the others count
                path, unheard = await taken
    finally:
        taken.cancel()
    after = machine.counters(six=six)
    links = machine.narrow_links() if _small_alone(again) else ()
    assert trip.facts.tcp is not None
    seen = replace(trip.facts.tcp, again=tuple(again), links=links, path=path)
    if before is not None and after is not None:
        counted = after.since(before)
        # What this machine's firewall did to the answers to other packets is not at issue.
        turned_away = max(counted.turned_away - unheard, 0)
        seen = replace(seen, kept_back=counted.kept_back, turned_away=turned_away)
    trip.learn(tcp=seen)


def _looks(
    trip: Trip, failure: Failure, address: str, kernel: KernelFacts
) -> tuple[Stage, Sequence[Awaitable[AgainFacts]]]:
    """Return the looks that can tell apart what may have caused a silence, and their stage."""
    proxy, tls = trip.opening.proxy, trip.facts.tls
    if proxy is not None and failure.kind is not Kind.PROXY_TIMEOUT:
        return _through_a_proxy(trip, failure, kernel)
    if proxy is not None:
        if kernel.missing:
            return Stage.PROXY, ()
        half = half_closed(partial(_request, trip, LookName.HALF_CLOSED, stage=Stage.PROXY))
        return Stage.PROXY, (
            (half, ask_the_proxy(trip, proxy, limit_of(trip)))
            if proxy.scheme != "https"
            else (half,)
        )
    if failure.kind in (Kind.TLS_TIMEOUT, Kind.TLS_CLOSED) and tls is not None:
        asked = failure.kind is Kind.TLS_CLOSED and tls.client_certificate_requested is not None
        return Stage.TLS, () if asked else _hellos(trip, failure, address)
    if failure.kind is Kind.UPGRADE_TIMEOUT:
        return Stage.UPGRADE, (
            _request(trip, LookName.AGAIN),
            _request(trip, LookName.SMALL_SEGMENTS, SMALL_SEGMENT),
            half_closed(partial(_request, trip, LookName.HALF_CLOSED)),
        )
    if failure.kind is Kind.SESSION_NO_PONG and _may_ping(trip, kernel):
        if kernel.gap_ms is not None:  # something was lost: was it too large?
            return Stage.SESSION, (_ping(trip, LookName.SMALL_SEGMENTS),)
        return Stage.SESSION, (
            _ping_again(trip, address),
            _ping(trip, LookName.SMALL_SEGMENTS, SMALL_PING),
        )
    return Stage.SESSION, ()


def _through_a_proxy(
    trip: Trip, failure: Failure, kernel: KernelFacts
) -> tuple[Stage, Sequence[Awaitable[AgainFacts]]]:
    """Return the looks that tell whether the way to the proxy is silent, or what is behind it.

    Our segments' size and the end of our half concern the connection to the proxy alone.
    """
    if failure.kind is Kind.SESSION_NO_PONG and _may_ping(trip, kernel):
        small = _ping(
            trip, LookName.SMALL_SEGMENTS, 0.0 if kernel.gap_ms is not None else SMALL_PING
        )
        return Stage.SESSION, (small,) if kernel.gap_ms is not None else (_ping(trip), small)
    stage = {Kind.TLS_TIMEOUT: Stage.TLS, Kind.UPGRADE_TIMEOUT: Stage.UPGRADE}.get(failure.kind)
    if stage is None:
        return Stage.PROXY, ()
    return stage, (
        _request(trip, LookName.AGAIN, stage=stage),
        _request(trip, LookName.SMALL_SEGMENTS, SMALL_SEGMENT, stage=stage),
        half_closed(partial(_request, trip, LookName.HALF_CLOSED, stage=stage)),
    )


def is_lossy(kernel: KernelFacts) -> bool:
    """Tell whether packets of a connection got lost."""
    return bool(kernel.missing or kernel.retransmits or kernel.out_of_order)


async def _taken_on_the_way(trip: Trip, seen: TcpFacts) -> tuple[PathFacts | None, int]:
    """See whether somebody on the way took the connection, if all that was sent was received.

    Returns:
        What `look_who_takes` does.
    """
    failure, kernel = trip.facts.failure, seen.kernel
    silent = failure is not None and failure.kind in (Kind.TLS_TIMEOUT, Kind.UPGRADE_TIMEOUT)
    wanted = trip.opening.connection.path and trip.opening.proxy is None
    if not (silent and wanted) or kernel is None or seen.address is None:
        return None, 0
    if kernel.missing and not kernel.is_kept_waiting:
        return None, 0
    return await look_who_takes(trip, seen.address)


def _is_here(address: str) -> bool:
    route = machine.route_to(address)
    return route is not None and route.own


def _small_alone(again: list[AgainFacts]) -> bool:
    answered = {each.name for each in again if each.outcome is LookOutcome.ANSWERED}
    return LookName.SMALL_SEGMENTS in answered and LookName.AGAIN not in answered


def limit_of(trip: Trip) -> float:
    """Return how long a look may take, in seconds."""
    return min(SILENCE_LOOK, trip.opening.connection.timeout)


# --- TLS ------------------------------------------------------------------------------------------


def _hellos(trip: Trip, failure: Failure, address: str) -> Sequence[Awaitable[AgainFacts]]:
    host = trip.opening.endpoint.host
    looks = [hello(trip, LookName.AGAIN, host, address)]
    if failure.kind is Kind.TLS_TIMEOUT:
        looks.append(hello(trip, LookName.SMALL_SEGMENTS, host, address, SMALL_SEGMENT))
        looks.append(half_closed(partial(hello, trip, LookName.HALF_CLOSED, host, address)))
    if not is_address(host):
        others = ((LookName.OTHER_NAME, ANOTHER_NAME), (LookName.NO_NAME, None))
        looks += [hello(trip, name, server_name, address) for name, server_name in others]
    return looks


async def hello(
    trip: Trip,
    name: LookName,
    server_name: str | None,
    address: str,
    segment: int | None = None,
    *,
    large: bool = False,
    ends: float | None = None,
) -> AgainFacts:
    """Send one ClientHello, and see whether anything answers it.

    Args:
        ends: seconds after which our half ends; None if it does not.

    Raises:
        OSError: this machine has no means for it; nothing is known then.
    """
    addresses = [each for each in trip.addresses if each.text == address]
    race = tcp.Race("", 0, addresses, Clock(), segment)
    context = context_of(None, insecure=True)
    if large:
        context.set_alpn_protocols(_MANY_PROTOCOLS)
    seen = Handshake()
    seen.watch(context)
    stream: SocketStream | None = None
    known: KernelFacts | None = None
    outcome = LookOutcome.UNCONNECTED
    try:
        async with asyncio.timeout(limit_of(trip)):
            sock = await race.run(limit_of(trip))
            if sock is not None:
                stream, outcome = SocketStream(sock), LookOutcome.SILENT
                if ends is not None:
                    asyncio.get_running_loop().call_later(ends, stream.end_writing)
                await TlsStream(stream, context, server_name).handshake()
                outcome = LookOutcome.ANSWERED
    except TimeoutError:
        known = kernel_facts(stream.socket if stream is not None else None, Stage.TLS)
        outcome = _silence(name, known) if stream is not None else outcome
    except (ssl.SSLError, ValueError):
        outcome = LookOutcome.CLOSED
    except OSError:
        outcome = LookOutcome.CLOSED if stream is not None else LookOutcome.UNCONNECTED
    finally:
        if stream is not None:
            stream.close()
        await race.close()
    if stream is None:
        raise_own_limit(race.facts().failure)
    # A certificate is an answer even if the handshake did not end, and so is an alert.
    detail = "certificate" if seen.certificates is not None else "alert" if seen.alert else ""
    if detail or seen.server_spoke:
        outcome = LookOutcome.ANSWERED
    received = known is not None and known.sent > 0 and not known.missing
    acknowledged = (
        True if outcome is LookOutcome.ANSWERED else received if known is not None else None
    )
    return AgainFacts(name, outcome, detail, acknowledged, segment)


def _silence(name: LookName, known: KernelFacts | None) -> LookOutcome:
    """Tell whether nothing came, or something did and what came before it is missing."""
    lost = name is LookName.HALF_CLOSED and known is not None and known.out_of_order
    return LookOutcome.LOST if lost else LookOutcome.SILENT


# --- the request ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _WithoutSecret(Opening):
    """The same request without the secret, and as long as with it."""

    padding: int = 0

    def request_fields(self) -> list[Field]:
        """Return the fields, and one that fills the secret's place."""
        return [*super().request_fields(), Field("X-Padding", "x" * self.padding)]


async def _request(
    trip: Trip,
    name: LookName,
    segment: int | None = None,
    *,
    stage: Stage = Stage.UPGRADE,
    ends: float | None = None,
) -> AgainFacts:
    """Ask for a WebSocket once more, without the secret; or go as far as TLS alone.

    Args:
        stage: at whose beginning the time to the end of our half is counted.
        ends: seconds after which our half ends; None if it does not.
    """
    given = trip.opening
    limit = limit_of(trip)
    values = {each.name: getattr(given, each.name) for each in fields(given)}
    values["secret"] = None
    values["padding"] = len(given.secret.reveal()) if given.secret is not None else 0
    until = Until.TLS if stage is Stage.TLS else given.connection.until
    values["connection"] = replace(given.connection, timeout=limit, until=until)

    def end(begun: Stage, facts: Facts) -> None:
        if ends is not None and begun is stage and getattr(facts, stage.value) is None:
            asyncio.get_running_loop().call_later(ends, other.end_writing)

    other = Trip(
        _WithoutSecret(**values),
        Facts(profile=given.profile),
        trip.clock,
        observer=end,
        addresses=trip.addresses,
        context=trip.context,
        segment_size=segment,
    )
    session = None
    try:
        async with asyncio.timeout(limit):
            session = await other.open()
    except TimeoutError:
        other.ask_kernel()
    finally:
        if session is not None:
            await session.leave()
        await other.leave()
    raise_own_limit(other.facts.tcp.failure if other.facts.tcp is not None else None)
    outcome = _outcome(other.facts, name, stage, opened=session is not None)
    facts = other.facts
    kernel = facts.tcp.kernel if facts.tcp is not None else None
    acknowledged = (
        True if outcome is LookOutcome.ANSWERED else None if kernel is None else not kernel.missing
    )
    status = facts.upgrade.response.status if facts.upgrade and facts.upgrade.response else None
    detail = f"HTTP {status}" if status else ""
    found = AgainFacts(name, outcome, detail, acknowledged, segment)
    return found if session is None else _with_commands(found, session)


def _with_commands(found: AgainFacts, session: Session) -> AgainFacts:
    """Add the commands that came over a look's connection: nobody else gets them."""
    session.rest()
    taken = session.with_commands(None)
    return replace(found, commands=taken.commands, commands_seen=taken.commands_seen)


def _outcome(facts: Facts, name: LookName, stage: Stage, *, opened: bool) -> LookOutcome:
    """Tell what a look met, from the facts of its connection.

    Args:
        stage: the one that was looked at.
        opened: the WebSocket was opened.
    """
    passed = facts.proxy is not None and facts.proxy.failure is None
    responded = facts.upgrade is not None and facts.upgrade.response is not None
    # A certificate that is refused has come, too.
    tls = facts.tls
    secured = tls is not None and (tls.failure is None or tls.chain is not None)
    wanted = {Stage.PROXY: passed, Stage.TLS: secured}.get(stage, False)
    if opened or responded or wanted:
        return LookOutcome.ANSWERED
    if facts.tcp is None or facts.tcp.address is None:
        return LookOutcome.UNCONNECTED
    failure = facts.failure
    silent = failure is None or failure.kind in _SILENCES
    return _silence(name, facts.tcp.kernel) if silent else LookOutcome.CLOSED


# --- the ping -------------------------------------------------------------------------------------


def _may_ping(trip: Trip, known: KernelFacts) -> bool:
    """Tell whether another ping can say more.

    All was received, and what came back is not an answer of another kind, but nothing, a command,
    which comes unasked, or something that lacks what was sent before it.
    """
    session = trip.facts.session
    messages = session.messages if session is not None else ()
    answered = any(one.kind is not MessageKind.COMMAND for one in messages)
    wanted = trip.opening.profile.session.client_pings and not known.missing
    return wanted and (not answered or known.gap_ms is not None)


async def _ping_again(trip: Trip, address: str) -> AgainFacts:
    """Ping over another connection, and see what an earlier stage of it meets."""
    host = trip.opening.endpoint.host
    earlier: Callable[..., Awaitable[AgainFacts]] = partial(_request, trip, LookName.HALF_CLOSED)
    if trip.opening.endpoint.secure:
        earlier = partial(hello, trip, LookName.HALF_CLOSED, host, address)
    found = await together(_ping(trip), half_closed(earlier))
    return most_telling(found) if found[0].outcome is LookOutcome.UNCONNECTED else found[0]


async def _ping(
    trip: Trip, name: LookName = LookName.HALF_CLOSED, after: float = 0.0
) -> AgainFacts:
    """Connect with the credentials and send one ping.

    Args:
        name: of the look, which says what is changed.
        after: seconds before it begins.
    """
    given, limit = trip.opening, limit_of(trip) - after
    segment = SMALL_SEGMENT if name is LookName.SMALL_SEGMENTS else None
    await asyncio.sleep(after)
    opening = replace(given, connection=replace(given.connection, timeout=limit))
    known = Facts(profile=given.profile)
    other = Trip(
        opening,
        known,
        trip.clock,
        addresses=trip.addresses,
        context=trip.context,
        segment_size=segment,
    )
    session: Session | None = None
    outcome = LookOutcome.UNCONNECTED
    try:
        async with asyncio.timeout(limit):
            session = await other.open()
            if session is not None:
                session.ping()
                if name is LookName.HALF_CLOSED:
                    asyncio.get_running_loop().call_later(HALF_CLOSES[0], session.end_writing)
                while (await session.receive()).message.kind is not MessageKind.PONG:
                    pass
                outcome = LookOutcome.ANSWERED
    except TimeoutError:
        if session is not None:
            outcome = _silence(name, session.accounts.facts())
    except Ended:
        outcome = LookOutcome.CLOSED
    finally:
        if session is not None:
            session.drop()
        await other.leave()
    raise_own_limit(other.facts.tcp.failure if other.facts.tcp is not None else None)
    found = AgainFacts(name, outcome, segment_size=segment)
    return found if session is None else _with_commands(found, session)
