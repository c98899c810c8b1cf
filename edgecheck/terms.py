"""Words that several rooms share: how bad, who acts next, how sure; and text templates (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

# The command that repairs a file of settings. The steps that offer it are told from others by it,
# in reports as well, so that it stays what it is.
FIX = "edgecheck doctor --fix"


class Severity(StrEnum):
    """How bad a problem is: the connection fails; it is fragile or misleading; worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Side(StrEnum):
    """Who has to take the next step."""

    CLIENT = "client"
    NETWORK = "network"
    INTERMEDIARY = "intermediary"
    BACKEND = "backend"


class Confidence(StrEnum):
    """How sure a cause is: no other one fits; others are unlikely; others are as possible."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class _Placeholders(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fill a template; a name without a value becomes ``<name>``."""
    return template.format_map(_Placeholders(values))


def without_code(text: str) -> str:
    """Return a text of somebody else for a step, which shows what is in backticks as a command."""
    return text.replace("`", "'")


def verbatim(text: str) -> str:
    """Escape the braces of a text without placeholders, to put it into a template."""
    return text.replace("{", "{{").replace("}", "}}")
