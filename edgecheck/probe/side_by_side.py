"""Looks that are made side by side: what they show together.

A look for which this machine had no file or buffer raises `OSError`, and is left out: it says
nothing of the way to the backend, where a connection that does not open counts as lost packets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from ..facts import AgainFacts, LookName, LookOutcome
from ..frozen import replace
from ..wire.budget import CLOSE_WAIT, COMMANDS_NAMED, HALF_CLOSES

# Looks that change nothing in what is sent.
SAME = frozenset({LookName.AGAIN, LookName.HALF_CLOSED})


async def made(looks: Sequence[Awaitable[AgainFacts]], *, lossy: bool) -> list[AgainFacts]:
    """Make looks at the same time; what the first one shows may be enough.

    If the same gets an answer now, no change is needed for it, and the others have a moment only:
    a backend that answers them too may send a command over each.

    Args:
        lossy: packets got lost, so that the first one may be lost as well; an answer to the same
            with our half ended is enough then.
    """
    same = SAME if lossy else {LookName.AGAIN}
    tasks = [asyncio.ensure_future(look) for look in looks]
    try:
        pending = set(tasks)
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            found = _shown_by(done)
            if any(one.name in same and one.outcome is LookOutcome.ANSWERED for one in found):
                await asyncio.wait(tasks, timeout=CLOSE_WAIT)
                break
        return _shown_by(task for task in tasks if task.done())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _shown_by(tasks: Iterable[asyncio.Task[AgainFacts]]) -> list[AgainFacts]:
    return shown(task.exception() or task.result() for task in tasks)


def shown(results: Iterable[AgainFacts | BaseException]) -> list[AgainFacts]:
    """Return what looks showed, without those that this machine had no means for."""
    found = []
    for one in results:
        if isinstance(one, AgainFacts):
            found.append(one)
        elif not isinstance(one, OSError):
            raise one
    return found


async def together(*looks: Awaitable[AgainFacts]) -> list[AgainFacts]:
    """Make looks at the same time, and return what those showed that could be made.

    Raises:
        OSError: none could.
    """
    results = await asyncio.gather(*looks, return_exceptions=True)
    found = shown(results)
    if not found and isinstance(results[0], OSError):
        raise results[0]
    return found


async def half_closed(look: Callable[..., Awaitable[AgainFacts]]) -> AgainFacts:
    """Make the same look with our half ended at several moments, side by side."""
    return most_telling(await together(*(look(ends=ends) for ends in HALF_CLOSES)))


def most_telling(found: Sequence[AgainFacts]) -> AgainFacts:
    """Return the look of several that says most, with the commands that came over all of them."""
    outcomes = (LookOutcome.ANSWERED, LookOutcome.LOST)
    telling = (one for outcome in outcomes for one in found if one.outcome is outcome)
    return replace(
        next(telling, found[0]),
        commands=tuple(command for one in found for command in one.commands)[:COMMANDS_NAMED],
        commands_seen=sum(one.commands_seen for one in found),
    )
