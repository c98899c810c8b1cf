"""The form of a profile's file: every key, what may stand there, and its schema (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..dotenv.readers.reading import Reader
from ..late import compiled
from ..terms import Side
from .kinds import (
    Either,
    FreeTable,
    List,
    Mistake,
    Table,
    Value,
    answers_once,
    codes_once,
    each_once,
    flag,
    one_of,
    text,
    unknown,
)
from .places import BEFORE, BETWEEN, NAMED, TOKEN, WORDS, is_authorization, is_field, meant
from .profile import Part, is_close_code
from .texts import REPEATED

_DOUBLED = compiled(r"\{\{\s*([A-Za-z_][\w-]*)\s*\}\}")
_PLACEHOLDER = compiled(r"\{([A-Za-z_][\w-]*)\}")
# What a backend would compute anew from each request: a profile is data, and computes nothing.
_COMPUTED = compiled(r"(?i)hmac|sha\d|md5|sign|digest|nonce|time|date|uuid|random|jwt")
SECRET = "{secret}"


def _placeholders(*known: str) -> Any:
    """Return a check for placeholders other than those that are filled in."""

    def says(value: str) -> Iterator[str]:
        for name in _DOUBLED.findall(value):
            if name in known:
                yield f"{{{name}}} with one pair of braces, not {{{{{name}}}}}"
        for name in _PLACEHOLDER.findall(value):
            if name in known:
                continue
            if _COMPUTED.search(name):
                yield (
                    f"{{{name}}} is not filled in: a profile has no values that are computed for "
                    "each request. Send the field yourself, with -H"
                )
            else:
                yield f"{{{name}}} is {unknown(name, known, 'a placeholder of this text')}"
        yield from _json_if_it_looks_so(value)

    return says


def _answer(value: str) -> Iterator[str]:
    yield from _placeholders("agent_id", "ping.NAME")(value)


def _ping(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "hex" in table and len(table) > 1:
        yield "", "either hex, or expect"
    elif not table.keys() & {"hex", "expect"}:
        yield "expect", "this key is missing"


def _json_if_it_looks_so(value: str) -> Iterator[str]:
    """Find a text that is meant to be a JSON object, and is none."""
    if re.match(r'\{\s*"', value):
        try:
            # A record separator ends each message of SignalR.
            whole = REPEATED.sub("0", value).strip("\x1e")
            json.loads(_PLACEHOLDER.sub("0", whole))
        except ValueError as error:
            yield f"JSON, because it begins with {{: {error}"


def _regex(value: str) -> Iterator[str]:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        yield f"a regular expression as Python's re reads it: {error}"


def _path(value: str) -> Iterator[str]:
    if SECRET in value:
        yield (
            "a path without the secret: paths are written to logs. Say with `authorization` where "
            "the secret goes"
        )
    yield from (each for each in _placeholders("agent_id")(value) if "{secret}" not in each)


def _header_value(value: str) -> Iterator[str]:
    alone_or_within = rf"({BEFORE} |{NAMED})?\{{secret\}}|{BETWEEN}"
    if value.count(SECRET) > 1 or (SECRET in value and not re.fullmatch(alone_or_within, value)):
        yield (
            'the secret alone ("{secret}"), after one word ("Token {secret}"), after a name '
            '("sid={secret}"), between two texts, or no secret'
        )
    yield from _placeholders("agent_id", "secret")(value)


def _query_value(value: str) -> Iterator[str]:
    if SECRET in value and value != SECRET:
        yield 'the secret alone ("{secret}"), or no secret'
    yield from _placeholders("agent_id", "secret")(value)


def _words_of_its_own(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    own = [key for key in ("title", "side", "cause", "remedies") if key in table]
    if "problem" in table and own:
        yield own[0], "either a problem of the catalogue or words of the profile, not both"
    elif "problem" not in table:
        for key in ("title", "cause"):
            if key not in table:
                yield key, "this key is missing; or name a problem of the catalogue with `problem`"


_NAME = text(
    "a name of letters, digits and _", r"[A-Za-z_][A-Za-z0-9_]{0,63}", note="The variable's name."
)
_LINE = text("a text of one line, of at most 200 characters", r"[^\x00-\x1f\x7f]{1,200}")
_REGEX = text("a regular expression", r".{1,1000}", says=_regex)
_PROBLEM = text(
    "the code of a problem of the catalogue",
    r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+",
    note="The code of a problem, as `edgecheck explain` lists them.",
)
_PAIRS = r"(?:[0-9A-Fa-f]{2} ?){1,2000}"
_OCTETS = Table(
    {"hex": text("bytes as pairs of hexadecimal digits, such as 81 a1", _PAIRS)},
    required=("hex",),
    note="The bytes of a binary message that is not text.",
)
_SEEN = Table(
    {
        "regex": _REGEX,
        "hex": text(
            "bytes as pairs of hexadecimal digits, such as 81 a1; with a * at the end if others "
            "may follow",
            rf"{_PAIRS}\*?",
        ),
    },
    rule=one_of(("regex",), ("hex",), otherwise="either regex or hex"),
)
_PATTERN = Either(
    (text("a text", r".{1,10000}", says=_placeholders("agent_id")), _SEEN),
    'a text, { regex = "…" } or { hex = "…" }',
    note="The message, or a JSON object that it holds, or a regex, or its bytes.",
)
_PONG = Either(
    (
        text("a text", r".{1,10000}", says=_placeholders("agent_id", "counter")),
        _SEEN,
    ),
    'a text, { regex = "…" } or { hex = "…" }',
    note="The answer to a ping; {counter} in it is any whole number.",
)
_SENT = Either(
    (
        text(
            "a text to send",
            r".{1,10000}",
            note="{secret} and {agent_id} are filled in.",
            says=_placeholders("secret", "agent_id"),
        ),
        _OCTETS,
    ),
    'a text to send, or { hex = "…" }',
)
_PING = Either(
    (
        text(
            'a text, or "frame"; an empty text if nobody pings',
            r".{0,10000}",
            note=(
                'A text, or "frame" for the ping frame of RFC 6455; {counter} is its number. Empty '
                "if nobody pings."
            ),
            says=_placeholders("agent_id", "counter"),
        ),
        Table(
            {
                "send": Either(
                    (
                        text(
                            "a text, or frame",
                            r".{1,10000}",
                            says=_placeholders("agent_id", "counter"),
                        ),
                        _OCTETS,
                    ),
                    'a text, "frame", or { hex = "…" }',
                ),
                "expect": _PATTERN,
                "answer": Either(
                    (
                        text(
                            "a text to send, or an empty one",
                            r".{0,10000}",
                            note="{ping.NAME} repeats a value of the server's ping.",
                            says=_answer,
                        ),
                        _OCTETS,
                    ),
                    'a text to send, or { hex = "…" }',
                ),
                "hex": _OCTETS.keys["hex"],
            },
            note="The bytes to send; or for a server that pings: its message, and the answer.",
            rule=_ping,
        ),
    ),
    'a text, "frame", { hex = "…" }, or { expect = "…", answer = "…" }',
)
_AUTHORIZATION = Value(
    f"{', '.join(WORDS)}, header:NAME SCHEME, header:NAME or query:NAME",
    (str,),
    {
        "type": "string",
        "description": "Where the secret goes.",
        "anyOf": [
            {"enum": list(WORDS)},
            {"pattern": f"^query:{TOKEN}$"},
            {"pattern": f"^header:{TOKEN}( ({BEFORE}|[!-~]([ -~]*)[=:]|[=:]|{BETWEEN}))?$"},
        ],
    },
    is_authorization,
    meant=meant,
)

_REQUEST = Table(
    {
        "path": text(
            "a path that begins with /, without ? and #; or an empty text",
            r"(?:/[^\x00-\x20\x7f?#\\]*)?",
            note="Appended to the address; empty for the address as it is.",
            says=_path,
        ),
        "query": FreeTable(
            text("a name without blanks", r"[^\x00-\x20\x7f&=#]{1,200}"),
            text(
                "a text without control characters", r"[^\x00-\x1f\x7f]{0,1000}", says=_query_value
            ),
            "Parameters of the address.",
        ),
        "headers": FreeTable(
            text(
                "the name of a field that the client does not write itself",
                TOKEN,
                fits=is_field,
            ),
            text(
                "a text without control characters", r"[^\x00-\x1f\x7f]{0,1000}", says=_header_value
            ),
            "Further fields of the request.",
        ),
        "subprotocols": List(
            text("the name of a subprotocol", TOKEN),
            note="To offer, in this order.",
            unique=True,
        ),
        "origin": text(
            "an origin (https://host), or an empty text",
            r"(?:[a-z][a-z0-9+.-]*://[^\x00-\x20\x7f/?#@]+|null)?",
            note="The value of the Origin field.",
        ),
        "authorization": _AUTHORIZATION,
    },
    note="What the opening handshake asks for.",
)
_GREETING = List(
    Table(
        {
            "send": _SENT,
            "without_secret": text(
                "a text to send, or an empty one", r".{0,10000}", says=_placeholders("agent_id")
            ),
            "expect": _PATTERN,
            "problem": _PROBLEM,
        },
        rule=one_of(
            ("send", "without_secret"), ("expect", "problem"), otherwise="either send or expect"
        ),
    ),
    note="The first messages, in order.",
)
_SESSION = Table(
    {
        "greeting": _GREETING,
        "ping": _PING,
        "pong": _PONG,
        "binary": List(
            Value(
                f"one of {', '.join(Part)}",
                (str,),
                {"enum": list(Part)},
                lambda one: one in list(Part),
            ),
            note="The parts whose messages are binary, as UTF-8.",
            unique=True,
        ),
        "keepalive": Value(
            "a number of seconds from 0.01 to 86400",
            (int, float),
            {
                "type": "number",
                "description": "Seconds from one ping to the next.",
                "minimum": 0.01,
                "maximum": 86400,
            },
            lambda seconds: 0.01 <= seconds <= 86400,
        ),
    },
    note="What is said after the opening handshake.",
)
_STATUS = text("a text without control characters", r"[^\x00-\x1f\x7f]{1,100}")
_MEMBERS = text("names with dots between them", r"[^.\x00-\x1f]+(?:\.[^.\x00-\x1f]+)*")
_COMMANDS = Either(
    (
        Value(
            "false, or a table",
            (bool,),
            {"const": False, "description": "The backend sends no commands."},
            lambda value: value is False,
        ),
        Table(
            {
                "match": _PATTERN,
                "id": _MEMBERS,
                "kind": _MEMBERS,
                "payload": _MEMBERS,
                "payload_type": text(
                    "any or object",
                    "any|object",
                    note="object if each command has a payload, and it is an object.",
                ),
                "ack": text(
                    "a text to send, or an empty one",
                    r".{0,10000}",
                    note="{id} and {status} are filled in; empty if the backend wants no answer.",
                    says=_placeholders("id", "status", "agent_id"),
                ),
                "status": Table(
                    {"completed": _STATUS, "failed": _STATUS},
                    note="What {status} is in the answer.",
                ),
            },
            note="The messages with which the backend asks for something.",
        ),
    ),
    "a table, or false where there are no commands",
)
_MEANING: Mapping[str, Any] = {
    "problem": _PROBLEM,
    "title": _LINE,
    "side": Value(
        f"one of {', '.join(Side)}",
        (str,),
        {"enum": list(Side)},
        lambda one: one in list(Side),
    ),
    "cause": text("a text of at most 2000 characters", r".{1,2000}"),
    "remedies": List(text("a text of at most 2000 characters", r".{1,2000}")),
}
_CLOSE = List(
    Table(
        {
            "code": Value(
                "a whole number from 1000 to 4999 that RFC 6455 lets an endpoint send",
                (int,),
                {
                    "type": "integer",
                    "anyOf": [
                        {"minimum": 1000, "maximum": 1003},
                        {"minimum": 1007, "maximum": 1014},
                        {"minimum": 3000, "maximum": 4999},
                    ],
                },
                is_close_code,
            ),
            **_MEANING,
            "message": Either(
                (
                    text(
                        "a text that the backend sends",
                        r".{1,10000}",
                        note="The message that the backend sends before it closes so.",
                        says=_placeholders("agent_id"),
                    ),
                    _OCTETS,
                ),
                'a text, or { hex = "…" }',
            ),
        },
        required=("code",),
        rule=_words_of_its_own,
    ),
    note="The close codes that have a meaning here.",
    rule=codes_once,
)
_REFUSAL = List(
    Table(
        {
            "status": Value(
                "a whole number from 300 to 599: the status of an HTTP answer that refuses",
                (int,),
                {"type": "integer", "minimum": 300, "maximum": 599},
                lambda status: 300 <= status <= 599,
            ),
            "body": text(
                "a text",
                r".{1,10000}",
                note="The content of the answer, or a JSON object that it holds.",
                says=_json_if_it_looks_so,
            ),
            **_MEANING,
        },
        required=("status",),
        rule=_words_of_its_own,
    ),
    note="The HTTP answers to the opening handshake that have a meaning here.",
    rule=answers_once,
)

FORM = Table(
    {
        "extends": text(
            "the name of a built-in profile, or a file beside this one",
            r"[^\x00-\x1f\x7f]{1,1000}",
            note="What this profile starts from; edge if it does not say.",
        ),
        "name": text("a name of one line, of at most 60 characters", r"[^\x00-\x1f\x7f]{1,60}"),
        "readers": List(
            text(f"a reader: {', '.join(Reader)}", "|".join(map(re.escape, Reader))),
            note="The programs that read the .env file.",
            unique=True,
        ),
        "variables": Table(
            {"url": _NAME, "secret": _NAME, "agent_id": _NAME},
            note="The names of the settings, in .env and in the environment.",
            rule=each_once,
        ),
        "secret": Table({"required": flag("Without a secret, nothing is sent.")}),
        "agent_id": Table(
            {
                "required": flag("The backend does not accept an agent without an id."),
                "pattern": text(
                    "a regular expression",
                    r".{1,1000}",
                    note="A regular expression that a whole agent id matches.",
                    says=_regex,
                ),
                "form": text("how an id looks", r"[^\x00-\x1f\x7f]{1,100}"),
                "example": text("an agent id", r"[^\x00-\x20\x7f]{1,200}"),
                "probe_id": text(
                    "an agent id, or an empty text",
                    r"[^\x00-\x20\x7f]{0,200}",
                    note="An id that the backend keeps for looking; checkups use it.",
                ),
                "shared": flag("Several connections may use one id at the same time."),
            }
        ),
        "request": _REQUEST,
        "session": _SESSION,
        "commands": _COMMANDS,
        "close": _CLOSE,
        "refusal": _REFUSAL,
    },
    note="How one kind of backend wants to be spoken to.",
)


def mistakes_in(tree: object) -> list[Mistake]:
    """Return what is wrong in a file, as far as the file alone says it."""
    return list(FORM.mistakes(tree, ""))


def schema() -> dict[str, Any]:
    """Return the form as JSON Schema, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A profile of edgecheck",
        **FORM.schema,
    }
