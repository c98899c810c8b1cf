"""A command line that somebody pasted: where wscat, websocat or curl connect, and as whom (pure).

The backend's team may send the command that works for them. It names the settings more exactly than
a sentence does: the address is an argument, the secret and the agent's id are header fields.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from ..backend.profile import Place, Profile
from ..escapes import is_unsafe

_PROGRAM = re.compile(r"(?:^|[/\\])(wscat2?|websocat|curl|http|https|xh|wsdump)(?:\.exe|\.cmd)?$")
# What may stand before the program: a prompt, or a program that starts another one.
_BEFORE = frozenset({"$", "#", ">", "%", "npx", "-y", "sudo", "time", "docker", "run", "--rm"})
_HEADER = re.compile(r"(?:-H|--headers?)(?:=|$)|-H(?=.)")
_ADDRESS = re.compile(r"(?i)(?:wss?|https?)://\S+")
# A field as HTTPie takes it; an address has a slash behind its colon.
_ITEM = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(?!/)(.+)")
# Credentials of a user and a password, in the place of a field's name.
_USER = ":user"
# A variable, or a word to fill in: the value is somewhere else.
_ELSEWHERE = re.compile(r"\$[A-Za-z_{(].*|<.*>|\{\{.*\}\}|\*{3,}.*|[xX]{4,}|…|\.\.\.")


def settings_in_command(text: str, profile: Profile) -> Mapping[str, str] | None:
    """Return the settings that a command line holds; None if it is another kind of text.

    Args:
        text: as pasted; a backslash at the end of a line continues it, and other lines may be
            around it.
        profile: says in which header fields the secret and the agent's id are.
    """
    lines = re.sub(r"\\\r?\n\s*", " ", text).split("\n")
    commands = [words for line in lines if (words := _words(line)) is not None]
    if len(commands) != 1:
        return None
    words = commands[0]
    names = profile.variables
    found: dict[str, str] = {}
    for address in filter(_ADDRESS.fullmatch, words):
        found.setdefault(names.url, address)
    for name, value in (*_fields(words), *_parameters(found.get(names.url, ""))):
        if name == _USER:
            user, _, password = value.partition(":")
            # The id is the user of Basic credentials, and of nothing else that a profile has.
            if password and not _ELSEWHERE.fullmatch(password) and profile.is_agent_id(user):
                found.setdefault(names.agent_id, user)
                found.setdefault(names.secret, password)
            continue
        setting, meant = _meant(name, value.strip(), profile)
        if setting and meant and not _ELSEWHERE.fullmatch(meant):
            found.setdefault(setting, meant)
    return found


def _words(text: str) -> list[str] | None:
    """Return the words after the program's name; None if no known program begins the line."""
    line = text.strip().strip("`").strip()
    if any(is_unsafe(character) for character in line.replace("\t", " ")):
        return None
    line = line.replace("\u201c", '"').replace("\u201d", '"').replace("\u2019", "'")
    try:
        words = shlex.split(line)
    except ValueError:  # a quote without its end
        return None
    for number, word in enumerate(words):
        if _PROGRAM.search(word):
            return words[number + 1 :]
        if word not in _BEFORE:
            return None
    return None


def _fields(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the header fields: `-H 'Name: value'`, `-H'Name: value'`, `--header=Name:value`."""
    for number, word in enumerate(words):
        option = _HEADER.match(word)
        if option is None:
            continue
        field = word[option.end() :] or "".join(words[number + 1 : number + 2])
        name, colon, value = field.partition(":")
        if colon:
            yield name.strip(), value
    yield from _credentials(words)


def _credentials(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the fields that options of their own make, and those that HTTPie takes without one."""
    pairs = [*pairwise(words), *(word.partition("=")[::2] for word in words)]
    for name, value in pairs:
        if name == "--oauth2-bearer":
            yield "Authorization", f"Bearer {value}"
        elif name in ("-u", "--user", "--auth"):
            yield _USER, value
    for item in map(_ITEM.fullmatch, words):
        if item is not None:
            yield item[1], item[2]


def _parameters(address: str) -> Iterator[tuple[str, str]]:
    try:
        query = parse_qs(urlsplit(address).query)
    except ValueError:
        return
    yield from ((f"?{name}", values[0]) for name, values in query.items() if len(values) == 1)


def _meant(name: str, value: str, profile: Profile) -> tuple[str, str]:
    """Return the setting that a field or a parameter carries, and its value."""
    names, authorization = profile.variables, profile.request.authorization
    place = authorization.place
    if name.lower() == profile.agent_field.lower() or name == f"?{profile.agent_parameter}":
        return (
            (names.agent_id, value) if profile.agent_field or profile.agent_parameter else ("", "")
        )
    if name.lower() == "authorization" and place is Place.BEARER:
        scheme, blank, token = value.partition(" ")
        # Another scheme is left for the judgement of the secret.
        return names.secret, token.strip() if blank and scheme.lower() == "bearer" else value
    if place is Place.HEADER and name.lower() == authorization.name.lower():
        before, after = authorization.before, authorization.after
        fits = value.startswith(before) and value.endswith(after)
        return names.secret, value[len(before) : len(value) - len(after)] if fits else value
    if place is Place.QUERY and name == f"?{authorization.name}":
        return names.secret, value
    return "", ""
