"""edgecheck: why an edge agent's WebSocket does not connect, and what to do about it.

settings  what is set, and where                  facts      what was seen (frozen values)
probe     opens connections, fills in facts       catalogue  what it means (the problems)
diagnose  facts to a verdict (pure)               report     one value, rendered by render
checkup   where they meet: read it first          agent      a connection that stays
simulator a backend that fails on demand          repl       talking to it by hand
cli       one file a command
"""

__version__ = "0.1.0"
