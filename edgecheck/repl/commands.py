"""What can be typed: parsing, help and completion, all from one table (pure)."""

from __future__ import annotations

import json
import math
import re
import textwrap
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..render.words import did_you_mean
from ..settings.credentials import assigned_in, credentials_in_name, is_hexadecimal, is_random

# The default limit of a message in Python's websockets, in bytes.
USUAL_LIMIT = 1024 * 1024
STATUSES = ("completed", "failed")
ALL = "all"
OFF = "off"
OCCASIONS = ("pong", "command", "message", "close")
# Sent once per second; nobody waits for more pings at a prompt.
MOST_PINGS = 100
DEFAULT_WAIT = 10.0
# RFC 6455, section 7.4: the codes that an endpoint may send.
CLOSE_CODES = frozenset(
    {*range(1000, 1004), *range(1007, 1012), 1012, 1013, 1014, *range(3000, 5000)}
)
# With what a JSON message begins: an object, or an array as OCPP has it.
_JSON_BEGINS = ("{", "[")
# Beside two blanks, on a terminal of eighty columns.
_HELP_WIDTH = 76
# No valid number has more digits.
_DIGITS = 9
# In seconds. More often is a load test; less often than once a day is the same as off.
SHORTEST_KEEPALIVE, LONGEST_KEEPALIVE = 0.1, 86_400.0
# RFC 6455, section 5.5: a control frame holds 125 bytes, two of them the code.
LONGEST_REASON = 123


class Failed(Exception):
    """A line failed; the text says why."""


class Quit(Exception):
    """The user wants to end."""


class NotUnderstood(ValueError):
    """What was typed cannot be done; the text says why, and what can be typed instead."""


@dataclass(frozen=True)
class TypedCommand:
    """A line, parsed.

    Args:
        name: of the command.
        values: its parsed arguments; None for those that were left out.
    """

    name: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """One way to complete the word at the cursor.

    Args:
        text: the whole word.
        typed: how many characters of it were typed already.
        help: a short explanation.
    """

    text: str
    typed: int
    help: str = ""


@dataclass(frozen=True)
class Entry:
    """One command.

    Args:
        name: what is typed.
        usage: its arguments, as the help shows them.
        summary: one line.
        detail: further explanation.
        read: parses the text after the name into values; raises `NotUnderstood`.
        words: for completion, the words that are possible at each place: fixed ones, or the name of
            a list that changes.
    """

    name: str
    usage: str
    summary: str
    read: Callable[[str], tuple[Any, ...]]
    detail: str = ""
    words: Sequence[Sequence[str] | str] = ()


# The lists that change; the caller of `complete` provides them.
OPEN_COMMANDS, COMMAND_NAMES, SHOWN = "open commands", "command names", "shown"


# --- reading arguments ----------------------------------------------------------------------------


def _nothing(rest: str) -> tuple[Any, ...]:
    if rest:
        raise NotUnderstood(f"it takes no arguments; remove {rest[:40]!r}")
    return ()


def _text(rest: str) -> tuple[Any, ...]:
    if not rest:
        raise NotUnderstood("there is nothing to send")
    return (rest,)


def _json(rest: str) -> tuple[Any, ...]:
    _text(rest)
    try:
        value = json.loads(rest)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"not JSON: {error}; `raw` sends any text") from None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise NotUnderstood("a message is an object with a type; `raw` sends any text")
    return (rest,)


def _any_json(line: str) -> tuple[Any, ...]:
    """Take a line that begins like JSON for a message of any form."""
    try:
        json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"not JSON: {error}; `raw` sends any text") from None
    return (line,)


def lines_in(text: str) -> list[str]:
    """Return the lines of what was pasted at once; JSON over several lines is one of them."""
    if text.lstrip()[:1] in _JSON_BEGINS:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            return [text]
    return text.splitlines() or [""]


def _words(rest: str, most: int) -> list[str]:
    words = rest.split()
    if len(words) > most:
        raise NotUnderstood(f"it takes at most {most} argument{'s' if most > 1 else ''}")
    return words


def _word(rest: str) -> tuple[Any, ...]:
    words = _words(rest, 1)
    if not words:
        raise NotUnderstood("an argument is missing")
    return tuple(words)


def _optional(rest: str) -> tuple[Any, ...]:
    return (next(iter(_words(rest, 1)), None),)


def _count(rest: str) -> tuple[Any, ...]:
    words = _words(rest, 1)
    if not words:
        return (1,)
    if not words[0].isdecimal() or len(words[0]) > _DIGITS or not 1 <= int(words[0]) <= MOST_PINGS:
        raise NotUnderstood(f"{words[0][:20]!r} is not a number from 1 to {MOST_PINGS}")
    return (int(words[0]),)


def _ack(rest: str) -> tuple[Any, ...]:
    words = _words(rest, 2)
    status = words.pop() if words and words[-1] in STATUSES else STATUSES[0]
    if len(words) > 1:
        raise NotUnderstood(f"{words[1][:20]!r} is neither completed nor failed")
    return (words[0] if words else None, status)


def _close(rest: str) -> tuple[Any, ...]:
    code, _, reason = rest.partition(" ")
    if not code:
        return (1000, "")
    if not code.isdecimal() or len(code) > _DIGITS or int(code) not in CLOSE_CODES:
        raise NotUnderstood(
            f"{code[:20]!r} is not a close code that may be sent: use 1000 to 1003, 1007 to 1014, "
            "or 3000 to 4999"
        )
    if len(reason.encode("utf-8", "surrogatepass")) > LONGEST_REASON:
        raise NotUnderstood(f"the reason is longer than {LONGEST_REASON} bytes")
    return (int(code), reason.strip())


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise NotUnderstood(f"{word[:20]!r} is not a number of seconds")
    return seconds


def _set(rest: str) -> tuple[Any, ...]:
    words = _words(rest, 2)
    match words:
        case ["keepalive", "off"]:
            return ("keepalive", None)
        case ["keepalive", word]:
            seconds = _seconds(word)
            if not SHORTEST_KEEPALIVE <= seconds <= LONGEST_KEEPALIVE:
                raise NotUnderstood(
                    f"the interval must be {SHORTEST_KEEPALIVE:g} to {LONGEST_KEEPALIVE:g} seconds"
                )
            return ("keepalive", seconds)
        case ["autoack", "off"]:
            return ("autoack", None)
        case ["autoack", word] if word in STATUSES:
            return ("autoack", word)
    raise NotUnderstood("use set keepalive SECONDS|off, or set autoack completed|failed|off")


def _wait(rest: str) -> tuple[Any, ...]:
    if rest.startswith("message"):
        return _wait_for_message(rest.removeprefix("message").strip())
    words = _words(rest, 2)
    if not words or words[0] not in OCCASIONS:
        raise NotUnderstood(f"wait for one of: {', '.join(OCCASIONS)}")
    return (words[0], _seconds(words[1]) if len(words) > 1 else DEFAULT_WAIT)


def _wait_for_message(rest: str) -> tuple[Any, ...]:
    wanted = None
    if rest[:1] in _JSON_BEGINS:
        try:
            wanted, end = json.JSONDecoder().raw_decode(rest)
        except (ValueError, RecursionError) as error:
            raise NotUnderstood(f"not JSON: {error}") from None
        rest = rest[end:]
    words = _words(rest, 1)
    return ("message", _seconds(words[0]) if words else DEFAULT_WAIT, wanted)


def _path(rest: str) -> tuple[Any, ...]:
    if not rest:
        raise NotUnderstood("name a file, or off")
    return (None if rest == OFF else rest,)


# --- the table ------------------------------------------------------------------------------------

TABLE = (
    Entry("ping", "[N]", "Send the protocol's ping; with N, send N pings, one per second.", _count),
    Entry(
        "ack",
        "[COMMAND_ID|all] [completed|failed]",
        "Acknowledge a command.",
        _ack,
        "The default is the oldest command, and the status completed.",
        ((OPEN_COMMANDS, ALL, *STATUSES), STATUSES),
    ),
    Entry("commands", "", "List the commands that are not acknowledged.", _nothing),
    Entry(
        "show",
        "ID",
        "Show a command, or a frame by its number, in full.",
        _word,
        "JSON is indented, binary data is shown as hex.",
        ((SHOWN,),),
    ),
    Entry(
        "send",
        "JSON",
        "Check and send a message: a JSON object with a type.",
        _json,
        "A line that begins with { or [ is sent without this word, and needs no type.",
    ),
    Entry("raw", "TEXT", "Send any text unchanged.", _text),
    Entry("control-ping", "", "Send a WebSocket ping frame.", _nothing),
    Entry(
        "close",
        "[CODE] [REASON]",
        "Close the connection; the prompt stays.",
        _close,
        "The default code is 1000.",
        (("1000", "1001", "1011", "3000", "4000"),),
    ),
    Entry(
        "reconnect",
        "",
        "Open a new connection.",
        _nothing,
        "Commands that are not acknowledged yet can be acked over it.",
    ),
    Entry("status", "", "Show the state of the connection.", _nothing),
    Entry(
        "set",
        "keepalive SECONDS|off, autoack completed|failed|off",
        "Set the keepalive interval, or ack commands as they arrive.",
        _set,
        "The protocol's keepalive is every 30 s.",
        (("keepalive", "autoack"), (OFF, *STATUSES)),
    ),
    Entry(
        "record",
        "FILE|off",
        "Write every frame to a file, one JSON object per line.",
        _path,
        words=((OFF,),),
    ),
    Entry(
        "wait",
        "pong|command|message|close [SECONDS], message JSON [SECONDS]",
        "Wait for an event, at most SECONDS; for scripts.",
        _wait,
        (
            "With JSON, for a message that has the same members, and maybe others. An earlier "
            f"event counts if it was not waited for. The default is {DEFAULT_WAIT:g} s."
        ),
        (OCCASIONS,),
    ),
    Entry(
        "help",
        "[COMMAND]",
        "List the commands, or explain one.",
        _optional,
        words=((COMMAND_NAMES,),),
    ),
    Entry("quit", "", "Close the connection and end. Ctrl-D does the same.", _nothing),
)
ENTRIES = {entry.name: entry for entry in TABLE}


# Longer lines are searched for credentials only up to here.
_SEARCHED = 64 * 1024
_BETWEEN_WORDS = re.compile(r"[\s\"'`=:,;{}\[\]()<>]+")


def credentials_typed(line: str, known: Collection[str]) -> list[str]:
    """Return what looks like a credential in a line that somebody typed.

    Hexadecimal digits do only behind a name that tells, because most ids are made of them.

    Args:
        line: the line.
        known: ids that the backend gave.
    """
    words = [word for word in _BETWEEN_WORDS.split(line[:_SEARCHED]) if word not in known]
    found = [one for word in words for one in credentials_in_name(word)]
    named = filter(is_random, assigned_in(line[:_SEARCHED]))
    return [*named, *(one for one in found if not is_hexadecimal(one))]


def parse(line: str) -> TypedCommand | None:
    """Parse a line; None if it is blank or a comment.

    Raises:
        NotUnderstood: it cannot be done.
    """
    line = line.strip()
    if not line or line.startswith("#"):
        return None
    if not line.isascii() and any("\ud800" <= character <= "\udfff" for character in line):
        raise NotUnderstood("the line is not UTF-8 text")
    if line[0] in _JSON_BEGINS:
        return TypedCommand("raw", _any_json(line))
    name, _, rest = line.partition(" ")
    entry = ENTRIES.get(name)
    if entry is None:
        raise NotUnderstood(
            f"there is no command {name[:40]!r}.{did_you_mean(name, ENTRIES) or ' Type help.'}"
        )
    try:
        return TypedCommand(name, entry.read(rest.strip()))
    except NotUnderstood as error:
        raise NotUnderstood(f"{name}: {error}") from None


def help_lines(name: str | None) -> list[str]:
    """Return the help on everything that can be typed, or on one command.

    Args:
        name: of the command; None for all.

    Raises:
        NotUnderstood: there is no such command.
    """
    if name is None:
        width = max(len(entry.name) for entry in TABLE)
        return [f"{entry.name:<{width}}  {entry.summary}" for entry in TABLE]
    entry = ENTRIES.get(name)
    if entry is None:
        raise NotUnderstood(f"there is no command {name[:40]!r}.{did_you_mean(name, ENTRIES)}")
    usages = [f"{entry.name} {usage}".rstrip() for usage in entry.usage.split(", ")]
    detail = textwrap.wrap(entry.detail, _HELP_WIDTH)
    return [*usages, f"  {entry.summary}", *(f"  {line}" for line in detail)]


def complete(before: str, *, open_commands: Iterable[str], shown: Iterable[str]) -> list[Candidate]:
    """Return the possible completions.

    Args:
        before: the line up to the cursor.
        open_commands: ids of the commands that are not acked.
        shown: the arguments that `show` accepts.
    """
    words = re.split(r"\s+", before.lstrip())
    typed = words[-1]
    if len(words) == 1:
        return [
            Candidate(entry.name, len(typed), entry.summary)
            for entry in TABLE
            if entry.name.startswith(typed)
        ]
    entry = ENTRIES.get(words[0])
    place = len(words) - 2
    if entry is None or place >= len(entry.words):
        return []
    changing = {OPEN_COMMANDS: open_commands, SHOWN: shown, COMMAND_NAMES: ENTRIES}
    possible: list[str] = []
    for word in entry.words[place]:
        possible += changing.get(word, (word,))
    if entry.name == "set" and place == 1:
        possible = [OFF] if words[1] == "keepalive" else possible
    return [
        Candidate(word, len(typed)) for word in dict.fromkeys(possible) if word.startswith(typed)
    ]
