"""Frozen dataclasses that are quick to define (pure).

`dataclasses` writes and compiles six methods for every frozen class: 0.4 ms each, and a command
imports dozens before it does anything. Here all classes share one set of methods; `dataclasses`
only collects the fields, so `replace`, `fields` and `asdict` work as usual.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 mypy knows that one
else:

    def dataclass(*, frozen: bool) -> Any:
        """Make a class a frozen dataclass, as ``dataclasses.dataclass(frozen=True)`` does."""
        assert frozen

        def made(kind: type) -> type:
            kind = dataclasses.dataclass(init=False, repr=False, eq=False)(kind)
            for method in _METHODS:
                if method.__name__ not in vars(kind):
                    setattr(kind, method.__name__, method)
            return kind

        return made


def __init__(self: Any, *values: Any, **named: Any) -> None:  # noqa: N807
    own, kind = self.__dict__, type(self)
    fields = kind.__dataclass_fields__
    if len(values) > len(fields):
        raise TypeError(f"{kind.__name__} takes {len(fields)} values, and {len(values)} were given")
    # In the order of the fields, whatever the order of the arguments: others go through __dict__.
    for number, (name, field) in enumerate(fields.items()):
        if number < len(values):
            if name in named:
                raise TypeError(f"{kind.__name__} got two values for {name}")
            own[name] = values[number]
        elif name in named:
            own[name] = named.pop(name)
        elif field.default is not dataclasses.MISSING:
            own[name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            own[name] = field.default_factory()
        else:
            raise TypeError(f"{kind.__name__} needs {name}")
    if named:
        raise TypeError(f"{kind.__name__} has no field {next(iter(named))}")
    if hasattr(kind, "__post_init__"):
        self.__post_init__()


def __repr__(self: Any) -> str:  # noqa: N807
    fields = type(self).__dataclass_fields__
    shown = (f"{name}={getattr(self, name)!r}" for name, field in fields.items() if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _compared(self: Any) -> tuple[Any, ...]:
    fields = type(self).__dataclass_fields__
    return tuple(getattr(self, name) for name, field in fields.items() if field.compare)


def __eq__(self: Any, other: object) -> Any:  # noqa: N807
    return _compared(self) == _compared(other) if type(self) is type(other) else NotImplemented


def __hash__(self: Any) -> int:  # noqa: N807
    return hash(_compared(self))


def __setattr__(self: Any, name: str, _: object) -> None:  # noqa: ARG001, N807
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def __delattr__(self: Any, name: str) -> None:  # noqa: ARG001, N807
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


_METHODS = (__init__, __repr__, __eq__, __hash__, __setattr__, __delattr__)
