"""What happened after the upgrade."""

from __future__ import annotations

from enum import StrEnum

from ..backend.message import Message
from ..frozen import dataclass
from .failure import Failure
from .span import Span

# Close codes that say of every backend that it rejects this client: unauthorized and forbidden by
# their registered codes (IANA, WebSocket Close Code Number Registry), and by convention 44xx is
# HTTP 4xx.
REFUSAL_CLOSES = frozenset({3000, 3003, 4400, 4401, 4403, 4404})


class Instead(StrEnum):
    """What came in place of a message that the greeting expects."""

    MESSAGE = "message"
    CLOSE = "close"
    END = "end"  # without a close frame
    SILENCE = "silence"


@dataclass(frozen=True)
class Greeting:
    """The first messages after the opening handshake, as far as they got.

    Args:
        done: how many of them were sent or received.
        expected: the message that did not come, escaped; empty if all went well.
        instead: what came in its place; None if all went well.
        problem: what that means to the profile: a code of the catalogue, or empty.
        received: the other message that came, escaped.
        milliseconds: from the first of them to the last.
    """

    done: int = 0
    expected: str = ""
    instead: Instead | None = None
    problem: str = ""
    received: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True)
class Life:
    """One connection from its opening to its end, as short as a pattern needs it.

    Args:
        lasted_ms: from the open socket to the end.
        answered: a ping was answered.
        close_code: of its end; None if the opening handshake was refused.
        closed_by: ``server`` or ``client``: who sent the close frame.
        idle_ms: for how long nothing had been sent or received when it ended.
        longest_gap_ms: the longest time without traffic that it survived.
        status: of the answer to the opening handshake, if it was refused.
    """

    lasted_ms: float = 0.0
    answered: bool = False
    close_code: int | None = None
    closed_by: str | None = None
    idle_ms: float = 0.0
    longest_gap_ms: float = 0.0
    status: int | None = None


@dataclass(frozen=True)
class SessionFacts:
    """One ping, and what came after it.

    Args:
        pong: True: it came; False: it did not come in time; None: the connection ended before, or
            the profile has no pong.
        round_trip_ms: from handing the ping to the socket until the pong's bytes arrived.
        recent_ms: the last round trips, the oldest first; the first ping's is among them, if it is
            not too long ago.
        prompt: each of the last pongs came at once after a ping was sent, be it that ping's or an
            earlier one's; None if too few came.
        messages: the first messages other than the pong; `messages_seen` counts all of them.
        close_code, close_reason: of the close frame (RFC 6455, section 7.4); 1005 if it has no
            code, 1006 if there was no close frame.
        closed_by: ``server`` or ``client``: who sent the close frame.
        idle_ms: for how long nothing had been sent or received when the connection ended.
        longest_gap_ms: the longest time without traffic that the connection survived.
        first_bytes: the first bytes after the opening handshake that were not valid frames.
        largest_sent: how many bytes the largest message had that was sent, pings left out.
        largest_passed: how many bytes the largest one had after which a ping was answered.
        smallest_refused: how many bytes the smallest message had that ended a connection, if that
            was measured; `largest_passed` is measured then, too.
        refused_next: after the end, the port refuses connections; None if that was not tried.
        earlier: the connections of this run before this one, the oldest first.
        failure: None if the pong came, or all that the profile has in its place.
        greeting: the messages before the ping; None if the profile has none.
        pinged: the server pinged, and was answered; None if it did not, or the profile has no
            such ping.
        calm_ms: for how long the open connection was watched, and did not end, because nothing
            else shows that the backend accepts it; None if it was not.
        commands: the ids of the first commands that came and were not acknowledged, also after the
            pong; `commands_seen` counts all of them. Empty for who acknowledges them.
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
    longest_gap_ms: float | None = None
    first_bytes: str = ""
    largest_sent: int | None = None
    largest_passed: int | None = None
    smallest_refused: int | None = None
    refused_next: bool | None = None
    earlier: tuple[Life, ...] = ()
    failure: Failure | None = None
    greeting: Greeting | None = None
    pinged: bool | None = None
    calm_ms: float | None = None
    commands: tuple[str, ...] = ()
    commands_seen: int = 0
    recent_ms: tuple[float, ...] = ()
    prompt: bool | None = None

    @property
    def accepted(self) -> bool:
        """Whether the backend accepted the client, as far as its profile lets it show that."""
        if self.pong or self.pinged:
            return True
        return self.failure is None and self.calm_ms is not None

    def life(self, *, answered: bool) -> Life:
        """Return this connection in the short form.

        Args:
            answered: a ping was answered.
        """
        return Life(
            lasted_ms=self.span.duration_ms,
            answered=answered,
            close_code=self.close_code,
            closed_by=self.closed_by,
            idle_ms=self.idle_ms or 0.0,
            longest_gap_ms=self.longest_gap_ms or 0.0,
        )
