"""``export $(grep -v '^#' .env | xargs)`` (pure). The rules are those of GNU xargs and bash 5.2."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .reading import Readings, StoppedError, line_of

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=(.*)", re.DOTALL)
_WORD_ENDS = " \t\n"
# xargs skips these before a word; after it they are a part of the word.
_SKIPPED_BEFORE_WORDS = "\r\v\f"


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as that line of a script does.

    xargs takes quotes and backslashes away, and then the shell splits at blanks once more: no value
    can hold a blank, however it is written.
    """
    if "\0" in text:
        # For grep it is a binary file, of which it prints no line.
        return Readings.refused(line_of(text, text.index("\0")), "a NUL character")
    numbered = [
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if not line.startswith("#")
    ]
    words: list[str] = []
    try:
        _read_words("\n".join(line for _, line in numbered), words)
    except StoppedError as stop:
        line = numbered[stop.line - 1][0]
        return Readings.of(_exported(words), line, f"gives up in line {line}: {stop.why}")
    return Readings.of(_exported(words))


def _exported(words: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    split = re.findall(rf"[^{_WORD_ENDS}]+", " ".join(words))
    if split and split[0].startswith("-"):
        return {}  # an option of `export`, which it does not know
    for word in split:
        match = _ASSIGNMENT.fullmatch(word)
        if match:
            before = found.get(match[1], "") if match[2] else ""
            found[match[1]] = before + match[3]
    return found


def _read_words(text: str, words: list[str]) -> None:
    """Add the words that xargs makes of a text. Raises `StoppedError`."""
    word: str | None = None
    at = 0
    while at < len(text):
        character = text[at]
        if character in _WORD_ENDS:
            if word is not None:
                words.append(word)
            word = None
        elif character in "'\"":
            end = text.find(character, at + 1)
            newline = text.find("\n", at + 1)
            if end < 0 or 0 <= newline < end:
                why = f"a quote ({character}) that is not closed in its line"
                raise StoppedError(line_of(text, at), why)
            word = (word or "") + text[at + 1 : end]
            at = end
        elif character == "\\":
            at += 1
            word = (word or "") + text[at : at + 1]
        elif word is not None or character not in _SKIPPED_BEFORE_WORDS:
            word = (word or "") + character
        at += 1
    if word is not None:
        words.append(word)
