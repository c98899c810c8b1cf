"""How the backend answers a request in which one thing is changed."""

from __future__ import annotations

from enum import StrEnum

from ..frozen import dataclass
from .span import Span


class ExperimentName(StrEnum):
    """The experiments, each named for its one change of the request."""

    WITHOUT_CREDENTIALS = "without-credentials"
    WRONG_SECRET = "wrong-secret"
    CLEANED_SECRET = "cleaned-secret"
    AGAIN = "again"
    WITH_ORIGIN = "with-origin"
    WITH_SUBPROTOCOL = "with-subprotocol"


@dataclass(frozen=True)
class Answer:
    """How a backend answered one handshake, in a form that can be compared.

    Args:
        status: the HTTP status; None if there was no HTTP response.
        close_code: of the close frame after the upgrade; None if there was none.
        reason: the close reason, or the body of a refusal.
        accepted: the ping was answered.
        failed: the kind of failure, if there was neither an HTTP response nor a WebSocket.
    """

    status: int | None = None
    close_code: int | None = None
    reason: str = ""
    accepted: bool = False
    failed: str = ""

    def same_as(self, other: Answer) -> bool:
        """Tell whether two answers are the same; their reasons may be worded differently."""
        return (self.status, self.close_code, self.accepted, self.failed) == (
            other.status,
            other.close_code,
            other.accepted,
            other.failed,
        )

    def __str__(self) -> str:
        if self.accepted:
            return "accepted: the ping was answered" if not self.reason else self.reason
        if self.close_code is not None:
            return f"closed {self.close_code} {self.reason}".rstrip()
        if self.status == 101 and self.reason:
            return f"answered {self.reason}"
        if self.status == 101:
            return "accepted, but the ping was not answered"
        if self.status is not None:
            return f"HTTP {self.status} {self.reason}".rstrip()
        return self.failed or "no answer"


@dataclass(frozen=True)
class Experiment:
    """One more handshake, with one change, and the answer to it.

    Args:
        commands: the ids of the first commands that came and were not acknowledged;
            `commands_seen` counts all of them.
    """

    name: ExperimentName
    answer: Answer
    commands: tuple[str, ...] = ()
    commands_seen: int = 0


@dataclass(frozen=True)
class AuthFacts:
    """What happened to the credentials.

    Args:
        span: the moment at which the backend could have refused them.
        experiments: empty if nothing was refused.
    """

    span: Span
    experiments: tuple[Experiment, ...] = ()
