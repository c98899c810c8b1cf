"""A checkup: settings in, a report out. Here seeing and judging meet, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

from . import __version__
from .catalogue.config import cleaned_secret, config_facts
from .facts import Facts, Observer, Stage
from .probe.clock import Clock
from .probe.target import initial_facts
from .report import Report, report_of
from .settings.model import Settings


def offline(settings: Settings) -> Report:
    """Judge the settings alone; nothing is sent."""
    return report_of(_configured(settings, Clock()), __version__)


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

    from .probe.plan import plan_of
    from .probe.tls import context_of
    from .probe.walk import Walk

    if settings.connection.ca_file is not None:
        context_of(settings.connection.ca_file, settings.connection.insecure)
    clock = Clock()
    facts = _configured(settings, clock)
    observer(Stage.CONFIG, facts)
    assert facts.config is not None
    if facts.config.request_possible:
        walk = Walk(plan_of(settings), facts, clock, observer)
        try:
            facts = await walk.run(cleaned_secret(settings))
        except asyncio.CancelledError:
            facts = replace(walk.facts, interrupted=True)
    return report_of(replace(facts, total_ms=facts.total_ms or clock.milliseconds()), __version__)


def _configured(settings: Settings, clock: Clock) -> Facts:
    config = replace(config_facts(settings), span=clock.since(0.0))
    return initial_facts(settings, config, clock)
