"""On an open socket: send one ping, and read until its pong, the end, or the time limit."""

from __future__ import annotations

import asyncio

from ..facts import MessageKind, SessionFacts
from ..wire.budget import ANSWER_GRACE, MESSAGES_READ
from ..wire.session import Ended, Session

# An answer that is neither the pong nor another message of the protocol.
_OTHERWISE = (MessageKind.ECHO, MessageKind.NOT_JSON)


async def converse(session: Session, timeout: float) -> SessionFacts:
    """Send one ping, and wait for its pong.

    Args:
        timeout: seconds to wait at most.
    """
    try:
        async with asyncio.timeout(timeout) as limit:
            if await _answered(session, limit):
                # What follows the pong is not read, because the question is answered.
                return session.so_far()
    except (Ended, TimeoutError):
        pass
    return session.facts()


async def _answered(session: Session, limit: asyncio.Timeout) -> bool:
    if not session.is_over:  # a close frame may have come with the response's head
        session.ping()
    for _ in range(MESSAGES_READ):
        kind = (await session.receive()).message.kind
        if kind is MessageKind.PONG:
            return True
        if kind in _OTHERWISE:
            # The pong may still arrive, but not worth the whole time limit.
            grace = asyncio.get_running_loop().time() + ANSWER_GRACE
            limit.reschedule(min(grace, limit.when() or grace))
    return False
