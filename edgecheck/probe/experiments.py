"""After a refusal: controlled changes of the request, one each, that tell its causes apart.

Never more than these three, and never a guess of a secret: the wrong one is random, the cleaned one
is what the lint would make of the person's own.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from ..facts import Experiment, ExperimentName, Facts, Kind
from ..facts.answers import answer_of
from ..settings.secret import Secret
from ..wire.opening import Opening

# Statuses that a backend, not something on the way, may have chosen because of the credentials. 404
# is left out: it speaks of the path.
_STATUSES = frozenset({400, 401, 403, 500})
# Unauthorized and forbidden, whatever the backend (IANA, WebSocket Close Code Number Registry).
_CLOSE_CODES = frozenset({3000, 3003})

Handshake = Callable[[Opening], Awaitable[Facts]]


def is_refusal(facts: Facts) -> bool:
    """Tell whether the backend answered, and said no."""
    if facts.session is not None:
        failure = facts.session.failure
        return (
            failure is not None
            and failure.kind is Kind.SESSION_CLOSED
            and facts.session.close_code in facts.profile.refusals | _CLOSE_CODES
        )
    response = facts.upgrade.response if facts.upgrade else None
    return response is not None and response.status in _STATUSES


async def experiment(
    plan: Opening, cleaned: Secret | None, handshake: Handshake
) -> tuple[Experiment, ...]:
    """Make the experiments, all at once: each is one handshake.

    Args:
        cleaned: the secret as the lint would repair it; None where there is nothing to repair.
        handshake: makes one handshake and returns what it saw.
    """
    changes = {
        ExperimentName.WITHOUT_CREDENTIALS: plan.with_secret(None),
        # As long as most are: a backend that looks at the length first should not see it.
        ExperimentName.WRONG_SECRET: plan.with_secret(Secret(secrets.token_hex(32))),
    }
    if cleaned is not None:
        changes[ExperimentName.CLEANED_SECRET] = plan.with_secret(cleaned)
    seen = await asyncio.gather(*map(handshake, changes.values()))
    return tuple(
        Experiment(name, answer_of(facts)) for name, facts in zip(changes, seen, strict=True)
    )
