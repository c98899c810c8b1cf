"""How each address answered the attempt to connect."""

from __future__ import annotations

from ..frozen import dataclass
from .failure import Failure
from .span import Span


@dataclass(frozen=True)
class Attempt:
    """One address that was tried.

    Args:
        address: IPv4 or IPv6 address.
        family: ``ipv4`` or ``ipv6``.
        connected: True or False; None if it was given up because another address connected.
        duration_ms: until it connected, failed or was given up.
        failure: None unless it failed.
    """

    address: str
    family: str
    connected: bool | None
    duration_ms: float
    failure: Failure | None = None


@dataclass(frozen=True)
class TcpFacts:
    """The attempts to connect to the addresses, which overlap in time (RFC 8305).

    Args:
        address: the one that was connected to; None if none was.
        attempts: in the order in which they were started, without addresses that were not needed.
        failure: the one of the attempts' failures that says most; None if one connected.
    """

    span: Span
    host: str
    port: int
    address: str | None = None
    attempts: tuple[Attempt, ...] = ()
    failure: Failure | None = None
