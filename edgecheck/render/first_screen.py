"""What `doctor` shows at first: what is wrong, who acts, what to do, on one screen (pure).

A terminal has 24 lines of 80 columns, and the prompt needs one of them. What does not fit is left
out in the order of what a person in a hurry needs least; the rest is shown with --verbose, and is
in every report.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ..diagnose import Finding, StageResult, Status, Verdict
from ..facts import Stage
from ..facts.answers import answer_of
from ..late import compiled
from ..report import Report
from ..terms import Severity, Side
from ..wording.commands import command, to_fill_in
from ..wording.experiments import conclusion_of, experiments_of
from ..wording.own_words import QUOTED
from ..wording.units import counted, joined, milliseconds
from .layout import folded, labelled, line, prose, remedy
from .styled import Text
from .text import MARKS, SYMBOLS, heading, trimmed
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
    shown,
)

LINES = 23
# The most steps, pieces of evidence and findings that are shown at once.
_STEPS, _EVIDENCE, _FINDINGS = 3, 3, 3
_LABEL = 10
# What is left out if even one step is too long, in this order: the command that passes the report
# on comes first.
_SHORT_WHY, _BARE_COMMAND, _LEAN = 2, 3, 4
# A shorter sentence says what was read ("The page is nginx' own."), rarely why.
_SHORT = 90
# The end of a sentence: a mark, also behind a bracket or code, and then a capital or code.
_SENTENCE = compiled(r"(?<=[.!?])(?:[)`\"”]*)\s+(?=[A-Z`\"“])")
# How the evidence puts a close frame of the server that has a reason.
_CLOSED = compiled(r"(?s)the server closed with (\d+) \(.*?\): (.+)")
_CODE_OF_OPENSSL = compiled(r" \(OpenSSL verify code \d+\)$")
# What tells nothing about the cause, unless a step names it.
_IDLE = compiled(r"content-type: text/(?:html|plain)\b")
_BLANK = line("")


def first_screen(report: Report, width: int, *, strict: bool = False) -> list[Text]:
    """Lay out a report on one screen.

    Args:
        report: of a run that is over.
        width: columns.
        strict: a warning counts as a problem.
    """
    head = [_cut(each, width) for each in heading(report.facts, report.version, width)[:-1]]
    top = [*head, *stages(report, width), _BLANK]
    verdict = report.diagnosis.verdict
    if verdict is None:
        return trimmed([*top, *_without_verdict(report, width, strict=strict)])
    return trimmed([*top, *_fitted(verdict, report, width, LINES - rows(top, width))])


def rows(lines: list[Text], width: int) -> int:
    """Count the rows that lines take on a terminal: a long address or command takes several.

    Args:
        lines: of text.
        width: columns.
    """
    return sum(max(1, -(-each.cell_len // width)) for each in lines)


def _cut(text: Text, width: int) -> Text:
    """Return a line of the heading that takes two rows at most."""
    text.cut(2 * width)
    return text


def stages(report: Report, width: int) -> list[Text]:
    """Say how far the connection came: what passed on one line, and a line for everything else."""
    ran = [one for one in report.diagnosis.stages if one.status is not Status.SKIP]
    if report.diagnosis.verdict is None:
        ran.sort(key=lambda one: one.status is not Status.PASS)
    lines = []
    for passed, group in itertools.groupby(ran, lambda one: one.status is Status.PASS):
        found = list(group)
        if passed:
            took = sum(one.span.duration_ms for one in found)
            names = ", ".join(one.stage.value for one in found)
            lines.append(_row(SYMBOLS[Status.PASS], names, milliseconds(took), width))
        else:
            lines += [each for one in found for each in _stage(one, width)]
    return lines


def _stage(result: StageResult, width: int) -> list[Text]:
    lines = prose(result.summary, width, " " * (_LABEL + 2), break_words=True)[:2]
    name = (result.stage.value.ljust(_LABEL), "bold")
    return [line(SYMBOLS[result.status], " ", name, lines[0].plain.lstrip()), *lines[1:]]


def _row(symbol: tuple[str, str], words: str, took: str, width: int) -> Text:
    gap = " " * max(width - 2 - len(words) - len(took), 1)
    return line(symbol, " ", words, gap, (took, "dim"))


# --- with a verdict ------------------------------------------------------------------------------


def _fitted(verdict: Verdict, report: Report, width: int, room: int) -> list[Text]:
    """Return the fullest version that fits; the first step is always whole.

    A later step gives way to what the experiments show together, and to what the first one, or the
    cause, says is below.
    """
    most = min(len(verdict.remedies), _STEPS)
    pointed = any("below" in text for text in (verdict.cause, *verdict.remedies[:1]))
    unsaid = _unsaid(verdict, report)
    proves = bool(unsaid) and unsaid[0] == conclusion_of(report.facts, answer_of(report.facts))
    least = 1 if proves or (pointed and unsaid) else 0
    versions = [
        _laid_out(verdict, report, width, steps=steps, evidence=evidence, airy=airy)
        for steps in range(most, 0, -1)
        for evidence in range(min(len(verdict.evidence), _EVIDENCE), least - 1, -1)
        for airy in (True, False)
    ]
    # Long options make each command take several lines.
    versions += [
        _laid_out(verdict, report, width, steps=1, evidence=0, airy=False, lean=lean)
        for lean in range(1, _LEAN + 1)
    ]
    return next((lines for lines in versions if rows(lines, width) <= room), versions[-1])


def _laid_out(
    verdict: Verdict,
    report: Report,
    width: int,
    *,
    steps: int,
    evidence: int,
    airy: bool,
    lean: int = 0,
) -> list[Text]:
    """Lay out a verdict.

    Args:
        verdict: of the report.
        report: of the run.
        width: columns.
        steps, evidence: how many.
        airy: with blank lines.
        lean: how much to leave out that a report has: 1 the command that passes it on, 2 all but
            the first sentence of why, 3 the options of the last command, 4 other findings.
    """
    gap = [_BLANK] if airy else []
    lines = [
        *prose(verdict.title, width, style="bold red", break_words=True),
        *gap,
        *prose(instruction(verdict.side), width, style="bold"),
    ]
    for number, text in enumerate(verdict.remedies[:steps], 1):
        lines += remedy(text, width, f"{number:2}. ")
    lines += gap
    why = _why(verdict.cause)
    lines += labelled("Why", [_SENTENCE.split(why)[0] if lean >= _SHORT_WHY else why], width)
    seen = (_shortened(each, width) for each in _unsaid(verdict, report)[:evidence])
    lines += labelled("Seen", seen, width)
    lines += labelled("How sure", [HOW_SURE[verdict.confidence]], width)
    lines += labelled("Also", _also(report, verdict) if lean < _LEAN else (), width)
    left = len(verdict.remedies) - steps
    hidden = f"  (with {counted(left, 'more step')})" if left > 0 else ""
    options = report.facts.target.options
    if unseen := to_fill_in(options):
        lines += labelled("Fill in", [unseen], width)
    shown_options = options if lean < _BARE_COMMAND else ()
    explain = command(f"edgecheck explain {verdict.code}", shown_options)
    lines += _command("More", explain, hidden, width)
    if verdict.side is Side.CLIENT or lean:
        return lines
    passed_on = command("edgecheck doctor --report report.html", options)
    return [*lines, *_command("Pass on", passed_on, "  (without the secret)", width)]


def _why(cause: str) -> str:
    """Return the first sentence of a cause; two if the first only says whose words were read."""
    first, *others = _SENTENCE.split(cause.partition(QUOTED)[0].rstrip())
    return f"{first} {others[0]}" if others and len(first) < _SHORT else first


def _command(label: str, command: str, remark: str, width: int) -> list[Text]:
    """Lay out a command to copy, and a remark behind it if there is room."""
    margin = " " * _LABEL
    parts = folded(command, width - _LABEL)
    lines = [line(margin, (part, "cyan")) for part in parts]
    lines[0] = line((label.ljust(_LABEL), "bold"), (parts[0], "cyan"))
    if len(parts) == 1 and _LABEL + len(command) + len(remark) <= width:
        lines[0].append(remark)
    return lines


def _unsaid(verdict: Verdict, report: Report) -> list[str]:
    """Return the evidence that neither the title nor the line of its stage says already.

    What the experiments concluded comes first, for it says more than each answer; then what the
    steps name, and the server's own words.
    """
    ours = answer_of(report.facts)
    made = experiments_of(report.facts, ours)
    concluded, each_answer = made[:1], made[1:] if conclusion_of(report.facts, ours) else ()
    steps = " ".join(verdict.remedies).casefold()
    found = sorted(
        [each for each in verdict.evidence if each not in each_answer],
        key=lambda each: (each not in concluded, not _is_named(each, steps), not _is_said(each)),
    )
    said = [
        verdict.title,
        _why(verdict.cause),
        *(one.summary for one in report.diagnosis.stages),
    ]
    known = " ".join(said).casefold()
    return [
        each
        for each in found
        if _core(each) not in known
        and not (_IDLE.match(each) and not _is_named(each, steps))
        # The conclusion of the experiments, up to what follows from it.
        and not (each in concluded and each.partition(":")[0].casefold() in known)
    ]


def _shortened(evidence: str, width: int) -> str:
    """Return a piece of evidence; of a body or a greeting as much as two lines have room for."""
    room = 2 * (width - _LABEL) - 2
    said = shown(evidence)
    cut = said.startswith(("body: ", "it said: ")) and len(said) > room
    return f"{said[: room - 1]}…" if cut else said


def _core(evidence: str) -> str:
    """Return what a piece of evidence tells, in the words in which titles and stages say it."""
    closed = _CLOSED.fullmatch(evidence)
    text = f"{closed[1]} {closed[2]}" if closed else evidence.removeprefix("HTTP/1.1 ")
    return _CODE_OF_OPENSSL.sub("", text).casefold()


def _is_named(evidence: str, steps: str) -> bool:
    """Tell whether a piece of evidence is a field that the steps ask to quote or to look at."""
    name, colon, _ = evidence.partition(":")
    return bool(colon) and "-" in name and name.casefold() in steps


def _is_said(evidence: str) -> bool:
    """Tell whether a piece of evidence is what a server says in a body, and not a whole page."""
    return evidence.startswith("body: ") and not evidence.startswith("body: <")


def _also(report: Report, verdict: Verdict) -> list[str]:
    """Name the findings that do not follow from the verdict, in one paragraph."""
    others = [one for one in report.diagnosis.findings if not follows(one, verdict)]
    codes = [one.code for one in by_severity(others)]
    return [joined(dict.fromkeys(codes))] if codes else []


# --- without a verdict ---------------------------------------------------------------------------


def _without_verdict(report: Report, width: int, *, strict: bool) -> Iterator[Text]:
    facts, findings = report.facts, by_severity(report.diagnosis.findings)
    for finding in findings[:_FINDINGS]:
        yield from _finding(finding, width)
    if len(findings) > _FINDINGS:
        more = command("edgecheck doctor --verbose", facts.target.options)
        yield line(f"  and {len(findings) - _FINDINGS} more: {more}")
    if facts.interrupted:
        yield line(("Interrupted. ", "bold"), "This is what is known so far.")
        return
    if not report.ok:
        return
    if not facts.reached_its_end:
        yield from prose(nothing_sent(facts), width)
        return
    warnings = len(report.diagnosis.warnings)
    counts = bool(warnings and strict)
    said = f"{healthy_until(facts)}: {proven(facts)}." + (
        f" --strict counts {counted(warnings, 'warning')} as problems." if counts else ""
    )
    yield from prose(said, width, style="yellow" if counts else "bold green")
    if facts.until not in (None, Stage.SESSION):
        yield from prose(NOT_CHECKED.format(until=facts.until), width)
        return
    if words := disturbed(facts):
        yield from prose(words, width, style="dim")
    snippet = command("edgecheck snippet", facts.target.options)
    yield from prose(
        f"Does your own client still fail? `{snippet}` writes one that works.",
        width,
        style="dim",
    )


def _finding(finding: Finding, width: int) -> list[Text]:
    where = f"{finding.where}: " if finding.where and finding.where not in finding.title else ""
    severity = Severity(finding.severity)
    said = prose(f"{where}{finding.title} ({finding.code})", width, "  ", break_words=True)
    return [line(MARKS[severity], " ", said[0].plain.lstrip()), *said[1:]]
