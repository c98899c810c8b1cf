"""Silent situations of three more batches, each written down before it was run.

Nothing here measures.
"""

from __future__ import annotations

from silent_names import FIRST, FOUND, HOST, SECOND, names
from silent_programs import (
    ACCEPTS,
    FULL,
    HALF_101,
    HALF_200,
    KNOWS_ITSELF,
    PROXY,
    READS,
    READS_NO_MESSAGE,
    SILENT_AFTER_TLS,
    SWALLOWS,
)
from silent_words import (
    ANYWHERE,
    AT_BACKEND,
    BACKEND,
    CLIENT,
    DROP,
    EITHER,
    FROM,
    LOCALLY,
    NAME,
    NETWORK,
    ON_PATH,
    PLAIN_URL,
    PORT,
    RESET,
    SYN_ACK,
    TO,
    TO_PLAIN,
    URL6,
    Story,
    larger,
    lost,
    reject,
)

from tests.backends.routed import SERVER, SERVER6

_PROXY = "intermediary"
_VIA = (("HTTPS_PROXY", f"http://{FIRST}:8444"),)
_PLAINTEXT = ("--allow-plaintext",)
_LISTEN, _REPL = ("listen", "--keepalive", "3"), ("repl",)
_NEW = ("-m", "conntrack", "--ctstate", "NEW")
_INVALID = ("-m", "conntrack", "--ctstate", "INVALID")
_BOTH = f"{SERVER} both.internal\n{SERVER6} both.internal\n"
_WITH_UPGRADE = ("-m", "string", "--algo", "bm", "--string", "Upgrade: websocket")
_FORGETS = (
    ("gateway", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_timeout_established=2"),
    ("gateway", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0"),
)
_REMEMBERS = (
    ("gateway", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_timeout_established=9999"),
    ("gateway", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=1"),
)


def _taken(node: str, back: str) -> tuple[tuple[str, ...], ...]:
    """Make a node take every connection itself."""
    where = (node, "nat:PREROUTING", "-i", f"to-{back}", "-p", "tcp")
    return ((*where, "-j", "REDIRECT", "--to-ports", "8444"),)


def _web_alone(node: str) -> tuple[tuple[str, ...], ...]:
    """Make a node let through the ports of the web, and no other."""
    to = (node, "FORWARD", "-d", SERVER, "-p")
    web = ("-m", "multiport", "!", "--dports", "80,443")
    return ((*to, "tcp", *web, *DROP), (*to, "udp", *DROP))


def _syn_proxy(node: str, back: str) -> tuple[tuple[str, ...], ...]:
    """Make a node open connections in the server's place, and then ask the server."""
    where = ("-i", f"to-{back}", *TO)
    unknown = ("-m", "conntrack", "--ctstate", "INVALID,UNTRACKED")
    return (
        (node, "raw:PREROUTING", *where, "--syn", "-j", "CT", "--notrack"),
        (node, "FORWARD", *where, *unknown, "-j", "SYNPROXY", "--mss", "1460"),
    )


_CONNECT = (
    Story(
        "SYN-ACK dropped in the server's OUTPUT",
        ANYWHERE,
        EITHER,
        (("server", "OUTPUT", *FROM, *SYN_ACK, *DROP),),
        undecided=True,
    ),
    Story(
        "all that comes back of TCP dropped at the provider",
        ANYWHERE,
        EITHER,
        (("provider", "FORWARD", "-s", SERVER, "-p", "tcp", *DROP),),
        undecided=True,
    ),
    Story(
        "the table of connections is full at the gateway",
        ("tcp-timeout", *LOCALLY),
        (NETWORK,),
        (("gateway", "mangle:PREROUTING", "-i", "to-client", *_NEW, *DROP),),
        undecided=True,
    ),
    Story(
        "the table of connections is full at the provider",
        (*ON_PATH, *LOCALLY),
        (NETWORK,),
        (("provider", "mangle:PREROUTING", "-i", "to-gateway", *_NEW, *DROP),),
        undecided=True,
    ),
    Story(
        "the table of connections is full at the server",
        AT_BACKEND,
        (BACKEND,),
        (("server", "mangle:PREROUTING", *_NEW, *DROP),),
        undecided=True,
    ),
    *(
        Story(
            f"OUTPUT here rejects with {what}",
            ("tcp-blocked",),
            (CLIENT,),
            (("client", "OUTPUT", *TO, *reject(what)),),
        )
        for what in ("admin-prohibited", "host-unreachable", "net-unreachable", "host-prohibited")
    ),
    Story(
        "INPUT here rejects the answers",
        LOCALLY,
        (CLIENT,),
        (("client", "INPUT", *FROM, "-j", "REJECT"),),
    ),
    Story(
        "mangle here drops the requests",
        LOCALLY,
        (CLIENT,),
        (("client", "mangle:OUTPUT", *TO, *DROP),),
    ),
    *(
        Story(f"the {node} lets through 80 and 443 alone", codes, (side,), _web_alone(node))
        for node, codes, side in (
            ("gateway", LOCALLY, NETWORK),
            ("provider", ON_PATH, NETWORK),
            ("edge", AT_BACKEND, BACKEND),
        )
    ),
    Story(
        "a tunnel here into which all vanishes",
        ("tcp-timeout", *LOCALLY),
        (CLIENT, NETWORK),
        (),
        (
            ("client", "ip", "link", "add", "vpn0", "type", "veth", "peer", "name", "vpn1"),
            ("client", "ip", "link", "set", "vpn1", "up"),
            ("client", "ip", "link", "set", "vpn0", "arp", "off", "up"),
            ("client", "ip", "route", "add", SERVER, "dev", "vpn0"),
        ),
        (("client", "ip", "link", "del", "vpn0"),),
        undecided=True,
    ),
    Story(
        "the gateway of IPv6 is not there",
        LOCALLY,
        (NETWORK, CLIENT),
        (),
        (("client", "ip", "-6", "route", "replace", "default", "via", "2001:db8:77::99"),),
        (("client", "ip", "-6", "route", "replace", "default", "via", "2001:db8:77::1"),),
        url=URL6,
    ),
    *(
        Story(
            f"an IPv6 route here: {kind}",
            codes,
            (CLIENT,),
            (),
            (("client", "ip", "-6", "route", "add", kind, SERVER6),),
            (("client", "ip", "-6", "route", "del", kind, SERVER6),),
            url=URL6,
        )
        for kind, codes in (
            ("blackhole", ("tcp-unreachable", "tcp-blocked")),
            ("prohibit", ("tcp-blocked",)),
            ("unreachable", ("tcp-unreachable",)),
        )
    ),
    Story(
        "IPv4 is dropped and IPv6 is not",
        (None,),
        (),
        (("provider", "FORWARD", *TO, *DROP),),
        hosts=_BOTH,
        url=f"wss://both.internal:{PORT}",
    ),
    Story(
        "the host is gone, and the edge says nothing",
        (*ON_PATH, *AT_BACKEND),
        EITHER,
        (("edge", "OUTPUT", "-p", "icmp", *DROP),),
        url=f"wss://203.0.113.77:{PORT}",
        undecided=True,
    ),
)
_IN_PLACE = (
    Story(
        "the provider takes every connection, and answers nothing",
        ("tls-timeout",),
        (NETWORK, _PROXY),
        _taken("provider", "gateway"),
        listener=ACCEPTS,
        at="provider",
        undecided=True,
    ),
    Story(
        "the provider takes every connection in plain text",
        ("upgrade-timeout",),
        (NETWORK, _PROXY),
        _taken("provider", "gateway"),
        listener=READS,
        at="provider",
        url=PLAIN_URL,
        options=_PLAINTEXT,
        undecided=True,
    ),
    Story(
        "the gateway takes every connection, and answers nothing",
        ("tls-timeout",),
        (NETWORK, _PROXY),
        _taken("gateway", "client"),
        listener=ACCEPTS,
        at="gateway",
        undecided=True,
    ),
    Story(
        "the edge takes every connection, and answers nothing",
        ("tls-timeout",),
        EITHER,
        _taken("edge", "provider"),
        listener=READS,
        at="edge",
    ),
    Story(
        "a SYN proxy at the provider, and the server drops",
        ("tcp-stalled", "tls-timeout"),
        EITHER,
        (("server", "INPUT", *TO, *DROP), *_syn_proxy("provider", "gateway")),
        undecided=True,
    ),
    Story(
        "a SYN proxy at the edge, and the server resets",
        ("tcp-reset", "tls-closed"),
        (BACKEND, _PROXY),
        (("server", "INPUT", *TO, *RESET), *_syn_proxy("edge", "provider")),
    ),
)
_OPEN = (
    Story(
        "data that a group sends is dropped here",
        ("tcp-stalled",),
        (CLIENT,),
        (("client", "OUTPUT", *TO, *larger(70), "-m", "owner", "--gid-owner", "65534", *DROP),),
    ),
    Story(
        "the server's own firewall drops data",
        ("tcp-stalled",),
        EITHER,
        (("server", "INPUT", *TO, *larger(70), *DROP),),
    ),
    Story(
        "requests for a WebSocket are dropped",
        ("tcp-stalled",),
        (NETWORK,),
        (("provider", "FORWARD", *TO_PLAIN, *_WITH_UPGRADE, *DROP),),
        url=PLAIN_URL,
        options=_PLAINTEXT,
    ),
    Story(
        "requests for a WebSocket are reset",
        ("upgrade-closed",),
        (NETWORK, _PROXY, BACKEND),
        (("provider", "FORWARD", *TO_PLAIN, *_WITH_UPGRADE, *RESET),),
        url=PLAIN_URL,
        options=_PLAINTEXT,
    ),
    Story(
        "silent after TLS",
        ("upgrade-timeout",),
        (BACKEND,),
        url=f"wss://{NAME}:8444",
        listener=SILENT_AFTER_TLS,
    ),
    Story(
        "half a response and then silence",
        ("upgrade-timeout",),
        (BACKEND,),
        url=f"ws://{NAME}:8444",
        options=_PLAINTEXT,
        listener=HALF_101,
    ),
    Story(
        "packets larger than the tunnel's vanish, and the tunnel is here",
        ("path-mtu-black-hole",),
        (NETWORK,),
        (("gateway", "FORWARD", *FROM, *larger(1300), *DROP),),
        (("client", "ip", "link", "set", "to-gateway", "mtu", "1420"),),
        (("client", "ip", "link", "set", "to-gateway", "mtu", "1500"),),
    ),
    Story(
        "large packets vanish over IPv6 alone",
        ("path-mtu-black-hole",),
        (NETWORK,),
        (("provider", "FORWARD", *FROM, *larger(1280), *DROP),),
        six=True,
        hosts=_BOTH,
        url=f"wss://both.internal:{PORT}",
    ),
    Story(
        "25 % lost on the way there, and half on the way back",
        (None, "tcp-packets-lost", "tcp-stalled", "tcp-timeout", "tls-timeout", "upgrade-timeout"),
        (NETWORK,),
        (
            ("gateway", "FORWARD", *TO, *lost(0.25), *DROP),
            ("edge", "FORWARD", *FROM, *lost(0.5), *DROP),
        ),
        undecided=True,
    ),
    Story(
        "every second request to connect is dropped",
        (None,),
        (),
        (
            (
                *("edge", "FORWARD", *TO, "--syn", "-m", "statistic", "--mode", "nth"),
                *("--every", "2", "--packet", "0", *DROP),
            ),
        ),
    ),
)
_LIVE = (
    Story(
        "listen: what is sent is dropped after ten seconds",
        ("tcp-stalled",),
        (NETWORK,),
        (("provider", "FORWARD", *TO, *DROP),),
        arguments=_LISTEN,
        after=10.0,
        ends=50.0,
    ),
    Story(
        "listen: this machine drops what is sent after ten seconds",
        ("tcp-stalled",),
        (CLIENT,),
        (("client", "OUTPUT", *TO, *DROP),),
        arguments=_LISTEN,
        after=10.0,
        ends=50.0,
    ),
    Story(
        "listen: data that comes back is dropped after ten seconds",
        ("tcp-stalled",),
        (NETWORK,),
        (("provider", "FORWARD", *FROM, *larger(60), *DROP),),
        arguments=_LISTEN,
        after=10.0,
        ends=50.0,
    ),
    Story(
        "listen: the server stops after ten seconds",
        ("pong-timeout",),
        (BACKEND,),
        arguments=_LISTEN,
        after=10.0,
        stopped=True,
        ends=50.0,
    ),
    Story(
        "listen: the gateway forgets, and drops",
        ("tcp-stalled",),
        (NETWORK,),
        (("gateway", "FORWARD", *_INVALID, *DROP),),
        _FORGETS,
        _REMEMBERS,
        arguments=("listen", "--keepalive", "6"),
        ends=50.0,
    ),
    Story(
        "listen: the gateway forgets, and resets",
        ("session-idle-closed", "session-dropped"),
        (NETWORK, _PROXY, BACKEND),
        (("gateway", "FORWARD", "-p", "tcp", *_INVALID, *RESET),),
        _FORGETS,
        _REMEMBERS,
        arguments=("listen", "--keepalive", "6"),
        ends=50.0,
    ),
    Story(
        "repl: what is sent is dropped after ten seconds",
        ("tcp-stalled",),
        (NETWORK,),
        (("provider", "FORWARD", *TO, *DROP),),
        arguments=_REPL,
        after=10.0,
        lines=((14.0, "ping"),),
        ends=80.0,
    ),
    Story(
        "repl: the server stops after ten seconds",
        ("pong-timeout",),
        (BACKEND,),
        arguments=_REPL,
        after=10.0,
        stopped=True,
        lines=((14.0, "ping"),),
        ends=80.0,
    ),
    Story(
        "repl: a program that does not read gets more than it has room for",
        ("pong-timeout",),
        (BACKEND,),
        url=f"ws://{NAME}:8444",
        options=_PLAINTEXT,
        listener=READS_NO_MESSAGE,
        arguments=_REPL,
        lines=((5.0, 'send {"type":"x","data":"' + "x" * 400_000 + '"}'),),
        ends=80.0,
    ),
)
_PROXIES = (
    Story(
        "a proxy says 200, and swallows what follows",
        ("tls-timeout",),
        (BACKEND, _PROXY),
        listener=SWALLOWS,
        at="provider",
        environ=_VIA,
        undecided=True,
    ),
    Story(
        "a proxy says half a 200",
        ("proxy-timeout", "proxy-invalid-response"),
        (_PROXY,),
        listener=HALF_200,
        at="provider",
        environ=_VIA,
    ),
    Story(
        "a proxy's queue is full",
        ("proxy-unreachable",),
        (NETWORK, _PROXY),
        listener=FULL,
        at="provider",
        environ=_VIA,
    ),
    Story(
        "a proxy lives, and answers no CONNECT",
        ("proxy-timeout", "proxy-not-needed"),
        (_PROXY, CLIENT),
        listener=KNOWS_ITSELF,
        at="provider",
        environ=_VIA,
        undecided=True,
    ),
    Story(
        "requests to connect to the proxy are rejected here",
        ("proxy-unreachable",),
        (CLIENT,),
        (("client", "OUTPUT", "-p", "tcp", "--dport", "8444", "-j", "REJECT"),),
        listener=PROXY,
        at="provider",
        environ=_VIA,
    ),
)
_TWO = f"nameserver {FIRST}\nnameserver {SECOND}\noptions timeout:1 attempts:1\n"
_MUTE: dict[str, object] = {"*": {"silent": True}}
_NAMES = (
    names(
        "both name servers are silent",
        ("dns-resolver-silent",),
        (NETWORK,),
        _MUTE,
        _TWO,
        _MUTE,
    ),
    names(
        "a server that fails for every name",
        ("dns-failure",),
        (NETWORK,),
        {"*": {"code": "SERVFAIL"}},
    ),
    names(
        "prohibited by the resolver for this client",
        ("dns-failure",),
        (NETWORK,),
        {HOST: {"code": "REFUSED", "reason": 18}, "": {}},
    ),
    names(
        "one of two refuses, and the other is silent",
        ("dns-failure", "dns-resolver-partly-silent"),
        (NETWORK,),
        {"*": {"code": "REFUSED"}},
        _TWO,
        _MUTE,
    ),
    names(
        "a name server on this machine that is not there",
        ("dns-failure", "dns-resolver-silent"),
        (CLIENT,),
        {HOST: FOUND},
        "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
    ),
    names(
        "a search domain has a wildcard, and is asked first",
        ("dns-sinkhole",),
        (NETWORK, CLIENT),
        {HOST: FOUND, f"{HOST}.corp.example": {"A": ["10.9.9.9"]}},
        f"nameserver {FIRST}\nsearch corp.example\noptions ndots:5\n",
    ),
    names(
        "a cut answer, and nobody serves DNS over TCP",
        ("dns-timeout", "dns-failure"),
        (NETWORK,),
        {HOST: {"cut": True, **FOUND}},
    ),
)

THIRD_SET = (*_CONNECT, *_IN_PLACE, *_OPEN, *_LIVE, *_PROXIES, *_NAMES)
