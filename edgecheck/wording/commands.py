"""Printed commands that examine the same target with the same options as this run (pure).

A text of the catalogue names a command without options. Here it gets those that are in use, so that
somebody who pastes it looks at the same thing. What was given as a credential is never repeated:
the command then reads it from a variable or a file, and fails if that is not set.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from ..escapes import is_unsafe, unescape
from ..late import compiled
from ..settings.request import NotValid, destination_of
from .units import joined

# Options of a command line, each with its value if it takes one.
Words = tuple[tuple[str, ...], ...]

# In place of a credential.
HIDDEN = "***"
# Where the command then reads header fields from.
HEADERS = "headers.txt"

_FLAGS = frozenset(
    {"--no-proxy", "--insecure", "-4", "-6", "--allow-plaintext", "--demo"}
    | {"--no-experiments", "--no-path", "--deep"}
)
_TARGET = ("--url", "--secret-file", "--agent-id", "-e", "--profile", "--reader")
_REQUEST = ("-H", "--subprotocol", "--origin")
_WAY = ("--cert", "--key", "--key-password-file", "--connect-to", "--unix-socket", "--interface")
_CONNECTION = ("--proxy", "--no-proxy", "--timeout", "--ca-file", "--insecure", "-4", "-6")
CONNECTING = (*_TARGET, *_CONNECTION, "--allow-plaintext", *_REQUEST, *_WAY, "--demo")
# What each command takes of the options of a run; a test compares it with the command line.
TAKEN = {
    "doctor": (
        *CONNECTING,
        *("--until", "--no-experiments", "--no-path", "--deep", "--for", "--fault"),
    ),
    "ping": CONNECTING,
    "listen": CONNECTING,
    "repl": CONNECTING,
    "init": ("-e", "--profile"),
    "env": ("-e", "--profile", "--reader"),
    "explain": ("--profile",),
    "snippet": ("--profile",),
    "profile": ("-e", "--profile"),
    "secret fingerprint": ("--secret-file", "-e", "--profile"),
    "secret compare": ("--secret-file", "-e", "--profile"),
}
_ALIASES = {"--env-file": "-e", "--header": "-H"}
# Options of which a command line has one: what the command itself says counts.
_APART = (
    ("--proxy", "--no-proxy", "--unix-socket"),
    ("-4", "-6", "--unix-socket"),
    ("--connect-to", "--unix-socket"),
    ("--interface", "--unix-socket"),
    ("--cert", "--key", "--key-password-file"),
)
_ITS_OWN = ("--url", "--secret-file", "--agent-id", "-e", "--proxy", "--ca-file", "--cert")
# A demo has settings of its own, and a repair, a watch or a judgement of the settings has none.
_NO_DEMO = (*_ITS_OWN, "--connect-to", "--unix-socket", "--interface", "--fix", "--watch")
_WITHOUT_CONNECTION = ("--offline", "--replay")

_CODE = compiled(r"`[^`]+`")
_COMMAND = compiled(
    rf"(?<![\w./-])edgecheck ({'|'.join(sorted(TAKEN, key=len, reverse=True))})\b([^`\n|>;]*)"
)
# curl to the backend, and its own names of the options that it has, too.
_CURL = compiled(r"(?<![\w./-])curl -i\b(?=[^`\n|>;]*://)")
_OF_CURL = {
    "-4": "-4",
    "-6": "-6",
    "--proxy": "--proxy",
    "--no-proxy": "--noproxy '*'",
    "--ca-file": "--cacert",
    "--insecure": "--insecure",
    "--unix-socket": "--unix-socket",
    "--interface": "--interface",
    "--cert": "--cert",
    "--key": "--key",
    "--connect-to": "--connect-to",
}
# openssl's look at TLS: where it connects to, and what stands behind that.
_NAMED = compiled(r"-connect (\S+):(\d+) -servername \1(?=[\s`]|$)")
_OPENSSL = compiled(r"(?<![\w./-])openssl s_client -connect ([^\s`|>;]+)([^`\n|>;]*)")
_OF_OPENSSL = {
    "-4": "-4",
    "-6": "-6",
    "--ca-file": "-CAfile",
    "--cert": "-cert",
    "--key": "-key",
    "--key-password-file": "-pass",
    "--proxy": "-proxy",
    "--interface": "-bind",
}
_PLACE_OF_OPENSSL = {"--connect-to": "-connect", "--unix-socket": "-unix"}
_ADDRESS = compiled(r"[0-9.]{7,15}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*")
_OPTION = compiled(r"(?<=\s)--?[a-zA-Z0-9][a-z-]*")


def carrying(text: str, options: Words) -> str:
    """Return a text with the options in use in each command of edgecheck that it names.

    Args:
        text: a remedy; a command is in backticks, or on a line that begins with ``$ ``.
        options: of the run; each value is escaped.
    """
    text = _NAMED.sub(_without_name, text)
    if not options:
        return text
    lines = text.split("\n")
    return "\n".join(
        _with_options(line, options)
        if line.startswith("$ ")
        else _CODE.sub(lambda code: _with_options(code[0], options), line)
        for line in lines
    )


def _without_name(found: re.Match[str]) -> str:
    """TLS sends no address as the server's name (RFC 6066, section 3); openssl would."""
    host, port = found.groups()
    try:
        address = ip_address(host)
    except ValueError:
        return found[0]
    place = f"[{host}]" if address.version == 6 else host
    return f"-connect {place}:{port} -noservername"


def command(words: str, options: Words) -> str:
    """Return a command of edgecheck with the options in use."""
    return _with_options(words, options)


def to_fill_in(options: Words) -> str:
    """Say what the commands do not show, and how they get it; empty if they show everything."""
    variables = [_variable(name) for name, *value in filter(None, options) if value == [HIDDEN]]
    fields = [
        value[0].partition(":")[0]
        for name, *value in filter(None, options)
        if name == "-H" and value and _is_hidden_field(value[0])
    ]
    parts = []
    if variables:
        parts.append(f"set {joined(dict.fromkeys(variables))} in this shell")
    if fields:
        parts.append(f"write the header {joined(dict.fromkeys(fields))} into {HEADERS}")
    return f"The commands show no credentials: first {' and '.join(parts)}." if parts else ""


def _with_options(text: str, options: Words) -> str:
    def carried(found: re.Match[str]) -> str:
        name, rest = found.groups()
        words = " ".join(_spelled(_fitting(options, name, rest)))
        return f"edgecheck {name}{' ' if words else ''}{words}{rest}"

    with_ours = _COMMAND.sub(carried, text)
    with_curl = _CURL.sub(lambda found: " ".join([found[0], *_of_curl(options)]), with_ours)
    return _OPENSSL.sub(lambda found: _of_openssl(found[1], found[2], options), with_curl)


def _of_openssl(place: str, rest: str, options: Words) -> str:
    """Return openssl's command with the options that it has, too, under its names.

    It knows the address of an interface, not its name, and no proxy other than one of plain HTTP
    without credentials: those are left out.

    Args:
        place: host and port that the command itself connects to.
        rest: the other words of the command, with the blank before them.
        options: of the run.
    """
    known = {name: value[0] for name, *value in filter(None, options) if len(value) == 1}
    host = place.rpartition(":")[0] or place
    where = ("-connect", place)
    if "--unix-socket" in known:
        where = ("--unix-socket", known["--unix-socket"])
    elif "--connect-to" in known:
        where = ("--connect-to", _for_openssl(unescape(known["--connect-to"]), place))
    named = "" if "servername" in rest or where[1] == place else f" -servername {host}"
    ours = [where, *_shown_to_openssl(options, direct=where[0] == "--unix-socket")]
    if any(name == "--cert" for name, *_ in ours):
        rest = compiled(r" -(?:cert|key) \S+").sub("", rest)
    names = {**_OF_OPENSSL, **_PLACE_OF_OPENSSL}
    words = [names.get(word, word) for word in _spelled(ours)]
    return f"openssl s_client {' '.join(words)}{named}{rest}"


def _for_openssl(destination: str, place: str) -> str:
    """Return a place to connect to as openssl takes it: always with a port."""
    try:
        there = destination_of(destination)
    except NotValid:
        return HIDDEN
    return f"{there}{'' if there.port else ':' + place.rpartition(':')[2]}"


def _shown_to_openssl(options: Words, *, direct: bool) -> Iterator[tuple[str, ...]]:
    """Yield the options that openssl has, too, each as it takes its value."""
    for name, *value in filter(None, options):
        if name not in _OF_OPENSSL or len(value) != (name not in _FLAGS):
            continue
        text = "".join(value)
        if name == "--proxy":
            text = text.removeprefix("http://").rstrip("/")
            if direct or text == HIDDEN or "/" in text or "@" in text:
                continue
        elif name == "--interface":
            if not _ADDRESS.fullmatch(text):
                continue
            text = f"[{text}]:0" if ":" in text else f"{text}:0"  # 0: any port
        elif name == "--key-password-file" and text != HIDDEN:
            text = f"file:{text}"
        yield (name, text) if value else (name,)


def _of_curl(options: Words) -> list[str]:
    """Return the options that curl has, too, under its names."""
    words: list[str] = []
    for option in filter(None, options):
        name, *value = option
        if name not in _OF_CURL or len(value) != (name not in _FLAGS):
            continue
        words += [name, _for_curl(value[0])] if name == "--connect-to" else _spelled([option])
    return [_OF_CURL.get(word, word) for word in words]


def _for_curl(place: str) -> str:
    """Return a place to connect to as curl takes it: for any host and port, and with its own."""
    try:
        destination = destination_of(place)
    except NotValid:
        return _from_variable("--connect-to", "::")
    return quoted(f"::{destination}{'' if destination.port else ':'}")


def _fitting(options: Words, name: str, rest: str) -> Iterator[tuple[str, ...]]:
    """Yield the options that a command takes, and that it does not have or contradict itself."""
    own = {_ALIASES.get(option, option) for option in _OPTION.findall(f" {rest}")}
    without = own - {"-H"}
    file_is_read = "-H" in own
    for apart in _APART:
        if own.intersection(apart):
            without.update(apart)
    if own.intersection(_NO_DEMO) or own.intersection(_WITHOUT_CONNECTION):
        without.update(("--demo", "--fault"))
    if own.intersection(_WITHOUT_CONNECTION):
        without.update(("--until", "--deep", "--for"))
    if "://" in rest:
        without.add("--url")
    for option in options:
        # A report may be forged: only what these commands know, and in its own form.
        known = option and option[0] in TAKEN[name] and option[0] not in without
        if not known or len(option) != (1 if option[0] in _FLAGS else 2):
            continue
        # Several hidden headers come from one file, which the command may have itself.
        if option[0] == "-H" and _is_hidden_field(option[1]):
            if file_is_read:
                continue
            file_is_read = True
        yield option


def _spelled(options: Iterable[tuple[str, ...]]) -> list[str]:
    words: list[str] = []
    for name, *value in options:
        spelled = [name]
        if value == [HIDDEN]:
            spelled.append(_from_variable(name))
        elif name == "-H" and _is_hidden_field(value[0]):
            spelled.append(f"@{HEADERS}")
        elif value:
            spelled.append(quoted(unescape(value[0])))
        words += spelled
    return words


def _is_hidden_field(value: str) -> bool:
    return value.endswith(f": {HIDDEN}")


def _from_variable(option: str, before: str = "") -> str:
    """Return the word in whose place the shell puts a value, or refuses if there is none."""
    return f'"{before}${{{_variable(option)}:?}}"'


def _variable(option: str) -> str:
    return option.strip("-").replace("-", "_").upper()


def quoted(word: str) -> str:
    """Quote a word for a shell; what cannot be shown is written as bytes (bash, zsh, ksh)."""
    if not any(is_unsafe(character) or character == "`" for character in word):
        return shlex.quote(word)
    return f"$'{''.join(map(_as_bytes, word))}'"


def _as_bytes(character: str) -> str:
    if character not in "`'\\" and not is_unsafe(character):
        return character
    data = character.encode("utf-8", "surrogateescape" if character >= "\ud800" else "strict")
    return "".join(f"\\x{byte:02x}" for byte in data)
