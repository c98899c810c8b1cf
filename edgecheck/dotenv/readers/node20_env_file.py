"""``node --env-file`` of Node 20 (pure). The rules are those of its ``src/node_dotenv.cc``."""

from __future__ import annotations

from collections.abc import Mapping

from .reading import Readings

_QUOTES = "'\"`"


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as Node 20 does.

    A name begins where the last line ended and goes on to the next ``=``, over line ends too. So a
    line without ``=`` becomes a part of the next line's name, and that setting is lost.
    """
    found: dict[str, str] = {}
    text = text.replace("\r", "").strip(" ")
    while text:
        if text[0] in "\n#" and "\n" in text:
            text = text.partition("\n")[2]
            continue
        name, equals, text = text.partition("=")
        name = name.strip(" ")
        if not equals or not name:
            break
        value, text = _value(text.strip(" "))
        if value is not None:
            found[name.removeprefix("export ")] = value
    return Readings.of(found)


def _value(text: str) -> tuple[str | None, str]:
    """Return a value, and the text from its line end on; None if nothing is set."""
    quote = text[:1]
    if not quote or quote not in _QUOTES:
        line = text.partition("\n")[0]
        return line.partition("#")[0].strip(" "), text[len(line) :]
    end = text.find(quote, 1)
    if end < 0:
        line, newline, _ = text.partition("\n")
        return (line, text[len(line) :]) if newline else (None, text)
    value = text[1:end]
    if quote == '"':
        value = value.replace("\\n", "\n")
    after = text.find("\n", end + 1)
    return value, text[after:] if after >= 0 else ""
