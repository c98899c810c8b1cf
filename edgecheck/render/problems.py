"""The page of all problems, docs/problems.md (pure). `make docs` writes it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping

from ..backend.edge import EDGE
from ..backend.profile import Profile
from ..catalogue import PROBLEMS
from ..catalogue.problem import Problem
from ..terms import fill
from ..wording.values import profile_values
from .entry import repair, reproduction
from .words import HOW_BAD, WHOSE_TURN

_PREFACE = (
    "Made from the catalogue by `make docs`; changes belong in `edgecheck/catalogue/`. The same "
    "texts, filled in with what was seen, are what\n"
    "`edgecheck doctor` prints, and `edgecheck explain CODE` shows them one by one."
)
_CODE = re.compile(r"(`[^`]+`)")
_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>#|"})


def page(problems: Iterable[Problem], profile: Profile = EDGE) -> str:
    """Return the page, a section a stage and a part a problem."""
    values = profile_values(profile)
    parts = ["# Every problem that edgecheck names", _PREFACE]
    stage = ""
    for problem in problems:
        if problem.stage_name != stage:
            stage = problem.stage_name
            parts.append(f"## {stage}")
        parts += _part(problem, values)
    return "\n\n".join(parts) + "\n"


def _part(problem: Problem, values: Mapping[str, str]) -> list[str]:
    remedies = "\n".join(
        _remedy(number, fill(text, values)) for number, text in enumerate(problem.remedies, 1)
    )
    tried = reproduction(problem)
    tried = f"`{tried}`" if tried.startswith("edgecheck ") else _plain(tried)
    facts = [HOW_BAD[problem.severity], f"see it happen: {tried}"]
    if said := repair(problem):
        facts.append(f"repair: {_plain(said)}")
    if problem.source:
        facts.append(f"source: {_plain(fill(problem.source, values))}")
    return [
        f"### `{problem.code}`",
        f"**{_plain(fill(problem.title, values))}**",
        _plain(fill(problem.cause, values)),
        f"{WHOSE_TURN[problem.side]}\n\n{remedies}",
        "\n".join(f"- {fact}" for fact in facts),
    ]


def _remedy(number: int, text: str) -> str:
    first, *rest = text.split("\n")
    indent = " " * len(f"{number}. ")
    lines = [
        f"{number}. {_plain(first)}" if not first.startswith("$ ") else f"{number}. `{first[2:]}`"
    ]
    verbatim = False
    for each in rest:
        is_verbatim = each.startswith("$ ") or each[:1].isspace()
        if is_verbatim != verbatim:
            lines += ["", f"{indent}```"] if is_verbatim else [f"{indent}```", ""]
            verbatim = is_verbatim
        lines.append(indent + (each.removeprefix("$ ") if is_verbatim else _plain(each)))
    return "\n".join([*lines, f"{indent}```"] if verbatim else lines)


def _plain(text: str) -> str:
    """Escape what Markdown would read, but for what stands in backticks."""
    return "".join(
        part if part.startswith("`") else part.translate(_SPECIAL) for part in _CODE.split(text)
    )


if __name__ == "__main__":
    sys.stdout.write(page(PROBLEMS.values()))
