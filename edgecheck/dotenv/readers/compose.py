"""``docker compose`` with ``env_file:`` (pure).

The rules are those of ``dotenv/`` and ``template/`` in compose-go: 2.26 and those of July 2026 are
alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .docker import BYTE_ORDER_MARK
from .godotenv import BLANKS, skip_to_statement
from .reading import MOST_EXPANDED, Readings, line_of

_NAME_CHARACTERS = "_.-[]"
_ESCAPE = re.compile(r"\\(?:[abcfnrtv$\"\\]|0\d{0,3})")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_REFERENCE = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<named>[_a-zA-Z][_a-zA-Z0-9]*)"
    r"|\{(?P<braced>[_a-zA-Z][_a-zA-Z0-9]*(?::?[-?+](?:.*\}|[^}]*))?)\}|(?P<invalid>\{))"
)
_OPERATOR = re.compile(r":?[-?+]")


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``env_file:`` in a compose file does.

    ``$NAME`` and ``${NAME}`` are replaced, except between single quotes; ``$$`` is a dollar sign.
    For one line that it does not understand compose refuses the whole file.
    """
    parser = _Parser(text.removeprefix(BYTE_ORDER_MARK), environ)
    try:
        return Readings.of(
            {name: value for name, value in parser.settings().items() if not name[:1].isdigit()}
        )
    except SyntaxError as error:
        return Readings.refused(line_of(parser.text, parser.at), str(error))


class _Parser:
    """Reads statements; `at` is how far it came."""

    def __init__(self, text: str, environ: Mapping[str, str]) -> None:
        self.text, self.environ, self.at = text, environ, 0
        self.found: dict[str, str] = {}

    def settings(self) -> dict[str, str]:
        while (start := skip_to_statement(self.text, self.at)) < len(self.text):
            self.at = start
            name, passed_on = self.name()
            if " " in name:
                raise SyntaxError("a blank in its name")
            if not passed_on:
                self.found[name] = self.value()
            elif name in self.environ:
                self.found[name] = self.environ[name]
        return self.found

    def skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in BLANKS:
            self.at += 1

    def name(self) -> tuple[str, bool]:
        """Return a name, and whether it is alone in its line; stop where its value begins."""
        if re.compile(r"export\s").match(self.text, self.at):
            self.at += len("export")
            self.skip_blanks()
        for end in range(self.at, len(self.text)):
            character = self.text[end]
            if character in "=:\n":
                name = self.text[self.at : end].rstrip()
                self.at = end + 1
                self.skip_blanks()
                return name, character == "\n"
            if character not in BLANKS + _NAME_CHARACTERS and not (
                character.isalpha() or character.isnumeric()
            ):
                raise SyntaxError("a character in its name that is not valid")
        return "", False

    def value(self) -> str:
        quote = self.text[self.at : self.at + 1]
        if quote in ("'", '"'):
            return self.quoted(quote)
        line = self.text[self.at :].partition("\n")[0]
        value = self.expanded(line.partition(" #")[0].rstrip())
        self.at += len(line) + 1
        return value

    def quoted(self, quote: str) -> str:
        value, end = "", self.at + 1
        while end < len(self.text) and self.text[end] != quote:
            if self.text[end] == "\\" and end + 1 < len(self.text):
                # A backslash goes only from before the quote.
                value += "" if self.text[end + 1] == quote else "\\"
                end += 1
            value += self.text[end]
            end += 1
        if end >= len(self.text):
            raise SyntaxError("a quote that is never closed")
        if quote == '"':
            value = self.expanded(_ESCAPE.sub(_unescaped, value))
        self.at = end + 1
        return value

    def known(self, name: str) -> str | None:
        return self.environ.get(name, self.found.get(name))

    def expanded(self, value: str) -> str:
        room = MOST_EXPANDED - sum(map(len, self.found.values()))
        return self.substituted(value)[: max(room, 0)]

    def substituted(self, value: str) -> str:
        return _REFERENCE.sub(self.replaced, value)

    def replaced(self, match: re.Match[str]) -> str:
        # The pattern is greedy: what follows the first closing brace is looked at by itself.
        end = _closing(match[0])
        rest = match[0][end + 1 :] if end >= 0 else ""
        one = _REFERENCE.match(match[0][: end + 1]) if end >= 0 else match
        if one is None or one["invalid"]:
            raise SyntaxError("a `${` that no `}` closes, or without a name in it")
        if one["escaped"]:
            return "$"
        if one["named"]:
            return self.known(one["named"]) or ""
        return self.braced(one["braced"]) + (self.substituted(rest) if rest else "")

    def braced(self, written: str) -> str:
        operator = _OPERATOR.search(written)
        if operator is None:
            return self.known(written) or ""
        name, other = written[: operator.start()], written[operator.end() :]
        value = self.known(name)
        there = value is not None and (value != "" or ":" not in operator[0])
        if operator[0].endswith("+"):
            return self.substituted(other) if there else ""
        if there:
            return value or ""
        if operator[0].endswith("?"):
            raise SyntaxError("a `${NAME?…}` whose NAME is not set")
        return self.substituted(other)


def _unescaped(match: re.Match[str]) -> str:
    escape = match[0][1:]
    if escape == "$":
        return "$$"
    if escape.startswith("0"):
        # It takes the zero away before it looks whether the digits are an octal number.
        digits = escape[1:]
        return chr(int(digits, 8)) if re.fullmatch(r"[0-3][0-7]{2}", digits) else "\\" + digits
    return _ESCAPES.get(escape, escape if escape in '"\\' else match[0])


def _closing(text: str) -> int:
    """Return where the first brace that opens is closed; -1 if it is not."""
    opened, at = 0, 0
    while at < len(text):
        if text[at] == "}":
            opened -= 1
            if not opened:
                return at
        if text.startswith("${", at):
            opened += 1
            at += 1
        at += 1
    return -1
