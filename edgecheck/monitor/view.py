"""What the page shows of the agents, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from ..fleet.outcome import Outcome
from ..render.monitor import Cause, MonitorRow, Overview, Part
from ..render.words import NEXT_STEP_FOR_OTHERS
from ..terms import Severity, Side
from .history import SLOTS
from .metrics import seconds_of
from .watched import Watched

# A page of some hundred kilobytes, which a phone still shows at once.
ROWS = 200
PROBLEMS = "problems"


def view(
    agents: Mapping[str, Watched],
    now: float,
    *,
    every: float,
    number: str = "",
    only: str = "",
    error: str = "",
) -> Overview:
    """Return what the page shows.

    Args:
        agents: by their names.
        now: seconds since 1970.
        every: seconds between two checks of one agent.
        number: of the page, as it was asked for.
        only: ``problems`` or a code; empty for all, and so is what no agent has.
        error: why the targets could not be read the last time.
    """
    known = list(agents.values())
    bad = [agent for agent in known if agent.outcome is not None and not agent.outcome.ok]
    counts = Counter((agent.outcome.code, agent.outcome.side) for agent in bad if agent.outcome)
    only = only if only == PROBLEMS or only in {code for code, _ in counts} else ""
    chosen = sorted(_chosen(known, only), key=_urgency)
    pages = max(1, -(-len(chosen) // ROWS))
    page = min(max(1, int(number)), pages) if number.isascii() and number.isdigit() else 1
    here = chosen[(page - 1) * ROWS : page * ROWS]
    ends = {agent.outcome.until for agent in known if agent.outcome is not None}
    return Overview(
        rows=tuple(_row(agent, now) for agent in here),
        causes=tuple(
            Cause(code, _turn(side), count) for (code, side), count in counts.most_common()
        ),
        total=len(known),
        problems=len(bad),
        unchecked=sum(agent.outcome is None for agent in known),
        selected=len(chosen),
        number=page,
        pages=pages,
        only=only,
        now=f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S} UTC",
        every=every,
        slots=SLOTS,
        until=ends.pop() if len(ends) == 1 else "",
        error=error,
    )


def _chosen(agents: Iterable[Watched], only: str) -> list[Watched]:
    if not only:
        return list(agents)
    return [
        agent
        for agent in agents
        if agent.outcome is not None
        and not agent.outcome.ok
        and only in (PROBLEMS, agent.outcome.code)
    ]


def _urgency(agent: Watched) -> tuple[int, str]:
    """Return what agents are sorted by: problems, then those without a check, then the others."""
    outcome = agent.outcome
    return (1 if outcome is None else 2 if outcome.ok else 0), agent.target.name


def _row(agent: Watched, now: float) -> MonitorRow:
    outcome, strip = agent.outcome, agent.history.strip(now)
    name = agent.target.name
    if outcome is None:
        return MonitorRow(
            name=name,
            link="",
            agent_id="",
            host="",
            state="skip",
            code="",
            title="Not checked yet",
            turn="",
            since="",
            checked="",
            flapping=False,
            warnings=0,
            ping_ms=None,
            strip=strip,
            healthy=None,
        )
    warnings = outcome.found(Severity.WARNING)
    return MonitorRow(
        name=name,
        link="" if outcome.error else f"/report?{urlencode({'target': name})}",
        agent_id=outcome.agent_id,
        host=outcome.host,
        state="fail" if not outcome.ok else "warn" if warnings else "pass",
        code="" if outcome.ok else outcome.code,
        title=_title(outcome, warnings),
        turn="" if outcome.ok else _turn(outcome.side),
        since=_lasted(agent.since, now),
        checked=_ago(outcome.at, now),
        flapping=agent.lately.flapping,
        warnings=warnings,
        ping_ms=outcome.ping_ms,
        strip=strip,
        healthy=_healthy(strip),
    )


def _title(outcome: Outcome, warnings: int) -> str:
    taken = f". {outcome.taken}" if outcome.taken else ""
    if outcome.ok:
        until = f"Healthy as far as {outcome.until}" if outcome.until else "Healthy"
        more = f", {warnings} warning{'' if warnings == 1 else 's'}" if warnings else ""
        return until + more + taken
    title = outcome.title or outcome.error or "The check did not come to its end in time"
    return title + taken


def _turn(side: str) -> str:
    return NEXT_STEP_FOR_OTHERS[Side(side)] if side else ""


def _healthy(strip: Iterable[Part]) -> int | None:
    """Return in how many of a hundred known slots the agent was healthy."""
    lengths: Counter[str] = Counter()
    for part in strip:
        lengths[part.state] += part.length
    known = lengths["pass"] + lengths["fail"]
    # Rounded down: a hundred would say that there was nothing.
    return lengths["pass"] * 100 // known if known else None


def _lasted(since: str, now: float) -> str:
    began = seconds_of(since)
    return "" if began is None else duration(now - began)


def _ago(moment: str, now: float) -> str:
    at = seconds_of(moment)
    return "" if at is None else f"{duration(now - at)} ago"


def duration(seconds: float) -> str:
    """Write how long something takes, in its two largest units."""
    whole = max(0, int(seconds))
    for size, unit, smaller, part in (
        (86_400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 0, ""),
    ):
        if whole >= size:
            rest = whole % size // smaller if smaller else 0
            return f"{whole // size} {unit}" + (f" {rest} {part}" if rest else "")
    return f"{whole} s"
