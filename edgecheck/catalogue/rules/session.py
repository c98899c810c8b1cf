"""session: what ended an open socket."""

from __future__ import annotations

from ...facts import Facts, Kind, SessionFacts
from ...facts.reasons import Topic, says_nothing, topic_in
from ...patterns import MUTE, PatternKind, may_be_a_limit, pattern_of
from ...terms import Confidence, Side
from ...wording.evidence import close_name
from ...wording.units import counted, milliseconds, rounded
from ..condition import OnClose, Sighting, closed_as
from ..products import Cure
from ..steps import PING_OFTENER, TRACEBACK
from .frames import http_in_socket
from .reasons import IDLE_HERE, says_otherwise
from .sizes import LARGE, too_large
from .witness import cures, fixed_limits, is_local, passed_on_by

# The registered close codes that servers use for it; any private code may mean it.
_REPLACED_CODES = frozenset({1000, 1001, 1008, 1013})


def replaced(facts: Facts) -> Sighting | None:
    """See a close whose reason says that another connection has this agent id."""
    session, code = facts.session, OnClose.number_in(facts)
    if session is None:
        return None
    if code is not None and session.closed_by == "server":
        private = 3000 <= code <= 4999
        if (private or code in _REPLACED_CODES) and topic_in(facts) is Topic.REPLACED:
            return Sighting()
        if closed_as(facts, "session-replaced", 4409):
            return Sighting(confidence=Confidence.POSSIBLE)
    return _loop(session)


def _loop(session: SessionFacts) -> Sighting | None:
    """See several connections that each work, and end after a short while."""
    if session.failure is None or not session.earlier:
        return None
    if not says_nothing(session.close_reason):
        return None
    found = pattern_of((*session.earlier, session.life(answered=_was_answered(session))))
    if found is None or found.kind is not PatternKind.SHORT_LOOP or found.own:
        return None
    return Sighting(
        title="Something ends each connection after a short while: another client with {agent_id}?",
        cause=(
            f"{counted(found.count, 'connection')} in a row were accepted and answered, and each "
            f"ended after about {rounded(found.typical_ms)}. A backend that keeps one "
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
    if session is None or failure is None:
        return None
    by_close_frame = _closed_for_idleness(facts, session)
    if failure.kind is not Kind.SESSION_IDLE_CLOSED and not by_close_frame:
        return None
    idle, reset = session.idle_ms or 0.0, "reset" in failure.message
    side, steps = _whose_limit(facts, forgotten=reset, by_close_frame=by_close_frame)
    return Sighting(
        values={"idle": rounded(idle), "oftener": f"{_half_of(idle) / 1000:.0f} s"},
        title=_CLOSED_AFTER if by_close_frame else None,
        cause=_FORGOTTEN if reset else None,
        remedies=steps,
        only=side is not None,
        side=side,
        confidence=Confidence.POSSIBLE if reset or by_close_frame else None,
        alternatives=("session-server-error",)
        if reset
        else ("session-closed-normally", "session-replaced")
        if by_close_frame
        else (),
    )


def _whose_limit(
    facts: Facts, *, forgotten: bool, by_close_frame: bool
) -> tuple[Side | None, tuple[str, ...]]:
    """Return who has to act about an idle limit, and how; None for whoever the entry says.

    Where nobody can raise it, or nobody is known who could, the client pings more often. A proxy
    sends no close frame for it: the server does.
    """
    response = facts.upgrade.response if facts.upgrade is not None else None
    here, own, fixed = _side(facts), _cures(facts), fixed_limits(response)
    if here is not None:
        return here, IDLE_HERE
    if fixed and not own:
        return Side.CLIENT, (PING_OFTENER, f"{_EXPECT_ENDS} {fixed}")
    if by_close_frame:
        return Side.BACKEND, IDLE_HERE
    if forgotten:
        return Side.INTERMEDIARY, (*(own or (_ASK_WHO_FORGETS,)), PING_OFTENER)
    return None, own


_EXPECT_ENDS = "Let your client reconnect after every end: no setting changes this limit."
_ASK_WHO_FORGETS = (
    "Ask your network's administrators, and the backend's team, which firewall, NAT router or load "
    "balancer forgets a connection after {idle}, and whether its limit can be raised."
)
_CLOSED_AFTER = "The connection was closed after {idle} without traffic: {close code}"
_FORGOTTEN = (
    "Nothing was sent for {idle}, and the first thing that was sent then was answered by a reset. "
    "Firewalls, NAT routers and load balancers forget a connection that is idle, and say so only "
    "when it is used again (AWS Network Load Balancer after 350 s). A server that fails at this "
    "message looks the same."
)


def _closed_for_idleness(facts: Facts, session: SessionFacts) -> bool:
    """Tell whether a close frame that explains nothing came when an idle limit would have passed.

    No gap as long as the one at the end was survived before.
    """
    quiet = OnClose.number_in(facts) in _QUIET_CODES and says_nothing(session.close_reason)
    if not quiet:
        return False
    if session.closed_by != "server" or not _was_answered(session):
        return False
    idle, survived = session.idle_ms or 0.0, session.longest_gap_ms or 0.0
    return idle > survived * _LONGER and may_be_a_limit(idle)


# Going away and normal closure, and no code at all.
_QUIET_CODES = frozenset({1000, 1001, 1005})
# How much longer than every gap before the last one has to be.
_LONGER = 1.1


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
    # A close code with a meaning does not come from a time limit, whatever ended the others.
    if session.close_code not in MUTE or says_otherwise(facts, Topic.LIFETIME):
        return None
    found = pattern_of((*session.earlier, session.life(answered=True)))
    if found is None or found.kind is not PatternKind.SAME_AGE:
        return None
    often, own = found.count > 1, _cures(facts)
    fixed = fixed_limits(facts.upgrade.response if facts.upgrade is not None else None)
    return Sighting(
        title=None if often else _ONE_AGE,
        values={
            "age": rounded(found.typical_ms),
            "how often": f"{counted(found.count, 'connection')} in a row" if often else "it",
        },
        confidence=Confidence.LIKELY if often else Confidence.POSSIBLE,
        remedies=(_RECONNECT_AT_ONCE, fixed) if fixed and not own else own,
        only=bool(fixed and not own),
        side=Side.CLIENT if fixed and not own else None,
        evidence=(
            *(f"a connection ended {milliseconds(age)} after its opening" for age in found.ages_ms),
            (
                f"idle for {milliseconds(session.idle_ms or 0.0)} at the end; it had survived "
                f"{milliseconds(session.longest_gap_ms or 0.0)} without traffic before"
            ),
        ),
        alternatives=("session-dropped",) if often else ("session-dropped", "session-idle-closed"),
    )


_ONE_AGE = "The connection ended {age} after its opening, although it was in use: perhaps a limit"
_RECONNECT_AT_ONCE = (
    "Let your client reconnect at once after such an end, as `edgecheck listen` does."
)


# --- what a server's stop and a crashed handler leave ---------------------------------------------

_STOPPED = (
    "The port refuses connections now, so the server was stopped, or is being redeployed. It ended "
    "the connections that it had."
)
_WAIT_FOR_IT = "Wait a minute and try again: `edgecheck doctor`. A redeployment ends like this."
_ASK_WHETHER_IT_RUNS = (
    "Ask the backend's team whether their server runs, if it is the same in a few minutes."
)


def _stopped(facts: Facts) -> Sighting | None:
    """See that the port refuses connections since the end."""
    session = facts.session
    if session is None or not session.refused_next:
        return None
    return Sighting(
        title="The server was stopped: it ended the connection, and its port refuses new ones",
        cause=_STOPPED,
        remedies=(_ASK_WHETHER_IT_RUNS, _WAIT_FOR_IT),
        only=True,
        confidence=Confidence.LIKELY,
        side=Side.BACKEND,
        alternatives=("session-restarting", "session-server-error"),
    )


def ended_by(own: OnClose, topics: tuple[Topic, ...], facts: Facts) -> Sighting | None:
    """See close codes that a stopped server and a crashed handler both send.

    Args:
        own: the close codes.
        topics: that a reason may have; with another one another entry says more.
        facts: of the run.
    """
    if own.see(facts) is None or says_otherwise(facts, *topics):
        return None
    return _stopped(facts) or Sighting(undecided=True)


def dropped(facts: Facts) -> Sighting | None:
    """See a connection that ended without a close frame."""
    session = facts.session
    failure = session.failure if session is not None else None
    if session is None or failure is None or failure.kind is not Kind.SESSION_DROPPED:
        return None
    stopped = _stopped(facts)
    if stopped is not None:
        return stopped
    page = http_in_socket(facts, session)
    if page is not None:
        return page
    again = _own_loop(session)
    if again is not None:
        return again
    sent = session.largest_sent or 0
    if sent >= LARGE:
        return too_large(sent, "", session.largest_passed or 0, facts)
    if _side(facts) is Side.BACKEND:
        return Sighting(
            side=Side.BACKEND,
            cause=_CRASHED_HERE,
            remedies=(TRACEBACK,),
            only=True,
            confidence=Confidence.LIKELY,
            alternatives=("session-server-error", "session-restarting", "upgrade-not-found"),
        )
    return Sighting(undecided=True)


def _own_loop(session: SessionFacts) -> Sighting | None:
    """See that the server ends one connection after another by itself, each after a short while."""
    found = pattern_of((*session.earlier, session.life(answered=_was_answered(session))))
    if found is None or found.kind is not PatternKind.SHORT_LOOP or not found.own:
        return None
    return Sighting(
        title="The server ends each connection after a short while: {age}",
        cause=(
            f"{counted(found.count, 'connection')} in a row were accepted and answered, and each "
            f"ended about {rounded(found.typical_ms)} after its opening, without a close "
            "frame. A handler that fails or returns does that, a server that is started again and "
            "again, and a limit that is far too short. Another client with the same agent id "
            "mostly comes at different times, unless it comes back at once, and most backends then "
            "send a close frame."
        ),
        values={"age": rounded(found.typical_ms)},
        remedies=(TRACEBACK, _ASK_WHETHER_IT_RUNS),
        only=True,
        side=Side.BACKEND,
        confidence=Confidence.POSSIBLE,
        alternatives=("session-server-error", "session-restarting", "session-replaced"),
    )


_CRASHED_HERE = (
    "The socket was open, and the backend ended the connection without a close frame (1006); "
    "nothing is between it and edgecheck. Under uvicorn, tornado, aiohttp and Node.js a handler "
    "that crashed or returned looks like this, and so does a server that is stopped."
)
