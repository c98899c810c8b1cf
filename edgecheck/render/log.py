"""What `explain` says of a whole log: the problem to solve first, and the others (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..explain.log import Found, LogSummary
from ..explain.moment import written
from ..explain.unfilled import filled
from ..terms import fill
from ..wording.units import counted
from ..wording.values import profile_values
from .entry import document, entry, reason_of, sign_row
from .layout import labelled, line, prose, rule
from .styled import Text
from .words import shown

# From so many lines on, what came after a start is worth a sentence.
_MANY = 3
# How many problems the screen lists; the document has all.
_LISTED = 12


def screen(
    log: LogSummary,
    width: int,
    profile: Profile = EDGE,
    values: Mapping[str, str] = MappingProxyType({}),
) -> list[Text]:
    """Explain a log.

    Args:
        log: what it says.
        width: columns.
        profile: fills in the texts.
        values: what else is known, and fills in the texts.
    """
    values = _measured(log, values)
    lines = [rule(width, f"{counted(log.lines, 'line')}: {_headline(log)}", "cyan"), line("")]
    for number, found in enumerate(log.problems[:_LISTED], 1):
        lines += _problem(number, found, width, profile, values)
    if len(log.problems) > _LISTED:
        lines += [line(f"  and {len(log.problems) - _LISTED} more (--json lists all)"), line("")]
    for pattern in patterns(log):
        lines += labelled("In time", [pattern], width)
    if log.masked:
        words = f"{counted(log.masked, 'credential')} in the lines above: replaced by <secret>"
        lines += labelled("Secrets", [words], width)
    if log.verdict is None:
        lines += prose(
            "No line has a known sign of a failure. What happens now, and why, is shown by "
            "`edgecheck doctor`.",
            width,
        )
        return lines
    reason = reason_of([log.verdict.sign])
    lines += [line(""), line(("Solve this first", "bold")), line("")]
    return lines + entry(log.verdict.problem, width, profile=profile, values=values, reason=reason)


def _measured(log: LogSummary, values: Mapping[str, str]) -> dict[str, str]:
    """Return what fills in the texts, with what the times say of an idle limit."""
    if log.verdict is None:
        return dict(values)
    values = {**log.verdict.values, **values}
    if log.verdict.age is None:
        return values
    age = log.verdict.age
    # Two pings may be lost, or late, before the limit is reached.
    return {**values, "idle": f"{age:.0f} s", "oftener": f"{max(age / 3, 1):.0f} s"}


def _headline(log: LogSummary) -> str:
    return counted(len(log.problems), "problem") if log.problems else "no problem found"


def _problem(
    number: int, found: Found, width: int, profile: Profile, values: Mapping[str, str]
) -> list[Text]:
    """Show one problem: how often, when, and its first line."""
    title = filled(found.problem.title, _known(found, profile, values))
    lines = [line(f"{number:3}. ", (found.problem.code, "cyan"), f"  {_often(found)}")]
    lines += prose(title, width, "     ")
    lines += prose(f"line {found.line}: {found.sample}", width, "     ", break_words=True)
    return [*lines, line("")]


def _known(found: Found, profile: Profile, values: Mapping[str, str]) -> dict[str, str]:
    """Return what fills in the entry's texts: what is known, and what the problem's line says."""
    return {**profile_values(profile), **values, **found.values}


def _often(found: Found) -> str:
    """Say how many lines there are, and from when to when."""
    words = counted(found.count, "line")
    times = found.times
    if times.first is None or times.last is None:
        return words
    if times.first == times.last:
        return f"{words}, {written(times.first)}"
    return f"{words}, {written(times.first)} to {written(times.last)}"


def patterns(log: LogSummary) -> Iterator[str]:
    """Yield what the times say."""
    for found in log.problems:
        if found.age is not None:
            yield (
                f"{found.problem.code}: connections ended about {found.age:.1f} s after they were "
                "opened, again and again: an idle limit, or a limit of their age, on the way"
            )
        elif found.interval is not None:
            yield f"{found.problem.code}: every {found.interval:.1f} s"
    if log.restarted and log.problems:
        words = f"servers were started {counted(log.restarted, 'time')}"
        # Fewer are those of every day.
        if log.after_restart >= _MANY:
            words += (
                f", and {counted(log.after_restart, 'line')} with problems came within a minute "
                "after a start: agents that connect again all at once, or a server that is not "
                "ready yet"
            )
        yield words


def summary(
    log: LogSummary, profile: Profile = EDGE, values: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Return what `explain - --json` prints."""
    times, values = log.times, _measured(log, values)
    return {
        "lines": log.lines,
        "bytes": log.size,
        "first": _moment(times.first),
        "last": _moment(times.last),
        "opened": log.opened,
        "restarted": log.restarted,
        "masked": log.masked,
        "problems": [_row(found, profile, values) for found in log.problems],
        "patterns": list(patterns(log)),
        "verdict": None if log.verdict is None else document(log.verdict.problem, profile, values),
    }


def _row(found: Found, profile: Profile, values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "code": found.problem.code,
        "title": fill(found.problem.title, _known(found, profile, values)),
        "count": found.count,
        "first": _moment(found.times.first),
        "last": _moment(found.times.last),
        "line": found.line,
        "sample": shown(found.sample),
        "sign": sign_row(found.sign),
        "interval_s": None if found.interval is None else round(found.interval, 3),
        "age_s": None if found.age is None else round(found.age, 3),
    }


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else written(seconds)
