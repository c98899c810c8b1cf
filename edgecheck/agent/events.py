"""What a connection that stays tells of itself (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..facts import Message, SessionFacts
from ..report import Report


class Status(StrEnum):
    """How a command was handled, as its ack says."""

    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class Opened:
    """A connection was accepted.

    Args:
        peer: address and port of the other end.
    """

    peer: str


@dataclass(frozen=True)
class Ponged:
    """A pong came.

    Args:
        milliseconds: the round trip.
        first: of this connection: now the backend is known to answer.
    """

    milliseconds: float
    first: bool


@dataclass(frozen=True)
class Closed:
    """A connection ended.

    Args:
        session: how.
        report: what it means.
    """

    session: SessionFacts
    report: Report


@dataclass(frozen=True)
class Failed:
    """No connection came about, or it was over before a pong came.

    Args:
        why: what was met.
        report: what it means.
        again: the same as the last time.
        final: it does not heal by itself, and there will be no other attempt.
    """

    why: str
    report: Report
    again: bool
    final: bool


@dataclass(frozen=True)
class Waiting:
    """The next attempt comes after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Came:
    """A command came for the first time.

    Args:
        command_id, command_type: cleaned.
        excerpt: the beginning of the message, cleaned.
        payload: its arguments, every text in them cleaned; None where they are too long to be
            shown.
    """

    command_id: str
    command_type: str
    excerpt: str
    payload: object


@dataclass(frozen=True)
class CameAgain:
    """A command came that was handled, or is being handled."""

    command_id: str


@dataclass(frozen=True)
class Malformed:
    """A command came that is not well formed.

    Args:
        message: what is wrong with it.
        command_id: cleaned; None where it has none, so that it cannot be acknowledged.
    """

    message: Message
    command_id: str | None


@dataclass(frozen=True)
class Handled:
    """A command was handled.

    Args:
        command_id: cleaned.
        status: of the ack; None for none.
        seconds: how long it took.
        detail: what there is to say of it.
    """

    command_id: str
    status: Status | None
    seconds: float
    detail: str


@dataclass(frozen=True)
class Acked:
    """An ack was handed to the socket.

    Args:
        command_id: cleaned.
        again: not for the first time.
    """

    command_id: str
    status: Status
    again: bool


@dataclass(frozen=True)
class Noted:
    """Another message came."""

    message: Message


Event = (
    Opened
    | Ponged
    | Closed
    | Failed
    | Waiting
    | Came
    | CameAgain
    | Malformed
    | Handled
    | Acked
    | Noted
)
