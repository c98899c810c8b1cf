"""The opening handshake: answers that are none."""

from __future__ import annotations

import asyncio

from edgecheck.facts import Kind
from edgecheck.report import Report
from edgecheck.wire.budget import HEAD_LIMIT
from tests.doctor import examined, settled
from tests.raw_server import accept_of, request_of, serving
from tests.timing import STAGE_LIMIT


def test_an_acceptance_whose_head_has_no_end_opens_no_websocket() -> None:
    """Its rest is no frames, and no silence follows from it."""
    lines = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 8000) for number in range(10))
    assert len(lines) > HEAD_LIMIT

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = accept_of(await request_of(reader))
        writer.write(head.removesuffix(b"\r\n") + lines)
        await writer.drain()
        await reader.read()

    async def go() -> Report:
        async with serving(accept) as server:
            return await examined(f"ws://127.0.0.1:{server.port}", timeout=STAGE_LIMIT)

    facts = settled(go()).facts

    assert facts.upgrade is not None
    assert facts.upgrade.failure is not None
    assert facts.upgrade.failure.kind is Kind.UPGRADE_INVALID
    assert str(HEAD_LIMIT) in facts.upgrade.failure.message
    assert facts.session is None
