"""A proxy's tunnel: what its own words mean."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from edgecheck.facts import Failure, Kind
from tests.doctor import examined, settled
from tests.raw_server import serving
from tests.timing import AMPLE_LIMIT


def answered_by(replies: Sequence[bytes]) -> Failure | None:
    """Return the failure of a SOCKS proxy that gives these replies, one for each request."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in replies:
            await reader.read(1000)
            writer.write(each)
            await writer.drain()
        await reader.read()

    async def go() -> Failure | None:
        async with serving(reply) as server:
            proxy = f"socks5h://127.0.0.1:{server.port}"
            report = await examined("wss://backend.example", proxy=proxy, timeout=AMPLE_LIMIT)
        return report.facts.proxy.failure if report.facts.proxy is not None else None

    return settled(go())


def test_a_name_in_a_reply_that_is_no_text_is_not_the_backends() -> None:
    """The backend's name was not looked up here."""
    failure = answered_by((b"\x05\x00", b"\x05\x00\x00\x03\x05ab\xff\xfec\x00P"))

    assert failure is not None
    assert failure.kind is Kind.PROXY_DENIED
