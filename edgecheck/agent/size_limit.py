"""Measure how large a message may be, once one was too large: by pings of other sizes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from ..facts import Message, MessageKind, SessionFacts
from ..frozen import dataclass
from ..wire.session import Ended, Session

# Connections at most: each size that is too large ends one. A usual limit is found with three of
# them, and any other within a part of a thousand, unless nearly all sizes fail.
CONNECTIONS = 10
# A part of so many is as exact as anybody needs.
_EXACT = 1000
# Usual limits of servers: what lies between two of them is tried next.
USUAL = (
    *(1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_000_000, 1_048_576),
    *(2_097_152, 4_194_304, 8_388_608, 10_485_760, 16_777_216, 33_554_432),
)
# RFC 6455, section 7.4.1. Some servers end the connection without a close frame, and none has a
# lower limit of its own than this.
_TOO_BIG, _NO_FRAME, _SUSPECT = 1009, 1006, 8_000


@dataclass(frozen=True)
class Bounds:
    """Between which sizes a limit lies, in bytes.

    Args:
        passed: of the largest ping that was answered; 0 if none was.
        refused: of the smallest one that ended its connection.
    """

    passed: int
    refused: int

    def next_size(self) -> int:
        """Return the size to try next: usual limits first, from below, since what passes is cheap.

        If one of them passes and the next one does not, it may be the limit: a byte more tells.
        """
        usual = [size for size in USUAL if self.passed < size < self.refused]
        if usual:
            return usual[0]
        return self.passed + 1 if self.passed in USUAL else (self.passed + self.refused) // 2


def was_the_size(seen: SessionFacts, size: int) -> bool:
    """Tell whether a connection may have ended because of its ping's size, and names no limit.

    Args:
        seen: of the connection; its last ping has no answer.
        size: bytes of the ping; 0 if it was not padded.
    """
    if not size or seen.closed_by == "client":
        return False
    if set(re.findall(r"\d{3,}", seen.close_reason)) - {str(size)}:
        return False  # a number beside the ping's own size: the limit
    return seen.close_code == _TOO_BIG or (seen.close_code == _NO_FRAME and size >= _SUSPECT)


async def bounds_of(
    connect: Callable[[], Awaitable[Session | None]],
    refused: int,
    wait: float,
    observe: Callable[[Message], None],
) -> Bounds:
    """Narrow down the limit of a message's size.

    Args:
        connect: opens another connection; None if that failed, which ends the measurement.
        refused: bytes of a ping that ended its connection.
        wait: seconds that a pong may take; a ping without a pong ends the measurement.
        observe: called with every other message that comes meanwhile.
    """
    found, session = Bounds(0, refused), None
    connections = 0
    try:
        while found.refused - found.passed > max(1, found.passed // _EXACT):
            if session is None:
                if connections == CONNECTIONS:
                    break
                connections += 1
                session = await connect()
                if session is None:
                    break
            size = found.next_size()
            passes = await _passes(session, size, wait, observe)
            if passes is None:
                break
            if passes:
                found = Bounds(size, found.refused)
            else:
                found = Bounds(found.passed, size)
                _note(session.rest(), observe)
                session.drop()
                session = None
    finally:
        if session is not None:
            await session.close()
            _note(session.rest(), observe)
    return found


def _note(messages: Sequence[Message], observe: Callable[[Message], None]) -> None:
    for message in messages:
        if message.kind not in (MessageKind.PONG, MessageKind.PING):
            observe(message)


async def _passes(
    session: Session, size: int, wait: float, observe: Callable[[Message], None]
) -> bool | None:
    """Return whether a ping of a size is answered; False if it was too large, None if unknown."""
    try:
        async with asyncio.timeout(wait):
            session.ping(size)
            while (message := (await session.receive()).message).kind is not MessageKind.PONG:
                _note([message], observe)
    except Ended:
        # Anything else ended it: a running agent that came back, or a server that stops.
        return False if was_the_size(session.facts(), size) else None
    except TimeoutError:
        return None
    return True
