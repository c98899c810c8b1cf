"""A limit of this machine is never taken for a failure of somebody else."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from edgecheck.simulator.behaviour import Certificate
from edgecheck.simulator.certificates import make
from tests.short_of_files import printed

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the limit is one of POSIX")

_CHECKUP = """
from tests.doctor import examined

options = dict(one.split("=") for one in sys.argv[1:])

async def examine():
    await examined("ws://localhost:9", **options)  # imports what is needed
    with short():
        return await examined("ws://localhost:9", **options)

report = asyncio.run(examine())
verdict = report.diagnosis.verdict
print(verdict.code, verdict.side.value, report.facts.tcp.failure.errno)
print("ulimit -n" in verdict.remedies[0], *verdict.evidence)
"""
_CHECKUP_OF_TLS = """
from edgecheck.wire.trust import _shared
from tests.doctor import examined

server = socket.create_server(("127.0.0.1", 0))
url = f"wss://127.0.0.1:{server.getsockname()[1]}"

async def examine():
    await examined(url, timeout=0.1, path=False)  # imports what is needed
    _shared.clear()
    with short(spare=1):  # which the connection takes
        return await examined(url, path=False)

report = asyncio.run(examine())
print(report.diagnosis.verdict.code, report.facts.tcp.failure.errno, report.facts.tls)
"""
_TO_TWO_ADDRESSES = """
from edgecheck.probe.walk import walk
from edgecheck.settings.sources import Options, load
from edgecheck.wire.dns import Address
from edgecheck.wire.trip import Trip
from edgecheck.wire.trust import _shared
from tests.doctor import SECRET, examined

server = socket.create_server(("127.0.0.1", 0))
url = f"wss://127.0.0.1:{server.getsockname()[1]}"
environ = {"EDGE_SECRET": SECRET, "EDGE_AGENT_ID": "edge_1"}

async def walked():
    await examined(url, timeout=0.1, path=False)  # imports what is needed
    _shared.clear()
    settings = load(Options(url=url), environ=environ, cwd=Path("/"), stdin=io.BytesIO())
    address = Address(socket.AF_INET, server.getsockname())
    trip = Trip.of(settings, addresses=[address, address])
    with short(spare=1):  # which the connection takes
        await walk(trip)
    return trip.facts

failure = asyncio.run(walked()).failure
print(failure and failure.kind.value, failure and failure.errno)
"""
_LISTENING = """
from edgecheck.agent import events
from edgecheck.checkup import import_all
from tests.agent.kept import Agent

import_all()

async def listen():
    agent = Agent("ws://localhost:9")
    with short():
        await agent.until(lambda: len(agent.waits) >= 3)
    return agent

agent = asyncio.run(listen())
print(agent.waits[:3], agent.told(events.Failed)[0].report.diagnosis.verdict.code)
"""
_WITHOUT_THREADS = """
from edgecheck.settings.choices import Family
from edgecheck.wire import dns
from edgecheck.wire.clock import Clock

async def look_up():
    # Of a user that is not root, no thread is allowed beside those that run.
    os.setuid(65534)
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    try:
        print(await dns.resolve("localhost", 443, Family.ANY, 60, Clock()))
    except OSError as error:
        print(error.errno == errno.EAGAIN)

import errno
asyncio.run(look_up())
"""


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), "tcp-blocked client EMFILE"),
        (("proxy=http://localhost:8",), "proxy-unreachable client EMFILE"),
    ],
    ids=["directly", "through a proxy"],
)
def test_a_name_that_no_file_is_left_to_look_up_is_not_said_to_be_missing(
    options: tuple[str, ...], found: str
) -> None:
    """The resolver says so even of localhost."""
    assert printed(_CHECKUP, *options) == f"{found}\nTrue localhost: Too many open files"


@pytest.mark.skipif(platform.system() != "Linux", reason="another system keeps them elsewhere")
def test_trusted_certificates_that_no_file_is_left_to_read_are_no_fault_of_the_backend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its certificate is not looked at."""
    file = make(Certificate(), "localhost", tmp_path).ca_file
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))

    assert printed(_CHECKUP_OF_TLS) == "tcp-blocked EMFILE None"
    assert printed(_TO_TWO_ADDRESSES) == "tcp-blocked EMFILE"


def test_an_agent_that_can_look_up_no_name_tries_again() -> None:
    """It goes on as after any other failure, and may have files again."""
    assert printed(_LISTENING) == "[1.0, 2.0, 4.0] tcp-blocked"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="becomes another user")
def test_a_look_up_for_which_no_thread_is_left_is_an_error_of_the_system() -> None:
    """Python itself raises one that says nothing of the cause."""
    assert printed(_WITHOUT_THREADS) == "True"
