"""Products that read or filter traffic, by the names that they put into it (pure).

One table for every rule: who issued a certificate, who answers CONNECT. Names are whole words, so
that an ordinary organisation whose name contains one is not accused.
"""

from __future__ import annotations

import re

from ..late import compiled

# Products of networks that do nothing else: their name says enough, wherever it stands.
_FILTERS = (
    "barracuda",
    "blocksi",
    "blue coat",
    "bluecoat",
    "cato networks",
    "censornet",
    "check point",
    "clavister",
    "cloudflare for teams",
    "cloudflare gateway",
    "cloudflare managed",
    "contentkeeper",
    "cyberoam",
    "deledao",
    "dnsfilter",
    "forcepoint",
    "fortigate",
    "fortiguard",
    "fortinet",
    "fortiproxy",
    "goguardian",
    "goskope.com",
    "hillstone",
    "iboss",
    "kerio",
    "lightspeed",
    "linewize",
    "mcafee",
    "menlo security",
    "netskope",
    "netspark",
    "opendns",
    "palo alto networks",
    "pan-fw",
    "perimeter 81",
    "prisma access",
    "sangfor",
    "secure web gateway",
    "securly",
    "skyhigh",
    "smoothwall",
    "sonicwall",
    "sophos",
    "stormshield",
    "symantec web",
    "todyl",
    "trend micro",
    "umbrella",
    "untangle",
    "watchguard",
    "websense",
    "zenarmor",
    "zscaler",
)
# Makers whose name stands for much else: it says something only as the issuer of a certificate.
_MAKERS = (
    "a10 networks",
    "aruba",
    "broadcom",
    "cisco",
    "endian",
    "huawei",
    "juniper",
    "open systems",
    "squid",
    "ubiquiti",
    "unifi",
    "versa networks",
)
# Programs that people install on their own machine, which is where they inspect. A few of them have
# a namesake in networks.
_ON_THIS_MACHINE = (
    "adguard",
    "avast",
    "avg technologies",
    "avg web",
    "avira",
    "bitdefender",
    "burp",
    "charles proxy",
    "comodo internet security",
    "do_not_trust_fiddlerroot",
    "dr.web",
    "emsisoft",
    "eset",
    "f-secure",
    "fiddler",
    "g data",
    "http toolkit",
    "httptoolkit",
    "k7 computing",
    "kaspersky",
    "mcafee",
    "mitmproxy",
    "nextdns",
    "norton",
    "owasp root ca",
    "owasp zap",
    "owasp zed attack proxy",
    "panda security",
    "portswigger",
    "proxyman",
    "quick heal",
    "webroot",
    "zap root ca",
)
# What any product of this kind may call its authority.
_BY_ITS_PURPOSE = (
    r"(?:ssl|tls|https|traffic)[ -](?:inspection|interception|decryption|proxy|filter(?:ing)?)"
    r"|deep[ -]inspection|web[ -]?filter|content[ -]?filter|forward[ -](?:un)?trust|web[ -]shield"
)


def _any_of(*names: str, more: str = "") -> str:
    each = "|".join((*map(re.escape, names), *filter(None, (more,))))
    return rf"(?i)(?<![a-z0-9])(?:{each})(?![a-z0-9])"


# In the issuer of a certificate.
ISSUES = compiled(_any_of(*_FILTERS, *_MAKERS, *_ON_THIS_MACHINE, more=_BY_ITS_PURPOSE))
ISSUES_HERE = compiled(_any_of(*_ON_THIS_MACHINE, more=r"owasp|web[ -]shield"))
# In an answer that a proxy of a network gives.
ANSWERS = compiled(_any_of(*_FILTERS, more=r"palo alto|menlo|symantec"))
