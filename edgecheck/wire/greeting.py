"""The greeting: the messages that the profile has between the opening handshake and the first ping.

What is in place of an expected message is a fact; which problem that is, the profile says.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from ..backend.messages import EXCERPT
from ..backend.profile import Expect, Part, Pattern, Send
from ..backend.texts import matches
from ..backend.texts import shown as as_shown
from ..facts import Greeting, Instead
from ..frozen import replace
from .budget import AFTER_OTHER
from .opening import Opening
from .session import Ended, Session


async def greet(session: Session, opening: Opening) -> Greeting | None:
    """Send and expect what the profile says.

    Args:
        session: just opened.
        opening: its profile, its secret, and the limit of time for the whole greeting.

    Returns:
        How far it got; None if the profile has no greeting.
    """
    steps = opening.profile.session.greeting
    if not steps:
        return None
    started, seen = time.perf_counter(), Greeting()
    try:
        async with asyncio.timeout(opening.connection.timeout):
            for step in steps:
                other = await _take(session, opening, step)
                if other is not None:
                    ended = await _ends(session)
                    seen = replace(_broken(seen, steps, _end_of(session)), received=other)
                    seen = seen if ended else replace(seen, instead=Instead.MESSAGE)
                    break
                seen = replace(seen, done=seen.done + 1)
    except Ended:
        seen = _broken(seen, steps, _end_of(session))
    except TimeoutError:
        seen = _broken(seen, steps, Instead.SILENCE)
    return replace(seen, milliseconds=(time.perf_counter() - started) * 1000)


async def _take(session: Session, opening: Opening, step: Send | Expect) -> str | None:
    """Take one step; return the other message that came in place of the expected one, cleaned."""
    if isinstance(step, Send):
        text = opening.said(step)
        if text is not None:
            await session.send(text, Part.GREETING)
        return None
    data = await session.heard()
    if matches(data, step.pattern):
        return None
    return session.clean(data, EXCERPT)


async def _ends(session: Session) -> bool:
    """Tell whether the server ends the connection after another message, and how is a fact then."""
    try:
        async with asyncio.timeout(AFTER_OTHER):
            while True:
                await session.heard()
    except Ended:
        return True
    except TimeoutError:
        return False


def _end_of(session: Session) -> Instead:
    return Instead.CLOSE if session.facts().closed_by is not None else Instead.END


def _broken(seen: Greeting, steps: Sequence[Send | Expect], instead: Instead) -> Greeting:
    """Return the greeting that failed, with the message that was due next."""
    due = next((each for each in steps[seen.done :] if isinstance(each, Expect)), None)
    expected, problem = (shown(due.pattern), due.problem) if due is not None else ("", "")
    return replace(seen, expected=expected, instead=instead, problem=problem)


def shown(pattern: Pattern) -> str:
    """Return a pattern as it is shown; the profile's own text needs no cleaning."""
    return as_shown(pattern.text) or f"a message that matches {pattern.regex}"
