"""tls: a certificate that something on the way, or on this machine, has issued."""

from __future__ import annotations

import re

from ...facts import Facts
from ...terms import Severity, Side
from ...wording.certificates import issuance
from ..condition import OnVerifyCode, Sighting

# Self-signed, and by an authority that is not trusted here.
_UNTRUSTED = OnVerifyCode(2, 18, 19, 20, 21, 27)

# Names that inspection products put into their certificates. They are whole words, so that an
# ordinary organisation whose name contains one is not accused.
_INSPECTORS = (
    "aruba",
    "avast",
    "avg technologies",
    "avg web",
    "barracuda",
    "bitdefender",
    "blue coat",
    "burp",
    "charles proxy",
    "check point",
    "cisco",
    "do_not_trust_fiddlerroot",
    "eset",
    "fiddler",
    "forcepoint",
    "fortigate",
    "fortinet",
    "goskope.com",
    "huawei",
    "iboss",
    "kaspersky",
    "lightspeed",
    "mcafee",
    "menlo security",
    "norton",
    "mitmproxy",
    "netskope",
    "pan-fw",
    "palo alto networks",
    "portswigger",
    "securly",
    "skyhigh",
    "sonicwall",
    "sophos",
    "squid",
    "symantec web",
    "trend micro",
    "ubiquiti",
    "umbrella",
    "unifi",
    "untangle",
    "watchguard",
    "websense",
    "zscaler",
)
_INSPECTOR = r"(?i)(?<![a-z0-9])(?:" + "|".join(map(re.escape, _INSPECTORS)) + r")(?![a-z0-9])"

# Those that people install on their own machine, which is where they inspect.
_ON_THIS_MACHINE = (
    r"(?i)(?<![a-z0-9])(?:avast|avg technologies|avg web|bitdefender|eset|kaspersky|mcafee|norton|"
    r"charles proxy|do_not_trust_fiddlerroot|fiddler|burp|portswigger|mitmproxy)(?![a-z0-9])"
)
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
            if re.search(_INSPECTOR, one.issuer) or (proxy and proxy in one.issuer.lower())
        ),
        None,
    )
    if found is None:
        return None
    here = re.search(_ON_THIS_MACHINE, found.issuer)
    if seen.failure is None:
        severity = Severity.WARNING
    elif _UNTRUSTED.see(facts) is not None:
        severity = Severity.ERROR
    else:
        return None
    return Sighting(
        values={"issuer": found.issuer_organization or found.issuer},
        severity=severity,
        where=facts.target.host or "",
        evidence=(issuance(found),),
        cause=_BY_A_PROGRAM if here else None,
        remedies=_OF_A_PROGRAM if here else (),
        only=bool(here),
        side=Side.CLIENT if here else None,
    )
