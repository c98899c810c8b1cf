"""What several connections of one run show, and what the reference client does about it."""

from __future__ import annotations

import asyncio
import random
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from edgecheck.agent import events
from edgecheck.agent.backoff import Backoff
from edgecheck.agent.events import Status
from edgecheck.agent.handler import CommandResult
from edgecheck.agent.journal import Journal
from edgecheck.agent.keeper import Keeper
from edgecheck.agent.worker import Worker
from edgecheck.backend.builtin import EDGE
from edgecheck.checkup import concluded
from edgecheck.diagnose import Verdict, diagnose
from edgecheck.facts import Failure, Kind, Life
from edgecheck.simulator import Scenario, simulate
from edgecheck.terms import Confidence
from edgecheck.wire.opening import opening_of
from edgecheck.wire.pings import Pings
from edgecheck.wire.traffic import Traffic
from tests.agent.conftest import SECRET, settings_for
from tests.sights import HEALTHY
from tests.timing import PATIENCE, until_in_loop


def ended(*earlier: Life, seconds: float = 10.0, **session: Any) -> Verdict | None:
    """Return the verdict on an answered connection that was cut, after others."""
    seen = HEALTHY.session
    assert seen is not None
    values = {
        "pong": True,
        "close_code": 1006,
        "idle_ms": 900.0,
        "longest_gap_ms": 2_000.0,
        "failure": Failure(Kind.SESSION_DROPPED, "the connection ended without a close frame"),
        **session,
    }
    span = replace(seen.span, duration_ms=seconds * 1000)
    return diagnose(
        replace(HEALTHY, session=replace(seen, span=span, earlier=earlier, **values))
    ).verdict


def life(seconds: float, idle: float = 0.9, gap: float = 2.0) -> Life:
    """Return an earlier connection that was cut."""
    return Life(seconds * 1000, True, 1006, None, idle * 1000, gap * 1000)


def test_connections_that_end_at_one_age_are_not_told_to_ping_more_often() -> None:
    """A gap as long as the last one was survived before, so it is no idle limit."""
    verdict = ended(life(10.0), life(10.1))

    assert verdict is not None
    assert verdict.code == "session-lifetime-limit"
    assert verdict.confidence is Confidence.LIKELY
    assert not any("more often" in remedy for remedy in verdict.remedies)


def test_one_connection_alone_is_only_possible() -> None:
    """Its age is a whole number of seconds, which may be chance."""
    verdict = ended()

    assert verdict is not None
    assert verdict.code == "session-lifetime-limit"
    assert verdict.confidence is Confidence.POSSIBLE
    assert "session-dropped" in verdict.alternatives


def test_what_is_idle_stays_idle() -> None:
    """Nothing longer was survived."""
    quiet = life(60.0, idle=60.0, gap=0.2)
    verdict = ended(
        quiet,
        quiet,
        seconds=60.0,
        idle_ms=60_000.0,
        longest_gap_ms=200.0,
        failure=Failure(Kind.SESSION_IDLE_CLOSED, "idle"),
    )

    assert verdict is not None
    assert verdict.code == "session-idle-closed"


@pytest.mark.parametrize("code", [1000, 1006])
def test_the_third_short_connection_asks_for_another_client_with_the_id(code: int) -> None:
    """It is possible, for a handler that fails looks the same."""
    kind = Kind.SESSION_DROPPED if code == 1006 else Kind.SESSION_CLOSED
    more = {"close_code": code, "closed_by": "server", "failure": Failure(kind, "it ended")}
    short = replace(life(2.2), close_code=code)
    first = ended(seconds=2.3, **more)
    third = ended(short, replace(short, lasted_ms=3_100.0), seconds=2.3, **more)

    assert first is not None
    assert first.code != "session-replaced"
    assert third is not None
    assert third.code == "session-replaced"
    assert third.confidence is Confidence.POSSIBLE


def test_a_loop_of_the_server_itself_asks_its_people() -> None:
    """Each connection is cut at one age, and sooner than any client comes back."""
    short = life(0.8)
    verdict = ended(short, short, seconds=0.81)

    assert verdict is not None
    assert verdict.code == "session-dropped"
    assert verdict.side == "backend"
    assert verdict.confidence is Confidence.POSSIBLE
    assert "3 connections" in verdict.cause
    assert "session-replaced" in verdict.alternatives


def test_pongs_that_come_later_and_later_are_no_silence_of_the_way() -> None:
    """The backend does not keep up, so it is its turn."""
    silent = {"pong": False, "failure": Failure(Kind.SESSION_NO_PONG, "no pong in time")}
    verdict = ended(recent_ms=(30.0, 2_000.0, 5_000.0, 9_000.0), **silent)
    other = ended(recent_ms=(30.0, 29.0, 31.0), **silent)

    assert verdict is not None
    assert (verdict.code, verdict.side) == ("pong-timeout", "backend")
    assert "later and later" in verdict.title
    assert other is not None
    assert "went silent" in other.title


@pytest.mark.parametrize(
    ("delays", "said"),
    [
        # Every second ping is answered, at once: each pong counts for an older ping.
        ([(1, 0.01), (3, 0.01), (5, 0.01), (7, 0.02)], "only some of the pings"),
        # Each takes longer than the time between two, so they come at any moment.
        ([(1, 0.3), (2, 0.9), (4, 0.5), (6, 0.1)], "later and later"),
        # As long as twice that time, so they come when a ping is sent, the first one too.
        ([(3, 0.01), (5, 0.01), (7, 0.01), (9, 0.01)], "later and later"),
    ],
)
def test_pongs_that_are_missing_are_no_queue(delays: list[tuple[int, float]], said: str) -> None:
    """No pong says which ping it answers; the moment at which it comes tells them apart.

    Args:
        delays: of each pong, the ping after which it came, and how long after it, in seconds.
    """
    pings, sent = Pings(EDGE.session, Traffic()), 0
    for after, delay in delays:
        while sent < after:
            sent += 1
            pings.sent(100.0 + sent)
        pings.pong(100.0 + after + delay)
    verdict = ended(
        pong=False,
        round_trip_ms=pings.round_trip_ms,
        recent_ms=tuple(pings.recent_ms),
        prompt=pings.prompt,
        failure=Failure(Kind.SESSION_NO_PONG, "no pong in time"),
    )

    assert verdict is not None
    assert (verdict.code, verdict.side) == ("pong-timeout", "backend")
    assert said in verdict.title


@pytest.mark.parametrize(
    ("server", "code", "side", "first"),
    [
        ("nginx/1.22.1", 1006, "intermediary", "proxy_read_timeout"),
        ("cloudflare", 1006, "client", "keepalive"),
        ("nginx/1.22.1", 1000, "backend", "their server's limit"),
    ],
)
def test_who_can_change_an_idle_limit_takes_the_first_step(
    server: str, code: int, side: str, first: str
) -> None:
    """Where no setting changes it, that is the client; and proxies send no close frame."""
    seen = HEALTHY.session
    assert seen is not None
    assert HEALTHY.upgrade is not None
    assert HEALTHY.upgrade.response is not None
    response = replace(HEALTHY.upgrade.response, fields=(("Server", server),))
    session = replace(
        seen,
        pong=True,
        close_code=code,
        closed_by=None if code == 1006 else "server",
        idle_ms=60_000.0,
        failure=Failure(Kind.SESSION_IDLE_CLOSED if code == 1006 else Kind.SESSION_CLOSED, "ended"),
    )
    facts = replace(HEALTHY, session=session, upgrade=replace(HEALTHY.upgrade, response=response))
    verdict = diagnose(facts).verdict

    assert verdict is not None
    assert (verdict.code, verdict.side) == ("session-idle-closed", side)
    assert first in verdict.remedies[0]


def test_replicas_that_differ_do_not_end_the_client() -> None:
    """Every second connection is refused: the next attempt may reach another replica."""
    seen: list[events.Event] = []

    async def handle(command: Any) -> CommandResult:
        return CommandResult(Status.COMPLETED)

    async def run(journal: Journal) -> bool:
        scenario = Scenario(secret=SECRET, agent_id="edge_1", fault="auth-inconsistent")
        async with simulate(scenario) as backend:
            settings, clean = settings_for(backend.url), opening_of(settings_for(backend.url)).clean
            worker = Worker(journal, handle, jobs=1, clean=clean, observe=seen.append)
            keeper = Keeper(
                settings,
                worker,
                observe=seen.append,
                judge=lambda trip: concluded(settings, trip),
                backoff=Backoff(random.random, jitter=0.0, scale=0.0),
            )
            stop = asyncio.Event()
            running = asyncio.create_task(keeper.run(stop, 0.0))
            await until_in_loop(
                lambda: running.done() or any(isinstance(one, events.Ponged) for one in seen)
            )
            stop.set()
            return await asyncio.wait_for(running, PATIENCE)

    with closing(Journal()) as journal:
        stopped = asyncio.run(run(journal))
    failures = [one for one in seen if isinstance(one, events.Failed)]

    assert stopped
    assert failures
    verdict = failures[0].report.diagnosis.verdict
    assert verdict is not None
    assert verdict.code == "auth-inconsistent"
    assert not any(one.final for one in failures)
    assert any(isinstance(one, events.Ponged) for one in seen)


def test_a_port_that_answered_before_is_not_a_wrong_port() -> None:
    """A server that is stopped refuses until it is back: nobody has to check the port."""
    tcp = HEALTHY.tcp
    assert tcp is not None
    failure = Failure(Kind.TCP_REFUSED, "Connection refused", errno="ECONNREFUSED")
    gone = replace(tcp, address=None, failure=failure, answered_before=True)
    verdict = diagnose(replace(HEALTHY, tcp=gone, tls=None, upgrade=None, session=None)).verdict

    assert verdict is not None
    assert (verdict.code, verdict.side.value) == ("tcp-refused", "backend")
    assert not any("Check the port" in step for step in verdict.remedies)


def test_a_reset_while_a_large_message_is_sent_is_about_its_size() -> None:
    """Some servers reset without a word; what passed before bounds the limit."""
    verdict = ended(seconds=3.7, largest_sent=30_000, largest_passed=16_000)

    assert verdict is not None
    assert verdict.side.value == "client"
    assert "30000 bytes" in verdict.title
    assert "One of 16000 bytes passed before" in verdict.cause
    assert any("--size 23000" in step for step in verdict.remedies)
