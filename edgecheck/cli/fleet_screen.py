"""The words of `fleet` for a person: a line for each agent, and the table at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from ..fleet.outcome import Outcome
from ..fleet.summary import KINDS, WHO, Cause, Change, Summary, headline, turns
from ..render.layout import line, prose, remedy, rule
from ..terms import Side
from ..wording.units import counted, listed, milliseconds

if TYPE_CHECKING:
    from ..render.styled import Text

# Names of files are seldom longer; a longer one keeps its end, which tells it from its neighbours.
_NAME = 28
_CODE = 26
_MISSED = 5


def agent_lines(outcome: Outcome, width: int) -> list[Text]:
    """Return the line of an agent that was checked, and one on the commands that the look took."""
    taken = prose(f"! {outcome.taken}", width, "  ", "    ", break_words=True)
    return [_agent_line(outcome, width), *(taken if outcome.taken else ())]


def _agent_line(outcome: Outcome, width: int) -> Text:
    name = _fitted(outcome.target, _NAME)
    if outcome.ok:
        warned = dict(outcome.findings).get("warning", 0)
        ping = f"ping {milliseconds(outcome.ping_ms)}" if outcome.ping_ms is not None else ""
        until = f"as far as {outcome.until}" if outcome.until else ""
        parts = [part for part in (outcome.host, ping or until) if part]
        said = _cut(", ".join(parts), width - _NAME - 18)
        mark = ("!", "yellow") if warned else ("✓", "green")
        return line(mark, f" {name}  {said}", f"  {counted(warned, 'warning')}" if warned else "")
    code = (outcome.code or "not checked").ljust(_CODE)
    room = width - _NAME - len(code) - 6
    title = outcome.error or outcome.title
    return line(("✗", "red"), f" {name}  ", (code, "bold"), f"  {_cut(title, room)}")


def _fitted(name: str, room: int) -> str:
    return name.ljust(room) if len(name) <= room else f"…{name[len(name) - room + 1 :]}"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(room - 1, 0)]}…"


def closing(summary: Summary, width: int) -> Iterator[Text]:
    """Yield the lines after all agents were checked."""
    style = "bold green" if summary.ok else "bold red"
    yield line("")
    yield rule(width, headline(summary), style)
    for text in (_counts(summary), _warnings(summary), _why_so_early(summary)):
        if text:
            yield from prose(text, width)
    yield from _changes(summary.changes, width)
    for side, causes in groupby(turns(summary), key=lambda cause: cause.side):
        yield from _of_side(side, list(causes), summary, width)
    if summary.notes:
        yield line("")
    for note in summary.notes:
        yield from prose(note, width, "Note: ", break_words=True)
    yield from _played(summary, width)


def _counts(summary: Summary) -> str:
    warned = f" ({summary.warned} with warnings)" if summary.warned else ""
    unfinished = f", {summary.unfinished} not finished" if summary.unfinished else ""
    return (
        f"{summary.healthy} healthy{warned}, {summary.problems} with a problem{unfinished}, in "
        f"{summary.seconds:.1f} s."
    )


def _warnings(summary: Summary) -> str:
    if not summary.warnings:
        return ""
    said = listed([f"{code} ({count})" for code, count in summary.warnings])
    return f"Warnings: {said}."


def _why_so_early(summary: Summary) -> str:
    if summary.until != "tls":
        return ""
    return (
        "Checked as far as TLS, so that no running agent is disconnected; --until session also "
        "tries secrets and pings."
    )


def _of_side(side: Side, causes: list[Cause], summary: Summary, width: int) -> Iterator[Text]:
    yield line("")
    yield rule(width, f"{WHO[side]}: {sum(cause.count for cause in causes)}")
    for cause in causes:
        yield line("")
        yield line((f"{cause.count} of {summary.agents}: {cause.code}", "bold"), f", {side}")
        yield from prose(cause.title, width, "  ", break_words=True)
        if cause.remedies:
            if cause.example:
                yield from prose(f"For example {cause.example}:", width, "  ", break_words=True)
            yield from remedy(cause.remedies[0], width, "  → ")
        more = cause.count - len(cause.agents)
        named = f"{', '.join(cause.agents)}{f' and {more} more' if more else ''}"
        yield from prose(named, width, "  Agents: ", break_words=True)


def _changes(changes: Iterable[Change] | None, width: int) -> Iterator[Text]:
    if changes is None:
        return
    found = list(changes)
    if not found:
        yield line("Nothing changed since the earlier run.")
    for change in found:
        more = change.count - len(change.agents)
        named = f"{', '.join(change.agents)}{f' and {more} more' if more else ''}"
        first = f"{change.count} {KINDS[change.kind]}: "
        yield from prose(named, width, first, "    ", break_words=True)


def _played(summary: Summary, width: int) -> Iterator[Text]:
    if summary.demo is None:
        return
    yield line("")
    yield from prose(
        f"Demo: {summary.demo.drawn} faults were drawn at random and caused for real; "
        f"{summary.demo.exact} of them were named exactly.",
        width,
    )
    for missed in summary.demo.missed[:_MISSED]:
        yield line("  ", missed)
