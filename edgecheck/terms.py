"""The words that several rooms share (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Severity(StrEnum):
    """How bad: the connection fails, it is fragile or misleading, worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Side(StrEnum):
    """Whose turn it is."""

    CLIENT = "client"
    NETWORK = "network"
    INTERMEDIARY = "intermediary"
    BACKEND = "backend"


class Confidence(StrEnum):
    """How far the evidence admits other causes: not at all, hardly, well."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class _Placeholders(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fill a template; what is not known reads ``<name>``."""
    return template.format_map(_Placeholders(values))
