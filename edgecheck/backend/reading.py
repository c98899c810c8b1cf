"""From a profile's file to the profile, and back (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..terms import Side
from .profile import (
    AgentId,
    Authorization,
    Close,
    Commands,
    Conversation,
    Expect,
    Part,
    Pattern,
    Ping,
    Place,
    Profile,
    Refusal,
    Request,
    SecretUse,
    Send,
    Variables,
)
from .texts import is_text, octets_of, text_of_octets

Tree = Mapping[str, Any]

# Tables whose keys the person names: another such table stands in place of the first one.
_FREE = ("query", "headers")
# What the id's pattern decides, unless the same file says it.
_OF_THE_PATTERN = ("form", "example", "probe_id")


def merged(base: Tree, own: Tree) -> dict[str, Any]:
    """Return a profile's tree with the values of another one in place of its own.

    Tables are merged key by key; lists, and the tables whose keys the person names, are replaced.
    """
    found = _over(base, own)
    agent = own.get("agent_id", {})
    if "pattern" in agent:
        for key in _OF_THE_PATTERN:
            if key not in agent:
                found["agent_id"].pop(key, None)
    session = own.get("session", {})
    ping = session.get("ping")
    # A ping frame and a ping of the server's have no pong of the base's.
    if ping is not None and "pong" not in session and (ping == "frame" or not _sent(ping)):
        found["session"].pop("pong", None)
    commands = own.get("commands") or {}
    # Commands of another form have their arguments elsewhere.
    if commands.keys() & {"id", "kind", "payload"} and isinstance(found["commands"], dict):
        for key in ("payload", "payload_type"):
            if key not in commands:
                found["commands"].pop(key, None)
    if commands.keys() >= {"match", "id"} and "kind" not in commands:
        found["commands"].pop("kind", None)
    # A backend that refuses before it opens the socket does not close it for the same reason.
    refuses = any(each.get("problem", "").startswith("auth-") for each in own.get("refusal", ()))
    if refuses and "close" not in own:
        kept = (one for one in found["close"] if not one.get("problem", "").startswith("auth-"))
        found["close"] = list(kept)
    found.pop("extends", None)
    return _with_the_secret_in_its_place(found, own.get("request", {}))


def _over(base: Tree, own: Tree) -> dict[str, Any]:
    found = dict(base)
    for key, value in own.items():
        before = found.get(key)
        if key not in (*_FREE, "ping", "pong", "match") and (
            isinstance(value, dict) and isinstance(before, dict)
        ):
            found[key] = _over(before, value)
        else:
            found[key] = dict(value) if isinstance(value, dict) else value
    return found


def _sent(ping: Any) -> str:
    """Return the text that the client sends as a ping; empty if it sends none."""
    text = ping.get("send", "") if isinstance(ping, dict) and "hex" not in ping else ping
    return "" if text == "frame" else _text(text)


def _with_the_secret_in_its_place(tree: dict[str, Any], own: Tree) -> dict[str, Any]:
    """Take a field or a parameter that holds the secret for where the secret goes."""
    request = dict(tree.get("request", {}))
    for key, place in (("headers", Place.HEADER), ("query", Place.QUERY)):
        for name, value in own.get(key, {}).items():
            if "{secret}" in value and "authorization" not in own:
                rest = {one: text for one, text in request[key].items() if one != name}
                between = not value.endswith("{secret}")
                scheme = value if between else value.removesuffix("{secret}").rstrip(" ")
                request |= {key: rest, "authorization": f"{place}:{name} {scheme}".rstrip(" ")}
    return {**tree, "request": request}


def made(tree: Tree, origin: str = "") -> Profile:
    """Return the profile that a tree says.

    Args:
        tree: a whole profile, without mistakes.
        origin: the file that it came from, as it is shown; empty for a built-in one.
    """
    request, session, commands = tree["request"], tree["session"], tree.get("commands")
    kind, _, rest = request["authorization"].partition(":")
    name, _, scheme = rest.partition(" ")
    scheme, _, after = scheme.partition("{secret}")
    return Profile(
        name=tree["name"],
        variables=Variables(**tree["variables"]),
        agent_id=_agent_id(tree["agent_id"]),
        request=Request(
            path=request["path"],
            query=tuple(request["query"].items()),
            headers=tuple(request["headers"].items()),
            authorization=Authorization(Place(kind), name, scheme, after),
            subprotocols=tuple(request.get("subprotocols", ())),
            origin=request.get("origin", ""),
        ),
        session=Conversation(
            ping=_ping(session["ping"]),
            pong=_pattern(session["pong"]) if "pong" in session else None,
            keepalive=float(session["keepalive"]),
            greeting=tuple(map(_step, session.get("greeting", ()))),
            binary=_binary(session),
        ),
        commands=Commands(
            _pattern(commands["match"]),
            commands["id"],
            commands.get("kind", ""),
            commands["ack"],
            commands.get("payload", ""),
            **commands.get("status", {}),
            payload_is_object=commands.get("payload_type") == "object",
        )
        if commands
        else None,
        close=tuple(map(_close, tree.get("close", ()))),
        readers=tuple(tree.get("readers", ())),
        origin=origin,
        secret=SecretUse(**tree.get("secret", {})),
        refusal=tuple(map(_refusal, tree.get("refusal", ()))),
    )


def _agent_id(tree: Tree) -> AgentId:
    form, example = tree.get("form", ""), tree.get("example", "")
    if not form or not example:
        from .example import example_of, form_of  # built-in profiles say both

        form = form or form_of(tree["pattern"])
        example = example or example_of(tree["pattern"])
    return AgentId(
        tree["required"],
        tree["pattern"],
        form,
        example,
        tree.get("probe_id", ""),
        tree.get("shared", False),
    )


def _text(value: Any) -> str:
    """Return a text to send, which is written as it is, or its bytes as hexadecimal digits."""
    if not isinstance(value, dict):
        return str(value)
    return text_of_octets(bytes.fromhex(value["hex"]))


def _pattern(value: Any) -> Pattern:
    if not isinstance(value, dict):
        return Pattern(text=value)
    if "regex" in value:
        return Pattern(regex=value["regex"])
    digits = value["hex"].rstrip("* ")
    return Pattern(_text({"hex": digits}), begins=value["hex"].endswith("*"))


def _ping(value: Any) -> Ping:
    if not isinstance(value, dict) or "hex" in value:
        return Ping(text=_sent(value), frame=value == "frame")
    frame = value.get("send") == "frame"
    return Ping(_sent(value), frame, _pattern(value["expect"]), _text(value.get("answer", "")))


def _binary(session: Tree) -> tuple[Part, ...]:
    """Return the parts whose messages are binary: those that are named, or written as bytes."""
    ping, greeting = session["ping"], session.get("greeting", ())
    said = [ping, session.get("pong"), *(ping.values() if isinstance(ping, dict) else ())]
    opened = [each for step in greeting for each in step.values()]
    own = [Part.PING] if any(map(_is_hex, said)) else []
    own += [Part.GREETING] if any(map(_is_hex, opened)) else []
    return tuple(dict.fromkeys((*map(Part, session.get("binary", ())), *own)))


def _is_hex(value: object) -> bool:
    return isinstance(value, dict) and "hex" in value


def _step(tree: Tree) -> Send | Expect:
    if "send" in tree:
        return Send(_text(tree["send"]), tree.get("without_secret", ""))
    return Expect(_pattern(tree["expect"]), tree.get("problem", ""))


def _close(tree: Tree) -> Close:
    return Close(tree["code"], *_words(tree), _text(tree.get("message", "")))


def _refusal(tree: Tree) -> Refusal:
    return Refusal(tree["status"], tree.get("body", ""), *_words(tree))


def _words(tree: Tree) -> tuple[str, str, Side, str, tuple[str, ...]]:
    return (
        tree.get("problem", ""),
        tree.get("title", ""),
        Side(tree.get("side", Side.BACKEND)),
        tree.get("cause", ""),
        tuple(tree.get("remedies", ())),
    )


# --- and back -------------------------------------------------------------------------------------


def tree_of(profile: Profile) -> dict[str, Any]:
    """Return the whole tree of a profile, with every value that is not the form's own default."""
    request, session, close = profile.request, profile.session, profile.close
    return {
        "name": profile.name,
        **({"readers": list(profile.readers)} if profile.readers else {}),
        "variables": dict(vars(profile.variables)),
        "secret": {"required": profile.secret.required},
        "agent_id": {
            key: value
            for key, value in vars(profile.agent_id).items()
            if key != "probe_id" or value
        },
        "request": {
            "path": request.path,
            "query": dict(request.query),
            "headers": dict(request.headers),
            "subprotocols": list(request.subprotocols),
            "origin": request.origin,
            "authorization": _written(request.authorization),
        },
        "session": dict(_said(session)),
        "commands": _asked(profile.commands),
        "close": [dict(_meant(one)) for one in close],
        **({"refusal": [dict(_meant(one)) for one in profile.refusal]} if profile.refusal else {}),
    }


def _written(authorization: Authorization) -> str:
    if not authorization.name:
        return str(authorization.place)
    between = f"{{secret}}{authorization.after}" if authorization.after else ""
    return f"{authorization.place}:{authorization.name} {authorization.scheme}{between}".rstrip()


def _recognised(pattern: Pattern) -> Any:
    if pattern.begins:
        return {"hex": f"{octets_of(pattern.text).hex(' ')} *"}
    return {"regex": pattern.regex} if pattern.regex else _wire(pattern.text)


def _wire(text: str) -> Any:
    return text if is_text(text) else {"hex": octets_of(text).hex(" ")}


def _said(session: Conversation) -> Iterator[tuple[str, Any]]:
    ping = session.ping
    yield "greeting", [dict(_stepped(step)) for step in session.greeting]
    sent = "frame" if ping.frame else _wire(ping.text)
    if ping.expect is None:
        yield "ping", sent
    else:
        asked = {"expect": _recognised(ping.expect)}
        if ping.answer:
            asked["answer"] = _wire(ping.answer)
        yield "ping", {**({"send": sent} if sent else {}), **asked}
    if session.pong is not None:
        yield "pong", _recognised(session.pong)
    if session.binary:
        yield "binary", list(map(str, session.binary))
    yield "keepalive", session.keepalive


def _stepped(step: Send | Expect) -> Iterator[tuple[str, Any]]:
    if isinstance(step, Send):
        yield "send", _wire(step.text)
        if step.without_secret:
            yield "without_secret", step.without_secret
        return
    yield "expect", _recognised(step.pattern)
    if step.problem:
        yield "problem", step.problem


def _asked(commands: Commands | None) -> Any:
    if commands is None:
        return False
    own: dict[str, Any] = {"id": commands.id, "kind": commands.kind, "ack": commands.ack}
    if commands.payload:
        own["payload"] = commands.payload
        own["payload_type"] = "object" if commands.payload_is_object else "any"
    status = {"completed": commands.completed, "failed": commands.failed}
    if any(name != word for name, word in status.items()):
        own["status"] = status
    return {"match": _recognised(commands.match), **own}


def _meant(one: Close | Refusal) -> Iterator[tuple[str, Any]]:
    if isinstance(one, Refusal):
        yield "status", one.status
        if one.body:
            yield "body", one.body
    else:
        yield "code", one.code
        if one.message:
            yield "message", _wire(one.message)
    if one.problem:
        yield "problem", one.problem
        return
    yield from (("title", one.title), ("side", str(one.side)), ("cause", one.cause))
    yield "remedies", list(one.remedies)


# --- and as much of it as a report has ------------------------------------------------------------


def judging_tree_of(profile: Profile) -> dict[str, Any]:
    """Return the tree without what a person may have written a credential into.

    Values of header fields and parameters, and messages of the greeting, are reduced to their
    placeholders: a judgement needs no more of them.
    """
    tree = tree_of(profile)
    request, session = tree["request"], tree["session"]
    for key in _FREE:
        request[key] = {name: _placeholders_of(value) for name, value in request[key].items()}
    for step in session["greeting"]:
        for key in ("send", "without_secret"):
            if key in step:  # bytes have no placeholders
                step[key] = _placeholders_of(step[key] if isinstance(step[key], str) else "")
    for close in tree["close"]:
        close.pop("message", None)
    return tree


def _placeholders_of(text: str) -> str:
    return "".join(each for each in ("{secret}", "{agent_id}") if each in text) or "***"
