"""What changed between two checkups, in a few lines (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..catalogue import PROBLEMS
from ..diagnose import Finding, Status, Verdict
from ..report import Report
from ..wording.commands import Words, command
from . import text
from .layout import line, prose
from .styled import Text

_BLANK = line("")
# The column at which the text begins; before it is the name of what changed.
_COLUMN = 12
_TARGET = {
    "url": "address",
    "agent_id": "agent id",
    "secret_fingerprint": "secret",
    "proxy": "proxy",
}


def changes(before: Report, after: Report, width: int, *, strict: bool = False) -> list[Text]:
    """Lay out what changed between a checkup and the next one.

    A verdict is told in full only if it is a new one. Findings are told in full only if they are
    new, or if no verdict is left.

    Args:
        before, after: the reports.
        width: columns.
        strict: a warning counts as a problem.
    """
    told = [
        *_verdict(before, after, width),
        *_target(before, after, width),
        *_stages(before, after, width),
        *_gone(before, after, width),
        *_woken(before, after, width),
    ]
    lines = [*told, _BLANK] if told else []
    root, found = after.diagnosis.verdict, after.diagnosis.findings
    options = after.facts.target.options
    if root is None:
        return text.trimmed(
            [
                *lines,
                *text.findings(found, width, root, options),
                *text.conclusion(after, width, strict=strict),
            ]
        )
    known = _problems(before)
    news = [one for one in unmatched(_problems(after), known) if isinstance(one, Finding)]
    lines += (
        _still(root, width, options)
        if _said(root) == _said(before.diagnosis.verdict)
        else text.verdict(root, width, options)
    )
    return text.trimmed([*lines, *text.findings(news, width, root, options)])


def alike(before: Report, after: Report) -> bool:
    """Tell whether two checkups say the same, apart from their times."""
    return _statement(before) == _statement(after)


def unmatched(
    found: Sequence[Finding | Verdict], known: Sequence[Finding | Verdict]
) -> list[Finding | Verdict]:
    """Return the problems that are not among others that are known.

    A problem that only moved, for instance to another line, is known.
    """
    missing, others = list(found), list(known)
    for exactly in (True, False):
        for one in tuple(missing):
            same = (
                other
                for other in others
                if other.code == one.code and (other.title == one.title or not exactly)
            )
            if (twin := next(same, None)) is not None:
                missing.remove(one)
                others.remove(twin)
    return missing


def _statement(report: Report) -> object:
    stages = [result.status for result in report.diagnosis.stages]
    return report.facts.target, stages, [(one.code, one.title) for one in _problems(report)]


def _problems(report: Report) -> tuple[Finding | Verdict, ...]:
    root = report.diagnosis.verdict
    return (*([root] if root else []), *report.diagnosis.findings)


def _still(root: Verdict, width: int, options: Words) -> list[Text]:
    lines = prose(f"Still: {root.title}", width, "  ", break_words=True)
    return [
        line(("✗", "bold red"), lines[0].plain[1:]),
        *lines[1:],
        line("  ", (command(f"edgecheck explain {root.code}", options), "cyan")),
        _BLANK,
    ]


def _said(verdict: Verdict | None) -> object:
    return verdict and (verdict.code, verdict.title, verdict.remedies)


def _verdict(before: Report, after: Report, width: int) -> Iterator[Text]:
    old, new = (
        report.diagnosis.verdict.code if report.diagnosis.verdict else "healthy"
        for report in (before, after)
    )
    if old != new:
        yield from _labelled(("verdict", "bold"), f"{old} → {new}", width)


def _target(before: Report, after: Report, width: int) -> Iterator[Text]:
    for name, label in _TARGET.items():
        # The query of the address is the agent id, which has its own line.
        old, new = (
            (getattr(report.facts.target, name) or "–").partition("?")[0]
            for report in (before, after)
        )
        if old != new:
            yield from _labelled((label, "bold"), f"{old} → {new}", width)


def _stages(before: Report, after: Report, width: int) -> Iterator[Text]:
    for old, new in zip(before.diagnosis.stages, after.diagnosis.stages, strict=True):
        if old.status is not new.status:
            symbols = text.SYMBOLS[old.status], " → ", text.SYMBOLS[new.status], "  "
            yield from _labelled((new.stage.value, "bold"), new.summary, width, *symbols)


def _gone(before: Report, after: Report, width: int) -> Iterator[Text]:
    failed = after.diagnosis.verdict is not None
    unreached = {
        result.stage for result in after.diagnosis.stages if failed and result.status is Status.SKIP
    }
    for one in unmatched(_problems(before), _problems(after)):
        # A problem of a stage that was not reached may still be there.
        if PROBLEMS[one.code].stage not in unreached:
            yield from _labelled(("gone", "bold green"), one.title, width)


def _woken(before: Report, after: Report, width: int) -> Iterator[Text]:
    """Say so if nothing but time healed it, as time does for an instance that was asleep."""
    root = before.diagnosis.verdict
    healed = root is not None and after.diagnosis.verdict is None
    same = before.facts.target == after.facts.target
    if healed and same and root is not None and root.code in _ASLEEP:
        yield from _labelled(("waking", "bold"), _WAKING, width)


# What a platform answers for an instance that is asleep or starts, or that nobody answers yet.
_ASLEEP = frozenset(
    {
        "upgrade-timeout",
        "upgrade-gateway-timeout",
        "upgrade-bad-gateway",
        "upgrade-unavailable",
        "platform-app-down",
        "pong-timeout",
    }
)
_WAKING = (
    "The first attempt failed, and this one works with the same settings. An instance that was "
    "asleep wakes up like this; so does a backend that was just started. If it was asleep, keep it "
    "awake, or let your agent wait longer and try again."
)


def _labelled(
    label: tuple[str, str], words: str, width: int, *before: str | tuple[str, str]
) -> Iterator[Text]:
    """Wrap text with a label in the margin, and with ``before`` in front of its first line."""
    margin = [("  ", ""), (label[0].ljust(_COLUMN - 2), label[1]), *before]
    lead = line(*margin)
    lines = prose(words, width, " " * lead.cell_len, break_words=True)
    yield from (line(*margin, lines[0].plain.lstrip()), *lines[1:])
