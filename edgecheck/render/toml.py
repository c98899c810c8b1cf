"""A profile as TOML, as a person would write it (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any


def toml(tree: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a profile.

    Args:
        tree: of tables, lists and single values; None is nowhere in it.
    """
    tables = {key: value for key, value in tree.items() if isinstance(value, Mapping)}
    lists = {key: value for key, value in tree.items() if _is_list_of_tables(key, value)}
    for key, value in tree.items():
        if key not in tables and key not in lists:
            yield f"{_key(key)} = {_value(value)}"
    for key, table in tables.items():
        yield ""
        yield f"[{_key(key)}]"
        for name, value in table.items():
            yield f"{_key(name)} = {_value(value)}"
    for key, items in lists.items():
        for item in items:
            yield ""
            yield f"[[{_key(key)}]]"
            for name, value in item.items():
                yield f"{_key(name)} = {_value(value)}"


def _is_list_of_tables(key: str, value: object) -> bool:
    return key in ("close", "refusal") and isinstance(value, list) and bool(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return f"{value:g}" if value != int(value) or abs(value) >= 1e6 else str(int(value))
        case str():
            return _text(value)
        case Mapping():
            inner = ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case _:
            items = [_value(each) for each in value]
            if any(isinstance(each, Mapping) for each in value):
                return "\n".join(["[", *(f"  {item}," for item in items), "]"])
            return f"[{', '.join(items)}]"


def _text(text: str) -> str:
    """Write a text: between apostrophes if it has quotes or backslashes, and nothing forbids it."""
    if ('"' in text or "\\" in text) and re.fullmatch(r"[^'\x00-\x1f\x7f]*", text):
        return f"'{text}'"
    # JSON's escapes are TOML's, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
