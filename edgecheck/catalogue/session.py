"""session: does the open socket stay, and does the backend answer?"""

from __future__ import annotations

from functools import partial

from ..facts import Stage
from ..facts.reasons import Topic
from ..terms import Confidence, Severity, Side
from . import numbers, steps
from .condition import AnyOf, OnClose, Otherwise, Rule
from .problem import NotOnLoopback, Problem, Simulated
from .rules import frames, gateway, messages, reasons, sizes
from .rules import session as rules

_LOOK = (
    "Ask the backend's team to look into their log at this moment, for the agent {agent_id}: the "
    "socket was closed with {close code}."
)
_AGAIN = "Wait a moment and try again: `edgecheck doctor`."
_COMPARE_URL = (
    "Compare {url_name} in {url_where} with the address that the backend's team gave you."
)
_MORE_TIME = "Allow more time: `edgecheck doctor --timeout 30`."

# What a close code alone says, or nothing: a reason in words, or a pattern of times, says more.
_LESS_EXACT = (
    "session-closed-unknown",
    "session-closed-normally",
    "session-closed-without-code",
    "session-going-away",
    "session-protocol-error",
    "auth-secret-rejected",
    "auth-header-rejected",
    "auth-unauthorized",
    "auth-forbidden",
    "upgrade-refused-regardless",
)


def _ended_by(*codes: int, topics: tuple[Topic, ...] = ()) -> Rule:
    """Return the condition on close codes that a stopped server and a crashed handler both send."""
    own = OnClose(*codes)
    return Rule(partial(rules.ended_by, own, topics), claims=(own,))


def _closed_with(code: int) -> Rule:
    """Return the condition on a close code, unless its reason speaks of something else."""
    own = OnClose(code)
    return Rule(partial(reasons.closed_with, own), claims=(own,))


def _said(topic: Topic) -> Rule:
    """Return the condition on a close whose reason speaks of a topic."""
    return Rule(partial(reasons.said, topic))


PROBLEMS = (
    Problem(
        code="session-closed-normally",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend closed the socket as if it was finished: {close code}",
        cause=(
            "1000 means that a conversation is finished, but an agent's never is. The backend's "
            "handler returned or failed (Quart and sanic say 1000 then), the server is being "
            "stopped, another client uses this agent id, or the backend refuses this agent and "
            "does not say so."
        ),
        remedies=(
            _LOOK,
            (
                "Check that the backend knows the agent id {agent_id}: it was read from "
                "{agent_where}."
            ),
        ),
        when=_ended_by(1000),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        alternatives=("session-replaced", "session-server-error", "session-restarting"),
        keywords=("1000", "normal closure", "connectionclosedok"),
        source="RFC 6455, section 7.4.1",
    ),
    Problem(
        code="session-going-away",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend is shutting down: closed with {close code}",
        cause=(
            "1001 means that the server, or a proxy before it, goes away: it is stopped, reloaded "
            "or "
            "redeployed (Caddy closes with 1001 when it is reloaded). A client should reconnect."
        ),
        remedies=(
            (
                "Tell the backend's team, if it is the same in a few minutes: \"the socket is "
                'closed with {close code}".'
            ),
            _AGAIN,
        ),
        when=_ended_by(1001),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("session-restarting",),
        keywords=("1001", "going away"),
        source="RFC 6455, section 7.4.1",
    ),
    Problem(
        code="session-protocol-error",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="What came over the open socket is not the WebSocket protocol: {close code}",
        cause=(
            "The bytes after the opening handshake are not valid frames of RFC 6455. A proxy that "
            "writes its own page into the connection does that, or a home-made server."
        ),
        remedies=(
            "Tell the backend's team what is shown below.",
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, a proxy of this network writes into the connection."
            ),
        ),
        when=Rule(frames.protocol_error, claims=(OnClose(1002),)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=("pong-timeout",),
        alternatives=("session-server-error",),
        keywords=(
            "1002",
            "protocol error",
            "invalid opcode",
            "reserved bits",
            "incorrect masking",
            "invalid websocket frame",
        ),
        source="RFC 6455, section 7.4.1",
    ),
    Problem(
        code="session-unsupported-data",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend does not accept this kind of message: closed with {close code}",
        cause=(
            "1003 means that this kind of data is not accepted: text where binary messages are "
            "expected, binary ones where text is, or another format. So it is not the agents' "
            "endpoint, or speaks another version of the protocol."
        ),
        remedies=(
            (
                "Ask the backend's team which messages {endpoint} takes: the ping `{ping}` was "
                "answered with a close, {close code}. Whether messages are binary, the profile "
                "says with `binary`."
            ),
            _COMPARE_URL,
            _LOOK,
        ),
        when=AnyOf(_said(Topic.NOT_UNDERSTOOD), _said(Topic.VERSION), _closed_with(1003)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=_LESS_EXACT,
        keywords=("1003", "unsupported data", "cannot accept"),
        source="RFC 6455, section 7.4.1",
    ),
    Problem(
        code="session-closed-without-code",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend closed the socket without saying why",
        cause=(
            "The close frame has no code (1005). Libraries treat that as a normal end, so a client "
            "may stop without an error. express-ws and gevent-websocket end like this for a path "
            "that they do not know and for every refusal, granian when a handler crashed."
        ),
        remedies=(
            steps.TRACEBACK,
            (
                "Compare the path with the backend's routes: the request went to {url}. Some "
                "servers open the socket for every path."
            ),
        ),
        when=_ended_by(1005),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        alternatives=("upgrade-not-found", "session-server-error", "auth-secret-rejected"),
        keywords=("1005", "no status received", "no status rcvd"),
        source="RFC 6455, section 7.4.1",
    ),
    Problem(
        code="session-dropped",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The connection ended without a close frame",
        cause=(
            "The socket was open, and the connection ended without a close frame (1006). Under "
            "uvicorn and Node.js, a handler that crashed or returned looks like this. So does a "
            "server that is stopped, a proxy or platform that cuts the connection, and a proxy "
            "that speaks HTTP/1.0 to tornado."
        ),
        remedies=(
            steps.TRACEBACK,
            (
                "Try from another network, such as a phone's hotspot, to see whether something on "
                "the way cuts it: `edgecheck doctor`."
            ),
        ),
        when=Rule(rules.dropped),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        alternatives=("session-server-error", "session-restarting", "upgrade-header-dropped"),
        keywords=(
            "1006",
            "no close frame received or sent",
            "abnormal closure",
            "connectionclosederror",
        ),
        source="RFC 6455, section 7.1.5",
    ),
    Problem(
        code="session-invalid-payload",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="A text message is not UTF-8: {close code}",
        cause=(
            "1007 means a text message that is not UTF-8. The backend sent one, or it says that "
            "ours was. Ours is pure ASCII, so the fault is the backend's."
        ),
        remedies=(
            (
                "Tell the backend's team: \"a text message on the socket of the agent {agent_id} "
                'is not UTF-8, {close code}". Their log may show which one.'
            ),
        ),
        when=_closed_with(1007),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("1007", "invalid frame payload data", "invalid utf-8", "invalid start byte"),
        source="RFC 6455, sections 7.4.1 and 8.1",
    ),
    Problem(
        code="session-message-too-big",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="A message is too big: {close code}",
        cause=(
            "1009 means that a message exceeds a limit. The backend sent one of more than 1 MiB, "
            "the default limit of Python's websockets."
        ),
        remedies=(
            (
                "Tell the backend's team how large the message was, as shown below. Commands "
                "should stay well under 1 MiB."
            ),
            (
                "Raise the limit in your own client, if the backend sends such messages on "
                "purpose: `connect(url, max_size=...)` in Python's websockets."
            ),
        ),
        when=Rule(sizes.too_big, claims=(numbers.TOO_BIG_CLOSE,)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=_LESS_EXACT,
        keywords=(
            "1009",
            "message too big",
            "frame exceeds limit",
            "max payload size exceeded",
            "payloadtoobig",
        ),
        source="RFC 6455, section 7.4.1",
    ),
    Problem(
        code="session-server-error",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend failed: closed with {close code}",
        cause=(
            "The server says that an error occurred in it while it handled this connection: an "
            "exception in its handler, or a keepalive that timed out there. hypercorn also closes "
            "with 1011 when it is stopped."
        ),
        remedies=(steps.TRACEBACK, _AGAIN),
        when=AnyOf(
            Rule(reasons.keepalive_failed),
            Rule(reasons.failed_to_close),
            _ended_by(1011, 4500, topics=(Topic.FAILED,)),
            _said(Topic.FAILED),
        ),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("session-restarting",),
        refines=_LESS_EXACT,
        keywords=(
            "1011",
            "4500",
            "internal error",
            "unexpected condition",
            "keepalive ping timeout",
        ),
        source="RFC 6455, section 7.4.1",
    ),
    Problem(
        code="session-restarting",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend is restarting: closed with {close code}",
        cause=(
            "1012 means a restart. uvicorn sends it when it is told to stop, as in every "
            "deployment. A client should reconnect."
        ),
        remedies=(
            (
                "Tell the backend's team, if it is the same in a few minutes: \"the deployment "
                'restarts again and again, {close code}".'
            ),
            _AGAIN,
        ),
        when=AnyOf(Rule(reasons.restart), _ended_by(1012, topics=(Topic.RESTART,))),
        reproduction=Simulated(),
        refines=(*_LESS_EXACT, "session-server-error", "session-try-later"),
        keywords=("1012", "service restart"),
        source="IANA, WebSocket Close Code Number Registry",
    ),
    Problem(
        code="session-try-later",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend is overloaded and asks to try later: closed with {close code}",
        cause=(
            "The server says that it cannot take this connection now: it has too much to do, or a "
            "limit of connections is reached."
        ),
        remedies=(
            (
                "Ask the backend's team which limit is reached, if it is the same in a few "
                'minutes: "the agent {agent_id} is closed with {close code}".'
            ),
            "Wait a few minutes and try again: `edgecheck doctor`.",
            "Stop other clients with the same settings, if there are any.",
        ),
        when=AnyOf(
            _said(Topic.LIMIT),
            _said(Topic.SLOW_READER),
            _said(Topic.OVERLOADED),
            _closed_with(1013),
        ),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(*_LESS_EXACT, "session-server-error"),
        keywords=("1013", "try again later"),
        source="IANA, WebSocket Close Code Number Registry",
    ),
    Problem(
        code="session-bad-gateway",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="A gateway lost the backend: closed with {close code}",
        cause=("1014 comes from a gateway on the way, which got no valid answer from the backend."),
        remedies=(
            (
                'Tell the operators of the gateway, if it is the same in a few minutes: "the '
                'socket is closed with {close code}, because your gateway gets no valid answer".'
            ),
            _AGAIN,
            "Ask the backend's team whether their process runs.",
        ),
        when=Rule(gateway.gateway_lost, claims=(numbers.BAD_GATEWAY_CLOSE,)),
        reproduction=Simulated(),
        refines=("session-server-error",),
        keywords=("1014",),
        source="IANA, WebSocket Close Code Number Registry",
    ),
    Problem(
        code="session-replaced",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Another connection uses the agent id {agent_id}: closed with {close code}",
        cause=(
            "The backend keeps one connection for each agent id, and says that another one "
            "replaced this one, or is still open. Two programs, or two machines, run with the same "
            "{agent_name}."
        ),
        remedies=(
            (
                "Stop the other client. Look for it on this machine with `ps aux | grep -i edge`, "
                "and on other machines and in containers."
            ),
            "Give each agent an id of its own; this one was read from {agent_where}.",
            (
                "Wait until the backend notices that an old connection is dead, if there is no "
                "other client."
            ),
        ),
        when=Rule(rules.replaced),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "session-closed-unknown",
            "auth-secret-rejected",
            "session-closed-normally",
            "session-going-away",
            "session-try-later",
            "auth-header-rejected",
            "session-dropped",
            "session-closed-without-code",
            "upgrade-refused-regardless",
        ),
        keywords=(
            "replaced",
            "duplicate connection",
            "already connected",
            "superseded",
            "another connection",
        ),
    ),
    Problem(
        code="session-closed-unknown",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The backend closed with {close code} ({name})",
        cause=(
            "The protocol between agent and backend does not have this close code. The codes from "
            "4000 on are the backend's own: only its team, or the reason beside the code, can say "
            "what it means. By convention those from 4400 are the HTTP statuses from 400."
        ),
        remedies=("Ask the backend's team what {close code} means.", _LOOK),
        when=Otherwise(OnClose, rules.named_by_range, fills=("name",)),
        reproduction=Simulated(),
        confidence=Confidence.POSSIBLE,
        keywords=("private use", "4000", "4002", "4003", "4004", "close code"),
        source="RFC 6455, section 7.4.2",
    ),
    Problem(
        code="session-idle-closed",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="The connection was cut after {idle} without traffic",
        cause=(
            "Proxies, load balancers and platforms end connections that are idle for a while: "
            "nginx and AWS load balancers after 60 s, HAProxy after 50 s, Heroku after 55 s, Azure "
            "after 230 s. Here the limit is about {idle}."
        ),
        remedies=(
            (
                "Ask the administrators of the proxy to raise its limit. nginx: "
                "`proxy_read_timeout 3600s;` in the location of {endpoint}."
            ),
            steps.PING_OFTENER,
        ),
        when=AnyOf(
            Rule(rules.idle_closed, fills=("idle", "oftener")),
            Rule(reasons.silence_ended, fills=("idle", "oftener")),
        ),
        reproduction=NotOnLoopback(
            "a checkup is never idle; a live connection shows it, and the simulator has a fault of "
            "this name for that"
        ),
        confidence=Confidence.LIKELY,
        refines=(
            *_LESS_EXACT,
            "session-dropped",
            "session-server-error",
            "session-restarting",
            "session-try-later",
        ),
        keywords=("idle timeout", "proxy_read_timeout", "h15", "h28"),
    ),
    Problem(
        code="session-lifetime-limit",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="Connections end at the same age, {age}, whatever is sent",
        cause=(
            "Something on the way ends {how often} {age} after the opening, although traffic was "
            "flowing: a load balancer or platform has a limit for the life of a connection "
            "(Google's backend service 30 s, Cloud Run 5 to 60 minutes, API Gateway 2 hours). "
            "Pinging more often does not help."
        ),
        remedies=(
            (
                "Ask the administrators of the load balancer to raise the limit: Google's "
                "`--timeout` of the backend service, Cloud Run `--timeout=3600`."
            ),
            "Let your client reconnect at once after such an end, as `edgecheck listen` does.",
        ),
        when=AnyOf(
            Rule(rules.lifetime_limit, fills=("age", "how often")),
            Rule(reasons.lifetime, fills=("age", "how often")),
        ),
        reproduction=NotOnLoopback(
            "a checkup is over before a limit ends it; a live connection shows it, and the "
            "simulator has a fault of this name for that"
        ),
        confidence=Confidence.LIKELY,
        refines=(*_LESS_EXACT, "session-idle-closed", "session-dropped"),
        keywords=("backend timeout", "connection lifetime", "same age", "30 minutes"),
        source="Google Cloud, Backend services, Timeout; Cloud Run, WebSockets",
    ),
    Problem(
        code="session-compressed-frames",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="Compressed messages arrive, although no compression was agreed",
        cause=(
            "The frames have the bit RSV1, which permessage-deflate uses, and the answer to the "
            "handshake agreed to no extension. A proxy removes the field Sec-WebSocket-Extensions "
            "from the answer, or the server compresses without asking."
        ),
        remedies=(
            (
                "Ask the administrators of the proxy to pass the field Sec-WebSocket-Extensions "
                "both ways."
            ),
            (
                "Ask the backend's team to switch compression off, if there is no proxy: uvicorn "
                "`--ws-per-message-deflate false`, ws `perMessageDeflate: false`, websockets' "
                "`compression` option."
            ),
        ),
        when=Rule(frames.compressed_frames),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=("session-protocol-error",),
        keywords=("rsv1 must be clear", "reserved bits", "permessage-deflate", "compressed frame"),
        source="RFC 7692, section 6; RFC 6455, section 5.2",
    ),
    Problem(
        code="pong-timeout",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The socket is open, but the ping is not answered",
        cause=(
            "The backend accepted the connection, and does not answer `{ping}`. Its handler hangs "
            "or failed (robyn and express-ws keep such a socket open), another application answers "
            "at this path, or a proxy holds messages back."
        ),
        remedies=(
            (
                "Tell the backend's team that the agent {agent_id} is accepted and gets no "
                "`{pong}`. Does the handler read messages?"
            ),
            (
                "Allow more time, in case the backend is slow at first (a database that wakes up, "
                "a cold start): `edgecheck doctor --timeout 60`."
            ),
            (
                "Check that {url_name} in {url_where} leads to the agents' endpoint, and not to "
                "another WebSocket."
            ),
        ),
        when=Rule(messages.pong_timeout),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("pong timeout", "no pong", "ping timeout"),
    ),
    Problem(
        code="pong-echoed",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="{host} only echoes: it is a test service, not the backend",
        cause=(
            "The ping came back unchanged, instead of a pong. An echo service answers there, or "
            "the backend is a first version that sends everything back."
        ),
        remedies=(
            _COMPARE_URL,
            (
                "Tell the backend's team, if the address is right: {endpoint} echoes instead of "
                "answering."
            ),
        ),
        when=Rule(messages.pong_echoed),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "pong-timeout",
            "pong-not-json",
            "session-closed-normally",
            "session-closed-without-code",
            "session-dropped",
        ),
        keywords=("echo",),
    ),
    Problem(
        code="pong-not-json",
        stage=Stage.SESSION,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The answer to the ping is not a message of this protocol: {said}",
        cause=(
            "The answer to the ping is not a JSON object with a type. Another application answers "
            "at this path, or the backend sends plain text."
        ),
        remedies=(
            "Tell the backend's team what came, as shown below; the pong is `{pong}`.",
            _COMPARE_URL,
        ),
        when=Rule(messages.pong_not_json, fills=("said",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        refines=(
            "pong-timeout",
            "session-closed-normally",
            "session-closed-without-code",
            "session-dropped",
        ),
        keywords=("expecting value: line 1 column 1", "jsondecodeerror", "unexpected token"),
    ),
    Problem(
        code="pong-unexpected",
        stage=Stage.SESSION,
        severity=Severity.WARNING,
        side=Side.BACKEND,
        title="Other messages came, but not the pong",
        cause=(
            "The backend sends messages ({count} came), but does not answer the ping. It may "
            "handle messages one after another and be busy, or it does not know pings."
        ),
        remedies=(
            "Tell the backend's team that pings are not answered while other messages arrive.",
            _MORE_TIME,
        ),
        when=Rule(messages.pong_unexpected, fills=("count",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
    ),
    Problem(
        code="message-unknown-type",
        stage=Stage.SESSION,
        severity=Severity.INFO,
        side=Side.BACKEND,
        title="The backend sent a message of unknown type: {types}",
        cause=(
            "The message is well formed, but the protocol that edgecheck knows has no such type. "
            "The backend is newer, or sends something of its own. A client should ignore it."
        ),
        remedies=("Make sure that your own client ignores types that it does not know.",),
        when=Rule(messages.unknown_type, fills=("types",)),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("unknown message type",),
    ),
    Problem(
        code="session-command-taken",
        stage=Stage.SESSION,
        severity=Severity.WARNING,
        side=Side.CLIENT,
        title="{commands} arrived during this check and got no acknowledgement: {ids}",
        cause=(
            "The backend sent it to this connection, because that has the id {agent_id}. edgecheck "
            "neither runs nor acknowledges commands here. A backend that waits for the ack sends "
            "it again to the agent; for any other backend it is done, and the agent never gets it."
        ),
        remedies=(
            "Look in the agent's log whether {ids} came again after this check.",
            "Ask the backend's team to send again what did not come.",
            (
                "Next time, end before that: `edgecheck doctor --until tls`. Or look "
                "with an id that no agent has, if the backend knows one: `edgecheck doctor "
                "--agent-id ID`."
            ),
        ),
        when=Rule(messages.command_taken, fills=("commands", "ids")),
        reproduction=Simulated(),
        keywords=("lost command", "command not received", "command never arrived"),
    ),
    Problem(
        code="command-malformed",
        stage=Stage.SESSION,
        severity=Severity.WARNING,
        side=Side.BACKEND,
        title="The backend sent a command that is not well formed: {fault}",
        cause=(
            "A command needs `command_id` and `command_type`, both text, and an object as its "
            "`payload`. A client cannot acknowledge a command without its id."
        ),
        remedies=(
            "Tell the backend's team which command is wrong, and quote it.",
            "Make sure that your own client does not stop at such a message.",
        ),
        when=Rule(messages.malformed_command, fills=("fault",)),
        reproduction=Simulated(),
        keywords=("command_id", "command_type", "command_ack", "keyerror"),
    ),
)
