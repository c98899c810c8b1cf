"""What looks show together that are made side by side, with and without files for them."""

from __future__ import annotations

import asyncio
import errno
import os

import pytest

from edgecheck.facts import AgainFacts, LookName, LookOutcome
from edgecheck.probe.side_by_side import half_closed, made, together
from tests.short_of_files import printed

SILENT = AgainFacts(LookName.SMALL_SEGMENTS, LookOutcome.SILENT)

# Every look, at a port that would take the connection if there were a file for it.
_LOOKS = """
from functools import partial
from edgecheck.facts import LookName, Span, TcpFacts
from edgecheck.probe import cut, proxy_itself, silence
from edgecheck.wire.dns import Address
from edgecheck.wire.trip import Trip
from tests.agent.conftest import settings_for

server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
address = Address(socket.AF_INET, ("127.0.0.1", port))
trip = Trip.of(settings_for(f"ws://127.0.0.1:{port}", 1.0), addresses=[address])
seen = TcpFacts(Span(0.0, 0.0), "127.0.0.1", port, "127.0.0.1")
again = LookName.AGAIN

class TheProxy:
    host, port = "127.0.0.1", port

looks = {
    "hello": lambda: silence.hello(trip, again, None, "127.0.0.1"),
    "half closed": lambda: silence.half_closed(
        partial(silence.hello, trip, again, None, "127.0.0.1")
    ),
    "request": lambda: silence._request(trip, again),
    "ping": lambda: silence._ping(trip),
    "ping again": lambda: silence._ping_again(trip, "127.0.0.1"),
    "anew": lambda: cut.connected_anew(trip, seen),
    "the proxy": lambda: proxy_itself.ask_the_proxy(trip, TheProxy, 1.0),
}

async def make(look):
    try:
        with short():
            print(await looks[look]())
    except OSError as error:
        print(os.strerror(error.errno))

asyncio.run(make(sys.argv[1]))
"""
_SECOND_TRIP = """
from edgecheck.facts import Failure, KernelFacts, Kind, Span, SessionFacts, Stage, TcpFacts
from edgecheck.probe.closer import walk_again
from edgecheck.wire.dns import Address
from edgecheck.wire.trip import Trip
from tests.agent.conftest import settings_for

server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
address = Address(socket.AF_INET, ("127.0.0.1", port))
trip = Trip.of(settings_for(f"ws://127.0.0.1:{port}", 1.0), addresses=[address])
lost = KernelFacts(Stage.SESSION, 10, 0, retransmits=5)
trip.learn(
    tcp=TcpFacts(Span(0.0, 0.0), "127.0.0.1", port, "127.0.0.1", kernel=lost),
    session=SessionFacts(Span(0.0, 0.0), failure=Failure(Kind.SESSION_NO_PONG, "no pong")),
)

async def go_again():
    with short():
        second = await walk_again(trip, trip.clock.milliseconds())
    print(second, trip.facts.tcp.again)

asyncio.run(go_again())
"""


async def _shown() -> AgainFacts:
    return SILENT


async def _without_files() -> AgainFacts:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_a_look_without_files_is_left_out() -> None:
    """What the others show counts as if it had not been made."""

    async def run() -> None:
        assert await made((_without_files(), _shown()), lossy=False) == [SILENT]
        assert await made((_without_files(),), lossy=False) == []
        assert await together(_without_files(), _shown()) == [SILENT]
        with pytest.raises(OSError, match="Too many open files"):
            await together(_without_files(), _without_files())

    asyncio.run(run())


def test_one_of_the_looks_that_end_our_half_is_enough() -> None:
    """They differ in the moment alone."""
    left = iter((True, False, False))

    async def run() -> AgainFacts:
        return await half_closed(lambda ends: _shown() if next(left) else _without_files())

    assert asyncio.run(run()) == SILENT


def test_a_fault_of_a_look_itself_is_not_hidden() -> None:
    """Only what this machine lacks is left out."""

    async def faulty() -> AgainFacts:
        raise ZeroDivisionError

    async def run() -> None:
        with pytest.raises(ZeroDivisionError):
            await made((faulty(), _shown()), lossy=False)

    asyncio.run(run())


@pytest.mark.skipif(os.name != "posix", reason="the limit is one of POSIX")
@pytest.mark.parametrize(
    "look", ["hello", "half closed", "request", "ping", "ping again", "anew", "the proxy"]
)
def test_a_connection_that_no_file_is_left_for_is_not_taken_for_a_lost_one(look: str) -> None:
    """Nothing is known of the way then."""
    assert printed(_LOOKS, look) == "Too many open files"


@pytest.mark.skipif(os.name != "posix", reason="the limit is one of POSIX")
def test_a_second_trip_without_files_is_not_taken_for_a_second_silence() -> None:
    """The first one's verdict stands."""
    assert printed(_SECOND_TRIP) == "None ()"
