"""The race of the addresses: which one wins, how long it takes, and what is kept."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from edgecheck.facts import Kind, TcpFacts
from edgecheck.wire.budget import ATTEMPT_DELAY
from edgecheck.wire.clock import Clock
from edgecheck.wire.dns import Address
from edgecheck.wire.tcp import Race, interleave
from tests.backends.servers import free_port
from tests.doctor import settled
from tests.timing import PATIENCE, seconds, until_in_loop

# Longer than the test may take, so that waiting for it is noticed.
LIMIT = 2 * PATIENCE


def address(host: str, port: int) -> Address:
    """Return an address as the resolver gives it."""
    if ":" in host:
        return Address(socket.AF_INET6, (host, port, 0, 0))
    return Address(socket.AF_INET, (host, port))


@contextlib.contextmanager
def listening(host: str) -> Iterator[int]:
    """Listen on a port at which nobody listens on any other address; connections wait."""
    port = free_port()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(20)
        yield port


@contextlib.contextmanager
def silent(host: str, port: int) -> Iterator[None]:
    """Listen with a full queue, so that Linux drops new connections (listen(2))."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((host, port))
        yield


def race(*hosts: str, port: int, limit: float = LIMIT) -> tuple[str | None, TcpFacts, float]:
    """Return the winner, the facts at the end, and the seconds that the race took."""

    async def go() -> tuple[str | None, TcpFacts, float]:
        started = time.monotonic()
        running = Race("backend.example", port, [address(host, port) for host in hosts], Clock())
        sock = await running.run(limit)
        took = time.monotonic() - started
        facts = running.facts()
        await running.close()
        peer = sock.getpeername()[0] if sock else None
        if sock is not None:
            assert not sock.getblocking()
            sock.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return peer, facts, took

    return settled(go())


def test_one_address_that_answers() -> None:
    """It wins, and its time is kept."""
    with listening("127.0.0.1") as port:
        winner, facts, _ = race("127.0.0.1", port=port)

    assert winner == facts.address == "127.0.0.1"
    assert facts.failure is None
    assert [(one.address, one.family, one.connected, one.failure) for one in facts.attempts] == [
        ("127.0.0.1", "ipv4", True, None)
    ]
    assert (facts.host, facts.port) == ("backend.example", port)


def test_a_refused_address_is_followed_by_the_next_at_once() -> None:
    """A refusal is not followed by the delay, and is kept in the facts."""
    with listening("127.0.0.2") as port:
        winner, facts, _ = race("127.0.0.1", "127.0.0.2", port=port)

    assert winner == "127.0.0.2"
    assert facts.failure is None
    first, second = facts.attempts
    assert first.connected is False
    assert first.failure is not None
    assert first.failure.kind is Kind.TCP_REFUSED
    assert first.failure.errno == "ECONNREFUSED"
    assert second.connected is True


def test_addresses_that_are_not_needed_are_not_tried() -> None:
    """The first address answers before the delay has passed."""
    with listening("127.0.0.1") as port:
        _, facts, _ = race("127.0.0.1", "127.0.0.2", "127.0.0.3", port=port)

    assert [one.address for one in facts.attempts][:1] == ["127.0.0.1"]
    assert all(one.connected is not True for one in facts.attempts[1:])


def test_all_refused() -> None:
    """Every address was tried, and every refusal is kept."""
    with listening("127.0.0.9") as port:
        winner, facts, _ = race("127.0.0.1", "127.0.0.2", "127.0.0.3", port=port)

    assert winner is None
    assert facts.address is None
    assert facts.failure is not None
    assert facts.failure.kind is Kind.TCP_REFUSED
    assert [(one.address, one.connected) for one in facts.attempts] == [
        ("127.0.0.1", False),
        ("127.0.0.2", False),
        ("127.0.0.3", False),
    ]


def test_the_winner_does_not_wait_for_a_silent_address() -> None:
    """The next address starts after the delay and wins; the silent one is unknown, not failed."""
    with listening("127.0.0.2") as port, silent("127.0.0.1", port):
        winner, facts, _ = race("127.0.0.1", "127.0.0.2", port=port)

    assert winner == "127.0.0.2"
    first, second = facts.attempts
    assert first.connected is None
    assert first.failure is None
    assert first.duration_ms >= ATTEMPT_DELAY * 1000 * 0.9
    assert second.connected is True
    assert second.duration_ms < first.duration_ms


def test_silence_alone_is_a_timeout() -> None:
    """It comes at the limit, and the address is in the facts."""
    with listening("127.0.0.9") as port, silent("127.0.0.1", port):
        winner, facts, took = race("127.0.0.1", port=port, limit=0.3)

    assert winner is None
    assert facts.failure is not None
    assert facts.failure.kind is Kind.TCP_TIMEOUT
    assert [one.connected for one in facts.attempts] == [False]
    assert took > 0.25


def test_a_refusal_tells_more_than_a_silence() -> None:
    """The failure of the race is the one nearest to the backend; the attempts keep both."""
    with listening("127.0.0.9") as port, silent("127.0.0.1", port):
        _, facts, _ = race("127.0.0.1", "127.0.0.2", port=port, limit=seconds(2))

    assert facts.failure is not None
    assert facts.failure.kind is Kind.TCP_REFUSED
    kinds = {one.address: one.failure.kind for one in facts.attempts if one.failure}
    assert kinds == {"127.0.0.1": Kind.TCP_TIMEOUT, "127.0.0.2": Kind.TCP_REFUSED}


def test_no_address_at_all_is_a_failure() -> None:
    """The race does not wait for ever."""
    winner, facts, _ = race(port=1)

    assert winner is None
    assert facts.failure is not None
    assert facts.attempts == ()


def test_a_reset_right_after_connecting_is_a_failed_attempt() -> None:
    """Otherwise it would look like a connection whose first request is refused."""

    async def go() -> TcpFacts:
        loop = asyncio.get_running_loop()
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(5)
            listener.setblocking(False)

            def reset() -> None:
                connection, _ = listener.accept()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

            loop.add_reader(
                listener, reset
            )  # in the same loop, before the pause after connecting ends
            try:
                running = Race("x", 1, [address(*listener.getsockname())], Clock())
                assert await running.run(LIMIT) is None
                await running.close()
                return running.facts()
            finally:
                loop.remove_reader(listener)

    facts = settled(go())

    assert facts.failure is not None
    assert facts.failure.kind is Kind.TCP_RESET


def test_both_families_take_part() -> None:
    """IPv6 is refused, and IPv4 answers."""
    try:
        with listening("::1"):
            pass
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listening("127.0.0.1") as port:
        winner, facts, _ = race("::1", "127.0.0.1", port=port)

    assert winner == "127.0.0.1"
    assert [(one.address, one.family, one.connected) for one in facts.attempts] == [
        ("::1", "ipv6", False),
        ("127.0.0.1", "ipv4", True),
    ]


def test_families_alternate_beginning_with_the_resolvers_first() -> None:
    """RFC 8305, section 4."""
    given = [address(host, 1) for host in ("::1", "::2", "::3", "127.0.0.1", "127.0.0.2")]

    assert [one.text for one in interleave(given)] == [
        "::1",
        "127.0.0.1",
        "::2",
        "127.0.0.2",
        "::3",
    ]
    assert [one.text for one in interleave(given[3:] + given[:3])] == [
        "127.0.0.1",
        "::1",
        "127.0.0.2",
        "::2",
        "::3",
    ]
    assert interleave([]) == []


def test_a_race_that_is_cancelled_leaves_nothing() -> None:
    """No task and no socket is left (here a ResourceWarning is an error)."""

    async def go() -> None:
        with listening("127.0.0.9") as port, silent("127.0.0.1", port):
            running = Race(
                "x", port, [address("127.0.0.1", port), address("127.0.0.2", port)], Clock()
            )
            task = asyncio.create_task(running.run(LIMIT))
            await until_in_loop(lambda: running.facts().attempts)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await running.close()
            assert [one.address for one in running.facts().attempts][:1] == ["127.0.0.1"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    settled(go())


def test_a_connection_within_the_limit_counts_whatever_the_last_look_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was made in time, but its settling pause ends after the limit."""
    monkeypatch.setattr("edgecheck.wire.tcp.SETTLE", seconds(2.5))
    with listening("127.0.0.1") as port:
        winner, facts, _ = race("127.0.0.1", port=port, limit=seconds(2))

    assert winner == "127.0.0.1"
    assert facts.failure is None
    assert [attempt.connected for attempt in facts.attempts] == [True]
