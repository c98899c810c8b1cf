"""npm's dotenv-expand on npm's dotenv (pure). Next.js and dotenv-cli do the same.

The rules are those of dotenv-expand 1000, found by experiment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .commands import RUNS_COMMAND, substituted
from .node_dotenv import parsed
from .reading import MOST_EXPANDED, Reading, Readings

_REFERENCE = re.compile(r"(?<!\\)\$\{([^{}]+)\}|(?<!\\)\$([A-Za-z_][A-Za-z0-9_]*)")
# How many characters are searched for references before the search counts as endless: a value may
# grow so slowly that its length alone would show that only after minutes.
_MOST_SEARCHED = MOST_EXPANDED // 4
_OPERATOR = re.compile(r":\+|\+|:-|-")
# What `$&` and its kin mean in the second argument of JavaScript's `replace` (ECMA-262, 22.1.3.19).
_PATTERN = re.compile(r"\$([$&`'])")


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``expand(config())`` does.

    ``$NAME`` is replaced between single quotes as well, by what the environment has, then by what
    the file has, and the result is searched again.
    """
    raw = parsed(text)
    finished: dict[str, str] = {}
    found: dict[str, Reading] = {}
    for name, written in raw.items():
        # `config` has put the text of all names into the environment, as it is written.
        known = {**raw, **environ, name: written}
        for other, value in finished.items():
            if known[other] == raw[other]:
                known[other] = value
        expanded = _expanded(written, known)
        if expanded is None:
            found[name] = Reading(None, "replaces a name by a value that contains it, forever")
            continue
        after = substituted(expanded)
        if after is None:
            found[name] = Reading(None, RUNS_COMMAND)
            continue
        finished[name] = after.replace("\\$", "$")
        found[name] = Reading(finished[name])
    return Readings(found)


def _expanded(value: str, known: Mapping[str, str]) -> str | None:
    """Replace references until there are none; None if that would never end."""
    searched = 0
    while match := _REFERENCE.search(value):
        searched += len(value)
        written = match[1] or match[2]
        operator = _OPERATOR.search(written)
        name = written[: operator.start()] if operator else written
        other = written[operator.end() :] if operator else ""
        if operator and operator[0] != ":-":
            there = name in known
            if operator[0] == "-":
                new = known[name] if there else other
            elif operator[0] == "+":
                new = other if there else known.get(name, "")
            else:
                new = other if known.get(name) else known.get(name, "")
        else:
            new = known.get(name) or other
        before = value
        value = _replaced(value, match, new)
        if value == known.get(name):
            return value
        if searched > _MOST_SEARCHED or len(value) > MOST_EXPANDED or value == before:
            return None
    return value


def _replaced(value: str, match: re.Match[str], new: str) -> str:
    # JavaScript's `replace` takes the first place where the text stands.
    start = value.index(match[0])
    before, after = value[:start], value[start + len(match[0]) :]
    special = {"$": "$", "&": match[0], "`": before, "'": after}
    return before + _PATTERN.sub(lambda one: special[one[1]], new) + after
