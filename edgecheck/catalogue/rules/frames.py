"""session: bytes in an open socket that are not frames, or frames that RFC 6455 forbids."""

from __future__ import annotations

import re

from ...escapes import unescape_bytes
from ...facts import Facts, Kind, SessionFacts
from ...facts.reasons import Topic
from ...frozen import dataclass
from ...late import compiled
from ...terms import Confidence, Side, verbatim, without_code
from ..condition import OnClose, OnKind, Sighting
from ..steps import TRACEBACK
from .reasons import says_otherwise
from .witness import is_local, passed_on_by

# How much of an HTTP response in the socket it quotes.
_QUOTED_BYTES = 120


def side_of(facts: Facts) -> Side | None:
    """Return the backend if nothing is between us and it; None for the entry's own side."""
    response = facts.upgrade.response if facts.upgrade is not None else None
    seen = response is not None and passed_on_by(response)
    return Side.BACKEND if is_local(facts) and not seen else None


# --- frames that the protocol does not allow ------------------------------------------------------


@dataclass(frozen=True)
class _Fault:
    """What is wrong with a frame.

    Args:
        words: of the parser; the first fault whose words are in its message counts.
        title, cause: in place of the entry's.
        tell: what the backend's team should change.
        confidence: how sure it is that the server's own code does that.
    """

    words: str
    title: str
    cause: str
    tell: str
    confidence: Confidence = Confidence.LIKELY


_HOME_MADE = " Libraries do this right, so it is a server with WebSocket code of its own."
_FAULTS = (
    _Fault(
        "incorrect masking",
        "The backend masks its frames, which only clients may do",
        (
            "A frame from the server has the mask bit set, and a client has to end the connection "
            "then (RFC 6455, section 5.1)." + _HOME_MADE
        ),
        "send frames without a mask: the second byte of a server's frame is below 128",
    ),
    _Fault(
        "expected a continuation frame",
        "The backend begins a new message before the last one is finished",
        (
            "The first frame of a message said that more would follow, and the next frame began a "
            "message of its own. Either each fragment is marked as text instead of as a "
            "continuation (opcode 0), or two threads write to the same connection at once."
        ),
        (
            "mark the second and later fragments with opcode 0, and let one writer at a time send "
            "on a connection"
        ),
    ),
    _Fault(
        "unexpected continuation frame",
        "The backend continues a message that it has not begun",
        ("A frame said that it continues a message (opcode 0), and none had begun." + _HOME_MADE),
        "mark the first fragment of a message with opcode 1, and only the later ones with 0",
    ),
    _Fault(
        "control frame",
        "The backend sends a ping, pong or close frame that is too long or in pieces",
        (
            "Control frames have at most 125 bytes, and may not be fragmented (RFC 6455, section "
            "5.5). Servers that put a long text into a ping or a close reason do that."
        ),
        "keep the payload of control frames, also a close reason, below 124 bytes",
    ),
    _Fault(
        "invalid status code",
        "The backend sends a close code that may not be sent",
        (
            "Some close codes only tell programs what they saw, and may not stand in a close "
            "frame: 1005, 1006, 1015, and all below 1000 (RFC 6455, section 7.4.1). So nobody "
            "learns why the server closes. A handler that copies the code of another connection "
            "does that."
        ),
        "close with 1000, 1011 or a code from 4000 on; the reason for the close is in their log",
    ),
    _Fault(
        "close frame too short",
        "The backend sends a close frame with half a close code",
        "A close frame is empty, or begins with a close code of two bytes." + _HOME_MADE,
        "send the close code as two bytes, the higher one first",
    ),
)


def _fault_of(session: SessionFacts) -> _Fault | None:
    words = session.failure.message if session.failure is not None else ""
    return next((fault for fault in _FAULTS if fault.words in words), None)


def _is_sound_otherwise(session: SessionFacts) -> bool:
    """Tell whether the bytes are a frame but for this fault, and not just any bytes."""
    first = _bytes_of(session)[:1]
    return not first or (first[0] & _RSV == 0 and first[0] & 0x0F in _OPCODES)


def _fault(session: SessionFacts) -> Sighting | None:
    fault = _fault_of(session)
    if fault is None or not _is_sound_otherwise(session):
        return None
    return Sighting(
        title=f"{fault.title}: {{close code}}",
        cause=fault.cause,
        remedies=(
            f"Tell the backend's team that their server has to {fault.tell}.",
            "Ask them which WebSocket library the server uses, and whether a newer one is out.",
        ),
        only=True,
        side=Side.BACKEND,
        confidence=fault.confidence,
    )


# --- bytes that are not frames --------------------------------------------------------------------

_OPCODES = frozenset({0x0, 0x1, 0x2, 0x8, 0x9, 0xA})
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
    if side_of(facts) is Side.BACKEND:
        return Sighting(side=Side.BACKEND, remedies=(_NO_COMPRESSION,), only=True)
    return Sighting()


_NO_COMPRESSION = (
    "Ask the backend's team to switch compression off, or to agree to it in the handshake: uvicorn "
    "`--ws-per-message-deflate false`, ws `perMessageDeflate: false`, websockets' `compression` "
    "option."
)


def protocol_error(facts: Facts) -> Sighting | None:
    """See 1002: the server's complaint, or bytes from it that are not frames."""
    session = facts.session
    if session is not None and OnKind(Kind.SESSION_NO_PONG).see(facts) is not None:
        return http_in_socket(facts, session)
    if session is None or OnClose.number_in(facts) != 1002 or 1002 in facts.profile.closes:
        return None
    if says_otherwise(facts, Topic.NOT_UNDERSTOOD, Topic.VERSION):
        return None
    if session.closed_by == "server":
        said = verbatim(without_code(session.close_reason))
        reason = f": {said}" if said else ""
        return Sighting(
            title="The server complains about the client, and closes with {close code}",
            cause=(
                "1002 came from the server, and its reason says what it does not like. Frameworks "
                "also send it when a handler fails: Tomcat puts the exception's words into the "
                "reason."
            ),
            remedies=(
                (
                    f'Tell the backend\'s team what their server says: "1002{reason}". Their log '
                    "has a traceback, if a handler failed."
                ),
            ),
            only=True,
            confidence=Confidence.POSSIBLE,
            alternatives=("session-server-error", "upgrade-subprotocol-required"),
        )
    found, side = http_in_socket(facts, session) or _fault(session), side_of(facts)
    here = side is Side.BACKEND
    return found or Sighting(
        side=side,
        cause=_OF_THE_SERVER if here else None,
        remedies=(_HERE,) if here else (),
        only=here,
        undecided=True,
    )


def http_in_socket(facts: Facts, session: SessionFacts) -> Sighting | None:
    """See an HTTP response in place of frames."""
    status = _HTTP_IN_SOCKET.match(_bytes_of(session))
    if status is None:
        return None
    here = side_of(facts) is Side.BACKEND
    return Sighting(
        title=f"An HTTP answer ({status[1].decode()}) came over the open socket",
        cause=(
            "After the socket had opened, an HTTP response came in place of frames. A handler "
            "that failed, or that answered after it had accepted, looks like this; so does a "
            "proxy that writes its error page into the connection."
        ),
        evidence=(f"received: {session.first_bytes[:_QUOTED_BYTES]}",),
        remedies=(TRACEBACK, _HERE) if here else (TRACEBACK,),
        only=here,
        confidence=Confidence.LIKELY,
        side=side_of(facts),
        alternatives=("session-server-error",),
    )


_HERE = (
    "Tell the backend's team what is shown below: their server sends bytes that are not WebSocket "
    "frames."
)
_OF_THE_SERVER = (
    "The bytes after the opening handshake are not valid frames of RFC 6455, and nothing is "
    "between the server and edgecheck. A home-made server does that, or a handler that writes to "
    "the connection itself."
)
