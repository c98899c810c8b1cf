"""What each address answered to a SYN."""

from __future__ import annotations

from dataclasses import dataclass

from .failure import Failure
from .span import Span


@dataclass(frozen=True)
class Attempt:
    """One address that was tried.

    Args:
        address: IPv4 or IPv6 address.
        family: ``ipv4`` or ``ipv6``.
        connected: True connected, False failed, None: undecided when another address had won.
        duration_ms: how long it took, or had gone on when it was left.
        failure: None where connected, and where undecided.
    """

    address: str
    family: str
    connected: bool | None
    duration_ms: float
    failure: Failure | None = None


@dataclass(frozen=True)
class TcpFacts:
    """The race of the addresses (RFC 8305), and who won it.

    Args:
        address: the address connected to; None where none did.
        attempts: in the order in which they were started. Addresses that were not needed do not
            appear.
        failure: the most telling of the attempts' failures; None where one connected.
    """

    span: Span
    host: str
    port: int
    address: str | None = None
    attempts: tuple[Attempt, ...] = ()
    failure: Failure | None = None
