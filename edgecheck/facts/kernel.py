"""What this machine's kernel knew of a connection: what was received at the other end."""

from __future__ import annotations

from enum import StrEnum

from ..frozen import dataclass
from .stage import Stage


@dataclass(frozen=True)
class KernelFacts:
    """TCP's own accounts of one connection, read when a stage failed or the checkup ended.

    Linux tells them without privileges (tcp(7), TCP_INFO); elsewhere they stay None. They are about
    the machine that accepted the connection: the proxy, if one is used.

    Args:
        stage: the stage that was going on.
        sent: bytes handed to the kernel in that stage.
        acknowledged: how many of these bytes the other end's kernel has confirmed.
        acknowledged_ms: from the last time that bytes were sent to the last acknowledgement; None
            if not everything was acknowledged, or if data came since, which acknowledges as well.
        silent_ms: for how long nothing had come, not even an acknowledgement.
        received: bytes that came in order, in the whole connection.
        out_of_order: packets that came although one before them is missing.
        selectively_acknowledged: packets that the other end has, and lacks one before them.
        retransmits: packets that were sent again, those that were not needed left out.
        packets_sent, packets_received: in the whole connection, acknowledgements included.
        unanswered: attempts in a row to send the same packet, or to ask whether more may be sent.
        round_trip_ms: smoothed.
        path_mtu: bytes that the path is believed to carry in one packet.
        segment_size: bytes of one segment that is sent.
        window: bytes that the other end is ready to take at this moment (RFC 9293, section 3.8.6);
            None if that is not known.
        gap_ms: for how long no data had come, while packets were there that wait for an earlier
            one; None if none were, or that is not known.
    """

    stage: Stage
    sent: int
    acknowledged: int
    acknowledged_ms: float | None = None
    silent_ms: float = 0.0
    received: int = 0
    out_of_order: int = 0
    selectively_acknowledged: int = 0
    retransmits: int = 0
    packets_sent: int = 0
    packets_received: int = 0
    unanswered: int = 0
    round_trip_ms: float = 0.0
    path_mtu: int | None = None
    segment_size: int | None = None
    window: int | None = None
    gap_ms: float | None = None

    @property
    def missing(self) -> int:
        """How many bytes of the stage were not acknowledged."""
        return max(self.sent - self.acknowledged, 0)

    @property
    def has_lost_several(self) -> bool:
        """Whether more than one packet was lost: a single one may be lost anywhere."""
        return self.retransmits > 1

    @property
    def is_kept_waiting(self) -> bool:
        """Whether the rest was not even sent, because the other end accepts no more data."""
        return bool(self.missing) and self.window == 0


class LookName(StrEnum):
    """The connections after a silence, each named for its one change."""

    AGAIN = "again"  # no change
    SMALL_SEGMENTS = "small-segments"
    OTHER_NAME = "other-name"
    NO_NAME = "no-name"
    HALF_CLOSED = "half-closed"  # our half ends at once: a program that lives ends its own then
    LARGE_HELLO = "large-hello"
    WHOLE = "whole"  # everything once more, with the credentials
    PROXY_ITSELF = "proxy-itself"  # a request that is for the proxy itself
    ANEW = "anew"  # nothing is sent over it


class LookOutcome(StrEnum):
    """How another connection after a silence went."""

    ANSWERED = "answered"
    SILENT = "silent"
    CLOSED = "closed"
    UNCONNECTED = "unconnected"
    # The other end's last packet came, and what it had sent before did not.
    LOST = "lost"


# The name of `LookName.OTHER_NAME`, which no backend and no list of blocked names has (RFC 2606).
ANOTHER_NAME = "example.com"


@dataclass(frozen=True)
class AgainFacts:
    """One more connection after a silence, with one change.

    Args:
        name: what is changed.
        outcome: what it met.
        detail: a few words on what came.
        acknowledged: what was sent was acknowledged; None if it is not known.
        segment_size: for `LookName.SMALL_SEGMENTS`, the largest segment in bytes.
        commands: the ids of the first commands that came over it and were not acknowledged;
            `commands_seen` counts all of them.
    """

    name: LookName
    outcome: LookOutcome
    detail: str = ""
    acknowledged: bool | None = None
    segment_size: int | None = None
    commands: tuple[str, ...] = ()
    commands_seen: int = 0
