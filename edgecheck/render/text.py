"""The screen of `doctor --verbose`: one function for each part, from the report to lines (pure).

The parts are separate because a run prints each stage when it ends, and the rest at the end. What
to do comes before the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..catalogue import PROBLEMS
from ..diagnose import Finding, StageResult, Status, Verdict
from ..facts import Facts, Stage
from ..report import Report
from ..terms import Severity, Side
from ..wording.commands import Words, command, to_fill_in
from ..wording.units import counted, milliseconds
from .details import details
from .layout import labelled, line, prose, remedy, rule
from .styled import Text
from .timeline import timeline
from .words import (
    HOW_SURE,
    NOT_CHECKED,
    by_severity,
    disturbed,
    follows,
    healthy_until,
    instruction,
    nothing_sent,
    proven,
    the_way,
    which_run,
)

SYMBOLS = {
    Status.PASS: ("✓", "green"),
    Status.WARN: ("!", "yellow"),
    Status.FAIL: ("✗", "bold red"),
    Status.SKIP: ("–", "dim"),
}
MARKS = {
    Severity.ERROR: ("✗", "bold red"),
    Severity.WARNING: ("!", "yellow"),
    Severity.INFO: ("·", "cyan"),
}
_BLANK = line("")
# The column at which a stage's summary begins, and the columns at the right for its duration.
_SUMMARY, _TIMES = 12, 10


def heading(facts: Facts, version: str, width: int) -> list[Text]:
    """Say what is examined: the address, the secret's fingerprint, and the proxy."""
    target = facts.target
    name = f"edgecheck {version}"
    url = target.url or ""
    lines = [
        line(
            ("edgecheck ", "bold"),
            version,
            f"  {url}" if url and len(name) + 2 + len(url) <= width else "",
        )
    ]
    if url and len(name) + 2 + len(url) > width:
        lines.append(line(("to ", "dim"), url))
    if target.secret_fingerprint:
        lines.append(line(("secret ", "dim"), target.secret_fingerprint))
    if target.proxy:
        lines.append(line(("through ", "dim"), target.proxy))
    for name, value in the_way(target):
        lines.append(line((f"{name} ", "dim"), value))
    for name, value in which_run(facts):
        _beside(lines, line((f"{name} ", "dim"), value), width)
    return [*lines, _BLANK]


def _beside(lines: list[Text], words: Text, width: int) -> None:
    """Put words behind the last line that has room for them, so that the heading stays as short."""
    room = width - len(words.plain) - 2
    for number in reversed(range(len(lines))):
        if lines[number].cell_len <= room:
            whole = line().append_text(lines[number])
            lines[number] = whole.append_text(line("  ")).append_text(words)
            return
    lines.append(words)


def stage(result: StageResult, width: int) -> list[Text]:
    """Lay out how one stage went."""
    symbol = SYMBOLS[result.status]
    skipped = result.status is Status.SKIP
    style = "dim" if skipped else ""
    took = "" if skipped or not result.span.duration_ms else milliseconds(result.span.duration_ms)
    lines = prose(result.summary, width - _TIMES, " " * _SUMMARY, style=style, break_words=True)
    said = lines[0].plain.strip()
    gap = " " * max(width - _SUMMARY - len(said) - len(took), 1)
    return [
        line(
            symbol,
            " ",
            (result.stage.value.ljust(_SUMMARY - 2), style or "bold"),
            (said, style),
            gap,
            (took, "dim"),
        ),
        *lines[1:],
    ]


def waterfall(report: Report, width: int) -> list[Text]:
    """Draw to scale when each stage ran."""
    times = timeline(report)
    if not times.bars:
        return []
    room = max(min(width, 80) - 24, 10)
    lines = []
    for bar in times.bars:
        start = min(int(bar.start * room), room - 1)
        length = max(min(round(bar.length * room), room - start), 1)
        drawn = " " * start + "█" * length + " " * (room - start - length)
        took = milliseconds(bar.result.span.duration_ms).rjust(10)
        lines.append(
            line("  ", (bar.result.stage.value.ljust(9), "dim"), (drawn, "cyan"), (took, "dim"))
        )
    return [
        *lines,
        line(
            "  ",
            ("total".ljust(9), "dim"),
            " " * room,
            (milliseconds(times.total_ms).rjust(10), "dim"),
        ),
        _BLANK,
    ]


def verdict(verdict: Verdict, width: int, options: Words) -> list[Text]:
    """Lay out what is wrong, who has to act and what to do; then why, and how that is known.

    Args:
        verdict: of the report.
        width: columns.
        options: in use, for the commands.
    """
    lines = [
        rule(width, "What is wrong", "red"),
        _BLANK,
        *prose(verdict.title, width, style="bold", break_words=True),
        _BLANK,
    ]
    lines += [*prose(instruction(verdict.side), width, style="bold"), _BLANK]
    for number, text in enumerate(verdict.remedies, 1):
        lines += remedy(text, width, f"{number:3}. ")
    lines.append(_BLANK)
    lines += labelled("Why", [verdict.cause], width)
    lines += labelled("Seen", verdict.evidence, width)
    lines += labelled("How sure", [HOW_SURE[verdict.confidence]], width)
    if verdict.alternatives:
        lines += labelled("See also", [", ".join(verdict.alternatives)], width)
    if unseen := to_fill_in(options):
        lines += labelled("Fill in", [unseen], width)
    more = command(f"edgecheck explain {verdict.code}", options)
    lines.append(line(("More".ljust(10), "bold"), (more, "bold cyan")))
    if verdict.side is not Side.CLIENT:
        passed_on = command("edgecheck doctor --report report.html", options)
        lines.append(line(("Pass on".ljust(10), "bold"), passed_on))
        lines += prose(
            "It holds all that was seen, but no secret. For a ticket: report.md.",
            width,
            " " * 10,
        )
    return [*lines, _BLANK, rule(width, style="red"), _BLANK]


def findings(
    found: Iterable[Finding], width: int, root: Verdict | None, options: Words = ()
) -> list[Text]:
    """List what else was noticed, the worst first.

    A finding that only follows from the verdict is a title without evidence and remedies.
    """
    lines: list[Text] = []
    for finding in by_severity(found):
        symptom = follows(finding, root)
        mark = ("–", "dim") if symptom else MARKS[finding.severity]
        where = f"{finding.where}: " if finding.where and finding.where not in finding.title else ""
        said = f"{where}{finding.title}{' (follows from the above)' if symptom else ''}"
        head = prose(said, width, "  ", style="dim" if symptom else "", break_words=True)
        lines += [line(mark, " ", (head[0].plain.lstrip(), "dim" if symptom else "")), *head[1:]]
        if not symptom:
            for evidence in finding.evidence:
                if evidence not in finding.title:
                    lines += prose(evidence, width, "  ", style="dim", break_words=True)
            for text in finding.remedies[:1]:
                lines += remedy(text, width, "  ")
            more = command(f"edgecheck explain {finding.code}", options)
            lines.append(line("  ", (more, "cyan")))
        lines.append(_BLANK)
    title = "Also noticed" if root is not None else "Noticed"
    return [line((title, "bold")), _BLANK, *lines] if lines else []


def conclusion(report: Report, width: int, strict: bool) -> list[Text]:
    """Lay out the end of a run without a verdict: what was proven, or how far it came."""
    facts = report.facts
    warnings = len(report.diagnosis.warnings)
    if facts.interrupted:
        return [line(("Interrupted. ", "bold"), "This is what is known so far.")]
    if not report.ok:
        return []
    if not facts.reached_its_end:
        return prose(nothing_sent(facts), width)
    text = f"{healthy_until(facts)}: {proven(facts)}."
    if warnings:
        text += f" {counted(warnings, 'warning')} above" + (
            ", which --strict counts as problems." if strict else "."
        )
    lines = prose(text, width, style="yellow" if warnings and strict else "bold green")
    if words := disturbed(facts):
        lines += prose(words, width, style="dim")
    lines.append(_BLANK)
    if facts.until not in (None, Stage.SESSION):
        return [*lines, *prose(NOT_CHECKED.format(until=facts.until), width)]
    lines += prose(
        (
            "These settings work. If your own client still fails with them, the cause is in its "
            "program:"
        ),
        width,
    )
    from .entry import commands  # nothing else needs it

    lines += commands((problem for problem in PROBLEMS.values() if problem.stage is None), width)
    snippet = command("edgecheck snippet", facts.target.options)
    return [
        *lines,
        line("  ", (snippet.ljust(44), "cyan"), "A client that works with them"),
    ]


def opening(report: Report, width: int) -> list[Text]:
    """Lay out what was examined, and how each stage went."""
    return [
        *heading(report.facts, report.version, width),
        *(each for result in report.diagnosis.stages for each in stage(result, width)),
    ]


def closing(report: Report, width: int, *, strict: bool = False) -> list[Text]:
    """Lay out all that follows the stages; what to do comes first."""
    return trimmed(
        [
            _BLANK,
            *_problems(report, report.diagnosis.findings, width),
            *details(report.facts, width),
            *waterfall(report, width),
            *conclusion(report, width, strict=strict),
        ]
    )


def problems(report: Report, width: int) -> list[Text]:
    """Lay out only what is wrong: the verdict, and the findings that are more than notes."""
    found = [one for one in report.diagnosis.findings if one.severity is not Severity.INFO]
    return trimmed(_problems(report, found, width))


def _problems(report: Report, found: Iterable[Finding], width: int) -> list[Text]:
    root = report.diagnosis.verdict
    options = report.facts.target.options
    lines = verdict(root, width, options) if root is not None else []
    return lines + findings(found, width, root, options)


def trimmed(lines: list[Text]) -> list[Text]:
    """Leave out the blank lines at the end."""
    while lines and not lines[-1].plain:
        lines = lines[:-1]
    return lines
