"""The way to the backend, stage by stage, until one fails or the ping is answered."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from websockets.client import ClientProtocol

from ..facts import Facts, Failure, Kind, Observer, Span, Stage
from ..settings.secret import Secret
from ..wire import certificates, dns, tcp, tls
from ..wire.budget import LATE_SECOND_LOOK, SECOND_LOOK
from ..wire.clock import Clock
from ..wire.opening import Opening
from ..wire.proxy import proxy_facts, tunnel
from ..wire.session import Session
from ..wire.stream import SocketStream, Stream
from ..wire.upgrade import upgrade
from . import second_look
from .experiments import experiment, is_refusal

_DATES = frozenset({9, 10})  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED


def _nobody(_: Stage, __: Facts) -> None:
    """Watch nothing."""


class Walk:
    """One checkup: the connection, and, after a refusal, the experiments.

    `facts` is always what is known by now.
    """

    def __init__(self, plan: Opening, facts: Facts, clock: Clock, observer: Observer) -> None:
        self._plan, self._clock, self._observer = plan, clock, observer
        self._trip = Trip(plan, facts, clock, observer, look_again=True)

    @property
    def facts(self) -> Facts:
        """What is known by now."""
        return replace(self._trip.facts, total_ms=self._clock.milliseconds())

    async def run(self, cleaned: Secret | None) -> Facts:
        """Go the whole way; never raises but for cancellation.

        Args:
            cleaned: the secret as the lint would repair it, for the experiments.
        """
        await self._trip.go()
        if self._plan.connection.experiments and is_refusal(self._trip.facts):
            self._observer(Stage.AUTH, self._trip.facts)
            results = await experiment(self._plan, cleaned, self._again)
            self._trip.learn(experiments=results)
        return self.facts

    async def _again(self, plan: Opening) -> Facts:
        return await Trip(
            plan, Facts(profile=plan.profile), self._clock, addresses=self._trip.addresses
        ).go()


class Trip:
    """One connection, as far as it goes.

    Args:
        plan: what to ask for.
        facts: what is known before.
        addresses: of the backend or the proxy, where they are known already.
        look_again: after a failure that leaves its cause open, make one more connection, without
            credentials.
    """

    def __init__(
        self,
        plan: Opening,
        facts: Facts,
        clock: Clock,
        observer: Observer = _nobody,
        addresses: Sequence[dns.Address] = (),
        *,
        look_again: bool = False,
    ) -> None:
        self.facts = facts
        self.addresses = list(addresses)
        self._plan, self._clock, self._observer, self._look_again = (
            plan,
            clock,
            observer,
            look_again,
        )
        way = plan.proxy or plan.endpoint
        self._host, self._port = way.host, way.port
        self._race: tcp.Race | None = None
        self._socket: SocketStream | None = None
        self._stream: Stream | None = None
        self._protocol: ClientProtocol | None = None
        self._session: Session | None = None

    def learn(self, **known: Any) -> None:
        """Add to what is known."""
        self.facts = replace(self.facts, **known)

    async def go(self) -> Facts:
        """Take step after step until one does not lead on."""
        try:
            for step in (
                self._resolve,
                self._connect,
                self._tunnel,
                self._secure,
                self._upgrade,
                self._converse,
            ):
                if not await step():
                    break
        finally:
            await self._leave()
        return self.facts

    def _tell(self, stage: Stage) -> None:
        self._observer(stage, self.facts)

    async def _resolve(self) -> bool:
        proxy = self._plan.proxy
        if proxy is not None and proxy.problem:
            failure = Failure(Kind.PROXY_URL_INVALID, self._plan.clean(proxy.problem))
            return self._proxy_failed(failure, Span(self._clock.milliseconds(), 0.0))
        if self.addresses:
            return True
        self._tell(Stage.DNS)
        connection = self._plan.connection
        seen, self.addresses = await dns.resolve(
            self._host, self._port, connection.family, connection.timeout, self._clock
        )
        self.learn(dns=replace(seen, host=self._plan.clean.own(self._host)))
        self._tell(Stage.DNS)
        if seen.failure is not None and proxy is not None:
            return self._proxy_failed(
                Failure(Kind.PROXY_UNRESOLVED, seen.failure.message), seen.span
            )
        return seen.failure is None

    def _proxy_failed(self, failure: Failure, span: Span) -> bool:
        """Say of a proxy that the way does not even lead to it."""
        assert self._plan.proxy is not None
        self.learn(proxy=proxy_facts(self._plan.proxy, self._plan.clean, span, failure=failure))
        self._tell(Stage.PROXY)
        return False

    async def _connect(self) -> bool:
        if self._plan.endpoint.secure:
            certificates.prepare()
        self._tell(Stage.TCP)
        self._race = tcp.Race(
            self._plan.clean.own(self._host), self._port, self.addresses, self._clock
        )
        sock = await self._race.run(self._plan.connection.timeout)
        seen = self._race.facts()
        self.learn(tcp=seen)
        self._tell(Stage.TCP)
        if sock is not None:
            self._stream = self._socket = SocketStream(sock)
            return True
        if self._plan.proxy is not None and seen.failure is not None:
            self._proxy_failed(
                Failure(Kind.PROXY_UNCONNECTED, seen.failure.message, errno=seen.failure.errno),
                seen.span,
            )
        return False

    async def _tunnel(self) -> bool:
        proxy, plan = self._plan.proxy, self._plan
        if proxy is None:
            return True
        assert self._socket is not None
        self._tell(Stage.PROXY)
        context = self._context() if proxy.scheme == "https" else None
        seen, self._stream = await tunnel(
            self._socket,
            proxy,
            plan.endpoint,
            context,
            plan.connection.timeout,
            plan.clean,
            self._clock,
        )
        self.learn(proxy=seen)
        self._tell(Stage.PROXY)
        return seen.failure is None

    async def _secure(self) -> bool:
        plan = self._plan
        if not plan.endpoint.secure:
            return True
        assert self._stream is not None
        self._tell(Stage.TLS)
        insecure, timeout = plan.connection.insecure, plan.connection.timeout
        seen, self._stream = await tls.secure(
            self._stream,
            plan.endpoint.host,
            self._context(),
            insecure,
            timeout,
            plan.clean,
            self._clock,
        )
        self.learn(tls=seen)
        if seen.failure is not None and self._look_again and plan.proxy is None:
            await self._look_again_at_tls(seen.failure)
        self._tell(Stage.TLS)
        return seen.failure is None

    async def _upgrade(self) -> bool:
        assert self._stream is not None
        self._tell(Stage.UPGRADE)
        seen, self._protocol = await upgrade(self._stream, self._plan, self._clock)
        self.learn(upgrade=seen)
        if (
            seen.failure is not None
            and self._look_again
            and self._plan.proxy is None
            and not self._plan.endpoint.secure
        ):
            await self._look_again_at_upgrade(seen.failure)
        self._tell(Stage.UPGRADE)
        return self._protocol is not None

    async def _converse(self) -> bool:
        assert self._stream is not None
        assert self._protocol is not None
        self._tell(Stage.SESSION)
        plan = self._plan
        self._session = Session(self._stream, self._protocol, plan.clean, self._clock, plan.profile)
        self.learn(session=await self._session.run(self._plan.connection.timeout))
        self._tell(Stage.SESSION)
        return True

    async def _leave(self) -> None:
        if self._race is not None and self.facts.tcp is not None:
            self.learn(tcp=await self._race.outcome())
        if self._session is not None:
            await self._session.close()
        if self._stream is not None:
            self._stream.close()
        if self._race is not None:
            await self._race.close()

    def _context(self) -> ssl.SSLContext:
        return tls.context_of(self._plan.connection.ca_file, self._plan.connection.insecure)

    async def _look_again_at_tls(self, failure: Failure) -> None:
        """Ask for the server's clock where a certificate's dates are the fault, and in plain text where TLS was not answered."""
        seen, limit = self.facts.tls, self._plan.connection.timeout
        assert seen is not None
        if failure.verify_code in _DATES:
            date = await second_look.server_date(
                self.addresses, self._plan.endpoint, min(SECOND_LOOK, limit)
            )
            self.learn(tls=replace(seen, server_date=date))
        elif (
            failure.kind in (Kind.TLS_CLOSED, Kind.TLS_TIMEOUT)
            and seen.client_certificate_requested is None
        ):
            wait = SECOND_LOOK if failure.kind is Kind.TLS_CLOSED else LATE_SECOND_LOOK
            first = await second_look.plain_answer(
                self.addresses, self._plan.endpoint, min(wait, limit)
            )
            if first and not tls.is_record(first):
                failure = replace(failure, kind=Kind.TLS_NOT_TLS)
                self.learn(tls=replace(seen, failure=failure, first_bytes=self._plan.clean(first)))

    async def _look_again_at_upgrade(self, failure: Failure) -> None:
        """Try TLS where a request in plain text got no answer at all."""
        seen, limit = self.facts.upgrade, self._plan.connection.timeout
        assert seen is not None
        if failure.kind is not Kind.UPGRADE_CLOSED or seen.first_bytes:
            return
        if await second_look.speaks_tls(
            self.addresses, self._plan.endpoint, min(SECOND_LOOK, limit)
        ):
            self.learn(upgrade=replace(seen, speaks_tls=True))
