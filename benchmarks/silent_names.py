"""Name servers that are silent, slow, wrong or in the way.

Code, turn and certainty were written down before the first run. Nothing here measures.
"""

from __future__ import annotations

from silent_words import BACKEND, CLIENT, DROP, EITHER, NETWORK, PORT, Story

from tests.backends.routed import SERVER

FIRST, SECOND = "198.51.100.1", "198.51.100.3"
HOST = "edge.agents-cloud.net"
FOUND: dict[str, object] = {"A": [SERVER]}
_ONE = f"nameserver {FIRST}\noptions timeout:1 attempts:1\n"
_TWO = f"nameserver {FIRST}\nnameserver {SECOND}\noptions timeout:5 attempts:1\n"


def names(
    name: str,
    codes: tuple[str | None, ...],
    sides: tuple[str, ...],
    said: dict[str, object],
    resolv_conf: str = _ONE,
    second: dict[str, object] | None = None,
    rules: tuple[tuple[str, ...], ...] = (),
    host: str = HOST,
    hosts: str = "",
    options: tuple[str, ...] = (),
) -> Story:
    """Return a story about name servers; the second is silent, or not there, without words."""
    resolvers = (said,) if second is None else (said, second)
    return Story(
        name,
        codes,
        sides,
        rules,
        url=f"wss://{host}:{PORT}",
        resolvers=resolvers,
        resolv_conf=resolv_conf,
        hosts=hosts,
        options=options,
    )


NAMES = (
    names("the resolver refuses", ("dns-failure",), (NETWORK,), {"*": {"code": "REFUSED"}}),
    names(
        "a failure because of an expired signature",
        ("dns-dnssec-bogus",),
        (BACKEND,),
        {HOST: {"code": "SERVFAIL", "reason": 7}},
    ),
    names(
        "a failure because of a network error of the zone",
        ("dns-zone-broken",),
        (BACKEND,),
        {HOST: {"code": "SERVFAIL", "reason": 23}, "": {}},
    ),
    names(
        "a name that a filter forges",
        ("dns-not-found",),
        (NETWORK,),
        {HOST: {"code": "NXDOMAIN", "reason": 17}},
    ),
    names(
        "aliases in a circle",
        ("dns-no-address", "dns-alias-dangling", "dns-zone-broken"),
        (BACKEND,),
        {HOST: {"CNAME": "b.agents-cloud.net.", "then": HOST + "."}},
    ),
    names(
        "an alias of nothing, without an error",
        ("dns-alias-dangling", "dns-no-address"),
        (BACKEND,),
        {HOST: {"CNAME": "gone.apps.example.net."}},
    ),
    names(
        "a cut answer, and DNS over TCP is dropped",
        ("dns-timeout", "dns-failure"),
        (NETWORK,),
        {HOST: {"cut": True, **FOUND}},
        rules=(("gateway", "FORWARD", "-p", "tcp", "--dport", "53", *DROP),),
    ),
    names(
        "a slow resolver",
        ("dns-timeout", "dns-zone-broken"),
        EITHER,
        {HOST: {**FOUND, "seconds": 9}},
        f"nameserver {FIRST}\noptions timeout:10 attempts:1\n",
    ),
    names(
        "a resolver that needs four seconds for all",
        ("dns-timeout",),
        (NETWORK,),
        {HOST: {**FOUND, "seconds": 4}, "": {"A": [], "seconds": 4}},
        f"nameserver {FIRST}\noptions timeout:10 attempts:1\n",
    ),
    names(
        "the second of two servers is silent",
        (None,),
        (),
        {HOST: FOUND},
        _TWO,
        {"*": {"silent": True}},
    ),
    names(
        "the first of two servers is silent",
        ("dns-resolver-partly-silent",),
        (NETWORK,),
        {"*": {"silent": True}},
        _TWO,
        {HOST: FOUND},
    ),
    names(
        "the first of two servers refuses",
        (None,),
        (),
        {"*": {"code": "REFUSED"}},
        _TWO,
        {HOST: FOUND},
    ),
    names(
        "questions for IPv6 alone are not answered",
        ("dns-timeout", "dns-zone-broken", "dns-failure"),
        EITHER,
        {HOST: {**FOUND, "mute": "AAAA"}},
        f"nameserver {FIRST}\n",
    ),
    names(
        "the name without its search domain",
        (None,),
        (),
        {HOST: FOUND},
        f"{_ONE}search agents-cloud.net\n",
        host="edge",
    ),
    names(
        "a search domain that does not have it",
        ("dns-name-local-only",),
        (CLIENT,),
        {HOST: FOUND},
        f"{_ONE}search corp.agents-cloud.net\n",
        host="edge",
    ),
    names(
        "the hosts file leads to an address at which nobody is",
        ("tcp-dropped-at-backend", "tcp-unreachable"),
        (BACKEND, CLIENT),
        {HOST: FOUND},
        hosts=f"203.0.113.77 {HOST}\n",
    ),
    names(
        "a resolver that lies",
        ("dns-sinkhole",),
        (NETWORK,),
        {HOST: {"A": ["10.9.9.9"]}},
    ),
    names(
        "nothing listens at the resolver",
        ("dns-failure", "dns-resolver-silent"),
        (NETWORK,),
        {HOST: FOUND},
        "nameserver 198.51.100.2\noptions timeout:1 attempts:1\n",
    ),
)
