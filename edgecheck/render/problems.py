"""The page of all problems, docs/problems.md (pure). `make docs` writes it."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from ..backend.builtin import EDGE
from ..backend.profile import Profile
from ..catalogue import PROBLEMS
from ..catalogue.problem import Problem
from ..terms import fill
from ..wording.values import profile_values
from .entry import repair, reproduction
from .markdown import points
from .words import HOW_BAD, instruction

_PREFACE = """\
`make docs` makes this page from the catalogue; make changes in `edgecheck/catalogue/`.
`edgecheck doctor` prints the same texts, filled in with what was seen, and
`edgecheck explain CODE` shows one of them."""
_CODE = re.compile(r"(`[^`]+`)")
_COLUMNS = 100
# A mark of a list, behind which a line goes on indented; and what would be one if a line began with
# it.
_POINT = re.compile(r"(?:[-+*]|\d+[.)]) ")
_BEFORE_POINT = re.compile(rf" (?={_POINT.pattern})")
_SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>#|"})


def page(problems: Iterable[Problem], profile: Profile = EDGE) -> str:
    """Return the page: a section for each stage, and in it a part for each problem."""
    values = profile_values(profile)
    parts = ["# Every problem that edgecheck names", _PREFACE]
    stage = ""
    for problem in problems:
        if problem.stage_name != stage:
            stage = problem.stage_name
            parts.append(f"## {stage}")
        parts += _part(problem, values)
    return "".join(f"{line}\n" for line in _wrapped("\n\n".join(parts).split("\n")))


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    """Break long lines, except those of code."""
    is_code = False
    for line in lines:
        is_code ^= line.lstrip().startswith("```")
        if is_code or len(line) <= _COLUMNS:
            yield line
            continue
        text = line.lstrip()
        inner = point.end() if (point := _POINT.match(text)) else 0
        glued = text[:inner] + _BEFORE_POINT.sub("\0", text[inner:])
        indent = " " * (len(line) - len(text))
        yield from (
            piece.replace("\0", " ")
            for piece in textwrap.wrap(
                glued,
                _COLUMNS,
                initial_indent=indent,
                subsequent_indent=indent + " " * inner,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


def _part(problem: Problem, values: Mapping[str, str]) -> list[str]:
    remedies = points((fill(text, values) for text in problem.remedies), _plain)
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
        f"{instruction(problem.side)}\n\n{remedies}",
        "\n".join(f"- {fact}" for fact in facts),
    ]


def _plain(text: str) -> str:
    """Escape what means something in Markdown, except in backticks."""
    return "".join(
        part if part.startswith("`") else part.translate(_SPECIAL) for part in _CODE.split(text)
    )


if __name__ == "__main__":
    sys.stdout.write(page(PROBLEMS.values()))
