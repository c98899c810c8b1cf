"""How far packets get on the way to an address that does not answer."""

from __future__ import annotations

from ..frozen import dataclass
from .span import Span


@dataclass(frozen=True)
class Hop:
    """A router on the way, or the place of one that keeps silent.

    Args:
        distance: in hops; the gateway is 1.
        address: as the router's own message names it; None if it sent none.
        round_trip_ms: of the first message from it.
        tcp: it answered a request to connect to the backend's port: such packets get this far.
        udp: it answered a UDP packet.
        other: it answered a request to connect to another port.
    """

    distance: int
    address: str | None = None
    round_trip_ms: float | None = None
    tcp: bool = False
    udp: bool = False
    other: bool = False


@dataclass(frozen=True)
class Said:
    """An ICMP message about our packets other than "time exceeded".

    Args:
        address: who sent it; `facts.tcp.HERE` for this machine.
        what: ``port-unreachable``, ``host-unreachable``, ``net-unreachable``, ``prohibited``,
            ``too-big``, or ``icmp TYPE/CODE``.
        about: ``tcp`` for the backend's port, ``udp``, ``other-port`` for another TCP port.
        distance: the smallest number of hops that was allowed to a packet that it is about.
    """

    address: str
    what: str
    about: str
    distance: int


@dataclass(frozen=True)
class PathFacts:
    """What came back when packets of every distance were sent to one address, side by side.

    Args:
        span: when.
        address, port: of the backend.
        hops: the routers by distance, up to the last one that answered.
        said: other ICMP messages.
        port_answer: how the backend's port answered now: ``accepted`` or ``refused``; None if it
            did not.
        port_distance: the smallest number of hops with which it did.
        other_port: how another TCP port of the host answered, likewise.
        host_distance: how far away the host is, if it answered anything itself.
        gateway: this machine's next hop; None if the address is on its own link.
        link_silent: the gateway, or the host on this machine's own link, does not answer ARP or
            neighbour discovery; None if that is not known.
        kept_back: packets that this machine's own firewall did not let out; None if not known.
        turned_away: packets that arrived here and that this machine's own firewall dropped; None if
            not known.
    """

    span: Span
    address: str
    port: int
    hops: tuple[Hop, ...] = ()
    said: tuple[Said, ...] = ()
    port_answer: str | None = None
    port_distance: int | None = None
    other_port: str | None = None
    host_distance: int | None = None
    gateway: str | None = None
    link_silent: bool | None = None
    kept_back: int | None = None
    turned_away: int | None = None
