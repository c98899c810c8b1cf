"""session: what a gateway says that opened the socket before it asked the backend."""

from __future__ import annotations

from ...escapes import unescape
from ...facts import Facts
from ...late import compiled
from ...terms import Confidence, Side
from ..condition import Sighting, closed_as
from ..numbers import BAD_GATEWAY_CLOSE
from .reasons import says_otherwise

# What a gateway that opened the socket itself says of the backend behind it: Node.js' errors
# (@fastify/http-proxy), and websockify's. A refusal of the backend is the last two.
_GATEWAY_LOST = compiled(
    r"(?i)econnrefused|connection refused|etimedout|ehostunreach|enotfound|getaddrinfo|"
    r"socket hang up|parse error: expected http|failed to connect to (?:downstream|upstream|"
    r"backend|target)|(?:upstream|downstream|target|backend) (?:server )?(?:is )?(?:unavailable|"
    r"unreachable|connect\w* (?:failed|error))|unexpected (?:server )?response|bad gateway"
)
_BACKEND_ANSWERED = compiled(r"(?i)unexpected (?:server )?response")


def gateway_lost(facts: Facts) -> Sighting | None:
    """See 1014, and a 1011 whose reason is a gateway's about the backend behind it."""
    session = facts.session
    if session is None or session.closed_by == "client":
        return None
    if closed_as(facts, "session-bad-gateway", *BAD_GATEWAY_CLOSE.numbers):
        return None if says_otherwise(facts) else Sighting()
    reason = unescape(session.close_reason)
    if not closed_as(facts, "session-bad-gateway", 1011) or not _GATEWAY_LOST.search(reason):
        return None
    refused = _BACKEND_ANSWERED.search(reason) is not None
    return Sighting(
        title="A proxy opened the socket, and did not get through to the backend: {close code}",
        cause=_REFUSED_BEHIND if refused else _DOWN_BEHIND,
        remedies=(_ASK_FOR_STATUS, _COMPARE_PATH) if refused else (_DOES_IT_RUN,),
        only=True,
        side=Side.BACKEND,
        confidence=Confidence.LIKELY,
        alternatives=("upgrade-refused-regardless", "session-server-error")
        if refused
        else ("upgrade-bad-gateway", "session-server-error"),
    )


_DOWN_BEHIND = (
    "The reason of the close is about a connection of the server's own. A proxy that opens the "
    "socket before it asks the backend (@fastify/http-proxy, websockify) answers so when the "
    "backend is down, closes the connection, or does not speak HTTP there."
)
_REFUSED_BEHIND = (
    "The reason of the close is about an answer that the server itself got. A proxy that opens the "
    "socket before it asks the backend (@fastify/http-proxy) answers so when the backend refuses "
    "the handshake: for the path, the host name or the secret. Its status does not get through."
)
_DOES_IT_RUN = (
    "Tell the backend's team what the proxy says: {close code}. Does the process run, and does it "
    "listen on the port that the proxy uses?"
)
_COMPARE_PATH = "Compare the path with the backend's routes: the request went to {url}."
_ASK_FOR_STATUS = (
    "Ask the backend's team with which status their server refused the handshake of {endpoint} at "
    "this moment, and whether the proxy passes Authorization on."
)
