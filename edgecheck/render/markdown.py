"""The report as Markdown, for a ticket or the summary of a CI run (pure).

Law: every word that has more than letters, or digits, and punctuation is written as code, in which
Markdown has no meaning. Backslashes are not enough: GitHub still finds mentions, references and
emoji in escaped text (docs.github.com, "Basic writing and formatting syntax").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ..diagnose import Finding, StageResult, Status, Verdict
from ..facts import Certificate, Experiment, Facts
from ..report import Report
from ..terms import Severity
from ..wording.certificates import described
from ..wording.commands import Words, command, to_fill_in
from ..wording.units import milliseconds
from .exchange import Exchange, exchanges
from .passages import CODE, passages
from .words import (
    HOW_SURE,
    NEXT_STEP_FOR_OTHERS,
    by_severity,
    follows,
    headline,
    proven,
    shown,
    the_way,
    which_run,
)

_MARKS = {Status.PASS: "✓", Status.WARN: "!", Status.FAIL: "✗", Status.SKIP: "–"}
_NAMES = {Severity.ERROR: "Error", Severity.WARNING: "Warning", Severity.INFO: "Note"}

# What is not divided: a word, or code in backticks with the characters that touch it.
_TOKEN = re.compile(r"(?:`[^`]+`|\S)+")
_BEFORE, _AFTER = r"[(\"“‘]*", r"(?:['’]s)?[)\"”’.,;:!?…]*"
_WORD = re.compile(
    rf"{_BEFORE}(?:[^\W\d_]+(?:['’-][^\W\d_]+)*|\d{{1,6}}(?:\.\d{{1,3}})?)?%?{_AFTER}|[–—…]"
)
_QUOTED = re.compile(rf"({_BEFORE}){CODE.pattern}({_AFTER})")
_LAST = re.compile(r"(?<=\S)[.,;:!?…)]*$")
_NUMBERED = re.compile(r"\d+[.)]$")


def report(report: Report) -> str:
    """Return the whole report."""
    facts, verdict = report.facts, report.diagnosis.verdict
    parts = [f"# {prose(headline(report))}"]
    if verdict is not None:
        parts += _verdict(verdict, facts.target.options)
    elif report.ok and facts.reached_its_end:
        parts.append(f"Proven: {prose(proven(facts))}.")
    if facts.interrupted and verdict is not None:
        parts.append("The checkup was interrupted: this is what was known by then.")
    parts += _findings(report.diagnosis.findings, verdict)
    parts += ["## Stages", _stages(report.diagnosis.stages)]
    parts += _certificates(facts.tls.chain or () if facts.tls else ())
    parts += _experiments(facts.experiments)
    parts += _exchanges(exchanges(facts))
    parts += ["## This checkup", _about(report)]
    return "\n\n".join(parts) + "\n"


def _verdict(verdict: Verdict, options: Words) -> Iterator[str]:
    yield f"**{NEXT_STEP_FOR_OTHERS[verdict.side]}.** {prose(verdict.cause)}"
    yield "## What to do"
    yield points(verdict.remedies)
    if unseen := to_fill_in(options):
        yield prose(unseen)
    yield "## What was seen"
    yield _list(verdict.evidence)
    yield f"How sure: {HOW_SURE[verdict.confidence]}."
    more = "".join(f", {span(code)}" for code in verdict.alternatives)
    explained = command(f"edgecheck explain {verdict.code}", options)
    yield f"More: {span(explained)}" + (f"; see also{more[1:]}" if more else "")


def _findings(found: Iterable[Finding], root: Verdict | None) -> Iterator[str]:
    found = by_severity(found)
    if found:
        yield "## Also noticed" if root is not None else "## Noticed"
    for finding in found:
        where = (
            f"{span(finding.where)}: "
            if finding.where and finding.where not in finding.title
            else ""
        )
        if follows(finding, root):
            yield f"{where}{prose(finding.title)} (follows from the above)"
            continue
        yield (
            f"**{_NAMES[finding.severity]}:** {where}{prose(finding.title)} ({span(finding.code)})"
        )
        if finding.evidence:
            yield _list(finding.evidence)
        yield points(finding.remedies)


def _stages(results: Iterable[StageResult]) -> str:
    rows = [
        (
            _MARKS[result.status],
            result.stage.value,
            prose(result.summary),
            ""
            if result.status is Status.SKIP or not result.span.duration_ms
            else milliseconds(result.span.duration_ms),
        )
        for result in results
    ]
    return _table(("", "stage", "result", "time"), rows)


def _certificates(chain: Iterable[Certificate]) -> Iterator[str]:
    rows = [
        (
            str(number),
            span(its.subject),
            span(its.issuer),
            f"{span(its.begins)} to {span(its.ends)}" if its.ends else "",
            span(its.names),
            span(its.key),
        )
        for number, its in enumerate(map(described, chain))
    ]
    if rows:
        yield "## Certificates, as the server sent them"
        yield _table(("", "subject", "issued by", "valid", "for", "key"), rows)


def _experiments(experiments: Iterable[Experiment]) -> Iterator[str]:
    rows = [(span(each.name.value), span(str(each.answer))) for each in experiments]
    if rows:
        yield "## The same request with one change"
        yield _table(("change", "answer"), rows)


def _exchanges(found: list[Exchange]) -> Iterator[str]:
    if found:
        yield "## Sent and received"
    for exchange in found:
        yield f"{exchange.title}:"
        yield block(exchange.lines)


def _about(report: Report) -> str:
    facts, target = report.facts, report.facts.target
    rows = (
        ("address", target.url),
        ("agent", target.agent_id),
        ("secret", target.secret_fingerprint),
        ("through", target.proxy),
        *the_way(target),
        ("begun", facts.started_at),
        ("took", milliseconds(facts.total_ms)),
        ("by", f"edgecheck {report.version}"),
        *which_run(facts),
        *((f"{name} from", origin) for name, origin in _origins(facts)),
    )
    return _table(("", ""), [(prose(name), span(value)) for name, value in rows if value])


def _origins(facts: Facts) -> Iterable[tuple[str, str]]:
    return facts.config.origins.items() if facts.config else ()


def points(remedies: Iterable[str], write: Callable[[str], str] | None = None) -> str:
    """Write remedies as a numbered list; ``write`` turns a sentence into Markdown (`prose`)."""
    return "\n".join(
        _point(number, remedy, write or prose) for number, remedy in enumerate(remedies, 1)
    )


def _point(number: int, remedy: str, write: Callable[[str], str]) -> str:
    """Write one point of a list; what is to be copied is a block inside it."""
    indent = " " * len(f"{number}. ")
    lines: list[str] = []
    for passage in passages(remedy):
        lines += (
            ["", *block(passage.text.split("\n")).split("\n"), ""]
            if passage.verbatim
            else [write(passage.text)]
        )
    while lines and not lines[-1]:
        lines.pop()
    first = "" if not lines or not lines[0] else lines.pop(0)
    return "\n".join(
        [f"{number}. {first}".rstrip(), *(f"{indent}{line}".rstrip() for line in lines)]
    )


def _list(texts: Iterable[str]) -> str:
    return "\n".join(f"- {span(text)}" for text in texts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    # A pipe ends a cell even in code, and not every reader understands a backslash before it.
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\x7c") for cell in cells) + " |" for cells in lines
    )


def prose(text: str) -> str:
    """Write a sentence: plain words as they are, and all other words as code."""
    said: list[str] = []
    raw: list[str] = []  # words for one piece of code, because they are not plain

    def flush() -> None:
        if raw:
            together = " ".join(raw)
            after = _LAST.search(together)
            end = after.start() if after and "(" not in together else len(together)
            said.append(span(together[:end]) + together[end:])
            raw.clear()

    for match in _TOKEN.finditer(shown(text)):
        token = match[0]
        code = _QUOTED.fullmatch(token)
        is_word = _WORD.fullmatch(token) and (said or raw or not _NUMBERED.match(token))
        if not (code or is_word):
            raw.append(token)
            continue
        flush()
        said.append(f"{code[1]}{span(code[2])}{code[3]}" if code else token)
    flush()
    return " ".join(said)


def span(text: str) -> str:
    """Write any text as code within a line (CommonMark 0.31, section 6.1)."""
    if not text:
        return ""
    text = shown(text)
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def block(lines: Iterable[str]) -> str:
    """Write any lines as a block of code (CommonMark 0.31, section 4.5)."""
    said = [shown(line) for line in lines]
    fence = "`" * max(_longest_run("\n".join(said)) + 1, 3)
    return "\n".join([fence, *said, fence])


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
