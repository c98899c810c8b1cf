"""What a message from the server can be (pure)."""

from __future__ import annotations

from enum import StrEnum

from ..frozen import dataclass


class MessageKind(StrEnum):
    """What a message from the server is, as `backend.messages.parse` reads it."""

    PONG = "pong"
    PING = "ping"  # the server's own, which the session has answered
    COMMAND = "command"
    MALFORMED_COMMAND = "malformed-command"
    UNKNOWN = "unknown"  # an object whose type is not in the protocol
    NOT_JSON = "not-json"  # not JSON, not an object, or without a type
    ECHO = "echo"  # our own ping, unchanged
    FAREWELL = "farewell"  # what the profile's backend says before it closes with one of its codes
    OTHER = "other"  # the profile says nothing about such messages


@dataclass(frozen=True)
class Message:
    """One message from the server.

    Args:
        kind: what it is.
        excerpt: its first characters, escaped.
        detail: the type of an unknown message; what is wrong with a malformed one.
        command_id: of a command, escaped; empty if it has none.
    """

    kind: MessageKind
    excerpt: str
    detail: str = ""
    command_id: str = ""
