"""Commands as a backend writes them, for the simulator and its tests (pure).

What a profile says is how a command is recognised. A message that is recognised is made from it,
and read back before it is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from .commands import Command, command_in, home_of
from .example import example_of
from .profile import Commands
from .texts import matches, value_at, value_in

# How many digits of a command's id an expression may want: many, so that ids differ, then fewer.
_LENGTHS = (15, 12, 10, 8, 6, 4, 3, 2, 1)
# What may follow an unfinished text so that it is JSON: nothing, or a member's value.
_ENDS = ("", ':""', '":""')


def command(
    command_id: str, command_type: str, payload: dict[str, Any], timestamp: str, commands: Commands
) -> str:
    """Return a command as a backend of the profile sends it.

    Args:
        command_id, command_type: stand where the profile says.
        payload: its arguments, beside them.
        timestamp: RFC 3339, likewise.
        commands: the profile's; its match is the beginning of the message.

    Raises:
        ValueError: no command could be written from what the profile says of one.
    """
    if commands.match.regex:
        return _by_expression(command_id, command_type, payload, commands)
    message = value_in(commands.match.text)
    if not isinstance(message, dict | list):
        words = "the profile does not say how a command is written: match is not an object or array"
        raise ValueError(words)  # noqa: TRY004 the profile is wrong, and no argument
    number = commands.numbers_id and command_id.isdecimal()
    _put(message, commands.id, int(command_id) if number else command_id)
    # What the match says of the type tells the command: JSON-RPC's method.
    if commands.kind and value_at(message, commands.kind) is None:
        _put(message, commands.kind, command_type)
    body = value_at(message, home_of(commands))
    arguments = commands.payload or "payload"
    if commands.payload:
        _put_beside(message, arguments, payload)
    elif isinstance(body, dict):
        body.setdefault(arguments, payload)
    if isinstance(body, dict):
        body.setdefault("timestamp", timestamp)
    return json.dumps(message, separators=(",", ":"))


def _by_expression(
    command_id: str, command_type: str, payload: Mapping[str, Any], commands: Commands
) -> str:
    """Return a command that the profile's regular expression finds."""
    if commands.in_groups:
        made = _of_groups(command_id, command_type, commands)
    else:
        made = _of_json(command_id, command_type, payload, commands)
    for text in made:
        if matches(text, commands.match) and isinstance(command_in(text, commands), Command):
            return text
    raise ValueError(
        f"no command could be made that the profile's match {commands.match.regex!r} finds"
    )


def _of_groups(command_id: str, command_type: str, commands: Commands) -> Iterator[str]:
    """Yield texts whose named groups are the parts of the command."""
    regex = commands.match.regex
    usual = command_in(example_of(regex), commands)
    own = usual.command_id if isinstance(usual, Command) else ""
    digits = re.sub(r"\D", "", command_id)
    ids = [command_id, *(own.rstrip("0123456789") + digits[-length:] for length in _LENGTHS)]
    for each in [*ids, own + digits, own]:
        for kind in ({commands.kind: command_type} if commands.kind else {}, {}):
            text = example_of(regex, {commands.id: each, **kind})
            found = command_in(text, commands) if text else ""
            if isinstance(found, Command) and found.command_id == each:
                yield text


def _of_json(
    command_id: str, command_type: str, payload: Mapping[str, Any], commands: Commands
) -> Iterator[str]:
    """Yield JSON texts in which an example of the expression stands, with the command's parts."""
    number = commands.numbers_id and command_id.isdecimal()
    examples = (example_of(commands.match.regex, shortest=shortest) for shortest in (False, True))
    for text in dict.fromkeys(each.rstrip(" ,") for each in (*examples, "")):
        for whole in (f"{begin}{text}{end}" for begin in ("", "{", "[") for end in _ENDS):
            begin = re.search(r"[{\[]", whole)
            message = value_in(closed(whole[begin.start() :])) if begin is not None else None
            if begin is None or not isinstance(message, dict | list):
                continue
            try:
                _put(message, commands.id, int(command_id) if number else command_id)
                if commands.kind and not value_at(message, commands.kind):
                    _put(message, commands.kind, command_type)
                if commands.payload and value_at(message, commands.payload) is None:
                    _put(message, commands.payload, payload)
            except ValueError:
                continue
            for separators in ((",", ":"), (", ", ": ")):
                yield whole[: begin.start()] + json.dumps(message, separators=separators)


def closed(text: str) -> str:
    """Return a text with the strings, objects and arrays of its JSON closed that are open."""
    ends: list[str] = []
    inside = escaped = False
    for each in text:
        if inside:
            inside = escaped or each != '"'
            escaped = each == "\\" and not escaped
        elif each == '"':
            inside = True
        elif each in "{[":
            ends.append("}" if each == "{" else "]")
        elif each in "}]" and ends:
            ends.pop()
    return text + ('"' if inside else "") + "".join(reversed(ends))


def _put(message: dict[str, Any] | list[Any], path: str, value: object) -> None:
    """Put a value at a path; what the path needs on its way, and is not there, is made."""
    names = path.split(".")
    here: Any = message
    for name, within in pairwise(names):
        inner = value_at(here, name)
        if inner is None:
            inner = [] if within.isdecimal() else {}
            _set(here, name, inner)
        if not isinstance(inner, dict | list):
            raise ValueError(f"the profile's match has no object {name}")  # noqa: TRY004 as above
        here = inner
    _set(here, names[-1], value)


def _put_beside(message: dict[str, Any] | list[Any], path: str, payload: dict[str, Any]) -> None:
    """Put a command's arguments at a path, and leave the id and the type that stand there."""
    there = value_at(message, path)
    if isinstance(there, dict):
        there.update({name: value for name, value in payload.items() if name not in there})
    elif not there:
        _put(message, path, payload)


def _set(home: dict[str, Any] | list[Any], name: str, value: object) -> None:
    if isinstance(home, dict):
        home[name] = value
        return
    if not name.isdecimal():
        raise ValueError(f"the profile's match has an array where {name} is a member")
    home.extend([None] * (int(name) + 1 - len(home)))
    home[int(name)] = value


def nameless(command: str, commands: Commands) -> str:
    """Return a command without its id; in an array, null is in its place.

    Raises:
        ValueError: the command is not a JSON text, so that nothing can be left out of it.
    """
    message = value_in(command)
    if not isinstance(message, dict | list):
        words = "without its id, a command that is not a JSON text would not be recognised"
        raise ValueError(words)  # noqa: TRY004 the profile's form, and no argument
    *outer, last = commands.id.split(".")
    home = value_at(message, ".".join(outer))
    if isinstance(home, dict):
        home.pop(last, None)
    else:
        _set(home, last, None)
    return json.dumps(message, separators=(",", ":"))
