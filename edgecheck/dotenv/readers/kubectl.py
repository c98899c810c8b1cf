"""``kubectl create secret --from-env-file`` (pure). The rules are those of kubectl 1.32."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .docker import BYTE_ORDER_MARK
from .reading import Readings

_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as kubectl does.

    All that follows the ``=`` is the value. For one name that is not valid, or that is there twice,
    it refuses the whole file.
    """
    found: dict[str, str] = {}
    for number, whole in enumerate(text.removeprefix(BYTE_ORDER_MARK).split("\n"), 1):
        line = whole.removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not _NAME.fullmatch(key) or key == "." or key.startswith(".."):
            return Readings.refused(number, "a name that is not valid" if key else "no name")
        if key in found:
            return Readings.refused(number, "a name that is there already")
        # A name without `=` is passed on from the environment, and empty if it is not there.
        found[key] = value if equals else environ.get(key, "")
    return Readings.of(found)
