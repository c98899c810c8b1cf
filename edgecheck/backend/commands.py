"""Commands: what stands where in one, and the answer to it, as the profile says (pure).

A command is JSON, or a text whose parts are the named groups of a regular expression.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..frozen import dataclass
from ..late import compiled
from .profile import Commands
from .texts import fill, is_json, name_of, text_of, value_at, value_within

# No code that reads a command has to check how deep it is nested.
DEEPEST = 100
_NUMBER = compiled(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Command:
    """A command from the backend.

    Args:
        command_id: names it in the acknowledgement; a number is written as text.
        command_type: such as ``schedule_message``; empty if the profile names no place for it.
        body: the innermost object of the message that has both of them: what a handler gets.
    """

    command_id: str
    command_type: str
    body: Any


def ack(command_id: str, commands: Commands, status: str = "completed") -> str:
    """Return the acknowledgement of a command; status is ``completed`` or ``failed``."""
    status = {"completed": commands.completed, "failed": commands.failed}.get(status, status)
    text = commands.ack
    if commands.numbers_id and is_json(text) and not _NUMBER.fullmatch(command_id):
        # JSON-RPC lets an id be a number or a string, and the answer has the same.
        text = text.replace("{id}", '"{id}"')
    return fill(text, {"id": command_id, "status": status})


def _is_deep(value: object) -> bool:
    """Tell whether a value is nested deeper than any command needs. Does not recurse."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def home_of(commands: Commands) -> str:
    """Return the path of the innermost object that has both the command's id and its type."""
    paths = [one.split(".")[:-1] for one in (commands.id, commands.kind) if one]
    shared = []
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return ".".join(shared)


_ABSENT = object()


def _at(value: Any, path: str) -> Any:
    """Return the value at a path of members, or of numbers in an array; `_ABSENT` without it."""
    return value_at(value, path, _ABSENT)


def _around(path: str) -> Iterator[tuple[str, str, str]]:
    """Yield the paths to the values around one, with their last name and the name within."""
    names = path.split(".")
    for number in range(1, len(names)):
        yield ".".join(names[:number]), names[number - 1], names[number]


def value_of(data: str | bytes, commands: Commands) -> Any:
    """Return what a command's id and its type are read from: a JSON value, or named groups.

    The groups are those of the expression that recognises commands, if it has one for the id: a
    command need not be JSON. Never raises.
    """
    regex = commands.match.regex
    if not commands.in_groups:
        return value_within(data)
    text = text_of(data)
    found = compiled(regex).search(text)
    groups = found.groupdict() if found is not None else {}
    return {name: text for name, text in groups.items() if text is not None}


def command_in(data: str | bytes, commands: Commands) -> Command | str:
    """Return the command in a message that the profile matches, or what is wrong with it."""
    return command_of(value_of(data, commands), commands)


def command_of(message: object, commands: Commands) -> Command | str:
    """Return the command that a value of `value_of` is, or what is wrong with it."""
    found = []
    for path in (commands.id, commands.kind):
        wrong = _wrong_around(message, path)
        if wrong:
            return wrong
        value, name = _at(message, path) if path else "", path.rpartition(".")[2]
        if value is _ABSENT:
            return f"{name} is missing"
        if name_of(value) == "a number" and _may_be_number(path, commands):
            value = str(value)
        if path and (not isinstance(value, str) or not value):
            return f"{name} is {name_of(value)}, not a non-empty string"
        found.append(value)
    wrong = _wrong_arguments(message, commands)
    if wrong:
        return wrong
    return Command(found[0], found[1], _at(message, home_of(commands)))


def _may_be_number(path: str, commands: Commands) -> bool:
    """Tell whether a command's id or type may be a number."""
    if path == commands.id:
        # As in JSON-RPC, if the answer writes it as one; nor is it written anywhere without one.
        return '"{id}"' not in commands.ack
    return not commands.payload_is_object


def _wrong_around(message: object, path: str) -> str:
    for outer, name, within in _around(path):
        value = _at(message, outer)
        if value is _ABSENT or value is None:
            return f"{name} is missing"
        if not isinstance(value, list if within.isdecimal() else dict):
            return f"{name} is {name_of(value)}, not an object"
    return ""


def _wrong_arguments(message: object, commands: Commands) -> str:
    arguments = _at(message, commands.payload or home_of(commands))
    if commands.payload_is_object:
        if arguments is _ABSENT or arguments is None:
            return "its own payload is missing"
        if not isinstance(arguments, dict):
            return f"its own payload is {name_of(arguments)}, not an object"
    return f"its own payload is nested more than {DEEPEST} deep" if _is_deep(arguments) else ""


def arguments_of(command: Command, commands: Commands) -> Any:
    """Return the arguments of a command, where the profile names their place; else its body."""
    inside = commands.payload.removeprefix(f"{home_of(commands)}.") if commands.payload else ""
    return value_at(command.body, inside)


def id_in(data: str | bytes, commands: Commands) -> str | None:
    """Return the id in a command that is otherwise not well formed; None if it has none."""
    value = _at(value_of(data, commands), commands.id)
    return value if isinstance(value, str) and value else None
