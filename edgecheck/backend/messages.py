"""The messages between an edge agent and its backend, as the profile describes them (pure).

`parse` says what a message from the server is, and never raises, whatever the server sends.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from ..escapes import escape
from ..frozen import replace
from .commands import command_in, id_in
from .message import Message, MessageKind
from .profile import Expect, Pattern, Profile, Send
from .texts import (
    COUNTER,
    NotJson,
    fill,
    matches,
    name_of,
    object_in_pattern,
    octets_of,
    value_in,
)

# How much of a message is kept to be shown.
EXCERPT = 200


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


def says(data: str | bytes, text: str) -> bool:
    """Tell whether a message is this text, or an object with every member of this text's object.

    Never raises.
    """
    return matches(data, Pattern(text=text))


def parse(data: str | bytes, profile: Profile) -> Message:
    """Tell what a message from the server is: a pong, the ping sent back, a command, or another."""
    excerpt = escape(data, EXCERPT)
    ping, pong = profile.session.ping, profile.session.pong
    if pong is not None and pong.text and data == pong.text and not pong.begins:
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
        found = command_in(data, profile.commands)
        if isinstance(found, str):
            named = escape(id_in(data, profile.commands) or "", EXCERPT)
            return Message(MessageKind.MALFORMED_COMMAND, excerpt, found, named)
        kind, named = escape(found.command_type, 60), escape(found.command_id, EXCERPT)
        return Message(MessageKind.COMMAND, excerpt, kind, named)
    if any(each.message and says(data, each.message) for each in profile.close):
        return Message(MessageKind.FAREWELL, excerpt)
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
    return data == (ping if isinstance(data, str) else octets_of(ping))


def spoken_by(profile: Profile, agent_id: str) -> Profile:
    """Return the profile with the agent id filled into its texts; the secret stays a placeholder.

    Args:
        profile: as it was read.
        agent_id: empty if there is none.
    """
    if not profile.says_agent_id:
        return profile
    values = {"agent_id": agent_id}

    def pattern(one: Pattern) -> Pattern:
        # A regular expression has its own way to escape; `fill` would escape for JSON.
        return replace(one, text=fill(one.text, values))

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
    close = tuple(replace(each, message=fill(each.message, values)) for each in profile.close)
    return replace(profile, session=spoken, commands=commands, close=close)


def of_unknown_kind(kind: str, profile: Profile) -> str:
    """Return a message of a kind that the profile does not have."""
    return json.dumps(dict.fromkeys(_kinds(profile) or ("type",), kind), separators=(",", ":"))
