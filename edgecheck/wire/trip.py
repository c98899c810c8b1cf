"""One connection, from the name to the open socket, step by step until one fails."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Sequence
from typing import Any

from websockets.client import ClientProtocol

from ..facts import (
    Facts,
    Failure,
    Kind,
    Observer,
    SessionFacts,
    Span,
    Stage,
    TcpFacts,
    TlsFacts,
    ignore,
)
from ..frozen import replace
from ..settings.choices import Until
from ..settings.model import Settings
from ..settings.request import ClientCertificate
from . import certificates, dns, tcp, tls
from .budget import CERTIFICATE_ANSWER, MESSAGE_LIMIT
from .clock import Clock
from .fold import OWN_LIMITS, fold
from .greeting import greet
from .kernel import account_of, kernel_facts
from .opening import Opening, opening_of
from .proxy import proxy_facts, tunnel
from .session import Session
from .stream import SocketStream, Stream
from .target import initial_facts
from .trust import shared_context
from .upgrade import upgrade


class Trip:
    """One connection, as far as it gets; `facts` always holds what is known by now.

    Args:
        opening: what to ask for.
        facts: what is known beforehand.
        clock: of the whole run.
        observer: called whenever a stage begins or ends.
        addresses: of the backend or the proxy; if empty, the name is resolved.
        message_limit: the largest message that is read, in bytes.
        context: used for TLS if the file of trusted certificates cannot be read any more.
        segment_size: the largest TCP segment in bytes; None for what the links carry.
    """

    def __init__(
        self,
        opening: Opening,
        facts: Facts,
        clock: Clock,
        *,
        observer: Observer = ignore,
        addresses: Sequence[dns.Address] = (),
        message_limit: int = MESSAGE_LIMIT,
        context: ssl.SSLContext | None = None,
        segment_size: int | None = None,
    ) -> None:
        self.opening, self.facts, self.addresses = opening, facts, list(addresses)
        self.clock, self._observer, self._message_limit = clock, observer, message_limit
        self.context, self._segment_size = context, segment_size
        way = opening.proxy or opening.destination
        self._host, self._port = way.host, way.port or 0
        if (path := opening.connection.way.unix_socket) is not None:
            self._host, self._port = str(path), 0
            self.addresses = [dns.Address(socket.AddressFamily["AF_UNIX"], self._host)]
        self.lookup: dns.Lookup | None = None  # it goes on, although its limit has passed
        self._race: tcp.Race | None = None
        self._socket: SocketStream | None = None
        self._stage = Stage.TCP
        self._written = 0  # bytes that earlier stages had handed to the kernel
        self._stream: Stream | None = None
        self._protocol: ClientProtocol | None = None

    @classmethod
    def of(cls, settings: Settings, **options: Any) -> Trip:
        """Return the trip for settings with which a request can be written; nothing is sent yet."""
        clock = Clock()
        return cls(opening_of(settings), initial_facts(settings, clock), clock, **options)

    def learn(self, **known: Any) -> None:
        """Add facts."""
        self.facts = replace(self.facts, **known)

    def tell(self, stage: Stage) -> None:
        """Tell the observer that a stage begins or has ended."""
        self._observer(stage, self.facts)

    def tell_of_another_look(self, stage: Stage) -> None:
        """Tell the observer that a stage goes on, with another connection."""
        unknown: dict[str, Any] = {stage.value: None}
        self._observer(stage, replace(self.facts, **unknown))

    async def open(self) -> Session | None:
        """Go through the steps and the greeting.

        None if one failed, or the last one that is wanted is done: the facts say which.
        """
        until = self.opening.connection.until
        for last, step in (
            (Until.DNS, self._resolve),
            (Until.TCP, self._connect),
            (None, self._tunnel),
            (Until.TLS, self._secure),
            (None, self._upgrade),
        ):
            if not await step() or (last is not None and last is until):
                return None
        assert self._stream is not None
        assert self._protocol is not None
        clean, profile = self.opening.clean, self.opening.profile
        session = await Session.over(self._stream, self._protocol, clean, self.clock, profile)
        self._stream = None  # it belongs to the session now
        return session if until is Until.UPGRADE else await self._greeted(session)

    async def _greeted(self, session: Session) -> Session | None:
        """Exchange the profile's first messages; None if they failed."""
        if not self.opening.profile.session.greeting:
            return session
        self.tell(Stage.SESSION)
        try:
            session.greeting = seen = await greet(session, self.opening)
        except BaseException:
            session.drop()  # nobody will get it
            raise
        if seen is None or seen.instead is None:
            # A server that only listened has not accepted anything yet.
            session.answered = session.talk.greets and not session.talk.client_pings
            return session
        self.note(session, session.facts())
        self.tell(Stage.SESSION)
        await session.leave()
        return None

    async def open_alone(self) -> Session | None:
        """Go through the steps, and end everything that the open connection does not need."""
        session: Session | None = None
        try:
            session = await self.open()
        finally:
            try:
                await self.leave()
            except BaseException:
                if session is not None:
                    session.drop()  # nobody will get it
                raise
        return session

    async def leave(self) -> None:
        """Close what no session took over, and end the attempts that did not win."""
        if self._stream is not None:
            self._stream.close()
        if self._race is not None:
            await self._race.close()

    async def look_at_losers(self) -> None:
        """Add the outcome of the addresses that did not win, as far as it is known by now."""
        known = self.facts.tcp
        # Without attempts, it is the limit that `_not_allowed` noted, and not what the race saw.
        if known is None or not known.attempts:
            return
        if self._race is not None and len(self._race.addresses) > 1:
            self.learn(tcp=replace(await self._race.outcome(), kernel=known.kernel))

    def ask_kernel(self, session: Session | None = None) -> None:
        """Add what the kernel knows of the connection, at the moment of a failure or of the end.

        Args:
            session: over the connection; None before there is one.
        """
        if self.facts.tcp is None:
            return
        known = session.accounts.facts() if session is not None else None
        if session is None and self._socket is not None:
            known = kernel_facts(self._socket.socket, self._stage, self._written)
        self.learn(tcp=replace(self.facts.tcp, kernel=known))

    def end_writing(self) -> None:
        """Send FIN on a connection that no session took over. Never raises."""
        if self._socket is not None:
            self._socket.end_writing()

    def note(self, session: Session, seen: SessionFacts) -> None:
        """Add the facts of the session, and what the kernel knows of its connection."""
        self.learn(session=seen)
        self.ask_kernel(session)

    def _begin(self, stage: Stage) -> None:
        """Begin a stage over the connection."""
        if self._stage is not Stage.TCP:  # before, nothing was written
            sock = self._socket.socket if self._socket is not None else None
            account = account_of(sock, of_reading=False)
            self._written = account.written if account is not None else 0
        self._stage = stage
        self.tell(stage)

    def _ended(self, stage: Stage, failure: Failure | None) -> bool:
        """End a stage over the connection, and return whether the next one can begin."""
        if failure is not None:
            self.ask_kernel()
        self.tell(stage)
        return failure is None

    async def _resolve(self) -> bool:
        opening, proxy = self.opening, self.opening.proxy
        if proxy is not None and proxy.problem:
            kind = Kind.PROXY_PAC_FILE if proxy.is_pac else Kind.PROXY_URL_INVALID
            failure = Failure(kind, opening.clean(proxy.problem))
            return self._proxy_failed(failure, Span(self.clock.milliseconds(), 0.0))
        if self.addresses:
            return True
        self.tell(Stage.DNS)
        limit, interface = opening.connection.timeout, opening.connection.way.interface
        started = self.clock.milliseconds()
        try:
            seen, addresses = await dns.resolve(
                self._host, self._port, opening.family, limit, self.clock, self._keep
            )
        except OSError as error:
            return self._not_allowed(error, self.clock.since(started))
        self.addresses = [address._replace(interface=interface) for address in addresses]
        self.learn(dns=replace(seen, host=opening.clean.own(self._host)))
        self.tell(Stage.DNS)
        if seen.failure is not None and proxy is not None:
            failure = Failure(Kind.PROXY_UNRESOLVED, seen.failure.message)
            return self._proxy_failed(failure, seen.span)
        return seen.failure is None

    def _keep(self, lookup: dns.Lookup) -> None:
        self.lookup = lookup

    def _not_allowed(self, error: OSError, span: Span) -> bool:
        """Note that a limit of this machine kept it from going on.

        It is the failure that the next socket would have met: of one check among many, and for an
        agent that stays connected, it is a value like any other, after which to try again.
        """
        errno_name = errno.errorcode.get(error.errno or 0)
        failure = Failure(Kind.TCP_BLOCKED, error.strerror or "", errno=errno_name)
        shown = self.opening.clean.own(self._host)
        self.learn(tcp=TcpFacts(span, shown, self._port, None, (), failure))
        self.tell(Stage.TCP)
        return self._unconnected(failure, span)

    def _unconnected(self, met: Failure, span: Span) -> bool:
        """Note a failure of the way to the proxy, if there is one."""
        if self.opening.proxy is not None:
            failure = Failure(Kind.PROXY_UNCONNECTED, met.message, errno=met.errno)
            self._proxy_failed(failure, span)
        return False

    def _proxy_failed(self, failure: Failure, span: Span) -> bool:
        """Note that the proxy itself cannot be reached."""
        opening = self.opening
        assert opening.proxy is not None
        self.learn(proxy=proxy_facts(opening.proxy, opening.clean, span, failure=failure))
        self.tell(Stage.PROXY)
        return False

    async def _connect(self) -> bool:
        if self.opening.endpoint.secure:
            certificates.prepare()
        self.tell(Stage.TCP)
        shown = self.opening.clean.own(self._host)
        self._race = tcp.Race(shown, self._port, self.addresses, self.clock, self._segment_size)
        sock = await self._race.run(self.opening.connection.timeout)
        seen = self._race.facts()
        self.learn(tcp=seen)
        self.tell(Stage.TCP)
        if sock is not None:
            self._stream = self._socket = SocketStream(sock)
            return True
        return seen.failure is not None and self._unconnected(seen.failure, seen.span)

    async def _tunnel(self) -> bool:
        opening, proxy = self.opening, self.opening.proxy
        if proxy is None:
            return True
        assert self._socket is not None
        self._begin(Stage.PROXY)
        started = self.clock.milliseconds()
        try:
            # Without the client's certificate, which is for the backend alone.
            context = self._context(None) if proxy.scheme == "https" else None
        except OSError as error:
            if error.errno not in OWN_LIMITS:
                raise
            return self._not_allowed(error, self.clock.since(started))
        limit, clean = opening.connection.timeout, opening.clean
        seen, self._stream = await tunnel(
            self._socket, proxy, opening.destination, context, limit, clean, self.clock
        )
        self.learn(proxy=seen)
        return self._ended(Stage.PROXY, seen.failure)

    async def _secure(self) -> bool:
        opening = self.opening
        if not opening.endpoint.secure:
            return True
        assert self._stream is not None
        self._begin(Stage.TLS)
        name, connection = opening.endpoint.host, opening.connection
        started = self.clock.milliseconds()
        try:
            context = self._context(connection.way.certificate)
        except OSError as error:
            if error.errno not in OWN_LIMITS:
                raise
            return self._not_allowed(error, self.clock.since(started))
        seen, self._stream = await tls.secure(
            self._stream,
            name,
            context,
            connection.insecure,
            connection.timeout,
            opening.clean,
            self.clock,
            connection.way.certificate,
        )
        if connection.until is Until.TLS and seen.failure is None:
            seen = await self._answered(seen)
        self.learn(tls=seen)
        return self._ended(Stage.TLS, seen.failure)

    async def _answered(self, seen: TlsFacts) -> TlsFacts:
        """Wait for what a server of TLS 1.3 says of the client's certificate, or of none.

        The client's handshake has ended by then (RFC 8446, appendix E.1.2), and no request follows
        whose answer would show it.
        """
        assert self._stream is not None
        if not seen.client_certificate_requested or seen.version != "TLSv1.3":
            return seen
        wait = max(CERTIFICATE_ANSWER, 2 * seen.span.duration_ms / 1000)
        try:
            async with asyncio.timeout(min(wait, self.opening.connection.timeout)):
                if await self._stream.receive():
                    return seen
        except TimeoutError:
            return seen
        except OSError as error:
            failure = fold(error, Stage.TLS)
            if failure.kind is Kind.TLS_ALERT:
                failure = replace(failure, kind=Kind.TLS_CLIENT_CERTIFICATE)
            return replace(seen, failure=failure)
        return replace(seen, failure=Failure(Kind.TLS_CLOSED, "closed after the handshake"))

    async def _upgrade(self) -> bool:
        assert self._stream is not None
        self._begin(Stage.UPGRADE)
        found = await upgrade(self._stream, self.opening, self.clock, self._message_limit)
        seen, self._protocol = found
        self.learn(upgrade=seen)
        return self._ended(Stage.UPGRADE, seen.failure)

    def _context(self, ours: ClientCertificate | None) -> ssl.SSLContext:
        """Return a context, or the last one if a file cannot be read any more.

        Args:
            ours: what we show to a server that asks for a certificate.
        """
        connection = self.opening.connection
        try:
            made = (
                shared_context(connection.ca_file, connection.insecure)
                if ours is None
                else tls.context_of(connection.ca_file, connection.insecure, ours)
            )
        except (tls.TrustError, OSError):
            if self.context is None or ours is not connection.way.certificate:
                raise
            return self.context
        if ours is connection.way.certificate:
            self.context = made
        return made
