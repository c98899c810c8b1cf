"""The texts of a profile: what fills their placeholders, and which messages they describe (pure).

A profile's texts hold names in braces: ``{secret}``, ``{agent_id}``, ``{id}``, ``{status}``. Only
the names that are given are replaced; other braces stay as they are, because JSON is full of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..facts.text import escape
from ..late import compiled
from .profile import Pattern

_NAME = compiled(r"\{([a-z_]+)\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace the names in braces, in one pass; what is filled in is not read again.

    In a text that is JSON, the values are escaped as JSON strings are (RFC 8259, section 7). So
    they are in one with a prefix before its JSON, such as Engine.IO's ``40{"token":"{secret}"}``.

    Args:
        text: of a profile.
        values: by name.
    """
    escaped = is_json(text)

    def value_of(hole: re.Match[str]) -> str:
        if hole[1] not in values:
            return hole[0]
        value = values[hole[1]]
        return json.dumps(value)[1:-1] if escaped else value

    return _NAME.sub(value_of, text)


@lru_cache(maxsize=64)
def is_json(text: str) -> bool:
    """Tell whether a text begins like JSON, or ends with a whole JSON object or array."""
    # A placeholder is no JSON object. As a number it may stand inside a string, or for a value.
    neutral = _NAME.sub("0", text).strip()
    if neutral.startswith(("{", "[")):
        return True
    begin = re.search(r"[{\[]", neutral)
    return begin is not None and isinstance(value_in(neutral[begin.start() :]), dict | list)


def value_in(data: str | bytes) -> Any:
    """Return the JSON value in a message, or a `NotJson` that says why it is none. Never raises."""
    try:
        # RFC 8259 has no NaN and no Infinity; Python's int limit keeps billion-digit numbers out;
        # RecursionError is deep nesting.
        return json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return NotJson(f"not JSON: {escape(str(error), 120)}")


class NotJson(str):
    """Why a message is not JSON. A type of its own, because a JSON value may be a text too."""

    __slots__ = ()


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def matches(data: str | bytes, pattern: Pattern, value: object = None) -> bool:
    """Tell whether a message is one that a pattern describes. Never raises.

    Args:
        data: as received.
        pattern: its text, or a JSON object that the message holds; or a regular expression.
        value: the JSON value in the message, if the caller has parsed it already.
    """
    if pattern.regex:
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        return _compiled(pattern.regex).search(text) is not None
    if not pattern.text:
        return False
    if data == (pattern.text if isinstance(data, str) else pattern.text.encode()):
        return True
    due = object_in_pattern(pattern.text)
    if due is None:
        return False
    return holds(value_in(data) if value is None else value, due)


@lru_cache(maxsize=64)
def _compiled(regex: str) -> re.Pattern[str]:
    return compiled(regex)


@lru_cache(maxsize=64)
def object_in_pattern(text: str) -> dict[str, Any] | None:
    """Return the JSON object that a text of a profile is; None if it is not one. Do not change it.

    It is kept, because every message is compared with it.
    """
    value = value_in(text)
    return value if isinstance(value, dict) else None


def holds(value: object, due: object) -> bool:
    """Tell whether a JSON value holds another: of an object, every member; of others, all."""
    if isinstance(due, dict):
        return isinstance(value, dict) and all(
            name in value and holds(value[name], each) for name, each in due.items()
        )
    # In Python, not in JSON, true is 1.
    return value == due and isinstance(value, bool) == isinstance(due, bool)


def name_of(value: object) -> str:
    """Return the name of a JSON value's type, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
