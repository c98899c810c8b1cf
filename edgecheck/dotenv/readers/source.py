"""bash's ``source`` (pure). The rules are those of bash 5.2, found by experiment."""

from __future__ import annotations

from collections.abc import Mapping

from . import shell
from .reading import Readings
from .shell_variables import Dialect

_BASH = Dialect()


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``set -a; . ./.env`` in bash does. It drops each NUL."""
    return shell.read(text.replace("\0", ""), environ, _BASH)
