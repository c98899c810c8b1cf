"""``podman run --env-file``, and Quadlet's ``EnvironmentFile=`` (pure).

The rules are those of podman 5.4, which are in its ``pkg/env/env.go``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .reading import EXPORTED, Reading, Readings

_BLANKS = " \t"
_EXPORTED = re.compile(r"export[ \t]+([A-Za-z_][A-Za-z0-9_]*)")


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as podman does.

    All that follows the ``=`` is the value. Anything before it is the name, with its blanks:
    ``export KEY`` is a name of its own.
    """
    found: dict[str, Reading] = {}
    for number, whole in enumerate(text.split("\n"), 1):
        line = whole.removesuffix("\r").lstrip(_BLANKS)
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not key:
            return Readings.refused(number, "no name")
        if equals:
            found[key] = Reading(value)
            if exported := _EXPORTED.fullmatch(key):
                found.setdefault(exported[1], Reading(None, EXPORTED))
        elif key.endswith("*"):
            # A name with a star passes on all variables that begin so.
            start = key.removesuffix("*")
            passed = [name for name in environ if name.startswith(start)]
            found.update({name: Reading(environ[name]) for name in passed})
        elif key in environ:
            found[key] = Reading(environ[key])
    return Readings(found)
