"""The way to the backend, stage by stage, until one fails or the ping is answered."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import replace

from ..facts import Facts, Failure, Kind, Span, Stage
from ..settings.secret import Secret
from . import dns, second_look, tcp, tls
from .budget import LATE_SECOND_LOOK, SECOND_LOOK
from .clock import Clock
from .experiments import experiment, is_refusal
from .plan import Plan
from .proxy import proxy_facts, tunnel
from .session import Session
from .stream import SocketStream, Stream
from .upgrade import upgrade

# Told of every stage as it begins and as it ends, with the facts so far.
Observer = Callable[[Stage, Facts], None]

_DATES = frozenset({9, 10})  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED


class Walk:
    """One checkup's connections. `facts` is always what is known by now."""

    def __init__(self, plan: Plan, facts: Facts, clock: Clock, observer: Observer) -> None:
        self.facts = facts
        self._plan, self._clock, self._observer = plan, clock, observer
        self._addresses: list[dns.Address] = []

    async def run(self, cleaned: Secret | None) -> Facts:
        """Go the whole way; never raises but for cancellation.

        Args:
            cleaned: the secret as the lint would repair it, for the experiments.
        """
        try:
            self.facts = await self._go(self._plan, self.facts, self._observer)
            if self._plan.connection.experiments and is_refusal(self.facts):
                self._observer(Stage.AUTH, self.facts)
                results = await experiment(self._plan, cleaned, self._again)
                self.facts = replace(self.facts, experiments=results)
        finally:
            self.facts = replace(self.facts, total_ms=self._clock.milliseconds())
        return self.facts

    async def _again(self, plan: Plan) -> Facts:
        return await self._go(plan, Facts(), lambda *_: None)

    async def _go(self, plan: Plan, facts: Facts, observer: Observer) -> Facts:
        """Make one connection. Facts of the main one are kept in `self.facts` as they come, so that an interruption loses nothing."""
        main = observer is self._observer

        def learn(**known: object) -> None:
            nonlocal facts
            facts = replace(facts, **known)  # type: ignore[arg-type]
            if main:
                self.facts = facts

        limit = plan.connection.timeout
        proxy, endpoint = plan.proxy, plan.endpoint
        host, port = (proxy.host, proxy.port) if proxy else (endpoint.host, endpoint.port)
        if proxy is not None and proxy.problem:
            failure = Failure(Kind.PROXY_URL_INVALID, plan.clean(proxy.problem))
            learn(proxy=proxy_facts(proxy, Span(self._clock.milliseconds(), 0.0), failure=failure))
            observer(Stage.PROXY, facts)
            return facts

        if not self._addresses:
            observer(Stage.DNS, facts)
            seen, self._addresses = await dns.resolve(host, port, plan.connection.family, limit, self._clock)
            learn(dns=seen)
            observer(Stage.DNS, facts)
            if seen.failure is not None:
                if proxy is not None:
                    learn(proxy=proxy_facts(proxy, seen.span, failure=Failure(Kind.PROXY_UNRESOLVED, seen.failure.message)))
                    observer(Stage.PROXY, facts)
                return facts

        observer(Stage.TCP, facts)
        race = tcp.Race(host, port, self._addresses, self._clock)
        stream: Stream | None = None
        session: Session | None = None
        try:
            sock = await race.run(limit)
            learn(tcp=race.facts())
            observer(Stage.TCP, facts)
            if sock is None:
                assert facts.tcp is not None and facts.tcp.failure is not None
                if proxy is not None:
                    failure = Failure(Kind.PROXY_UNCONNECTED, facts.tcp.failure.message, errno=facts.tcp.failure.errno)
                    learn(proxy=proxy_facts(proxy, facts.tcp.span, failure=failure))
                    observer(Stage.PROXY, facts)
                return facts
            stream = SocketStream(sock)

            if proxy is not None:
                observer(Stage.PROXY, facts)
                context = self._context(plan) if proxy.scheme == "https" else None
                seen_proxy, stream = await tunnel(stream, proxy, endpoint, context, limit, plan.clean, self._clock)
                learn(proxy=seen_proxy)
                observer(Stage.PROXY, facts)
                if seen_proxy.failure is not None:
                    return facts

            if endpoint.secure:
                observer(Stage.TLS, facts)
                context = self._context(plan)
                seen_tls, stream = await tls.secure(
                    stream, endpoint.host, context, plan.connection.insecure, limit, plan.clean, self._clock
                )
                learn(tls=seen_tls)
                if seen_tls.failure is not None and main and proxy is None:
                    learn(tls=(await self._second_look(facts)).tls)
                observer(Stage.TLS, facts)
                if seen_tls.failure is not None:
                    return facts

            observer(Stage.UPGRADE, facts)
            seen_upgrade, protocol = await upgrade(stream, plan, self._clock)
            learn(upgrade=seen_upgrade)
            if protocol is None and main and proxy is None:
                learn(upgrade=(await self._second_look(facts)).upgrade)
            observer(Stage.UPGRADE, facts)
            if protocol is None:
                return facts

            observer(Stage.SESSION, facts)
            session = Session(stream, protocol, plan.clean, self._clock)
            learn(session=await session.run(limit))
            observer(Stage.SESSION, facts)
            return facts
        finally:
            if facts.tcp is not None:
                learn(tcp=race.facts())  # what the losers of the race met in the meantime
            if session is not None:
                await session.close()
            if stream is not None:
                stream.close()
            await race.close()

    def _context(self, plan: Plan) -> ssl.SSLContext:
        return tls.context_of(plan.connection.ca_file, plan.connection.insecure)

    async def _second_look(self, facts: Facts) -> Facts:
        """Add what one more connection, without credentials, shows about a failure that leaves its cause open."""
        seen, endpoint = facts.tls, self._plan.endpoint
        if seen is not None and seen.failure is not None:
            kind = seen.failure.kind
            if seen.failure.verify_code in _DATES:
                date = await second_look.server_date(self._addresses, endpoint, SECOND_LOOK)
                return replace(facts, tls=replace(seen, server_date=date))
            if kind in (Kind.TLS_CLOSED, Kind.TLS_TIMEOUT) and seen.client_certificate_requested is None:
                wait = SECOND_LOOK if kind is Kind.TLS_CLOSED else LATE_SECOND_LOOK
                first = await second_look.plain_answer(self._addresses, endpoint, wait)
                if first and not tls.is_record(first):
                    failure = replace(seen.failure, kind=Kind.TLS_NOT_TLS)
                    return replace(facts, tls=replace(seen, failure=failure, first_bytes=self._plan.clean(first)))
        upgraded = facts.upgrade
        if upgraded is not None and upgraded.failure is not None and not endpoint.secure and not upgraded.first_bytes:
            if upgraded.failure.kind is Kind.UPGRADE_CLOSED and await second_look.speaks_tls(
                self._addresses, endpoint, SECOND_LOOK
            ):
                return replace(facts, upgrade=replace(upgraded, speaks_tls=True))
        return facts
