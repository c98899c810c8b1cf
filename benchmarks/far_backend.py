"""The simulator over TLS, for addresses that clients know it by and this machine need not have.

    python benchmarks/far_backend.py ADDRESS...

Listens on every address of this machine, and shows a certificate for those that it is told. Prints
one JSON object: what clients need.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from edgecheck.simulator import Scenario, certificates, ignore
from edgecheck.simulator import sockets as wire
from edgecheck.simulator.backend import speak
from edgecheck.simulator.behaviour import Certificate
from edgecheck.simulator.run import HEALTHY

HOST = "0.0.0.0"


async def serve(addresses: list[str]) -> None:
    """Serve until it is ended."""
    scenario = Scenario(secrets.token_hex(16))
    with TemporaryDirectory() as name, wire.bind(HOST, 0) as listener:
        served = certificates.make(Certificate(names=tuple(addresses)), HOST, Path(name))
        async with speak(HEALTHY, listener, served.context, scenario=scenario, log=ignore):
            needed = {
                "port": listener.getsockname()[1],
                "secret": scenario.secret,
                "agent_id": scenario.agent_id,
                "ca_file": str(served.ca_file),
            }
            print(json.dumps(needed), flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
