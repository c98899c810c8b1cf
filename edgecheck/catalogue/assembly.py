"""Put the catalogue together from its tables (pure).

What follows from all tables is derived here, so that nobody has to keep a separate list up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..facts import Stage
from ..frozen import replace
from .condition import AnyOf, Condition, Otherwise, claimed_by
from .problem import Problem


def assemble(tables: Iterable[Iterable[Problem]]) -> Mapping[str, Problem]:
    """Return the entries of all tables by code, in the order of the tables.

    Raises:
        ValueError: two entries have one code, or an entry names a code that no entry has.
    """
    entries = [problem for table in tables for problem in table]
    problems = {problem.code: problem for problem in entries}
    if len(problems) < len(entries):
        twice = [one.code for one in entries if problems[one.code] is not one]
        raise ValueError(f"two entries have the code {twice[0]}")
    for problem in entries:
        _check_names(problem, problems)
    for problem in entries:
        when = _resolved(problem.when, entries)
        if when is not problem.when:
            problems[problem.code] = replace(problem, when=when)
    return MappingProxyType(problems)


def _check_names(problem: Problem, problems: Mapping[str, Problem]) -> None:
    for field in ("refines", "explains", "alternatives"):
        for code in getattr(problem, field):
            if code not in problems and not isinstance(code, Stage):
                raise ValueError(f"{problem.code}: {field} names {code}, which no entry has")


def _resolved(when: Condition, entries: Iterable[Problem]) -> Condition:
    """Return the condition, with each `Otherwise` told what the other entries claim."""
    match when:
        case AnyOf(conditions=conditions):
            resolved = tuple(_resolved(one, entries) for one in conditions)
            return when if resolved == conditions else AnyOf(*resolved)
        case Otherwise(sort=sort):
            claims: dict[int, tuple[Condition, ...]] = {}
            for problem in entries:
                for number in claimed_by(problem.when, sort):
                    claims[number] = (*claims.get(number, ()), problem.when)
            return replace(when, claims=claims)
        case _:
            return when
