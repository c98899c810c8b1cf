"""Pages of a network's own filters, and of web application firewalls before a site (pure)."""

from __future__ import annotations

from ...terms import Side
from .tell import Tell

_REFUSALS = (200, 302, 400, 401, 403, 405, 406, 429, 444, 451, 456, 468, 501, 502, 503, 999)


def _filter(name: str, page: str) -> Tell:
    """Return the tell of a filter that stands in the client's own network."""
    return Tell(
        "upgrade-blocked",
        f"A web filter of this network ({name}) refuses {{host}}: HTTP {{status}}",
        f"The page is that of {name}, which companies, schools and providers put between their "
        "network and the internet. The request has not left it: neither the site nor the backend "
        "has seen it.",
        (
            (
                f"Ask your network's administrators to allow {{host}} in {name}, with "
                f"WebSockets, and "
                "quote the category or rule that the page names."
            ),
            (
                "Try from another network, such as a phone's hotspot: `edgecheck doctor`. If it "
                "works "
                "there, that is the proof."
            ),
        ),
        page=page,
        statuses=_REFUSALS,
        side=Side.NETWORK,
    )


def _firewall(
    name: str,
    page: str,
    line: str,
    fields: tuple[tuple[str, str], ...] = (),
    statuses: tuple[int, ...] = _REFUSALS,
    product: str = "",
) -> Tell:
    """Return the tell of a web application firewall that stands before the site."""
    return Tell(
        "upgrade-blocked",
        f"A firewall before the site ({name}) refuses the request: HTTP {{status}}",
        f"The page or the fields are those of {name}: one of its rules matched the request. The "
        "backend has not seen it, so the secret is not the reason.",
        (
            f"Ask the administrators of {name} to {line}",
            "Quote the answer: an id in its page or fields leads them to the rule.",
        ),
        page=page,
        product=product,
        fields=fields,
        statuses=statuses,
        side=Side.INTERMEDIARY,
    )


_LET_THROUGH = "let {endpoint} through for clients that are not browsers."

TELLS: tuple[Tell, ...] = (
    _filter("FortiGuard", r"fortiguard|fortigate|web filter violation"),
    _filter("Zscaler", r"zscaler"),
    Tell(
        "upgrade-captive-portal",
        "This network's filter ({filter}) wants a log-in first",
        "The redirect leads to the log-in of a filter that companies and schools put between their "
        "network and the internet. The request has not left the network.",
        (
            (
                "Open `http://example.com` in a browser on this machine, and log in there; then "
                "run "
                "`edgecheck doctor` again."
            ),
            (
                "Ask your network's administrators to let this machine, or {host}, through "
                "{filter} "
                "without a log-in, if it has no browser."
            ),
        ),
        fields=(
            (
                "location",
                (
                    r"(?P<filter>zscaler|fortinet|fgtauth|opendns|umbrella|netskope|forcepoint|"
                    r"websense|bluecoat|sophos|cloudflare-gateway)"
                ),
            ),
        ),
        statuses=(302, 303, 307),
        side=Side.CLIENT,
    ),
    _filter("Cisco Umbrella", r"block\.opendns\.com|cisco umbrella|opendns"),
    _filter("Symantec or Blue Coat", r"blue ?coat|policy_denied|symantec web|proxysg"),
    _filter("McAfee or Skyhigh Web Gateway", r"mwg-internal|mcafee web gateway|skyhigh"),
    _filter("Forcepoint or Websense", r"websense|forcepoint|content blocked by your organization"),
    _filter("Palo Alto Networks", r"palo alto networks|web page blocked.{0,900}category"),
    _filter("Sophos", r"sophos (?:web|utm|xg|firewall)|blocked by sophos"),
    _filter("Netskope", r"netskope"),
    _filter("Check Point", r"usercheck|check ?point (?:software|url filtering)"),
    _filter("Barracuda Web Filter", r"barracuda (?:web (?:filter|security)|networks)"),
    _filter("a proxy with a block list", r"e2guardian|dansguardian|squidguard|untangle|smoothwall"),
    _firewall(
        "ModSecurity",
        r"mod_?security|<title>not acceptable!",
        "switch the rule off for {endpoint}: its number stands in the audit log "
        "(`SecRuleRemoveById NUMBER` in a Location of that path).",
    ),
    _firewall(
        "F5",
        r"the requested url was rejected\. please consult with your administrator",
        "look up the support id that the page gives, and " + _LET_THROUGH,
    ),
    _firewall("FortiWeb", r"fortiweb|attack id: ?\d", _LET_THROUGH),
    _firewall(
        "Imperva",
        "",
        "look up the incident id that the page gives, and " + _LET_THROUGH,
        product="Imperva",
    ),
    _firewall("Sucuri", "", _LET_THROUGH, product="Sucuri"),
    _firewall(
        "AWS WAF",
        r"<center><h1>403 forbidden</h1></center>\s*</body>\s*</html>\s*$",
        "allow {endpoint} in the web ACL of this load balancer (AWS WAF, Sampled requests).",
        fields=(("server", r"awselb"),),
        statuses=(403,),
    ),
    # A challenge is for browsers, which solve it with a script and ask again.
    _firewall(
        "AWS WAF",
        "",
        "leave {endpoint} out of the rule with the action {action}: no client but a browser can "
        "solve it (AWS WAF, the web ACL of this distribution or load balancer).",
        fields=(("x-amzn-waf-action", r"(?P<action>challenge|captcha)"),),
        statuses=(202, 403, 405),
    ),
    _firewall(
        "Azure's web application firewall",
        r"azure waf|azure web application firewall|the request is blocked\.|x-azure-ref",
        "look up the reference that the page gives in the WAF's log, and " + _LET_THROUGH,
        statuses=(403,),
    ),
    _firewall("DataDome", r"captcha-delivery\.com|datadome", _LET_THROUGH),
    _firewall("HUMAN (PerimeterX)", r"px-captcha|perimeterx|_pxappid", _LET_THROUGH),
    _firewall(
        "CrowdSec",
        r"crowdsec",
        "remove this machine's public address from the decisions: `cscli decisions list`, `cscli "
        "decisions delete --ip ADDRESS`.",
    ),
    _firewall("Radware", r"unauthorized activity has been detected.{0,300}case", _LET_THROUGH),
    _firewall("Wordfence", r"wordfence", _LET_THROUGH),
    _firewall("DDoS-Guard", r"ddos-guard", _LET_THROUGH),
    _firewall("Alibaba Cloud WAF", r"errors\.aliyun\.com|aliyun_waf", _LET_THROUGH),
    _firewall("BunkerWeb", r"bunkerweb", _LET_THROUGH),
    _firewall("SafeLine", r"safeline|chaitin", _LET_THROUGH),
    _firewall("Anubis", r"making sure you(?:'|&#39;)re not a bot", _LET_THROUGH),
    _firewall("Barracuda WAF", r"barracuda.{0,40}(?:waf|application firewall)", _LET_THROUGH),
    _firewall(
        "Fastly's Next-Gen WAF",
        r"^not acceptable\s+.{0,40}$",
        _LET_THROUGH,
        fields=(("x-served-by", "cache-"),),
        statuses=(406,),
    ),
)
