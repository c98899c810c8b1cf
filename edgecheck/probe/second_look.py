"""After some failures, one more connection to the same address, without credentials, tells apart what the first could not.

What it brings is a hint for a person, never proof of who is there: nothing is verified, and nothing
secret is sent.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..facts.dates import from_http, to_rfc3339
from ..settings.url import Endpoint
from ..wire import tcp
from ..wire.budget import FIRST_BYTES
from ..wire.clock import Clock
from ..wire.dns import Address
from ..wire.http import ClosedEarly, NotHttp, read_head
from ..wire.stream import SocketStream, TlsStream
from ..wire.tls import Handshake, context_of

_T = TypeVar("_T")


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
        date = (await read_head(stream)).field(b"date") or b""
        moment = from_http(date.decode("ascii", "replace"))
        return to_rfc3339(moment) if moment is not None else None

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
