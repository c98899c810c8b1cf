"""PHP's vlucas/phpdotenv, which Laravel uses (pure).

The rules are those of ``src/Parser`` in 5.6.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from .docker import BYTE_ORDER_MARK
from .reading import MOST_EXPANDED, Readings

# What PHP's `trim` removes.
_TRIMMED = " \t\n\r\0\x0b"
_SPACE = " \t\n\r\v\f"
_TOKEN = re.compile(rf"[\r\n]{{1,1000}}|[ \t\v\f]{{1,1000}}|[\\'\"#$]|[^{_SPACE}\\'\"#$]{{1,1000}}")
_REFERENCE = re.compile(r"\$\{([a-zA-Z0-9_.]+)\}")
_ESCAPES = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``Dotenv::createImmutable(…)->load()`` does.

    For one line that it does not understand, such as one with a blank in a bare value, nothing is
    set.
    """
    found: dict[str, str] = {}
    entries: list[tuple[str, _Value | None]] = []
    for number, entry in _entries(text.removeprefix(BYTE_ORDER_MARK)):
        try:
            entries.append(_parsed(entry))
        except SyntaxError as error:
            return Readings.refused(number, str(error))
    for name, value in entries:
        if value is None:
            found.pop(name, None)
        else:
            room = MOST_EXPANDED - sum(map(len, found.values()))
            found[name] = value.resolved({**found, **environ})[: max(room, 0)]
    return Readings.of(found)


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Yield each setting with the number of its first line; a value in quotes may have several."""
    held: list[str] = []
    start = 0
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        started = '="' in line and not _is_closed(line, started=True)
        whole = line
        if started or held:
            start = start if held else number
            held.append(line)
            if not _is_closed(line, started=started):
                continue
            whole, held = "\n".join(held), []
        else:
            start = number
        bare = whole.strip(_TRIMMED)
        if bare and bare[0] != "#":
            yield start, whole


def _is_closed(line: str, *, started: bool) -> bool:
    if line == '"':
        return True
    closing = len(re.findall(r'(?=[^\\]")', line.replace("\\\\", "")))
    return closing > 1 if started else closing >= 1


class _Value:
    """A value, and where in it a ``$`` may begin a reference."""

    def __init__(self) -> None:
        self.text = ""
        self.dollars: list[int] = []

    def add(self, token: str, *, dollar: bool = False) -> None:
        if dollar:
            self.dollars.append(len(self.text))
        self.text += token

    def resolved(self, known: Mapping[str, str]) -> str:
        value = self.text
        for at in reversed(self.dollars):
            match = _REFERENCE.match(value, at)
            if match and match[1] in known and len(value) < MOST_EXPANDED:
                value = value[:at] + known[match[1]] + value[match.end() :]
        return value


def _parsed(entry: str) -> tuple[str, _Value | None]:
    name, equals, written = entry.partition("=")
    name = name.strip(_TRIMMED) if equals else name
    if equals and not name:
        raise SyntaxError("no name")
    if len(name) > 8 and name.startswith("export") and name[6] in _SPACE:
        name = name[6:].lstrip(_TRIMMED)
    if len(name) > 2 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1]
    if not name or not all(map(_is_name_character, name)):
        raise SyntaxError("a name that is not valid")
    return name, _parsed_value(written.strip(_TRIMMED)) if equals else None


def _is_name_character(character: str) -> bool:
    """Tell whether a character may be in a name: letters of any script that have cases, too."""
    kind = unicodedata.category(character)
    return character in "_." or kind[0] in "MN" or kind in ("Ll", "Lu")


def _parsed_value(written: str) -> _Value:
    value = _Value()
    state = "start"
    for token in _TOKEN.findall(written):
        if state == "comment":
            break
        if state == "escape":
            value.add(_unescaped(token))
            state = '"'
        elif state in ("'", '"'):
            if token == state:
                state = "after"
            elif state == '"' and token == "\\":
                state = "escape"
            else:
                value.add(token, dollar=token == "$" and state == '"')
        elif token == "#":
            state = "comment"
        elif state == "start" and token in "'\"":
            state = token
        elif state != "start" and token[0] in _SPACE:
            state = "after"
        elif state == "after":
            raise SyntaxError("text after a blank or a closing quote")
        else:
            value.add(token, dollar=token == "$")
            state = "bare"
    if state in ("'", '"', "escape"):
        raise SyntaxError("a quote that is never closed")
    return value


def _unescaped(token: str) -> str:
    if token in '"\\$':
        return token
    if token[0] in _ESCAPES:
        return _ESCAPES[token[0]] + token[1:]
    raise SyntaxError("a backslash before another character than `fnrtv`")
