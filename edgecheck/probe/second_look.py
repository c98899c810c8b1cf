"""After some failures, one more connection to the same address tells causes apart.

It is made without credentials.
What it brings is a hint for a person, never proof of who is there: nothing is verified, and nothing
secret is sent.
"""

from __future__ import annotations

import asyncio
import email.utils
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC
from typing import TypeVar

from ..facts import Failure, Kind, Stage, TlsFacts, UpgradeFacts
from ..settings.url import Endpoint
from ..wire import tcp
from ..wire.budget import FIRST_BYTES, LATE_SECOND_LOOK, SECOND_LOOK
from ..wire.clock import Clock
from ..wire.dns import Address
from ..wire.http import ClosedEarly, NotHttp, read_head
from ..wire.stream import SocketStream, TlsStream
from ..wire.tls import Handshake, context_of, is_record
from ..wire.trip import Trip

_T = TypeVar("_T")


# X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_DATES = frozenset({9, 10})


async def look_again(trip: Trip) -> None:
    """Look again where that can tell causes apart; the trip learns what it showed.

    Not through a proxy: what answered may have been the proxy's.
    """
    facts = trip.facts
    if trip.opening.proxy is not None:
        return
    if facts.tls is not None and facts.tls.failure is not None:
        await _look_at_tls(trip, facts.tls, facts.tls.failure)
    elif facts.upgrade is not None and facts.upgrade.failure is not None and facts.tls is None:
        await _look_at_upgrade(trip, facts.upgrade, facts.upgrade.failure)


async def _look_at_tls(trip: Trip, seen: TlsFacts, failure: Failure) -> None:
    """Ask for the server's clock where dates are the fault; in plain text where TLS was silent."""
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
    """Try TLS where a request in plain text got no answer at all."""
    endpoint, limit = trip.opening.endpoint, trip.opening.connection.timeout
    if failure.kind is not Kind.UPGRADE_CLOSED or seen.first_bytes:
        return
    trip.tell_of_another_look(Stage.UPGRADE)
    if await speaks_tls(trip.addresses, endpoint, min(SECOND_LOOK, limit)):
        trip.learn(upgrade=replace(seen, speaks_tls=True))


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


def _request(endpoint: Endpoint) -> bytes:
    return f"HEAD / HTTP/1.1\r\nHost: {endpoint.authority}\r\nConnection: close\r\n\r\n".encode(
        "ascii"
    )


async def server_date(addresses: list[Address], endpoint: Endpoint, wait: float) -> str | None:
    """Ask a server whose certificate is out of its time for its own.

    Args:
        wait: seconds, for all of it.

    Returns:
        The ``Date`` field, RFC 3339, UTC; None where there was none.
    """

    async def ask(below: SocketStream) -> str | None:
        stream = TlsStream(below, context_of(None, insecure=True), endpoint.host)
        await stream.handshake()
        await stream.send(_request(endpoint))
        return http_date((await read_head(stream)).field(b"date"))

    return await _look(addresses, wait, ask, otherwise=None)


async def speaks_tls(addresses: list[Address], endpoint: Endpoint, wait: float) -> bool:
    """Tell whether a port that closed on plain text answers a TLS handshake."""

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


async def plain_answer(addresses: list[Address], endpoint: Endpoint, wait: float) -> bytes:
    """Return the first bytes with which a port that did not answer a TLS handshake answers plain HTTP; empty where it does not."""

    async def ask(below: SocketStream) -> bytes:
        await below.send(_request(endpoint))
        return (await below.receive())[:FIRST_BYTES]

    return await _look(addresses, wait, ask, otherwise=b"")


def http_date(value: bytes | None) -> str | None:
    """Read a Date field (RFC 9110, section 5.6.7) as RFC 3339, UTC; None where it is none."""
    if value is None:
        return None
    try:
        moment = email.utils.parsedate_to_datetime(value.decode("ascii", "replace"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
