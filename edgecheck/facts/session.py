"""What happened after the upgrade."""

from __future__ import annotations

from enum import StrEnum

from ..frozen import dataclass
from .failure import Failure
from .span import Span


class MessageKind(StrEnum):
    """What a message from the server is, as `backend.messages.parse` reads it."""

    PONG = "pong"
    COMMAND = "command"
    MALFORMED_COMMAND = "malformed-command"
    UNKNOWN = "unknown"  # an object whose type is not in the protocol
    NOT_JSON = "not-json"  # not JSON, not an object, or without a type
    ECHO = "echo"  # our own ping, unchanged


@dataclass(frozen=True)
class Message:
    """One message from the server.

    Args:
        kind: what it is.
        excerpt: its first characters, escaped.
        detail: the type of an unknown message; what is wrong with a malformed one.
    """

    kind: MessageKind
    excerpt: str
    detail: str = ""


@dataclass(frozen=True)
class SessionFacts:
    """One ping, and what came after it.

    Args:
        pong: True: it came; False: it did not come in time; None: the connection ended before.
        round_trip_ms: from handing the ping to the socket until the pong's bytes arrived.
        messages: the first messages other than the pong; `messages_seen` counts all of them.
        close_code, close_reason: of the close frame (RFC 6455, section 7.4); 1005 if it has no
            code, 1006 if there was no close frame.
        closed_by: ``server`` or ``client``: who sent the close frame.
        idle_ms: for how long nothing had been sent or received when the connection ended.
        failure: None if the pong came.
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
