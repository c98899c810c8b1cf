"""Frozen dataclasses that are quick to define (pure).

`dataclasses` writes and compiles six methods for every frozen class: 0.4 ms each, and a command
imports dozens before it does anything. Here all classes share one set of methods; `dataclasses`
only collects the fields, and not before the first value of a class is made or its fields are asked
for. So `replace`, `fields` and `asdict` work as usual. A class of which many values are made gets
an `__init__` of its own after all, which takes a quarter of the time.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar, cast

Value = TypeVar("Value")

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 mypy knows that one
else:

    def dataclass(*, frozen: bool) -> Any:
        """Make a class a frozen dataclass, as ``dataclasses.dataclass(frozen=True)`` does."""
        assert frozen

        def made(kind: type) -> type:
            for name in ("__dataclass_fields__", "__match_args__"):
                setattr(kind, name, _Collected(kind, name))
            for method in _METHODS:
                if method.__name__ not in vars(kind):
                    setattr(kind, method.__name__, method)
            return kind

        return made


class _Collected:
    """What a class says of its fields, until `dataclasses` puts it here because somebody asks."""

    # A base class is collected while its subclass is.
    _lock = RLock()

    def __init__(self, kind: Any, name: str) -> None:
        self._kind, self._name = kind, name

    def __get__(self, _: object, __: type | None = None) -> Any:
        own = vars(self._kind)
        with self._lock:
            # Twice, it would not find the defaults: the first time takes them away.
            if own[self._name] is self:
                dataclasses.dataclass(init=False, repr=False, eq=False)(self._kind)
                given = tuple(one.name for one in dataclasses.fields(self._kind) if one.init)
                setattr(self._kind, "__match_args__", given)  # noqa: B010 mypy forbids the other
        return own[self._name]


if TYPE_CHECKING:
    kept = functools.cached_property
else:

    class kept:  # noqa: N801 it stands for a function
        """A property that is worked out once, as `functools.cached_property`, without its lock."""

        def __init__(self, function: Callable[[Any], Any]) -> None:
            self._function, self.__doc__ = function, function.__doc__

        def __set_name__(self, _: type, name: str) -> None:
            self._name = name

        def __get__(self, value: Any, _: type | None = None) -> Any:
            if value is None:
                return self
            found = value.__dict__[self._name] = self._function(value)
            return found


# To write and compile an `__init__` takes as long as it saves in so many values. No command that
# makes one checkup makes as many of one class.
_MANY = 250
_counts: dict[type, int] = {}


def __init__(self: Any, *values: Any, **named: Any) -> None:  # noqa: N807
    own = self.__dict__
    kind: Any = type(self)
    count = _counts[kind] = _counts.get(kind, 0) + 1
    if count == _MANY:
        kind.__init__ = _quick_init(kind)
    names, needed, usual, made, checked = _form(kind)
    if len(values) > len(names):
        raise TypeError(f"{kind.__name__} takes {len(names)} values, and {len(values)} were given")
    # In the order of the fields, whatever the order of the arguments: others go through __dict__.
    own.update(usual)
    own.update(zip(names, values, strict=False))
    own.update(named)
    if len(own) > len(names):
        unknown = next(name for name in named if name not in names)
        raise TypeError(f"{kind.__name__} has no field {unknown}")
    for name in names[: len(values)] if named else ():
        if name in named:
            raise TypeError(f"{kind.__name__} got two values for {name}")
    for name in needed:
        if own[name] is dataclasses.MISSING:
            raise TypeError(f"{kind.__name__} needs {name}")
    for name, factory in made:
        if own[name] is dataclasses.MISSING:
            own[name] = factory()
    if checked:
        self.__post_init__()


def replace(value: Value, **changes: Any) -> Value:
    """Return a value with other fields, as `dataclasses.replace` does, in half of the time."""
    kind: Any = type(value)
    own = value.__dict__
    names, simple = _given(kind)
    if not simple or not changes.keys() <= names.keys():
        return cast("Value", kind(**{name: own[name] for name in names} | changes))
    other: Value = object.__new__(kind)
    # Not what is kept beside the fields: a `kept` one may say something else of the other.
    other.__dict__.update(own if len(own) == len(names) else {name: own[name] for name in names})
    other.__dict__.update(changes)
    return other


@functools.cache
def _given(kind: Any) -> tuple[dict[str, None], bool]:
    """Return the fields that are given to `__init__`, and whether it does nothing but keep them."""
    fields = kind.__dataclass_fields__
    names = {name: None for name, field in fields.items() if field.init}
    # That of a class has its name before its own.
    usual = kind.__init__.__qualname__ == __init__.__qualname__
    return names, usual and len(names) == len(fields) and not hasattr(kind, "__post_init__")


_Form = tuple[
    tuple[str, ...],
    tuple[str, ...],
    dict[str, Any],
    tuple[tuple[str, Callable[[], Any]], ...],
    bool,
]


@functools.cache
def _form(kind: Any) -> _Form:
    """Return what `__init__` needs to know of a class.

    That is: the names of the fields; of those without a default; the defaults; the fields whose
    default is made anew, with what makes it; and whether there is a `__post_init__`.
    """
    fields = kind.__dataclass_fields__
    usual = {name: field.default for name, field in fields.items()}
    made = {
        name: field.default_factory
        for name, field in fields.items()
        if field.default_factory is not dataclasses.MISSING
    }
    needed = tuple(
        name
        for name, default in usual.items()
        if default is dataclasses.MISSING and name not in made
    )
    return tuple(fields), needed, usual, tuple(made.items()), hasattr(kind, "__post_init__")


def _quick_init(kind: Any) -> Callable[..., None]:
    """Return an `__init__` for one class, written out for its fields."""
    names, needed, usual, made, checked = _form(kind)
    space: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    space |= {f"usual_{name}": value for name, value in usual.items()}
    space |= {f"make_{name}": make for name, make in made}
    wanted = ", ".join(f"{name}=usual_{name}" for name in names)
    lines = [f"def __init__(self, {wanted}):", " _own = self.__dict__"]
    for name in names:
        if name in needed:
            error = f'TypeError("{kind.__name__} needs {name}")'
            lines.append(f" if {name} is MISSING: raise {error}")
        elif name in dict(made):
            lines.append(f" if {name} is MISSING: {name} = make_{name}()")
        lines.append(f' _own["{name}"] = {name}')
    lines += [" self.__post_init__()"] if checked else []
    exec("\n".join(lines), space)  # noqa: S102 as `dataclasses` does; the fields' names are ours
    found: Callable[..., None] = space["__init__"]
    return found


def __repr__(self: Any) -> str:  # noqa: N807
    fields = type(self).__dataclass_fields__
    shown = (f"{name}={getattr(self, name)!r}" for name, field in fields.items() if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


@functools.cache
def _compared(kind: Any) -> tuple[str, ...]:
    """Return the fields that are compared."""
    return tuple(name for name, field in kind.__dataclass_fields__.items() if field.compare)


@functools.cache
def _hashed(kind: Any) -> tuple[str, ...]:
    """Return the fields that count for the hash: those that are compared, unless they say so."""
    fields = kind.__dataclass_fields__
    return tuple(
        name
        for name, field in fields.items()
        if (field.compare if field.hash is None else field.hash)
    )


def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
    if type(self) is not type(other):
        return NotImplemented
    kind: Any = type(self)
    own, others = self.__dict__, other.__dict__
    for name in _compared(kind):
        one, another = own[name], others[name]
        if one is not another and one != another:
            return False
    return True


def __hash__(self: Any) -> int:  # noqa: N807
    kind: Any = type(self)
    return hash(tuple(getattr(self, name) for name in _hashed(kind)))


def __setattr__(self: Any, name: str, _: object) -> None:  # noqa: ARG001, N807
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def __delattr__(self: Any, name: str) -> None:  # noqa: ARG001, N807
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


_METHODS = (__init__, __repr__, __eq__, __hash__, __setattr__, __delattr__)
