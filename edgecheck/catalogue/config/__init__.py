"""config: what is wrong with the settings, before anything is sent (pure).

Every entry has a rule in `lint`: a function that takes the settings and yields what is wrong. There
is a table for the file, one for values in the wrong place, one for each of the three settings, and
one for the command line.
"""

from __future__ import annotations

from ...lint.engine import Check, Linter
from ..condition import Lint
from ..problem import Problem
from . import agent_id, env_file, misplaced, request, secret, url

__all__ = ["LINT", "PROBLEMS"]

PROBLEMS: tuple[Problem, ...] = (
    *env_file.PROBLEMS,
    *misplaced.PROBLEMS,
    *secret.PROBLEMS,
    *url.PROBLEMS,
    *agent_id.PROBLEMS,
    *request.PROBLEMS,
)

# What the lint checks, in this order.
LINT = Linter(
    Check(problem.code, problem.when.rule, problem.refines, problem.repair, problem.left)
    for problem in PROBLEMS
    if isinstance(problem.when, Lint)
)
