"""``docker run --env-file`` (pure). Measured with docker 28."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .reading import Reading


def read_as_docker(text: str, environ: Mapping[str, str]) -> dict[str, Reading]:
    """Read as ``docker run --env-file`` does: all after the ``=`` is the value, and one bad line refuses the whole file."""
    found: dict[str, Reading] = {}
    refused: Reading | None = None
    for number, whole in enumerate(text.split("\n"), 1):
        line = whole.removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not key or " " in key or "\t" in key:
            why = "a blank where a name ends" if key else "no name"
            refused = refused or Reading(
                None, f"refuses the whole file: {why} in line {number}", number
            )
            key = re.sub(r"^export[ \t]+", "", key).strip()
        if equals:
            found[key] = Reading(value)
        elif key in environ:
            found[key] = Reading(environ[key])
    return dict.fromkeys(found, refused) if refused else found
