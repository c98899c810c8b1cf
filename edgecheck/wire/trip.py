"""One connection, from the name to the open socket, step by step until one fails."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from websockets.client import ClientProtocol

from ..facts import Facts, Failure, Kind, Observer, Span, Stage
from ..settings.model import Settings
from . import certificates, dns, tcp, tls
from .budget import MESSAGE_LIMIT
from .clock import Clock
from .greeting import greet
from .opening import Opening, opening_of
from .proxy import proxy_facts, tunnel
from .session import Session
from .stream import SocketStream, Stream
from .target import initial_facts
from .upgrade import upgrade


def nobody(_: Stage, __: Facts) -> None:
    """Ignore the stage."""


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
    """

    def __init__(
        self,
        opening: Opening,
        facts: Facts,
        clock: Clock,
        *,
        observer: Observer = nobody,
        addresses: Sequence[dns.Address] = (),
        message_limit: int = MESSAGE_LIMIT,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.opening, self.facts, self.addresses = opening, facts, list(addresses)
        self.clock, self._observer, self._message_limit = clock, observer, message_limit
        self.context = context
        way = opening.proxy or opening.endpoint
        self._host, self._port = way.host, way.port
        self._race: tcp.Race | None = None
        self._socket: SocketStream | None = None
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
        """Go through the steps and the greeting; None if one failed: then the facts say why."""
        steps = (self._resolve, self._connect, self._tunnel, self._secure, self._upgrade)
        for step in steps:
            if not await step():
                return None
        assert self._stream is not None
        assert self._protocol is not None
        clean, profile = self.opening.clean, self.opening.profile
        session = await Session.over(self._stream, self._protocol, clean, self.clock, profile)
        self._stream = None  # it belongs to the session now
        return await self._greeted(session)

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
        self.learn(session=session.facts())
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
        if self._race is not None and self.facts.tcp is not None:
            self.learn(tcp=await self._race.outcome())

    async def _resolve(self) -> bool:
        opening, proxy = self.opening, self.opening.proxy
        if proxy is not None and proxy.problem:
            failure = Failure(Kind.PROXY_URL_INVALID, opening.clean(proxy.problem))
            return self._proxy_failed(failure, Span(self.clock.milliseconds(), 0.0))
        if self.addresses:
            return True
        self.tell(Stage.DNS)
        family, limit = opening.connection.family, opening.connection.timeout
        found = await dns.resolve(self._host, self._port, family, limit, self.clock)
        seen, self.addresses = found
        self.learn(dns=replace(seen, host=opening.clean.own(self._host)))
        self.tell(Stage.DNS)
        if seen.failure is not None and proxy is not None:
            failure = Failure(Kind.PROXY_UNRESOLVED, seen.failure.message)
            return self._proxy_failed(failure, seen.span)
        return seen.failure is None

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
        self._race = tcp.Race(shown, self._port, self.addresses, self.clock)
        sock = await self._race.run(self.opening.connection.timeout)
        seen = self._race.facts()
        self.learn(tcp=seen)
        self.tell(Stage.TCP)
        if sock is not None:
            self._stream = self._socket = SocketStream(sock)
            return True
        if self.opening.proxy is not None and seen.failure is not None:
            met = seen.failure
            failure = Failure(Kind.PROXY_UNCONNECTED, met.message, errno=met.errno)
            self._proxy_failed(failure, seen.span)
        return False

    async def _tunnel(self) -> bool:
        opening, proxy = self.opening, self.opening.proxy
        if proxy is None:
            return True
        assert self._socket is not None
        self.tell(Stage.PROXY)
        context = self._context() if proxy.scheme == "https" else None
        limit, clean = opening.connection.timeout, opening.clean
        seen, self._stream = await tunnel(
            self._socket, proxy, opening.endpoint, context, limit, clean, self.clock
        )
        self.learn(proxy=seen)
        self.tell(Stage.PROXY)
        return seen.failure is None

    async def _secure(self) -> bool:
        opening = self.opening
        if not opening.endpoint.secure:
            return True
        assert self._stream is not None
        self.tell(Stage.TLS)
        name, connection = opening.endpoint.host, opening.connection
        seen, self._stream = await tls.secure(
            self._stream,
            name,
            self._context(),
            connection.insecure,
            connection.timeout,
            opening.clean,
            self.clock,
        )
        self.learn(tls=seen)
        self.tell(Stage.TLS)
        return seen.failure is None

    async def _upgrade(self) -> bool:
        assert self._stream is not None
        self.tell(Stage.UPGRADE)
        found = await upgrade(self._stream, self.opening, self.clock, self._message_limit)
        seen, self._protocol = found
        self.learn(upgrade=seen)
        self.tell(Stage.UPGRADE)
        return self._protocol is not None

    def _context(self) -> ssl.SSLContext:
        connection = self.opening.connection
        try:
            self.context = tls.context_of(connection.ca_file, connection.insecure)
        except tls.TrustError:
            if self.context is None:
                raise
        return self.context
