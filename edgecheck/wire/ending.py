"""How a WebSocket ended, from the close frames of both sides (RFC 6455, section 7.1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import CloseCode

from ..facts import Failure, Kind
from .clean import Cleaner


def ended(protocol: ClientProtocol, clean: Cleaner, drop: Failure) -> Mapping[str, Any]:
    """Return what the first close frame says, by the names of `SessionFacts`.

    Args:
        protocol: of the connection that is over.
        clean: for what the server said.
        drop: the failure if neither side sent a close frame.
    """
    received, sent = protocol.close_rcvd, protocol.close_sent
    if received is not None and (sent is None or protocol.close_rcvd_then_sent):
        failure = Failure(Kind.SESSION_CLOSED, "the server closed the connection")
        return _said(int(received.code), clean(received.reason, 200), "server", failure)
    if sent is not None:
        words = clean(str(protocol.parser_exc or sent.reason), 200)
        failure = Failure(Kind.SESSION_CLOSED, words)
        return _said(int(sent.code), clean(sent.reason, 200), "client", failure)
    return _said(int(CloseCode.ABNORMAL_CLOSURE), "", None, drop)


def _said(code: int, reason: str, by: str | None, failure: Failure) -> Mapping[str, Any]:
    return {"close_code": code, "close_reason": reason, "closed_by": by, "failure": failure}
