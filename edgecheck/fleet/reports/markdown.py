"""A run as Markdown, for a ticket or the summary of a CI run (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ...render.markdown import points, prose, span
from ...terms import Side
from ..summary import KINDS, NOT_CHECKED, WHO, Cause, Summary, headline, turns

if TYPE_CHECKING:
    from ..results import AgentRow

_PIPE = ("|", "\\x7c")


def pieces(rows: Iterable[AgentRow], summary: Summary) -> Iterator[str]:
    """Yield the report: what is wrong with how many, and a table of the agents with a problem."""
    yield f"# {prose(headline(summary))}\n"
    yield f"\n{summary.healthy} healthy, {summary.problems} with a problem"
    yield f", {summary.unfinished} not finished.\n" if summary.unfinished else ".\n"
    for change in summary.changes or ():
        names = ", ".join(span(name) for name in change.agents)
        rest = f" and {more} more" if (more := change.count - len(change.agents)) else ""
        yield f"\n- {change.count} {KINDS[change.kind]}: {names}{rest}"
    side: Side | None = None
    for cause in turns(summary):
        if cause.side is not side:
            side = cause.side
            yield f"\n\n## {WHO[side]}\n"
        yield from _cause(cause, summary)
    yield from (f"\nNote: {prose(note)}\n" for note in summary.notes)
    yield "\n\n## Agents\n\n| agent | host | cause | side | took |\n|---|---|---|---|---|\n"
    for row in rows:
        one = row.outcome
        state = "interrupted" if one.interrupted else one.code or NOT_CHECKED
        cells = (
            span(one.target),
            span(one.host) if one.host else "–",
            "healthy" if one.ok else span(state),
            one.side or "–",
            f"{one.total_ms:.0f} ms",
        )
        # A pipe ends a cell even in code.
        yield f"| {' | '.join(cell.replace(*_PIPE) for cell in cells)} |\n"


def _cause(cause: Cause, summary: Summary) -> Iterator[str]:
    yield f"\n### {cause.count} of {summary.agents}: {span(cause.code)}\n\n{prose(cause.title)}\n\n"
    yield f"For example {span(cause.example)}:\n\n" if cause.example else ""
    yield f"{points(cause.remedies)}\n" if cause.remedies else ""
    names = ", ".join(span(name) for name in cause.agents)
    more = cause.count - len(cause.agents)
    yield f"\nAgents: {names}{f' and {more} more' if more else ''}\n"
