"""dns: does the name lead to an address?"""

from __future__ import annotations

from ..facts import Kind, Stage
from ..terms import Confidence, Severity, Side
from .condition import OnKind, Rule
from .problem import NotOnLoopback, Problem
from .rules import dns as rules

_RESOLVER = NotOnLoopback(
    "the resolver answers, not a server; a test asks a resolver of its own in a network namespace"
)

PROBLEMS = (
    Problem(
        code="dns-not-found",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The name {host} does not exist",
        cause="The resolver says that there is no such name. Most often the host in BACKEND_URL "
        "is misspelt, or it is the name of a deployment that was "
        "renamed or deleted. On a company network the name may exist only inside a VPN.",
        remedies=(
            (
                "Compare the host with the one that the backend's people gave: it stands in "
                "{url_where}."
            ),
            (
                "Ask a public resolver: `dig +short {host} @1.1.1.1`. An address there and none "
                "here "
                "means that this network's resolver hides the name."
            ),
            (
                "Connect the VPN, if the backend is reached through one, and run `edgecheck "
                "doctor` "
                "again."
            ),
        ),
        when=Rule(rules.not_found),
        reproduction=_RESOLVER,
        keywords=(
            "name or service not known",
            "nodename nor servname provided",
            "getaddrinfo failed",
            "enotfound",
            "nxdomain",
            "could not resolve host",
            "eai_noname",
            "11001",
            "no such host",
        ),
        source="getaddrinfo(3), EAI_NONAME",
    ),
    Problem(
        code="dns-failure",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="The resolver could not answer for {host}",
        cause="The resolver failed or could not be reached, so nothing is known about the name "
        "itself. This machine is offline, its DNS server is down, or the "
        "name's own servers fail.",
        remedies=(
            (
                "Check that any name resolves: `getent hosts example.com`. If none does, this "
                "machine's network or DNS server is the cause."
            ),
            "Look at the resolver that is used: `cat /etc/resolv.conf`, or `resolvectl status`.",
            "Ask another one: `dig +short {host} @1.1.1.1`.",
        ),
        when=OnKind(Kind.DNS_FAILURE),
        reproduction=_RESOLVER,
        keywords=(
            "temporary failure in name resolution",
            "eai_again",
            "servfail",
            "server misbehaving",
        ),
        source="getaddrinfo(3), EAI_AGAIN and EAI_FAIL",
    ),
    Problem(
        code="dns-no-address",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{host} exists, but has no address of the kind asked for",
        cause="The name is there, and the address is missing. Either the domain was set up "
        "without an A or AAAA record, or -4 or -6 asks for a kind of address that it "
        "does not have.",
        remedies=(
            "Leave out -4 or -6, if one was given: `edgecheck doctor`.",
            "Look at what the name has: `dig {host} A {host} AAAA`.",
            (
                "Ask whoever keeps the domain to point {host} at the backend: the hosting "
                "platform's "
                "page for the domain shows the record that it wants."
            ),
        ),
        when=OnKind(Kind.DNS_NO_ADDRESS),
        reproduction=_RESOLVER,
        keywords=(
            "no address associated with hostname",
            "address family for hostname not supported",
            "eai_nodata",
            "enodata",
        ),
        source="getaddrinfo(3), EAI_NODATA and EAI_ADDRFAMILY",
    ),
    Problem(
        code="dns-timeout",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="The resolver did not answer for {host} in time",
        cause="The question left this machine, or was meant to, and no answer came. A firewall "
        "drops DNS, the DNS server is gone, or a VPN took over the resolver "
        "without routing to it.",
        remedies=(
            "Check that any name resolves: `getent hosts example.com`.",
            (
                "Ask another resolver: `dig +short {host} @1.1.1.1`. If that answers, change this "
                "machine's resolver; if not, a firewall stops DNS."
            ),
            "Disconnect or reconnect the VPN, if there is one.",
        ),
        when=OnKind(Kind.DNS_TIMEOUT),
        reproduction=_RESOLVER,
        keywords=("dns timeout", "resolution timed out", "queryresolver timeout", "etimeout"),
    ),
    Problem(
        code="dns-sinkhole",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="{host} is a public name, but leads to {addresses} here",
        cause="A public name that resolves to this machine or to a private address is not the "
        "real one: an ad or malware blocker, a line in the hosts file, or a "
        "captive portal answers in its place. Where the connection works all the same, the "
        "network means it so (split horizon).",
        remedies=(
            "Look for the name in the hosts file: `grep -n {host} /etc/hosts`.",
            "Compare with a public resolver: `dig +short {host} @1.1.1.1`.",
            (
                "Ask the network's people, or the owner of the blocker (Pi-hole, AdGuard, a "
                "company's "
                "DNS filter), to allow {host}."
            ),
            "Open a web page in a browser, if this is a guest network: it may want a log-in first.",
        ),
        when=Rule(rules.sinkhole, fills=("addresses",)),
        reproduction=_RESOLVER,
        confidence=Confidence.LIKELY,
        explains=(Stage.TCP, Stage.TLS),
        keywords=("0.0.0.0", "pi-hole", "adguard", "split horizon", "hosts file"),
        source="RFC 6761; RFC 1918",
    ),
)
