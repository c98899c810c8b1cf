"""Send through one network interface, or from one of this machine's addresses."""

from __future__ import annotations

import errno
import socket
import sys

from ..settings.request import Interface

# Linux, socket(7): from 5.7 on without a privilege, for a socket that is not bound yet. macOS,
# netinet/in.h and netinet6/in6.h; Python has these two names from 3.15 on.
_LINUX_DEVICE = getattr(socket, "SO_BINDTODEVICE", 25)
_DARWIN_IPV4, _DARWIN_IPV6 = 25, 125


class InterfaceError(Exception):
    """This machine cannot send through that interface."""


def bind(sock: socket.socket, interface: Interface) -> None:
    """Let a socket that is not connected yet send only through an interface.

    Raises:
        OSError: the kernel does not allow it, or there is no such interface.
    """
    if interface.address is not None:
        sock.bind((str(interface.address), 0))
    elif sys.platform == "linux":
        sock.setsockopt(socket.SOL_SOCKET, _LINUX_DEVICE, interface.text.encode() + b"\0")
    elif sys.platform == "darwin":
        index = socket.if_nametoindex(interface.text)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, _DARWIN_IPV6, index)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _DARWIN_IPV4, index)
    else:
        raise OSError(errno.ENOPROTOOPT, "this system has no such option")


def check(interface: Interface) -> None:
    """Check that this machine can send through an interface; nothing is sent.

    Raises:
        InterfaceError: it cannot; the text says why.
    """
    if interface.address is None and hasattr(socket, "if_nameindex"):
        names = [name for _, name in socket.if_nameindex()]
        if interface.text not in names:
            raise InterfaceError(
                f"this machine has no network interface of that name. It has: {', '.join(names)}"
            )
    family = (
        socket.AF_INET6
        if interface.address is not None and interface.address.version == 6
        else socket.AF_INET
    )
    try:
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            bind(sock, interface)
    except OSError as error:
        raise InterfaceError(_why(interface, error)) from None


def _why(interface: Interface, error: OSError) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return "no network interface of this machine has that address"
    if error.errno in (errno.EPERM, errno.EACCES):
        return (
            "the kernel does not let this user choose the interface (Linux allows it from 5.7 on; "
            "in some containers it needs CAP_NET_RAW). Name the interface's address instead"
        )
    if interface.address is None and error.errno in (errno.ENOPROTOOPT, errno.EINVAL):
        return (
            "this system cannot choose an interface by its name. Name the interface's address "
            "instead"
        )
    return error.strerror or str(error)
