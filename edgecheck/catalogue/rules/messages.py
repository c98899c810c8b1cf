"""session: the messages that came: no pong, another answer in its place, commands."""

from __future__ import annotations

from ...escapes import unescape
from ...facts import Facts, Message, MessageKind, SessionFacts
from ...facts.reasons import Topic, complaint_in, topic_of
from ...frozen import replace
from ...late import compiled
from ...terms import Confidence, Side, verbatim, without_code
from ...wording.evidence import messages_of
from ...wording.units import counted, milliseconds
from ..condition import Sighting
from . import silence

# Close codes that explain nothing: the answer before them says more.
_MUTE_CODES = frozenset({1000, 1005, 1006})
# How many messages a verdict quotes; more would be hard to read.
_QUOTED = 3


def _no_pong(facts: Facts) -> bool:
    session = facts.session
    return session is not None and session.pong is False


def pong_timeout(facts: Facts) -> Sighting | None:
    """See a ping that got no pong in time, at once or after others were answered."""
    session = facts.session
    if session is None or not _no_pong(facts):
        return None
    if complaint_in(facts):
        return _complained(facts)
    met, other = silence.whose_silence(facts), _pong_in_other_words(session)
    if other:
        return Sighting(
            title="The backend answers the ping, but not with the pong of this protocol",
            cause=(
                f"The ping `{{ping}}` was answered with `{verbatim(other)}`, and the pong is "
                "`{pong}`, letter by letter. The backend speaks another version of the protocol, "
                "or its answer is misspelt."
            ),
            remedies=(
                (
                    "Tell the backend's team that the pong has to be `{pong}`: theirs is "
                    f"`{verbatim(other)}`."
                ),
                "Describe it in a profile, if it is meant so: `edgecheck profile --help`.",
            ),
            only=True,
            side=Side.BACKEND,
            confidence=Confidence.LIKELY,
        )
    if session.round_trip_ms is None or met.only:
        return met
    from ...patterns import answers_some, grows  # no other rule of messages needs them

    if grows(session.recent_ms):
        return _some(session) if answers_some(session) else _slower(session)
    received = met.side is Side.BACKEND
    return replace(
        met,
        title="The connection went silent: pings were answered, and then no more",
        cause=_HANGS_SINCE if received else _SILENT_SINCE,
        remedies=(_ASK_WHETHER_IT_HANGS if received else _OFTEN, _RECONNECT),
        only=True,
        side=met.side or Side.INTERMEDIARY,
        confidence=Confidence.LIKELY if received else Confidence.POSSIBLE,
        alternatives=() if received else ("session-idle-closed",),
    )


def _some(session: SessionFacts) -> Sighting:
    """Return what it means that pongs come at once, and not one for each ping."""
    took = ", ".join(milliseconds(each) for each in session.recent_ms)
    return Sighting(
        title="The backend answers only some of the pings",
        cause=(
            "Each of the last pongs came at once after a ping was sent, so nothing waits in a "
            "queue. But there were fewer pongs than pings. Two tasks of the backend read from the "
            "same socket and take turns, a limit of messages drops some, or the handler answers "
            "only what differs from the message before."
        ),
        remedies=(
            (
                "Tell the backend's team that not every ping of {agent_id} is answered, although "
                "each pong comes at once. Does more than one task read from the socket, or does a "
                "limit drop messages?"
            ),
            (
                "Ping less often, to see whether every ping is then answered: `edgecheck ping -i "
                "30`."
            ),
        ),
        only=True,
        side=Side.BACKEND,
        confidence=Confidence.LIKELY,
        evidence=(f"counted from the oldest ping without a pong, the last took {took}",),
    )


def _slower(session: SessionFacts) -> Sighting:
    """Return what it means that each pong took longer than the one before, up to the limit."""
    took = ", ".join(milliseconds(each) for each in session.recent_ms)
    return Sighting(
        title="The pongs come later and later: the backend does not keep up",
        cause=(
            f"The last pongs took {took}, and then one did not come in time. Nothing is lost on "
            "the way: messages wait in a queue. The handler needs longer for each of them than the "
            "time between two, it waits for something else (a database, another service) in the "
            "loop that also answers pings, or the server has too much to do."
        ),
        remedies=(
            (
                "Tell the backend's team that pongs to {agent_id} take longer and longer. What "
                "does the handler do between reading a message and the next one? Blocking calls "
                "belong into a thread or a task of their own; the load of the server tells the "
                "rest."
            ),
            (
                "Ping less often, to see whether the answers then stay quick: `edgecheck ping -i "
                "30`."
            ),
        ),
        only=True,
        side=Side.BACKEND,
        confidence=Confidence.LIKELY,
        evidence=(f"the last round trips: {took}",),
    )


# How backends call an answer to a ping.
_PONGS = compiled(
    r"(?i)pong\w*|(?:ping|heart_?beat|keep_?alive)[_-]?(?:ack|response|reply|ok)|ack|ok"
)


def _pong_in_other_words(session: SessionFacts) -> str:
    """Return a message that may be meant as the pong; empty without one."""
    for message in session.messages:
        if message.kind is MessageKind.UNKNOWN and _PONGS.fullmatch(message.detail):
            return without_code(message.excerpt[:_IN_TITLE])
    return ""


_SILENT_SINCE = (
    "Pings were answered at first, and then nothing came any more, although nobody closed the "
    "connection. A NAT router, firewall or VPN forgets a connection that is idle for a while, and "
    "drops what follows without a word; a machine that slept or changed its network leaves such a "
    "dead connection too. Or the backend's handler hangs."
)
_HANGS_SINCE = (
    "Pings were answered at first, and then nothing came any more. What this machine sends still "
    "arrives: the other end acknowledges it. So nothing on the way has forgotten the connection; "
    "the backend's handler hangs, or a proxy before it has lost the backend."
)
_OFTEN = (
    "Send the keepalive ping more often, so that no gap is long enough to be forgotten: "
    "`edgecheck ping -i 15` shows whether the connection then stays."
)
_RECONNECT = (
    "Let your client end a connection whose ping is not answered, and open a new one, as "
    "`edgecheck listen` does."
)
_ASK_WHETHER_IT_HANGS = (
    "Ask the backend's team whether the handler of {agent_id} hangs: this machine's pings were "
    "received at the other end, and not answered."
)


def _answered_otherwise(facts: Facts) -> bool:
    """Tell whether the backend's last answer was something else than the pong.

    No pong came in time, or the connection ended without a reason.
    """
    session = facts.session
    return _no_pong(facts) or (
        session is not None and session.failure is not None and session.close_code in _MUTE_CODES
    )


def pong_echoed(facts: Facts) -> Sighting | None:
    """See a ping that came back."""
    if not _answered_otherwise(facts) or not messages_of(facts, MessageKind.ECHO):
        return None
    return Sighting()


# How many characters of a message a title has room for.
_IN_TITLE = 60


def pong_not_json(facts: Facts) -> Sighting | None:
    """See an answer that is not a message of the protocol."""
    others = messages_of(facts, MessageKind.NOT_JSON)
    if not _answered_otherwise(facts) or not others:
        return None
    if _API_GATEWAY.search(unescape(others[0])):
        return _of_api_gateway(others[0])
    said = others[0].partition(" (not JSON")[0]
    seen = Sighting(values={"said": said[:_IN_TITLE] or "an empty message"})
    return replace(_complained(facts), values=seen.values) if complaint_in(facts) else seen


# What API Gateway sends in place of the integration: `{"message": "Forbidden", "connectionId":
# "…", "requestId": "…"}` (AWS, Working with routes for WebSocket APIs).
_API_GATEWAY = compiled(r'(?s)^(?=.*"connectionId"\s*:)(?=.*"requestId"\s*:).*"message"\s*:\s*"')
_NO_ROUTE = compiled(r'(?i)"message"\s*:\s*"(?:forbidden|not ?found|no route)')


def _of_api_gateway(said: str) -> Sighting:
    """Return what an error message of API Gateway means, which comes in place of the pong."""
    no_route = _NO_ROUTE.search(unescape(said)) is not None
    return Sighting(
        values={"said": said[:_IN_TITLE]},
        title=(
            "API Gateway has no route for the ping: {said}"
            if no_route
            else "API Gateway cannot pass the ping on: {said}"
        ),
        cause=(
            "The message is that of API Gateway, not of the backend: it has an id of the "
            "connection and one of the request. "
            + (_NO_ROUTE_FOR_IT if no_route else _INTEGRATION_FAILED)
        ),
        remedies=(_ADD_A_ROUTE if no_route else _LOOK_AT_INTEGRATION, _IS_IT_THE_ENDPOINT),
        only=True,
        side=Side.BACKEND,
        confidence=Confidence.LIKELY,
        alternatives=("pong-timeout",),
    )


_NO_ROUTE_FOR_IT = (
    "Its route selection expression finds no route for `{ping}`, and there is no `$default` route."
)
_INTEGRATION_FAILED = "The integration behind the route (a function, mostly) failed or timed out."
_ADD_A_ROUTE = (
    "Ask the backend's team to add a route for `{ping}` to the WebSocket API, or a `$default` one, "
    "and to deploy the stage: `aws apigatewayv2 get-routes --api-id ID` shows what there is."
)
_LOOK_AT_INTEGRATION = (
    "Ask the backend's team for the function's log at this moment, and whether API Gateway may "
    "call it: `aws apigatewayv2 get-integrations --api-id ID`."
)


def _complained(facts: Facts) -> Sighting:
    """Return what an error message means that the backend sends in place of the pong."""
    said = complaint_in(facts)
    refused, quoted = topic_of(said) is Topic.REFUSED, verbatim(without_code(said[:_IN_A_STEP]))
    return Sighting(
        title=f"The backend answers with an error message: {verbatim(said[:_IN_TITLE])}",
        cause=_SAYS_WHAT_IS_WRONG,
        remedies=(
            *((_COMPARE_SECRET,) if refused else ()),
            f'Ask the backend\'s team what this means: "{quoted}".',
            _IS_IT_THE_ENDPOINT,
        ),
        only=True,
        side=Side.CLIENT if refused else Side.BACKEND,
        confidence=Confidence.LIKELY,
        alternatives=("auth-secret-rejected",) if refused else (),
    )


# How many characters of a message a step quotes.
_IN_A_STEP = 120
_SAYS_WHAT_IS_WRONG = (
    "The socket opened, and the backend's own message says that something is wrong: with the "
    "credentials, the account, the agent or what was sent. It sent no pong."
)
_COMPARE_SECRET = (
    "Compare the secret in {secret_where} with the backend's, and the agent id in {agent_where}: "
    "the message speaks of the credentials."
)
_IS_IT_THE_ENDPOINT = (
    "Compare {url_name} in {url_where} with the address that they gave you, if the message is not "
    "theirs."
)


def pong_unexpected(facts: Facts) -> Sighting | None:
    """See other messages instead of the pong."""
    others = messages_of(
        facts,
        MessageKind.COMMAND,
        MessageKind.MALFORMED_COMMAND,
        MessageKind.UNKNOWN,
        MessageKind.FAREWELL,
    )
    if facts.session is None or not _no_pong(facts) or not others:
        return None
    return Sighting(
        values={"count": str(facts.session.messages_seen)},
        evidence=tuple(f"received: {text}" for text in others[:_QUOTED]),
    )


def _of_kind(facts: Facts, kind: MessageKind) -> list[Message]:
    messages = facts.session.messages if facts.session is not None else ()
    return [message for message in messages if message.kind is kind]


def unknown_type(facts: Facts) -> Sighting | None:
    """See messages of a type that the protocol does not have."""
    unknown = _of_kind(facts, MessageKind.UNKNOWN)
    if not unknown:
        return None
    return Sighting(
        values={"types": ", ".join(dict.fromkeys(message.detail for message in unknown))},
        evidence=tuple(f"received: {message.excerpt}" for message in unknown[:_QUOTED]),
    )


def commands_taken(facts: Facts) -> tuple[list[str], int]:
    """Return the ids of the first commands that came over any connection of a look, and a count."""
    again = facts.tcp.again if facts.tcp is not None else ()
    took = [each for each in (facts.session, *facts.experiments, *again) if each is not None]
    ids = [command_id for each in took for command_id in each.commands]
    return ids, sum(each.commands_seen for each in took)


def command_taken(facts: Facts) -> Sighting | None:
    """See commands that came, and that nobody has acknowledged."""
    ids, seen = commands_taken(facts)
    if not ids:
        return None
    named = list(dict.fromkeys(ids))
    more = seen - len(ids)
    return Sighting(
        values={
            "commands": counted(seen, "command"),
            "ids": ", ".join(named[:_QUOTED]) + (" …" if more or len(named) > _QUOTED else ""),
        },
        evidence=(
            *(f"received, not acknowledged: {command_id}" for command_id in named),
            *([f"and {more} more"] if more else []),
        ),
    )


def malformed_command(facts: Facts) -> Sighting | None:
    """See commands that lack what a command needs."""
    bad = _of_kind(facts, MessageKind.MALFORMED_COMMAND)
    if not bad:
        return None
    return Sighting(
        values={"fault": bad[0].detail},
        evidence=tuple(f"{message.detail}: {message.excerpt}" for message in bad[:_QUOTED]),
    )
