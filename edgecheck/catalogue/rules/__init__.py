"""The rules of the tables: functions of the facts that see one problem each (pure).

A rule is needed only if a single fact cannot decide. If a kind of failure, a status or a close code
is enough, the table has it as data. A rule returns what is special about the occurrence, or None if
it does not see the problem. A fact that is None was not reached, and is never taken as "no".

Patterns are plain text here, and compiled when they are used: `explain` imports all rules but calls
none of them.
"""
