"""The page of the monitor: each agent, how it is and how its day was (pure).

Law: the page runs nothing, and fetches nothing but itself again. Its style is allowed by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from ..frozen import dataclass
from ..wording.units import counted
from .html import environment

# A person who looks on sees what is new within this many seconds, and nobody's machine is kept
# busy by a forgotten tab.
REFRESH_SECONDS = 30


@dataclass(frozen=True)
class Part:
    """A part of the strip in which an agent was the same all the time.

    Args:
        start, length: in slots, from the left.
        state: ``pass``, ``fail``, or ``skip`` if nothing is known.
        began: seconds since 1970.
    """

    start: int
    length: int
    state: str
    began: float


@dataclass(frozen=True)
class MonitorRow:
    """One agent.

    Args:
        name: in the inventory.
        link: address of its report; empty without one.
        agent_id, host: empty if not known.
        state: ``pass``, ``warn``, ``fail``, or ``skip`` if it was not checked yet.
        code: of what is wrong; empty if nothing is, and where it has none.
        title: the same in a line.
        turn: who takes the next step.
        since: for how long it has been so, in words.
        checked: when the last check began, in words.
        flapping: it changes again and again.
        warnings: how many.
        ping_ms: None without a ping.
        strip: its last day.
        healthy: the part of the day's slots with checks in which it was healthy, in percent; None
            without any.
    """

    name: str
    link: str
    agent_id: str
    host: str
    state: str
    code: str
    title: str
    turn: str
    since: str
    checked: str
    flapping: bool
    warnings: int
    ping_ms: float | None
    strip: tuple[Part, ...]
    healthy: int | None


@dataclass(frozen=True)
class Cause:
    """What is wrong with one agent or more.

    Args:
        code: empty for agents that could not be checked.
        turn: who takes the next step.
        count: of the agents.
    """

    code: str
    turn: str
    count: int


@dataclass(frozen=True)
class Overview:
    """The whole page.

    Args:
        rows: the agents on this page, those with problems first.
        causes: the most frequent first.
        total, problems, unchecked: how many agents there are in all, with a problem, and without
            a check so far.
        selected: how many are on all pages, if ``only`` chooses.
        number, pages: of this page, from 1 on, and of all.
        only: ``problems`` or a code; empty for all.
        now: the moment in words.
        every: seconds between two checks of one agent.
        slots: of a whole strip.
        until: the last stage of the checks; empty if they go on to the pong.
        error: why the targets could not be read the last time; empty if they could.
    """

    rows: tuple[MonitorRow, ...]
    causes: tuple[Cause, ...]
    total: int
    problems: int
    unchecked: int
    selected: int
    number: int
    pages: int
    only: str
    now: str
    every: float
    slots: int
    until: str
    error: str


def overview(shown: Overview) -> tuple[str, str]:
    """Return the page, and the Content-Security-Policy that it needs."""
    style_hash = _style_hash()
    page = environment().get_template("monitor.html")
    text = page.render(
        page=shown, headline=headline(shown), style_hash=style_hash, refresh=REFRESH_SECONDS
    )
    policy = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return text, policy


def headline(shown: Overview) -> str:
    """Say in one line how the agents are."""
    if not shown.total:
        return "No agents are watched"
    if shown.problems:
        have = "has" if shown.problems == 1 else "have"
        return f"{shown.problems} of {counted(shown.total, 'agent')} {have} a problem"
    if shown.unchecked:
        checked = shown.total - shown.unchecked
        return f"{checked} of {counted(shown.total, 'agent')} checked so far, all healthy"
    return "The agent is healthy" if shown.total == 1 else f"All {shown.total} agents are healthy"


@cache
def _style_hash() -> str:
    style = environment().get_template("monitor.css").render()
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
