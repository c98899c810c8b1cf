"""How an open connection ends, how long it was idle before, and which pings were answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.facts import Facts, Kind, SessionFacts
from edgecheck.simulator.behaviour import Certificate
from edgecheck.simulator.certificates import Served, make
from edgecheck.wire.clock import Clock
from edgecheck.wire.opening import opening_of
from edgecheck.wire.session import Ended, Session
from edgecheck.wire.trip import Trip
from tests.agent.conftest import opened_to, settings_for
from tests.raw_server import (
    PING,
    PONG,
    Handler,
    accept_of,
    close,
    frame,
    frame_of,
    opening,
    request_of,
    serving,
    text,
)
from tests.timing import PATIENCE, SILENCE, let_others_run, until_in_loop
from tests.tls_server import TlsServer


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """A certificate for loopback."""
    return make(Certificate(), "127.0.0.1", tmp_path)


async def ended(session: Session) -> SessionFacts:
    """Read to the end, and return how it ended."""
    with suppress(Ended):
        async with asyncio.timeout(PATIENCE):
            while True:
                await session.receive()
    await session.closed()
    return session.facts()


# --- how long it was idle -------------------------------------------------------------------------


@pytest.mark.parametrize("farewell", [b"", close(1000)], ids=["no close frame", "a close frame"])
@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_the_end_is_no_traffic(
    monkeypatch: pytest.MonkeyPatch, served: Served, scheme: str, farewell: bytes
) -> None:
    """The idle time is the silence before a close frame, a close_notify or the end of the socket.

    Without a close frame the verdict is that of an idle limit, which is as short here as the
    silence.
    """
    monkeypatch.setattr("edgecheck.wire.fold.IDLE_SECONDS", SILENCE)
    idle_enough = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if scheme == "ws":
            writer.write(accept_of(await request_of(reader)))
            await idle_enough.wait()
            writer.write(farewell)
            return
        tls = await TlsServer.over_socket(served.context, reader, writer)
        await tls.write(accept_of(await tls.head()))
        await idle_enough.wait()
        if farewell:
            await tls.write(farewell)
        await tls.end()
        await asyncio.Event().wait()

    async def run() -> SessionFacts:
        async with serving(handle) as server:
            url = f"{scheme}://127.0.0.1:{server.port}"
            session = await opened_to(opening_of(settings_for(url, insecure=True)))
            await asyncio.sleep(SILENCE)  # the silence itself
            idle_enough.set()
            return await ended(session)

    facts = asyncio.run(run())

    assert facts.idle_ms is not None
    assert facts.idle_ms >= SILENCE * 1000
    assert facts.failure is not None
    kind = Kind.SESSION_CLOSED if farewell else Kind.SESSION_IDLE_CLOSED
    assert facts.failure.kind is kind


@pytest.mark.parametrize("ends", ["the proxy's", "the backend's"])
def test_of_two_tls_layers_the_end_of_either_is_the_end(served: Served, ends: str) -> None:
    """Here only TLS ends; the socket under both stays open."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        proxy = await TlsServer.over_socket(served.context, reader, writer)
        assert (await proxy.head()).startswith(b"CONNECT ")
        await proxy.write(b"HTTP/1.1 200 OK\r\n\r\n")
        backend = await TlsServer.over(served.context, proxy.read, proxy.write)
        await backend.write(accept_of(await backend.head()))
        await (proxy if ends == "the proxy's" else backend).end()
        await asyncio.Event().wait()

    async def run() -> SessionFacts:
        async with serving(handle) as server:
            settings = settings_for(
                "wss://backend.example",
                insecure=True,
                proxy=f"https://127.0.0.1:{server.port}",
            )
            return await ended(await opened_to(opening_of(settings)))

    facts = asyncio.run(run())

    assert facts.close_code == 1006
    assert facts.failure is not None
    assert facts.failure.kind is Kind.SESSION_DROPPED


# --- closing --------------------------------------------------------------------------------------


def test_a_pong_that_is_missed_while_closing_changes_nothing() -> None:
    """A keepalive drops the connection while the answer to our close frame is waited for."""
    frames: list[tuple[int, bytes]] = []

    async def run() -> SessionFacts:
        async with serving(opening(frames=frames)) as server:
            session = await opened_to(opening_of(settings_for(f"ws://127.0.0.1:{server.port}")))
            session.ping()
            closing = asyncio.create_task(session.close(1000))
            await let_others_run()
            session.drop()
            assert not await closing
            return session.facts()

    facts = asyncio.run(run())

    assert (facts.close_code, facts.closed_by, facts.pong) == (1000, "client", None)
    assert facts.failure is not None
    assert facts.failure.kind is Kind.SESSION_CLOSED


@pytest.mark.parametrize(("code", "answered"), [(1001, True), (1012, False)])
def test_only_our_own_code_answers_our_close_frame(code: int, answered: bool) -> None:
    """A close frame with another one was sent before ours was read."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)))
        await frame_of(reader)
        writer.write(close(code))

    async def run() -> bool:
        async with serving(handle) as server:
            session = await opened_to(opening_of(settings_for(f"ws://127.0.0.1:{server.port}")))
            return await session.close(1001)

    assert asyncio.run(run()) is answered


def test_a_close_frame_that_came_first_is_no_answer() -> None:
    """Even with the same code: what we sent before may not have been read."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)) + close(1001))
        await frame_of(reader)

    async def run() -> bool:
        async with serving(handle) as server:
            session = await opened_to(opening_of(settings_for(f"ws://127.0.0.1:{server.port}")))
            return await session.close(1001)

    assert asyncio.run(run()) is False


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_peer_that_ends_and_does_not_read_is_left(served: Served, scheme: str) -> None:
    """It sends pings until their pongs fill every buffer, and then the end of the socket."""
    ping = frame(PING, b"p" * 125)
    full = asyncio.Event()

    async def write(writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tls = None
        if scheme == "ws":
            writer.write(accept_of(await request_of(reader)))
        else:
            tls = await TlsServer.over_socket(served.context, reader, writer)
            await tls.write(accept_of(await tls.head()))
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        while not full.is_set():
            await (write(writer, ping * 100) if tls is None else tls.write(ping * 100))
            await asyncio.sleep(0)
        if tls is None:
            writer.write_eof()
        else:
            await tls.end()
        await asyncio.Event().wait()

    async def run() -> SessionFacts:
        async with serving(handle) as server:
            url = f"{scheme}://127.0.0.1:{server.port}"
            session = await opened_to(opening_of(settings_for(url, insecure=True)))
            assert session._transport is not None
            await until_in_loop(session._transport.get_write_buffer_size)
            full.set()
            async with asyncio.timeout(PATIENCE):
                return await ended(session)

    facts = asyncio.run(run())

    assert facts.close_code == 1006


# --- pings and pongs ------------------------------------------------------------------------------


def conversation(handle: Handler, talk: Callable[[Session], Awaitable[None]]) -> SessionFacts:
    """Let a session talk to a server, and return what it knows then."""

    async def run() -> SessionFacts:
        async with serving(handle) as server, asyncio.timeout(PATIENCE):
            session = await opened_to(opening_of(settings_for(f"ws://127.0.0.1:{server.port}")))
            await talk(session)
            session.drop()
            await session.closed()
            return session.so_far()

    return asyncio.run(run())


def pongs_for(*answers: bytes) -> Handler:
    """Return a handler that reads as many pings as it has answers, and then sends these."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)))
        for _ in answers:
            await frame_of(reader)
        writer.write(b"".join(answers))
        with suppress(asyncio.IncompleteReadError):
            while True:
                await frame_of(reader)

    return handle


def test_the_round_trip_is_that_of_the_first_ping_however_many_follow() -> None:
    """Each pong answers one ping, and a ping is open until as many pongs as pings came."""
    still_open: list[bool] = []
    sent: list[float] = []
    arrived: list[float] = []

    async def talk(session: Session) -> None:
        for _ in range(3):
            sent.append(session.ping())
            await asyncio.sleep(0)
        for _ in range(3):
            arrived.append((await session.receive()).at)
            still_open.append(session.ping_open)

    facts = conversation(pongs_for(*[text(EDGE.pong)] * 3), talk)

    assert facts.round_trip_ms == pytest.approx((arrived[0] - sent[0]) * 1000)
    assert sent[0] < sent[2]
    assert still_open == [True, True, False]


def test_a_pong_from_before_the_ping_does_not_answer_it() -> None:
    """It shows that the backend has accepted us, and no round trip, least of all a negative one."""

    async def talk(session: Session) -> None:
        session.ping()
        await session.receive()
        assert session.answered
        assert session.ping_open

    facts = conversation(opening(at_once=text(EDGE.pong)), talk)

    assert facts.pong is True
    assert facts.round_trip_ms is None


def test_a_control_pong_answers_the_ping_with_its_payload_alone() -> None:
    """RFC 6455, section 5.5.3: a pong may also be unasked for."""
    seen: list[tuple[bytes, bool]] = []

    async def talk(session: Session) -> None:
        session.watch_control_pongs(lambda payload, at: seen.append((payload, session.ping_open)))
        session.control_ping(b"one")
        session.control_ping(b"two")
        await until_in_loop(lambda: len(seen) == 2)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)))
        for payload in (b"one", b"two"):
            assert (await frame_of(reader))[1] == payload
        writer.write(frame(PONG, b"never sent") + frame(PONG, b"two"))
        await reader.read()

    conversation(handle, talk)

    assert seen == [(b"never sent", True), (b"two", False)]


# --- a connection that nobody wants any more ------------------------------------------------------


def test_a_connection_that_opens_while_it_is_given_up_does_not_stay() -> None:
    """The attempt is cancelled after its last step, while the attempts that lost are ended."""

    class GivenUp(Trip):
        async def leave(self) -> None:
            this = asyncio.current_task()
            assert this is not None
            this.cancel()
            await super().leave()

    async def run() -> None:
        is_over = asyncio.Event()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(accept_of(await request_of(reader)))
            with suppress(OSError):
                await reader.read()
            is_over.set()

        async with serving(handle) as server:
            settings = settings_for(f"ws://127.0.0.1:{server.port}")
            trip = GivenUp(opening_of(settings), Facts(), Clock())
            with pytest.raises(asyncio.CancelledError):
                await asyncio.create_task(trip.open_alone())
            async with asyncio.timeout(PATIENCE):
                await is_over.wait()

    asyncio.run(run())
