"""python-dotenv (pure). The library itself is asked, so that no rule of it is repeated here."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

from ...frozen import dataclass
from ...late import compiled
from .docker import BYTE_ORDER_MARK
from .reading import MOST_EXPANDED, Reading, Readings

# In one value, only so many `${NAME}` are replaced. For each `${` without a closing brace the
# library searches the rest of the value, which takes time by the square of their number.
_MOST_NAMES = 200


@dataclass(frozen=True)
class Statement:
    """One statement, as the library parses it.

    Args:
        number: of its first line, 1-based.
        text: from its first character that is not blank to the end of its last line.
        key: the name; None for a comment, blank lines, and what is not understood.
        written: what the name would be set to without expansion; None if there is no ``=``.
        value: what the name is set to, expanded.
        expanded: each name in ``${NAME}`` that was replaced, and whether it had a value.
        understood: False for a statement that the library skips.
    """

    number: int
    text: str
    key: str | None
    written: str | None
    value: str | None
    expanded: tuple[tuple[str, bool], ...]
    understood: bool


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``dotenv.load_dotenv`` does: a byte-order mark is skipped."""
    found: dict[str, Reading] = {}
    for statement in statements(text.removeprefix(BYTE_ORDER_MARK), environ):
        if statement.key is None:
            continue
        if statement.value is None:
            # The last statement counts, even if it has no `=` (dotenv.main.DotEnv.dict).
            found.pop(statement.key, None)
        else:
            found[statement.key] = Reading(statement.value)
    return Readings(found)


def statements(text: str, environ: Mapping[str, str]) -> Iterator[Statement]:
    """Read as ``dotenv.load_dotenv`` does, in which the environment wins over earlier lines."""
    return _plain(text) if _PLAIN.fullmatch(text) else _parsed(text, environ)


def _parsed(text: str, environ: Mapping[str, str]) -> Iterator[Statement]:
    """Let the library parse a text."""
    # Late: it imports logging and tempfile, which `explain` has no use for.
    from dotenv.parser import parse_stream

    earlier: dict[str, str | None] = {}
    room = MOST_EXPANDED
    # newline=None, because python-dotenv opens the file in text mode: CR LF and CR end a line.
    for binding in parse_stream(io.StringIO(text, newline=None)):
        # The parser counts the blank lines before a statement as a part of it.
        whole = binding.original.string
        body = whole.lstrip()
        number = binding.original.line + whole.count("\n", 0, len(whole) - len(body))
        value = binding.value
        expanded: tuple[tuple[str, bool], ...] = ()
        if binding.key is not None:
            if value is not None:
                value, expanded = _expand(value, earlier, environ, room)
                room -= len(value) if expanded else 0
            earlier[binding.key] = value
        yield Statement(
            number, body, binding.key, binding.value, value, expanded, not binding.error
        )


# A file like most: comments, and names with values in which nothing has a meaning of its own. All
# readers read it alike, and the library takes ten times as long. Blank lines at its end are a
# statement of their own for it.
_PLAIN = compiled(
    r"\n*+(?:(?:[A-Za-z_][A-Za-z0-9_]*+=[A-Za-z0-9_.,:;/@%+=?&~-]*+|#[ -~]*+)"
    r"(?:\n++(?!\Z)|\n?\Z))++"
)


def _plain(text: str) -> Iterator[Statement]:
    """Read a plain file as the library does."""
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line == "\n":
            continue
        key, _, value = line.rstrip("\n").partition("=")
        if line.startswith("#"):
            yield Statement(number, line, None, None, None, (), understood=True)
        else:
            yield Statement(number, line, key, value, value, (), understood=True)


def _expand(
    value: str, earlier: Mapping[str, str | None], environ: Mapping[str, str], room: int
) -> tuple[str, tuple[tuple[str, bool], ...]]:
    """Replace each ``${NAME}`` in a value; the result has at most ``room`` characters."""
    if "${" not in value:
        return value[:room], ()
    from dotenv.variables import Variable, parse_variables

    known: dict[str, str | None] = {**earlier, **environ}
    *first, rest = value.split("${", _MOST_NAMES)
    beyond = f"${{{rest}" if len(first) == _MOST_NAMES else ""
    atoms = tuple(parse_variables(value.removesuffix(beyond)))
    names = tuple(
        (atom.name, bool(known.get(atom.name) or atom.default))
        for atom in atoms
        if isinstance(atom, Variable)
    )
    parts = []
    for atom in atoms:
        parts.append(atom.resolve(known)[:room])
        room -= len(parts[-1])
    return "".join(parts) + beyond, names
