"""After some failures, make one more connection to the same address, to tell causes apart.

It is made without credentials. What it shows is a hint, not a proof of who answered: nothing is
verified, and nothing secret is sent.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..facts import Failure, Kind, SessionFacts, Stage, TlsFacts, UpgradeFacts
from ..facts.dates import from_http, to_rfc3339
from ..facts.failure import EXPIRED, NOT_YET_VALID
from ..frozen import replace
from ..settings.url import Endpoint
from ..wire import tcp
from ..wire.budget import FIRST_BYTES, LATE_SECOND_LOOK, SECOND_LOOK, SILENCE_LOOK
from ..wire.clock import Clock
from ..wire.dns import Address
from ..wire.http import ClosedEarly, NotHttp, read_head
from ..wire.stream import SocketStream, TlsStream
from ..wire.tls import Handshake, context_of, is_record
from ..wire.trip import Trip
from .experiments import is_refusal

_T = TypeVar("_T")

# Close codes that servers send when they are stopped: 1000 (sanic), 1001, 1005, 1011 (hypercorn),
# 1012 (uvicorn).
_STOPS = frozenset({1000, 1001, 1005, 1011, 1012})
_DATES = NOT_YET_VALID | EXPIRED
# The alert no_application_protocol (RFC 7301, section 3.2).
_NO_PROTOCOL = 120


async def look_again(trip: Trip) -> None:
    """Look again if that can tell causes apart, and add what it shows to the trip's facts.

    Not through a proxy, because the answer may have been the proxy's.
    """
    facts = trip.facts
    if trip.opening.proxy is not None:
        return
    if facts.tls is not None and facts.tls.failure is not None:
        await _look_at_tls(trip, facts.tls, facts.tls.failure)
    elif facts.upgrade is not None and facts.upgrade.failure is not None:
        look = _look_at_upgrade if facts.tls is None else _look_inside_tls
        await look(trip, facts.upgrade, facts.upgrade.failure)
    elif facts.session is not None and _ended_by_itself(facts.session) and not is_refusal(facts):
        limit = min(SECOND_LOOK, trip.opening.connection.timeout)
        refused = await refuses(trip.addresses, limit)
        trip.learn(session=replace(facts.session, refused_next=refused))


def _ended_by_itself(seen: SessionFacts) -> bool:
    """Tell whether a session ended as it does when a server is stopped."""
    failure = seen.failure
    if failure is None or seen.closed_by == "client":
        return False
    dropped = failure.kind in (Kind.SESSION_DROPPED, Kind.SESSION_IDLE_CLOSED)
    return dropped or (failure.kind is Kind.SESSION_CLOSED and seen.close_code in _STOPS)


async def _look_at_tls(trip: Trip, seen: TlsFacts, failure: Failure) -> None:
    """Ask for the server's clock if dates are the fault; try plain text if TLS got no answer."""
    endpoint, limit = trip.opening.endpoint, trip.opening.connection.timeout
    if failure.verify_code in _DATES:
        trip.tell_of_another_look(Stage.TLS)
        date = await server_date(trip.addresses, endpoint, min(SECOND_LOOK, limit))
        trip.learn(tls=replace(seen, server_date=date))
    elif (
        failure.kind in (Kind.TLS_CLOSED, Kind.TLS_TIMEOUT)
        and seen.client_certificate_requested is None
    ):
        trip.tell_of_another_look(Stage.TLS)
        wait = SECOND_LOOK if failure.kind is Kind.TLS_CLOSED else LATE_SECOND_LOOK
        first = await plain_answer(trip.addresses, endpoint, min(wait, limit))
        if first and not is_record(first):
            failure = replace(failure, kind=Kind.TLS_NOT_TLS)
            first_bytes = trip.opening.clean(first)
            trip.learn(tls=replace(seen, failure=failure, first_bytes=first_bytes))


async def _look_at_upgrade(trip: Trip, seen: UpgradeFacts, failure: Failure) -> None:
    """Try TLS if a request in plain text got no answer at all.

    Most servers close when they get something else than TLS. Puma waits for the rest of it.
    """
    endpoint, limit = trip.opening.endpoint, trip.opening.connection.timeout
    if failure.kind not in (Kind.UPGRADE_CLOSED, Kind.UPGRADE_TIMEOUT) or seen.first_bytes:
        return
    trip.tell_of_another_look(Stage.UPGRADE)
    # The silence is looked into at the same time, which takes about as long.
    wait = SECOND_LOOK if failure.kind is Kind.UPGRADE_CLOSED else SILENCE_LOOK
    if await speaks_tls(trip.addresses, endpoint, min(wait, limit)):
        trip.learn(upgrade=replace(seen, speaks_tls=True))


async def _look_inside_tls(trip: Trip, seen: UpgradeFacts, failure: Failure) -> None:
    """Ask which protocols a server speaks that closes on HTTP/1.1 without an answer."""
    if failure.kind is not Kind.UPGRADE_CLOSED or seen.first_bytes:
        return
    trip.tell_of_another_look(Stage.UPGRADE)
    endpoint, wait = trip.opening.endpoint, min(SECOND_LOOK, trip.opening.connection.timeout)
    offers = [chooses(trip.addresses, endpoint, each, wait) for each in ("h2", "http/1.1")]
    newer, older = await asyncio.gather(*offers)
    if newer and older is False:
        trip.learn(upgrade=replace(seen, chooses_http2=True))


async def _look(
    addresses: list[Address],
    wait: float,
    ask: Callable[[SocketStream], Awaitable[_T]],
    *,
    otherwise: _T,
) -> _T:
    race = tcp.Race("", 0, addresses, Clock())
    try:
        async with asyncio.timeout(wait):
            sock = await race.run(wait)
            if sock is None:
                return otherwise
            stream = SocketStream(sock)
            try:
                return await ask(stream)
            finally:
                stream.close()
    except (OSError, NotHttp, ClosedEarly):
        return otherwise
    finally:
        await race.close()


async def refuses(addresses: list[Address], wait: float) -> bool | None:
    """Return whether a port refuses connections now; None if it says neither yes nor no.

    Args:
        wait: seconds for everything together.
    """
    race = tcp.Race("", 0, addresses, Clock())
    try:
        async with asyncio.timeout(wait):
            sock = await race.run(wait)
            if sock is not None:
                sock.close()
                return False
            failure = race.facts().failure
            return True if failure is not None and failure.kind is Kind.TCP_REFUSED else None
    except OSError:
        return None
    finally:
        await race.close()


def _request(endpoint: Endpoint) -> bytes:
    return f"HEAD / HTTP/1.1\r\nHost: {endpoint.authority}\r\nConnection: close\r\n\r\n".encode(
        "ascii"
    )


async def server_date(addresses: list[Address], endpoint: Endpoint, wait: float) -> str | None:
    """Ask a server for its time, because its certificate is not valid now.

    Args:
        wait: seconds for everything together.

    Returns:
        The ``Date`` field in UTC, as RFC 3339; None if there was none.
    """

    async def ask(below: SocketStream) -> str | None:
        stream = TlsStream(below, context_of(None, insecure=True), endpoint.host)
        await stream.handshake()
        await stream.send(_request(endpoint))
        date = (await read_head(stream)).field(b"date") or b""
        moment = from_http(date.decode("ascii", "replace"))
        return to_rfc3339(moment) if moment is not None else None

    return await _look(addresses, wait, ask, otherwise=None)


async def speaks_tls(addresses: list[Address], endpoint: Endpoint, wait: float) -> bool:
    """Return whether a port that gave plain text no answer answers a TLS handshake.

    Args:
        wait: seconds for everything together.
    """

    async def ask(below: SocketStream) -> bool:
        context = context_of(None, insecure=True)
        seen = Handshake()
        seen.watch(context)
        try:
            await TlsStream(below, context, endpoint.host).handshake()
        except ssl.SSLError:
            return seen.server_spoke or seen.alert is not None
        return True

    return await _look(addresses, wait, ask, otherwise=False)


async def chooses(
    addresses: list[Address], endpoint: Endpoint, protocol: str, wait: float
) -> bool | None:
    """Return whether a server chooses the one protocol that is offered inside TLS (RFC 7301).

    Args:
        wait: seconds for everything together.

    Returns:
        None if it did not finish the handshake for another reason.
    """

    async def ask(below: SocketStream) -> bool | None:
        context = context_of(None, insecure=True)
        context.set_alpn_protocols([protocol])
        seen = Handshake()
        seen.watch(context)
        stream = TlsStream(below, context, endpoint.host)
        try:
            await stream.handshake()
        except ssl.SSLError:
            return False if seen.alert == _NO_PROTOCOL else None
        return stream.tls.selected_alpn_protocol() == protocol

    return await _look(addresses, wait, ask, otherwise=None)


async def plain_answer(addresses: list[Address], endpoint: Endpoint, wait: float) -> bytes:
    """Return the first bytes of the answer to plain HTTP; empty if there is no answer.

    Used for a port that did not answer a TLS handshake.

    Args:
        wait: seconds for everything together.
    """

    async def ask(below: SocketStream) -> bytes:
        await below.send(_request(endpoint))
        return (await below.receive())[:FIRST_BYTES]

    return await _look(addresses, wait, ask, otherwise=b"")
