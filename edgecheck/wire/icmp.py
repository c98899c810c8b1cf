"""What routers and hosts say about our packets: ICMP messages from a socket's error queue (Linux).

No privilege is needed: the kernel hands a socket the messages about its own packets (ip(7),
IP_RECVERR).
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
import sys
from typing import Any

from ..frozen import dataclass

_LINUX = bool(sys.platform.startswith("linux"))
_MSG_ERRQUEUE = 0x2000  # recvmsg(2)
# ip(7) and ipv6(7). Python's socket has no names for them before 3.14.
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_LEVELS = {(socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)}
# struct sock_extended_err of linux/errqueue.h, and the origins that are named there.
_ERROR = struct.Struct("=IBBBBII")
_FROM_ICMP, _FROM_ICMP6 = 2, 3
_ROOM = 512
# More messages about one packet than this are noise.
_MOST = 8

TIME_EXCEEDED = "time-exceeded"
PROHIBITED = "prohibited"
HOST_UNREACHABLE = "host-unreachable"
NET_UNREACHABLE = "net-unreachable"
PORT_UNREACHABLE = "port-unreachable"
TOO_BIG = "too-big"
# RFC 792 and RFC 1812, section 5.2.7.1; RFC 4443.
_UNREACHABLE = {
    0: NET_UNREACHABLE,
    1: HOST_UNREACHABLE,
    3: PORT_UNREACHABLE,
    4: TOO_BIG,
    6: NET_UNREACHABLE,
    7: HOST_UNREACHABLE,
    9: PROHIBITED,
    10: PROHIBITED,
    11: NET_UNREACHABLE,
    12: HOST_UNREACHABLE,
    13: PROHIBITED,
}
_UNREACHABLE6 = {
    0: NET_UNREACHABLE,
    1: PROHIBITED,
    2: NET_UNREACHABLE,
    3: HOST_UNREACHABLE,
    4: PORT_UNREACHABLE,
    5: PROHIBITED,
    6: PROHIBITED,
}


@dataclass(frozen=True)
class IcmpMessage:
    """One ICMP message about a packet of ours.

    Args:
        address: who sent it.
        what: as in `facts.path.Said`, or ``time-exceeded``.
    """

    address: str
    what: str


def listen(sock: socket.socket, *, on: bool) -> None:
    """Let the kernel keep errors of ICMP for a socket, or stop that. Does nothing but on Linux."""
    if not _LINUX:
        return
    six = sock.family == socket.AF_INET6
    level, option = (
        (socket.IPPROTO_IPV6, _IPV6_RECVERR) if six else (socket.IPPROTO_IP, _IP_RECVERR)
    )
    with contextlib.suppress(OSError):
        sock.setsockopt(level, option, int(on))


def messages(sock: socket.socket) -> list[IcmpMessage]:
    """Return the ICMP messages about a socket's packets, and forget them."""
    found: list[IcmpMessage] = []
    receive: Any = getattr(sock, "recvmsg", None)  # Windows has none
    if not _LINUX or receive is None:
        return found
    with contextlib.suppress(OSError):  # EAGAIN: there is none
        for _ in range(_MOST):
            _, beside, _, _ = receive(_ROOM, _ROOM, _MSG_ERRQUEUE)
            for level, kind, data in beside:
                if (level, kind) in _LEVELS and len(data) >= _ERROR.size:
                    message = _message(data)
                    if message is not None:
                        found.append(message)
    return found


def _message(data: bytes) -> IcmpMessage | None:
    _, origin, kind, code, _, _, _ = _ERROR.unpack_from(data)
    offender = data[_ERROR.size :]
    if origin == _FROM_ICMP and len(offender) >= 8:
        address = str(ipaddress.IPv4Address(offender[4:8]))
        exceeded, known = kind == 11, _UNREACHABLE.get(code) if kind == 3 else None
    elif origin == _FROM_ICMP6 and len(offender) >= 24:
        address = str(ipaddress.IPv6Address(offender[8:24]))
        exceeded = kind == 3
        known = TOO_BIG if kind == 2 else _UNREACHABLE6.get(code) if kind == 1 else None
    else:
        return None  # this machine's own error, which the socket returns as well
    return IcmpMessage(address, TIME_EXCEEDED if exceeded else known or f"icmp {kind}/{code}")
