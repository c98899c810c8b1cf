"""What controlled changes of the request showed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .span import Span


class ExperimentName(StrEnum):
    """The one change of each experiment."""

    WITHOUT_CREDENTIALS = "without-credentials"
    WRONG_SECRET = "wrong-secret"
    CLEANED_SECRET = "cleaned-secret"


@dataclass(frozen=True)
class Answer:
    """How a backend answered one handshake, reduced to what can be compared.

    Args:
        status: the HTTP status; None where no HTTP response came.
        close_code: the close code after the socket opened; None where it did not close.
        reason: the close reason, or the refusal's body.
        accepted: a pong came.
        failed: neither an HTTP response nor a WebSocket came: the failure's kind.
    """

    status: int | None = None
    close_code: int | None = None
    reason: str = ""
    accepted: bool = False
    failed: str = ""

    def same_as(self, other: Answer) -> bool:
        """Tell whether both are the same answer, the wording of a reason aside."""
        return (self.status, self.close_code, self.accepted, self.failed) == (
            other.status,
            other.close_code,
            other.accepted,
            other.failed,
        )

    def __str__(self) -> str:
        if self.accepted:
            return "accepted: the ping was answered"
        if self.close_code is not None:
            return f"closed {self.close_code} {self.reason}".rstrip()
        if self.status == 101:
            return "accepted, but the ping was not answered"
        if self.status is not None:
            return f"HTTP {self.status} {self.reason}".rstrip()
        return self.failed or "no answer"


@dataclass(frozen=True)
class Experiment:
    """One more handshake with one change, and its answer."""

    name: ExperimentName
    answer: Answer


@dataclass(frozen=True)
class AuthFacts:
    """What the credentials met.

    Args:
        span: the moment at which the backend could have refused them.
        experiments: one more handshake each, with one change; none where nothing was refused.
    """

    span: Span
    experiments: tuple[Experiment, ...] = ()
