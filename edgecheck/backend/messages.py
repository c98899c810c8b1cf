"""The messages between an edge agent and its backend (pure).

Text messages over one WebSocket: the ping and the pong are the profile's, commands and their
acknowledgements are JSON objects. `parse` never raises, whatever the server sends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..facts.session import Message, MessageKind
from ..facts.text import escape
from .profile import Profile

# No code that reads a command has to check how deep it is nested.
DEEPEST = 100
# How much of a message is kept to be shown.
EXCERPT = 200


@dataclass(frozen=True)
class Command:
    """A command from the backend.

    Args:
        command_id: names it in the acknowledgement.
        command_type: such as ``schedule_message``.
        payload: its arguments.
        timestamp: RFC 3339, or None.
    """

    command_id: str
    command_type: str
    payload: dict[str, Any]
    timestamp: str | None = None


def ack(command_id: str, status: str = "completed") -> str:
    """Return the acknowledgement of a command; status is ``completed`` or ``failed``."""
    return json.dumps(
        {"type": "command_ack", "data": {"command_id": command_id, "status": status}},
        separators=(",", ":"),
    )


def command(command_id: str, command_type: str, payload: dict[str, Any], timestamp: str) -> str:
    """Return a command as the backend sends it."""
    inner = {
        "command_id": command_id,
        "command_type": command_type,
        "payload": payload,
        "timestamp": timestamp,
    }
    return json.dumps({"type": "command", "payload": inner}, separators=(",", ":"))


def decode(data: str | bytes) -> dict[str, Any] | str:
    """Return the object in a message, or what is wrong with the message.

    Never raises.
    """
    return _typed(_object(data))


def _object(data: str | bytes) -> dict[str, Any] | str:
    try:
        # RFC 8259 has no NaN and no Infinity; Python's int limit keeps billion-digit numbers out;
        # RecursionError is deep nesting.
        value = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {escape(str(error), 120)}"
    if not isinstance(value, dict):
        return f"JSON, but {_name(value)} but an object is needed"
    return value


def _typed(message: dict[str, Any] | str) -> dict[str, Any] | str:
    if isinstance(message, dict) and not isinstance(message.get("type"), str):
        return "an object without a type"
    return message


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


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


def command_of(message: dict[str, Any]) -> Command | str:
    """Return the command in a message of type ``command``, or what is wrong with it."""
    inner = message.get("payload")
    if not isinstance(inner, dict):
        return (
            "payload is missing" if inner is None else f"payload is {_name(inner)}, not an object"
        )
    for key in ("command_id", "command_type"):
        if key not in inner:
            return f"{key} is missing"
        if not isinstance(inner[key], str) or not inner[key]:
            return f"{key} is {_name(inner[key])}, not a non-empty string"
    payload = inner.get("payload")
    if not isinstance(payload, dict):
        return (
            "its own payload is missing"
            if payload is None
            else f"its own payload is {_name(payload)}, not an object"
        )
    if _is_deep(payload):
        return f"its own payload is nested more than {DEEPEST} deep"
    stamp = inner.get("timestamp")
    return Command(
        inner["command_id"],
        inner["command_type"],
        payload,
        stamp if isinstance(stamp, str) else None,
    )


def says(data: str | bytes, text: str) -> bool:
    """Tell whether a message is this text, or an object with every member of this text's object.

    Never raises.
    """
    return _says(data, _object(data), text)


def _says(data: str | bytes, message: dict[str, Any] | str, text: str) -> bool:
    if data == (text if isinstance(data, str) else text.encode()):
        return True
    due = _due(text)
    return isinstance(message, dict) and isinstance(due, dict) and _holds(message, due)


@lru_cache(maxsize=16)
def _due(text: str) -> dict[str, Any] | str:
    """Return the object in a text of a profile; cached, because every message needs it."""
    return _object(text)


def _holds(value: object, due: object) -> bool:
    if isinstance(due, dict):
        return isinstance(value, dict) and all(
            name in value and _holds(value[name], each) for name, each in due.items()
        )
    # In Python, not in JSON, true is 1.
    return value == due and isinstance(value, bool) == isinstance(due, bool)


def parse(data: str | bytes, profile: Profile) -> Message:
    """Tell what a message from the server is: a pong, the ping sent back, a command, or another."""
    excerpt = escape(data, EXCERPT)
    message = _object(data)
    # If the pong of a profile is the ping itself, an echo is the right answer.
    if _says(data, message, profile.pong):
        return Message(MessageKind.PONG, excerpt)
    if data == (profile.ping if isinstance(data, str) else profile.ping.encode()):
        return Message(MessageKind.ECHO, excerpt)
    message = _typed(message)
    if isinstance(message, str):
        return Message(MessageKind.NOT_JSON, excerpt, message)
    match message["type"]:
        case "command":
            problem = command_of(message)
            if isinstance(problem, str):
                return Message(MessageKind.MALFORMED_COMMAND, excerpt, problem)
            return Message(MessageKind.COMMAND, excerpt, escape(problem.command_type, 60))
        case other:
            return Message(MessageKind.UNKNOWN, excerpt, escape(other, 60))


def _name(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
