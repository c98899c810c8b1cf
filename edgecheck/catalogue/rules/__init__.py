"""The rules of the tables: functions of the facts that see one problem each (pure).

A rule is needed only if a single fact cannot decide. If a kind of failure, a status or a close code
is enough, the table has it as data. A rule returns what is special about the occurrence, or None if
it does not see the problem. A fact that is None was not reached, and is never taken as "no".

A checkup asks few of them, and `explain` none, so each module is imported when one of its rules is
first asked: the tables import modules (``from .rules import path``) and name functions of them,
which are not called while a table is read. Constants that a table needs as well stand in
`steps.py` and `numbers.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...late import modules_of

if not TYPE_CHECKING:
    __getattr__ = modules_of(__name__)
