"""What the kernel says of bytes that were sent."""

from __future__ import annotations

import contextlib
import socket
import sys

import pytest

from edgecheck.facts import Stage
from edgecheck.wire.kernel import kernel_facts
from tests.timing import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says it")


def test_data_that_comes_later_hides_when_the_bytes_were_acknowledged() -> None:
    """Each packet with data acknowledges as well, and the kernel knows only the last one."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0] as accepted,
    ):

        def told() -> tuple[int, float | None]:
            facts = kernel_facts(client, Stage.TLS)
            assert facts is not None
            return facts.acknowledged, facts.acknowledged_ms

        client.sendall(b"x" * 500)
        until(lambda: told()[0] == 500)
        before = told()[1]
        # The kernel counts in milliseconds: those between the two have to be more than none.
        until(lambda: accepted.send(b"y") and told()[1] is None)

    assert before is not None


def test_who_reads_nothing_is_told_from_what_gets_lost() -> None:
    """What does not fit is not sent: the other end's receive window is closed."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0],
    ):
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                client.send(b"x" * 65536)

        def told() -> bool:
            facts = kernel_facts(client, Stage.SESSION)
            assert facts is not None
            return facts.is_kept_waiting and facts.acknowledged > 0

        until(told)


def test_what_can_be_read_is_no_gap() -> None:
    """Memory that is filled with what waits for this program says nothing of the network."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0] as accepted,
    ):

        def told() -> float | None:
            facts = kernel_facts(client, Stage.SESSION)
            assert facts is not None
            return facts.gap_ms

        accepted.sendall(b"x" * 500)
        client.recv(1, socket.MSG_PEEK)
        unread = told()
        client.recv(500)

        assert (unread, told()) == (None, None)
