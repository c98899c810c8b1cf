"""tls: a certificate that something on the way, or on this machine, has issued."""

from __future__ import annotations

import re

from ...facts import Certificate, Facts
from ...terms import Severity, Side
from ...wording.certificates import issuance
from ..condition import OnVerifyCode, Sighting
from ..inspectors import ISSUES, ISSUES_HERE

# Self-signed, and by an authority that is not trusted here.
_UNTRUSTED = OnVerifyCode(2, 18, 19, 20, 21, 27)

_BY_A_PROGRAM = (
    "A program on this machine, such as an antivirus or a debugging proxy, inspects encrypted "
    "traffic, and shows a certificate of its own. Browsers here trust it; programs with a trust "
    "store of their own do not. It can also read the secret."
)
_OF_A_PROGRAM = (
    (
        "Switch the inspection of encrypted connections off in {issuer}, or add {host} to its "
        "exceptions. In an antivirus it is called HTTPS scanning, SSL scanning or web shield."
    ),
    "Look again afterwards: `edgecheck doctor`.",
    (
        "Use the program's own root certificate, if the inspection has to stay: export it there, "
        "then `edgecheck doctor --ca-file inspection-root.pem`."
    ),
)


def intercepted(facts: Facts) -> Sighting | None:
    """See a certificate that an inspection product, or the proxy, has issued."""
    seen = facts.tls
    if seen is None or not seen.chain:
        return None
    proxy = facts.proxy.host.lower() if facts.proxy else ""
    found = next(
        (
            one
            for one in seen.chain
            if ISSUES.search(one.issuer) or (proxy and proxy in one.issuer.lower())
        ),
        None,
    )
    if found is None:
        return None
    here = ISSUES_HERE.search(found.issuer)
    if seen.failure is None:
        severity = Severity.WARNING
    elif _UNTRUSTED.see(facts) is not None:
        severity = Severity.ERROR
    else:
        return None
    return Sighting(
        values={"issuer": _name_of(found)},
        severity=severity,
        where=facts.target.host or "",
        evidence=(issuance(found),),
        cause=_BY_A_PROGRAM if here else None,
        remedies=_OF_A_PROGRAM if here else (),
        only=bool(here),
        side=Side.CLIENT if here else None,
    )


def _name_of(certificate: Certificate) -> str:
    """Return what names the product: the organization of the issuer, or its common name."""
    organization = certificate.issuer_organization
    if organization and ISSUES.search(organization):
        return organization
    common = re.search(r"CN=([^,\\]+)", certificate.issuer)
    if common is not None and ISSUES.search(common[1]):
        return common[1]
    return organization or certificate.issuer
