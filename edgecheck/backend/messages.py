"""The messages between an edge agent and its backend, as the profile describes them (pure).

`parse` says what a message from the server is, and never raises, whatever the server sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from ..facts.session import Message, MessageKind
from ..facts.text import escape
from ..late import compiled
from .profile import Commands, Expect, Pattern, Profile, Send
from .texts import (
    COUNTER,
    NotJson,
    fill,
    holds,
    is_json,
    matches,
    name_of,
    object_in_pattern,
    value_at,
    value_in,
    value_within,
)

# No code that reads a command has to check how deep it is nested.
DEEPEST = 100
# How much of a message is kept to be shown.
EXCERPT = 200
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
        ValueError: the profile matches commands by a regular expression, which does not say how to
            write one.
    """
    message = value_in(commands.match.text)
    if not isinstance(message, dict | list):
        words = "the profile does not say how a command is written: match is not an object or array"
        raise ValueError(words)  # noqa: TRY004 the profile is wrong, and no argument
    number = commands.numbers_id and _NUMBER.fullmatch(command_id)
    _put(message, commands.id, int(command_id) if number else command_id)
    # What the match says of the type tells the command: JSON-RPC's method.
    if commands.kind and _at(message, commands.kind) in (_ABSENT, None):
        _put(message, commands.kind, command_type)
    body = _at(message, home_of(commands))
    arguments = commands.payload or "payload"
    if commands.payload:
        _put(message, arguments, payload)
    elif isinstance(body, dict):
        body.setdefault(arguments, payload)
    if isinstance(body, dict):
        body.setdefault("timestamp", timestamp)
    return json.dumps(message, separators=(",", ":"))


def decode(data: str | bytes, profile: Profile) -> dict[str, Any] | str:
    """Return the object in a message, or what is wrong with the message.

    Never raises.
    """
    return _typed(value_in(data), profile)


def _typed(value: object, profile: Profile) -> dict[str, Any] | str:
    if isinstance(value, NotJson):
        return str(value)
    if not isinstance(value, dict):
        return f"JSON, but {name_of(value)} but an object is needed"
    kinds = _kinds(profile)
    if kinds and not any(isinstance(value.get(name), str) for name in kinds):
        return f"an object without a {' or '.join(kinds)}"
    return value


def _objects(profile: Profile) -> tuple[str, str]:
    """Return the texts of the profile's command and pong, by which it is known what is spoken.

    What follows from them is kept by these texts: the hash of a whole profile takes longer than
    reading a message.
    """
    commands, pong = profile.commands, profile.session.pong
    return commands.match.text if commands else "", pong.text if pong else ""


def _kinds(profile: Profile) -> tuple[str, ...]:
    """Return the members that tell the profile's messages apart, such as ``type``."""
    return _kinds_in(*_objects(profile))


@lru_cache(maxsize=16)
def _kinds_in(*texts: str) -> tuple[str, ...]:
    objects = [object_in_pattern(text) for text in texts]
    names = [
        name for one in objects for name, value in (one or {}).items() if isinstance(value, str)
    ]
    return tuple(dict.fromkeys(names))


def _speaks_json(profile: Profile) -> bool:
    """Tell whether the profile says that the server's messages are JSON objects."""
    return any(object_in_pattern(text) is not None for text in _objects(profile))


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


def _put(message: dict[str, Any] | list[Any], path: str, value: object) -> None:
    """Put a value at a path; what the path needs on its way, and is not there, is made."""
    names = path.split(".")
    here: Any = message
    for name, within in pairwise(names):
        inner = _at(here, name)
        if inner is _ABSENT or inner is None:
            inner = [] if within.isdecimal() else {}
            _set(here, name, inner)
        if not isinstance(inner, dict | list):
            raise ValueError(f"the profile's match has no object {name}")  # noqa: TRY004 as above
        here = inner
    _set(here, names[-1], value)


def _set(home: dict[str, Any] | list[Any], name: str, value: object) -> None:
    if isinstance(home, dict):
        home[name] = value
        return
    if not name.isdecimal():
        raise ValueError(f"the profile's match has an array where {name} is a member")
    home.extend([None] * (int(name) + 1 - len(home)))
    home[int(name)] = value


def _around(path: str) -> Iterator[tuple[str, str, str]]:
    """Yield the paths to the values around one, with their last name and the name within."""
    names = path.split(".")
    for number in range(1, len(names)):
        yield ".".join(names[:number]), names[number - 1], names[number]


def command_of(message: object, commands: Commands) -> Command | str:
    """Return the command in a message that the profile matches, or what is wrong with it."""
    # A number, as in JSON-RPC, if the answer writes it as one.
    numbered = '"{id}"' not in commands.ack  # nor is it written anywhere without an answer
    found = []
    for path in (commands.id, commands.kind):
        wrong = _wrong_around(message, path)
        if wrong:
            return wrong
        value, name = _at(message, path) if path else "", path.rpartition(".")[2]
        if value is _ABSENT:
            return f"{name} is missing"
        if numbered and path == commands.id and name_of(value) == "a number":
            value = str(value)
        if path and (not isinstance(value, str) or not value):
            return f"{name} is {name_of(value)}, not a non-empty string"
        found.append(value)
    wrong = _wrong_arguments(message, commands)
    if wrong:
        return wrong
    return Command(found[0], found[1], _at(message, home_of(commands)))


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
    if commands.payload:
        if arguments is _ABSENT or arguments is None:
            return "its own payload is missing"
        if not isinstance(arguments, dict):
            return f"its own payload is {name_of(arguments)}, not an object"
    return f"its own payload is nested more than {DEEPEST} deep" if _is_deep(arguments) else ""


def arguments_of(command: Command, commands: Commands) -> Any:
    """Return the arguments of a command, where the profile names their place; else its body."""
    inside = commands.payload.removeprefix(f"{home_of(commands)}.") if commands.payload else ""
    return _at(command.body, inside)


def id_of(message: object, commands: Commands) -> str | None:
    """Return the id in a command that is otherwise not well formed; None if it has none."""
    value = _at(message, commands.id)
    return value if isinstance(value, str) and value else None


def says(data: str | bytes, text: str) -> bool:
    """Tell whether a message is this text, or an object with every member of this text's object.

    Never raises.
    """
    return matches(data, Pattern(text=text))


def parse(data: str | bytes, profile: Profile) -> Message:
    """Tell what a message from the server is: a pong, the ping sent back, a command, or another."""
    excerpt = escape(data, EXCERPT)
    ping, pong = profile.session.ping, profile.session.pong
    if pong is not None and pong.text and data == pong.text:
        return Message(MessageKind.PONG, excerpt)  # the usual case, which needs no parser
    value = value_in(data)
    # If the pong of a profile is the ping itself, an echo is the right answer.
    if pong is not None and matches(data, pong, value):
        return Message(MessageKind.PONG, excerpt)
    if ping.expect is not None and matches(data, ping.expect, value):
        return Message(MessageKind.PING, excerpt)
    if ping.text and _is_the_ping(data, ping.text):
        return Message(MessageKind.ECHO, excerpt)
    if profile.commands is not None and matches(data, profile.commands.match, value):
        found = command_of(value_within(data), profile.commands)
        if isinstance(found, str):
            named = escape(id_of(value_within(data), profile.commands) or "", EXCERPT)
            return Message(MessageKind.MALFORMED_COMMAND, excerpt, found, named)
        kind, named = escape(found.command_type, 60), escape(found.command_id, EXCERPT)
        return Message(MessageKind.COMMAND, excerpt, kind, named)
    if not _speaks_json(profile):
        return Message(MessageKind.OTHER, excerpt)
    message = _typed(value, profile)
    if isinstance(message, str):
        return Message(MessageKind.NOT_JSON, excerpt, message)
    kinds = (message.get(name) for name in _kinds(profile))
    kind = next((one for one in kinds if isinstance(one, str)), "")
    return Message(MessageKind.UNKNOWN, excerpt, escape(kind, 60))


def _is_the_ping(data: str | bytes, ping: str) -> bool:
    if COUNTER in ping:
        return matches(data, Pattern(text=ping))
    return data == (ping if isinstance(data, str) else ping.encode())


def spoken_by(profile: Profile, agent_id: str) -> Profile:
    """Return the profile with the agent id filled into its texts; the secret stays a placeholder.

    Args:
        profile: as it was read.
        agent_id: empty if there is none.
    """
    values = {"agent_id": agent_id}

    def pattern(one: Pattern) -> Pattern:
        # A regular expression has its own way to escape; `fill` would escape for JSON.
        return Pattern(fill(one.text, values), one.regex)

    def step(one: Send | Expect) -> Send | Expect:
        if isinstance(one, Send):
            return Send(fill(one.text, values), fill(one.without_secret, values))
        return replace(one, pattern=pattern(one.pattern))

    talk = profile.session
    ping = replace(
        talk.ping,
        text=fill(talk.ping.text, values),
        expect=pattern(talk.ping.expect) if talk.ping.expect else None,
        answer=fill(talk.ping.answer, values),
    )
    pong = pattern(talk.pong) if talk.pong else None
    greeting = tuple(map(step, talk.greeting))
    spoken = replace(talk, ping=ping, pong=pong, greeting=greeting)
    commands = profile.commands
    if commands is not None:
        asked, due = pattern(commands.match), fill(commands.ack, values)
        commands = replace(commands, match=asked, ack=due)
    if spoken == talk and commands == profile.commands:
        return profile
    return replace(profile, session=spoken, commands=commands)


@dataclass(frozen=True)
class Ack:
    """An acknowledgement that a client sent.

    Args:
        command_id: of the command.
        status: ``completed`` or ``failed``; empty if the profile's acks do not say.
    """

    command_id: str
    status: str


def acked(data: str | bytes, commands: Commands) -> Ack | str | None:
    """Return the acknowledgement in a client's message; what is wrong with it; None for no ack."""
    if not commands.ack:
        return None
    due = object_in_pattern(fill(commands.ack, {"id": "{id}", "status": "{status}"}))
    if due is None:
        return _acked_by_text(data, commands)
    value = value_in(data)
    fixed = {name: each for name, each in due.items() if "{" not in json.dumps(each)}
    if not isinstance(value, dict) or not holds(value, fixed):
        return None
    found = {name: _at(value, path) for name, path in _holes(due, "")}
    if not fixed and _ABSENT in found.values():
        return None
    status = _meant(found.get("status", ""), commands)
    if not isinstance(found.get("id"), str) or status is None:
        where = " and ".join(path for _, path in _holes(due, ""))
        return f"it needs {where}, the status {commands.completed} or {commands.failed}"
    return Ack(found["id"], status)


def _meant(status: object, commands: Commands) -> str | None:
    """Return ``completed`` or ``failed`` for a status as the profile has it; None for another."""
    names = {"": "", commands.failed: "failed", commands.completed: "completed"}
    return names.get(status) if isinstance(status, str) else None


def _acked_by_text(data: str | bytes, commands: Commands) -> Ack | None:
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    known = "|".join(map(re.escape, (commands.completed, commands.failed)))
    groups = {r"\{id\}": r"(?P<id>[^\s\",]+)", r"\{status\}": rf"(?P<status>{known})"}
    if commands.numbers_id:
        groups[r"\{id\}"] = r'"?(?P<id>[^\s\",]+)"?'
    regex = re.escape(commands.ack)
    for hole, group in groups.items():
        regex = regex.replace(hole, group, 1)
    match = re.fullmatch(regex, text) if "{id}" in commands.ack else None
    if match is None:
        return None
    return Ack(match["id"], _meant(match.groupdict().get("status") or "", commands) or "")


def _holes(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield the placeholders in the object of an ack, each with its path."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _holes(each, f"{path}.{name}" if path else name)
    elif value in ("{id}", "{status}"):
        yield str(value)[1:-1], path


def nameless(command: str, commands: Commands) -> str:
    """Return a command without its id; in an array, null is in its place."""
    message = value_in(command)
    *outer, last = commands.id.split(".")
    home = _at(message, ".".join(outer))
    if isinstance(home, dict):
        home.pop(last, None)
    else:
        _set(home, last, None)
    return json.dumps(message, separators=(",", ":"))


def of_unknown_kind(kind: str, profile: Profile) -> str:
    """Return a message of a kind that the profile does not have."""
    return json.dumps(dict.fromkeys(_kinds(profile) or ("type",), kind), separators=(",", ":"))
