"""dns: does the name lead to an address?"""

from __future__ import annotations

from ..facts import Stage
from ..terms import Confidence, Severity, Side
from .condition import Rule
from .problem import NotOnLoopback, Problem
from .rules import dns as rules
from .rules import local_names, servers

_RESOLVER = NotOnLoopback(
    "the resolver answers, not a server; a test asks a resolver of its own in a network namespace"
)
_SERVERS = NotOnLoopback(
    "name servers answer, not the backend; a test runs some in a routed network of namespaces"
)

PROBLEMS = (
    Problem(
        code="dns-not-found",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The name {host} does not exist",
        cause=(
            "The resolver says that there is no such name. Usually the host in {url_name} has a "
            "typing error, or its deployment was renamed or deleted. In a company's network the "
            "name may exist only inside a VPN."
        ),
        remedies=(
            ("Compare the host in {url_where} with the one that the backend's team gave you."),
            (
                "Ask a public resolver: `dig +short {host} @1.1.1.1`. If it returns an address, "
                "this network's resolver hides the name."
            ),
            ("Connect the VPN, if the backend is behind one, and run `edgecheck doctor` again."),
        ),
        when=Rule(rules.not_found),
        reproduction=_RESOLVER,
        confidence=Confidence.LIKELY,
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
        code="dns-alias-dangling",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="{host} is an alias of {target}, which does not exist",
        cause=(
            "The domain still points to a deployment or a service that is gone: {chain}. The last "
            "name of the chain has no address any more."
        ),
        remedies=(
            (
                "Ask the backend's team for the address of its present deployment, or to point "
                "{host} at it."
            ),
            "Show them the chain: `dig {host}`.",
        ),
        when=Rule(servers.dangling, fills=("chain", "target")),
        reproduction=_SERVERS,
        refines=("dns-not-found", "dns-name-local-only", "dns-failure"),
        keywords=("dangling cname", "cname"),
        source="RFC 1034, section 3.6.2; RFC 6604",
    ),
    Problem(
        code="dns-zone-broken",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The name servers of {host} do not answer",
        cause=(
            "This machine's resolver works: it answers for other names. For {host} it fails, "
            "because the name servers of that domain are silent or refuse."
        ),
        remedies=(
            (
                "Tell the owner of the domain that its name servers do not answer, with the "
                "evidence: their registrar or DNS provider shows which ones are entered."
            ),
            "See where it ends: `dig +trace {host}`.",
        ),
        when=Rule(servers.zone_broken),
        reproduction=_SERVERS,
        confidence=Confidence.LIKELY,
        refines=("dns-failure", "dns-timeout"),
        keywords=("no reachable authority", "lame delegation"),
        source="RFC 8914, sections 4.23 and 4.24",
    ),
    Problem(
        code="dns-dnssec-bogus",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.BACKEND,
        title="The signatures (DNSSEC) of {host} are wrong",
        cause=(
            "The domain is signed, and its signatures do not fit or have expired, so the resolver "
            "refuses to give the address. The cause is nearly always at the domain: a change of "
            "keys, an expired signature, an old DS record at the registrar."
        ),
        remedies=(
            "Tell the owner of the domain, with the resolver's reason: `dig +dnssec {host}`.",
            "Check this machine's clock, because signatures have dates: `date -u`.",
        ),
        when=Rule(servers.bogus),
        reproduction=_SERVERS,
        confidence=Confidence.LIKELY,
        refines=("dns-failure", "dns-timeout", "dns-zone-broken"),
        keywords=("dnssec", "bogus", "rrsig"),
        source="RFC 8914, section 4.7; RFC 4035",
    ),
    Problem(
        code="dns-resolver-silent",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="No DNS server answers: {servers}",
        cause=(
            "This machine asks {servers} for every name, and nothing comes back for any. The "
            "server is gone, a firewall drops DNS, or a VPN has set a server that cannot be "
            "reached from here."
        ),
        remedies=(
            (
                "Ask your network's administrators which DNS server to use, and whether a firewall "
                "drops port 53 to {servers}."
            ),
            "Disconnect or reconnect the VPN, if you use one.",
            "See where the servers come from: `cat /etc/resolv.conf`, or `resolvectl status`.",
        ),
        when=Rule(servers.silent, fills=("servers",)),
        reproduction=_SERVERS,
        confidence=Confidence.LIKELY,
        refines=("dns-failure", "dns-timeout", "dns-not-found"),
        keywords=("no servers could be reached", "no nameservers"),
        source="resolv.conf(5)",
    ),
    Problem(
        code="dns-resolver-partly-silent",
        stage=Stage.DNS,
        severity=Severity.WARNING,
        side=Side.NETWORK,
        title="The DNS server {servers} does not answer; {others} does",
        cause=(
            "This machine has several DNS servers, and one of them keeps silent. A look-up waits "
            "for it first, for seconds, and many programs give up before the next one is asked."
        ),
        remedies=(
            "See where the servers come from: `cat /etc/resolv.conf`, or `resolvectl status`.",
            "Take {servers} out of that list, or put it behind {others}.",
            "Ask your network's administrators why {servers} is silent.",
        ),
        when=Rule(servers.partly_silent, fills=("servers", "others")),
        reproduction=_SERVERS,
        keywords=("slow dns",),
        source="resolv.conf(5)",
    ),
    Problem(
        code="dns-failure",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="The resolver could not answer for {host}",
        cause=(
            "The resolver failed or could not be reached, so nothing is known about the name "
            "itself. This machine is offline, its DNS server is down, or the DNS servers of the "
            "domain fail."
        ),
        remedies=(
            (
                "Tell your network's administrators that the resolver fails for {host}, and "
                "whether it fails for another name, too: `getent hosts example.com`."
            ),
            (
                "Check that this machine is online, and see which resolver it uses: `cat "
                "/etc/resolv.conf`, or `resolvectl status`."
            ),
            "Ask another resolver: `dig +short {host} @1.1.1.1`.",
        ),
        when=Rule(servers.unexplained_failure),
        reproduction=_RESOLVER,
        confidence=Confidence.LIKELY,
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
        cause=(
            "The name exists, but the address is missing. The domain was set up without an A or "
            "AAAA record, or -4 or -6 asks for a kind of address that it does not have."
        ),
        remedies=(
            (
                "Ask the domain's owner to point {host} at the backend. The hosting platform's "
                "page for the domain shows the record that it needs."
            ),
            "See which addresses the name has: `dig {host} A {host} AAAA`.",
            "Run edgecheck again without -4 or -6, if you gave one.",
        ),
        when=Rule(servers.no_address),
        reproduction=_RESOLVER,
        confidence=Confidence.LIKELY,
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
        cause=(
            "This machine asked for the name, and no answer came. A firewall drops DNS, the DNS "
            "server is gone, or a VPN took over the resolver without a route to it."
        ),
        remedies=(
            (
                "Tell your network's administrators that no answer came for {host}, and whether "
                "one comes for another name: `getent hosts example.com`."
            ),
            (
                "Ask another resolver: `dig +short {host} @1.1.1.1`. If it answers, change this "
                "machine's resolver; if not, a firewall stops DNS."
            ),
            "Disconnect or reconnect the VPN, if you use one.",
        ),
        when=Rule(servers.unexplained_timeout),
        reproduction=_RESOLVER,
        confidence=Confidence.LIKELY,
        keywords=("dns timeout", "resolution timed out", "queryresolver timeout", "etimeout"),
    ),
    Problem(
        code="dns-sinkhole",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.NETWORK,
        title="{host} is a public name, but leads to {addresses} here",
        cause=(
            "A public name that resolves to this machine or to a private address is usually not "
            "the real one: an ad or malware blocker, a line in the hosts file, or a captive portal "
            "answers instead. If the connection works anyway, the network does this on purpose "
            "(split horizon)."
        ),
        remedies=(
            (
                "Ask your network's administrators, or the owner of the blocker (Pi-hole, AdGuard, "
                "a company's DNS filter), to allow {host}."
            ),
            "Look for the name in the hosts file: `grep -n {host} /etc/hosts`.",
            "Compare with a public resolver: `dig +short {host} @1.1.1.1`.",
            (
                "Open a web page in a browser, if this is a guest network: it may need a log-in "
                "first."
            ),
        ),
        when=Rule(rules.sinkhole, fills=("addresses",), mild=True),
        reproduction=_RESOLVER,
        confidence=Confidence.LIKELY,
        explains=(Stage.TCP, Stage.TLS),
        keywords=("0.0.0.0", "pi-hole", "adguard", "split horizon", "hosts file"),
        source="RFC 6761; RFC 1918",
    ),
    Problem(
        code="dns-name-local-only",
        stage=Stage.DNS,
        severity=Severity.ERROR,
        side=Side.CLIENT,
        title="The name {host} is known only {where it is known}",
        cause=(
            "This machine's resolver does not know the name, and a public one never will: it "
            "exists only {where it is known}. The agent runs somewhere else, or in another "
            "network there."
        ),
        remedies=("Set {url_name} in {url_where} to the name that works where the agent runs.",),
        when=Rule(local_names.local_only, fills=("where it is known",)),
        reproduction=_RESOLVER,
        confidence=Confidence.LIKELY,
        refines=("dns-not-found", "dns-failure"),
        keywords=("host.docker.internal", ".svc.cluster.local", ".local", ".internal"),
        source="RFC 6762; Docker, Networking; Kubernetes, DNS for Services",
    ),
)
