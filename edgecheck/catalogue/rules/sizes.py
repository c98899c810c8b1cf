"""session: how large a message may be: what the server says, what passed, what did not."""

from __future__ import annotations

import re

from ...escapes import unescape
from ...facts import Facts
from ...facts.reasons import Topic, topic_in
from ...late import compiled
from ...terms import Confidence, Side
from ..condition import Sighting, closed_as
from ..numbers import TOO_BIG_CLOSE
from .reasons import says_otherwise

# A server's default limits begin at 8 KiB (Tomcat); a ping has some twenty bytes.
LARGE = 8_000
# The largest text message by default, in bytes. Tomcat to daphne were measured; the others are as
# their manuals say (Jetty's maxTextMessageSize, Vert.x' and Netty's maxFramePayloadLength, API
# Gateway's quotas, aiohttp's max_msg_size, uvicorn's --ws-max-size, ws' maxPayload).
_DEFAULTS = (
    (8_192, "Tomcat"),
    (32_768, "SignalR, and a frame in API Gateway"),
    (65_536, "Jetty, Netty, Vert.x and actix"),
    (131_072, "API Gateway"),
    (262_144, "Mojolicious"),
    (1_000_000, "robyn"),
    (1_048_576, "websockets, sanic, daphne and trio-websocket"),
    (4_194_304, "aiohttp"),
    (16_777_216, "uvicorn"),
    (104_857_600, "ws for Node.js"),
)
# Bounds that are closer than this are the limit, for all that anybody needs.
_CLOSE = 1.1


def too_big(facts: Facts) -> Sighting | None:
    """See 1009: a message that exceeds a limit, theirs or ours."""
    session = facts.session
    said = topic_in(facts) is Topic.TOO_BIG
    closed = closed_as(facts, "session-message-too-big", *TOO_BIG_CLOSE.numbers)
    if says_otherwise(facts, Topic.TOO_BIG):
        return None
    if session is None or not (said or closed):
        return None
    if session.closed_by == "client":
        return Sighting(confidence=Confidence.CERTAIN)
    reason, passed = unescape(session.close_reason), session.largest_passed or 0
    return too_large(session.largest_sent or 0, reason, passed, facts)


def too_large(sent: int, reason: str, passed: int, facts: Facts) -> Sighting:
    """Return what it means that a message of ours was too large.

    Args:
        sent: bytes of the largest message that was sent.
        reason: of the close frame, if there was one.
        passed: bytes of the largest message that is known to have passed.
        facts: of the connection.
    """
    limit = limit_in(reason, sent if sent >= LARGE else 0)
    refused = (facts.session.smallest_refused if facts.session is not None else None) or 0
    most = passed if refused and passed else limit or passed
    if refused and passed:
        of = _measured(passed, refused)
    elif limit:
        of = f" The limit is {limit} bytes, as its reason says."
    else:
        of = "" if sent < LARGE else _bounds(passed, refused or sent)
    if sent < LARGE:
        return _far_too_low(of)
    return Sighting(
        title=f"The message that was sent is too large for the backend: {sent} bytes",
        cause=(
            f"A message of {sent} bytes was sent, and the connection ended because of its "
            f"size.{of} Some servers reset the connection without a word."
        ),
        remedies=(
            f"Send messages of at most {most} bytes, or several."
            if most
            else "Send smaller messages, or several.",
            *(() if limit or refused else _narrow(passed, sent, facts)),
            "Ask the backend's team to raise the limit of a message: uvicorn `--ws-max-size`.",
        ),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
    )


def _bounds(passed: int, sent: int) -> str:
    """Say between which sizes the limit lies, and which servers have such a limit by default."""
    low = f"One of {passed} bytes passed before, so the limit" if passed else "The limit"
    where = f" {low} lies {f'between {passed} and' if passed else 'below'} {sent} bytes."
    usual = [f"{size} ({who})" for size, who in _DEFAULTS if max(passed, 1) <= size < sent]
    if not usual:
        return where
    return f"{where} Servers have these by default: {', '.join(usual)}."


def _measured(passed: int, refused: int) -> str:
    """Say what further pings showed."""
    if refused - passed == 1:
        return (
            f" The limit is {passed} bytes: a ping of as many was answered, and one of a byte "
            "more was not."
        )
    return (
        f" The limit lies between {passed} bytes, which were answered, and {refused}, which were "
        "not."
    )


def _narrow(passed: int, sent: int, facts: Facts) -> tuple[str, ...]:
    """Return how to narrow the bounds: by pings of any size, which do nothing at the backend."""
    ping = facts.profile.session.ping
    padded = bool(ping.text.startswith("{")) and not ping.frame
    if not padded or (passed and sent / passed < _CLOSE):
        return ()
    size = (passed + sent) // 2
    return (
        (
            f"Narrow it down, if you need the limit: `edgecheck ping -c 1 --size {size}` sends a "
            "ping that is padded with blanks to this size, and nothing else. Halve the distance "
            "each time."
        ),
    )


def _far_too_low(of: str) -> Sighting:
    return Sighting(
        title="The backend says that a message is too big: {close code}",
        cause=(
            "The server says that what was sent to it exceeds a limit, and edgecheck has sent "
            "a ping of a few bytes: its limit is far too low, or it counts something "
            f"else.{of}"
        ),
        remedies=(
            (
                "Ask the backend's team which limit {endpoint} has for a message, and to raise "
                "it: uvicorn `--ws-max-size`."
            ),
            'Quote what their server said: "{close code}".',
        ),
        only=True,
        confidence=Confidence.LIKELY,
    )


# A number in a reason, after a word that makes it a limit.
_NUMBER = compiled(
    r"(?i)(?:limit|max\w*|exceed\w*|than|length|size)\D{0,40}?(\d[\d,_.]*)\s*(ki?b|mi?b|k|m|bytes)?"
)
_UNITS = {"k": 1024, "kb": 1024, "kib": 1024, "m": 1048576, "mb": 1048576, "mib": 1048576}


# No server has a lower limit of a message's size.
_LEAST = 100


def limit_in(reason: str, sent: int) -> int | None:
    """Return the limit of a message's size that a reason names, in bytes.

    Args:
        reason: of a close frame.
        sent: how many bytes the largest message had: no limit is larger, and the message's own
            size is not the limit.
    """
    found = []
    for number, unit in _NUMBER.findall(reason):
        # One or two digits behind a point are a part of a unit, three those of a thousand.
        part = re.fullmatch(r"(\d+)[.,](\d\d?)", number) if unit else None
        digits = f"{part[1]}.{part[2]}" if part else re.sub(r"[,_.]", "", number)
        size = int(float(digits) * _UNITS.get(unit.lower(), 1))
        if size >= _LEAST and (not sent or size < sent):
            found.append(size)
    return found[-1] if found else None
