"""After a refusal, repeat the request with one change each, to tell the causes apart.

There are at most these three experiments, and no secret is ever guessed: the wrong secret is
random, and the cleaned one is the user's own as the lint would repair it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from ..facts import Experiment, ExperimentName, Facts, Kind
from ..facts.answers import answer_of
from ..settings.secret import Secret
from ..wire.opening import Opening

# With these statuses a backend, rather than something on the way, may reject the credentials. 404
# is not one of them: it is about the path.
_STATUSES = frozenset({400, 401, 403, 500})
# Unauthorized and forbidden for every backend (IANA, WebSocket Close Code Number Registry).
_CLOSE_CODES = frozenset({3000, 3003})

Handshake = Callable[[Opening], Awaitable[Facts]]


def is_refusal(facts: Facts) -> bool:
    """Return whether the backend answered with a refusal."""
    if facts.session is not None:
        failure = facts.session.failure
        if facts.meaning or failure is None:
            return facts.meaning.startswith("auth-")
        return failure.kind is Kind.SESSION_CLOSED and facts.session.close_code in _CLOSE_CODES
    response = facts.upgrade.response if facts.upgrade else None
    return response is not None and response.status in _STATUSES


async def experiment(
    plan: Opening, cleaned: Secret | None, handshake: Handshake
) -> tuple[Experiment, ...]:
    """Make the experiments, all at the same time; each is one handshake.

    Args:
        cleaned: the secret as the lint would repair it; None if there is nothing to repair.
        handshake: makes one handshake and returns what it saw.
    """
    changes = {
        ExperimentName.WITHOUT_CREDENTIALS: plan.with_secret(None),
        # Of the usual length, so that a backend that checks the length first does not reject it for
        # that.
        ExperimentName.WRONG_SECRET: plan.with_secret(Secret(secrets.token_hex(32))),
    }
    if cleaned is not None:
        changes[ExperimentName.CLEANED_SECRET] = plan.with_secret(cleaned)
    seen = await asyncio.gather(*map(handshake, changes.values()))
    return tuple(
        Experiment(name, answer_of(facts)) for name, facts in zip(changes, seen, strict=True)
    )
