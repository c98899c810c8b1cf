"""The opening handshake: the request that the person's client would send, and its answer."""

from __future__ import annotations

import asyncio
import logging

from websockets.client import ClientProtocol
from websockets.uri import WebSocketURI

from ..facts import Failure, Kind, Stage, UpgradeFacts
from .budget import FIRST_BYTES, MESSAGE_LIMIT
from .clean import Cleaner
from .clock import Clock, now
from .fold import fold
from .http import ClosedEarly, NotHttp, read_body, read_head
from .opening import Opening
from .stream import Stream

# websockets logs what it sends and what it receives, and a server may say the secret. A logger that
# nobody can look up is one that nobody can switch on.
SILENT = logging.Logger("edgecheck", logging.CRITICAL + 1)  # noqa: LOG001

_MASKED = {"authorization": "Bearer <secret>"}
_RECORD_ALERT, _RECORD_HANDSHAKE = 0x15, 0x16


async def upgrade(
    stream: Stream, opening: Opening, clock: Clock, message_limit: int = MESSAGE_LIMIT
) -> tuple[UpgradeFacts, ClientProtocol | None]:
    """Ask for a WebSocket.

    Args:
        message_limit: the largest message that is read, in bytes.

    Returns:
        What was seen, and the protocol with all bytes that came already; None where the socket did
        not open.
    """
    started = clock.milliseconds()
    path, _, query = opening.endpoint.resource.partition("?")
    uri = WebSocketURI(
        opening.endpoint.secure, opening.endpoint.host, opening.endpoint.port, path, query
    )
    protocol = ClientProtocol(uri, max_size=message_limit, logger=SILENT)
    request = protocol.connect()
    fields = [*request.headers.raw_items(), *opening.request_fields()]
    line = f"GET {request.path} HTTP/1.1"
    shown = (
        opening.clean.own(line),
        *(f"{name}: {_MASKED.get(name.lower(), opening.clean(value))}" for name, value in fields),
    )
    # The protocol wants to have sent the request; its bytes are dropped for ours, which hold the
    # secret.
    protocol.send_request(request)
    protocol.data_to_send()
    head_bytes = "\r\n".join(
        [line, *(f"{name}: {value}" for name, value in fields), "", ""]
    ).encode("latin-1")

    try:
        async with asyncio.timeout(opening.connection.timeout):
            await stream.send(head_bytes)
            head = await read_head(stream)
    except NotHttp as error:
        kind = (
            Kind.UPGRADE_TLS_BYTES
            if _is_tls(error.received) and not opening.endpoint.secure
            else Kind.UPGRADE_NOT_HTTP
        )
        failure = Failure(kind, "the answer is no HTTP")
        return _failed(started, clock, shown, failure, error.received, opening.clean), None
    except ClosedEarly as error:
        failure = (
            fold(error.cause, Stage.UPGRADE)
            if error.cause
            else Failure(Kind.UPGRADE_CLOSED, "closed without an answer")
        )
        return _failed(started, clock, shown, failure, error.received, opening.clean), None
    except OSError as error:
        return _failed(started, clock, shown, fold(error, Stage.UPGRADE), b"", opening.clean), None

    received_at, span = now(), clock.since(started)
    if head.status != 101:
        body, truncated = await read_body(stream, head)
        failure = Failure(Kind.UPGRADE_STATUS, f"HTTP {head.status}")
        response = head.response(opening.clean, body, truncated)
        return UpgradeFacts(span, shown, response, received_at, failure=failure), None
    protocol.receive_data(head.raw + head.rest)
    response = head.response(opening.clean)
    if protocol.handshake_exc is not None:
        cause = protocol.handshake_exc.__cause__
        words = f"{protocol.handshake_exc}: {cause}" if cause else str(protocol.handshake_exc)
        failure = Failure(Kind.UPGRADE_INVALID, opening.clean(words, 200))
        return UpgradeFacts(span, shown, response, received_at, failure=failure), None
    return UpgradeFacts(span, shown, response, received_at), protocol


def _failed(
    started: float,
    clock: Clock,
    shown: tuple[str, ...],
    failure: Failure,
    received: bytes,
    clean: Cleaner,
) -> UpgradeFacts:
    return UpgradeFacts(
        clock.since(started), shown, first_bytes=clean(received, FIRST_BYTES), failure=failure
    )


def _is_tls(received: bytes) -> bool:
    return received[:1] in (bytes([_RECORD_ALERT]), bytes([_RECORD_HANDSHAKE])) and received[
        1:2
    ] in (b"", b"\x03")
