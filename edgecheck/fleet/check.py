"""Check one agent of many: whatever happens is an outcome, and no error ends the others' checks."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import NamedTuple

from ..checkup import checkup
from ..escapes import escape
from ..report import Report
from ..settings.model import Settings
from ..wire.clock import now
from ..wire.tls import TrustError
from ..wording.own_fault import own_fault
from .outcome import Outcome, outcome_of
from .target import Loader, Target, Unusable

# Enough for a path and a reason.
_MOST_TEXT = 300
_NO_FILES = (
    "this process cannot open any more files. Check fewer agents at once, or raise the limit: "
    "ulimit -n 4096"
)


class Checked(NamedTuple):
    """What one check gave.

    Args:
        outcome: the slim value.
        report: the whole one; None if the target's settings could not be read at all.
    """

    outcome: Outcome
    report: Report | None


async def check(
    target: Target,
    loader: Loader,
    *,
    prepare: Callable[[Settings], Settings] = lambda settings: settings,
) -> Checked:
    """Read the settings of one agent, and make one checkup.

    Args:
        target: the agent.
        loader: reads the settings.
        prepare: returns the settings to use, for example without experiments.

    Returns:
        The outcome, whatever happens. When the task is cancelled, it is what was known by then, and
        `Outcome.interrupted` is set.
    """
    at = now()
    try:
        settings = prepare(loader.settings(target))
        async with loader.turn(settings):
            report = await checkup(settings)
    except asyncio.CancelledError:
        return Checked(Outcome(target.name, target.source, at, ok=False, interrupted=True), None)
    except Exception as error:  # noqa: BLE001 one agent's problem must not end the others' checks
        return Checked(
            Outcome(
                target.name, target.source, at, ok=False, error=escape(_why(error), _MOST_TEXT)
            ),
            None,
        )
    return Checked(outcome_of(report, target.name, target.source), report)


def _why(error: Exception) -> str:
    """Say why there is no report, without the text of an exception that may hold the secret."""
    match error:
        case Unusable():
            return str(error)
        case TrustError():
            return f"the file of trusted certificates: {error}"
        case OSError(errno=errno.EMFILE | errno.ENFILE):
            return _NO_FILES
        case _:
            return own_fault(error)
