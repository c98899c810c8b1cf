"""The events of a connection that stays open (pure)."""

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
    """A pong arrived.

    Args:
        milliseconds: the round trip.
        first: the first one of this connection, which shows that the backend answers.
    """

    milliseconds: float
    first: bool


@dataclass(frozen=True)
class Closed:
    """A connection ended.

    Args:
        session: how it ended.
        report: what that means.
    """

    session: SessionFacts
    report: Report


@dataclass(frozen=True)
class Failed:
    """No connection could be made, or it ended before a pong arrived.

    Args:
        why: what happened, in a few words.
        report: what that means.
        again: the last attempt failed in the same way.
        final: there will be no other attempt, because another one would fail as well.
    """

    why: str
    report: Report
    again: bool
    final: bool


@dataclass(frozen=True)
class Waiting:
    """The next attempt is made after this many seconds."""

    seconds: float


@dataclass(frozen=True)
class Came:
    """A command arrived for the first time.

    Args:
        command_id, command_type: cleaned.
        excerpt: the beginning of the message, cleaned.
        payload: its arguments, with every text in them cleaned; None if they are too long to show.
    """

    command_id: str
    command_type: str
    excerpt: str
    payload: object


@dataclass(frozen=True)
class CameAgain:
    """A command arrived again that was handled already, or is being handled."""

    command_id: str


@dataclass(frozen=True)
class Malformed:
    """A command arrived that is not well formed.

    Args:
        message: what is wrong with it.
        command_id: cleaned; None if it has no id, so that it cannot be acked.
    """

    message: Message
    command_id: str | None


@dataclass(frozen=True)
class Changed:
    """A command arrived with the id of an earlier one, and says something else.

    It is neither handled nor acked: an ack would say that it was done.

    Args:
        command_id: cleaned.
    """

    command_id: str


@dataclass(frozen=True)
class Left:
    """A command began and did not end, because we were told to stop.

    It is not acked, and done at the next start if there is a journal.

    Args:
        command_id: cleaned.
        detail: how its program ended, in a few words.
        kept: there is a journal that remembers it.
    """

    command_id: str
    detail: str
    kept: bool


@dataclass(frozen=True)
class Finishing:
    """We were told to stop, and wait for the commands that run.

    Args:
        running: how many there are.
        grace: the seconds that they have.
    """

    running: int
    grace: float


class Resumption(StrEnum):
    """What is done with a command that began before this start."""

    WAIT = "wait"
    AGAIN = "again"
    RETRY = "retry"
    FAIL = "fail"


@dataclass(frozen=True)
class Resumed:
    """A command began before this start, and no end of it was written down.

    Args:
        command_id: cleaned.
        doing: wait, because its program still runs; again, because it was stopped with us; retry or
            fail, because how far it got is unknown.
        process: of its program, if it still runs.
    """

    command_id: str
    doing: Resumption
    process: int | None = None


@dataclass(frozen=True)
class Handled:
    """A command was handled.

    Args:
        command_id: cleaned.
        status: the status in its ack; None if no ack is sent.
        seconds: how long it took.
        detail: how it went, in a few words; may be empty.
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
        again: it was sent before.
    """

    command_id: str
    status: Status
    again: bool


@dataclass(frozen=True)
class Noted:
    """Another message arrived."""

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
    | Changed
    | Left
    | Finishing
    | Resumed
    | Handled
    | Acked
    | Noted
)
