"""session: what ended an open socket, and what came instead of the pong."""

from __future__ import annotations

import re

from ...facts import Facts, Kind, Message, MessageKind
from ...wording.evidence import close_name, messages_of
from ...wording.units import milliseconds
from ..condition import OnClose, Sighting
from .silence import whose_silence

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
# How many messages a verdict quotes; more would be hard to read.
_QUOTED = 3


def replaced(facts: Facts) -> Sighting | None:
    """See a close whose reason says that another connection has this agent id."""
    session, code = facts.session, OnClose.number_in(facts)
    if session is None or code is None or session.closed_by != "server":
        return None
    private = 3000 <= code <= 4999
    if not private and code not in _REPLACED_CODES:
        return None
    return Sighting() if re.search(_REPLACED, session.close_reason) else None


def named_by_range(facts: Facts) -> Sighting:
    """Say what kind of close code it is."""
    code = facts.session.close_code if facts.session is not None else None
    return Sighting(values={"name": close_name(code or 0)})


def idle_closed(facts: Facts) -> Sighting | None:
    """See a connection that was cut after some time without traffic."""
    session = facts.session
    failure = session.failure if session is not None else None
    if session is None or failure is None or failure.kind is not Kind.SESSION_IDLE_CLOSED:
        return None
    return Sighting(values={"idle": milliseconds(session.idle_ms or 0.0)})


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


def pong_not_json(facts: Facts) -> Sighting | None:
    """See an answer that is not a message of the protocol."""
    if not _answered_otherwise(facts) or not messages_of(facts, MessageKind.NOT_JSON):
        return None
    return Sighting()


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


def malformed_command(facts: Facts) -> Sighting | None:
    """See commands that lack what a command needs."""
    bad = _of_kind(facts, MessageKind.MALFORMED_COMMAND)
    if not bad:
        return None
    return Sighting(
        values={"fault": bad[0].detail},
        evidence=tuple(f"{message.detail}: {message.excerpt}" for message in bad[:_QUOTED]),
    )
