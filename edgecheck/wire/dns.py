"""Ask the operating system's resolver, because the user's own client asks it as well."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from ..facts import DnsFacts, Stage
from ..settings.choices import Family
from ..settings.request import Interface
from ..settings.url import is_address
from .budget import ADDRESSES_TRIED
from .clock import Clock
from .fold import OWN_LIMITS, fold

FAMILIES = {Family.ANY: socket.AF_UNSPEC, Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}


# RFC 1035, section 2.3.4: a label has 63 octets at most.
_LABEL = 64


class Address(NamedTuple):
    """One address in the form that `socket.connect` takes."""

    family: socket.AddressFamily
    sockaddr: Any
    interface: Interface | None = None  # what to go out through

    @property
    def text(self) -> str:
        """The address in its usual spelling; the path of a Unix socket."""
        return str(self.sockaddr if isinstance(self.sockaddr, str) else self.sockaddr[0])


# What a look-up returns one day.
Lookup = asyncio.Future[list[Any]]


async def resolve(
    host: str,
    port: int,
    family: Family,
    timeout: float,
    clock: Clock,
    keep: Callable[[Lookup], None] = lambda lookup: None,
) -> tuple[DnsFacts, list[Address]]:
    """Resolve a name.

    Args:
        timeout: seconds.
        keep: called with a look-up that goes on, because no answer came in time.

    Returns:
        The facts, and the addresses in the resolver's order (RFC 6724) without duplicates, at most
        the first hundred.

    Raises:
        OSError: this machine has no file or thread left to ask with, which says nothing about the
            name: one of `OWN_LIMITS`.
    """
    started = clock.milliseconds()
    literal = is_address(host)
    try:
        if literal:
            found = _ask(host, port, FAMILIES[family])  # nobody is asked, so it cannot hang
        else:
            lookup = _getaddrinfo(host, port, FAMILIES[family])
            try:
                async with asyncio.timeout(timeout):
                    found = await asyncio.shield(lookup)
            except TimeoutError:
                keep(lookup)
                raise
    except (OSError, UnicodeError) as error:
        if _is_own_limit(error):
            raise
        failure = fold(error, Stage.DNS)
        return DnsFacts(clock.since(started), host, family, literal, (), failure), []
    addresses = list(
        dict.fromkeys(Address(socket.AddressFamily(entry[0]), entry[4]) for entry in found)
    )[:ADDRESSES_TRIED]
    texts = tuple(dict.fromkeys(address.text for address in addresses))
    return DnsFacts(clock.since(started), host, family, literal, texts), addresses


def _is_own_limit(error: BaseException) -> bool:
    """Tell whether a look-up failed for a limit of this machine."""
    # The resolver has numbers of its own, and some are those of other errors of the system.
    if not isinstance(error, OSError) or isinstance(error, socket.gaierror):
        return False
    return error.errno in OWN_LIMITS


def _ask(host: str, port: int, family: socket.AddressFamily) -> list[Any]:
    # Python encodes a text by a codec that is slow to import, and does nothing to ASCII but check
    # the length of each label (encodings.idna).
    plain = host.isascii() and all(0 < len(label) < _LABEL for label in host.split("."))
    name = host.encode("ascii") if plain else host
    try:
        return socket.getaddrinfo(name, port, family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except socket.gaierror:
        check_files()
        raise


def check_files() -> None:
    """Raise `OSError` if this process can open no file.

    glibc says of a name then that it does not exist, even of localhost: it can neither read the
    hosts file nor ask a server.
    """
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise


def _getaddrinfo(host: str, port: int, family: socket.AddressFamily) -> Lookup:
    """Call getaddrinfo in its own thread, which cannot keep the process from ending.

    The event loop's executor joins its threads at exit, so with it a resolver that hangs would keep
    the program from ending.
    """
    loop = asyncio.get_running_loop()
    future: Lookup = loop.create_future()
    # An error that comes when nobody waits any more is of no use.
    future.add_done_callback(lambda done: done.cancelled() or done.exception())

    def deliver(result: list[Any] | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result or [])

    def ask() -> None:
        result: list[Any] | None = None
        failure: BaseException | None = None
        try:
            result = _ask(host, port, family)
        except (OSError, UnicodeError) as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
            loop.call_soon_threadsafe(deliver, result, failure)

    try:
        threading.Thread(target=ask, name="resolver", daemon=True).start()
    except RuntimeError:  # Python's word for EAGAIN (pthread_create(3))
        raise OSError(errno.EAGAIN, "this machine allows no more threads") from None
    return future
