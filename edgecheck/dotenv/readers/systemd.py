"""systemd's ``EnvironmentFile=`` (pure).

The rules are those of ``src/basic/env-file.c`` since version 254; before it, a comment that ended
with a backslash went on in the next line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .reading import EXPORTED, Reading, Readings, line_of

_NEWLINE = "\n\r"
_BLANK = " \t\n\r"
_COMMENT = "#;"
# What a backslash may protect between double quotes; before anything else it stays.
_ESCAPED = '"\\`$'
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXPORTED = re.compile(rf"export[ \t]+({_NAME.pattern})")


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``EnvironmentFile=`` does.

    An assignment whose name has a blank, as with ``export``, is left out with a word in the
    journal. The value may consist of several pieces in quotes, whose last one may be a comment that
    was not meant as a part of it.
    """
    if "\0" in text:
        return Readings.refused(line_of(text, text.index("\0")), "a NUL character")
    found: dict[str, Reading] = {}
    for name, value in _Parser(text).assignments():
        if _NAME.fullmatch(name):
            found[name] = Reading(value)
        elif exported := _EXPORTED.fullmatch(name):
            found.setdefault(exported[1], Reading(None, EXPORTED))
    return Readings(found)


class _Parser:
    """The states in which systemd reads a file, a method each; each leaves `at` where it ended."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def assignments(self) -> Iterator[tuple[str, str]]:
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in _COMMENT:
                self.skip_comment()
            elif character in _BLANK:
                self.at += 1
            elif (name := self.name()) is not None:
                yield name.rstrip(_BLANK), self.value()

    def skip_comment(self) -> None:
        while self.at < len(self.text) and self.text[self.at] not in _NEWLINE:
            self.at += 1
        self.at += 1

    def name(self) -> str | None:
        """Return what is before the ``=``; None for a line without."""
        start = self.at
        self.at += 1  # the first character is a part of the name even if it is a `=`
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == "=":
                return self.text[start : self.at - 1]
            if character in _NEWLINE:
                return None
        return None

    def value(self) -> str:
        """Return the value, up to the end of its last line."""
        value = ""
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in _NEWLINE:
                self.at += 1
                return value
            if character == "'":
                value += self.single_quoted()
            elif character == '"':
                value += self.double_quoted()
            elif character in _BLANK:
                self.at += 1
            else:
                return value + self.bare()
        return value

    def single_quoted(self) -> str:
        end = self.text.find("'", self.at + 1)
        end = len(self.text) if end < 0 else end
        value = self.text[self.at + 1 : end]
        self.at = end + 1
        return value

    def double_quoted(self) -> str:
        value = ""
        self.at += 1
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == '"':
                return value
            if character != "\\":
                value += character
            elif self.at < len(self.text):
                escaped = self.text[self.at]
                self.at += 1
                if escaped != "\n":
                    value += escaped if escaped in _ESCAPED else "\\" + escaped
        return value

    def bare(self) -> str:
        """Return the rest of a value that is not in quotes, without the blanks at its end."""
        value, kept = "", 0
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character in _NEWLINE:
                return value[:kept]
            if character == "\\":
                escaped = self.text[self.at : self.at + 1]
                self.at += 1
                value += "" if escaped in _NEWLINE else escaped
                kept = len(value)
            else:
                value += character
                kept = kept if character in _BLANK else len(value)
        return value[:kept]
