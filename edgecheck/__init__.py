"""edgecheck: why an edge agent's WebSocket does not connect, and what to do about it.

Read `checkup` first: it is the only place where seeing and judging meet.

backend    how the backend wants to be spoken to   facts      what was seen
dotenv     the text of a .env file                 settings   what is set, and where
wording    facts in words                          lint       what is wrong with the settings
wire       one connection, step by step            catalogue  what the facts mean: the problems
probe      connects to find out what is wrong      diagnose   from facts to a verdict
mend       from settings to a plan of repairs      simulator  a backend that fails on demand
intake     what a person pastes or answers         explain    from pasted words to a problem
report     one value, which render shows           render     its formats
agent      a connection that stays open            repl       talking to the backend by hand
cli        the command line, one file per command  snippets   clients to copy

A room knows only rooms of a lower rank; pyproject.toml has the ranks, and a test keeps them.
"""

__version__ = "0.1.0"
