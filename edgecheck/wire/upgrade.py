"""The opening handshake: the request that the user's client would send, and its answer."""

from __future__ import annotations

import asyncio
import logging
import ssl

from websockets.client import ClientProtocol
from websockets.typing import Origin, Subprotocol
from websockets.uri import WebSocketURI

from ..facts import Failure, Kind, Stage, UpgradeFacts
from ..frozen import replace
from .budget import FIRST_BYTES, HEAD_LIMIT, MESSAGE_LIMIT
from .clock import Clock, now
from .fold import fold
from .http import ClosedEarly, NotHttp, read_body, read_head
from .opening import Field, Opening
from .stream import Stream

# websockets logs what it sends and receives, and a server may repeat the secret. Nobody can look up
# this logger by a name, and so nobody can switch it on.
SILENT = logging.Logger("edgecheck", logging.CRITICAL + 1)  # noqa: LOG001

_RECORD_ALERT, _RECORD_HANDSHAKE = 0x15, 0x16


async def upgrade(
    stream: Stream, opening: Opening, clock: Clock, message_limit: int = MESSAGE_LIMIT
) -> tuple[UpgradeFacts, ClientProtocol | None]:
    """Ask for a WebSocket.

    Args:
        stream: to the backend.
        opening: what to ask for.
        clock: of the whole run.
        message_limit: the largest message that is read, in bytes.

    Returns:
        The facts, and the protocol, which was given all bytes that were received; None if the
        WebSocket did not open.
    """
    started = clock.milliseconds()
    protocol, request, shown = _request(opening, message_limit)

    def failed(failure: Failure, received: bytes = b"") -> tuple[UpgradeFacts, None]:
        first = opening.clean(received, FIRST_BYTES)
        span = clock.since(started)
        return UpgradeFacts(span, shown, first_bytes=first, failure=failure), None

    try:
        async with asyncio.timeout(opening.connection.timeout):
            await _send(stream, request)
            head = await read_head(stream)
    except NotHttp as error:
        in_tls = _is_tls(error.received) and not opening.endpoint.secure
        kind = Kind.UPGRADE_TLS_BYTES if in_tls else Kind.UPGRADE_NOT_HTTP
        return failed(Failure(kind, "the answer is not HTTP"), error.received)
    except ClosedEarly as error:
        failure = Failure(Kind.UPGRADE_CLOSED, "closed without an answer")
        if error.cause:
            failure = fold(error.cause, Stage.UPGRADE)
        return failed(failure, error.received)
    except OSError as error:
        return failed(fold(error, Stage.UPGRADE))

    received_at, span = now(), clock.since(started)
    if head.status != 101:
        body, truncated = await read_body(stream, head)
        response = head.response(opening.clean, body, truncated)
        failure = Failure(Kind.UPGRADE_STATUS, f"HTTP {head.status}")
        return UpgradeFacts(span, shown, response, received_at, failure=failure), None
    seen = UpgradeFacts(span, shown, head.response(opening.clean), received_at)
    if not head.complete:
        # What follows of it would be taken for frames.
        failure = Failure(
            Kind.UPGRADE_INVALID, f"the head of the answer is longer than {HEAD_LIMIT} bytes"
        )
        return replace(seen, failure=failure), None
    protocol.receive_data(head.raw + head.rest)
    if protocol.handshake_exc is None:
        return seen, protocol
    refused = protocol.handshake_exc
    words = f"{refused}: {refused.__cause__}" if refused.__cause__ else str(refused)
    failure = replace(fold(refused, Stage.UPGRADE), message=opening.clean(words, 200))
    return replace(seen, failure=failure), None


async def _send(stream: Stream, request: bytes) -> None:
    """Send the request; if the server has closed already, raise what it said before that.

    Under TLS 1.3 it may have refused the client's certificate while the request was on its way.
    """
    try:
        await stream.send(request)
    except OSError:
        # A TLS alert that is there already says why. Without one, the first error is the cause.
        try:
            await stream.receive()
        except ssl.SSLError as error:
            raise error from None
        except OSError:
            pass
        raise


def _request(opening: Opening, limit: int) -> tuple[ClientProtocol, bytes, tuple[str, ...]]:
    """Return the protocol that expects the answer, the request, and its lines to show."""
    endpoint, offered = opening.endpoint, opening.subprotocols
    target, target_shown = opening.target
    path, _, query = target.partition("?")
    uri = WebSocketURI(endpoint.secure, endpoint.host, endpoint.port, path, query)
    protocol = ClientProtocol(
        uri,
        origin=Origin(opening.origin or opening.profile.request.origin) or None,
        subprotocols=[Subprotocol(each) for each in offered[0]] or None,
        max_size=limit,
        logger=SILENT,
    )
    request = protocol.connect()
    masked = {"Sec-WebSocket-Protocol": offered[1]}
    usual = opening.without_given(
        Field(name, value, masked.get(name)) for name, value in request.headers.raw_items()
    )
    plain = opening.clean.need_nothing([one.value for one in usual if one.shown is None])
    clean = str if plain else opening.clean
    fields = (*usual, *opening.own_fields)
    lines = [
        f"{one.name}: {clean(one.value) if one.shown is None else one.shown}" for one in fields
    ]
    shown = (f"GET {target_shown} HTTP/1.1", *lines)
    # The protocol must believe that it sent its own request. Its bytes are dropped, and ours, which
    # hold the secret, are sent instead.
    protocol.send_request(request)
    protocol.data_to_send()
    own = [f"GET {target} HTTP/1.1", *(f"{one.name}: {one.value}" for one in fields), "", ""]
    return protocol, "\r\n".join(own).encode("latin-1"), shown


def _is_tls(received: bytes) -> bool:
    first = received[:1] in (bytes([_RECORD_ALERT]), bytes([_RECORD_HANDSHAKE]))
    return first and received[1:2] in (b"", b"\x03")
