"""``node --env-file`` and ``process.loadEnvFile`` (pure).

The rules are those of ``src/node_dotenv.cc`` in Node 22, 24 and 26, which are alike. Deno's are a
port of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .reading import Readings

_SPACES = " \t\n"
_QUOTES = "'\"`"

# Returns where a value in quotes ends, or -1. It takes the text, which begins with the quote.
Closing = Callable[[str], int]


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``node --env-file`` does.

    A value in quotes ends at the next quote of that kind, whatever follows it. A ``#`` outside
    quotes begins a comment.
    """
    return Readings.of({name: value for name, value, _ in statements(text, _first_quote)})


def _first_quote(text: str) -> int:
    return text.find(text[0], 1)


def statements(text: str, closing: Closing) -> Iterator[tuple[str, str, bool]]:
    """Yield each name, its value, and whether Deno replaces references in it.

    Args:
        text: of the file.
        closing: says where a value in quotes ends.
    """
    text = text.replace("\r", "").strip(_SPACES)
    while text:
        if text[0] in "\n#":
            text = text.partition("\n")[2]
            continue
        line, newline, _ = text.partition("\n")
        if "=" not in line:
            if not newline:
                return
            text = text[len(line) + 1 :].strip(_SPACES)
            continue
        name, _, text = text.partition("=")
        name = name.strip(_SPACES)
        if not text or text[0] == "\n":
            yield name, "", False
            continue
        text = text.strip(_SPACES)
        if not name:
            continue
        if name.startswith("export "):
            name = name.removeprefix("export ").strip(_SPACES)
        value, expandable, text = _value(text, closing)
        yield name, value, expandable


def _value(text: str, closing: Closing) -> tuple[str, bool, str]:
    """Return a value, whether references in it are replaced, and the text after its line."""
    end = closing(text) if text and text[0] in _QUOTES else -1
    if end > 0:
        value = text[1:end]
        if text[0] == '"':
            value = value.replace("\\n", "\n")
        return value, text[0] == '"', text[end + 1 :].partition("\n")[2]
    line, _, rest = text.partition("\n")
    if text and text[0] in _QUOTES:
        return line, False, rest.strip(_SPACES)
    return line.partition("#")[0].strip(_SPACES), True, rest.strip(_SPACES)
