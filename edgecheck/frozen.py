"""Frozen dataclasses that are quick to define (pure).

`dataclasses` writes and compiles six methods for every frozen class, 0.4 ms each, and is itself
slow to import; a command imports dozens of classes before it does anything. Here all classes share
one set of methods, and the fields of a class are collected when its first value is made. A class of
which many values are made gets an `__init__` of its own after all, which takes a quarter of the
time. `dataclasses` is imported when somebody asks for the fields as it keeps them: its own
`replace`, `fields` and `asdict` work as usual.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar, cast

Value = TypeVar("Value")
_MISSING: Any = object()


class _Field:
    """What is said of a field in place of its default, as `dataclasses.field` takes it."""

    def __init__(self, **given: Any) -> None:
        self.given = given
        self.default = given.get("default", _MISSING)
        self.default_factory = given.get("default_factory", _MISSING)
        self.init = given.get("init", True)
        self.repr = given.get("repr", True)
        self.hash = given.get("hash")
        self.compare = given.get("compare", True)


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 mypy knows these
    from dataclasses import field as field  # noqa: PLC0414
else:
    field = _Field

    def dataclass(*, frozen: bool) -> Any:
        """Make a class a frozen dataclass, as ``dataclasses.dataclass(frozen=True)`` does."""
        assert frozen

        def made(kind: type) -> type:
            kind.__own_fields__ = _taken_out(kind)
            kind.__dataclass_fields__ = _Asked(kind)
            kind.__match_args__ = _MatchArgs(kind)
            for method in _METHODS:
                if method.__name__ not in vars(kind):
                    setattr(kind, method.__name__, method)
            return kind

        return made


def _taken_out(kind: type) -> dict[str, _Field]:
    """Return what is said of fields, with their plain defaults put back into the class."""
    said = vars(kind).items()
    if any(type(one).__name__ == "Field" for _, one in said):
        raise TypeError(f"{kind.__name__}: `field` has to be that of edgecheck.frozen")
    found = {name: one for name, one in said if isinstance(one, _Field)}
    for name, one in found.items():
        if one.default is _MISSING:
            delattr(kind, name)
        else:
            setattr(kind, name, one.default)
    return found


@functools.cache
def _fields(kind: Any) -> Mapping[str, _Field]:
    """Return the fields of a class, those of its base classes first."""
    found: dict[str, _Field] = {}
    for base in reversed(kind.__mro__):
        own = vars(base)
        if "__own_fields__" in own:
            said = own["__own_fields__"]
            for name, annotation in base.__annotations__.items():
                if not annotation.startswith("ClassVar"):
                    plain = _Field(default=own.get(name, _MISSING))
                    found[name] = said.get(name, plain)
    return found


class _MatchArgs:
    """The names of the fields that a value may be matched by in their order."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def __get__(self, _: object, __: type | None = None) -> tuple[str, ...]:
        return tuple(name for name, one in _fields(self._kind).items() if one.init)


class _Asked:
    """The fields as `dataclasses` keeps them, which it puts here when it is asked for them."""

    # A base class is asked for while its subclass is.
    _lock = RLock()

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def __get__(self, _: object, __: type | None = None) -> Any:
        import dataclasses  # slow to import

        kind, own = self._kind, vars(self._kind)
        with self._lock:
            if own["__dataclass_fields__"] is self:
                for name, one in own["__own_fields__"].items():
                    setattr(kind, name, dataclasses.field(**one.given))
                dataclasses.dataclass(init=False, repr=False, eq=False)(kind)
        return own["__dataclass_fields__"]


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
        if own[name] is _MISSING:
            raise TypeError(f"{kind.__name__} needs {name}")
    for name, factory in made:
        if own[name] is _MISSING:
            own[name] = factory()
    if checked:
        self.__post_init__()


def replace(value: Value, /, **changes: Any) -> Value:
    """Return a value with other fields, as `dataclasses.replace` does, in half of the time."""
    kind: Any = type(value)
    if not hasattr(kind, "__own_fields__"):
        from dataclasses import replace as theirs  # of a class that is theirs, too

        return cast("Value", theirs(cast("Any", value), **changes))
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
    fields = _fields(kind)
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
    fields = _fields(kind)
    usual = {name: field.default for name, field in fields.items()}
    made = {
        name: field.default_factory
        for name, field in fields.items()
        if field.default_factory is not _MISSING
    }
    needed = tuple(
        name for name, default in usual.items() if default is _MISSING and name not in made
    )
    return tuple(fields), needed, usual, tuple(made.items()), hasattr(kind, "__post_init__")


def _quick_init(kind: Any) -> Callable[..., None]:
    """Return an `__init__` for one class, written out for its fields."""
    names, needed, usual, made, checked = _form(kind)
    space: dict[str, Any] = {"MISSING": _MISSING}
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
    kind: Any = type(self)
    fields = _fields(kind)
    shown = (f"{name}={getattr(self, name)!r}" for name, field in fields.items() if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


@functools.cache
def _compared(kind: Any) -> tuple[str, ...]:
    """Return the fields that are compared."""
    return tuple(name for name, field in _fields(kind).items() if field.compare)


@functools.cache
def _hashed(kind: Any) -> tuple[str, ...]:
    """Return the fields that count for the hash: those that are compared, unless they say so."""
    fields = _fields(kind)
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
    from dataclasses import FrozenInstanceError  # only a mistake in the program needs it

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def __delattr__(self: Any, name: str) -> None:  # noqa: ARG001, N807
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


_METHODS = (__init__, __repr__, __eq__, __hash__, __setattr__, __delattr__)
