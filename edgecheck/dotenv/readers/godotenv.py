"""Go's godotenv (pure). The rules are those of its ``parser.go`` in 1.5.1."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .reading import MOST_EXPANDED, Readings, line_of

# Blanks that do not end a line, as godotenv and compose count them.
BLANKS = "\t\v\f\r \x85\xa0"
_REFERENCE = re.compile(r"(\\)?\$(\()?\{?([A-Z0-9_]+)?\}?")
_KNOWN_ESCAPES = {"\\n": "\n", "\\r": "\r"}


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``godotenv.Load`` does.

    For one line that it does not understand nothing is set. ``$NAME`` is replaced by what the file
    has, not by what the environment has.
    """
    parser = _Parser(text.replace("\r\n", "\n"))
    try:
        return Readings.of(parser.settings())
    except SyntaxError as error:
        return Readings.refused(line_of(parser.text, parser.at), str(error))


def skip_to_statement(text: str, at: int) -> int:
    """Return where the next statement begins, after blanks and comments."""
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        else:
            break
    return at


def is_name_character(character: str) -> bool:
    """Tell whether a character may be in a name, byte by byte as the Latin-1 letters that they are.

    The library looks at single bytes, so that some letters outside ASCII pass and others do not.
    """
    return all(
        byte in (0x5F, 0x2E) or chr(byte).isalpha() or chr(byte).isnumeric() or chr(byte) in BLANKS
        for byte in character.encode("utf-8", "surrogatepass")
    )


class _Parser:
    """Reads statements; `at` is how far it came."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.found: dict[str, str] = {}

    def settings(self) -> dict[str, str]:
        while (start := skip_to_statement(self.text, self.at)) < len(self.text):
            self.at = start
            name = self.name()
            self.found[name] = self.value()
        return self.found

    def skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in BLANKS:
            self.at += 1

    def name(self) -> str:
        """Return a name, and stop after its ``=`` or ``:`` and the blanks there."""
        if self.text.startswith("export", self.at) and self.text[self.at + 6 :][:1] in tuple(
            BLANKS
        ):
            self.at += 6
            self.skip_blanks()
        for end in range(self.at, len(self.text)):
            character = self.text[end]
            if character in "=:":
                name = self.text[self.at : end]
                self.at = end + 1
                self.skip_blanks()
                return name.rstrip()
            if not is_name_character(character):
                raise SyntaxError("a character in its name that is not valid")
        # A name that the end of the file ends is a value of the empty name.
        return ""

    def value(self) -> str:
        quote = self.text[self.at : self.at + 1]
        if quote in ("'", '"'):
            return self.quoted(quote)
        match = re.compile(r"[^\n\r]*").match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        line = match[0]
        for at in range(len(line) - 1, 0, -1):
            if line[at] == "#" and line[at - 1] in BLANKS:
                line = line[:at]
                break
        return self.expanded(line.strip(BLANKS))

    def quoted(self, quote: str) -> str:
        end = self.at
        while True:
            end = self.text.find(quote, end + 1)
            if end < 0:
                raise SyntaxError("a quote that is never closed")
            if self.text[end - 1] != "\\":
                break
        value = self.text[self.at : end].strip(quote)
        self.at = end + 1
        if quote == "'":
            return value
        value = re.sub(r"\\.", lambda one: _KNOWN_ESCAPES.get(one[0], one[0]), value)
        return self.expanded(re.sub(r"\\([^$])", r"\1", value))

    def expanded(self, value: str) -> str:
        def replaced(match: re.Match[str]) -> str:
            if match[1]:
                return match[0][1:]
            return self.found.get(match[3], "") if match[3] else match[0]

        room = MOST_EXPANDED - sum(map(len, self.found.values()))
        return _REFERENCE.sub(replaced, value)[: max(room, 0)]
