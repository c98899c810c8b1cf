"""tcp: a connection that worked, and over which nothing gets through any more."""

from __future__ import annotations

from ...facts import AgainFacts, Facts, LookOutcome
from ...frozen import replace
from ...wording.silence import heard, picture
from ..condition import Sighting


def forgotten(facts: Facts, anew: AgainFacts) -> Sighting:
    """Say of a connection that worked and was cut whether the way is open for a new one."""
    path = facts.tcp.path if facts.tcp is not None else None
    if anew.outcome is not LookOutcome.ANSWERED:
        lines = picture(path) if path is not None else ()
        return replace(_CUT, evidence=(*heard(facts), *lines))
    return replace(_FORGOTTEN, evidence=heard(facts))


_CUT = Sighting(
    title="The connection to {host} worked, and now nothing gets through",
    cause=(
        "What was sent is not acknowledged any more, and a new connection does not open either: "
        "the line was cut, a VPN or tunnel ended, or a firewall now blocks it. Or the backend's "
        "machine is gone, which looks the same from here."
    ),
    remedies=(
        (
            "Show the evidence to your network's administrators: nothing gets through to "
            "{address}, port {port}, any more."
        ),
        "Reconnect the VPN or the tunnel, if you use one.",
        "Ask the backend's team whether its machine runs, if this network is in order.",
    ),
    only=True,
)
_FORGOTTEN = Sighting(
    title="The connection to {host} worked, and now nothing that is sent over it arrives",
    cause=(
        "What was sent is not acknowledged any more, and a new connection to the same address "
        "opens: the way is open, and only this connection was forgotten. A NAT router, firewall or "
        "VPN forgets one that is idle for a while, and all of them when it restarts. A change of "
        "this machine's own network has the same effect."
    ),
    remedies=(
        (
            "Ask your network's administrators after how many seconds without data a firewall or "
            "NAT router forgets a connection, and keep the keepalive below that: `edgecheck ping "
            "-i 15` shows whether the connection then stays."
        ),
        (
            "Let your client end a connection whose ping is not answered, and open a new one, as "
            "`edgecheck listen` does."
        ),
    ),
    only=True,
    alternatives=("session-idle-closed",),
)
