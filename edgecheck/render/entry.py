"""An entry of the catalogue, as `explain` shows it (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..catalogue.problem import NotOnLoopback, Problem
from ..escapes import escape
from ..explain.masking import masked
from ..explain.sign import Sign
from ..explain.unfilled import filled, to_fill_in
from ..explain.values import USUAL
from ..terms import FIX, fill
from ..wording.values import keywords_of, profile_values
from .layout import labelled, line, prose, remedy, rule
from .styled import Text
from .words import HOW_BAD, instruction, shown


def entry(
    problem: Problem,
    width: int,
    others: Sequence[Problem] = (),
    profile: Profile = EDGE,
    values: Mapping[str, str] = MappingProxyType({}),
    reason: str = "",
) -> list[Text]:
    """Explain one problem: what it is, what to do, and how to see it happen.

    Args:
        problem: the entry.
        width: columns.
        others: entries that may be meant as well.
        profile: fills in the texts.
        values: what else is known, and fills in the texts.
        reason: why this entry is shown; empty if its own name led to it.
    """
    values = {**profile_values(profile), **values}
    lines = [rule(width, problem.code, "cyan"), line("")]
    lines += prose(filled(problem.title, values), width, style="bold")
    if reason:
        lines += [line(""), *labelled("Why this", [reason], width)]
    lines += [line(""), *prose(filled(problem.cause, values), width), line("")]
    lines += prose(instruction(problem.side), width, style="bold")
    lines.append(line(""))
    for number, text in enumerate(problem.remedies, 1):
        lines += remedy(filled(text, values), width, f"{number:3}. ")
    lines.append(line(""))
    if unknown := to_fill_in((problem.title, problem.cause, *problem.remedies), values):
        lines += labelled("Fill in", [unknown], width)
    lines += labelled("How bad", [HOW_BAD[problem.severity]], width)
    if said := repair(problem):
        lines += labelled("Repair", [said], width)
    lines += labelled("Stage", [problem.stage_name], width)
    if profile.name != EDGE.name:
        lines += labelled("Profile", [escape(profile.name)], width)
    if related := [
        *problem.refines,
        *(code for code in problem.explains if code not in problem.refines),
    ]:
        lines += labelled("See also", [", ".join(related)], width)
    lines += labelled("Try it", [reproduction(problem)], width)
    if problem.source:
        lines += labelled("Source", [fill(problem.source, values)], width)
    if others:
        lines += [line(""), line(("It may also be", "bold")), *commands(others, width, profile)]
    return lines


def listing(problems: Iterable[Problem], width: int, profile: Profile = EDGE) -> list[Text]:
    """List problems by stage, one line for each."""
    values = {**USUAL, **profile_values(profile)}
    lines: list[Text] = []
    stage = ""
    for problem in problems:
        if problem.stage_name != stage:
            stage = problem.stage_name
            lines += [line(""), line((stage, "bold"))] if lines else [line((stage, "bold"))]
        lines.append(
            line(
                "  ",
                (problem.code.ljust(33), "cyan"),
                _cut(filled(problem.title, values), width - 35),
            )
        )
    if any("<" in each.plain for each in lines):
        lines += [line(""), *prose(_FOUND, width, style="dim")]
    return lines


_FOUND = "`edgecheck doctor` shows what stands for the words between < and >."


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room - 1, 10)].rstrip() + "…"


def reproduction(problem: Problem) -> str:
    """Say how to see the problem happen."""
    if isinstance(problem.reproduction, NotOnLoopback):
        return f"not possible on one machine: {problem.reproduction.reason}"
    return f"edgecheck doctor --demo --fault {problem.code}"


def repair(problem: Problem) -> str:
    """Say whether `doctor --fix` repairs it; empty if the problem is not in the settings."""
    if problem.repair is None:
        return f"by hand. {problem.left}" if problem.left else ""
    words = f"{FIX} repairs it in the .env file"
    return f"{words}. If it does not: {problem.left}" if problem.left else words


def reason_of(signs: Sequence[Sign]) -> str:
    """Say why an entry was chosen: the strongest sign, quoted, and who says it."""
    if not signs:
        return ""
    sign = signs[0]
    quoted = masked(sign.text)[0]
    meaning = f": {sign.meaning}" if sign.meaning and sign.meaning != sign.text.lower() else ""
    source = sign.source if sign.kind == "phrase" else f"{sign.source}{meaning}"
    return f"the text says “{quoted}” ({source})"


def sign_row(sign: Sign) -> dict[str, Any]:
    """Return a sign as `explain TEXT --json` prints it."""
    return {
        "kind": sign.kind,
        "text": shown(masked(sign.text)[0]),
        "source": sign.source,
        "meaning": sign.meaning,
        "codes": list(sign.codes),
        "score": round(sign.score, 1),
    }


def document(
    problem: Problem, profile: Profile = EDGE, values: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Return an entry as `explain CODE --json` prints it."""
    values = {**profile_values(profile), **values}
    return {
        **row(problem, profile, values),
        "cause": fill(problem.cause, values),
        "remedies": [fill(text, values) for text in problem.remedies],
        "confidence": problem.confidence.value,
        "keywords": list(keywords_of(problem.keywords, values)),
        "source": fill(problem.source, values),
        "profile": profile.name,
    }


def row(
    problem: Problem, profile: Profile = EDGE, values: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Return an entry as a row of `explain --list --json`."""
    return {
        "code": problem.code,
        "stage": problem.stage_name,
        "severity": problem.severity.value,
        "side": problem.side.value,
        "title": fill(problem.title, {**profile_values(profile), **values}),
    }


def commands(problems: Iterable[Problem], width: int, profile: Profile = EDGE) -> list[Text]:
    """List the commands that explain problems, one line for each."""
    values = {**USUAL, **profile_values(profile)}
    lines = []
    for problem in problems:
        command = f"edgecheck explain {problem.code}"
        lines.append(
            line("  ", (command.ljust(44), "cyan"), _cut(filled(problem.title, values), width - 46))
        )
    return lines
