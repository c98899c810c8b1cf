"""proxy: what a refusal of CONNECT says."""

from __future__ import annotations

from ...facts import Facts, Kind
from ...terms import Confidence
from ..condition import OnKind, Sighting

# Web servers that are not proxies also answer CONNECT with these: nginx, uvicorn, node.
_WEB_SERVERS_TOO = frozenset({400, 404, 405, 501})


def denied(facts: Facts) -> Sighting | None:
    """See a proxy that refuses the tunnel; it may also be a web server."""
    if OnKind(Kind.PROXY_DENIED).see(facts) is None:
        return None
    response = facts.proxy.response if facts.proxy else None
    if response is not None and response.status in _WEB_SERVERS_TOO:
        return Sighting(confidence=Confidence.LIKELY, undecided=True)
    return Sighting()
