"""Run a scenario."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from . import backend, certificates
from . import sockets as wire
from .behaviour import Behaviour, Certificate, Fault, Port, Reply, Session
from .faults import TABLE
from .scenario import Backend, Scenario

HEALTHY = Session()
# The address to connect to if the server listens on all addresses of the machine.
REACHABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@asynccontextmanager
async def run(scenario: Scenario, log: Callable[[str], None]) -> AsyncIterator[Backend]:
    """Run the scenario's backend, as `simulate` describes it."""
    fault = _fault(scenario.fault)
    secure = fault.scheme == "wss" if fault.scheme else scenario.tls
    plan = HEALTHY if fault.at_proxy else fault.plan

    def say(text: str) -> None:
        log(f"{datetime.now().astimezone():%H:%M:%S.%f}"[:-3] + f" {text}")

    async with AsyncExitStack() as stack:
        served = None
        if secure:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="edgecheck-")))
            certificate = plan.certificate if isinstance(plan, Session) else Certificate()
            served = certificates.make(certificate, scenario.host, folder)

        async def start(plan: Behaviour, port: int, context: ssl.SSLContext | None) -> str:
            listener = stack.enter_context(wire.bind(scenario.host, port))
            await stack.enter_async_context(_serve(plan, listener, context, scenario, say))
            host = REACHABLE.get(scenario.host, scenario.host)
            return f"{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"

        below_tls = isinstance(plan, Reply) and plan.below_tls
        authority = await start(
            plan, scenario.port, served.context if served and not below_tls else None
        )
        proxy = await start(fault.plan, 0, None) if fault.at_proxy else None
        yield Backend(
            url=f"{'wss' if secure else 'ws'}://{authority}",
            secret=scenario.secret,
            agent_id=scenario.agent_id,
            ca_file=served.ca_file if served else None,
            proxy=f"http://{proxy}" if proxy else None,
            profile=scenario.profile,
        )


def _fault(code: str | None) -> Fault:
    if code is None:
        return Fault("", HEALTHY)
    if code not in TABLE:
        raise ValueError(f"there is no fault {code!r}")
    return TABLE[code]


def _serve(
    plan: Behaviour,
    listener: wire.Listener,
    context: ssl.SSLContext | None,
    scenario: Scenario,
    log: wire.Log,
) -> AbstractAsyncContextManager[None]:
    match plan:
        case Port():
            return wire.occupy(plan, listener, log)
        case Reply():
            return wire.answer(
                plan, listener, context, latency=scenario.latency, hold=scenario.hold, log=log
            )
        case Session():
            return backend.speak(plan, listener, context, scenario=scenario, log=log)
