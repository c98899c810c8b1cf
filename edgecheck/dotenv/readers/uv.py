"""``uv run --env-file`` (pure). The rules are those of dotenvy 0.15, which uv 0.13 uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .reading import MOST_EXPANDED, Readings, StoppedError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "$": "$", " ": " ", "n": "\n"}


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``uv run --env-file`` does.

    It stops at the first line that it does not understand, and keeps what came before. Of two lines
    with one name the first one counts, because by then the environment has the name.
    """
    first: dict[str, str] = {}
    earlier: dict[str, str] = {}
    try:
        for number, line in _statements(text):
            setting = _setting(line, number, environ, earlier)
            if setting is not None:
                name, value = setting
                earlier[name] = value
                first.setdefault(name, value)
    except StoppedError as stop:
        return Readings.of(first, stop.line, f"gives up in line {stop.line}: {stop.why}")
    return Readings.of(first)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each statement with the number of its first line: lines joined while a quote is open.

    Raises:
        StoppedError: the last quote is never closed.
    """
    state, start, joined = "", 0, ""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line and 1 < number == len(lines):
            break
        joined += line + "\n"
        start = start or number
        if joined.lstrip().startswith("#"):
            state, start, joined = "", 0, ""
            continue
        state, comment = _state_after(line + "\n", state)
        if comment is not None:
            kept = joined[: len(joined) - len(line) - 1 + comment]
            yield start, kept
            state, start, joined = "", 0, ""
        elif not state:
            yield start, joined
            start, joined = 0, ""
    if joined:
        raise StoppedError(start, "a quote or a backslash at its end that goes on")


def _state_after(line: str, state: str) -> tuple[str, int | None]:
    """Follow the quotes of a line.

    Returns:
        The quote that is open at its end, with a backslash if that is open too, and where a comment
        begins, if one does. A blank outside quotes is a state as well: a comment may follow it.
    """
    for at, character in enumerate(line):
        if state == " " and character == "#":
            return "", at
        if state in ("", " "):
            if character in "'\"\\":
                state = character
            elif not state and character.isspace() and character not in "\r\n":
                state = " "
            else:
                state = ""
        elif state == "\\":
            state = ""
        elif state.endswith("\\"):
            state = state[0]
        elif character == "\\":
            state += "\\"
        elif character == state:
            state = ""
    return ("" if state == " " else state), None


def _setting(
    line: str, number: int, environ: Mapping[str, str], earlier: Mapping[str, str]
) -> tuple[str, str] | None:
    """Return the name and the value of a statement; None for a comment or a blank line."""
    rest = line.strip()
    if not rest or rest.startswith("#"):
        return None
    name, rest = _name(rest, number)
    if name == "export" and not rest.startswith("="):
        name, rest = _name(rest, number)
    if not rest.startswith("="):
        raise StoppedError(number, "no `=` after the name")
    rest = rest[1:].lstrip()
    if not rest or rest.startswith("#"):
        return name, ""
    return name, _Value(number, environ, earlier).of(rest)


def _name(text: str, number: int) -> tuple[str, str]:
    match = _NAME.match(text)
    if match is None:
        raise StoppedError(number, "a name that is not valid")
    return match[0], text[match.end() :].lstrip()


class _Value:
    """Reads one value, a character after the other."""

    def __init__(self, number: int, environ: Mapping[str, str], earlier: Mapping[str, str]) -> None:
        self.number, self.environ, self.earlier = number, environ, earlier
        self.output = ""
        # The name that a `$` began; None outside of one.
        self.name: str | None = None
        self.braced = False
        self.quote = ""

    def of(self, text: str) -> str:
        escaped = ended = False
        for character in text:
            if ended:
                if character == "#":
                    break
                if character not in " \t":
                    raise StoppedError(self.number, "a word after a blank")
            elif escaped:
                if character not in _ESCAPES:
                    raise StoppedError(self.number, "a backslash before a letter")
                self.output += _ESCAPES[character]
                escaped = False
            elif self.quote == "'":
                if character == "'":
                    self.quote = ""
                else:
                    self.output += character
            elif self.name is not None:
                self.reference(character)
            elif character == "$":
                self.name = ""
            elif character == "\\":
                escaped = True
            elif character == '"' or (character == "'" and not self.quote):
                self.quote = "" if self.quote else character
            elif character in " \t" and not self.quote:
                ended = True
            else:
                self.output += character
        if self.quote or self.braced:
            raise StoppedError(self.number, "a quote or a `${` that is never closed")
        if self.name is not None:
            self.replace()
        return self.output

    def reference(self, character: str) -> None:
        """Read on after a ``$``; what ends a name is a part of the value, even a quote."""
        assert self.name is not None
        if character.isalnum():
            self.name += character
        elif self.braced:
            if character == "}":
                self.replace()
            else:
                self.name += character
        elif character == "{" and not self.name:
            self.braced = True
        else:
            self.replace()
            if character == "$":
                self.name = ""
            else:
                self.output += character

    def replace(self) -> None:
        name = self.name or ""
        new = self.environ.get(name, self.earlier.get(name, ""))
        self.output += new[: max(0, MOST_EXPANDED - len(self.output))]
        self.name, self.braced = None, False
