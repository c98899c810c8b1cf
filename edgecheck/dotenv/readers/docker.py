"""``docker run --env-file`` (pure). The rules are those of docker 28, found by experiment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .reading import Reading


def read_as_docker(text: str, environ: Mapping[str, str]) -> dict[str, Reading]:
    """Read as ``docker run --env-file`` does.

    All that follows the ``=`` is the value, quotes and comments too. For one bad line docker
    refuses the whole file.
    """
    found: dict[str, Reading] = {}
    refused: Reading | None = None
    for number, whole in enumerate(text.split("\n"), 1):
        line = whole.removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not key or " " in key or "\t" in key:
            why = "a blank in its name" if key else "no name"
            refused = refused or Reading(
                None, f"refuses the whole file: line {number} has {why}", number
            )
            key = re.sub(r"^export[ \t]+", "", key).strip()
        if equals:
            found[key] = Reading(value)
        elif key in environ:
            found[key] = Reading(environ[key])
    return dict.fromkeys(found, refused) if refused else found
