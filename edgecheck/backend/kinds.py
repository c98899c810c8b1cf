"""The kinds of values that a file can hold: each checks a value, and says it as a schema (pure).

A check yields every mistake, each with its place and with what was expected there. The schema is
JSON Schema 2020-12, for editors. Both come from the same table, so they cannot contradict.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..escapes import escape
from ..frozen import dataclass, field
from ..late import compiled

# How much of a value is repeated; a longer one may be a secret that was put into the wrong place.
_REPEATED = 24


@dataclass(frozen=True)
class Mistake:
    """What is wrong at one place of a file.

    Args:
        place: the key, with all tables before it (``close[1].code``); empty for the whole file.
        expected: what should be there.
        given: what is there, as it may be shown; empty if there is nothing to say.
    """

    place: str
    expected: str
    given: str = ""

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.expected}{f', not {self.given}' if self.given else ''}"


def shown(value: object) -> str:
    """Return a value of TOML as it may be repeated: what is long is only described."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() if len(value) <= _REPEATED:
            return escape(json.dumps(value, ensure_ascii=False))
        case str():
            return f"a text of {len(value)} characters"
        case dict():
            return "a table"
        case list():
            return "a list"
        case int() | float():
            return escape(str(value), _REPEATED)
        case _:
            return "a date or a time"


def unknown(name: str, known: Sequence[str], what: str) -> str:
    """Say that a name is not known, with the nearest one that is."""
    from difflib import get_close_matches  # needed only for a mistake

    near = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"not {what}; {hint}"


@dataclass(frozen=True)
class Value:
    """A single value.

    Args:
        expected: what it is, in words.
        types: of Python, as `tomllib` returns them.
        fits: tells whether a value of these types is a right one.
        schema: the same for editors, as far as a schema can say it.
        says: yields what else is wrong in a value that fits: expectation, and what is there.
        meant: returns what a text that does not fit was probably meant to be; empty if unknown.
    """

    expected: str
    types: tuple[type, ...]
    schema: Mapping[str, Any]
    fits: Callable[[Any], bool] = lambda _: True
    says: Callable[[Any], Iterator[str]] = lambda _: iter(())
    meant: Callable[[str], str] = lambda _: ""

    def mistakes(self, value: object, place: str) -> Iterator[Mistake]:
        """Yield what is wrong with a value."""
        # In Python, not in TOML, true is a whole number.
        if type(value) not in self.types or not self.fits(value):
            hint = self.meant(value) if isinstance(value, str) else ""
            did = f"did you mean {hint}? It is one of " if hint else ""
            yield Mistake(place, did + self.expected, shown(value))
            return
        for expected in self.says(value):
            yield Mistake(place, expected)


@dataclass(frozen=True)
class Table:
    """A table with known keys.

    Args:
        keys: each with the kind of its value.
        required: keys that must be there.
        note: what the table is about, for editors.
        rule: yields what is wrong with values that are right one by one: key, and expectation.
    """

    keys: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    note: str = ""
    rule: Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]] = lambda _: iter(())

    def mistakes(self, value: object, place: str) -> Iterator[Mistake]:
        """Yield what is wrong in a table."""
        if not isinstance(value, dict):
            yield Mistake(place, f"a table with {_listed(self.keys)}", shown(value))
            return
        wrong: list[Mistake] = []
        for key, inner in value.items():
            if key in self.keys:
                wrong += self.keys[key].mistakes(inner, joined(place, key))
            else:
                known = unknown(key, tuple(self.keys), "a key of a profile")
                wrong.append(Mistake(joined(place, key), known))
        wrong += [
            Mistake(joined(place, key), "this key is missing")
            for key in self.required
            if key not in value
        ]
        yield from wrong
        if not wrong:
            for key, expected in self.rule(value):
                yield Mistake(joined(place, key) if key else place, expected)

    @property
    def schema(self) -> Mapping[str, Any]:
        """The table for editors."""
        return {
            "type": "object",
            **({"description": self.note} if self.note else {}),
            "properties": {key: dict(kind.schema) for key, kind in self.keys.items()},
            "additionalProperties": False,
            **({"required": list(self.required)} if self.required else {}),
        }


@dataclass(frozen=True)
class FreeTable:
    """A table whose keys the person names.

    Args:
        name: the kind of the keys.
        value: the kind of the values.
        note: what the table is about, for editors.
    """

    name: Value
    value: Value
    note: str = ""

    def mistakes(self, value: object, place: str) -> Iterator[Mistake]:
        """Yield what is wrong in a table."""
        if not isinstance(value, dict):
            yield Mistake(place, "a table of names and texts", shown(value))
            return
        for key, inner in value.items():
            yield from self.name.mistakes(key, joined(place, key))
            yield from self.value.mistakes(inner, joined(place, key))

    @property
    def schema(self) -> Mapping[str, Any]:
        """The table for editors."""
        return {
            "type": "object",
            "description": self.note,
            "propertyNames": dict(self.name.schema),
            "additionalProperties": dict(self.value.schema),
        }


@dataclass(frozen=True)
class List:
    """A list of values of one kind.

    Args:
        kind: of each value.
        note: what the list is about, for editors.
        rule: yields what is wrong with values that are right one by one: place, and expectation.
    """

    kind: Kind
    note: str = ""
    rule: Callable[[Sequence[Any]], Iterator[tuple[str, str]]] = lambda _: iter(())
    unique: bool = field(default=False)

    def mistakes(self, value: object, place: str) -> Iterator[Mistake]:
        """Yield what is wrong in a list."""
        if not isinstance(value, list):
            yield Mistake(place, "a list", shown(value))
            return
        wrong = [
            mistake
            for number, inner in enumerate(value)
            for mistake in self.kind.mistakes(inner, f"{place}[{number}]")
        ]
        yield from wrong
        if wrong:
            return
        if self.unique:
            for number, inner in enumerate(value):
                if inner in value[:number]:
                    yield Mistake(f"{place}[{number}]", "each only once", shown(inner))
        for inner, expected in self.rule(value):
            yield Mistake(f"{place}{inner}", expected)

    @property
    def schema(self) -> Mapping[str, Any]:
        """The list for editors."""
        return {
            "type": "array",
            **({"description": self.note} if self.note else {}),
            "items": dict(self.kind.schema),
            **({"uniqueItems": True} if self.unique else {}),
        }


@dataclass(frozen=True)
class Either:
    """A value of one of several kinds; no two of them have a type in common.

    Args:
        kinds: the possible kinds.
        expected: all of them, in words.
        note: what the value is about, for editors.
    """

    kinds: tuple[Value | Table, ...]
    expected: str
    note: str = ""

    def mistakes(self, value: object, place: str) -> Iterator[Mistake]:
        """Yield what is wrong with a value."""
        for kind in self.kinds:
            types = (dict,) if isinstance(kind, Table) else kind.types
            if type(value) in types:
                yield from kind.mistakes(value, place)
                return
        yield Mistake(place, self.expected, shown(value))

    @property
    def schema(self) -> Mapping[str, Any]:
        """The value for editors."""
        return {
            **({"description": self.note} if self.note else {}),
            "anyOf": [dict(kind.schema) for kind in self.kinds],
        }


Kind = Value | Table | FreeTable | List | Either


def text(
    expected: str,
    pattern: str,
    *,
    note: str = "",
    fits: Callable[[str], bool] | None = None,
    says: Callable[[str], Iterator[str]] = lambda _: iter(()),
) -> Value:
    """Return the kind of a text.

    Args:
        expected: what it is, in words.
        pattern: a regular expression that the whole text matches; a schema has it as well.
        note: what the text is about, for editors.
        fits: tells what a pattern cannot.
        says: yields what else is wrong.
    """
    whole = compiled(pattern, re.DOTALL)

    def fit(value: str) -> bool:
        return whole.fullmatch(value) is not None and (fits is None or fits(value))

    schema = {
        "type": "string",
        "description": note or expected,
        "pattern": f"^(?:{pattern})$",
    }
    return Value(expected, (str,), schema, fit, says)


def flag(note: str) -> Value:
    """Return the kind of true and false."""
    return Value("true or false", (bool,), {"type": "boolean", "description": note})


def one_of(*ways: Sequence[str], otherwise: str) -> Any:
    """Return a rule of a table: the keys of one of the ways are there, and those of no other."""

    def rule(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        used = [way for way in ways if any(key in table for key in way)]
        if len(used) != 1 or used[0][0] not in table:
            yield "", otherwise

    return rule


def each_once(names: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a table whose value stands under another key, too."""
    for key, name in names.items():
        if list(names.values()).count(name) > 1:
            yield key, "a name that no other setting has"


def codes_once(closes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the close codes that are listed a second time."""
    codes = [close["code"] for close in closes]
    for number, code in enumerate(codes):
        if code in codes[:number]:
            yield f"[{number}].code", f"each code only once; {code} stands further up"


def answers_once(refusals: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the answers that one further up stands for."""
    answers = [(one["status"], one.get("body", "")) for one in refusals]
    for number, (status, body) in enumerate(answers):
        before = answers[:number]
        if (status, "") in before or (status, body) in before:
            yield (
                f"[{number}]",
                f"an answer that no other one stands for; {status} stands further up",
            )


def joined(place: str, key: str) -> str:
    """Return the place of a key in the table at a place."""
    written = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else escape(json.dumps(key), 60)
    return f"{place}.{written}" if place else written


def _listed(names: Mapping[str, object]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
