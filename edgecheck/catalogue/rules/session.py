"""session: what ended an open socket, and what came instead of the pong."""

from __future__ import annotations

import re

from ...facts import Facts, Kind, Message, MessageKind, SessionFacts
from ...facts.text import unescape, unescape_bytes
from ...late import compiled
from ...patterns import Kind as Pattern
from ...patterns import outlived_its_idle_time, pattern_of
from ...terms import Confidence, Side
from ...wording.evidence import close_name, messages_of
from ...wording.units import counted, milliseconds
from ..condition import OnClose, Rule, Sighting, closed_as
from ..products import Cure
from .silence import whose_silence
from .witness import cures, is_local, passed_on_by

# Close codes that explain nothing: the answer before them says more.
_MUTE_CODES = frozenset({1000, 1005, 1006})

# How servers say that another connection replaced this one.
_REPLACED = (
    r"(?i)replac|supersed|duplicate|another "
    r"(?:connection|client|session|agent|instance|device)|new(?:er)? (?:connection|session) "
    r"(?:opened|took|from|with|establish)|"
    r"already (?:connected|registered|in use|online)|connected (?:elsewhere|from another)|session "
    r"(?:taken over|conflict)|taken over|same (?:agent|edge|client)[ _]?(?:agent)?[ _]?id|"
    r"logged in (?:elsewhere|from another)|kicked"
)
# The registered close codes that servers use for it; any private code may mean it.
_REPLACED_CODES = frozenset({1000, 1001, 1008, 1013})
# How much of an HTTP response in the socket it quotes.
_QUOTED_BYTES = 120
# How many messages a verdict quotes; more would be hard to read.
_QUOTED = 3


def replaced(facts: Facts) -> Sighting | None:
    """See a close whose reason says that another connection has this agent id."""
    session, code = facts.session, OnClose.number_in(facts)
    if session is None:
        return None
    if code is not None and session.closed_by == "server":
        private = 3000 <= code <= 4999
        if (private or code in _REPLACED_CODES) and re.search(_REPLACED, session.close_reason):
            return Sighting()
        if closed_as(facts, "session-replaced", 4409):
            return Sighting(confidence=Confidence.POSSIBLE)
    return _loop(session)


def _loop(session: SessionFacts) -> Sighting | None:
    """See several connections that each work, and end after a short while."""
    if session.failure is None or not session.earlier:
        return None
    found = pattern_of((*session.earlier, session.life(answered=_was_answered(session))))
    if found is None or found.kind is not Pattern.SHORT_LOOP:
        return None
    return Sighting(
        title="Something ends each connection after a short while: another client with {agent_id}?",
        cause=(
            f"{counted(found.count, 'connection')} in a row were accepted and answered, and each "
            f"ended after about {milliseconds(found.typical_ms)}. A backend that keeps one "
            "connection for each agent id does that when two clients with the same id take turns. "
            "A handler that fails after a while looks the same."
        ),
        confidence=Confidence.POSSIBLE,
        alternatives=("session-server-error", "session-restarting"),
    )


def _was_answered(session: SessionFacts) -> bool:
    return bool(session.pong)


def named_by_range(facts: Facts) -> Sighting:
    """Say what kind of close code it is."""
    code = (facts.session.close_code if facts.session is not None else None) or 0
    return Sighting(values={"name": close_name(code)})


def idle_closed(facts: Facts) -> Sighting | None:
    """See a connection that was cut after some time without traffic."""
    session = facts.session
    failure = session.failure if session is not None else None
    if session is None or failure is None or failure.kind is not Kind.SESSION_IDLE_CLOSED:
        return None
    idle = session.idle_ms or 0.0
    return Sighting(
        values={"idle": milliseconds(idle), "oftener": milliseconds(_half_of(idle))},
        remedies=_cures(facts),
        side=_side(facts),
    )


def _half_of(idle: float) -> float:
    """Return a keepalive that is certainly more frequent than an idle limit, in whole seconds."""
    return max(1.0, float(int(idle / 2000))) * 1000


def _cures(facts: Facts) -> tuple[str, ...]:
    response = facts.upgrade.response if facts.upgrade is not None else None
    return cures(response, Cure.LIMIT)


def _side(facts: Facts) -> Side | None:
    """Return the backend if nothing is between us and it; None for the entry's own side."""
    response = facts.upgrade.response if facts.upgrade is not None else None
    seen = response is not None and passed_on_by(response)
    return Side.BACKEND if is_local(facts) and not seen else None


def lifetime_limit(facts: Facts) -> Sighting | None:
    """See that each connection ends at the same age, whatever is sent."""
    session = facts.session
    if session is None or session.failure is None or not _was_answered(session):
        return None
    lives = (*session.earlier, session.life(answered=True))
    found = pattern_of(lives)
    if found is None or found.kind is not Pattern.SAME_AGE:
        return None
    # The first pong comes at once, so a single connection needs a gap that it has survived.
    if found.count == 1 and not outlived_its_idle_time(lives[-1]):
        return None
    often = found.count > 1
    return Sighting(
        values={
            "age": milliseconds(found.typical_ms),
            "how often": f"{counted(found.count, 'connection')} in a row" if often else "it",
        },
        confidence=Confidence.LIKELY if often else Confidence.POSSIBLE,
        remedies=_cures(facts),
        evidence=(
            *(
                f"a connection ended {milliseconds(life.lasted_ms)} after its opening"
                for life in lives[-found.count :]
            ),
            (
                f"idle for {milliseconds(session.idle_ms or 0.0)} at the end; it had survived "
                f"{milliseconds(session.longest_gap_ms or 0.0)} without traffic before"
            ),
        ),
        alternatives=("session-dropped",) if often else ("session-dropped", "session-idle-closed"),
    )


# --- what a server's stop and a crashed handler leave ---------------------------------------------

_STOPPED = (
    "The port refuses connections now, so the server was stopped, or is being redeployed. It ended "
    "the connections that it had."
)
_WAIT_FOR_IT = "Wait a minute and try again: `edgecheck doctor`. A redeployment ends like this."
_ASK_WHETHER_IT_RUNS = (
    "Ask the backend's team whether their server runs again, if that lasts longer."
)


def _stopped(facts: Facts) -> Sighting | None:
    """See that the port refuses connections since the end."""
    session = facts.session
    if session is None or not session.refused_next:
        return None
    return Sighting(
        title="The server was stopped: it ended the connection, and its port refuses new ones",
        cause=_STOPPED,
        remedies=(_WAIT_FOR_IT, _ASK_WHETHER_IT_RUNS),
        only=True,
        confidence=Confidence.LIKELY,
        side=Side.BACKEND,
        alternatives=("session-restarting", "session-server-error"),
    )


def ended_by(*codes: int) -> Rule:
    """Return the rule for close codes that a stopped server and a crashed handler both send."""
    own = OnClose(*codes)

    def see(facts: Facts) -> Sighting | None:
        if own.see(facts) is None:
            return None
        return _stopped(facts) or Sighting(undecided=True)

    return Rule(see, claims=(own,))


def dropped(facts: Facts) -> Sighting | None:
    """See a connection that ended without a close frame."""
    session = facts.session
    failure = session.failure if session is not None else None
    if session is None or failure is None or failure.kind is not Kind.SESSION_DROPPED:
        return None
    stopped = _stopped(facts)
    if stopped is not None:
        return stopped
    page = _http_in_socket(facts, session)
    if page is not None:
        return page
    sent = session.largest_sent or 0
    if sent >= _LARGE:
        return _too_large(sent, "", session.largest_passed or 0)
    if _side(facts) is Side.BACKEND:
        return Sighting(
            side=Side.BACKEND,
            cause=_CRASHED_HERE,
            remedies=(_TRACEBACK,),
            only=True,
            confidence=Confidence.LIKELY,
            alternatives=("session-server-error", "session-restarting", "upgrade-not-found"),
        )
    return Sighting(undecided=True)


_CRASHED_HERE = (
    "The socket was open, and the backend ended the connection without a close frame (1006); "
    "nothing is between it and edgecheck. Under uvicorn, tornado, aiohttp and Node.js a handler "
    "that crashed or returned looks like this, and so does a server that is stopped."
)
_TRACEBACK = (
    "Ask the backend's team to look for a traceback in their log at this moment, for the agent "
    "{agent_id}."
)
# A server's default limits begin at 8 KiB (Tomcat); a ping has some twenty bytes.
_LARGE = 8_000


def too_big(facts: Facts) -> Sighting | None:
    """See 1009: a message that exceeds a limit, theirs or ours."""
    session = facts.session
    if session is None or not closed_as(facts, "session-message-too-big", 1009):
        return None
    if session.closed_by == "client":
        return Sighting(confidence=Confidence.CERTAIN)
    reason, passed = unescape(session.close_reason), session.largest_passed or 0
    return _too_large(session.largest_sent or 0, reason, passed)


def _too_large(sent: int, reason: str, passed: int) -> Sighting:
    limit = re.search(r"(?i)limit of (\d+)", reason)
    of = f" The limit is {limit[1]} bytes, as its reason says." if limit else ""
    if not limit and 0 < passed < sent:
        of = f" One of {passed} bytes passed before, so the limit lies between the two."
    if sent < _LARGE:
        return Sighting(
            title="The backend says that a message is too big: {close code}",
            cause=(
                "1009 means that a message exceeds a limit. The server says so of what was sent "
                "to it, and edgecheck has sent a ping of a few bytes: its limit is far too low, or "
                f"it counts something else.{of}"
            ),
            confidence=Confidence.LIKELY,
        )
    return Sighting(
        title=f"The message that was sent is too large for the backend: {sent} bytes",
        cause=(
            f"A message of {sent} bytes was sent, and the connection ended because of its "
            f"size.{of} "
            "Servers have limits of their own: 8 KiB in Tomcat, 1 MiB in websockets, sanic and "
            "daphne. Some reset the connection without a word."
        ),
        remedies=(
            "Send smaller messages, or several.",
            "Ask the backend's team to raise the limit of a message: uvicorn `--ws-max-size`.",
        ),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
    )


# --- bytes that are no frames ---------------------------------------------------------------------

_RSV1, _RSV = 0x40, 0x70
_DATA_OPCODES = (0x1, 0x2)
_HTTP_IN_SOCKET = compiled(rb"(?:.{0,64})HTTP/1\.[01] (\d{3})", re.DOTALL)


def _bytes_of(session: SessionFacts) -> bytes:
    return unescape_bytes(session.first_bytes)


def compressed_frames(facts: Facts) -> Sighting | None:
    """See frames with RSV1 although no extension was agreed (RFC 7692, section 6)."""
    session = facts.session
    if session is None or session.failure is None or session.closed_by != "client":
        return None
    if "reserved bits" not in session.failure.message:
        return None
    first = _bytes_of(session)[:1]
    if first and (first[0] & _RSV != _RSV1 or first[0] & 0x0F not in _DATA_OPCODES):
        return None
    response = facts.upgrade.response if facts.upgrade is not None else None
    agreed = response is not None and response.field("sec-websocket-extensions")
    if agreed:
        return None
    if _side(facts) is Side.BACKEND:
        return Sighting(side=Side.BACKEND, remedies=(_NO_COMPRESSION,), only=True)
    return Sighting()


_NO_COMPRESSION = (
    "Ask the backend's team to switch compression off, or to agree to it in the handshake: uvicorn "
    "`--ws-per-message-deflate false`, ws `perMessageDeflate: false`, websockets' `compression` "
    "option."
)


def protocol_error(facts: Facts) -> Sighting | None:
    """See 1002: the server's complaint, or bytes of its that are no frames."""
    session = facts.session
    if session is None or OnClose.number_in(facts) != 1002 or 1002 in facts.profile.closes:
        return None
    if session.closed_by == "server":
        reason = f": {session.close_reason}" if session.close_reason else ""
        return Sighting(
            title="The server complains about the client, and closes with {close code}",
            cause=(
                "1002 came from the server, and its reason says what it does not like. Frameworks "
                "also send it when a handler fails: Tomcat puts the exception's words into the "
                "reason."
            ),
            remedies=(
                (
                    f'Tell the backend\'s team what their server says: "1002{_plain(reason)}". '
                    f"Their "
                    "log has a traceback, if a handler failed."
                ),
            ),
            only=True,
            confidence=Confidence.POSSIBLE,
            alternatives=("session-server-error", "upgrade-subprotocol-required"),
        )
    return _http_in_socket(facts, session) or Sighting(side=_side(facts), undecided=True)


def _http_in_socket(facts: Facts, session: SessionFacts) -> Sighting | None:
    """See an HTTP response in place of frames."""
    status = _HTTP_IN_SOCKET.match(_bytes_of(session))
    if status is None:
        return None
    return Sighting(
        title=f"An HTTP answer ({status[1].decode()}) came over the open socket",
        cause=(
            "After the socket had opened, an HTTP response came in place of frames. A handler "
            "that failed, or that answered after it had accepted, looks like this; so does a "
            "proxy that writes its error page into the connection."
        ),
        evidence=(f"received: {session.first_bytes[:_QUOTED_BYTES]}",),
        remedies=(_TRACEBACK,),
        confidence=Confidence.LIKELY,
        side=_side(facts),
        alternatives=("session-server-error",),
    )


def _plain(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _no_pong(facts: Facts) -> bool:
    session = facts.session
    return session is not None and session.pong is False


def pong_timeout(facts: Facts) -> Sighting | None:
    """See a ping that got no pong in time."""
    return whose_silence(facts) if _no_pong(facts) else None


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
    said = others[0].partition(" (not JSON")[0]
    return Sighting(values={"said": said[:_IN_TITLE] or "an empty message"})


def pong_unexpected(facts: Facts) -> Sighting | None:
    """See other messages instead of the pong."""
    others = messages_of(
        facts, MessageKind.COMMAND, MessageKind.MALFORMED_COMMAND, MessageKind.UNKNOWN
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


def command_taken(facts: Facts) -> Sighting | None:
    """See commands that came, and that nobody has acknowledged."""
    took = [each for each in (facts.session, *facts.experiments) if each is not None]
    ids = [command_id for each in took for command_id in each.commands]
    if not ids:
        return None
    named, seen = list(dict.fromkeys(ids)), sum(each.commands_seen for each in took)
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
