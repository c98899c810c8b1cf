"""The codes that a command line can name, each with a line of help, for completion."""

from __future__ import annotations

from collections.abc import Iterable

from ..backend.builtin import EDGE
from ..catalogue import PROBLEMS
from ..catalogue.problem import NotOnLoopback, Problem
from ..terms import fill
from ..wording.values import profile_values


def codes() -> dict[str, str]:
    """Return every code that `explain` takes, with its title."""
    return _titles(PROBLEMS.values())


def demonstrable() -> dict[str, str]:
    """Return every code that `doctor --demo --fault` takes, with its title."""
    return _titles(
        problem
        for problem in PROBLEMS.values()
        if not isinstance(problem.reproduction, NotOnLoopback)
    )


def _titles(problems: Iterable[Problem]) -> dict[str, str]:
    values = profile_values(EDGE)
    return {problem.code: fill(problem.title, values) for problem in problems}
