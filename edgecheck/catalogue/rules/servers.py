"""dns: what the name servers themselves said after a failed look-up."""

from __future__ import annotations

import re

from ...facts import DnsFacts, Facts, Kind, NameServer
from ...frozen import replace
from ...terms import Confidence, Severity, Side
from ...wording.names import asked
from ..condition import OnKind, Sighting

# The reasons of RFC 8914 (its registry at IANA) that are about DNSSEC, and those of a filter.
_DNSSEC = frozenset(range(5, 13)) | {1, 2, 27}
_FILTERED = frozenset((4, 15, 16, 17, 18))
_FAILURES = (Kind.DNS_NOT_FOUND, Kind.DNS_FAILURE, Kind.DNS_NO_ADDRESS, Kind.DNS_TIMEOUT)


def _seen(facts: Facts, *kinds: Kind) -> DnsFacts | None:
    """Return the facts of a look-up that failed in one of these ways."""
    seen = facts.dns
    if seen is None or seen.failure is None or seen.failure.kind not in kinds:
        return None
    return seen


def _failed(facts: Facts) -> DnsFacts | None:
    seen = _seen(facts, *_FAILURES)
    return seen if seen is not None and seen.servers else None


def _numbers(server: NameServer) -> set[int]:
    return {int(found[0]) for each in server.reasons if (found := re.match(r"\d+", each))}


def is_filtered(seen: DnsFacts) -> bool:
    """Tell whether a server says that it hides the name on purpose."""
    return any(_numbers(server) & _FILTERED for server in seen.servers)


def dangling(facts: Facts) -> Sighting | None:
    """See an alias of a name that does not exist."""
    seen = _failed(facts)
    if seen is None:
        return None
    alias = next((one for one in seen.servers if one.code == "NXDOMAIN" and one.aliases), None)
    if alias is None or any(server.addresses for server in seen.servers):
        return None
    return Sighting(
        values={"chain": " → ".join(alias.aliases), "target": alias.aliases[-1]},
        evidence=asked(facts),
    )


def bogus(facts: Facts) -> Sighting | None:
    """See signatures that are wrong: the server says so, or answers if it need not check them."""
    seen = _failed(facts)
    if seen is None:
        return None
    for server in seen.servers:
        fails = server.code == "SERVFAIL"
        if fails and (_numbers(server) & _DNSSEC or server.unchecked_code == "NOERROR"):
            return Sighting(evidence=asked(facts))
    return None


def zone_broken(facts: Facts) -> Sighting | None:
    """See a resolver that works, and that fails for this name alone."""
    seen = _failed(facts)
    if seen is None or bogus(facts) is not None or is_filtered(seen) or _told(seen) is not None:
        return None
    answering = [server for server in seen.servers if not server.is_silent]
    if not answering or not all(
        server.works and server.code in (None, "SERVFAIL") for server in answering
    ):
        return None
    if any(server.code is not None for server in answering):
        return Sighting(evidence=asked(facts))
    # It waits for the zone's servers, most likely. Or it is slow.
    return Sighting(
        evidence=asked(facts), confidence=Confidence.POSSIBLE, alternatives=("dns-timeout",)
    )


def silent(facts: Facts) -> Sighting | None:
    """See that no name server answers anything."""
    seen = _failed(facts)
    if seen is None or not all(server.is_silent for server in seen.servers):
        return None
    if seen.late_ms is not None:
        return None  # `dns-timeout`: it is slow
    addresses = [server.address for server in seen.servers]
    kept = all(server.kept_back for server in seen.servers)
    here = kept or all(address.startswith("127.") or address == "::1" for address in addresses)
    return Sighting(
        values={"servers": ", ".join(addresses)},
        evidence=asked(facts),
        side=Side.CLIENT if here else Side.NETWORK,
        confidence=Confidence.CERTAIN,
    )


def partly_silent(facts: Facts) -> Sighting | None:
    """See that one of several name servers is silent, and another is not."""
    seen = facts.dns
    if seen is None:
        return None
    mute = [server.address for server in seen.servers if server.is_silent]
    others = [server for server in seen.servers if not server.is_silent]
    if not mute or not others:
        return None
    failed = _failed_by_silence(seen)
    return Sighting(
        values={"servers": ", ".join(mute), "others": ", ".join(one.address for one in others)},
        severity=Severity.ERROR if failed else Severity.WARNING,
        evidence=asked(facts),
        where=seen.host,
    )


def _failed_by_silence(seen: DnsFacts) -> bool:
    """Tell whether a silent server made the look-up fail: another one has the address."""
    mute = any(server.is_silent for server in seen.servers)
    return seen.failure is not None and mute and any(one.addresses for one in seen.servers)


def is_unknown(seen: DnsFacts) -> bool:
    """Tell whether the servers that answer say that there is no such name."""
    codes = {server.code for server in seen.servers if not server.is_silent}
    return codes == {"NXDOMAIN"}


def no_address(facts: Facts) -> Sighting | None:
    """See a name that exists and has no address: the resolver says so, or the servers do.

    glibc calls an alias without an address a name that does not exist.
    """
    found, seen = OnKind(Kind.DNS_NO_ADDRESS).see(facts), _seen(facts, Kind.DNS_NOT_FOUND)
    if found is None and (seen is None or not is_without_address(seen)):
        return None
    chain = next((one.aliases for one in facts.dns.servers if one.aliases), ()) if facts.dns else ()
    if not chain:
        return found or Sighting(evidence=asked(facts))
    if len(set(map(str.lower, chain))) < len(chain):
        return Sighting(
            title="{host} is an alias that leads back to itself",
            cause="The aliases (CNAME) of the domain go round in a circle: " + " → ".join(chain),
            evidence=asked(facts),
        )
    return Sighting(evidence=asked(facts))


def is_without_address(seen: DnsFacts) -> bool:
    """Tell whether the servers that answer have the name, and no address of it."""
    answering = [server for server in seen.servers if not server.is_silent]
    codes = {server.code for server in answering}
    return codes == {"NOERROR"} and not any(server.addresses for server in answering)


def _told(seen: DnsFacts) -> Sighting | None:
    """Say why an answer did not come in time, where more is known than that."""
    if seen.failure is None or seen.failure.kind is not Kind.DNS_TIMEOUT:
        return None
    if seen.late_ms is not None:
        return Sighting(
            title="The resolver answered for {host} only after " + f"{seen.late_ms / 1000:.1f} s",
            cause=(
                "The answer came too late. The DNS server is overloaded or far away, or one that "
                "is asked before it does not answer."
            ),
            remedies=("See how long a look-up takes: `time getent hosts {host}`.",),
        )
    if any(server.truncated and server.over_tcp is False for server in seen.servers):
        return Sighting(
            title="The answer for {host} is too long for UDP, and DNS over TCP gets no answer",
            cause=(
                "The name server's answer does not fit into one packet, so it has to be asked "
                "again over TCP, and a firewall drops that (or the server does not do it)."
            ),
            remedies=("Ask your network's administrators to allow TCP to port 53 as well.",),
        )
    families = {"A": "IPv4", "AAAA": "IPv6"}
    mute = next((one.unanswered for one in seen.servers if one.unanswered and one.addresses), ())
    if not mute:
        return None
    return Sighting(
        title="The resolver does not answer for {host}" + f" for {families.get(mute[0], mute[0])}",
        cause=(
            f"Questions of type {', '.join(mute)} are not answered, and others are. A name server "
            "of the domain, or something on the way, drops what it does not know, and the look-up "
            "waits for it."
        ),
        confidence=Confidence.POSSIBLE,
        remedies=("Ask for the other kind alone: `edgecheck doctor -4` (or -6).",),
        alternatives=("dns-zone-broken",),
    )


def unexplained_failure(facts: Facts) -> Sighting | None:
    """See a failure of the resolver that no other entry explains."""
    return _unexplained(facts, Kind.DNS_FAILURE)


def unexplained_timeout(facts: Facts) -> Sighting | None:
    """See a resolver that does not answer in time, which no other entry explains."""
    return _unexplained(facts, Kind.DNS_TIMEOUT)


def _unexplained(facts: Facts, kind: Kind) -> Sighting | None:
    seen = _seen(facts, kind)
    if seen is None:
        return None
    if not seen.servers:
        return Sighting()
    if _failed_by_silence(seen) or is_unknown(seen):
        return None
    told = _told(seen) or Sighting(confidence=Confidence.LIKELY)
    return replace(told, evidence=asked(facts))
