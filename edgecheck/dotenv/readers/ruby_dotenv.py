"""Ruby's dotenv (pure). The rules are those of ``lib/dotenv/parser.rb`` in 3.2."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .commands import RUNS_COMMAND, substituted_or_escaped
from .docker import BYTE_ORDER_MARK
from .reading import MOST_EXPANDED, Reading, Readings, line_of

# `\s` in Ruby, and what `strip` removes.
_S = r"[ \t\r\n\f\v]"
_STRIPPED = " \t\r\n\f\v\0"
_LINE = re.compile(
    # Ruby has `^\s*` here. A line is the same without the blank lines before it, and a search from
    # each of a thousand blank lines would take long.
    rf"(?m)^[ \t\r\f\v]*(export{_S}+)?([A-Za-z0-9_.]+)"
    rf"(?:(?:{_S}*={_S}*?|:{_S}+?)"
    rf"({_S}*'(?:\\'|[^'])*'|{_S}*\"(?:\\\"|[^\"])*\"|[^#\n]+)?)?"
    rf"{_S}*(?:#.*)?$"
)
_QUOTED = re.compile(r"(?s)\A(['\"])(.*)\1\Z")
_REFERENCE = re.compile(r"(?i)(\\)?\$(?!\()\{?([A-Z0-9_]+)?\}?")


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``Dotenv.load`` does.

    A backslash goes from bare values too, ``$NAME`` is replaced and ``$(…)`` is run.
    """
    text = re.sub(r"\r\n?", "\n", text.removeprefix(BYTE_ORDER_MARK))
    found: dict[str, Reading] = {}
    room = MOST_EXPANDED
    for match in _LINE.finditer(text):
        exported, name, written = match.groups()
        if exported and not written:
            if name not in found:
                line = line_of(text, match.start(2))
                return Readings.refused(line, "`export` and a name that is not set")
            continue
        value = _value(written or "", found, environ)
        found[name] = Reading(None, RUNS_COMMAND) if value is None else Reading(value[:room])
        room -= len(value or "")
    return Readings(found)


def _value(written: str, found: Mapping[str, Reading], environ: Mapping[str, str]) -> str | None:
    value = written.strip(_STRIPPED)
    quoted = _QUOTED.search(value)
    quote = quoted[1] if quoted else ""
    if quoted:
        value = quoted[2]
    if quote == "'":
        return value
    if quote:
        value = value.replace("\\n", "\\\\n").replace("\\r", "\\\\r")
    value = re.sub(r"\\([^$])", r"\1", value)

    def replaced(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        if not match[2]:
            return match[0]
        earlier = found.get(match[2], Reading("")).value or ""
        return environ.get(match[2], earlier)

    return substituted_or_escaped(_REFERENCE.sub(replaced, value))
