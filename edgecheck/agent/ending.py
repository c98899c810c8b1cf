"""How a connection ended, as facts; and what they mean."""

from __future__ import annotations

from dataclasses import replace

from .. import __version__
from ..catalogue.config import LINT
from ..facts import Failure, Kind, SessionFacts
from ..report import Report, report_of
from ..settings.model import Settings
from ..wire.clock import Clock
from ..wire.target import initial_facts

# Just below the shortest idle limit of a known platform, 30 s.
IDLE_SECONDS = 25.0
# A limit that somebody set is a whole number of seconds, and a crash is not: what ends this near to
# one was timed.
_TIMED_SECONDS = 0.1
_SHORTEST_LIMIT = 2.0


def is_idle_limit(idle_seconds: float) -> bool:
    """Tell whether a connection that broke off after such a stretch without traffic was cut because of it."""
    if idle_seconds >= IDLE_SECONDS:
        return True
    nearest = round(idle_seconds)
    return nearest >= _SHORTEST_LIMIT and abs(idle_seconds - nearest) <= _TIMED_SECONDS


def drop_of(idle_seconds: float, ping_open: bool) -> Failure:
    """Return the failure of a connection that ended without a close frame.

    Args:
        idle_seconds: how long nothing had been sent or received.
        ping_open: a ping had been sent and not been answered: then the silence was the backend's.
    """
    if not ping_open and is_idle_limit(idle_seconds):
        return Failure(
            Kind.SESSION_IDLE_CLOSED,
            "the connection ended without a close frame, after a stretch without traffic",
        )
    return Failure(Kind.SESSION_DROPPED, "the connection ended without a close frame")


def report_of_end(settings: Settings, session: SessionFacts) -> Report:
    """Judge the end of a connection that had been open."""
    clock = Clock()
    config, defects = LINT.judged(settings)
    facts = initial_facts(settings, config, clock)
    return report_of(
        replace(facts, session=session, total_ms=session.span.duration_ms), __version__, defects
    )
