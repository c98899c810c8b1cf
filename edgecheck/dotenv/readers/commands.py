"""``$(…)`` in values, as some readers run it (pure).

Nothing is run here. Only ``echo`` with plain words has a value that is known all the same.
"""

from __future__ import annotations

import re

RUNS_COMMAND = "runs the text in `$(…)` as a command"
_ECHO = re.compile(r"\s*echo((?:[ \t]+[A-Za-z0-9_.,:/@%+=-]+)*)\s*")
_COMMAND = re.compile(r"\$\(([^()$`'\"\\]*)\)")
# Ruby's dotenv takes a backslash before the `$` away, and runs nothing.
_ESCAPED = re.compile(r"\\(\$\([^()]+\))")


def output(command: str) -> str | None:
    """Return what a command prints, without its last line end; None if it had to be run."""
    match = _ECHO.fullmatch(command)
    words = match[1].split() if match else ["-"]
    # An option of echo may change what it prints.
    return None if any(word.startswith("-") for word in words) else " ".join(words)


def substituted_or_escaped(value: str) -> str | None:
    """Do what `substituted` does, except where a backslash is before the ``$``, which goes."""
    pieces = enumerate(_ESCAPED.split(value))
    known = [piece if index % 2 else substituted(piece) for index, piece in pieces]
    return None if None in known else "".join(filter(None, known))


def substituted(value: str) -> str | None:
    """Replace each ``$(…)`` by what it prints; None if a command had to be run for that."""
    if "$(" not in value:
        return value
    known = [output(match[1]) for match in _COMMAND.finditer(value)]
    if None in known or len(known) != value.count("$("):
        return None
    return _COMMAND.sub(lambda match: output(match[1]) or "", value)
