"""tcp: does anything answer at the address?"""

from __future__ import annotations

from ..facts import Kind, Stage
from ..terms import Confidence, Severity, Side
from .condition import Rule
from .problem import NotOnLoopback, Problem, Simulated
from .rules import tcp as rules

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
            ("Check the port in {url_where}. Without a port, wss:// means 443 and ws:// means 80."),
            "Start the backend, if it is yours. To test a local one: `curl -i {http_url}/`.",
            (
                "Ask the backend's team whether it runs, and on which port: \"connection refused "
                'by {address}, port {port}".'
            ),
        ),
        when=rules.on_direct(Kind.TCP_REFUSED),
        reproduction=Simulated(),
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
            "Check host and port in {url_where}; the usual form is wss://HOST, without a port.",
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, this network's firewall drops it."
            ),
            (
                "Set the proxy, if this network has one: `HTTPS_PROXY=http://PROXY:PORT edgecheck "
                "doctor`."
            ),
            "Ask the backend's team whether the host still runs, and who may reach it.",
        ),
        when=rules.on_direct(Kind.TCP_TIMEOUT),
        reproduction=Simulated(),
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
            "Check that this machine is online: `ip route get {address}`.",
            "Connect the VPN, if the backend is behind one.",
            "Try IPv4 only: `edgecheck doctor -4`.",
        ),
        when=rules.on_direct(Kind.TCP_UNREACHABLE),
        reproduction=NotOnLoopback(
            "loopback is always reachable; a test makes an unreachable route in a network namespace"
        ),
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
        when=rules.on_direct(Kind.TCP_BLOCKED),
        reproduction=NotOnLoopback(
            "the operating system refuses, not a server; a test makes a prohibited route in a "
            "network namespace"
        ),
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
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works there, this network's firewall resets it."
            ),
            (
                "Ask the backend's team whether the load balancer has a healthy target: \"reset "
                'right after connecting to {address}, port {port}".'
            ),
        ),
        when=rules.on_direct(Kind.TCP_RESET),
        reproduction=Simulated(),
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
