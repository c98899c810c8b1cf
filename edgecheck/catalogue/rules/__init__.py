"""The rules of the tables: functions of the facts that see one problem each (pure).

A rule is needed only where no single fact decides: what a kind of failure, a status or a close code
says by itself stands in the table as data. A rule returns what is special about the occurrence, or
None where it does not see the problem. A fact that is None was not reached, and never reads as no.

Patterns are plain text here, and compiled where they are used: `explain` imports all rules and asks
none of them.
"""
