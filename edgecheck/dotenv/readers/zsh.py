"""zsh's ``source`` (pure). The rules are those of zsh 5.9, found by experiment."""

from __future__ import annotations

from collections.abc import Mapping

from . import shell
from .reading import Readings
from .shell_variables import Dialect

_ZSH = Dialect(
    declares=frozenset(("declare", "typeset", "local")),
    parenthesis="text",
    dollar_double=False,
    strict=True,
    strict_words=True,
    empty_commands=True,
    modifiers=True,
    last_backslash=False,
)


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``set -a; . ./.env`` in zsh does."""
    return shell.read(text, environ, _ZSH)
