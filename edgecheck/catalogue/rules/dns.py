"""dns: names without an address, and names with the wrong address."""

from __future__ import annotations

import ipaddress
import re

from ...facts import DnsFacts, Facts, Kind, Stage
from ...terms import Confidence, Severity, Side
from ...wording.evidence import evidence_of
from ...wording.names import asked
from ..condition import OnKind, Sighting
from . import servers

# RFC 6761, RFC 6762, RFC 8375, and the names that home and office routers use: a private name may
# lead to a private address.
_PRIVATE_SUFFIXES = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
    "test",
    "invalid",
    "example",
    "onion",
)
# RFC 6598 is what carrier-grade NAT and overlay networks use; `is_private` leaves it out.
_SHARED = ipaddress.ip_network("100.64.0.0/10")
# RFC 5737 and RFC 3849: for documentation. No blocker and no private network answers with these.
_DOCUMENTATION = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"),
    )
)
# RFC 2606: these names, and all under them, are reserved for examples.
_RESERVED = r"(?:.*\.)?(?:example\.(?:com|net|org)|example|invalid|test)"
_YOURS = r"(?:your|my)[-_]?(?:app|backend|host|server|service|domain|project)\b.*"
_ASK_FOR_ADDRESS = (
    "Ask the backend's team for its address, and set {url_name} to it, in {url_where}."
)


def sinkhole(facts: Facts) -> Sighting | None:
    """See a public name that leads to this machine or to a private address."""
    seen = facts.dns
    if seen is None or seen.literal or not seen.addresses:
        return None
    if facts.target.proxy is not None or facts.target.connect_to is not None:
        return None  # the name is not the backend's
    if not _is_public_name(seen.host) or not all(map(_is_sunk, seen.addresses)):
        return None
    failed = (facts.tcp is not None and facts.tcp.failure is not None) or _is_another_server(facts)
    # If the right server answers anyway, the name has one address inside this network and another
    # one outside: split horizon.
    return Sighting(
        values={"addresses": ", ".join(seen.addresses)},
        severity=Severity.ERROR if failed else Severity.WARNING,
        confidence=Confidence.LIKELY,
        where=seen.host,
        evidence=(
            f"{seen.host} resolves to {', '.join(seen.addresses)}",
            *((f"the address is from {seen.hosts_line}",) if seen.hosts_line else ()),
        ),
        cause=_BY_HOSTS_FILE if seen.hosts_line else None,
        remedies=_remove_line(seen.hosts_line) if seen.hosts_line else (),
        only=bool(seen.hosts_line),
        side=Side.CLIENT if seen.hosts_line else None,
    )


_BY_HOSTS_FILE = (
    "This machine's own hosts file gives {host} that address, and no name server is asked then. "
    "Such a line is often left over from development or from a move, or a blocker wrote it."
)


def _remove_line(where: str) -> tuple[str, ...]:
    path, _, number = where.rpartition(":")
    return (
        f"Remove {{host}} from line {number} of {path}, and look again: `edgecheck doctor`.",
        "Compare with a public resolver: `dig +short {host} @1.1.1.1`.",
    )


def _is_public_name(host: str) -> bool:
    name = host.rstrip(".").lower()
    return "." in name and not any(
        name == suffix or name.endswith(f".{suffix}") for suffix in _PRIVATE_SUFFIXES
    )


def _is_sunk(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:  # in a report that somebody wrote by hand
        return False
    if any(address in network for network in _DOCUMENTATION):
        return False
    return (
        address.is_unspecified
        or address.is_loopback
        or address.is_private
        or address.is_link_local
        or address in _SHARED
    )


def _is_another_server(facts: Facts) -> bool:
    """Tell whether the certificate is refused and is not even issued for the name."""
    seen = facts.tls
    if (
        seen is None
        or seen.failure is None
        or seen.failure.kind is not Kind.TLS_CERTIFICATE
        or not seen.chain
    ):
        return False
    host = seen.server_name.rstrip(".").lower()
    # RFC 9525, section 6.3: a wildcard replaces one label, the first.
    return not any(
        name.lower() in (host, f"*.{host.partition('.')[2]}") for name in seen.chain[0].names
    )


def not_found(facts: Facts) -> Sighting | None:
    """See a name that does not exist; names from examples never exist."""
    sighting = OnKind(Kind.DNS_NOT_FOUND).see(facts)
    seen = facts.dns
    unknown = seen is not None and seen.failure is not None and servers.is_unknown(seen)
    if sighting is None and not unknown:
        return None
    if seen is not None and servers.is_without_address(seen):
        return None
    if facts.dns is not None and facts.dns.servers:
        sighting = _with_servers(facts, facts.dns)
    host = facts.dns.host if facts.dns is not None else ""
    if sighting is None or host != facts.target.host or not is_example(host):
        return sighting
    return Sighting(
        evidence=(
            *evidence_of(Stage.DNS, facts),
            f"`{host}` is a name from an example: no server has it",
        ),
        remedies=(_ASK_FOR_ADDRESS,),
    )


def _with_servers(facts: Facts, seen: DnsFacts) -> Sighting:
    """Say whose turn it is if a name server has the name, or says that it hides it."""
    hidden = servers.is_filtered(seen) or any(server.addresses for server in seen.servers)
    return Sighting(
        evidence=asked(facts),
        side=Side.NETWORK if hidden else None,
        confidence=Confidence.LIKELY if hidden else None,
    )


def is_example(host: str) -> bool:
    """Tell whether a name stands in examples only."""
    name = host.rstrip(".").lower()
    return any(re.fullmatch(pattern, name) for pattern in (_RESERVED, _YOURS))
