"""The texts of a profile: what fills their placeholders, and which messages they describe (pure).

A profile's texts hold names in braces: ``{secret}``, ``{agent_id}``, ``{id}``, ``{status}``,
``{counter}``, and ``{ping.NAME}`` for a value of the server's ping. Only the names that are given
are replaced; other braces stay as they are, because JSON is full of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..escapes import escape
from ..late import compiled
from .profile import Pattern

_NAME = compiled(r"\{([a-z_]+)\}")
# The number of a ping. In what a client expects, it stands for any whole number.
COUNTER = "{counter}"
_NUMBER_IN_JSON = compiled(r"([:,\[]\s*)(\d*\{counter\}\d*)")
# A value of the server's ping, which its answer repeats.
REPEATED = compiled(r"\{ping\.([^{}]+)\}")
# SignalR ends each JSON text with a record separator; RFC 7464 begins one with it.
_SEPARATOR = "\x1e"


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
    # A placeholder is not a JSON object. As a number it may stand inside a string, or for a value.
    neutral = _NAME.sub("0", REPEATED.sub("0", text)).strip()
    if neutral.startswith(("{", "[")):
        return True
    begin = re.search(r"[{\[]", neutral)
    return begin is not None and isinstance(value_in(neutral[begin.start() :]), dict | list)


def value_in(data: str | bytes) -> Any:
    """Return the JSON value in a message, or a `NotJson` that says why it is none. Never raises.

    A record separator around the value does not belong to it.
    """
    data = data.strip(_SEPARATOR) if isinstance(data, str) else data.strip(_SEPARATOR.encode())
    try:
        # RFC 8259 has no NaN and no Infinity; Python's int limit keeps billion-digit numbers out;
        # RecursionError is deep nesting.
        return json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return NotJson(f"not JSON: {escape(str(error), 120)}")


def octets_of(text: str) -> bytes:
    """Return a text of a profile as the bytes of a binary message.

    A message that is not text stands in a profile as hexadecimal digits, and here with surrogates
    for the bytes that are not UTF-8 (PEP 383).
    """
    return text.encode("utf-8", "surrogateescape")


def text_of_octets(octets: bytes) -> str:
    """Return the text that `octets_of` makes these bytes of."""
    return octets.decode("utf-8", "surrogateescape")


def is_text(text: str) -> bool:
    """Tell whether a text of a profile is one, and does not stand for other bytes."""
    return not any("\udc80" <= each <= "\udcff" for each in text)


def shown(text: str) -> str:
    """Return a text of a profile as texts for people show it."""
    return text if is_text(text) else f"the bytes {octets_of(text).hex(' ')}"


def text_of(data: str | bytes) -> str:
    """Return the text of a message; that of a binary one is UTF-8, as far as it is."""
    return data if isinstance(data, str) else data.decode("utf-8", "replace")


def value_within(data: str | bytes) -> Any:
    """Return the JSON value in a message, also behind a prefix such as Engine.IO's ``42``.

    Never raises.
    """
    value = value_in(data)
    if not isinstance(value, NotJson):
        return value
    text = text_of(data)
    begin = re.search(r"[{\[]", text)
    inner = value_in(text[begin.start() :]) if begin is not None and begin.start() else value
    return value if isinstance(inner, NotJson) else inner


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
        text = text_of(data)
        return _compiled(pattern.regex).search(text) is not None
    if not pattern.text:
        return False
    if pattern.begins:
        return (data if isinstance(data, bytes) else data.encode()).startswith(
            octets_of(pattern.text)
        )
    if data == (pattern.text if isinstance(data, str) else octets_of(pattern.text)):
        return True
    due = value_in_pattern(pattern.text)
    if due is not None:
        return holds(value_in(data) if value is None else value, due)
    if COUNTER not in pattern.text:
        return False
    text = text_of(data)
    return _is_counted(text, pattern.text)


@lru_cache(maxsize=64)
def _compiled(regex: str) -> re.Pattern[str]:
    return compiled(regex)


@lru_cache(maxsize=64)
def value_in_pattern(text: str) -> dict[str, Any] | list[Any] | None:
    """Return the JSON object or array that a text of a profile is; None if it is neither.

    An empty one is None: every other would hold it, and nobody who writes it means that. The value
    is kept, because every message is compared with it: do not change it.
    """
    value = value_in(_NUMBER_IN_JSON.sub(r'\1"\2"', text) if COUNTER in text else text)
    return value if isinstance(value, dict | list) and value else None


def object_in_pattern(text: str) -> dict[str, Any] | None:
    """Return the JSON object that a text of a profile is; None if it is not one."""
    value = value_in_pattern(text)
    return value if isinstance(value, dict) else None


def holds(value: object, due: object) -> bool:
    """Tell whether a JSON value holds another.

    It holds every member of an object, begins with the values of an array, and is any other value.
    """
    if isinstance(due, dict):
        return isinstance(value, dict) and all(
            name in value and holds(value[name], each) for name, each in due.items()
        )
    if isinstance(due, list):
        return (
            isinstance(value, list)
            and len(value) >= len(due)
            and all(map(holds, value, due))  # as far as the shorter one goes
        )
    # In Python, not in JSON, true is 1.
    if isinstance(value, bool) != isinstance(due, bool):
        return False
    return value == due or (
        isinstance(due, str)
        and COUNTER in due
        and isinstance(value, str | int)
        and _is_counted(str(value), due)
    )


def _is_counted(text: str, due: str) -> bool:
    """Tell whether a text is another one, with a whole number where that has the counter."""
    return re.fullmatch(r"\d+".join(map(re.escape, due.split(COUNTER))), text) is not None


def counted(text: str, number: int) -> str:
    """Return a text with the number of a ping filled in."""
    return text.replace(COUNTER, str(number)) if COUNTER in text else text


def answer_to(data: str | bytes, expect: Pattern, answer: str) -> str:
    """Return the answer to the server's ping, with the values of the ping that it repeats.

    ``{ping.NAME}`` is a named group of the expected regular expression, or else the value at a path
    of members of the ping's JSON. A value is written as JSON writes it, without its own quotes
    where the answer has quotes around the place; what is not there is ``null``. Never raises.

    Args:
        data: the ping as received.
        expect: what it matches.
        answer: the text of the profile.
    """
    if "{ping." not in answer:
        return answer
    text = text_of(data)
    found = _compiled(expect.regex).search(text) if expect.regex else None
    groups = found.groupdict("") if found is not None else {}
    escaped, value = is_json(answer), value_in(text)

    def value_of(hole: re.Match[str]) -> str:
        repeated: Any = groups[hole[1]] if hole[1] in groups else value_at(value, hole[1])
        if not escaped:
            return repeated if isinstance(repeated, str) else json.dumps(repeated)
        quoted = answer[: hole.start()].endswith('"')
        if quoted and isinstance(repeated, str):
            return json.dumps(repeated)[1:-1]
        if hole[1] in groups and not quoted:
            return str(repeated)  # a number, or a whole value, as the expression has cut it out
        return json.dumps(repeated)

    return REPEATED.sub(value_of, answer)


def value_at(value: Any, path: str, absent: Any = None) -> Any:
    """Return the value at a path of members, or of numbers in an array; `absent` without it."""
    for name in path.split(".") if path else ():
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return absent
    return value


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
