"""proxy: a proxy that keeps silent, at its address or after the CONNECT."""

from __future__ import annotations

from ...facts import Facts, Kind, LookName, LookOutcome
from ...terms import Confidence, Side
from ..condition import OnKind, Sighting
from ..steps import NO_ANSWER_TO_CONNECT, PROXYS_SCHEME, WITHOUT_PROXY
from .tcp import used_up


def timed_out(facts: Facts) -> Sighting | None:
    """See a proxy that never answers; the scheme of its address is questioned only if it may be."""
    if OnKind(Kind.PROXY_TIMEOUT).see(facts) is None:
        return None
    if began(facts):
        return Sighting(
            title="The proxy {proxy} begins an answer, and does not finish it",
            cause="The first bytes of the proxy's answer to CONNECT came, and then nothing more.",
            remedies=(_HANGS, WITHOUT_PROXY),
            only=True,
            confidence=Confidence.LIKELY,
        )
    if of_itself(facts) is LookOutcome.SILENT:
        return Sighting(
            title="The proxy {proxy} accepts connections, and never answers",
            cause=(
                "The proxy accepts the connection and what is sent over it, and never answers, not "
                "even a request that is for the proxy itself. It hangs, or another program has its "
                "port."
            ),
            remedies=(_HANGS, WITHOUT_PROXY),
            only=True,
            confidence=Confidence.LIKELY,
        )
    if greeted_in_vain(facts) and of_itself(facts) is LookOutcome.ANSWERED:
        return Sighting(
            title="The proxy {proxy} speaks HTTP, and its address says SOCKS",
            cause=(
                "The greeting of SOCKS got no answer, and a request of HTTP got one: the proxy is "
                "an ordinary one, and the scheme of its address is wrong."
            ),
            remedies=("Write `http://` in {proxy_where}, in place of `socks5://`.", WITHOUT_PROXY),
            only=True,
            side=Side.CLIENT,
            confidence=Confidence.LIKELY,
        )
    if (facts.target.proxy or "").startswith("http://"):
        return Sighting(remedies=NO_ANSWER_TO_CONNECT, only=True)
    return Sighting(remedies=(PROXYS_SCHEME, *NO_ANSWER_TO_CONNECT), only=True, side=Side.CLIENT)


_HANGS = (
    "Ask the administrators of the proxy whether it hangs: it takes the connection, and does not "
    "answer the CONNECT."
)


def began(facts: Facts) -> bool:
    """Tell whether a part of a plain proxy's answer came."""
    kernel = facts.tcp.kernel if facts.tcp is not None else None
    return (
        facts.proxy is not None
        and facts.proxy.scheme == "http"
        and kernel is not None
        and kernel.received > 0
    )


def greeted_in_vain(facts: Facts) -> bool:
    """Tell whether SOCKS ended at its greeting, in which no host is named (RFC 1928, section 3)."""
    kernel = facts.tcp.kernel if facts.tcp is not None else None
    socks = facts.proxy is not None and facts.proxy.scheme.startswith("socks5")
    return socks and kernel is not None and kernel.received == 0


def of_itself(facts: Facts) -> LookOutcome | None:
    """Return how the proxy answered a request for the proxy itself; None if it was not asked."""
    again = facts.tcp.again if facts.tcp is not None else ()
    return next((each.outcome for each in again if each.name is LookName.PROXY_ITSELF), None)


def unreachable(facts: Facts) -> Sighting | None:
    """See a proxy that cannot be found or connected to."""
    kinds = (Kind.PROXY_UNRESOLVED, Kind.PROXY_UNCONNECTED, Kind.PROXY_TLS_FAILED)
    if OnKind(*kinds).see(facts) is None:
        return None
    if (limit := used_up(facts)) is not None:
        return limit
    failure = facts.tcp.failure if facts.tcp is not None else None
    return _NOBODY if failure is not None and failure.kind is Kind.TCP_TIMEOUT else Sighting()


_NOBODY = Sighting(
    cause=(
        "The settings send the connection through a proxy, and nothing comes back from its "
        "address. A firewall drops the packets, the proxy is down, or the setting is left over "
        "from another network. The backend was never asked."
    ),
    remedies=(
        (
            "Ask your network's administrators which proxy this machine has to use, whether it "
            "runs, and whether this machine may connect to it: {proxy} does not answer."
        ),
        WITHOUT_PROXY,
        "Remove or correct {proxy_where}, if it is an old one.",
    ),
    only=True,
    side=Side.NETWORK,
    confidence=Confidence.POSSIBLE,
)
