"""Silent situations of a routed network, each with what has to be said of it.

Code, turn and certainty were written down before the first run. Nothing here measures.
"""

from __future__ import annotations

from silent_names import NAMES
from silent_programs import ACCEPTS, FULL, READS
from silent_words import (
    ACCEPTED,
    ANYWHERE,
    AT_BACKEND,
    BACKEND,
    CLIENT,
    DROP,
    EITHER,
    FROM,
    FROM_PLAIN,
    LOCALLY,
    NAME,
    NETWORK,
    ON_PATH,
    PLAIN_URL,
    PONG,
    PORT,
    REQUEST,
    RESET,
    ROUTERS,
    SYN_ACK,
    TO,
    TO_PLAIN,
    URL,
    URL6,
    Story,
    larger,
    late,
    lost,
    more_than,
    reject,
)

from tests.backends.routed import SERVER

_ANSWERS_LOST = tuple(
    Story(
        f"SYN-ACK dropped on its way back at the {node}",
        ANYWHERE,
        (BACKEND,) if node == "edge" else EITHER,
        ((node, "FORWARD", *FROM, *SYN_ACK, *DROP),),
        undecided=True,
    )
    for node in ROUTERS
)
_REFUSALS = tuple(
    Story(
        f"the {node} answers {what}",
        (code,),
        (side,),
        ((node, "INPUT" if node == "server" else "FORWARD", *TO, *reject(what)),),
    )
    for what, code in (
        ("net-unreachable", "tcp-unreachable"),
        ("host-unreachable", "tcp-unreachable"),
        ("proto-unreachable", "tcp-unreachable"),
        ("port-unreachable", "tcp-refused"),
        ("net-prohibited", "tcp-unreachable"),
        ("host-prohibited", "tcp-unreachable"),
        ("admin-prohibited", "tcp-unreachable"),
    )
    for node, side in (
        ("gateway", NETWORK),
        ("provider", NETWORK),
        ("edge", BACKEND),
        ("server", BACKEND),
    )
    if (node, what) != ("edge", "admin-prohibited")  # a test has it
)
_BACK = tuple(
    Story(
        f"{what} is dropped on its way back at the {node}",
        ("tcp-stalled",),
        (NETWORK,),
        ((node, "FORWARD", *words, *DROP),),
        url=url,
        options=("--allow-plaintext",) if url == PLAIN_URL else (),
    )
    for node in ROUTERS
    for what, url, words in (
        ("what TLS answers", URL, (*FROM, *larger(70))),
        ("the answer to the request", PLAIN_URL, (*FROM_PLAIN, *ACCEPTED)),
        ("the pong", PLAIN_URL, (*FROM_PLAIN, *PONG)),
        ("all after the handshake of TLS", URL, (*FROM, *late(4), *larger(60))),
    )
)
_FORTH = tuple(
    Story(
        f"{what} is dropped on its way there at the {node}",
        ("tcp-stalled",),
        (NETWORK,),
        ((node, "FORWARD", *words, *DROP),),
        url=url,
        options=("--allow-plaintext",) if url == PLAIN_URL else (),
    )
    for node in ("gateway", "edge")
    for what, url, words in (
        ("the ClientHello", URL, (*TO, *larger(70))),
        ("the request", PLAIN_URL, (*TO_PLAIN, *REQUEST)),
        ("the ping", PLAIN_URL, (*TO_PLAIN, "-m", "length", "--length", "68:110")),
    )
)
_CUT = (
    Story(
        "all packets back are dropped after the first answer",
        ("tcp-stalled",),
        (NETWORK,),
        (("provider", "FORWARD", *FROM, *late(5), *DROP),),
    ),
)
_MTU = (
    Story(
        "PPPoE at the provider towards the client",
        ("path-mtu-black-hole",),
        (NETWORK,),
        (("provider", "FORWARD", *FROM, *larger(1492), *DROP),),
    ),
    Story(
        "PPPoE at the gateway towards the backend, with a long secret",
        ("path-mtu-black-hole",),
        (NETWORK,),
        (("gateway", "FORWARD", *TO, *larger(1492), *DROP),),
        long=True,
    ),
    Story(
        "a tunnel of 1280 bytes towards the client over IPv6",
        ("path-mtu-black-hole",),
        (NETWORK,),
        (("edge", "FORWARD", *FROM, *larger(1280), *DROP),),
        url=URL6,
        six=True,
    ),
    Story(
        "a small MTU at the provider, and its ICMP dropped at the edge",
        ("path-mtu-black-hole",),
        (NETWORK,),
        (("edge", "INPUT", "-p", "icmp", *DROP), ("edge", "FORWARD", "-p", "icmp", *DROP)),
        (("provider", "ip", "link", "set", "to-gateway", "mtu", "1400"),),
        (("provider", "ip", "link", "set", "to-gateway", "mtu", "1500"),),
    ),
    Story(
        "a small MTU at the provider, whose ICMP arrives",
        (None,),
        (),
        (),
        (("provider", "ip", "link", "set", "to-gateway", "mtu", "1400"),),
        (("provider", "ip", "link", "set", "to-gateway", "mtu", "1500"),),
    ),
    Story(
        "the long request over plain text meets a small MTU",
        ("path-mtu-black-hole",),
        (NETWORK,),
        (("provider", "FORWARD", *TO_PLAIN, *larger(1300), *DROP),),
        url=PLAIN_URL,
        options=("--allow-plaintext",),
        long=True,
    ),
)
_MUTE = tuple((node, "OUTPUT", "-p", "icmp", *DROP) for node in ROUTERS)
_SILENT_ROUTERS = (
    Story(
        "no router says a word, and the provider drops",
        ("tcp-timeout",),
        (NETWORK,),
        (*_MUTE, ("provider", "FORWARD", "-d", SERVER, *DROP)),
        undecided=True,
    ),
    Story(
        "no router says a word, and the server's own firewall drops the port",
        ("tcp-timeout", *AT_BACKEND),
        EITHER,
        (*_MUTE, ("server", "INPUT", *TO, *DROP)),
        undecided=True,
    ),
    Story(
        "the edge alone is silent, and the provider drops the port",
        (*ON_PATH, *AT_BACKEND),
        EITHER,
        (("edge", "OUTPUT", "-p", "icmp", *DROP), ("provider", "FORWARD", *TO, *DROP)),
        undecided=True,
    ),
    Story(
        "the edge alone is silent, and the server drops the port",
        (*ON_PATH, *AT_BACKEND),
        EITHER,
        (("edge", "OUTPUT", "-p", "icmp", *DROP), ("server", "INPUT", *TO, *DROP)),
        undecided=True,
    ),
    Story(
        "the edge drops all before it looks at it",
        (*ON_PATH, *AT_BACKEND),
        EITHER,
        (("edge", "raw:PREROUTING", "-d", SERVER, *DROP),),
        undecided=True,
    ),
    Story(
        "the provider drops all before it looks at it",
        (*ON_PATH, *LOCALLY),
        (NETWORK,),
        (("provider", "raw:PREROUTING", "-d", SERVER, *DROP),),
        undecided=True,
    ),
    Story(
        "the gateway drops new connections, as with a full table",
        ("tcp-timeout", *LOCALLY),
        (NETWORK,),
        (("gateway", "raw:PREROUTING", "-d", SERVER, *DROP),),
        undecided=True,
    ),
    Story(
        "the gateway drops the port before it looks at it",
        LOCALLY,
        (NETWORK,),
        (("gateway", "raw:PREROUTING", *TO, *DROP),),
    ),
    Story(
        "routers that may say one word a second, and the provider drops the port",
        ON_PATH,
        (NETWORK,),
        (
            ("provider", "FORWARD", *TO, *DROP),
            *((node, "OUTPUT", "-p", "icmp", *more_than("2/sec", 6), *DROP) for node in ROUTERS),
        ),
    ),
    Story(
        "the server drops all before it looks at it",
        AT_BACKEND,
        (BACKEND,),
        (("server", "raw:PREROUTING", "-i", "to-edge", *DROP),),
        undecided=True,
    ),
    Story(
        "the server drops the port before it looks at it",
        AT_BACKEND,
        (BACKEND,),
        (("server", "raw:PREROUTING", *TO, *DROP),),
        undecided=True,
    ),
    Story(
        "the server's answers leave by a route that leads nowhere",
        AT_BACKEND,
        EITHER,
        (),
        (("server", "ip", "route", "add", "blackhole", "198.51.100.0/24"),),
        (("server", "ip", "route", "del", "blackhole", "198.51.100.0/24"),),
        undecided=True,
    ),
    Story(
        "strict reverse path filter at the edge",
        (*ON_PATH, *AT_BACKEND),
        EITHER,
        (),
        (
            ("edge", "sysctl", "-qw", "net.ipv4.conf.to-provider.rp_filter=1"),
            ("edge", "ip", "route", "add", "198.51.100.0/24", "dev", "to-server"),
        ),
        (
            ("edge", "ip", "route", "del", "198.51.100.0/24", "dev", "to-server"),
            ("edge", "sysctl", "-qw", "net.ipv4.conf.to-provider.rp_filter=0"),
        ),
        undecided=True,
    ),
)
_HERE = (
    Story(
        "a blackhole route here",
        ("tcp-unreachable", "tcp-blocked"),
        (CLIENT,),
        (),
        (("client", "ip", "route", "add", "blackhole", SERVER),),
        (("client", "ip", "route", "del", "blackhole", SERVER),),
    ),
    Story(
        "a prohibiting route here",
        ("tcp-blocked",),
        (CLIENT,),
        (),
        (("client", "ip", "route", "add", "prohibit", SERVER),),
        (("client", "ip", "route", "del", "prohibit", SERVER),),
    ),
    Story(
        "an unreachable route here",
        ("tcp-unreachable",),
        (CLIENT,),
        (),
        (("client", "ip", "route", "add", "unreachable", SERVER),),
        (("client", "ip", "route", "del", "unreachable", SERVER),),
    ),
    Story(
        "no default route here",
        ("tcp-unreachable",),
        (CLIENT, NETWORK),
        (),
        (("client", "ip", "route", "del", "default"),),
        (("client", "ip", "route", "add", "default", "via", "192.168.77.1"),),
    ),
    Story(
        "a rule here that drops what this user sends",
        LOCALLY,
        (CLIENT,),
        (("client", "OUTPUT", "-p", "tcp", "-m", "owner", "--uid-owner", "65534", *DROP),),
    ),
    Story(
        "a rule here that drops all that this user sends but names",
        LOCALLY,
        (CLIENT,),
        (("client", "OUTPUT", "-d", SERVER, "-m", "owner", "--uid-owner", "65534", *DROP),),
    ),
    Story(
        "the answers are dropped here before the firewall",
        LOCALLY,
        (CLIENT,),
        (("client", "raw:PREROUTING", *FROM, *DROP),),
    ),
    Story(
        "data after the handshake is dropped here, on its way out",
        ("tcp-stalled",),
        (CLIENT, NETWORK),
        (("client", "OUTPUT", *TO, *larger(70), *DROP),),
    ),
    Story(
        "a gateway that is not there",
        LOCALLY,
        (NETWORK, CLIENT),
        (),
        (("client", "ip", "route", "replace", "default", "via", "192.168.77.99"),),
        (("client", "ip", "route", "replace", "default", "via", "192.168.77.1"),),
    ),
    Story(
        "a gateway that is somebody else's machine",
        ("tcp-timeout", *LOCALLY),
        (NETWORK, CLIENT),
        (),
        (("gateway", "sysctl", "-qw", "net.ipv4.ip_forward=0"),),
        (("gateway", "sysctl", "-qw", "net.ipv4.ip_forward=1"),),
    ),
    Story(
        "a neighbour that never answers",
        (*LOCALLY, "tcp-unreachable", *AT_BACKEND),
        (BACKEND, NETWORK),
        url=f"wss://192.168.77.50:{PORT}",
    ),
    Story(
        "strict reverse path filter here",
        LOCALLY,
        (CLIENT,),
        (),
        (
            ("client", "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0"),
            ("client", "sysctl", "-qw", "net.ipv4.conf.to-gateway.rp_filter=1"),
            ("client", "ip", "link", "add", "dum0", "type", "veth", "peer", "name", "dum1"),
            ("client", "ip", "link", "set", "dum0", "up"),
            ("client", "ip", "link", "set", "dum1", "up"),
            ("client", "ip", "route", "add", SERVER, "dev", "dum0", "metric", "5"),
            ("client", "ip", "route", "add", "default", "via", "192.168.77.1", "table", "7"),
            ("client", "ip", "rule", "add", "uidrange", "65534-65534", "table", "7"),
        ),
        (
            ("client", "ip", "rule", "del", "uidrange", "65534-65534", "table", "7"),
            ("client", "ip", "link", "del", "dum0"),
            ("client", "sysctl", "-qw", "net.ipv4.conf.to-gateway.rp_filter=0"),
        ),
    ),
)
_RESETS = (
    Story(
        "a middlebox resets at the first data",
        ("tls-closed", "tcp-reset"),
        (NETWORK, "intermediary", BACKEND),
        (("provider", "FORWARD", *TO, *larger(70), *RESET),),
    ),
    Story(
        "the provider resets the request to connect",
        ("tcp-refused",),
        (NETWORK,),
        (("provider", "FORWARD", *TO, *RESET),),
    ),
    Story(
        "the edge resets the request to connect",
        ("tcp-refused",),
        EITHER,
        (("edge", "FORWARD", *TO, *RESET),),
    ),
)
_PROGRAMS = (
    Story(
        "the queue of the server is full",
        AT_BACKEND,
        (BACKEND,),
        url=f"wss://{NAME}:8444",
        listener=FULL,
        undecided=True,
    ),
    Story("the server is stopped", ("tls-timeout",), (BACKEND,), stopped=True),
    Story(
        "the server is stopped, in plain text",
        ("upgrade-timeout",),
        (BACKEND,),
        url=PLAIN_URL,
        options=("--allow-plaintext",),
        stopped=True,
    ),
    Story(
        "a balancer that accepts and reads nothing",
        ("tls-timeout",),
        (BACKEND,),
        url=f"wss://{NAME}:8444",
        listener=ACCEPTS,
    ),
    Story(
        "a balancer that reads and never answers",
        ("tls-timeout",),
        (BACKEND,),
        url=f"wss://{NAME}:8444",
        listener=READS,
    ),
    Story(
        "a balancer that reads and never answers, in plain text",
        ("upgrade-timeout",),
        (BACKEND,),
        url=f"ws://{NAME}:8444",
        options=("--allow-plaintext",),
        listener=READS,
    ),
)
_LOSSY = tuple(
    Story(
        f"{share:.0%} of the packets are lost {where}",
        (None,) if share < 0.5 else (None, "tcp-packets-lost", "tcp-stalled", "tcp-timeout"),
        (NETWORK,),
        tuple(("provider", "FORWARD", *words, *lost(share), *DROP) for words in ways),
        undecided=share >= 0.5,
    )
    for share in (0.1, 0.25, 0.5)
    for where, ways in (("on their way there", (TO,)), ("both ways", (TO, FROM)))
)

FIRST_SET = (
    *_ANSWERS_LOST,
    Story(
        "SYN-ACK dropped at the client", LOCALLY, (CLIENT,), (("client", "INPUT", *FROM, *DROP),)
    ),
    *_REFUSALS,
    *_RESETS,
    *_BACK,
    *_FORTH,
    *_CUT,
    *_MTU,
    *_SILENT_ROUTERS,
    *_HERE,
    *_PROGRAMS,
    *_LOSSY,
    *NAMES,
)
