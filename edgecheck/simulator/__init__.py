"""A backend on loopback that speaks the protocol, and fails on demand.

`scenario.py` says what is asked for, `behaviour.py` what a fault is made of, `faults.py` is the
table of faults, and `answers.py` has the answers of real servers. The other files do what a
behaviour says: `backend.py` speaks the profile's protocol, `sockets.py` sends only bytes, and
`certificates.py` makes what TLS needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from .scenario import Backend, Scenario

__all__ = ["Backend", "Scenario", "ignore", "simulate"]


def ignore(line: str) -> None:
    """Ignore a line of the log."""


@asynccontextmanager
async def simulate(
    scenario: Scenario, *, log: Callable[[str], None] = ignore
) -> AsyncIterator[Backend]:
    """Run the scenario's backend until the context ends, and clean up.

    Args:
        scenario: what to simulate.
        log: is called with each line of the backend's log: with a time, and without a secret.

    Raises:
        ValueError: there is no such fault.
        OSError: the backend cannot listen at the address.
    """
    from .run import run

    async with run(scenario, log) as backend:
        yield backend
