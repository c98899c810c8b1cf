"""What it means: the problems, one table a stage.

To add a problem whose facts are already seen, add one entry to its stage's `PROBLEMS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import auth, client, config, dns, proxy, session, tcp, tls, upgrade
from .problem import Problem

__all__ = ["PROBLEMS"]

# In the order of the stages; within a stage in the order of its table.
PROBLEMS: Mapping[str, Problem] = MappingProxyType(
    {
        problem.code: problem
        for table in (config, dns, tcp, proxy, tls, upgrade, auth, session, client)
        for problem in table.PROBLEMS
    }
)
