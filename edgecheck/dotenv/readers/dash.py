"""dash's ``.``, which is ``sh`` on Debian and Ubuntu (pure).

The rules are those of dash 0.5.12, found by experiment.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import shell
from .reading import Readings
from .shell_variables import Dialect

_DASH = Dialect(
    keeps=False,
    declares=frozenset(),
    appends=False,
    parenthesis="error",
    dollar_single=False,
    dollar_double=False,
    brackets=False,
    only_posix=True,
    strict=True,
    special_keep=True,
)


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``set -a; . ./.env`` in dash does: an error in the file ends the shell."""
    return shell.read(text.replace("\0", ""), environ, _DASH)
