"""``deno run --env-file`` (pure). The rules are those of ``libs/dotenv`` in Deno 2.9."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .node_env_file import statements
from .reading import MOST_EXPANDED, Readings, line_of

_REFERENCE = re.compile(r"\\\$|\$\{([^}]*)\}?|\$([A-Za-z0-9]*)")
_ONLY_SIGNS = re.compile(r"(?m)^[ \t=]*=$")
_SPACES = " \t\n"


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``deno --env-file`` does.

    ``$NAME`` is replaced, and a name has no ``_`` there. Of two lines with one name the first one
    counts, because by then the environment has the name.
    """
    earlier: dict[str, str] = {}
    first: dict[str, str] = {}
    room = MOST_EXPANDED
    for name, written, expandable in statements(text, _closing):
        if not name:
            # Deno ends then, because no system takes such a variable.
            stray = _ONLY_SIGNS.search(text.replace("\r", ""))
            stop = line_of(text.replace("\r", ""), stray.start()) if stray is not None else 1
            return Readings({}, stop, f"ends at line {stop}: a `=` without a name")
        value = written
        if expandable and "$" in written:
            value = _expanded(written, earlier, environ)[:room]
            room -= len(value)
        earlier[name] = value
        first.setdefault(name, value)
    return Readings.of(first)


def _expanded(value: str, earlier: Mapping[str, str], environ: Mapping[str, str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match[0] == "\\$":
            return "$"
        name = match[2] if match[1] is None else match[1]
        return environ.get(name, earlier.get(name, ""))

    return _REFERENCE.sub(replaced, value)


def _closing(text: str) -> int:
    """Return where a value in quotes ends: at a quote that nothing or a comment follows, if any."""
    first = text.find(text[0], 1)
    if first < 0:
        return -1
    end = text.find("\n", first + 1)
    line = text[:end] if end >= 0 else text
    after = line[first + 1 :].strip(_SPACES)
    if not after or after[0] == "#":
        return first
    last = first
    for at in range(len(line) - 1, first, -1):
        if line[at] != text[0]:
            continue
        after = line[at + 1 :].strip(_SPACES)
        if after.startswith("#"):
            return at
        if not after and last == first:
            last = at
    return last
