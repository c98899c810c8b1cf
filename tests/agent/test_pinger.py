"""Pings at an interval, to backends that answer late, twice, out of order or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.server import ServerConnection

from edgecheck.agent.pinger import Event, Lost, Other, Pinger, Unexpected
from edgecheck.agent.pongs import Reply
from edgecheck.backend.builtin import EDGE
from edgecheck.wire.arrival import ArrivalLoop, arrived
from edgecheck.wire.session import Ended
from tests.agent.conftest import opened_to
from tests.timing import PATIENCE, seconds, until_in_loop

PONG = EDGE.pong

Script = Callable[[ServerConnection, int], Awaitable[None]]


def pinged(
    backend,
    script: Script,
    *,
    wait: float = PATIENCE,
    interval: float = 0.02,
    deadline: float | None = None,
    events: list[Event] | None = None,
    **options,
):  # type: ignore[no-untyped-def]
    """Ping a backend that runs the script for each ping.

    Returns:
        The pinger, the events, and whether the connection ended.
    """
    if events is None:
        events = []

    async def handler(connection: ServerConnection) -> None:
        number = 0
        async for _ in connection:
            number += 1
            await script(connection, number)

    async def run() -> tuple[Pinger, bool]:
        async with backend(handler) as plan:
            link = await opened_to(plan)
            given = {"count": 3, "control": False, **options}
            pinger = Pinger(link, interval=interval, wait=wait, observe=events.append, **given)
            try:
                await asyncio.wait_for(pinger.run(asyncio.Event(), deadline), PATIENCE)
            except Ended:
                return pinger, True
            await link.close()
            return pinger, False

    with asyncio.Runner(loop_factory=ArrivalLoop) as runner:
        pinger, ended = runner.run(run())
    return pinger, events, ended


async def answer(connection: ServerConnection, number: int) -> None:
    """Answer as a backend does."""
    await connection.send(PONG)


def test_every_ping_is_answered(backend) -> None:  # type: ignore[no-untyped-def]
    """Each round trip takes some time."""
    pinger, events, ended = pinged(backend, answer)

    assert [event.sequence for event in events if isinstance(event, Reply)] == [1, 2, 3]
    assert (pinger.tally.sent, pinger.tally.received, pinger.tally.lost) == (3, 3, 0)
    assert len(pinger.round_trips) == 3
    assert not ended


def test_websocket_pings_are_answered_by_the_library(backend) -> None:
    """RFC 6455, section 5.5.2: no message is sent, and the handler sees nothing."""

    async def never(connection: ServerConnection, number: int) -> None:
        raise AssertionError("a message came")

    pinger, events, _ = pinged(backend, never, control=True)

    assert [event.sequence for event in events if isinstance(event, Reply)] == [1, 2, 3]
    assert pinger.tally.received == 3


def test_a_late_pong_is_late_and_the_next_ones_own(backend) -> None:  # type: ignore[no-untyped-def]
    """The first ping's pong arrives after its wait, and before the pong of the second."""
    events: list[Event] = []

    async def script(connection: ServerConnection, number: int) -> None:
        if number == 1:
            await until_in_loop(lambda: any(isinstance(event, Lost) for event in events))
        await connection.send(PONG)

    wait = seconds(1.5)
    pinger, _, _ = pinged(backend, script, wait=wait, interval=1.5 * wait, count=2, events=events)

    assert [type(event).__name__ for event in events] == ["Lost", "Reply", "Reply"]
    late, good = [event for event in events if isinstance(event, Reply)]
    assert (late.sequence, late.late) == (1, True)
    assert (good.sequence, good.late) == (2, False)
    assert (pinger.tally.received, pinger.tally.late, pinger.tally.lost) == (1, 1, 1)
    assert len(pinger.round_trips) == 1


def test_a_pong_too_many_is_unexpected(backend) -> None:  # type: ignore[no-untyped-def]
    """It does not answer the next ping."""

    async def script(connection: ServerConnection, number: int) -> None:
        await connection.send(PONG)
        if number == 1:
            await connection.send(PONG)

    pinger, events, _ = pinged(backend, script, interval=seconds(1.5), count=2)

    assert sum(isinstance(event, Unexpected) for event in events) == pinger.tally.unexpected == 1
    assert pinger.tally.received == 2


def test_silence_is_loss(backend) -> None:  # type: ignore[no-untyped-def]
    """Each ping is given up once, and then the run ends."""

    async def script(connection: ServerConnection, number: int) -> None:
        pass

    pinger, events, _ = pinged(backend, script, wait=0.2)

    assert [event.sequence for event in events if isinstance(event, Lost)] == [1, 2, 3]
    assert pinger.tally.loss_percent == 100


def test_commands_are_counted(backend) -> None:  # type: ignore[no-untyped-def]
    """They do not answer a ping."""

    async def script(connection: ServerConnection, number: int) -> None:
        await connection.send(
            '{"type":"command","payload":{"command_id":"c","command_type":"t","payload":{}}}'
        )
        await connection.send('{"type":"news"}')
        await connection.send(PONG)

    pinger, events, _ = pinged(backend, script)

    assert (pinger.tally.commands, pinger.tally.others, pinger.tally.received) == (3, 3, 3)
    assert sum(isinstance(event, Other) for event in events) == 6


def test_an_end_loses_what_was_open(backend) -> None:  # type: ignore[no-untyped-def]
    """The end is reported."""

    async def script(connection: ServerConnection, number: int) -> None:
        if number == 2:
            await connection.close(1011)
        else:
            await connection.send(PONG)

    pinger, _, ended = pinged(backend, script, count=None)

    assert ended
    assert pinger.tally.received == 1
    assert pinger.tally.lost >= 1


def test_a_deadline_ends_it(backend) -> None:  # type: ignore[no-untyped-def]
    """The deadline works without a count."""
    pinger, _, ended = pinged(backend, answer, count=None, deadline=0.5, interval=0.1)

    assert not ended
    assert pinger.tally.sent >= 1


def test_pings_that_were_answered_leave_no_timers(backend) -> None:  # type: ignore[no-untyped-def]
    """With a timer for each ping, a hundred pings per second would keep six thousand timers."""
    waiting: list[int] = []

    async def script(connection: ServerConnection, number: int) -> None:
        waiting.append(len(asyncio.get_running_loop()._scheduled))  # type: ignore[attr-defined]
        await connection.send(PONG)

    pinged(backend, script, count=60, interval=0.01)

    assert waiting[-1] < waiting[1] + 30


@pytest.mark.parametrize("interval", [0.01, 0.2])
def test_pings_keep_their_schedule(backend, interval: float) -> None:
    """A slow answer does not delay the next ping."""

    async def script(connection: ServerConnection, number: int) -> None:
        for _ in range(5 if number == 5 else 0):
            await connection.send(PONG)

    pinger, _, _ = pinged(backend, script, count=5, interval=interval)

    assert pinger.milliseconds >= 4 * interval * 1000
    assert pinger.tally.received == 5


def test_an_answer_that_is_read_with_what_came_before_the_ping_is_an_answer(backend) -> None:
    """One wake-up of the loop brings a message from before the ping, and the pong."""
    waiting = asyncio.Semaphore(0)  # messages that the kernel has

    async def handler(connection: ServerConnection) -> None:
        await connection.send('{"type":"news"}')
        waiting.release()
        async for _ in connection:
            await connection.send(PONG)
            await connection.send('{"type":"news"}')
            waiting.release()

    async def run() -> list[float]:
        async with backend(handler) as plan:
            link = await opened_to(plan)
            found = []
            for _ in range(20):
                link._transport.pause_reading()
                await waiting.acquire()
                sent = link.ping()
                await waiting.acquire()
                waiting.release()  # the news, for the next ping
                link._transport.resume_reading()
                while (received := await link.receive()).data != PONG:
                    pass
                found.append(received.at - sent)
            await link.close()
            return found

    with asyncio.Runner(loop_factory=ArrivalLoop) as runner:
        assert min(runner.run(run())) > 0


def test_a_stale_wake_up_is_not_when_an_answer_arrived() -> None:
    """If the loop woke up before the ping was sent, the pong must have arrived later."""
    loop = ArrivalLoop()
    try:
        loop.run_until_complete(asyncio.sleep(0))
        woken = loop.woken_at
        assert arrived(loop, woken - 1) == woken
        assert arrived(loop, woken + 1e-9) > woken
    finally:
        loop.close()


@pytest.mark.parametrize("control", [False, True])
def test_an_event_that_cannot_be_shown_ends_the_run_and_not_the_connection(
    backend, control: bool
) -> None:  # type: ignore[no-untyped-def]
    """The transport or a timer calls the observer, and would keep its error to itself."""

    async def handler(connection: ServerConnection) -> None:
        async for _ in connection:
            await connection.send(PONG)

    def gone(event: Event) -> None:
        raise BrokenPipeError

    async def run() -> bool:
        async with backend(handler) as plan:
            link = await opened_to(plan)
            pinger = Pinger(
                link, interval=PATIENCE, wait=PATIENCE, count=1, control=control, observe=gone
            )
            with pytest.raises(BrokenPipeError):
                await asyncio.wait_for(pinger.run(asyncio.Event(), None), PATIENCE)
            is_over = link.is_over
            await link.close()
            return is_over

    assert not asyncio.run(run())
