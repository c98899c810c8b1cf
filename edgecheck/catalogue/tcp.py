"""tcp: does anything answer at the address?"""

from __future__ import annotations

from ..facts import Stage
from ..terms import Confidence, Severity, Side
from .condition import Rule
from .problem import NotOnLoopback, Problem, Simulated
from .rules import losses, path, silence
from .rules import tcp as rules

_ROUTED = NotOnLoopback(
    "nothing is on the way to loopback; a test makes a routed network of namespaces"
)

PROBLEMS = (
    Problem(
        code="tcp-refused",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{host} refuses connections on port {port}",
        cause=(
            "The machine answers, and says that nothing listens on that port. The backend is not "
            "running, or it listens on another port; on a container platform, it may listen on "
            "127.0.0.1 instead of 0.0.0.0. A firewall that rejects looks the same."
        ),
        remedies=(
            (
                "Ask the backend's team whether the program runs, and on which port: \"connection "
                'refused by {address}, port {port}".'
            ),
            "Check the port in {url_where}. Without a port, wss:// means 443 and ws:// means 80.",
            "Start the backend, if it is yours. To test a local one: `curl -i {http_url}/`.",
        ),
        when=Rule(path.refused),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=(
            "connection refused",
            "econnrefused",
            "errno 111",
            "errno 61",
            "10061",
            "connect call failed",
        ),
        source="connect(2), ECONNREFUSED",
    ),
    Problem(
        code="tcp-unix-socket-unserved",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="Nothing serves the Unix socket {socket}: {words}",
        cause=(
            "The file of the socket is there, and no server answers on it. Its server has ended "
            "and left the file behind, it serves another path, or it is a socket for datagrams."
        ),
        remedies=(
            "See who listens on which Unix socket: `ss --listening --unix --processes`.",
            "Start the server that makes this socket, or give the path that it makes.",
        ),
        when=Rule(rules.unix_socket_unserved, fills=("socket", "words")),
        reproduction=NotOnLoopback(
            "a demo listens on a port; a test leaves the file of a socket behind"
        ),
        confidence=Confidence.LIKELY,
        refines=("tcp-refused", "tcp-timeout", "tcp-unreachable", "tcp-blocked", "tcp-reset"),
        source="unix(7)",
    ),
    Problem(
        code="tcp-timeout",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="{host} does not answer on port {port}",
        cause=(
            "Connection requests leave this machine and nothing comes back, not even a refusal. A "
            "firewall drops them (this network's or the backend's), the host is gone, or the "
            "address or port is wrong."
        ),
        remedies=(
            (
                "Ask your network's administrators to allow TCP to {host}, port {port}, if it "
                "works from another network."
            ),
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, this network's firewall drops it."
            ),
            "Check host and port in {url_where}; the usual form is wss://HOST, without a port.",
            (
                "Set the proxy, if this network has one: `HTTPS_PROXY=http://PROXY:PORT edgecheck "
                "doctor`."
            ),
            (
                "Ask the backend's team whether the host still runs, and who may reach it, if no "
                "network gets an answer."
            ),
        ),
        when=Rule(path.timed_out),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        alternatives=("tcp-dropped-at-backend", "tcp-dropped-on-path", "tcp-dropped-locally"),
        keywords=(
            "etimedout",
            "connection timed out",
            "errno 110",
            "10060",
            "timed out during opening handshake",
            "i/o timeout",
        ),
        source="connect(2), ETIMEDOUT",
    ),
    Problem(
        code="tcp-dropped-locally",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="Packets to {host} do not leave this machine's own network",
        cause=(
            "Connection requests get no farther than this machine or its own network: {place}. A "
            "firewall there drops them, the gateway is gone, or the provider's first router drops "
            "everything that comes in, which looks the same from here."
        ),
        remedies=(
            (
                "Ask your network's administrators to allow TCP to {address}, port {port}; the "
                "evidence says where it ends."
            ),
            (
                "Look at the rules of this machine's firewall, if it is named in the evidence: "
                "`sudo nft list ruleset`, `sudo iptables -S`."
            ),
            "Check the gateway, if it does not answer: `ip route`, `ip neigh`.",
            (
                "Set the proxy, if this network has one: `HTTPS_PROXY=http://PROXY:PORT edgecheck "
                "doctor`."
            ),
        ),
        when=Rule(path.dropped_locally, fills=("place",)),
        reproduction=_ROUTED,
        confidence=Confidence.LIKELY,
        alternatives=("tcp-dropped-on-path",),
        refines=("tcp-timeout", "tcp-unreachable"),
        source="RFC 1812, section 5.3.1",
    ),
    Problem(
        code="tcp-dropped-on-path",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="Packets to {host}, port {port}, are dropped on the way",
        cause=(
            "Connection requests leave this machine's own network and do not reach the backend: "
            "{place}. A firewall of the provider, of a VPN or of the company's border drops them."
        ),
        remedies=(
            (
                "Show the evidence to your network's administrators or provider: it names the last "
                "router that answers."
            ),
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, this network's way to the backend is closed."
            ),
        ),
        when=Rule(path.dropped_on_path, fills=("place",)),
        reproduction=_ROUTED,
        confidence=Confidence.LIKELY,
        alternatives=("tcp-dropped-at-backend",),
        refines=("tcp-timeout",),
        source="RFC 1812, section 5.3.1",
    ),
    Problem(
        code="tcp-dropped-at-backend",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{host} is reached, but its port {port} does not answer",
        cause=(
            "Connection requests get as far as the backend's host or its last router, and then "
            "nothing comes back: {place}. A firewall or an allow-list of the backend drops them, "
            "the address or the port is wrong, or the program there accepts no more connections. "
            "Or it answers, and the answers are dropped on the way back: from here that looks the "
            "same."
        ),
        remedies=(
            (
                "Ask the backend's team who may connect to {address}, port {port}: firewall, "
                "security group, allow-list. Tell them this network's public address."
            ),
            "Check the port in {url_where}; the usual form is wss://HOST, without a port.",
            "Ask whether the program still accepts connections: `ss -ltn sport = :{port}` there.",
        ),
        when=Rule(path.dropped_at_backend, fills=("place",)),
        reproduction=_ROUTED,
        confidence=Confidence.LIKELY,
        alternatives=("tcp-dropped-on-path",),
        refines=("tcp-timeout",),
        source="RFC 1812, section 5.3.1",
    ),
    Problem(
        code="tcp-stalled",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="{host} is connected, and then nothing that is sent arrives",
        cause=(
            "The connection opened, and what was sent afterwards was never acknowledged, although "
            "it was sent again and again. A firewall lets the handshake of TCP through and drops "
            "what follows, or the line was cut in the meantime. The backend has not seen it."
        ),
        remedies=(
            (
                "Show the evidence to your network's administrators: the connection to {address}, "
                "port {port}, opens, and no data gets through."
            ),
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, this network drops the packets."
            ),
            "Reconnect the VPN or the tunnel, if you use one.",
        ),
        when=Rule(silence.stalled),
        reproduction=_ROUTED,
        confidence=Confidence.LIKELY,
        refines=("tls-timeout", "upgrade-timeout", "pong-timeout", "proxy-timeout"),
        keywords=("half-open", "retransmission"),
        source="RFC 9293, section 3.8; tcp(7), TCP_INFO",
    ),
    Problem(
        code="path-mtu-black-hole",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="Large packets vanish on the way {direction}",
        cause=(
            "Small packets pass and large ones do not, {direction}; the same connection with small "
            "segments works. A tunnel, a VPN or a PPPoE line on the way carries less than 1500 "
            "bytes, and the message that would say so (ICMP, fragmentation needed) is dropped."
        ),
        remedies=(
            (
                "Ask your network's administrators to lower the MSS at the router: `iptables -t "
                "mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`."
            ),
            (
                "Lower the MTU of this machine's interface until then, which also shows that it "
                "helps: `sudo ip link set dev INTERFACE mtu 1280`. Interfaces here with a small "
                "MTU: {links}."
            ),
            "Set the right MTU on the tunnel or VPN, and let ICMP through.",
        ),
        when=Rule(silence.path_mtu, fills=("direction", "links")),
        reproduction=_ROUTED,
        refines=(
            "tls-timeout",
            "upgrade-timeout",
            "upgrade-other-protocol",
            "pong-timeout",
            "tcp-stalled",
        ),
        keywords=("path mtu", "pmtud", "mss clamping", "fragmentation needed", "black hole"),
        source="RFC 2923; RFC 8899; RFC 4459",
    ),
    Problem(
        code="tcp-packets-lost",
        stage=Stage.TCP,
        severity=Severity.INFO,
        side=Side.NETWORK,
        title="The way to {host} loses packets: {loss}",
        cause=(
            "The connection works, and many packets had to be sent more than once. A weak wireless "
            "link, a line that is full or a damaged cable does that. Everything is slower, and "
            "connections may break."
        ),
        remedies=(
            "Compare with another link (cable, another wireless network): `edgecheck ping`.",
            "Show the evidence to your network's administrators.",
        ),
        when=Rule(losses.lossy, fills=("loss",)),
        reproduction=_ROUTED,
        keywords=("packet loss", "retransmissions"),
        source="tcp(7), TCP_INFO; RFC 2883",
    ),
    Problem(
        code="tcp-unreachable",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="There is no route from here to {host}",
        cause=(
            "The operating system or a router says that the address cannot be reached. This "
            "machine is offline, a VPN is missing, or the name has only IPv6 addresses and this "
            "network has no IPv6."
        ),
        remedies=(
            (
                "Ask your network's administrators for a route to {address}, if this machine is "
                "online: `ip route get {address}` shows the route that it has."
            ),
            "Connect the VPN, if the backend is behind one.",
            "Try IPv4 only: `edgecheck doctor -4`.",
        ),
        when=Rule(path.unreachable),
        refines=("tcp-timeout",),
        reproduction=NotOnLoopback(
            "loopback is always reachable; a test makes an unreachable route in a network namespace"
        ),
        confidence=Confidence.LIKELY,
        keywords=(
            "network is unreachable",
            "no route to host",
            "enetunreach",
            "ehostunreach",
            "errno 101",
            "errno 113",
        ),
        source="connect(2), ENETUNREACH; RFC 792",
    ),
    Problem(
        code="tcp-blocked",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="This machine does not allow the connection to {host}",
        cause=(
            "This machine refused, before a packet left it: a local firewall, a sandbox or "
            "container profile, a security product, or a limit that is used up, such as open "
            "files."
        ),
        remedies=(
            (
                "Look at the rules of the local firewall: `sudo nft list ruleset`, `sudo iptables "
                "-S OUTPUT`, or the security product's log."
            ),
            (
                "Run it outside the container or sandbox, to see whether its profile is the cause: "
                "`edgecheck doctor`."
            ),
            "Check the limit of open files: `ulimit -n`.",
        ),
        when=Rule(path.blocked),
        reproduction=NotOnLoopback(
            "the operating system refuses, not a server; a test makes a prohibited route in a "
            "network namespace"
        ),
        confidence=Confidence.LIKELY,
        keywords=(
            "permission denied",
            "operation not permitted",
            "eacces",
            "eperm",
            "too many open files",
            "emfile",
        ),
        source="connect(2), EACCES and EPERM",
    ),
    Problem(
        code="tcp-reset",
        stage=Stage.TCP,
        severity=Severity.ERROR,
        side=Side.INTERMEDIARY,
        title="{host} resets every connection at once",
        cause=(
            "The connection opened, and was reset before the client sent a byte. A firewall that "
            "forbids the destination does that, and so does a load balancer with nothing behind "
            "it. A server that is overloaded may do it too."
        ),
        remedies=(
            (
                "Ask the operators of the firewall or load balancer in between whether it lets "
                'this machine in and has a healthy target: "reset right after connecting to '
                '{address}, port {port}".'
            ),
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, this network's firewall resets it."
            ),
        ),
        when=Rule(rules.reset),
        reproduction=Simulated(),
        confidence=Confidence.LIKELY,
        keywords=("connection reset by peer", "econnreset", "errno 104", "10054"),
        source="RFC 9293, section 3.5.2",
    ),
    Problem(
        code="tcp-family-broken",
        stage=Stage.TCP,
        severity=Severity.WARNING,
        side=Side.NETWORK,
        title="{broken} to {host} does not work; {works} does",
        cause=(
            "The name has addresses of both kinds, and only one kind connects. A client that tries "
            "both at once, as this one does, does not notice. One that tries them in order waits "
            "for its timeout first, or fails."
        ),
        remedies=(
            "Confirm it: `edgecheck doctor {option}` is quick, and the other family fails.",
            (
                "Make your client prefer {works} until the network or the record is repaired. For "
                "a local backend, write the address instead of localhost."
            ),
            (
                "Ask the owner of the name, or your network's administrators, to repair {broken} "
                "or to remove its record."
            ),
        ),
        when=Rule(rules.family_broken, fills=("broken", "works", "option")),
        reproduction=NotOnLoopback(
            "needs a name with addresses of both families; a test makes one in a network namespace"
        ),
        confidence=Confidence.LIKELY,
        keywords=("happy eyeballs", "ipv6", "aaaa"),
        source="RFC 8305",
    ),
)
