"""What happened after the socket opened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .failure import Failure
from .span import Span


class MessageKind(StrEnum):
    """What a message from the server is, as `protocol.parse` reads it."""

    PONG = "pong"
    COMMAND = "command"
    MALFORMED_COMMAND = "malformed-command"
    UNKNOWN = "unknown"  # an object with a type that the protocol does not have
    NOT_JSON = "not-json"  # not JSON, not an object, or without a type
    ECHO = "echo"  # our own ping, unchanged


@dataclass(frozen=True)
class Message:
    """One message from the server.

    Args:
        kind: what it is.
        excerpt: its first characters, escaped.
        detail: the type of an unknown one; what is wrong with a malformed one.
    """

    kind: MessageKind
    excerpt: str
    detail: str = ""


@dataclass(frozen=True)
class SessionFacts:
    """One ping, and what came of it.

    Args:
        pong: True the pong came; False it did not, in the whole time allowed; None, the connection
            ended first.
        round_trip_ms: from the ping handed to the socket to the pong's bytes.
        messages: those that were not the pong, the first few; `messages_seen` counts all.
        close_code, close_reason: of the close frame (RFC 6455, section 7.4); 1005 for one without a
            code, 1006 for none at all.
        closed_by: ``server`` or ``client``: whose close frame it is.
        idle_ms: how long nothing had been sent or received when the connection ended.
        failure: None where the pong came.
    """

    span: Span
    pong: bool | None = None
    round_trip_ms: float | None = None
    messages: tuple[Message, ...] = ()
    messages_seen: int = 0
    close_code: int | None = None
    close_reason: str = ""
    closed_by: str | None = None
    idle_ms: float | None = None
    failure: Failure | None = None
