"""session: what the server's own words in a close frame say, whatever its close code is."""

from __future__ import annotations

from ...escapes import unescape
from ...facts import Facts, Kind
from ...facts.reasons import Topic, complaint_in, says_nothing, topic_in, topic_of
from ...late import compiled
from ...terms import Confidence, Side, verbatim
from ...wording.units import rounded
from ..condition import OnClose, Sighting
from ..steps import PING_OFTENER
from .witness import is_local

_INTERMEDIARY = compiled(r"(?i)proxy|cloudflare|\bcdn\b|gateway|\bedge\b|load ?balancer|ingress")


def says_otherwise(facts: Facts, *own: Topic) -> bool:
    """Tell whether a reason speaks of something else than the close code means.

    Args:
        facts: of one connection.
        own: topics that belong to the close code's own entry.
    """
    topic = topic_in(facts)
    return topic is not None and topic is not Topic.REPLACED and topic not in own


def closed_with(own: OnClose, facts: Facts) -> Sighting | None:
    """See a close code, unless its reason speaks of something else."""
    return None if says_otherwise(facts) else own.see(facts)


def said(topic: Topic, facts: Facts) -> Sighting | None:
    """See a close whose reason speaks of a topic."""
    return _SAID[topic] if topic_in(facts) is topic else None


_STOP_OTHERS = (
    "Close the other connections that count: agents with the same secret or id, old processes, "
    "open consoles. A server may also need a minute to notice that an old one is dead."
)
# What a reason means that speaks of one of these topics.
_SAID = {
    Topic.LIMIT: Sighting(
        title="A limit of connections, or a quota, is reached: closed with {close code}",
        cause=(
            "The server accepted the request, and its reason says that a limit is reached: of "
            "connections, sessions or clients, or a quota of the account. That has nothing to do "
            "with the secret. Each try counts too, so edgecheck made no experiments."
        ),
        remedies=(
            _STOP_OTHERS,
            'Ask the backend\'s team to raise the limit, and quote the reason: "{close code}".',
        ),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
    ),
    Topic.OVERLOADED: Sighting(confidence=Confidence.LIKELY),
    Topic.SLOW_READER: Sighting(
        title="The client reads too slowly for the backend: closed with {close code}",
        cause=(
            "The server's reason says that what it sends is not taken in time, so that its buffer "
            "for this connection is full. A client that handles each message before it reads the "
            "next one does that, and so does a line that is too slow for what is sent."
        ),
        remedies=(
            (
                "Read messages at once in your client, put them into a queue, and handle them "
                "elsewhere. `edgecheck listen --jobs 4` handles several at once."
            ),
            "Ask the backend's team to send less, or to allow a larger buffer.",
        ),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
    ),
    Topic.RATE: Sighting(
        values={"wait": "a few minutes"},
        title="Too many connections or messages: closed with {close code}",
        cause=(
            "The server's reason says that it counts what comes from here, and got too much of it. "
            "A client that reconnects or sends without a pause causes this itself. It has nothing "
            "to do with the secret."
        ),
        confidence=Confidence.LIKELY,
    ),
    Topic.NOT_UNDERSTOOD: Sighting(
        title="The backend does not understand the message that came: closed with {close code}",
        cause=(
            "The server's reason says that a message was not what it expects. edgecheck sends the "
            "ping `{ping}`, so this endpoint speaks another protocol, or another version of it."
        ),
        confidence=Confidence.LIKELY,
    ),
    Topic.VERSION: Sighting(
        title="The backend wants another version of the client: closed with {close code}",
        cause=(
            "The server's reason speaks of a version: of the client, of the protocol or of the "
            "agent's software. The secret is not in question."
        ),
        remedies=(
            "Update the agent's software, and ask the backend's team which versions they accept.",
            'Quote what their server says: "{close code}".',
        ),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
    ),
    Topic.UNKNOWN_AGENT: Sighting(
        values={"what it did": "{close code}", "proof": ""},
        title="The backend does not know, or does not admit, the agent id {agent_id}: {close code}",
        cause=(
            "The server's reason is about the agent id, which is {agent_id}, and not about the "
            "secret: the id is not registered, is misspelt, or was switched off."
        ),
        remedies=(
            "Check the agent id in {agent_where}: it is {agent_id}.",
            (
                "Ask the backend's team whether {agent_id} is registered and active, and quote "
                'the reason: "{close code}".'
            ),
        ),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
    ),
    Topic.EXPIRED: Sighting(
        title="The backend says that the token, or its session, has ended: {close code}",
        cause=(
            "The server's own words say that what the client identified itself with is no longer "
            "valid. A token that ends by its time also ends a connection that is open, and every "
            "new one with it is refused."
        ),
        remedies=(
            (
                "Get a new token from the backend's team, or from whatever issues it, and put it "
                "into {secret_where}."
            ),
            (
                "Let your client fetch a new token before each connection, if tokens are short-"
                "lived: one that is read once at the start ends with its time."
            ),
            "Compare this machine's time with a clock: `date -u`.",
        ),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
    ),
    Topic.FAILED: Sighting(confidence=Confidence.LIKELY),
}


def restart(facts: Facts) -> Sighting | None:
    """See a reason that speaks of a restart, or of maintenance."""
    if topic_in(facts) is not Topic.RESTART or OnClose.number_in(facts) == 1012:
        return None
    session = facts.session
    between = session is not None and _INTERMEDIARY.search(unescape(session.close_reason))
    whose = "a proxy or CDN on the way" if between else "the server"
    return Sighting(
        title=f"{whose[0].upper()}{whose[1:]} restarts: closed with {{close code}}",
        cause=(
            f"The reason says that {whose} is restarted, moved or maintained. That ends every "
            "connection and passes by itself; a client should reconnect."
        ),
        remedies=_PROXY_RESTARTS if between else (),
        only=bool(between),
        side=Side.INTERMEDIARY if between else Side.BACKEND,
        confidence=Confidence.LIKELY,
    )


_PROXY_RESTARTS = (
    (
        "Ask the operators of the proxy or CDN, if this lasts for more than a few minutes, why it "
        "restarts again and again."
    ),
    "Wait a moment and try again: `edgecheck doctor`.",
)
_NO_PONG = (
    "The server's reason says that its own keepalive timed out: it sent ping frames, and their "
    "pongs did not come in time. edgecheck always answers ping frames, so something on the way "
    "holds them up or drops them, or the line stalled. In your own client the usual reason is a "
    "program that is busy, and does not let its WebSocket library run."
)


def keepalive_failed(facts: Facts) -> Sighting | None:
    """See 1011 because of a keepalive, as Python's websockets and uvicorn send it."""
    if topic_in(facts) is not Topic.HEARTBEAT or OnClose.number_in(facts) != 1011:
        return None
    return Sighting(
        title="The backend got no answer to its ping frames: closed with {close code}",
        cause=_NO_PONG,
        remedies=(
            (
                "Keep your client's event loop free: no blocking call (`time.sleep`, `requests`, "
                "heavy work) between two messages; move such work into a thread."
            ),
            (
                "Measure the line: `edgecheck ping --control -c 60`. Late or lost pongs show that "
                "it is the network."
            ),
            "Ask the backend's team to allow more time: uvicorn `--ws-ping-timeout 60`.",
        ),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.POSSIBLE,
        alternatives=("session-dropped",),
    )


_NOT_SENDABLE = (
    "The backend's server is Daphne, which sends the close codes 1000 and 3000 to 4999 and no "
    "other. An application that closes with 1008, as for a wrong token, fails in it, and the "
    "client gets 1011. An exception in the handler gives 1011 too."
)


def failed_to_close(facts: Facts) -> Sighting | None:
    """See a bare 1011 from Daphne: its protocol library refuses most registered close codes."""
    session, upgrade = facts.session, facts.upgrade
    response = upgrade.response if upgrade is not None else None
    if session is None or response is None or OnClose.number_in(facts) != 1011:
        return None
    if (response.field("server") or "").lower() != "daphne" or session.close_reason:
        return None
    return Sighting(
        title="The backend failed, or its server cannot send its close code: {close code}",
        cause=_NOT_SENDABLE,
        remedies=(
            (
                "Ask the backend's team for their log at this moment, for the agent {agent_id}. "
                "`invalid close code 1008` there means a refusal: then compare the secret and "
                "the id with theirs. A traceback of their own code means a fault in it."
            ),
            "Ask them to close with a code from 3000 to 4999, which Daphne can send.",
        ),
        only=True,
        confidence=Confidence.POSSIBLE,
        alternatives=("auth-secret-rejected",),
    )


# Where nothing is between the client and the backend.
IDLE_HERE = (
    "Ask the backend's team to raise their server's limit for a connection without traffic.",
    PING_OFTENER,
)
_OFTENER = (
    "Send the keepalive ping more often in your client: `edgecheck listen --keepalive 15` shows "
    "whether the connection then stays."
)
_HEARTBEAT = (
    "The server's reason says that it did not hear from the client in time: it waits for a ping, "
    "or for an answer to its own, and closes when none comes in time. The keepalive of {keepalive} "
    "s is too long for it, or it expects another message."
)
_UNANSWERED = (
    "The backend closed without a reason, although the client's pings were answered. It may wait "
    "for an answer that never comes."
)
_ANSWER_IT = (
    "Ask the backend's team whether clients have to answer the message that is shown below, and "
    "let yours answer it. A profile can say how (`edgecheck profile --help`)."
)
_SERVERS_OWN = (
    " It sent `{heard}` before, which may be a ping of its own that it wants an answer to."
)
_IDLE = (
    "The server's reason says that nothing was sent for too long. Its own limit for an idle "
    "connection has passed{after}, and the keepalive of {{keepalive}} s is too long for it."
)


def silence_ended(facts: Facts) -> Sighting | None:
    """See a reason that speaks of an idle connection, or of a sign of life that did not come."""
    topic, session = topic_in(facts), facts.session
    if session is None:
        return None
    own = _servers_own_ping(facts)
    quiet = OnClose.number_in(facts) in (1000, 1001, 1005) and says_nothing(session.close_reason)
    unanswered = bool(own and session.pong and quiet and session.closed_by == "server")
    if topic not in (Topic.IDLE, Topic.HEARTBEAT) and not unanswered:
        return None
    if topic is Topic.HEARTBEAT and OnClose.number_in(facts) == 1011:
        return None
    idle = session.idle_ms or 0.0
    values = {
        "idle": rounded(idle),
        "oftener": f"{max(1.0, idle / 2000 // 1):.0f} s",
    }
    if topic is Topic.IDLE:
        after = f", here about {rounded(idle)}" if idle >= 1000 else ""
        title, cause = (
            "Nothing was sent for too long: closed with {close code}",
            _IDLE.format(after=after),
        )
    else:
        title = "The backend did not hear from the client in time: closed with {close code}"
        cause = _UNANSWERED if unanswered else _HEARTBEAT
        if own:
            cause += _SERVERS_OWN.replace("{heard}", verbatim(own))
    return Sighting(
        values=values,
        title=title,
        cause=cause,
        remedies=(_ANSWER_IT, _ASK_FOR_RULE) if own else (_OFTENER, _ASK_FOR_RULE),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.POSSIBLE if unanswered else Confidence.LIKELY,
        alternatives=("session-going-away", "session-closed-normally") if unanswered else (),
    )


_ASK_FOR_RULE = (
    "Ask the backend's team after how many seconds they close, and which message they wait for: "
    'their server said "{close code}".'
)
_PINGS = compiled(r"(?i)ping|heart ?beat|keep-?alive")


def _servers_own_ping(facts: Facts) -> str:
    session = facts.session
    for message in session.messages if session is not None else ():
        if _PINGS.search(message.detail or ""):
            return message.excerpt[:60]
    return ""


def lifetime(facts: Facts) -> Sighting | None:
    """See a reason that speaks of how long a connection may last."""
    session = facts.session
    if session is None or topic_in(facts) is not Topic.LIFETIME:
        return None
    return Sighting(
        values={"age": rounded(session.span.duration_ms), "how often": "it"},
        title="The backend limits how long a connection lasts: closed with {close code}",
        cause=(
            "The server's reason says that a connection has a limit of age. It is not about what "
            "was sent, so pinging more often does not help. A client should reconnect at once."
        ),
        remedies=_LIVES_ON if is_local(facts) else (),
        only=is_local(facts),
        side=Side.BACKEND if is_local(facts) else None,
        confidence=Confidence.LIKELY,
    )


_LIVES_ON = (
    'Ask the backend\'s team to raise the limit, and quote the reason: "{close code}".',
    "Let your client reconnect at once after such an end, as `edgecheck listen` does.",
)


# --- a conversation that begins with another message ----------------------------------------------

# What servers send at once to ask a client who it is.
_ASKS = compiled(
    r"(?i)^(?:auth\w*[_-]?(?:required|request|challenge|needed)?|hello|identify|challenge|welcome"
    r"|connect\w*[_.-](?:required|challenge|request)|login[_-]?(?:required|request)?|register\w*"
    r"|who[_-]?are[_-]?you|handshake|request[_-]?auth\w*)$"
)
_WANTS_FIRST = (
    "The server accepts the socket, and then waits for a message with which the client identifies "
    "itself{seen}. Agents send the secret in the request, and no such message. So another kind of "
    "client is expected here, or the backend speaks another version of the protocol."
)
_WITH_A_PROFILE = (
    "Describe its first messages in a profile of your own (`greeting`), if this is the right "
    "endpoint, and try again: `edgecheck profile --help`."
)
_ASK_WHICH = (
    "Compare {url_name} in {url_where} with the address that the backend's team gave you, and ask "
    "whether agents have to send a first message there."
)


def wants_first_message(facts: Facts) -> Sighting | None:
    """See a server that waits for a log-in by message."""
    session = facts.session
    if session is None or session.failure is None or session.greeting is not None:
        return None
    if topic_in(facts) is Topic.FIRST_MESSAGE:
        return _first(": its reason says so")
    silent = session.failure.kind in (Kind.SESSION_NO_PONG, Kind.SESSION_DROPPED)
    if session.pong or not (silent or OnClose.number_in(facts) is not None):
        return None
    if topic_of(said := complaint_in(facts)) is Topic.FIRST_MESSAGE:
        return _first(f": it sent {verbatim(said[:80])}")
    for message in session.messages[:3]:
        if message.detail and _ASKS.match(unescape(message.detail)):
            return _first(f": it sent {verbatim(message.excerpt[:80])}")
    return None


def _first(seen: str) -> Sighting:
    return Sighting(
        values={"protocol": "with a first message", "its path": "not known"},
        title="The server waits for a log-in message, which agents do not send",
        cause=_WANTS_FIRST.replace("{seen}", seen),
        remedies=(_ASK_WHICH, _WITH_A_PROFILE),
        only=True,
        confidence=Confidence.LIKELY,
        alternatives=("pong-timeout",),
    )
