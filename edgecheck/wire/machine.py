"""This machine's own network: routes, neighbours, interfaces and counters (Linux; else None)."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ..frozen import dataclass

# linux/rtnetlink.h and linux/neighbour.h.
_GET_NEIGHBOUR, _GET_ROUTE = 30, 26
_REQUEST, _DUMP = 0x1, 0x300
_DONE, _ERROR = 3, 2
# Python's socket names these on Linux alone.
_LINUX = bool(sys.platform.startswith("linux"))
_AF_NETLINK, _NETLINK_ROUTE = 16, 0
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC = 1, 4, 5, 7
_NDA_DST = 1
_UNICAST, _LOCAL = 1, 2  # RTN_UNICAST: to others; RTN_LOCAL: the address is this machine's own
_DEAD = 0x01 | 0x10  # RTNH_F_DEAD, RTNH_F_LINKDOWN
# More routes than these are a router's, and nobody waits for them.
_ROUTES = 10_000
_HEADER, _ROUTE = struct.Struct("=IHHII"), struct.Struct("=8BI")
_NEIGHBOUR = struct.Struct("=BBHiHBB")
_INCOMPLETE, _FAILED = 0x01, 0x20
_ANSWERING = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80
_ROOM = 64 * 1024
# The kernel answers at once; a socket of netlink has nobody else to wait for.
_WAIT = 0.5
# Ethernet's MTU, IEEE 802.3.
ETHERNET = 1500


@dataclass(frozen=True)
class Route:
    """How this machine reaches an address.

    Args:
        gateway: the next hop; None if the address is on this machine's own link.
        device: the interface.
        own: the address is this machine's own.
        source: this machine's address on that way.
    """

    gateway: str | None
    device: str
    own: bool
    source: str | None


def _text(packed: bytes | None) -> str | None:
    return str(ipaddress.ip_address(packed)) if packed else None


def route_to(address: str) -> Route | None:
    """Ask the kernel how it would send to an address; None if it does not say."""
    packed = ipaddress.ip_address(address).packed
    family = socket.AF_INET6 if len(packed) == 16 else socket.AF_INET
    body = _ROUTE.pack(family, len(packed) * 8, 0, 0, 0, 0, 0, 0, 0)
    body += struct.pack("=HH", 4 + len(packed), _RTA_DST) + packed
    for kind, answer in _asked(_GET_ROUTE, body, _REQUEST):
        if kind == _ERROR:
            return None
        fields = dict(_attributes(answer[_ROUTE.size :]))
        index = int.from_bytes(fields.get(_RTA_OIF, b""), sys.byteorder)
        device = ""
        with contextlib.suppress(OSError):
            device = socket.if_indextoname(index)
        gateway, source = _text(fields.get(_RTA_GATEWAY)), _text(fields.get(_RTA_PREFSRC))
        return Route(gateway, device, answer[7] == _LOCAL, source)
    return None


def has_route(address: str) -> bool | None:
    """Tell whether any of this machine's tables has a route that leads to an address.

    Its own rules (ip-rule(8)) decide which tables are asked, and may refuse before. None if the
    kernel does not say, or has more routes than are looked at.
    """
    wanted = ipaddress.ip_address(address)
    family = socket.AF_INET6 if wanted.version == 6 else socket.AF_INET
    body = _ROUTE.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)
    answers = islice(_asked(_GET_ROUTE, body, _REQUEST | _DUMP), _ROUTES)
    for number, (kind, answer) in enumerate(answers, 1):
        if kind == _ERROR or number == _ROUTES:
            return None
        if kind == _DONE:
            return False
        _, length, _, _, _, _, _, what, flags = _ROUTE.unpack_from(answer)
        if what == _UNICAST and not flags & _DEAD:
            to = dict(_attributes(answer[_ROUTE.size :])).get(_RTA_DST, wanted.packed)
            if wanted in ipaddress.ip_network((to, length), strict=False):
                return True
    return None


def is_silent(neighbour: str) -> bool | None:
    """Tell whether a neighbour does not answer ARP or neighbour discovery; None if unknown."""
    packed = ipaddress.ip_address(neighbour).packed
    family = socket.AF_INET6 if len(packed) == 16 else socket.AF_INET
    body = _NEIGHBOUR.pack(family, 0, 0, 0, 0, 0, 0)
    states = [
        _NEIGHBOUR.unpack_from(answer)[4]
        for kind, answer in _asked(_GET_NEIGHBOUR, body, _REQUEST | _DUMP)
        if kind not in (_DONE, _ERROR)
        and dict(_attributes(answer[_NEIGHBOUR.size :])).get(_NDA_DST) == packed
    ]
    if any(state & _ANSWERING for state in states):
        return False
    return True if any(state & (_INCOMPLETE | _FAILED) for state in states) else None


def _asked(kind: int, body: bytes, flags: int) -> Iterator[tuple[int, bytes]]:
    """Ask netlink(7), and yield the kind and the body of every message of the answer."""
    if not _LINUX:
        return
    with (
        contextlib.suppress(OSError),
        socket.socket(_AF_NETLINK, socket.SOCK_RAW, _NETLINK_ROUTE) as asked,
    ):
        asked.settimeout(_WAIT)
        asked.send(_HEADER.pack(_HEADER.size + len(body), kind, flags, 1, 0) + body)
        while True:
            answer = asked.recv(_ROOM)
            while len(answer) >= _HEADER.size:
                length, said, _, _, _ = _HEADER.unpack_from(answer)
                yield said, answer[_HEADER.size : length]
                if said in (_DONE, _ERROR) or not flags & _DUMP:
                    return
                answer = answer[(length + 3) & ~3 :]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            return
        yield kind, data[4:length]
        data = data[(length + 3) & ~3 :]


@dataclass(frozen=True)
class Counters:
    """Packets of one version of IP, counted since the start (RFC 4293).

    Args:
        asked: that programs here wanted to send.
        left: that left, or were forwarded.
        forwarded: on their way from elsewhere to elsewhere.
        arrived: before this machine's own firewall saw them.
        delivered: to a program, or to the kernel itself.
    """

    asked: int
    left: int
    forwarded: int
    arrived: int
    delivered: int

    @property
    def kept_back(self) -> int:
        """How many packets of programs here did not leave, most likely because of a firewall."""
        return max(self.asked - (self.left - self.forwarded), 0)

    @property
    def turned_away(self) -> int:
        """How many packets arrived and were dropped."""
        return max(self.arrived - self.delivered - self.forwarded, 0)

    def since(self, before: Counters) -> Counters:
        """Return what was counted between two moments."""
        return Counters(
            self.asked - before.asked,
            self.left - before.left,
            self.forwarded - before.forwarded,
            self.arrived - before.arrived,
            self.delivered - before.delivered,
        )


def counters(*, six: bool) -> Counters | None:
    """Read this machine's counters; None if they are not to be had (Linux before 6.7 has fewer)."""
    names = ("OutRequests", "OutTransmits", "ForwDatagrams", "InReceives", "InDelivers")
    with contextlib.suppress(OSError, KeyError, ValueError):
        if six:
            names = (*names[:2], "OutForwDatagrams", *names[3:])
            lines = Path("/proc/net/snmp6").read_text("ascii").splitlines()
            table = dict(line.split() for line in lines)
            return Counters(*(int(table[f"Ip6{name}"]) for name in names))
        lines = Path("/proc/net/snmp").read_text("ascii").splitlines()
        heads, numbers = (line.split() for line in lines if line.startswith("Ip:"))
        table = dict(zip(heads, numbers, strict=True))
        return Counters(*(int(table[name]) for name in names))
    return None


def narrow_links() -> tuple[str, ...]:
    """Return the interfaces that are up and carry less than Ethernet: ``wg0 (1420)``."""
    found = []
    with contextlib.suppress(OSError):
        for folder in sorted(Path("/sys/class/net").iterdir()):
            with contextlib.suppress(OSError, ValueError):
                mtu = int((folder / "mtu").read_text())
                up = (folder / "operstate").read_text().strip() != "down"
                if up and mtu < ETHERNET:
                    found.append(f"{folder.name} ({mtu})")
    return tuple(found)
