"""What a client to copy recognises, counts and repeats: what changes in its messages (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ..backend.profile import Commands, Conversation, Pattern, Ping
from ..backend.texts import COUNTER, REPEATED, is_json, value_in_pattern

# A record separator ends each message of SignalR.
_SEPARATOR = "\x1e"
# How a program calls its function that makes the next ping.
_NEXT_PING = {"py": "next_ping()", "js": "nextPing()", "go": "nextPing()"}


def pattern_of(pattern: Pattern) -> dict[str, Any]:
    """Return what the templates say of a message that is recognised."""
    value = value_in_pattern(pattern.text) if pattern.text else None
    counts = COUNTER in pattern.text
    regex = pattern.regex
    if counts and value is None:
        regex = f"^{'[0-9]+'.join(map(_escaped, pattern.text.split(COUNTER)))}$"
    like = _uncounted(value)
    if pattern.begins:
        regex = f"^{_escaped(pattern.text)}"
    return {
        "regex": regex,
        "text": pattern.text,
        "object": like,
        # The same as a text, for a language that reads it again.
        "like": json.dumps(like, ensure_ascii=False) if counts else pattern.text,
    }


def _uncounted(value: Any) -> Any:
    """Return a JSON value in which each text with a number of a ping is only that place."""
    if isinstance(value, dict):
        return {name: _uncounted(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_uncounted(each) for each in value]
    return COUNTER if isinstance(value, str) and COUNTER in value else value


def _escaped(text: str) -> str:
    """Escape a text for the regular expressions of every language alike."""
    return re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", text)


def in_javascript(regex: str) -> str:
    """Return a regular expression of Python's as JavaScript writes its named groups."""
    return regex.replace("(?P<", "(?<")


def needs_of_messages(
    talk: Conversation, commands: Commands | None, patterns: list[Pattern]
) -> dict[str, bool]:
    """Return what a client needs for the messages that a profile describes.

    Args:
        talk: the messages of a session.
        commands: those that the backend sends.
        patterns: all that the client recognises.
    """
    values = [value_in_pattern(one.text) for one in patterns if one.text]
    said = [one.text for one in patterns] + [talk.ping.text, talk.ping.answer]
    said += [commands.ack] if commands is not None else []
    return {
        "counts": COUNTER in talk.ping.text,
        "counts_values": any(COUNTER in json.dumps(each) for each in values),
        "lists": any(_has_list(each) for each in values),
        "repeats": REPEATED.search(talk.ping.answer) is not None,
        "separated": any(_SEPARATOR in text for text in said),
    }


def _has_list(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_list, value.values()))
    return isinstance(value, list)


def next_ping(text: str, language: str, literal: Callable[[str], str]) -> str:
    """Return the expression for the ping that is due."""
    return _NEXT_PING[language] if COUNTER in text else literal(text)


def answer_in(ping: Ping, language: str, literal: Callable[[str], str]) -> str:
    """Return the expression for the answer to a server's ping, with the values that it repeats.

    Args:
        ping: of the profile.
        language: py, js or go: ``message`` is the ping's JSON there, and ``found`` what the regular
            expression has found in it.
        literal: writes a text in that language.
    """
    groups = re.compile(ping.expect.regex).groupindex if ping.expect and ping.expect.regex else {}
    escaped, parts, end = is_json(ping.answer), [], 0
    for hole in REPEATED.finditer(ping.answer):
        before = ping.answer[end : hole.start()]
        parts += [literal(before)] if before else []
        quoted = ping.answer[: hole.start()].endswith('"')
        kind = "group" if hole[1] in groups else ("inside" if quoted else "value")
        forms = _FORMS[language]
        if kind == "group":
            parts.append(forms["group"].format(literal(hole[1]), groups.get(hole[1])))
        else:
            path = _path(hole[1], language)
            parts.append(forms[kind if escaped else "text"].format(path))
        end = hole.end()
    after = ping.answer[end:]
    parts += [literal(after)] if after else []
    return " + ".join(parts) or literal("")


_FORMS = {
    "py": {
        "value": "json.dumps(message{})",
        "inside": "json.dumps(str(message{}))[1:-1]",
        "text": "str(message{})",
        "group": "found[{}]",
    },
    "js": {
        "value": "JSON.stringify(message{})",
        "inside": "JSON.stringify(String(message{})).slice(1, -1)",
        "text": "String(message{})",
        "group": "found.groups[{}]",
    },
    "go": {
        "value": "asJSON(at(message{}))",
        "inside": "inJSON(text(at(message{})))",
        "text": "text(at(message{}))",
        "group": "string(found[{1}])",
    },
}


def _path(path: str, language: str) -> str:
    steps = [name if name.isdecimal() else json.dumps(name) for name in path.split(".")]
    if language == "go":
        return "".join(f", {step}" for step in steps)
    return "".join(f"[{step}]" for step in steps)
