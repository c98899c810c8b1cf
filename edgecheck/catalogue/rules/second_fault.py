"""tls: what else is wrong with a certificate that was refused for another reason (pure).

OpenSSL stops at the first fault. Whoever repairs that one alone meets the next one afterwards, with
a certificate that had to be issued twice.
"""

from __future__ import annotations

import ipaddress

from ...facts import Certificate, Facts, Kind
from ...facts.dates import from_rfc3339
from ...wording.certificates import validity
from ..condition import OnVerifyCode, Sighting
from ..numbers import EXPIRED, HOSTNAME, NOT_YET_VALID, SELF_SIGNED, UNKNOWN_ISSUER

_NAMES_SHOWN = 6


def _leaf(facts: Facts, *but: OnVerifyCode) -> Certificate | None:
    """Return a host's certificate that was refused, unless it was for one of these codes."""
    seen = facts.tls
    failure = seen.failure if seen is not None else None
    if seen is None or failure is None or failure.kind is not Kind.TLS_CERTIFICATE:
        return None
    if not seen.chain or any(code.see(facts) is not None for code in but):
        return None
    return seen.chain[0]


def expired(facts: Facts) -> Sighting | None:
    """See a certificate that has expired besides."""
    leaf, now = _leaf(facts, EXPIRED, NOT_YET_VALID), from_rfc3339(facts.started_at)
    end = from_rfc3339(leaf.not_after) if leaf is not None else None
    if leaf is None or now is None or end is None or now <= end:
        return None
    return Sighting(values={"not_after": leaf.not_after}, evidence=(validity(leaf),), second=True)


def not_yet_valid(facts: Facts) -> Sighting | None:
    """See a certificate that is not valid yet besides."""
    leaf, now = _leaf(facts, EXPIRED, NOT_YET_VALID), from_rfc3339(facts.started_at)
    begin = from_rfc3339(leaf.not_before) if leaf is not None else None
    if leaf is None or now is None or begin is None or now >= begin:
        return None
    return Sighting(values={"not_before": leaf.not_before}, evidence=(validity(leaf),), second=True)


def for_other_names(facts: Facts) -> Sighting | None:
    """See a certificate that is for other names besides."""
    leaf, host = _leaf(facts, HOSTNAME), facts.target.host
    # Names of another script are in the certificate in another form.
    if leaf is None or not host or not host.isascii() or covers(leaf.names, host):
        return None
    listed = ", ".join(leaf.names[:_NAMES_SHOWN])
    more = " and more" if len(leaf.names) > _NAMES_SHOWN else ""
    return Sighting(
        values={"names": f"{listed}{more}" if listed else "no name at all"},
        evidence=(f"names in the certificate: {listed or 'none'}{more}",),
        second=True,
    )


def self_signed(facts: Facts) -> Sighting | None:
    """See a certificate that is self-signed besides."""
    leaf = _leaf(facts, SELF_SIGNED, UNKNOWN_ISSUER)
    if leaf is None or not leaf.self_issued:
        return None
    return Sighting(evidence=(f"it is its own issuer: {leaf.issuer}",), second=True)


def covers(names: tuple[str, ...], host: str) -> bool:
    """Tell whether a certificate is for a host (RFC 9525, section 6.3): `*` is one whole label."""
    host = host.lower().rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        beyond = host.partition(".")[2]
        return any(
            name == host or (name.startswith("*.") and beyond == name[2:])
            for name in (each.lower().rstrip(".") for each in names)
        )
    for name in names:
        try:
            if ipaddress.ip_address(name) == address:
                return True
        except ValueError:
            continue
    return False
