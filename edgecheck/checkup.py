"""A checkup: settings in, a report out. Here seeing and judging meet, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

from . import __version__
from .catalogue.config import LINT
from .facts import Facts, Observer, Stage
from .lint.defect import Defect
from .lint.rules.secret import cleaned_secret
from .report import Report, report_of
from .settings.model import Settings
from .wire.clock import Clock
from .wire.target import initial_facts


def offline(settings: Settings) -> Report:
    """Judge the settings alone; nothing is sent."""
    facts, defects = _configured(settings, Clock())
    return report_of(facts, __version__, defects)


async def checkup(settings: Settings, observer: Observer = lambda stage, facts: None) -> Report:
    """Judge the settings, go the way to the backend, and judge what was seen.

    Args:
        observer: told of every stage as it begins and as it ends, with the facts so far.

    Returns:
        A report, whatever happens; cancelled, one of what is known so far.

    Raises:
        TrustError: the file of trusted certificates cannot be used.
    """
    # Slow to import, and not needed to judge settings: `offline` does without.
    import asyncio

    from .probe.walk import Walk
    from .wire.opening import opening_of
    from .wire.tls import context_of

    if settings.connection.ca_file is not None:
        context_of(settings.connection.ca_file, settings.connection.insecure)
    clock = Clock()
    facts, defects = _configured(settings, clock)
    observer(Stage.CONFIG, facts)
    assert facts.config is not None
    if facts.config.request_possible:
        walk = Walk(opening_of(settings), facts, clock, observer)
        try:
            facts = await walk.run(cleaned_secret(settings))
        except asyncio.CancelledError:
            facts = replace(walk.facts, interrupted=True)
    return report_of(
        replace(facts, total_ms=facts.total_ms or clock.milliseconds()), __version__, defects
    )


def _configured(settings: Settings, clock: Clock) -> tuple[Facts, tuple[Defect, ...]]:
    config, defects = LINT.judged(settings)
    return initial_facts(settings, replace(config, span=clock.since(0.0)), clock), defects
