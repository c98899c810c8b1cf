"""More silent situations, thought of after the first ones had been mended.

Code, turn and certainty were written down before the first run. Nothing here measures.
"""

from __future__ import annotations

from silent_names import FOUND, HOST, names
from silent_programs import ACCEPTS, CLOSES_ALL, PROXY, RESETS_ALL
from silent_words import (
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
    TO,
    TO_PLAIN,
    URL6,
    Story,
    larger,
    late,
    more_than,
    reject,
)

from tests.backends.routed import SERVER

_VIA = (("HTTPS_PROXY", "http://198.51.100.1:8444"),)
TO_PROXY, FROM_PROXY = ("-p", "tcp", "--dport", "8444"), ("-p", "tcp", "--sport", "8444")
_PING = ("ping", "-c", "12", "-i", "1", "-W", "3")


def reject6(what: str) -> tuple[str, ...]:
    """Refuse with an ICMPv6 message."""
    return "-j", "REJECT", "--reject-with", f"icmp6-{what}"


SECOND_SET = (
    Story(
        "a proxy that accepts and reads nothing",
        ("proxy-timeout",),
        ("intermediary",),
        listener=ACCEPTS,
        at="provider",
        environ=_VIA,
    ),
    Story(
        "requests to connect to the proxy are dropped",
        ("proxy-unreachable",),
        (NETWORK, "intermediary"),
        (("gateway", "FORWARD", *TO_PROXY, *DROP),),
        listener=PROXY,
        at="provider",
        environ=_VIA,
    ),
    Story(
        "the request to the proxy is dropped on its way there",
        ("tcp-stalled",),
        (NETWORK,),
        (("gateway", "FORWARD", *TO_PROXY, *larger(70), *DROP),),
        listener=PROXY,
        at="provider",
        environ=_VIA,
    ),
    Story(
        "the proxy's answer is dropped on its way back",
        ("tcp-stalled",),
        (NETWORK,),
        (("gateway", "FORWARD", *FROM_PROXY, *larger(70), *DROP),),
        listener=PROXY,
        at="provider",
        environ=_VIA,
    ),
    Story(
        "the ClientHello is dropped on its way to the proxy",
        ("tcp-stalled",),
        (NETWORK,),
        (("gateway", "FORWARD", *TO_PROXY, *larger(400), *DROP),),
        listener=PROXY,
        at="provider",
        environ=_VIA,
    ),
    Story(
        "the backend behind a proxy is stopped",
        ("tls-timeout",),
        (BACKEND, "intermediary"),
        listener=PROXY,
        at="provider",
        environ=_VIA,
        stopped=True,
        undecided=True,
    ),
    Story(
        "a healthy proxy",
        (None,),
        listener=PROXY,
        at="provider",
        environ=_VIA,
    ),
    Story(
        "ping: what is sent is dropped after seven seconds",
        ("tcp-stalled",),
        (NETWORK,),
        (("provider", "FORWARD", *TO, *DROP),),
        arguments=_PING,
        after=7.0,
    ),
    Story(
        "ping: data that comes back is dropped after seven seconds",
        ("tcp-stalled",),
        (NETWORK,),
        (("provider", "FORWARD", *FROM, *larger(70), *DROP),),
        arguments=_PING,
        after=7.0,
    ),
    Story(
        "ping: the server stops after seven seconds",
        ("pong-timeout",),
        (BACKEND,),
        arguments=_PING,
        after=7.0,
        stopped=True,
    ),
    Story(
        "ping: the gateway forgets the connection",
        ("tcp-stalled",),
        (NETWORK,),
        (("gateway", "FORWARD", "-m", "conntrack", "--ctstate", "INVALID", *DROP),),
        (
            ("gateway", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_timeout_established=2"),
            ("gateway", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0"),
        ),
        (
            ("gateway", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_timeout_established=9999"),
            ("gateway", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=1"),
        ),
        arguments=("ping", "-c", "3", "-i", "4", "-W", "3"),
    ),
    *(
        Story(
            f"the {node} answers {what} over IPv6",
            (code,),
            (side,),
            ((node, "INPUT" if node == "server" else "FORWARD", *TO, *reject6(what)),),
            url=URL6,
            six=True,
        )
        for node, side, what, code in (
            ("gateway", NETWORK, "adm-prohibited", "tcp-unreachable"),
            ("provider", NETWORK, "no-route", "tcp-unreachable"),
            ("edge", BACKEND, "adm-prohibited", "tcp-unreachable"),
            ("server", BACKEND, "addr-unreachable", "tcp-unreachable"),
            ("provider", NETWORK, "port-unreachable", "tcp-refused"),
            ("edge", BACKEND, "policy-fail", "tcp-unreachable"),
        )
    ),
    Story(
        "what TLS answers over IPv6 is dropped on its way back",
        ("tcp-stalled",),
        (NETWORK,),
        (("provider", "FORWARD", *FROM, *larger(90), *DROP),),
        url=URL6,
        six=True,
    ),
    Story(
        "large packets to the backend vanish over IPv6",
        ("path-mtu-black-hole",),
        (NETWORK,),
        (("gateway", "FORWARD", *TO, *larger(1280), *DROP),),
        url=URL6,
        six=True,
        long=True,
    ),
    Story(
        "IPv6 is dropped and IPv4 is not",
        (None,),
        (),
        (("provider", "FORWARD", *TO, *DROP),),
        six=True,
        hosts="203.0.113.10 both.internal\n2001:db8:3::10 both.internal\n",
        url=f"wss://both.internal:{PORT}",
    ),
    names(
        "the first of two addresses is nobody's",
        (None,),
        (),
        {HOST: {"A": ["203.0.113.77", SERVER]}},
    ),
    names(
        "both of two addresses are dropped at the provider",
        ON_PATH,
        (NETWORK,),
        {HOST: {"A": ["203.0.113.77", SERVER]}},
        rules=(("provider", "FORWARD", *TO, *DROP),),
    ),
    Story(
        "the server resets what it accepted",
        ("tcp-reset", "tls-closed"),
        (BACKEND, "intermediary"),
        url=f"wss://{NAME}:8444",
        listener=RESETS_ALL,
    ),
    Story(
        "the server closes what it accepted",
        ("tls-closed",),
        (BACKEND, "intermediary"),
        url=f"wss://{NAME}:8444",
        listener=CLOSES_ALL,
    ),
    Story(
        "the application never accepts",
        ("upgrade-timeout",),
        (BACKEND,),
        agent="never accepts",
    ),
    Story(
        "the application never answers a ping",
        ("pong-timeout",),
        (BACKEND,),
        agent="never answers",
    ),
    Story(
        "data that comes is dropped here",
        ("tcp-stalled",),
        (CLIENT,),
        (("client", "INPUT", *FROM, *larger(70), *DROP),),
    ),
    Story(
        "a gateway that lets no ICMP in, and the provider drops the port",
        ("tcp-timeout", *ON_PATH, *LOCALLY, *AT_BACKEND),
        EITHER,
        (
            ("gateway", "FORWARD", "-p", "icmp", *DROP),
            ("provider", "FORWARD", *TO, *DROP),
        ),
        undecided=True,
    ),
    Story(
        "the server takes one request to connect a second",
        (None,),
        (),
        (("server", "INPUT", *TO, "--syn", *more_than("1/sec", 1), *DROP),),
    ),
    Story(
        "the gateway's line is down",
        ("tcp-unreachable",),
        (NETWORK,),
        (),
        (("gateway", "ip", "link", "set", "to-provider", "down"),),
        (
            ("gateway", "ip", "link", "set", "to-provider", "up"),
            ("gateway", "ip", "route", "add", "default", "via", "198.51.100.1"),
        ),
    ),
    Story(
        "the provider has no route",
        ("tcp-unreachable",),
        (NETWORK,),
        (),
        (("provider", "ip", "route", "del", "default"),),
        (("provider", "ip", "route", "add", "default", "via", "192.0.2.2"),),
    ),
    Story(
        "the server is switched off",
        ("tcp-unreachable", *AT_BACKEND),
        (BACKEND,),
        (),
        (("server", "ip", "link", "set", "to-edge", "down"),),
        (
            ("server", "ip", "link", "set", "to-edge", "up"),
            ("server", "ip", "route", "add", "default", "via", "203.0.113.1"),
        ),
    ),
    Story(
        "a circle of routes between provider and edge",
        ("tcp-unreachable",),
        EITHER,
        (),
        (("edge", "ip", "route", "add", SERVER, "via", "192.0.2.1"),),
        (("edge", "ip", "route", "del", SERVER, "via", "192.0.2.1"),),
    ),
    Story(
        "all that comes back after the handshake of TCP is dropped",
        ("tcp-stalled",),
        (NETWORK,),
        (("edge", "FORWARD", *FROM, *late(2), *DROP),),
    ),
    Story(
        "requests with credentials are dropped, and others are answered",
        ("tcp-stalled",),
        (NETWORK,),
        (
            (
                "provider",
                "FORWARD",
                *TO_PLAIN,
                *("-m", "string", "--algo", "bm", "--string", "Authorization"),
                *DROP,
            ),
        ),
        url=PLAIN_URL,
        options=("--allow-plaintext",),
        undecided=True,
    ),
    names(
        "the gateway prohibits DNS",
        ("dns-failure", "dns-resolver-silent"),
        (NETWORK,),
        {HOST: FOUND},
        rules=(("gateway", "FORWARD", "-p", "udp", "--dport", "53", *reject("admin-prohibited")),),
    ),
    names(
        "the gateway drops DNS",
        ("dns-resolver-silent",),
        (NETWORK,),
        {HOST: FOUND},
        rules=(("gateway", "FORWARD", "-p", "udp", "--dport", "53", *DROP),),
    ),
    names(
        "this machine's own firewall drops DNS",
        ("dns-failure", "dns-resolver-silent"),
        (NETWORK, CLIENT),
        {HOST: FOUND},
        rules=(("client", "OUTPUT", "-p", "udp", "--dport", "53", *DROP),),
    ),
    names(
        "the answers of DNS are dropped here",
        ("dns-resolver-silent",),
        (NETWORK, CLIENT),
        {HOST: FOUND},
        rules=(("client", "INPUT", "-p", "udp", "--sport", "53", *DROP),),
    ),
    names(
        "no name server is set",
        ("dns-failure", "dns-resolver-silent"),
        (CLIENT, NETWORK),
        {HOST: FOUND},
        "options timeout:1 attempts:1\n",
    ),
    names(
        "the hosts file leads to this machine",
        ("dns-sinkhole",),
        (CLIENT, NETWORK),
        {HOST: FOUND},
        hosts=f"127.0.0.1 {HOST}\n",
    ),
)
