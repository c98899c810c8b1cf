"""What many outcomes amount to: counts, the causes, and what changed since another run (pure)."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from difflib import SequenceMatcher
from typing import Any

from ..facts import Stage
from ..frozen import dataclass
from ..render.words import NEXT_STEP_FOR_OTHERS
from ..terms import FIX, Side
from ..wording.units import counted
from .outcome import Outcome

# The cause of those that could not be checked at all.
NOT_CHECKED = "not-checked"
# How many agents of a cause are named before the rest is only counted.
NAMED = 5
_STAGES = [stage.value for stage in Stage]


@dataclass(frozen=True)
class Cause:
    """The agents that have one verdict.

    Args:
        code: of the verdict; `NOT_CHECKED` if there is none, because the entry cannot be used.
        side: who takes the next step.
        count: how many agents have it.
        title: what is wrong, in words that fit all of them.
        remedies: what to do.
        agents: the names of the first ones.
        example: the agent that the remedies are about, if they name what only that one has; empty
            if they are for all of them.
    """

    code: str
    side: Side
    count: int
    title: str
    remedies: tuple[str, ...]
    agents: tuple[str, ...]
    example: str = ""


@dataclass(frozen=True)
class Change:
    """What is different from the earlier run.

    Args:
        kind: one of `KINDS`.
        count: how many agents.
        agents: the names of the first ones, with their causes.
    """

    kind: str
    count: int
    agents: tuple[str, ...]


# In the order in which a person wants to know of them, with their words.
KINDS = {
    "newly-broken": "newly broken",
    "changed-cause": "broken for another cause",
    "mended": "mended",
    "new": "new",
    "gone": "gone",
    "not-compared": "not compared: this run ends before the stage that failed",
}


@dataclass(frozen=True)
class Played:
    """How the causes that were found compare with the faults that a demo drew.

    Args:
        drawn: how many agents have a fault.
        exact: how many of them were found to have it.
        missed: the others, and healthy agents for which a cause was found.
    """

    drawn: int
    exact: int
    missed: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """The end of a run.

    Args:
        agents: how many the inventory has, as far as it was read.
        healthy, problems: how many of them were checked with that result.
        warned: how many of the healthy ones have warnings.
        unfinished: how many checks the end of the run interrupted.
        until: the stage at which the healthy ones ended, the earliest; empty for the pong.
        causes: the most frequent first.
        changes: since the earlier run; None if there was none to compare with.
        notes: what else is to be said: names and ids that came twice.
        seconds: how long it took.
        interrupted: the run was stopped before its end.
        started_at: this machine's clock at the start, RFC 3339, UTC.
        version: of edgecheck.
        warnings: the codes of the healthy agents' warnings, each with the number of agents.
        demo: how the causes compare with the faults that a demo drew; None for real agents.
    """

    agents: int
    healthy: int
    problems: int
    warned: int
    unfinished: int
    until: str
    causes: tuple[Cause, ...]
    changes: tuple[Change, ...] | None
    notes: tuple[str, ...]
    seconds: float
    interrupted: bool
    started_at: str = ""
    version: str = ""
    warnings: tuple[tuple[str, int], ...] = ()
    demo: Played | None = None

    @property
    def ok(self) -> bool:
        """Whether all were checked and are healthy."""
        return not (self.problems or self.unfinished or self.interrupted)

    @property
    def checked(self) -> int:
        """How many checks came to their end."""
        return self.healthy + self.problems


def headline(summary: Summary) -> str:
    """Say in one line how the run ended."""
    whole = counted(summary.agents, "agent")
    until = f" as far as {summary.until}" if summary.until else ""
    if summary.interrupted:
        known = f"{summary.checked} of {whole} checked" if summary.agents else "nothing checked"
        return f"Interrupted: {known}, {summary.problems} with a problem"
    if not summary.problems:
        return f"{whole}, all healthy{until}" if summary.agents != 1 else f"1 agent, healthy{until}"
    return f"{summary.problems} of {whole} {_have(summary.problems)} a problem"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def cause_of(outcome: Outcome) -> str:
    """Return the code under which an outcome is counted; empty for a healthy one."""
    if outcome.ok or outcome.interrupted:
        return ""
    return outcome.code or NOT_CHECKED


def side_of(outcome: Outcome) -> Side:
    """Return who takes the next step; an inventory is mended by who wrote it."""
    return Side(outcome.side) if outcome.side else Side.CLIENT


def change_between(was: str, stage: str, now: Outcome) -> str:
    """Return the kind of a change; empty if nothing changed.

    Args:
        was: the cause in the earlier run; empty if the agent was healthy.
        stage: of that cause.
        now: the outcome of this run.
    """
    cause = cause_of(now)
    if now.interrupted or was == cause:
        return ""
    if not was:
        return "newly-broken"
    if cause:
        return "changed-cause"
    # What this run did not look at is not mended.
    last = now.until or _STAGES[-1]
    beyond = stage in _STAGES and _STAGES.index(stage) > _STAGES.index(last)
    return "not-compared" if beyond else "mended"


def in_common(titles: Sequence[str]) -> str:
    """Return the words that titles have in common, with an ellipsis where they differ."""
    words = titles[0].split(" ")
    for title in titles[1:]:
        kept: list[str] = []
        matcher = SequenceMatcher(a=words, b=title.split(" "), autojunk=False)
        for tag, begin, end, _, _ in matcher.get_opcodes():
            if tag == "equal":
                kept += words[begin:end]
            elif kept[-1:] != ["…"]:
                kept.append("…")
        words = kept
    return " ".join(words)


def repairs(files: Sequence[str], count: int) -> str:
    """Return the remedy that repairs the files of many agents, as `doctor` does for one.

    Args:
        files: the first ones.
        count: how many there are.
    """
    more = f" ({count - len(files)} more files have it)" if count > len(files) else ""
    return (
        f"Let edgecheck repair each file{more}, which shows what it would change and asks:\n"
        f"$ for file in {' '.join(map(shlex.quote, files))}; "
        f'do {FIX} --env-file "$file"; done'
    )


def as_document(summary: Summary) -> dict[str, Any]:
    """Return the summary as a JSON object."""
    changes = summary.changes
    return {
        "event": "summary",
        "ok": summary.ok,
        "version": summary.version,
        "started_at": summary.started_at,
        "agents": summary.agents,
        "healthy": summary.healthy,
        "problems": summary.problems,
        "with_warnings": summary.warned,
        "warnings": dict(summary.warnings),
        "unfinished": summary.unfinished,
        "until": summary.until or None,
        "causes": [
            {
                "code": cause.code,
                "side": cause.side.value,
                "count": cause.count,
                "title": cause.title,
                "remedies": list(cause.remedies),
                "agents": list(cause.agents),
                "example": cause.example or None,
            }
            for cause in summary.causes
        ],
        **(
            {}
            if changes is None
            else {
                "changes": {
                    each.kind: {"count": each.count, "agents": list(each.agents)}
                    for each in changes
                }
            }
        ),
        "notes": list(summary.notes),
        "total_ms": round(summary.seconds * 1000, 3),
        **({"interrupted": True} if summary.interrupted else {}),
        **({} if summary.demo is None else {"demo": asdict(summary.demo)}),
    }


# A line above the causes whose next step they take.
WHO = {
    Side.CLIENT: "Next step: the operators of these agents",
    Side.NETWORK: "Next step: the administrators of the agents' network",
    Side.INTERMEDIARY: "Next step: the operators of the proxy, CDN or platform in between",
    Side.BACKEND: NEXT_STEP_FOR_OTHERS[Side.BACKEND],
}


def turns(summary: Summary) -> list[Cause]:
    """Return the causes by whose turn it is: the side with the most agents first."""
    totals = Counter[Side]()
    for cause in summary.causes:
        totals[cause.side] += cause.count
    order = [side for side, _ in totals.most_common()]
    return sorted(summary.causes, key=lambda cause: (order.index(cause.side), -cause.count))
