"""JSON texts of a profile with placeholders, read back out of messages (pure).

A client may write the JSON that a profile describes with other white space, and its members in
another order. So the values are compared, and what stands at a placeholder is the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ..late import compiled
from .texts import holds, value_in

# A placeholder in place of a JSON value: JSON-RPC's numeric id, a status that is true or false.
_IN_PLACE = compiled(r"([:,\[]\s*)(-?\d*\{(?:counter|id|status)\}\d*)(?=\s*[,\]}])")
# What tells such a one from a placeholder inside a string.
_BARE = "\0"
_HOLE = compiled(r"\\\{(counter|id|status)\\\}")
_FORMS = {"counter": r"\d{1,18}", "id": ".+", "status": ".+"}


@lru_cache(maxsize=64)
def template_in(text: str) -> dict[str, Any] | list[Any] | None:
    """Return the JSON object or array that a text is with values in its placeholders; or None.

    The value is kept, because every message is compared with it: do not change it.
    """
    value = value_in(_IN_PLACE.sub(r'\1"\\u0000\2"', text))
    return value if isinstance(value, dict | list) and value else None


def captured(value: object, template: object) -> Mapping[str, str] | None:
    """Return what stands at the placeholders; None if the message does not hold the template.

    Args:
        value: the JSON value in a message.
        template: of `template_in`; the message may have more members, and a longer array.
    """
    found: dict[str, str] = {}
    for due, there in _pairs(template, value):
        if not isinstance(due, str) or not has_hole(due):
            if not holds(there, due):
                return None
            continue
        for name, text in _read(there, due):
            if text is None or found.setdefault(name, text) != text:
                return None
    return found


def has_hole(due: object) -> bool:
    """Tell whether there is a placeholder in a value of a template."""
    text = due if isinstance(due, str) else json.dumps(due)
    return any(f"{{{name}}}" in text for name in _FORMS)


def paths_of_holes(template: object, path: str = "") -> Iterator[str]:
    """Yield where the placeholders stand: members, or numbers in an array, with dots between."""
    if isinstance(template, dict | list):
        inner = template.items() if isinstance(template, dict) else enumerate(template)
        for name, each in inner:
            yield from paths_of_holes(each, f"{path}.{name}" if path else str(name))
    elif has_hole(template):
        yield path


def fixed_part(template: dict[str, Any] | list[Any]) -> dict[str, Any] | list[Any]:
    """Return the members without placeholders, or the values of an array before the first one."""
    if isinstance(template, dict):
        return {name: each for name, each in template.items() if "{" not in json.dumps(each)}
    first = next((n for n, each in enumerate(template) if has_hole(each)), len(template))
    return template[:first]


_NOT_THERE = object()


def _pairs(template: object, value: object) -> Iterator[tuple[object, object]]:
    """Yield the innermost values of a template, each with the message's value at its place."""
    if isinstance(template, dict):
        there = value if isinstance(value, dict) else {}
        for name, each in template.items():
            yield from _pairs(each, there.get(name, _NOT_THERE))
        if not template:
            yield template, value
    elif isinstance(template, list):
        values = value if isinstance(value, list) else []
        for number, each in enumerate(template):
            yield from _pairs(each, values[number] if number < len(values) else _NOT_THERE)
        if not template:
            yield template, value
    else:
        yield template, value


def _read(there: object, due: str) -> Iterator[tuple[str, str | None]]:
    """Yield each placeholder of a text with what stands there; None if the value does not fit."""
    regex = _HOLE.sub(lambda hole: f"({_FORMS[hole[1]]})", re.escape(due.removeprefix(_BARE)))
    names = [hole[1] for hole in _HOLE.finditer(re.escape(due))]
    text = _text_of(there, due)
    match = re.fullmatch(regex, text, re.DOTALL) if text is not None else None
    for number, name in enumerate(names, 1):
        yield name, match[number] if match is not None else None


def _text_of(there: object, due: str) -> str | None:
    """Return a value as it is compared; None for one that cannot be there."""
    if not due.startswith(_BARE):
        return there if isinstance(there, str) else None
    if isinstance(there, str):
        # JSON-RPC lets an id be a string too; no other value is written as one.
        return there if due == f"{_BARE}{{id}}" else None
    return None if there is _NOT_THERE or isinstance(there, dict | list) else json.dumps(there)
