"""A checkup: settings in, a report out. This is the only place where seeing and judging meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from . import __version__
from .catalogue.config import LINT
from .facts import Facts, Stage
from .lint.defect import Defect
from .lint.rules.secret import cleaned_secret
from .report import Report, report_of
from .settings.model import Settings
from .wire.clock import Clock
from .wire.target import initial_facts

if TYPE_CHECKING:
    from .wire.trip import Trip


# Called whenever a stage begins or ends, with the facts so far and what the lint found.
CheckupObserver = Callable[[Stage, Facts, Sequence[Defect]], None]


def nobody(stage: Stage, facts: Facts, defects: Sequence[Defect]) -> None:
    """Ignore what a checkup tells."""


def offline(settings: Settings) -> Report:
    """Judge only the settings; nothing is sent."""
    facts, defects = _configured(settings, Clock())
    return report_of(facts, __version__, defects)


async def checkup(settings: Settings, observer: CheckupObserver = nobody) -> Report:
    """Judge the settings, connect to the backend, and judge what was seen.

    Args:
        settings: what to connect to, and how.
        observer: called whenever a stage begins or ends.

    Returns:
        A report, whatever happens; when cancelled, a report on what is known so far.

    Raises:
        TrustError: the file of trusted certificates cannot be used.
    """
    # Slow to import, and not needed if only the settings are judged (`offline`).
    import asyncio

    from .probe.walk import look_closer, walk, walk_again
    from .wire.opening import opening_of
    from .wire.tls import check_trust
    from .wire.trip import Trip

    check_trust(settings.connection)
    clock = Clock()
    facts, defects = _configured(settings, clock)
    observer(Stage.CONFIG, facts, defects)
    assert facts.config is not None
    if facts.config.request_possible:
        trip = Trip(
            opening_of(settings),
            facts,
            clock,
            observer=lambda stage, facts: observer(stage, facts, defects),
        )
        try:
            await walk(trip)
            await look_closer(trip, cleaned_secret(settings))
            second = await walk_again(trip)
            if second is not None:
                trip = second
                await look_closer(trip, cleaned_secret(settings))
            facts = trip.facts
        except asyncio.CancelledError:
            facts = replace(trip.facts, interrupted=True)
    return report_of(replace(facts, total_ms=clock.milliseconds()), __version__, defects)


async def concluded(settings: Settings, trip: Trip) -> Report:
    """Judge a connection that could not be opened, or that ended, by its own facts.

    If that leaves several possible causes, look closer as a checkup does, but do not make the same
    connection again.

    Args:
        settings: those of the connection.
        trip: has ended, and has the facts of its session if there was one.
    """
    from .probe.walk import look_closer

    await look_closer(trip, cleaned_secret(settings))
    config, defects = LINT.judged(settings)
    facts = replace(trip.facts, config=config, total_ms=trip.clock.milliseconds())
    return report_of(facts, __version__, defects)


def _configured(settings: Settings, clock: Clock) -> tuple[Facts, tuple[Defect, ...]]:
    config, defects = LINT.judged(settings)
    facts = initial_facts(settings, clock)
    return replace(facts, config=replace(config, span=clock.since(0.0))), defects
