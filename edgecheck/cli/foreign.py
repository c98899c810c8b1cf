"""Commands in somebody else's report are theirs: they are shown as such, and not as edgecheck's.

A report is judged again with the catalogue of this program, but the names, addresses and steps in
it were written by the author of the file. So a step that stands in the file is quoted, and a
command stays one only if nothing from the file could change what a shell makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..facts import Stage
from ..frozen import replace
from ..late import compiled
from ..render.passages import Kind, lines_of
from ..report import Report
from ..terms import FIX
from ..wording.commands import carrying

# A shell takes a word of these characters as it is; one that begins with `-` is an option.
_PLAIN = compiled(r"(?!-)[\w@%+=:,./~-]*")
_QUOTED = compiled(r"'[^']*'")
# How every repair is started (`fix`); its options are in plain words or in quotes.
_REPAIR = compiled(rf"{FIX}(?: -{{1,2}}[a-z-]+| '[^']*'| [\w@%+=:,./~-]+)*")

_STEP = "The report says: "
_COMMAND = "A command of the report, not of edgecheck: "


def quoted(report: Report, document: dict[str, Any]) -> Report:
    """Return a report with the steps and commands that its file holds marked as the file's.

    Args:
        report: what was read from the document.
        document: the JSON object; the text of the report's own verdict and findings is not used.
    """
    found = [*_texts(_facts_of(document)), *_texts(document.get("target"))]
    odd = [text for text in found if text and _PLAIN.fullmatch(text) is None]
    odd += [one.fix for one in report.defects if one.fix and not _REPAIR.fullmatch(one.fix)]
    options = report.facts.target.options
    theirs = {carrying(step, options) for one in report.defects for step in one.remedies}

    def marked(step: str) -> str:
        if step in theirs:
            return f"{_STEP}{_as_sentences(step, lambda _: True)}"
        if all(line.kind is Kind.SENTENCE or _is_ours(line.text, odd) for line in lines_of(step)):
            return step
        return _as_sentences(step, lambda command: not _is_ours(command, odd))

    def steps(each: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(marked, each))

    diagnosis = report.diagnosis
    verdict = diagnosis.verdict
    findings = tuple(replace(one, remedies=steps(one.remedies)) for one in diagnosis.findings)
    if verdict is not None:
        verdict = replace(verdict, remedies=steps(verdict.remedies))
    return replace(report, diagnosis=replace(diagnosis, verdict=verdict, findings=findings))


def _facts_of(document: dict[str, Any]) -> list[object]:
    """Return the facts of each stage, without steps and repairs, which are looked at as such."""
    found = []
    for entry in document["stages"]:
        facts = entry.get("facts") or {}
        if entry.get("stage") == Stage.CONFIG:
            apart = ("remedies", "fix")
            defects = [
                {name: value for name, value in one.items() if name not in apart}
                for one in facts.get("defects", ())
            ]
            facts = {**facts, "defects": defects}
        found.append(facts)
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _texts(each)


def _is_ours(command: str, odd: Iterable[str]) -> bool:
    """Tell whether a shell sees none of the file's odd texts but within quotes.

    Args:
        command: without its prompt.
        odd: texts of the file that a shell would not take as one plain word.
    """
    bare = _QUOTED.sub("''", command)
    return not any(text in bare or (text in command and "'" in text) for text in odd)


def _as_sentences(step: str, is_theirs: Callable[[str], bool]) -> str:
    """Return a step in which the commands of the file, and what it holds as code, are none."""
    lines = []
    for line in lines_of(step):
        if line.kind is Kind.SENTENCE:
            lines.append(line.text.replace("`", '"'))
        elif is_theirs(line.text):
            lines.append(_COMMAND + line.text.strip().replace("`", '"'))
        else:
            lines.append(f"{'$ ' if line.kind is Kind.COMMAND else ''}{line.text}")
    return "\n".join(lines)
