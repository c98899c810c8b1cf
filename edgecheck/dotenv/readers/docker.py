"""``docker run --env-file`` (pure). The rules are those of docker 28, found by experiment."""

from __future__ import annotations

from collections.abc import Mapping

from .reading import Readings

BYTE_ORDER_MARK = "\ufeff"


def read(text: str, environ: Mapping[str, str]) -> Readings:
    """Read as ``docker run --env-file`` does.

    All that follows the ``=`` is the value, quotes and comments too. For one bad line docker
    refuses the whole file.
    """
    found: dict[str, str] = {}
    for number, whole in enumerate(text.removeprefix(BYTE_ORDER_MARK).split("\n"), 1):
        line = whole.removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not key or " " in key or "\t" in key:
            return Readings.refused(number, "a blank in its name" if key else "no name")
        if equals:
            found[key] = value
        elif key in environ:
            found[key] = environ[key]
    return Readings.of(found)
