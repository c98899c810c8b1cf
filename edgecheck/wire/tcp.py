"""Connect: the addresses race (RFC 8305), and the outcome of every attempt is kept."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from itertools import chain, zip_longest

from ..facts import Attempt, Failure, Kind, Span, Stage, TcpFacts
from ..facts.tcp import HERE
from ..frozen import replace
from . import icmp
from .budget import ATTEMPT_DELAY, LAST_LOOK, SETTLE
from .clock import Clock
from .dns import Address
from .fold import fold
from .interface import bind

# The most important failure first: the one that came from nearest to the backend.
_TELLING = (
    Kind.TCP_REFUSED,
    Kind.TCP_RESET,
    Kind.TCP_TIMEOUT,
    Kind.TCP_BLOCKED,
    Kind.TCP_UNREACHABLE,
)

_FAMILIES = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}


class _Try:
    """One attempt. No dataclass, because those that are not frozen are slow to define."""

    def __init__(self, address: Address, started_ms: float) -> None:
        self.address, self.started_ms = address, started_ms
        self.ended_ms: float | None = None
        self.failure: Failure | None = None
        self.socket: socket.socket | None = None
        self.refuser: str | None = None
        self.refusal: str | None = None


class Race:
    """Attempts to connect to several addresses; the first one that succeeds wins.

    Attempts that are still running when another one wins go on in the background, so that their
    outcome can be seen. `close` ends them.

    Args:
        segment_size: the largest segment in bytes that either end may send; None for what the
            links carry.
    """

    def __init__(
        self,
        host: str,
        port: int,
        addresses: list[Address],
        clock: Clock,
        segment_size: int | None = None,
    ) -> None:
        self._host, self._port, self._clock = host, port, clock
        self._segment_size = segment_size
        self.addresses = interleave(addresses)
        self._tries: list[_Try] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._started_ms = clock.milliseconds()
        self._duration_ms = 0.0
        self._winner: _Try | None = None
        self._timed_out = False

    async def run(self, timeout: float) -> socket.socket | None:
        """Return the first socket that connects; None if none does in time.

        Args:
            timeout: seconds.
        """
        self._started_ms = self._clock.milliseconds()
        try:
            async with asyncio.timeout(timeout):
                await self._run()
        except TimeoutError:
            await self._settle()
            self._timed_out = self._winner is None
        else:
            self._start_other_family()
        finally:
            ended = self._winner.ended_ms if self._winner else None
            self._duration_ms = (ended or self._clock.milliseconds()) - self._started_ms
        return self._winner.socket if self._winner else None

    async def _run(self) -> None:
        waiting = list(self.addresses)
        while self._winner is None and (waiting or self._running()):
            if waiting:
                self._start(waiting.pop(0))
            await asyncio.wait(
                self._running(),
                timeout=ATTEMPT_DELAY if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            self._winner = self._first()

    async def _settle(self) -> None:
        """Wait for attempts that connected within the limit and are in their settling pause."""
        settling = [
            task
            for task, each in zip(self._tasks, self._tries, strict=True)
            if each.ended_ms is not None and not task.done()
        ]
        if settling:
            await asyncio.wait(settling)
        self._winner = self._first()

    def _first(self) -> _Try | None:
        return next((each for each in self._tries if each.socket is not None), None)

    def _start_other_family(self) -> None:
        """Try the other address family in the background.

        Whether it works is worth knowing, but nothing waits for it.
        """
        families = {each.address.family for each in self._tries}
        other = next(
            (address for address in self.addresses if address.family not in families), None
        )
        if self._winner is not None and other is not None:
            self._start(other)

    def _running(self) -> list[asyncio.Task[None]]:
        return [task for task in self._tasks if not task.done()]

    def _start(self, address: Address) -> None:
        attempt = _Try(address, self._clock.milliseconds())
        self._tries.append(attempt)
        self._tasks.append(asyncio.create_task(self._connect(attempt)))

    async def _connect(self, attempt: _Try) -> None:
        sock: socket.socket | None = None
        try:
            sock = _socket_for(attempt.address, self._segment_size)
            icmp.listen(sock, on=True)
            await asyncio.get_running_loop().sock_connect(sock, attempt.address.sockaddr)
            attempt.ended_ms = self._clock.milliseconds()
            icmp.listen(sock, on=False)  # or a passing trouble of the network would end it
            await asyncio.sleep(SETTLE)
            if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(number, os.strerror(number))
        except OSError as error:
            attempt.failure = fold(error, Stage.TCP)
            attempt.ended_ms = attempt.ended_ms or self._clock.milliseconds()
            if sock is not None:
                _note_refuser(attempt, sock)
                sock.close()
            if attempt.failure.kind is Kind.TCP_BLOCKED and attempt.refuser not in (None, HERE):
                # Linux has the same error for a rule of its own and for a router's word, over IPv6.
                attempt.failure = replace(attempt.failure, kind=Kind.TCP_UNREACHABLE)
        except asyncio.CancelledError:
            if sock is not None:
                sock.close()
            raise
        else:
            attempt.socket = sock

    async def outcome(self) -> TcpFacts:
        """Return the facts, after a moment for the answers that the losers have received."""
        if self._running():
            await asyncio.wait(self._running(), timeout=LAST_LOOK)
        return self.facts()

    async def close(self) -> None:
        """End the attempts that did not win."""
        for task in self._tasks:
            task.cancel()
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            for attempt in self._tries:
                if attempt.socket is not None and attempt is not self._winner:
                    attempt.socket.close()

    def facts(self) -> TcpFacts:
        """Return what is known by now."""
        attempts = tuple(map(self._attempt, self._tries))
        failures = [each.failure for each in attempts if each.failure is not None]
        failure = None
        if self._winner is None:
            failure = min(failures, key=lambda one: _TELLING.index(one.kind), default=None)
            failure = failure or Failure(Kind.TCP_UNREACHABLE, "there was no address to try")
        return TcpFacts(
            span=Span(self._started_ms, self._duration_ms),
            host=self._host,
            port=self._port,
            address=self._winner.address.text if self._winner else None,
            attempts=attempts,
            failure=failure,
        )

    def _attempt(self, attempt: _Try) -> Attempt:
        failure = attempt.failure
        connected: bool | None = None
        if attempt.ended_ms is not None:
            connected = failure is None
        elif self._timed_out and self._winner is None:
            failure, connected = fold(TimeoutError(), Stage.TCP), False
        return Attempt(
            address=attempt.address.text,
            family=_FAMILIES.get(attempt.address.family, "unix"),
            connected=connected,
            duration_ms=(attempt.ended_ms or self._clock.milliseconds()) - attempt.started_ms,
            failure=failure,
            refuser=attempt.refuser,
            refusal=attempt.refusal,
        )


def _socket_for(address: Address, segment_size: int | None) -> socket.socket:
    """Return a socket that is not connected yet, as asyncio wants it."""
    of_the_internet = address.family in _FAMILIES
    sock = socket.socket(
        address.family, socket.SOCK_STREAM, socket.IPPROTO_TCP if of_the_internet else 0
    )
    try:
        sock.settimeout(0)  # required by asyncio
        if of_the_internet:
            # Small frames are sent at once: if a ping waited for an acknowledgement, its round trip
            # would include the delay of Nagle's algorithm.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if segment_size is not None:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment_size)
        if address.interface is not None:
            bind(sock, address.interface)
    except OSError:
        sock.close()
        raise
    return sock


def _note_refuser(attempt: _Try, sock: socket.socket) -> None:
    """Note who refused, if it was not TCP's own answer."""
    for message in icmp.messages(sock)[:1]:
        with contextlib.suppress(OSError):
            here = message.address == sock.getsockname()[0]
            attempt.refuser = HERE if here else message.address
            attempt.refusal = message.what


def interleave(addresses: list[Address]) -> list[Address]:
    """Alternate the families, beginning with the resolver's first (RFC 8305, section 4)."""
    if not addresses:
        return []
    first = addresses[0].family
    ours = [address for address in addresses if address.family == first]
    others = [address for address in addresses if address.family != first]
    return [
        address for address in chain.from_iterable(zip_longest(ours, others)) if address is not None
    ]
