"""The server, without a monitor behind it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from edgecheck.monitor import serving
from edgecheck.monitor.serving import resolved, server_of
from tests.timing import PATIENCE


async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
    fields = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": b"ok"})


def test_a_connection_without_a_request_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that has brought requests before; what comes at once is answered."""
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.05)

    async def play() -> None:
        started = asyncio.Event()
        listening = resolved("127.0.0.1", 0).opened()
        server = server_of(answer, None, started.set)
        task = asyncio.create_task(server.serve([listening]))
        await started.wait()
        address = listening.getsockname()
        for sent in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n"):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(sent)
            with pytest.raises((ConnectionError, EOFError)):
                await reader.readexactly(1)
            writer.close()
        monkeypatch.setattr(serving, "HEAD_SECONDS", PATIENCE)  # at once may take a while here
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

        assert (await reader.readuntil(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200")
        writer.close()
        server.end()
        await task

    asyncio.run(asyncio.wait_for(play(), PATIENCE))


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("localhost", True), ("", False), ("0.0.0.0", False)],
)
def test_it_is_known_who_can_connect(host: str, local: bool) -> None:
    """Before the port is open."""
    assert resolved(host, 0).is_local is local
