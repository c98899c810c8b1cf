"""tls: a certificate that something on the way, or on this machine, has issued."""

from __future__ import annotations

import re

from ...facts import Certificate, Facts
from ...terms import Severity, Side
from ...wording.certificates import issuance
from ..condition import OnVerifyCode, Sighting

# Self-signed, and by an authority that is not trusted here.
_UNTRUSTED = OnVerifyCode(2, 18, 19, 20, 21, 27)

# Names that inspection products put into their certificates. They are whole words, so that an
# ordinary organisation whose name contains one is not accused.
_INSPECTORS = (
    "a10 networks",
    "adguard",
    "aruba",
    "avast",
    "avg technologies",
    "avg web",
    "avira",
    "barracuda",
    "bitdefender",
    "blocksi",
    "blue coat",
    "broadcom",
    "burp",
    "cato networks",
    "censornet",
    "charles proxy",
    "check point",
    "cisco",
    "clavister",
    "cloudflare for teams",
    "cloudflare gateway",
    "cloudflare managed",
    "comodo internet security",
    "contentkeeper",
    "cyberoam",
    "deledao",
    "dnsfilter",
    "do_not_trust_fiddlerroot",
    "dr.web",
    "emsisoft",
    "endian",
    "eset",
    "f-secure",
    "fiddler",
    "forcepoint",
    "fortigate",
    "fortinet",
    "fortiproxy",
    "g data",
    "goguardian",
    "goskope.com",
    "hillstone",
    "http toolkit",
    "httptoolkit",
    "huawei",
    "iboss",
    "juniper",
    "k7 computing",
    "kaspersky",
    "kerio",
    "lightspeed",
    "linewize",
    "mcafee",
    "menlo security",
    "mitmproxy",
    "netskope",
    "netspark",
    "nextdns",
    "norton",
    "open systems",
    "opendns",
    "owasp root ca",
    "owasp zap",
    "owasp zed attack proxy",
    "palo alto networks",
    "pan-fw",
    "panda security",
    "perimeter 81",
    "portswigger",
    "prisma access",
    "proxyman",
    "quick heal",
    "sangfor",
    "secure web gateway",
    "securly",
    "skyhigh",
    "smoothwall",
    "sonicwall",
    "sophos",
    "squid",
    "stormshield",
    "symantec web",
    "todyl",
    "trend micro",
    "ubiquiti",
    "umbrella",
    "unifi",
    "untangle",
    "versa networks",
    "watchguard",
    "webroot",
    "websense",
    "zap root ca",
    "zenarmor",
    "zscaler",
)
# What any product of this kind may call its authority.
_BY_ITS_PURPOSE = (
    r"(?:ssl|tls|https|traffic)[ -](?:inspection|interception|decryption|proxy|filter(?:ing)?)"
    r"|deep[ -]inspection|web[ -]?filter|content[ -]?filter|forward[ -](?:un)?trust|web[ -]shield"
)
_INSPECTOR = (
    r"(?i)(?<![a-z0-9])(?:"
    + "|".join((*map(re.escape, _INSPECTORS), _BY_ITS_PURPOSE))
    + r")(?![a-z0-9])"
)

# Those that people install on their own machine, which is where they inspect.
_ON_THIS_MACHINE = (
    r"(?i)(?<![a-z0-9])(?:avast|avg technologies|avg web|bitdefender|eset|kaspersky|mcafee|norton|"
    r"charles proxy|do_not_trust_fiddlerroot|fiddler|burp|portswigger|mitmproxy|adguard|avira"
    r"|comodo internet security|dr\.web|emsisoft|f-secure|g data|http ?toolkit|k7 computing|nextdns"
    r"|owasp|panda security|proxyman|quick heal|webroot|zap root ca|web[ -]shield)(?![a-z0-9])"
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
    if organization and re.search(_INSPECTOR, organization):
        return organization
    common = re.search(r"CN=([^,\\]+)", certificate.issuer)
    if common is not None and re.search(_INSPECTOR, common[1]):
        return common[1]
    return organization or certificate.issuer
