"""On an open socket: find out whether the backend answers, within a limit of time.

Most profiles have a ping that is answered. Where nothing answers for the application (a server that
pings itself, or ping frames, which a library answers), the backend has accepted the client if the
connection stays for a while.
"""

from __future__ import annotations

import asyncio
import time

from ..facts import MessageKind, SessionFacts
from ..wire.budget import ANSWER_GRACE, CALM_AFTER_GREETING, CALM_SECONDS, MESSAGES_READ
from ..wire.session import Ended, Session

# An answer that is neither the pong nor another message of the protocol.
_OTHERWISE = (MessageKind.ECHO, MessageKind.NOT_JSON)


async def converse(session: Session, timeout: float) -> SessionFacts:
    """Send one ping, and wait for its pong; or watch whether the connection stays.

    Args:
        timeout: seconds to wait at most.
    """
    started = time.perf_counter()
    try:
        if session.talk.client_pings:
            async with asyncio.timeout(timeout) as limit:
                if not await _answered(session, limit):
                    return session.facts()
            if not session.talk.answered_by_library or session.talk.greets:
                # What follows the pong is not read, because the question is answered.
                return session.so_far()
        calm = CALM_AFTER_GREETING if session.talk.greets else CALM_SECONDS
        await _stays(session, min(calm, timeout))
    except (Ended, TimeoutError):
        return session.facts()
    session.calm_ms = (time.perf_counter() - started) * 1000
    return session.so_far()


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


async def _stays(session: Session, seconds: float) -> None:
    """Return after so many seconds, or after the server's own ping.

    Raises:
        Ended: the connection ended before.
    """
    try:
        async with asyncio.timeout(seconds):
            for _ in range(MESSAGES_READ):
                if (await session.receive()).message.kind is MessageKind.PING:
                    return
    except TimeoutError:
        return
