"""``bun --env-file``, and the ``.env`` that Bun reads by itself (pure).

The rules are those of Bun 1.4, found by experiment and in its ``env_loader``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .docker import BYTE_ORDER_MARK
from .reading import MOST_EXPANDED, Reading, Readings

_BLANKS = "\t\v\f \n\r"
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_SPACE = re.compile(rf"[{_BLANKS}]*")
_LINE_END = re.compile(r"[\n\r]")
_BARE = re.compile(r"[^#\r\n]*")
_REFERENCE = re.compile(r"\\\$|\$(?:(?P<bare>[A-Za-z0-9_]+)|\{(?P<braced>[A-Za-z0-9_]*))")


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as Bun does.

    ``$NAME`` is replaced in every kind of value, also between single quotes, after the whole file
    is read. Only a backslash before the ``$`` protects it.
    """
    raw = _Parser(text.removeprefix(BYTE_ORDER_MARK)).settings()
    known = {**raw, **environ}
    found: dict[str, Reading] = {}
    room = MOST_EXPANDED
    for name, written in raw.items():
        value = _expanded(written, {**known, name: written})[:room]
        room -= len(value)
        # A variable of the process ends at a NUL.
        found[name] = Reading(value.partition("\0")[0])
        known.setdefault(name, value)
        if name not in environ:
            known[name] = value
    return Readings(found)


class _Parser:
    """Reads names and values, one after the other; `at` is how far it came."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def settings(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while self.at < len(self.text):
            name = self.name()
            if name is None:
                end = _LINE_END.search(self.text, self.at)
                self.at = end.end() if end else len(self.text)
            else:
                found[name] = self.value()
        return found

    def skip_blanks(self) -> None:
        blanks = _SPACE.match(self.text, self.at)
        self.at = blanks.end() if blanks else self.at

    def name(self, *, exported: bool = False) -> str | None:
        """Return the name of a setting, and stop after its ``=``; None if there is no setting."""
        if not exported:
            self.skip_blanks()
        start = self.at
        match = _NAME.match(self.text, start)
        if match and match.end() < len(self.text):
            self.at = match.end()
            self.skip_blanks()
            if not exported and match[0] == "export" and match.end() < self.at:
                inner = self.name(exported=True)
                if inner is not None:
                    return inner
            following = self.text[self.at : self.at + 2]
            if following[:1] == "=":
                self.at += 1
                return match[0]
            if following[:1] == ":" and following[1:] and following[1] in _BLANKS:
                self.at += 2
                return match[0]
        self.at = start
        return None

    def value(self) -> str:
        start = self.at
        self.skip_blanks()  # over line ends too, if a value in quotes follows
        quote = self.text[self.at : self.at + 1]
        if quote and quote in "`\"'":
            quoted = self.quoted(quote)
            if quoted is not None:
                return quoted
        match = _BARE.match(self.text, start)
        assert match is not None
        self.at = match.end()
        return match[0].strip(_BLANKS)

    def quoted(self, quote: str) -> str | None:
        """Return a value in quotes; None if nothing closes it. What follows it is skipped."""
        end = self.at + 1
        while end < len(self.text) and self.text[end] != quote:
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            return None
        value = re.sub(r"\r\n?", "\n", self.text[self.at + 1 : end])
        rest = _LINE_END.search(self.text, end)
        self.at = rest.start() if rest else len(self.text)
        if quote != '"':
            return value
        known = {"\\n": "\n", "\\r": "\r"}
        return re.sub(r"(?s)\\.", lambda escape: known.get(escape[0], escape[0]), value)


def _expanded(value: str, known: Mapping[str, str]) -> str:
    """Replace references; what replaces them is not searched, except for a default."""
    parts: list[str] = []
    at = 0
    while at < len(value):
        reference = _REFERENCE.match(value, at)
        if reference is None:
            parts.append(value[at])
            at += 1
        elif reference[0] == "\\$":
            parts.append("$")
            at += 2
        elif reference["bare"]:
            parts.append(known.get(reference["bare"], ""))
            at = reference.end()
        else:
            end = _closing(value, reference.end())
            if end < 0:
                # What it does not know stays as it is, with what is inside the braces.
                end = _matching(value, reference.end())
                end = len(value) if end < 0 else end + 1
                parts.append(value[at:end])
                at = end
                continue
            default = value[reference.end() : end].removeprefix(":-")
            found = known.get(reference["braced"])
            parts.append(_expanded(default, known) if found is None else found)
            at = end + 1
    return "".join(parts)


def _closing(value: str, at: int) -> int:
    """Return where the brace of a reference closes; -1 if it is not one that Bun knows."""
    if value[at : at + 1] == "}":
        return at
    if not value.startswith(":-", at):
        return -1
    return _matching(value, at)


def _matching(value: str, at: int) -> int:
    """Return where the brace is closed that was opened before ``at``; -1 if it is not."""
    depth = 1
    while at < len(value):
        if value[at] == "\\":
            at += 1
        elif value.startswith("${", at):
            depth += 1
        elif value[at] == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    return -1
