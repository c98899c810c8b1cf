"""upgrade: what a server wants beside the secret: an Origin, a subprotocol, a host name.

Its own words say so, or an experiment that changed one thing did.
"""

from __future__ import annotations

import re

from ...backend.profile import OWN_WORDS
from ...escapes import unescape
from ...facts import ExperimentName, Facts, MessageKind
from ...late import compiled
from ...terms import Confidence, Side
from ..condition import OnClose, Sighting
from ..numbers import (
    FORBIDDEN_CLOSES,
    NOT_FOUND_CLOSE,
    RATE_LIMITED_CLOSE,
    UNAUTHORIZED_CLOSES,
)
from ..products import Cure
from ..steps import ASK_FOR_LOG, COMPARE_PATH
from .arrival import reading
from .complaints import none_was_sent
from .experiments import (
    is_about_the_secret,
    is_answered_otherwise,
    is_inconsistent,
    nobody_looked,
    refusal_of,
    says_it_is_the_secret,
)
from .responses import body_of, is_bare, refusal, said_by
from .witness import author_of, cures, passed_on_by

_ORIGIN = compiled(r"(?i)\borigins?\b|cross[- ]site|same[- ]origin|\bcors\b")
_NOT_ORIGIN = compiled(r"(?i)origin (?:server|is unreachable|dns|error)|origin_")
_SUBPROTOCOL = compiled(
    r"(?i)sub-?protocol|sec-websocket-protocol|web ?socket protocol (?:is )?(?:mandatory|required|"
    r"missing)|no (?:supported |acceptable |matching )?protocols?\b|protocol (?:not (?:supported|"
    r"specified|negotiated)|is mandatory|required|mismatch)|unsupported (?:web ?socket )?protocol"
)
_BY_NAME = compiled(r"(?i)\bsub-?protocols?\b|sec-websocket-protocol")
# Names of subprotocols in the words of a refusal.
_NAMED = compiled(r"[\"'`(\[ ]((?:[a-z][\w]*[-.])+[\w.-]*\d[\w.-]*|[a-z]+[\d.]+[a-z0-9.]*)")
_HOST = compiled(
    r"""(?isx)
    invalid\ host | (?:bad\ request\ -\ )?invalid\ hostname | disallowed\ ?host | host\ not\ allowed
    | \b(?:host|hostname|domain)\ (?:name\ )?(?:is\ )?not\ (?:allowed
        |in\ (?:the\ )?(?:allow|white)-?list)
    | blocked\ (?:request|hosts?) | invalid\ http_host | untrusted\ (?:domain|host)
    | <title>bad\ request\ \(400\)</title> | <h1>bad\ request\ \(400\)</h1>
    | misdirected\ request | unknown\ host
    | host\ header\ (?:is\ )?(?:invalid|not\ allowed|mismatch)
    | reverse\ prox(?:y|ies)\ (?:was|not|is\ not)\ | not\ set-?up\ for\ reverse\ prox
    | host(?:name)?\ (?:is\ )?(?:not\ (?:permitted|recognized|served)|mismatch)
    | x-forwarded-\w+\ .{0,40}(?:not\ trusted|untrusted|unexpected)
    """
)
# aiohttp's own text for a request that something in the application refuses as malformed.
_AIOHTTP_400 = compiled(r"^400: Bad Request\s*$")
# A status that says "not you" before the socket opened.
_REFUSALS = frozenset({400, 403})
# Close codes with which a server refuses somebody and does not say why.
_REFUSING_CLOSES = FORBIDDEN_CLOSES.numbers | {1008}
# What the profile may call such a code.
_MEANINGS = frozenset({"auth-secret-rejected", "auth-forbidden"})

_NOBODY = (
    "The refusal is the same with another secret and with none, so nobody has looked at the secret "
    "yet."
)


def _is_about_origin(words: str) -> bool:
    return bool(_ORIGIN.search(words)) and not _NOT_ORIGIN.search(words)


def _words(facts: Facts) -> str:
    """Return the words of a refusal: a reason phrase and content, or a close reason."""
    response = refusal(facts)
    if response is not None:
        return said_by(response)
    session = facts.session
    if session is None or session.failure is None or session.closed_by == "client":
        return ""
    return unescape(session.close_reason)


def origin_required(facts: Facts) -> Sighting | None:
    """See a server that wants an Origin."""
    if refusal_of(facts) is None or is_inconsistent(facts):
        return None
    response = refusal(facts)
    proven = is_answered_otherwise(facts, ExperimentName.WITH_ORIGIN)
    if proven:
        tried = facts.experiment(ExperimentName.WITH_ORIGIN)
        accepted = tried is not None and tried.answer.accepted
        return Sighting(
            confidence=Confidence.CERTAIN if accepted else Confidence.LIKELY,
            values={"proof": "With an Origin of its own host the answer is different."},
        )
    refused = response is None or response.status in (400, 401, 403, 404)
    if refused and _is_about_origin(_words(facts)):
        return Sighting(
            values={"proof": "Its own words name the Origin."}, confidence=Confidence.LIKELY
        )
    gorilla = (
        response is not None and response.status == 403 and response.has("sec-websocket-version")
    )
    if gorilla:
        return Sighting(
            values={"proof": "Go's gorilla/websocket refuses an Origin with exactly this answer."},
            confidence=Confidence.LIKELY,
            alternatives=("auth-forbidden",),
        )
    return None


# Going away, internal error, service restart, try again later: about the server.
_OF_A_SERVER_ITSELF = frozenset({1001, 1011, 1012, 1013})
# A server that closes so has read more than the subprotocols.
_OF_ANOTHER_CAUSE = frozenset[int]().union(
    UNAUTHORIZED_CLOSES.numbers,
    FORBIDDEN_CLOSES.numbers,
    NOT_FOUND_CLOSE.numbers,
    RATE_LIMITED_CLOSE.numbers,
)


def subprotocol_required(facts: Facts) -> Sighting | None:
    """See a server that wants a subprotocol."""
    response = refusal(facts)
    # What the profile's own close code means needs no words, and its secret may stand there. But a
    # reason that names the very thing says more than a code that is used for many.
    reason = facts.session.close_reason if facts.session is not None else ""
    by_name = facts.meaning != OWN_WORDS and _BY_NAME.search(unescape(reason)) is not None
    if is_inconsistent(facts) or (facts.meaning and not by_name):
        return None
    ignored = _ignored_subprotocols(facts)
    if ignored:
        values = {"subprotocols": f"another one than {', '.join(ignored)}"}
        return Sighting(values=values, confidence=Confidence.LIKELY)
    named = named_in(facts)
    values = {"subprotocols": ", ".join(named) or "one that it does not name"}
    if is_answered_otherwise(facts, ExperimentName.WITH_SUBPROTOCOL):
        tried = facts.experiment(ExperimentName.WITH_SUBPROTOCOL)
        accepted = tried is not None and (tried.answer.accepted or tried.answer.status == 101)
        return Sighting(
            values=values, confidence=Confidence.CERTAIN if accepted else Confidence.LIKELY
        )
    if _SUBPROTOCOL.search(_words(facts)) and reading(facts) is None:
        return Sighting(values=values, confidence=Confidence.LIKELY)
    if response is None or response.status != 400 or not is_bare(response):
        return None
    if reading(facts) is not None or author_of(response) is not None:
        return None
    # Kestrel and Spring say no more than this, and so does a handler that got no Upgrade field.
    return Sighting(
        values=values,
        confidence=Confidence.POSSIBLE,
        alternatives=("upgrade-header-dropped", "upgrade-host-not-allowed"),
        between=cures(response, Cure.UPGRADE)[:1] if passed_on_by(response) else (),
    )


def _ignored_subprotocols(facts: Facts) -> tuple[str, ...]:
    """Return what the profile offers, if the server chose none of it, and then closed.

    A server that knows none of the subprotocols answers without the field, and a client that needs
    one has to give up (RFC 6455, section 4.2.2; OCPP-J 1.6, section 3.1.2).
    """
    offered, session = facts.profile.request.subprotocols, facts.session
    response = facts.upgrade.response if facts.upgrade is not None else None
    if not offered or session is None or session.closed_by != "server" or response is None:
        return ()
    if response.has("sec-websocket-protocol") or facts.meaning == "auth-header-rejected":
        return ()
    if session.close_code in _OF_ANOTHER_CAUSE and not _SUBPROTOCOL.search(_words(facts)):
        return ()
    return () if session.pong or session.close_code in _OF_A_SERVER_ITSELF else offered


def named_in(facts: Facts) -> tuple[str, ...]:
    """Return the subprotocols that the answer names."""
    response = refusal(facts)
    found = list(response.values("sec-websocket-protocol")) if response is not None else []
    words = _words(facts)
    if _SUBPROTOCOL.search(words):
        found += _NAMED.findall(f" {words.lower()}")
    return tuple(
        dict.fromkeys(word.strip() for each in found for word in each.split(",") if word.strip())
    )


def host_not_allowed(facts: Facts) -> Sighting | None:
    """See an application that refuses the host name, or does not trust the proxy before it."""
    response = refusal(facts)
    if response is None or response.status not in (400, 403, 404, 421):
        return None
    proxied = bool(passed_on_by(response))
    if response.status == 421 or _HOST.search(said_by(response)):
        return Sighting(confidence=Confidence.LIKELY)
    if response.status == 400 and _AIOHTTP_400.match(body_of(response)):
        return Sighting(
            confidence=Confidence.LIKELY if proxied else Confidence.POSSIBLE,
            remedies=(_TRUST_PROXY, _ADD_HOST) if proxied else (),
            only=proxied,
            alternatives=("upgrade-bad-request",),
        )
    return None


_ADD_HOST = "Ask them to add {host} to the names that it accepts, if it trusts the proxy already."
_TRUST_PROXY = (
    "Ask the backend's team to trust the proxy before it: Home Assistant `use_x_forwarded_for: "
    "true` "
    "and `trusted_proxies` under `http:`; others call it `trusted_proxies`, too."
)


def refused_regardless(facts: Facts) -> Sighting | None:
    """See a refusal that is the same with the secret, with another and with none."""
    answer = refusal_of(facts)
    no_secret = not facts.profile.sends_secret
    if answer is None or not (no_secret or nobody_looked(facts)) or is_inconsistent(facts):
        return None
    if says_it_is_the_secret(facts) or is_about_the_secret(facts):
        return None
    status, code = answer.status, answer.close_code
    meaning = facts.profile.closes.get(code) if code is not None else None
    closed = meaning in _MEANINGS if meaning else code in _REFUSING_CLOSES
    if not closed and status != 403:
        return None
    tried = facts.experiment(ExperimentName.WITH_ORIGIN)
    origin = "" if tried is None else " An Origin of the same host changes nothing either."
    what = f"closed with {code}" if closed else "answered HTTP 403"
    if no_secret:
        return _refused_without_a_secret(what)
    return Sighting(
        values={"what it did": what, "proof": _NOBODY + origin},
        confidence=Confidence.POSSIBLE,
        alternatives=(
            "upgrade-not-found",
            *(() if tried is not None else ("upgrade-origin-required",)),
            "auth-secret-rejected" if closed else "auth-forbidden",
            *(() if closed else ("upgrade-blocked",)),
        ),
        remedies=(COMPARE_PATH, ASK_FOR_LOG, _SET_SECRET_LAST) if none_was_sent(facts) else (),
        only=none_was_sent(facts),
        side=Side.CLIENT,
    )


_SET_SECRET_LAST = (
    "Set {secret_name} in {env_file} last, if the backend wants a secret: none is set, so none was "
    "sent."
)


def _refused_without_a_secret(what: str) -> Sighting:
    return Sighting(
        values={"what it did": what, "proof": ""},
        confidence=Confidence.POSSIBLE,
        title="Refused, and not because of a secret: {what it did}",
        cause=(
            "The profile sends no secret. The usual reasons, most likely first: the path (an ASGI "
            "server says 403 for a route that it does not have), or a rule for the Origin, the "
            "host name, the address or the agent id."
        ),
        remedies=(COMPARE_PATH, ASK_FOR_LOG),
        only=True,
        alternatives=("upgrade-not-found", "upgrade-origin-required"),
    )


# --- another protocol over WebSocket --------------------------------------------------------------

_OTHERS: tuple[tuple[str, str, str], ...] = (
    (
        "Engine.IO (Socket.IO)",
        (
            r'"message":\s*"(?:transport unknown|session id unknown|bad handshake method|bad '
            r"request"
            r'|unsupported protocol version)"|^0\{"sid":|socket\.io'
        ),
        "/socket.io/?EIO=4&transport=websocket",
    ),
    ("SockJS", r"welcome to sockjs", "/websocket below its prefix"),
    (
        "SignalR",
        r"connection id required|no connection with that id|handshake was canceled|signalr",
        "its hub's path, after a negotiate request",
    ),
    (
        "GraphQL over WebSocket",
        (
            r"graphql|connection_init|connection initialisation timeout|^invalid message received$|"
            r"too many initialisation requests"
        ),
        "/graphql, with the subprotocol graphql-transport-ws",
    ),
    ("MQTT", r"\bmqtt\b", "/mqtt, with the subprotocol mqtt"),
    ("STOMP", r"\bstomp\b|^connected\n|^error\n", "/ws, with the subprotocol v12.stomp"),
    ("Action Cable", r'"type":\s*"welcome"|actioncable', "/cable, with actioncable-v1-json"),
    ("WAMP", r"\bwamp\b", "/ws, with the subprotocol wamp.2.json"),
    ("JSON-RPC", r'^\s*[\[{].{0,200}"jsonrpc":\s*"2\.0"', "one that its team has to name"),
    ("hapi's nes", r'"message":\s*"message missing (?:id|type)"', "any path of its server"),
    ("Phoenix channels", r'"phx_(?:reply|error|close)"', "/socket/websocket?vsn=2.0.0"),
    ("Pusher", r'"pusher:(?:connection_established|error)"', "/app/KEY?protocol=7"),
    ("XMPP", r"urn:ietf:params:xml:ns:xmpp-framing", "/ws or /xmpp-websocket, with xmpp"),
    ("NATS", r'^info \{"server_id"|^-err \'', "the port of NATS for WebSockets"),
    ("VNC", r"^rfb 00\d\.00\d", "/websockify"),
    ("SSH", r"^ssh-2\.0-", "one that its team has to name"),
    ("Meteor's DDP", r'^\{"server_id":\s*"', "/websocket"),
    ("CometD (Bayeux)", r'"channel":\s*"/meta/', "/cometd"),
    ("OCPP", r'^\[[234],\s*"', "/ followed by the station's id, with the subprotocol ocpp1.6"),
    (
        "Discord's gateway protocol",
        r'"op":\s*10\b.{0,80}"heartbeat_interval"',
        "one that its team has to name",
    ),
    ("Home Assistant", r'"type":\s*"auth_required".{0,40}"ha_version"', "/api/websocket"),
)


_SOCKJS = next(one for one in _OTHERS if one[0] == "SockJS")
_RAW_SOCKJS = (
    "Ask the backend's team to register the agents' endpoint without SockJS, if it is meant to be "
    "here (Spring: no `.withSockJS()`): plain clients reach it only at {endpoint}/websocket."
)

# hapi's nes calls its refusal of our ping a ping.
_FOREIGN = (MessageKind.NOT_JSON, MessageKind.UNKNOWN, MessageKind.PING)


def other_protocol(facts: Facts) -> Sighting | None:
    """See a WebSocket server of another protocol."""
    response = refusal(facts)
    if response is not None:
        if response.status in (200, 400, 403, 404) and (found := _named(said_by(response), facts)):
            return _other(found, Confidence.LIKELY)
        return None
    session = facts.session
    if session is None or session.pong or session.failure is None:
        return None
    for message in session.messages[:3]:
        said = unescape(message.excerpt)
        if message.kind is MessageKind.NOT_JSON and (said == "o" or said.startswith("o\n")):
            return _other(_SOCKJS, Confidence.LIKELY)
        found = _named(said, facts)
        if message.kind in _FOREIGN and found:
            return _other(found, Confidence.LIKELY)
    refused = OnClose.number_in(facts) is not None and session.closed_by == "server"
    found = _named(unescape(session.close_reason), facts) if refused else None
    return _other(found, Confidence.POSSIBLE) if found else None


def _named(words: str, facts: Facts) -> tuple[str, str, str] | None:
    """Return the protocol that some words show, if it is not the one that the profile speaks."""
    found = next((one for one in _OTHERS if re.search(one[1], words.lower().strip())), None)
    if found is None or _own_protocol(facts.profile.name) in re.findall(_NAMES, found[0].lower()):
        return None
    return found


# The names in the name of a protocol, without that of what carries it.
_NAMES = r"(?!websocket)\b[a-z][a-z.]*[a-z]"


def _own_protocol(profile: str) -> str:
    """Return what a profile is about: ocpp1.6 is about ocpp."""
    return re.sub(r"[-_\d].*", "", profile.lower())


# The built-in profile that speaks a protocol.
_PROFILES = {
    "Engine.IO (Socket.IO)": "socket.io",
    "GraphQL over WebSocket": "graphql-transport-ws",
    "OCPP": "ocpp1.6",
}


def _with_profile(protocol: str) -> tuple[str, ...]:
    """Return how to speak a protocol, if it is the one that the person means."""
    name = _PROFILES.get(protocol)
    if name is None:
        return ()
    return (f"Use its profile, if you want to examine it: `edgecheck doctor --profile {name}`.",)


def _other(found: tuple[str, str, str], confidence: Confidence) -> Sighting:
    return Sighting(
        values={"protocol": found[0], "its path": found[2]},
        between=(_RAW_SOCKJS,) if found is _SOCKJS else _with_profile(found[0]),
        confidence=confidence,
    )
