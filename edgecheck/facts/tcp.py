"""How each address answered the attempt to connect."""

from __future__ import annotations

from ..frozen import dataclass
from .failure import Failure
from .kernel import AgainFacts, KernelFacts
from .path import PathFacts
from .span import Span

# In place of an address: a refusal by this machine's own firewall.
HERE = "this machine"


@dataclass(frozen=True)
class Attempt:
    """One address that was tried.

    Args:
        address: IPv4 or IPv6 address.
        family: ``ipv4`` or ``ipv6``.
        connected: True or False; None if it was given up because another address connected.
        duration_ms: until it connected, failed or was given up.
        failure: None unless it failed.
        refuser: who sent the ICMP message that ended it, if one did; `HERE` for this machine; None
            for TCP's own answer.
        refusal: what that message said, as in `facts.path.Said`.
    """

    address: str
    family: str
    connected: bool | None
    duration_ms: float
    failure: Failure | None = None
    refuser: str | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class TcpFacts:
    """The attempts to connect to the addresses, which overlap in time (RFC 8305).

    Args:
        address: the one that was connected to; None if none was.
        attempts: in the order in which they were started, without addresses that were not needed.
        failure: the one of the attempts' failures that says most; None if one connected.
        kernel: what the kernel knew of the connection when a later stage failed, or at the end.
        first: of a first connection whose silence was an accident: the same was answered
            afterwards, so packets had been lost. All other facts are the second one's.
        again: more connections after a silence, each with one change.
        path: how far packets get; looked at only if nothing answered, or nothing any more. After
            the silence of an open connection it is kept only if somebody on the way takes
            connections in the host's place.
        links: this machine's interfaces that carry less than Ethernet, with their MTU in bytes;
            looked at only if large packets vanish.
        kept_back, turned_away: packets that this machine's own firewall did not let out, or dropped
            when they came, while more connections were made; None if not known.
        has_route: one of this machine's tables has a route to the address, although this machine
            says that there is none; looked at only then.
        answered_before: a connection of the same run was open before this one; None if none was.
    """

    span: Span
    host: str
    port: int
    address: str | None = None
    attempts: tuple[Attempt, ...] = ()
    failure: Failure | None = None
    kernel: KernelFacts | None = None
    first: KernelFacts | None = None
    again: tuple[AgainFacts, ...] = ()
    path: PathFacts | None = None
    links: tuple[str, ...] = ()
    kept_back: int | None = None
    turned_away: int | None = None
    has_route: bool | None = None
    answered_before: bool | None = None
