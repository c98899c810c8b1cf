"""How far do packets get to an address that does not answer?

Packets of every distance are sent side by side, all of them to the backend's own address: requests
to connect to its port, which are what matters, and UDP packets to ports that nobody uses, because
some routers answer those alone. A router that has to drop a packet because it has come as far as it
may says so. Two other ports of the host are tried: a refusal shows that it lives.

No privilege is needed. It takes a second and a half, in a thread of its own.
"""

from __future__ import annotations

import asyncio
import errno
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from ..facts import Attempt, Hop, Kind, PathFacts, Said, Span, TcpFacts
from ..facts.tcp import HERE
from ..wire import icmp, machine
from ..wire.budget import (
    PATH_ADDRESSES,
    PATH_AGAIN,
    PATH_BEYOND,
    PATH_DISTANCES,
    PATH_LATE,
    PATH_LOOK,
    PATH_PORTS_TCP,
    PATH_PORTS_UDP,
    PATH_QUIET,
    PATH_REFUSED,
    PATH_TAKEN,
    PATH_WHOLE_WAY,
)
from ..wire.clock import Clock
from ..wire.dns import Address
from ..wire.trip import Trip

_IPV6_UNICAST_HOPS = 16  # ipv6(7); in Python's socket on every system but not in every stub
# So long a look that nobody waits for any more goes on, in seconds.
_BREATH = 0.05
_SILENT_ERRORS = (0, errno.EINPROGRESS, errno.EAGAIN)


async def look_along_the_path(trip: Trip) -> None:
    """Find out how far packets get, if no address answered, and add that to the trip's facts.

    Not through a proxy, not to this machine itself, only where the system tells (Linux), and not
    after the silence of more addresses than one service has.
    """
    seen = trip.facts.tcp
    if seen is None or seen.failure is None or trip.opening.proxy is not None:
        return
    if sum(map(_is_silent, seen.attempts)) > PATH_ADDRESSES:
        return
    way = trip.opening.connection.way
    if way.unix_socket is not None or way.interface is not None:
        return  # no path, or another one than the packets of a look would take
    address = _address_to_look_at(seen, trip.addresses)
    if address is None:
        return
    refuser = next((each.refuser for each in seen.attempts if each.address == address.text), None)
    if seen.failure.errno == "ENETUNREACH" and refuser is None:
        trip.learn(tcp=replace(seen, has_route=machine.has_route(address.text)))
        return
    route = machine.route_to(address.text)
    if route is None or route.own:
        return
    if seen.failure.kind is Kind.TCP_TIMEOUT or refuser not in (None, HERE, address.text):
        path = await asyncio.to_thread(Look(address, route, trip.clock).made)
    elif seen.failure.kind is Kind.TCP_REFUSED and refuser is None and route.gateway is not None:
        path = await asyncio.to_thread(Look(address, route, trip.clock).of_refusal)
    elif seen.failure.errno == "EHOSTUNREACH":
        path = _of_link(address, route, trip.clock)
    else:
        return
    trip.learn(tcp=replace(seen, path=path))


async def look_who_takes(trip: Trip, address: str) -> tuple[PathFacts | None, int]:
    """Find out whether somebody nearer than the host takes connections in its place.

    Only a request to connect that cannot get to the host is sent, so that the host is not asked.

    Returns:
        The path, None if nothing shows it; and how many packets got no answer that was heard.
    """
    to = next((each for each in trip.addresses if each.text == address), None)
    route = machine.route_to(address)
    way = trip.opening.connection.way
    if to is None or route is None or route.gateway is None or way.interface is not None:
        return None, 0
    look = Look(to, route, trip.clock)
    try:
        path = await asyncio.to_thread(look.of_acceptance)
    finally:
        look.end()
    return (path if path.port_answer == "accepted" else None), look.unheard


def _is_silent(attempt: Attempt) -> bool:
    return attempt.failure is not None and attempt.failure.kind is Kind.TCP_TIMEOUT


def _address_to_look_at(seen: TcpFacts, addresses: Iterable[Address]) -> Address | None:
    """Return the first address whose attempt failed as the stage did."""
    assert seen.failure is not None
    failed = [
        attempt.address
        for attempt in seen.attempts
        if attempt.failure is not None and attempt.failure.kind is seen.failure.kind
    ]
    return next((each for each in addresses if failed and each.text == failed[0]), None)


def _of_link(address: Address, route: machine.Route, clock: Clock) -> PathFacts:
    """Return what this machine knows of the next hop, without sending anything."""
    return PathFacts(
        span=clock.since(clock.milliseconds()),
        address=address.text,
        port=address.sockaddr[1],
        gateway=route.gateway,
        link_silent=machine.is_silent(route.gateway or address.text),
    )


@dataclass
class _Packet:
    """One packet, and the socket that hears the answers to it.

    Args:
        about: ``tcp``, ``udp`` or ``other-port``.
        distance: hops that it is allowed.
    """

    about: str
    distance: int
    socket: socket.socket
    sent_at: float = field(default_factory=time.perf_counter)


class Look:
    """One look along the path to an address."""

    def __init__(self, address: Address, route: machine.Route, clock: Clock) -> None:
        self._address, self._route, self._clock = address, route, clock
        self._six = address.family == socket.AF_INET6
        self._packets: dict[int, _Packet] = {}
        self._ears = selectors.DefaultSelector()
        self._hops: dict[int, Hop] = {}
        self._said: dict[tuple[str, str, str], Said] = {}
        # How ports answered, each with the smallest distance.
        self._answers: dict[str, tuple[str, int]] = {}
        self._not_sent = 0
        self._answers_dropped: int | None = None
        self._heard = 0
        self._ended = False

    def end(self) -> None:
        """Hear no more: nobody waits for the look."""
        self._ended = True

    @property
    def unheard(self) -> int:
        """How many packets got no answer, or none that this machine let in."""
        return max(len(self._packets) - self._heard, 0)

    def made(self) -> PathFacts:
        """Make the look, and return what came back."""
        return self._made(self._ask_three_times)

    def of_refusal(self) -> PathFacts:
        """Make a short look at how far packets have to go to be refused."""
        return self._made(self._ask_once)

    def of_acceptance(self) -> PathFacts:
        """Make a short look at whether connections are accepted on the way to the host."""
        return self._made(self._ask_routers_first)

    def _ask_three_times(self, begun: float) -> int | None:
        kept_back = self._send_round(PATH_DISTANCES, others=True)
        self._listen(begun + PATH_AGAIN)
        if self._answers.get("tcp", ("", 0))[0] == "accepted":
            return kept_back  # packets were lost by chance, and nobody has to wait for more
        self._send_round(self._unanswered(), others=False)
        self._ask_beyond()
        self._listen(begun + PATH_QUIET)
        self._give_up_beyond(max(self._hops, default=0) + 1)
        self._listen_to_the_host(begun + PATH_LATE)
        self._send_round(self._unanswered(), others=False)
        self._listen(begun + PATH_LOOK)
        return kept_back

    def _ask_once(self, begun: float) -> int | None:
        kept_back = self._send_round(PATH_DISTANCES, others=False)
        self._listen(begun + PATH_REFUSED)
        return kept_back

    def _ask_routers_first(self, begun: float) -> None:
        for distance in PATH_DISTANCES:
            self._send(socket.SOCK_DGRAM, PATH_PORTS_UDP + distance, "udp", distance)
        self._listen(begun + PATH_TAKEN)
        # Packets of the other protocol may take a way that is shorter by one.
        for distance in range(1, max(self._hops, default=0)):
            self._send(socket.SOCK_STREAM, self._address.sockaddr[1], "tcp", distance)
        self._listen(time.perf_counter() + PATH_TAKEN)

    def _made(self, asked: Callable[[float], int | None]) -> PathFacts:
        """Ask, and return what came back.

        Args:
            asked: sends and listens, from a moment on; returns what `_send_round` does.
        """
        started = self._clock.milliseconds()
        before = machine.counters(six=self._six)
        try:
            kept_back = asked(time.perf_counter())
        finally:
            self._ears.close()
            for packet in self._packets.values():
                _reset(packet.socket)
        after = machine.counters(six=self._six)
        counted = after.since(before) if after is not None and before is not None else None
        return self._facts(self._clock.since(started), kept_back, counted)

    # --- sending ----------------------------------------------------------------------------------

    def _send_round(self, distances: Iterable[int], *, others: bool) -> int | None:
        """Send a packet of every kind for each distance.

        Returns:
            How many requests to connect this machine's own firewall did not let out; None if that
            is not known.
        """
        distances = tuple(distances)
        port = self._address.sockaddr[1]
        before = machine.counters(six=self._six)
        for distance in distances:
            self._send(socket.SOCK_STREAM, port, "tcp", distance)
        after = machine.counters(six=self._six)
        for distance in distances:
            self._send(socket.SOCK_DGRAM, PATH_PORTS_UDP + distance, "udp", distance)
        if others:
            for other in PATH_PORTS_TCP:
                if other != port:
                    self._send(socket.SOCK_STREAM, other, "other-port", PATH_DISTANCES[-1])
        if before is None or after is None:
            return None
        return after.since(before).kept_back

    def _send(self, kind: socket.SocketKind, port: int, about: str, distance: int) -> None:
        sock = socket.socket(self._address.family, kind)
        sock.settimeout(0)
        icmp.listen(sock, on=True)
        if self._six:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_UNICAST_HOPS, distance)
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, distance)
        host, _, *rest = self._address.sockaddr
        packet = _Packet(about, distance, sock)
        try:
            failed = sock.connect_ex((host, port, *rest))
            if about == "udp" and not failed:
                sock.send(b"\0")
        except OSError as error:
            failed = error.errno or errno.EIO
        if failed not in _SILENT_ERRORS:
            self._not_sent += about == "udp" and failed == errno.EPERM
            sock.close()
            return
        self._packets[sock.fileno()] = packet
        # An error wakes everybody who waits for anything.
        self._ears.register(sock, selectors.EVENT_READ if about == "udp" else selectors.EVENT_WRITE)

    def _listen_to_the_host(self, until: float) -> None:
        """Count anew what this machine's own firewall drops, if no router was heard.

        It may drop what routers say (ICMP). About requests that may go the whole way no router says
        that they have come too far, so that what is dropped now are the answers to them.
        """
        before = machine.counters(six=self._six)
        if self._hops or self._said or before is None:
            self._listen(until)
            return
        for _ in range(PATH_WHOLE_WAY):
            self._send(socket.SOCK_STREAM, self._address.sockaddr[1], "tcp", PATH_DISTANCES[-1])
        self._listen(until)
        after = machine.counters(six=self._six)
        self._answers_dropped = after.since(before).turned_away if after is not None else None

    def _ask_beyond(self) -> None:
        """Ask the routers behind the last one that the port gets to, by another port.

        Where a firewall lets some ports through alone, UDP gets no farther than the others.
        """
        if "other-port" not in self._answers:
            return
        far = max((hop.distance for hop in self._hops.values() if hop.tcp), default=0)
        for distance in range(far + 1, far + 1 + PATH_BEYOND):
            for port in PATH_PORTS_TCP:
                if port != self._address.sockaddr[1]:
                    self._send(socket.SOCK_STREAM, port, "other-port", distance)

    def _unanswered(self) -> list[int]:
        """Return the distances up to the last router that have no answer to TCP, and two more."""
        last = max(self._hops, default=0)
        host = min((distance for _, distance in self._answers.values()), default=last + 3)
        return [
            distance
            for distance in PATH_DISTANCES
            if distance < min(last + 3, host)
            and (distance not in self._hops or not self._hops[distance].tcp)
        ]

    def _give_up_beyond(self, distance: int) -> None:
        """End the requests to connect that go farther, before the system repeats them.

        A router that refuses each of them would use up on them what it may say in this second.
        """
        for number, packet in list(self._packets.items()):
            if packet.about == "tcp" and packet.distance > distance:
                if packet.socket in self._ears.get_map():
                    self._ears.unregister(packet.socket)
                _reset(packet.socket)
                del self._packets[number]

    # --- hearing ----------------------------------------------------------------------------------

    def _listen(self, until: float) -> None:
        """Take answers until a moment."""
        while (left := until - time.perf_counter()) > 0 and not self._ended:
            for key, _ in self._ears.select(min(left, _BREATH)):
                if self._hear(self._packets[key.fd]):
                    self._ears.unregister(key.fileobj)

    def _hear(self, packet: _Packet) -> bool:
        """Take what came for one packet, and return whether nothing more can come."""
        waited_ms = (time.perf_counter() - packet.sent_at) * 1000
        told = icmp.messages(packet.socket)
        self._heard += bool(told)
        for message in told:
            self._note(packet, message, waited_ms)
        failed = packet.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if packet.about == "udp":
            return False
        if not told:
            answer = {0: "accepted", errno.ECONNREFUSED: "refused"}.get(failed)
            if answer is not None:
                self._answered(packet.about, answer, packet.distance)
        return True

    def _note(self, packet: _Packet, message: icmp.IcmpMessage, waited_ms: float) -> None:
        if message.what == icmp.TIME_EXCEEDED:
            known = self._hops.get(packet.distance, Hop(packet.distance))
            self._hops[packet.distance] = replace(
                known,
                address=known.address or message.address,
                round_trip_ms=min(waited_ms, known.round_trip_ms or waited_ms),
                tcp=known.tcp or packet.about == "tcp",
                udp=known.udp or packet.about == "udp",
                other=known.other or packet.about == "other-port",
            )
            return
        who = HERE if message.address == self._route.source else message.address
        key = who, message.what, packet.about
        nearest = self._said.get(key)
        if nearest is None or packet.distance < nearest.distance:
            self._said[key] = Said(who, message.what, packet.about, packet.distance)
        if message.address == self._address.text and message.what == icmp.PORT_UNREACHABLE:
            self._answered(f"{packet.about} port-unreachable", "", packet.distance)

    def _answered(self, about: str, answer: str, distance: int) -> None:
        _, nearest = self._answers.get(about, ("", distance))
        self._answers[about] = answer, min(nearest, distance)

    # --- what it showed ---------------------------------------------------------------------------

    def _facts(
        self, span: Span, kept_back: int | None, counted: machine.Counters | None
    ) -> PathFacts:
        port = self._answers.get("tcp")
        other = self._answers.get("other-port")
        # The largest distance tells nothing about the host's.
        near = [at for _, at in self._answers.values() if at < PATH_DISTANCES[-1]]
        last = max(self._hops, default=0)
        hops = tuple(self._hops.get(number, Hop(number)) for number in range(1, last + 1))
        turned_away = counted.turned_away if counted is not None else None
        if self._answers_dropped is not None:
            turned_away = self._answers_dropped
        if kept_back is None and self._not_sent:
            kept_back = self._not_sent
        return PathFacts(
            span=span,
            address=self._address.text,
            port=self._address.sockaddr[1],
            hops=hops,
            said=tuple(self._said.values()),
            port_answer=port[0] if port else None,
            port_distance=port[1] if port else None,
            other_port=other[0] if other else None,
            host_distance=min(near, default=None),
            gateway=self._route.gateway,
            link_silent=machine.is_silent(self._route.gateway or self._address.text),
            kept_back=kept_back,
            turned_away=turned_away,
        )


def _reset(sock: socket.socket) -> None:
    """Close a socket without leaving a connection behind, whatever became of it."""
    if sock.type == socket.SOCK_STREAM:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
