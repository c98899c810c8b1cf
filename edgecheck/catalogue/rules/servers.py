"""dns: what the name servers themselves said after a failed look-up."""

from __future__ import annotations

import re

from ...facts import DnsFacts, Facts, Kind, NameServer
from ...terms import Confidence, Severity, Side
from ...wording.names import asked
from ..condition import Rule, Sighting

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
    if seen is None or bogus(facts) is not None or is_filtered(seen):
        return None
    answering = [server for server in seen.servers if not server.is_silent]
    if not answering or not all(
        server.works and server.code in (None, "SERVFAIL") for server in answering
    ):
        return None
    return Sighting(evidence=asked(facts))


def silent(facts: Facts) -> Sighting | None:
    """See that no name server answers anything."""
    seen = _failed(facts)
    if seen is None or not all(server.is_silent for server in seen.servers):
        return None
    addresses = [server.address for server in seen.servers]
    here = all(address.startswith("127.") or address == "::1" for address in addresses)
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


def on_failure(kind: Kind) -> Rule:
    """Return the rule for a failure of the resolver that no other entry explains."""

    def see(facts: Facts) -> Sighting | None:
        seen = _seen(facts, kind)
        if seen is None:
            return None
        if not seen.servers:
            return Sighting()
        if _failed_by_silence(seen) or is_unknown(seen):
            return None
        return Sighting(evidence=asked(facts), confidence=Confidence.LIKELY)

    return Rule(see)
