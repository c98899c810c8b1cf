"""What Typer is told of a command: a signature in which each option is a parameter of its own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_type_hints

import typer

from .option_types import NAMES
from .options import Given
from .process import Process


def typed(command: Callable[..., int]) -> Callable[..., int]:
    """Return a command as Typer calls it: with each option as a parameter of its own.

    Args:
        command: each of its parameters is annotated as the `Process`, Typer's context, a dataclass
            of options, or one option. Those of `Given`, which many commands have, come last in its
            help.
    """
    parameters = list(inspect.signature(command, eval_str=True).parameters.values())
    parameters.sort(key=lambda parameter: parameter.annotation is Given)

    @functools.wraps(command)
    def called(context: typer.Context, **values: Any) -> int:
        arguments = {
            parameter.name: _argument(parameter, context, values) for parameter in parameters
        }
        return command(**arguments)

    signature = [
        _parameter("context", typer.Context),
        *(option for parameter in parameters for option in _options_of(parameter)),
    ]
    made = inspect.Signature(signature, return_annotation=int)
    called.__signature__ = made  # type: ignore[attr-defined]
    called.__annotations__ = {option.name: option.annotation for option in signature}
    return called


def _options_of(parameter: inspect.Parameter) -> Iterator[inspect.Parameter]:
    """Yield the options that a parameter of a command stands for, in the order of their help."""
    kind = parameter.annotation
    if kind in (Process, typer.Context):
        return
    if not _is_group(kind):
        yield parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        return
    types = _types(kind)
    for field in fields(kind):
        yield from _options_of(_parameter(field.name, types[field.name], field.default))


def _parameter(name: str, kind: Any, default: Any = MISSING) -> inspect.Parameter:
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if default is MISSING else default,
        annotation=kind,
    )


def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, localns=NAMES, include_extras=True)


def _is_group(kind: Any) -> bool:
    return isinstance(kind, type) and is_dataclass(kind)


def _argument(parameter: inspect.Parameter, context: typer.Context, values: dict[str, Any]) -> Any:
    """Return what a command gets for a parameter, made of the options' values by their names."""
    if parameter.annotation is typer.Context:
        return context
    if parameter.annotation is Process:
        return context.obj
    made = _made(parameter.annotation, parameter.name, values)
    if isinstance(made, Given):
        made.check(context.obj)
    return made


def _made(kind: Any, name: str, values: dict[str, Any]) -> Any:
    """Return the value of an option, or a dataclass of options that holds theirs."""
    if not _is_group(kind):
        return values[name]
    types = _types(kind)
    made = {field.name: _made(types[field.name], field.name, values) for field in fields(kind)}
    return kind(**made)
