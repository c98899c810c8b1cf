"""A checkup: settings in, a report out. This is the only place where seeing and judging meet."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from . import __version__
from .catalogue.config import LINT
from .escapes import escape
from .facts import Facts, Kind, Stage, ignore
from .facts.failure import SELF_SIGNED, UNKNOWN_ISSUER
from .facts.surroundings import Surroundings
from .frozen import replace
from .late import import_modules_of
from .lint.defect import Defect
from .lint.rules.localhost import refused_in_container
from .lint.rules.secret import cleaned_secret
from .report import Report, report_of
from .settings.credentials import credentials_in
from .settings.model import Settings
from .settings.secret import Secret
from .surroundings.machine import surroundings
from .wire.clock import Clock
from .wire.target import initial_facts

if TYPE_CHECKING:
    from .wire.trip import Trip


# A chain that leads to no trusted root.
_ISSUERS = UNKNOWN_ISSUER | SELF_SIGNED
# The rest of a longer list of hosts does not help.
_SHOWN = 300
# Called whenever a stage begins or ends, with the facts so far and what the lint found.
CheckupObserver = Callable[[Stage, Facts, Sequence[Defect]], None]


def import_all() -> None:
    """Import now what a checkup imports after a failure, for a process that makes many.

    By then other connections may have taken the last file descriptor, or an update the files.
    """
    from .catalogue import tables  # noqa: F401
    from .probe import closer, walk  # noqa: F401

    import_modules_of(f"{__package__}.catalogue.rules")


def offline(settings: Settings) -> Report:
    """Judge only the settings; nothing is sent."""
    facts, defects = _configured(settings, Clock())
    return report_of(facts, __version__, defects)


async def checkup(settings: Settings, observer: CheckupObserver = ignore) -> Report:
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

    from .probe.walk import is_enough, walk
    from .wire.opening import opening_of
    from .wire.trip import Trip
    from .wire.trust import check_trust

    check_trust(settings.connection)
    clock = Clock()
    facts, defects = _configured(settings, clock)
    observer(Stage.CONFIG, facts, defects)
    assert facts.config is not None
    if facts.config.request_possible:
        trip = Trip(
            settings.once(opening_of),
            facts,
            clock,
            observer=lambda stage, facts: observer(stage, facts, defects),
        )
        try:
            await walk(trip)
            if not is_enough(trip):
                from .probe.closer import look_closer, walk_again

                ended_ms = clock.milliseconds()
                await look_closer(trip, cleaned_secret(settings))
                second = await walk_again(trip, ended_ms)
                if second is not None:
                    trip = second
                    await look_closer(trip, cleaned_secret(settings))
            facts = _with_hosts(_with_trust(trip.facts, settings))
        except asyncio.CancelledError:
            facts = replace(trip.facts, interrupted=True)
    facts = replace(facts, total_ms=clock.milliseconds())
    return report_of(facts, __version__, _with_place(facts, settings, defects))


async def concluded(settings: Settings, trip: Trip) -> Report:
    """Judge a connection that could not be opened, or that ended, by its own facts.

    If that leaves several possible causes, look closer as a checkup does, but do not make the same
    connection again.

    Args:
        settings: those of the connection.
        trip: has ended, and has the facts of its session if there was one.
    """
    from .probe.closer import look_closer

    await look_closer(trip, cleaned_secret(settings))
    config, defects = LINT.judged(settings)
    config = replace(config, surroundings=_surroundings(settings))
    facts = replace(trip.facts, config=config, total_ms=trip.clock.milliseconds())
    defects = _with_place(facts, settings, defects)
    return report_of(_with_hosts(_with_trust(facts, settings)), __version__, defects)


def _configured(settings: Settings, clock: Clock) -> tuple[Facts, tuple[Defect, ...]]:
    config, defects = settings.once(LINT.judged)
    facts = initial_facts(settings, clock)
    around = _surroundings(settings)
    return replace(facts, config=replace(config, span=clock.since(0.0), surroundings=around)), (
        defects
    )


def _surroundings(settings: Settings) -> Surroundings:
    """Return where the process runs; a secret is cut out, wherever it was put by mistake."""
    around = surroundings(os.environ)
    if not (around.no_proxy or around.trust_from):
        return around
    told = around.no_proxy, around.trust_from
    no_proxy, trust_from = _without_credentials(told, settings.credentials)
    return replace(around, no_proxy=no_proxy, trust_from=trust_from)


@lru_cache(maxsize=64)  # the environment tells each checkup the same
def _without_credentials(
    texts: tuple[str, ...], credentials: tuple[Secret, ...]
) -> tuple[str, ...]:
    found = []
    for text in texts:
        shown = escape(text, _SHOWN)
        for credential in (*credentials, *map(Secret, credentials_in(shown))):
            shown = credential.cut_out_of(shown)
        found.append(shown)
    return tuple(found)


def _with_place(
    facts: Facts, settings: Settings, defects: tuple[Defect, ...]
) -> tuple[Defect, ...]:
    """Add what only the refused connection shows: loopback, from within a container."""
    failure = facts.tcp.failure if facts.tcp is not None else None
    around = facts.config.surroundings if facts.config is not None else None
    refused = failure is not None and failure.kind is Kind.TCP_REFUSED and facts.proxy is None
    if around is None or not refused:
        return defects
    found = tuple(refused_in_container(settings, around))
    again = {defect.code for defect in found}
    return (*(defect for defect in defects if defect.code not in again), *found)


def _with_hosts(facts: Facts) -> Facts:
    """Look into the hosts file if a connection failed: an address may be an old one from there."""
    seen = facts.dns
    if seen is None or facts.failure is None or seen.literal or "." not in seen.host:
        return facts
    from .surroundings.hosts import hosts_line

    return replace(facts, dns=replace(seen, hosts_line=hosts_line(seen.host, seen.addresses)))


def _with_trust(facts: Facts, settings: Settings) -> Facts:
    """Count this machine's trusted authorities, if a certificate was refused for its issuer."""
    seen = facts.tls
    failure = seen.failure if seen is not None else None
    if seen is None or failure is None or failure.verify_code not in _ISSUERS:
        return facts
    if settings.connection.ca_file is not None:
        return facts
    from .surroundings.trust import trusted_roots

    return replace(facts, tls=replace(seen, trusted_roots=trusted_roots()))
