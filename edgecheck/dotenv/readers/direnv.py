"""``dotenv`` in an ``.envrc`` (pure). The rules are those of direnv 2.32, found by experiment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from .reading import MOST_EXPANDED, Readings

# `\s` in Go.
_S = r"[\t\n\f\r ]"
_LINE = re.compile(
    rf"{_S}*(?:|#.*|(?:export{_S}+)?([A-Za-z0-9_.]+)(?:{_S}*={_S}*|:{_S}+?)"
    rf"('(?:'|[^'])*'|\"(?:\"|[^\"])*\"|[^\t\n\f\r #]+)?{_S}*(?:#.*)?)"
)
_ALONE = "*#$@!?-0123456789"


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as direnv does.

    For one line that it does not understand, such as one with a blank in a bare value, nothing is
    set.
    """
    found: dict[str, str] = {}
    room = MOST_EXPANDED
    number = 1
    for piece in re.split(r"([\r\n]+)", text):
        if piece.strip("\r\n") == "" and piece:
            number += piece.count("\n")
            continue
        match = _LINE.fullmatch(piece)
        if match is None:
            return Readings.refused(number, "a form that it does not understand")
        if match[1]:
            found[match[1]] = _value(match[2] or "", found, environ)[:room]
            room -= len(found[match[1]])
    return Readings.of(found)


def _value(written: str, found: Mapping[str, str], environ: Mapping[str, str]) -> str:
    if len(written) <= 1:
        return written
    value = written
    if written[0] == written[-1] == "'":
        return written[1:-1]
    if written[0] == written[-1] == '"':
        value = written[1:-1].replace("\\n", "\n").replace("\\r", "\r")
        value = re.sub(r"\\([^$])", r"\1", value)
    return expand(value, lambda name: _known(name, found, environ))


def _known(written: str, found: Mapping[str, str], environ: Mapping[str, str]) -> str:
    name, operator, default = written.partition(":-")
    if name in found:
        return found[name]
    value = environ.get(name, "")
    return default if not value and operator else value


def expand(value: str, known: Callable[[str], str]) -> str:
    """Replace references as Go's ``os.Expand`` does.

    Args:
        value: to be searched.
        known: returns the value of a name, which may be one of the shell's, such as ``$``.
    """
    parts: list[str] = []
    at = 0
    while (dollar := value.find("$", at)) >= 0 and dollar + 1 < len(value):
        parts.append(value[at:dollar])
        name, size = _name(value[dollar + 1 :])
        if name:
            parts.append(known(name))
        elif not size:
            parts.append("$")
        at = dollar + 1 + size
    return "".join(parts) + value[at:]


def _name(text: str) -> tuple[str, int]:
    """Return the name after a ``$``, and how many characters to skip."""
    if text[0] == "{":
        if len(text) > 2 and text[1] in _ALONE and text[2] == "}":
            return text[1], 3
        end = text.find("}", 1)
        if end < 0:
            return "", 1
        return text[1:end], end + 1 if end > 1 else 2
    if text[0] in _ALONE:
        return text[0], 1
    match = re.match(r"[A-Za-z0-9_]*", text)
    name = match[0] if match else ""
    return name, len(name)
