"""tcp: where packets to an address that does not answer are dropped."""

from __future__ import annotations

import ipaddress
from enum import Enum

from ...facts import Attempt, Facts, Hop, Kind, PathFacts, Stage
from ...facts.tcp import HERE
from ...frozen import dataclass
from ...settings.url import is_loopback
from ...terms import Confidence, Side
from ...wording.evidence import evidence_of
from ...wording.silence import picture, said, way
from ..condition import OnKind, Sighting
from .tcp import not_allowed, on_direct
from .witness import is_local

# Of the 21 packets of a look, this many show that it is not an accident.
_NO_ACCIDENT = 8
# Private networks (RFC 1918, RFC 4193, RFC 3927). Carriers use 100.64.0.0/10 (RFC 6598) for their
# own network.
_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "169.254.0.0/16",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)


class Where(Enum):
    """A part of the way."""

    MACHINE = "this machine"
    OWN = "this machine's own network"
    ON_PATH = "on the way"
    BACKEND = "at the backend"


_SIDES = {
    Where.MACHINE: Side.CLIENT,
    Where.OWN: Side.NETWORK,
    Where.ON_PATH: Side.NETWORK,
    Where.BACKEND: Side.BACKEND,
}


@dataclass(frozen=True)
class DropPlace:
    """Where packets are dropped, and how sure that is."""

    where: Where
    words: str
    confidence: Confidence


def place(path: PathFacts | None) -> DropPlace | None:
    """Return where packets are dropped; None if nothing shows it."""
    if path is None or path.port_answer is not None:
        return None
    return _here(path) or _by_hops(path)


def _here(path: PathFacts) -> DropPlace | None:
    """Return a drop in this machine itself, or a next hop that is not there."""
    if (path.kept_back or 0) >= _NO_ACCIDENT:
        words = f"{path.kept_back} packets did not leave this machine: its own firewall drops them"
        return DropPlace(Where.MACHINE, words, Confidence.CERTAIN)
    if (path.turned_away or 0) >= _NO_ACCIDENT:
        words = (
            f"{path.turned_away} packets came back and were dropped by this machine's own firewall"
        )
        return DropPlace(Where.MACHINE, words, Confidence.LIKELY)
    if path.link_silent and path.gateway is not None:
        words = f"the gateway {path.gateway} does not answer: no packet leaves this network"
        return DropPlace(Where.OWN, words, Confidence.CERTAIN)
    return None


def _by_hops(path: PathFacts) -> DropPlace | None:
    far = max((hop.distance for hop in path.hops if hop.tcp), default=0)
    farther = [hop for hop in path.hops if hop.distance > far and (hop.udp or hop.other)]
    alive = path.host_distance is not None or path.other_port is not None
    if path.host_distance is not None and far >= path.host_distance - 1 and not farther:
        words = f"packets reach {path.address}, and port {path.port} alone is silent there"
        return DropPlace(Where.BACKEND, words, Confidence.POSSIBLE)
    if farther:
        return _before(path, far, farther[0])
    if alive:
        words = f"{path.address} answers other packets, and port {path.port} alone is silent"
        return DropPlace(Where.BACKEND, words, Confidence.POSSIBLE)
    if not far:
        return None
    where = _owner(path, far)
    words = f"{_name(path, far)} is the last that answers; behind it all is silent"
    if where is Where.ON_PATH and not _is_own(path, far - 1):
        # Not a provider's first router: providers carry what they are given, and a host that drops
        # all that it does not know is usual.
        return DropPlace(Where.BACKEND, words, Confidence.POSSIBLE)
    # The next router may drop before it answers, or be gone.
    return DropPlace(where, words, Confidence.POSSIBLE)


def _before(path: PathFacts, far: int, beyond: Hop) -> DropPlace:
    """Return a drop between the last router that connections get to and the next one.

    Many routers drop what their rules forbid before they look at how far it may go, and say nothing
    of it. So it is either of the two; whose turn it is is sure only if both belong to the same.
    """
    gets = "UDP gets" if beyond.udp else "connections to another port get"
    words = f"connections get no farther than {_name(path, far)}; {gets} to {beyond.address}"
    last = max(*(hop.distance for hop in path.hops), (path.host_distance or 0) - 1)
    owner, is_last = _owner(path, far), far + 1 >= last
    if _owner(path, far + 1) is owner and (not far or not is_last):
        return DropPlace(owner, words, Confidence.LIKELY)
    whose = ", and may be the backend's" if is_last else ""
    words += f"; {_name(path, far)} drops them, or the next router does before it answers"
    return DropPlace(owner, words + whose, Confidence.POSSIBLE)


def _name(path: PathFacts, distance: int) -> str:
    """Name the router at a distance."""
    if not distance:
        return "this machine"
    address = next((hop.address for hop in path.hops if hop.distance == distance), None)
    return f"{address} ({distance} hop{'' if distance == 1 else 's'} from here)"


def _owner(path: PathFacts, distance: int) -> Where:
    return Where.OWN if _is_own(path, distance) else Where.ON_PATH


def _is_own(path: PathFacts, distance: int) -> bool:
    """Tell whether a router belongs to this machine's own network.

    The gateway does, and so do routers after it with addresses of the same private network, unless
    the backend has such an address as well: then they may be anybody's.
    """
    if distance <= 1:
        return True
    own = _private(path.gateway)
    if own is None or own == _private(path.address):
        return False
    before = [hop.address for hop in path.hops if hop.address and hop.distance <= distance]
    return all(_private(address) == own for address in before)


def _private(address: str | None) -> object:
    """Return the private network that an address belongs to; None if to none."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    return next((network for network in _PRIVATE if parsed in network), None)


# --- what the entries see -------------------------------------------------------------------------


def dropped_locally(facts: Facts) -> Sighting | None:
    """See packets dropped by this machine or in its own network."""
    return _dropped(facts, Where.MACHINE, Where.OWN)


def dropped_on_path(facts: Facts) -> Sighting | None:
    """See packets dropped on the way."""
    return _dropped(facts, Where.ON_PATH)


def dropped_at_backend(facts: Facts) -> Sighting | None:
    """See packets dropped at the backend."""
    return _dropped(facts, Where.BACKEND)


def _dropped(facts: Facts, *where: Where) -> Sighting | None:
    """See packets dropped in these parts of the way."""
    seen = place(facts.tcp.path if facts.tcp is not None else None)
    if seen is None or seen.where not in where or _told(facts) is not None:
        return None
    assert facts.tcp is not None
    assert facts.tcp.path is not None
    if on_direct(facts, Kind.TCP_TIMEOUT) is None and (
        on_direct(facts, Kind.TCP_UNREACHABLE) is None or not facts.tcp.path.link_silent
    ):
        return None
    return Sighting(
        values={"place": seen.words},
        evidence=(
            way(facts.tcp.path),
            *evidence_of_attempts(facts),
            seen.words,
            *picture(facts.tcp.path),
        ),
        side=_SIDES[seen.where],
        confidence=seen.confidence,
        undecided=seen.confidence is not Confidence.CERTAIN,
    )


def evidence_of_attempts(facts: Facts) -> tuple[str, ...]:
    """Return how each address answered."""
    return evidence_of(Stage.TCP, facts)


def timed_out(facts: Facts) -> Sighting | None:
    """See a silence of which nothing shows where it begins."""
    if on_direct(facts, Kind.TCP_TIMEOUT) is None or _told(facts) is not None:
        return None
    path = facts.tcp.path if facts.tcp is not None else None
    if is_local(facts):
        return _SILENT_HERE
    if path is None and facts.run_id is None:
        return Sighting(confidence=Confidence.CERTAIN)  # a report of 0.1.0, which never looked
    if path is None:
        return Sighting(undecided=True)
    lines: tuple[str, ...] = picture(path)
    if path.port_answer is not None:
        lines = (f"a moment later the port was {path.port_answer}: packets get lost", *lines)
    elif not path.hops:
        lines = ("no router on the way says anything", *lines)
    return Sighting(
        undecided=path.port_answer is None,
        confidence=Confidence.POSSIBLE,
        evidence=(*evidence_of_attempts(facts), *lines),
    )


_SILENT_HERE = Sighting(
    side=Side.BACKEND,
    confidence=Confidence.LIKELY,
    cause=(
        "The address is this machine's own, and a request to connect gets no answer. The program "
        "on that port hangs and takes no more connections, so that its queue is full, or this "
        "machine's own firewall drops the request."
    ),
    remedies=(
        (
            "Ask the backend's team whether the program on port {port} still takes connections. If "
            "`ss -ltn sport = :{port}` shows a Recv-Q larger than the Send-Q, its queue is full."
        ),
        (
            "Look at the rules of this machine's firewall: `sudo nft list ruleset`, `sudo iptables "
            "-S`."
        ),
    ),
    only=True,
)


def _told(facts: Facts) -> str | None:
    """Return who said, after the limit, that the host cannot be reached; None if nobody did."""
    path = facts.tcp.path if facts.tcp is not None else None
    if path is None or path.port_answer is not None:
        return None
    if path.link_silent:
        # This machine says so itself: its gateway does not answer, or a host on its own network.
        return HERE if path.gateway is None else None
    return next((one.address for one in path.said if one.about == "tcp"), None)


def unreachable(facts: Facts) -> Sighting | None:
    """See that this machine or a router says that there is no way to the host."""
    if facts.tcp is None or facts.proxy is not None:
        return None
    path = facts.tcp.path
    lines = evidence_of_attempts(facts)
    if OnKind(Kind.TCP_TIMEOUT).see(facts) is not None:
        told = _told(facts)
        if told is None or path is None:
            return None
        about = [said(one) for one in path.said if one.about == "tcp"]
        if path.link_silent:
            about.append(f"{path.address} is on this machine's own link, and does not answer there")
        return _by_side(_side_of(path, told), Confidence.LIKELY, (*lines, *about, *picture(path)))
    if OnKind(Kind.TCP_UNREACHABLE).see(facts) is None:
        return None
    attempt = _refused(facts)
    if attempt is None:
        return Sighting()
    if attempt.refuser is None:
        return _no_route_here(facts, attempt)
    if attempt.refuser == attempt.address:
        # The host's own firewall; and what is not a router says nothing about the way.
        return Sighting(side=Side.BACKEND, confidence=Confidence.LIKELY)
    if _is_refused_here(attempt, path):
        return None  # `tcp-blocked`
    return _by_side(_side_of(path, attempt.refuser), Confidence.LIKELY, lines)


def _is_refused_here(attempt: Attempt, path: PathFacts | None) -> bool:
    """Tell whether this machine's own firewall refuses.

    The kernel itself says "host-unreachable" of a next hop that does not answer ARP, but only after
    it has waited for it.
    """
    if attempt.refuser != HERE:
        return False
    if attempt.refusal != "host-unreachable":
        return True
    waited = path is not None and bool(path.link_silent)
    return attempt.duration_ms <= _AT_ONCE_MS and not waited


_ROUTES = {
    "ENETUNREACH": "this machine has no route to {address}: it is offline, or a VPN is missing",
    "EHOSTUNREACH": "this machine itself says at once that {address} is unreachable, by its routes",
    "EINVAL": "this machine's own routing table drops what goes to {address} (blackhole)",
}
_KEPT_FROM_ROUTE = (
    "this machine has a route to {address}, and its own rules refuse it or ask another table"
)
# An answer of this machine's own takes no longer; a neighbour is waited for, for seconds.
_AT_ONCE_MS = 100.0


def _no_route_here(facts: Facts, attempt: Attempt) -> Sighting:
    """Say what this machine's own routing table does with an address; nobody else was asked."""
    number = attempt.failure.errno if attempt.failure is not None else None
    kept = number == "ENETUNREACH" and facts.tcp is not None and facts.tcp.has_route is True
    words = _KEPT_FROM_ROUTE if kept else _ROUTES.get(number or "")
    # A network without IPv6 is usual, and no fault of this machine.
    usual = number == "ENETUNREACH" and attempt.family == "ipv6" and not kept
    if words is None or usual or attempt.duration_ms > _AT_ONCE_MS:
        return Sighting()
    return Sighting(
        evidence=(*evidence_of_attempts(facts), words.replace("{address}", attempt.address)),
        side=Side.CLIENT,
        remedies=("See which route is used: `ip route get {address}`, `ip rule`.",),
    )


def refused(facts: Facts) -> Sighting | None:
    """See a refusal; one that a router sends in the host's place is a firewall's."""
    found = on_direct(facts, Kind.TCP_REFUSED)
    attempt = _refused(facts)
    if found is not None and facts.tcp is not None and facts.tcp.answered_before:
        return _STOPPED
    if found is None or attempt is None:
        return found
    path = facts.tcp.path if facts.tcp is not None else None
    if attempt.refuser is None:
        nearer = _refused_nearer(path)
        if nearer == 0:
            return None  # `tcp-blocked`
        if nearer is not None and path is not None:
            lines = (*evidence_of_attempts(facts), _refusal(path, nearer), *picture(path))
            return Sighting(evidence=lines, side=Side.NETWORK, confidence=Confidence.LIKELY)
        # Only on the way to another machine can a firewall refuse in its place.
        here = is_loopback(attempt.address)
        return _NOT_STARTED if here else Sighting(confidence=Confidence.LIKELY)
    if attempt.refuser == HERE:
        return None  # `tcp-blocked`
    if attempt.refuser == attempt.address:
        return Sighting(confidence=Confidence.LIKELY)  # the host's own firewall, or the host
    return _by_side(_side_of(path, attempt.refuser), Confidence.LIKELY)


def _by_side(side: Side | None, confidence: Confidence, lines: tuple[str, ...] = ()) -> Sighting:
    """Return what a router's word means; where its place is not known, no turn is sure."""
    if side is None:
        return Sighting(
            evidence=lines, side=Side.NETWORK, confidence=Confidence.POSSIBLE, undecided=True
        )
    return Sighting(evidence=lines, side=side, confidence=confidence)


def _refused_nearer(path: PathFacts | None) -> int | None:
    """Return how far away somebody refuses in the host's place, in hops; 0 is this machine.

    A reset carries the host's address, whoever sends it. But a request that may go fewer hops than
    other packets do on their way to the host was not refused by the host.
    """
    if path is None or path.port_answer != "refused" or path.port_distance is None:
        return None
    farther = any(hop.address and hop.distance >= path.port_distance for hop in path.hops)
    return path.port_distance - 1 if farther else None


def taken_nearer(facts: Facts) -> Sighting | None:
    """See that somebody nearer than the host takes connections in its place.

    Where that is the backend's own balancer, or its provider's, only the backend's team can tell.
    """
    path = facts.tcp.path if facts.tcp is not None else None
    if path is None or path.port_answer != "accepted" or path.port_distance is None:
        return None
    farther = [hop for hop in path.hops if hop.address and hop.distance > path.port_distance]
    if facts.tcp is None or facts.tcp.address is None or not farther:
        return None
    at = path.port_distance
    hops = f"{at} hop{'' if at == 1 else 's'}"
    words = (
        f"a request to connect that may go {hops} is accepted, and other packets get to "
        f"{farther[-1].address}, {farther[-1].distance} hops from here: {_name(path, at)} or "
        f"somebody before it takes connections in the place of {path.address}"
    )
    return Sighting(evidence=(words, *picture(path)), side=_SIDES[_owner(path, at)])


def _refusal(path: PathFacts, nearer: int) -> str:
    """Say who refuses in the host's place, and what shows it."""
    farther = next(hop for hop in reversed(path.hops) if hop.address)
    hops = f"{nearer + 1} hop{'' if nearer == 0 else 's'}"
    return (
        f"{_name(path, nearer)} refuses in the place of {path.address}: a request to connect that "
        f"may go {hops} is refused, and other packets get to {farther.address}, "
        f"{farther.distance} hop{'' if farther.distance == 1 else 's'} from here"
    )


_NOT_STARTED = Sighting(
    remedies=(
        (
            "Start the backend on this machine, or ask its team on which port it listens: nothing "
            "listens on {address}, port {port}."
        ),
        "Check the port in {url_where}. Without a port, wss:// means 443 and ws:// means 80.",
        "See which programs listen here: `ss -ltnp`.",
    ),
    only=True,
)
_STOPPED = Sighting(
    title="{host} was reached on port {port} before, and refuses connections now",
    cause=(
        "This run had an open connection to the same port, so address and port are right. The "
        "server was stopped: a redeployment, a restart or a crash ends connections and refuses new "
        "ones until it is back."
    ),
    remedies=(
        (
            "Ask the backend's team what stopped the server, if it is not back in a few minutes: "
            '"connection refused by {address}, port {port}".'
        ),
        "Wait a minute: an agent that reconnects on its own is back as soon as the server is.",
    ),
    only=True,
    confidence=Confidence.LIKELY,
    alternatives=("session-restarting",),
)


def blocked(facts: Facts) -> Sighting | None:
    """See a refusal by this machine itself: an error of the system, or its own firewall's."""
    found = not_allowed(facts)
    attempt = _refused(facts)
    path = facts.tcp.path if facts.tcp is not None else None
    if found is None and path is not None and _refused_nearer(path) == 0 and facts.proxy is None:
        lines = (*evidence_of_attempts(facts), _refusal(path, 0))
        return Sighting(evidence=lines, confidence=Confidence.LIKELY)
    if found is not None or attempt is None or facts.proxy is not None:
        return found
    return Sighting() if _is_refused_here(attempt, path) else None


def _refused(facts: Facts) -> Attempt | None:
    """Return the attempt that failed as the stage did."""
    if facts.tcp is None or facts.tcp.failure is None:
        return None
    kind = facts.tcp.failure.kind
    failed = (each for each in facts.tcp.attempts if each.failure is not None)
    return next((each for each in failed if each.failure and each.failure.kind is kind), None)


def _side_of(path: PathFacts | None, address: str) -> Side | None:
    """Return whose turn it is if a router or host said no; None if it is not known where it is."""
    if path is None:
        return None
    if address == path.address or (address == HERE and path.gateway is None):
        return Side.BACKEND
    if address == path.gateway:
        return Side.NETWORK
    at = _distance_of(path, address)
    if at is None:
        return None
    far = max(at, (path.host_distance or 0) - 1, *(hop.distance for hop in path.hops))
    return Side.BACKEND if at >= far and far > 2 else Side.NETWORK


def _distance_of(path: PathFacts, address: str) -> int | None:
    """Return how far away a router is; None if that was not seen.

    What it said about a packet stands for the hop before that packet's last one, if all nearer
    routers are others: it may have kept silent about packets that went less far.
    """
    seen = [hop.distance for hop in path.hops if hop.address == address]
    if seen:
        return min(seen)
    said_at = min((one.distance - 1 for one in path.said if one.address == address), default=None)
    nearer = {hop.distance for hop in path.hops if hop.address is not None}
    if said_at is None or not nearer.issuperset(range(1, said_at)):
        return None
    return said_at
