"""Whether the connection was open when it ended: what a program was doing says it (pure).

"EOF", "i/o timeout" and "connection reset" say how a connection ended, and not when. A program that
was reading messages had an open socket; one that was dialling had none.
"""

from __future__ import annotations

from ..late import compiled
from .excerpt import Excerpt
from .sign import Sign, Strength

# Of the open socket.
_OPEN = compiled(
    r"(?<![a-z])(?:read|reading|readmessage|readjson|next|recv|recv_data\w*|receive|receiving|write"
    r"|writing|writemessage|send|sending)(?:[ _-](?:from|to|the|a|web|new|next|loop|pump|on)){0,3}"
    r"[ _-]?(?:message|frame|websocket|socket|ws|skt|error|failed|loop|pump)s?\b"
    r"|(?<![a-z])(?:readmessage|readjson|writemessage|nextreader|nextwriter)\b"
    r"|\bdisconnect(?:ed|ion)\b|\bmessage loop\b|\bsubscription\b|\bheartbeat\b"
)
# Of the way to it.
_OPENING = compiled(
    r"\b(?:dial|handshake|upgrad\w+|opening|establish\w*|response|status|header|hello"
    r"|get \"?(?:ws|http)|connect(?:ing)? to|connect:|connecting|before)"
)
# What may be said of both, in the words of either.
_UNDECIDED = ("upgrade-closed", "tcp-timeout", "tcp-reset", "tls-closed")
_OPEN_ENDED = "session-dropped"


def as_the_phase_means(sign: Sign, excerpt: Excerpt) -> Sign:
    """Return a sign of an end as the end of an open connection, where the text says so.

    Args:
        sign: one of the text.
        excerpt: the text.
    """
    if sign.codes[0] not in _UNDECIDED or sign.score >= Strength.CAUSE:
        return sign
    if _OPEN.search(excerpt.lower) is None or _OPENING.search(excerpt.lower):
        return sign
    others = (code for code in sign.codes if code != _OPEN_ENDED)
    return sign._replace(codes=(_OPEN_ENDED, *others))
