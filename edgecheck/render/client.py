"""A client to copy, written for the backend of a profile (pure).

Those for the default profile are files in the package: ``make docs`` writes them, and a test
compares them with what the templates give.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..backend.commands import home_of
from ..backend.profile import Commands, Conversation, Expect, Part, Place, Profile
from ..backend.texts import is_json, value_in_pattern
from ..facts.upgrade import REFUSAL_STATUSES
from .client_messages import answer_in, in_javascript, needs_of_messages, next_ping, pattern_of

if TYPE_CHECKING:
    from jinja2 import Environment

_WIDTH = 96
# An expression of this length fits on a line with what stands before it.
_SHORT = 60


def client(file: str, profile: Profile, *, snippet: str) -> str:
    """Return a snippet that is written for a profile.

    Args:
        file: its name in the folder of the snippets, without the ending of templates.
        profile: of the backend.
        snippet: the name by which a user asks for it.
    """
    text = _environment().get_template(f"{file}.j2").render(snippet=snippet, **values_of(profile))
    # What a profile does not have leaves blank lines behind.
    text = re.sub(r"\n{4,}", "\n\n\n", text)
    return text.rstrip("\n") + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Slow to import, and only needed for this.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("edgecheck", "snippets/templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 the result is a program, and every value is made a literal
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        raw=python_literal,
        py=_python,
        filled=_python_filled,
        encoded=lambda words, binary, how="": f"({words}).encode({how})" if binary else words,
        buffer=lambda words, binary: f"Buffer.from({words})" if binary else words,
        filled_text=lambda text: _python_filled(text, "json.dumps({})[1:-1]"),
        js=_javascript,
        js_raw=_javascript_literal,
        js_regex=lambda regex: _javascript_literal(in_javascript(regex)),
        js_path=_javascript_path,
        js_filled=_javascript_filled,
        js_filled_text=lambda text: _javascript_filled(text, "JSON.stringify({}).slice(1, -1)"),
        go=_go,
        go_filled=_go_filled,
        quoted=json.dumps,
        go_argument=lambda text: _go_filled(text, between="+"),
        js_process=_javascript_in_process,
        go_own=lambda text: _go_filled(text, "inJSON({})"),
        go_said=lambda text: _go_filled(text, "inJSON({})"),
        go_path=lambda path: _filled(path, _go, "url.PathEscape(agentID)", "secret", "{}", " + "),
        sh=_shell_literal,
        sh_filled=_shell_filled,
        sh_query=_shell_query,
    )
    return made


def python_literal(value: object, agent_id: str = "") -> str:
    """Return a JSON value as Python writes it, with the quotes that need no backslashes.

    Args:
        value: such as a text of the profile.
        agent_id: the expression for ``{agent_id}`` in a text; empty to leave it.
    """
    match value:
        case dict():
            pairs = (
                f"{python_literal(name)}: {python_literal(each, agent_id)}"
                for name, each in value.items()
            )
            return f"{{{', '.join(pairs)}}}"
        case list() | tuple():
            return f"[{', '.join(python_literal(each, agent_id) for each in value)}]"
        case str() if agent_id and "{agent_id}" in value:
            return f'{python_literal(value)}.replace("{{agent_id}}", {agent_id})'
        case str():
            shown = repr(value)
            return shown if '"' in value or shown[0] == '"' else f'"{shown[1:-1]}"'
        case _:
            return repr(value)


def _python(value: object) -> str:
    return python_literal(value, "setting(ID)")


def _python_filled(text: str, escape: str = "{}") -> str:
    return _filled(text, python_literal, "agent_id", "secret", escape)


def _javascript_literal(value: object) -> str:
    """Return a JSON value as JavaScript writes it, with the quotes that need no backslashes."""
    text = json.dumps(value, ensure_ascii=False)
    if (
        isinstance(value, str)
        and '"' in value
        and "'" not in value
        and "\\" not in text[1:-1].replace('\\"', "")
    ):
        return f"'{value}'"
    return text


def _javascript(value: object) -> str:
    if "{agent_id}" not in json.dumps(value):
        return _javascript_literal(value)
    if isinstance(value, str):
        return _filled(
            value, _javascript_literal, "agentId", "secret", "JSON.stringify({}).slice(1, -1)"
        )
    if isinstance(value, list):
        return f"[{', '.join(map(_javascript, value))}]"
    assert isinstance(value, dict)
    pairs = (f"{json.dumps(name)}: {_javascript(each)}" for name, each in value.items())
    return f"{{{', '.join(pairs)}}}"


def _javascript_path(path: str) -> str:
    return path and _filled(
        path, _javascript_literal, "encodeURIComponent(agentId)", "secret", "{}"
    )


def _javascript_filled(text: str, escape: str = "{}") -> str:
    return _filled(text, _javascript, "agentId", "secret", escape)


def _javascript_in_process(text: str, id_name: str, secret_name: str) -> str:
    """Return an expression that takes what it needs from the environment of its process.

    It stands in a data: URL, in which a % begins an escape and a # the fragment (RFC 3986).
    """
    agent_id, secret = f"process.env.{id_name}", f"process.env.{secret_name}"
    made = _filled(text, json.dumps, agent_id, secret, "{}", "+")
    return made.replace("%", "%25").replace("#", "%23")


def _go(text: str) -> str:
    return f"`{text}`" if "`" not in text and "\n" not in text else json.dumps(text)


def _go_filled(text: str, escape: str = "{}", between: str = " + ") -> str:
    return _filled(text, _go, "agentID", "secret", escape, between)


def _shell_literal(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _shell_filled(text: str, id_name: str = "agent_id") -> str:
    """Return a text as one word of a shell; only the agent id is read from a variable."""
    pieces = re.split(r"(\{agent_id\})", text)
    words = (
        f'"${id_name}"' if piece == "{agent_id}" else _shell_literal(piece)
        for piece in pieces
        if piece
    )
    return "".join(words) or "''"


def _shell_query(query: list[tuple[str, str]]) -> str:
    """Return the query of an address, in which the agent id is encoded already."""
    part = partial(quote, safe="{}")
    text = "&".join(f"{part(name)}={part(value)}" for name, value in query)
    return f'"?{text}"'.replace("{agent_id}", "$agent_id") if query else ""


def _filled(
    text: str,
    literal: Callable[[str], str],
    agent_id: str,
    secret: str,
    escape: str,
    between: str = "",
) -> str:
    """Return an expression for a text of the profile, with variables in place of its names."""
    names = {"{agent_id}": agent_id, "{secret}": secret}
    escape = escape if is_json(text) else "{}"
    pieces = [
        escape.format(names[piece]) if piece in names else literal(piece)
        for piece in re.split(r"(\{agent_id\}|\{secret\})", text)
        if piece
    ]
    # Over several lines, because it stands within the parentheses of a call or a list.
    # Go allows no line to begin with an operator, and formats a sum in its own way.
    plus = between or (" + " if sum(map(len, pieces)) < _SHORT else "\n        + ")
    return plus.join(pieces) or literal("")


def values_of(profile: Profile) -> dict[str, Any]:
    """Return what the templates may use."""
    texts = [step.text for step in profile.session.greeting if not isinstance(step, Expect)]
    needs_id = _needs_id(profile, texts)
    return {
        "name": profile.name,
        **_settings_of(profile, needs_id=needs_id),
        **_request_of(profile),
        **_talk_of(profile),
        **_needs_of(profile, texts),
        "has_opening_limit": False,
    }


def _settings_of(profile: Profile, *, needs_id: bool) -> dict[str, Any]:
    """Return what the templates say of the settings."""
    variables = profile.variables
    needs_secret = profile.request.authorization.place is not Place.NONE
    names = [
        variables.url,
        *([variables.secret] if needs_secret else ()),
        *([variables.agent_id] if needs_id else ()),
    ]
    own = ["url", *(["secret"] if needs_secret else ()), *(["agent_id"] if needs_id else ())]
    return {
        "variables": ", ".join(names),
        "url_name": variables.url,
        "secret_name": variables.secret,
        "id_name": variables.agent_id,
        "secret": needs_secret,
        "optional": not (profile.secret.required and profile.agent_id.required),
        "secret_needed": profile.secret.required,
        "agent_id": needs_id,
        "id_needed": profile.agent_id.required,
        "unpack": ", ".join(own) + ("" if len(names) > 1 else ","),
    }


def _request_of(profile: Profile) -> dict[str, Any]:
    """Return what the templates say of the opening handshake, and of its refusal."""
    request = profile.request
    place = request.authorization.place
    in_path = "{agent_id}" in request.path
    refusals = _refusals(profile)
    quoted = ["quote"] if in_path or place is Place.SUBPROTOCOL else []
    if request.query or place is Place.QUERY:
        quoted = ["quote", "urlencode"]
    return {
        "header_code": profile.close_code("auth-header-rejected") or 0,
        "offered_before": "".join(f"{each}, " for each in request.subprotocols),
        "id_in_address": in_path or any("{agent_id}" in value for _, value in request.query),
        "in_field": place in (Place.BEARER, Place.HEADER),
        "path": request.path,
        "query": list(request.query),
        "headers": list(request.headers),
        "subprotocols": list(request.subprotocols),
        "origin": request.origin,
        "origin_js": json.dumps(request.origin),
        "place": str(place),
        "auth_name": request.authorization.name,
        "auth_before": request.authorization.before,
        "auth_after": request.authorization.after,
        "auth_value": f"{request.authorization.before}{{secret}}{request.authorization.after}",
        "refusals": ", ".join(map(str, refusals)),
        "refusals_go": ", ".join(f"{each}: true" for each in refusals),
        "first_refusal": refusals[0],
        "refusal_words": _words(profile),
        "needs_quote": ", ".join(quoted),
    }


def _talk_of(profile: Profile) -> dict[str, Any]:
    """Return what the templates say of the messages."""
    talk = profile.session
    message_pong = bool(talk.ping.text) and talk.pong is not None
    without = "pong.is_set()" if talk.ping.frame else "True"
    return {
        "binary": {part: part in talk.binary for part in map(str, Part)},
        "any_binary": bool(talk.binary),
        # How the bytes of a message that is not UTF-8 are kept in a text (PEP 383).
        "how": "" if profile.says_text else '"utf-8", "surrogateescape"',
        "id_in_talk": any("{agent_id}" in text for text in _said_later(profile)),
        "greeting": _greeting(profile),
        "keepalive": f"{talk.keepalive:g}",
        "ping": talk.ping.text,
        "frame": talk.ping.frame,
        "pings": talk.client_pings,
        "message_pong": message_pong,
        "pong": pattern_of(talk.pong) if message_pong and talk.pong is not None else None,
        "server_ping": pattern_of(talk.ping.expect) if talk.ping.expect is not None else None,
        "answer": talk.ping.answer,
        **_spoken(talk),
        "commands": _commands(profile.commands) if profile.commands is not None else None,
        "answered_end": "answered" if message_pong else without,
    }


def _spoken(talk: Conversation) -> dict[str, str]:
    """Return the expressions for a client's ping, and for its answer to a server's."""
    ways: dict[str, Callable[[str], str]] = {
        "py": _python,
        "js": _javascript,
        "go": partial(_go_filled, escape="inJSON({})"),
    }
    made = {f"ping_{name}": next_ping(talk.ping.text, name, way) for name, way in ways.items()}
    repeated = {f"answer_{name}": answer_in(talk.ping, name, way) for name, way in ways.items()}
    return made | repeated


def _needs_of(profile: Profile, texts: list[str]) -> dict[str, Any]:
    """Return what a client has to import for the messages of a profile.

    Args:
        profile: of the backend.
        texts: what it sends in its greeting.
    """
    talk = profile.session
    message_pong = bool(talk.ping.text) and talk.pong is not None
    patterns = [
        talk.pong if message_pong else None,
        talk.ping.expect,
        profile.commands.match if profile.commands else None,
        *(step.pattern for step in talk.greeting if isinstance(step, Expect)),
    ]
    shown = [one for one in patterns if one is not None]
    objects = any(one.text and value_in_pattern(one.text) is not None for one in shown)
    needs = needs_of_messages(talk, profile.commands, shown)
    said = [*texts, talk.ping.text if message_pong else "", talk.ping.answer]
    escapes = any(is_json(text) and re.search(r"\{(secret|agent_id)\}", text) for text in said)
    return {
        "needs_holds": objects,
        "needs_json": objects
        or (profile.commands is not None and not profile.commands.in_groups)
        or escapes
        or needs["repeats"],
        "needs_re": any(pattern_of(one)["regex"] for one in shown),
        **needs,
    }


def _needs_id(profile: Profile, texts: list[str]) -> bool:
    request = profile.request
    values = [value for _, value in (*request.query, *request.headers)]
    values += [request.authorization.before, request.authorization.after]
    said = [request.path, *values, *texts, *_said_later(profile)]
    return any("{agent_id}" in text for text in said) or (
        request.authorization.place is Place.BASIC and profile.agent_id.required
    )


def _said_later(profile: Profile) -> list[str]:
    """Return the texts of what is said and expected, but for what the client greets with."""
    talk, commands = profile.session, profile.commands
    patterns = [talk.pong, talk.ping.expect, commands.match if commands else None]
    patterns += [step.pattern for step in talk.greeting if isinstance(step, Expect)]
    shown = [one.text for one in patterns if one is not None]
    return [talk.ping.text, talk.ping.answer, *shown, *([commands.ack] if commands else [])]


def _greeting(profile: Profile) -> list[dict[str, Any]]:
    steps = []
    for number, step in enumerate(profile.session.greeting, 1):
        if isinstance(step, Expect):
            refuses = step.problem.startswith("auth-")
            found = {"send": "", "expect": pattern_of(step.pattern), "refuses": refuses}
        else:
            found = {"send": step.text, "expect": None, "refuses": False}
            if "{secret}" in step.text and not profile.secret.required:
                found["otherwise"] = step.without_secret
        steps.append({**found, "number": number})
    return steps


def _commands(commands: Commands) -> dict[str, Any]:
    def place(path: str) -> str:
        names = path.split(".") if path else []
        return "".join(f"[{name if name.isdecimal() else json.dumps(name)}]" for name in names)

    def steps(path: str) -> str:
        names = path.split(".") if path else []
        return "".join(f", {name if name.isdecimal() else json.dumps(name)}" for name in names)

    return {
        "match": pattern_of(commands.match),
        "in_groups": commands.in_groups,
        "id_steps": steps(commands.id),
        "kind_steps": steps(commands.kind),
        "home_steps": steps(home_of(commands)),
        "id": place(commands.id),
        "kind": place(commands.kind),
        "home": place(home_of(commands)),
        "ack": commands.ack,
        "ack_is_json": is_json(commands.ack),
        "id_is_bare": commands.numbers_id and is_json(commands.ack),
        "completed": commands.completed,
        "failed": commands.failed,
    }


def _refusals(profile: Profile) -> list[int]:
    codes = [each.code for each in profile.close if each.problem.startswith("auth-")]
    answers = [each.status for each in profile.refusal if each.problem.startswith("auth-")]
    return [*codes, *dict.fromkeys((*REFUSAL_STATUSES, *answers))]


def _words(profile: Profile) -> list[str]:
    """Return a comment on the numbers with which a client is refused, in lines."""
    meanings = {
        "auth-header-rejected": "the credentials are missing or malformed",
        "auth-secret-rejected": "the secret is wrong",
    }
    said = [
        f"{meanings.get(each.problem, 'it does not accept the client')} ({each.code})"
        for each in profile.close
        if each.problem.startswith("auth-")
    ]
    own = f"The backend refuses the client: {' or '.join(said)}. Or a" if said else "A"
    statuses = ", ".join(map(str, REFUSAL_STATUSES))
    text = f"{own} server or proxy in between refuses the request ({statuses})."
    return textwrap.wrap(text, _WIDTH)
