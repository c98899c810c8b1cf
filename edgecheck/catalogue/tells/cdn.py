"""Error codes and pages of CDNs (pure): Cloudflare, CloudFront, Fastly, Akamai, Vercel's edge."""

from __future__ import annotations

from ...terms import Confidence, Side
from .tell import Tell

_RAY = "Quote the answer's CF-Ray field: under Security, Events it leads to the rule that refused."


def _cloudflare(
    number: str,
    code: str,
    title: str,
    cause: str,
    *steps: str,
    side: Side = Side.INTERMEDIARY,
    sure: Confidence = Confidence.CERTAIN,
) -> Tell:
    """Return the tell of one of Cloudflare's own error numbers, which stand in its page."""
    return Tell(
        code,
        f"{title}: Cloudflare's error {{number}}",
        cause,
        steps,
        page=r"(?:error code:? ?|error\s{0,9}(?:<[^<>]{0,200}>\s{0,9}){1,6}|cf-error-code\">)"
        rf"(?P<number>{number})\b",
        product="Cloudflare",
        side=side,
        confidence=sure,
    )


TELLS: tuple[Tell, ...] = (
    _cloudflare(
        "1010",
        "upgrade-blocked",
        "The Browser Integrity Check refuses this client",
        "Cloudflare looks at the User-Agent and other marks of the client, and this site bans "
        "clients that are not browsers. The backend has not seen the request.",
        "Ask the administrators of Cloudflare to let {endpoint} through without the Browser "
        "Integrity Check: Rules, Configuration Rules, or a custom rule with Skip for this path.",
        "Try another User-Agent meanwhile, and send it from your client if it helps: `edgecheck "
        "doctor -H 'User-Agent: Mozilla/5.0'`.",
    ),
    _cloudflare(
        "10(?:06|07|08)|1106",
        "upgrade-blocked",
        "The address of this machine is banned",
        "The site's owner has banned the client's address or network at Cloudflare. The "
        "backend has not seen the request.",
        "Ask the administrators of Cloudflare to allow this machine's public address: Security, "
        "WAF, Tools, IP Access Rules.",
        _RAY,
    ),
    _cloudflare(
        "1009",
        "upgrade-blocked",
        "The country or region of this machine is banned",
        "The site's owner has banned the country or region that the client's address belongs to. "
        "With a VPN that can be another country than your own.",
        "Ask the administrators of Cloudflare to allow this country, or this machine's public "
        "address: Security, WAF.",
        "Connect from another country, if agents are meant to run there only.",
    ),
    _cloudflare(
        "1015",
        "upgrade-rate-limited",
        "Too many requests from here",
        "A rate limiting rule of the site at Cloudflare counts requests, and got too many from "
        "this address. A client that reconnects without a pause causes this itself.",
        "Stop every client that connects from this network, and wait {wait}. Then let clients "
        "wait 1, 2, 4, … 60 seconds between attempts.",
        "Ask the administrators of Cloudflare to raise the rule's limit for {endpoint}: Security, "
        "WAF, Rate limiting rules.",
        side=Side.CLIENT,
    ),
    _cloudflare(
        "10(?:12|20)",
        "upgrade-blocked",
        "A firewall rule of the site refuses the request",
        "A custom rule of the site's owner at Cloudflare matched this request. The backend has not "
        "seen it.",
        "Ask the administrators of Cloudflare to let {endpoint} through: a custom rule with the "
        "action Skip for this path, before the rule that refused.",
        _RAY,
    ),
    _cloudflare(
        "1003",
        "upgrade-host-not-allowed",
        "Cloudflare accepts names, not addresses",
        "The request named an address of Cloudflare, not the site's host name, so Cloudflare does "
        "not know which site is meant.",
        "Set {url_name} in {url_where} to the host name of the site, not to an address.",
        "Ask the backend's team for that name.",
        side=Side.CLIENT,
    ),
    _cloudflare(
        "10(?:01|02|04|14|16|18)|1000",
        "upgrade-bad-gateway",
        "Cloudflare cannot find the backend of {host}",
        "The DNS record of the backend at Cloudflare is missing, wrong, or leads to Cloudflare "
        "itself (1016: the origin's name has no address; 1000: it is an address of Cloudflare).",
        "Ask the backend's team to repair the record of {host} at Cloudflare, under DNS: it "
        "has to name the backend's own address or host.",
        "Try again some minutes later, if the domain was added just now: `edgecheck doctor`.",
        side=Side.BACKEND,
        sure=Confidence.LIKELY,
    ),
    _cloudflare(
        "1033",
        "upgrade-bad-gateway",
        "The tunnel of {host} has no connector",
        "The name belongs to a Cloudflare Tunnel, and no cloudflared that serves it is connected.",
        "Start cloudflared where the backend runs: `cloudflared tunnel run NAME`. `cloudflared "
        "tunnel info NAME` shows its connectors.",
        "Ask the backend's team whether the name was moved to another tunnel: its DNS record then "
        "still names the old one.",
        side=Side.BACKEND,
    ),
    _cloudflare(
        "11(?:01|02)|1019|1042",
        "upgrade-server-error",
        "The Worker of {host} fails",
        "A Cloudflare Worker answers for this name, and its code raised an error (1101), used up "
        "its time (1102) or called itself (1019).",
        "Ask the backend's team to look at the Worker's log at this moment: `npx wrangler tail`.",
        "Ask them whether {endpoint} should reach that Worker at all: its routes may be too wide.",
        side=Side.BACKEND,
    ),
    _cloudflare(
        "1013",
        "upgrade-host-not-allowed",
        "The TLS name and the Host field differ",
        "Cloudflare compares the name in the TLS handshake with the Host field of the request.",
        "Leave out a Host field of your own (`--header`): both names are then {host}.",
        "Check that no proxy of this network changes the Host field.",
        side=Side.CLIENT,
    ),
    Tell(
        "upgrade-bad-gateway",
        "The tunnel works, and the service behind cloudflared does not answer: HTTP {status}",
        "cloudflared is connected, and cannot reach the service that its configuration names for "
        "{host}: it does not run, or it listens on another address or port. In a container, "
        "localhost is cloudflared's own container.",
        (
            (
                "Ask the backend's team whether the service runs, and whether the address in "
                "cloudflared's ingress rule (or the tunnel's public hostname) is the one where it "
                "listens."
            ),
            "Look into cloudflared's log at this moment: it names the address and the reason.",
        ),
        page=r"unable to reach the origin service",
        statuses=(502, 503, 504),
        side=Side.BACKEND,
        confidence=Confidence.LIKELY,
    ),
    Tell(
        "upgrade-bad-gateway",
        "The backend refuses Cloudflare's connections: HTTP {status}",
        "Cloudflare reached the backend's machine, and its port refused the connection: the web "
        "server is down, or its firewall does not let Cloudflare's addresses in.",
        (
            (
                "Ask the backend's team whether their web server runs, and listens on the port "
                "that "
                "Cloudflare uses (443, or 80 with the TLS mode Flexible)."
            ),
            "Ask them to let Cloudflare's address ranges through their firewall.",
        ),
        statuses=(521,),
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-bad-gateway",
        "The backend does not answer Cloudflare's packets: HTTP {status}",
        "Cloudflare got no answer to its connection in time: the backend's machine is off or "
        "overloaded, its firewall drops Cloudflare's packets, or the DNS record at Cloudflare "
        "names an old address.",
        (
            (
                "Ask the backend's team to let Cloudflare's address ranges through their "
                "firewall, and "
                "whether the machine is up."
            ),
            (
                "Ask them to compare the address in the DNS record of {host} at Cloudflare with "
                "the "
                "machine's."
            ),
        ),
        statuses=(522, 523),
        side=Side.BACKEND,
    ),
    Tell(
        "upgrade-blocked",
        "Cloudflare wants proof of a browser, which no agent can give: HTTP {status}",
        "Cloudflare answers with a challenge (JavaScript, captcha) before it lets a client "
        "through. Programs cannot solve it. The backend has not seen the request.",
        (
            (
                "Ask the administrators of Cloudflare to let {endpoint} through without a "
                "challenge: a "
                "custom rule with Skip for this path. Super Bot Fight Mode can be skipped so; the "
                "free Bot Fight Mode cannot, and agents then need a domain without it."
            ),
            _RAY,
        ),
        fields=(("cf-mitigated", "challenge"),),
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-blocked",
        "CloudFront blocks the country of this machine: HTTP {status}",
        "The distribution's geographic restriction refuses the country that the client's address "
        "belongs to.",
        (
            (
                "Ask the administrators of CloudFront to allow this country: Distribution, "
                "Security, "
                "Geographic restrictions."
            ),
            "Connect from another country, if agents are meant to run there only.",
        ),
        page=r"configured to block access from your country",
        product="CloudFront",
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-blocked",
        "CloudFront refuses the request by a rule: HTTP {status}",
        "The page is CloudFront's own: AWS WAF blocked the request, or the distribution does not "
        "know the host name, or does not allow it. The backend has not seen it.",
        (
            (
                "Ask the administrators of CloudFront to let {endpoint} through: the AWS WAF "
                "rules of "
                "the distribution show which one matched (Sampled requests)."
            ),
            "Ask them whether {host} is among the distribution's alternate domain names.",
        ),
        page=r"request blocked\..{0,400}cloudfront|generated by cloudfront",
        statuses=(403,),
        alternatives=("upgrade-host-not-allowed",),
    ),
    Tell(
        "upgrade-not-found",
        "A storage bucket (S3) answers at {endpoint}, not the backend: HTTP {status}",
        "The document is Amazon S3's: the request went to a bucket of files. CloudFront has no "
        "behaviour for {endpoint}, so its default one, the bucket, takes the request; or the name "
        "leads to the bucket.",
        (
            (
                "Ask the administrators of CloudFront to add a behaviour for {endpoint} that "
                "leads to "
                "the backend's origin, with the origin request policy AllViewer."
            ),
            "Ask the backend's team whether agents have another address than {host}.",
        ),
        page=r"<error>\s*<code>(?:accessdenied|nosuchkey|nosuchbucket|methodnotallowed|"
        r"permanentredirect|invalidrequest)</code>",
        side=Side.INTERMEDIARY,
    ),
    Tell(
        "upgrade-bad-gateway",
        "CloudFront cannot connect to the backend: HTTP {status}",
        "CloudFront's page says that its origin does not answer, or that TLS to it fails.",
        (
            (
                "Ask the backend's team whether the origin runs, lets CloudFront's addresses "
                "in, and "
                "has a certificate for the name that the origin's settings give."
            ),
            "Try again a minute later: `edgecheck doctor`.",
        ),
        page=r"cloudfront (?:wasn't able to|could not|attempted to) (?:connect|resolve|establish)|"
        r"cloudfront.{0,80}(?:can't|couldn't) connect",
        side=Side.BACKEND,
    ),
    Tell(
        "platform-app-missing",
        "Fastly does not know the name {host}: HTTP {status}",
        "No service at Fastly has this domain: it was not added, or the new version of the service "
        "is not active.",
        (
            (
                "Ask the administrators of Fastly to add the domain {host} to the service and to "
                "activate its version."
            ),
            "Check the host in {url_where}.",
        ),
        page=r"fastly error: unknown domain",
        side=Side.INTERMEDIARY,
        confidence=Confidence.LIKELY,
    ),
    Tell(
        "upgrade-websockets-disabled",
        "Fastly has not switched WebSockets on for this service: HTTP {status}",
        "A service at Fastly passes WebSockets on only when the product is switched on and the "
        "configuration hands the request over.",
        (
            (
                "Ask the administrators of Fastly to switch the product WebSockets on for the "
                "service, "
                "and to `return(upgrade)` in vcl_recv."
            ),
            "Run `edgecheck doctor` again afterwards: nothing on this machine has to change.",
        ),
        page=r"(?:websockets?|upgrade).{0,60}not enabled.{0,60}(?:fastly|service)|fastly error: "
        r"upgrade",
        product="Fastly",
        confidence=Confidence.CERTAIN,
    ),
    Tell(
        "upgrade-blocked",
        "Akamai refuses the request: HTTP {status}",
        "The page is Akamai's own: a rule of its firewall or bot manager refused. The reference "
        "in it leads Akamai's administrators to the rule. The backend has not seen the request.",
        (
            (
                "Ask the administrators of Akamai to let {endpoint} through for clients that "
                "are not "
                "browsers, and quote the reference number."
            ),
            (
                "Try from another network: `edgecheck doctor`. If it works there, this address "
                "is the "
                "reason."
            ),
        ),
        page=r"access denied.{0,600}reference(?:&#32;|\s){0,20}(?:#|&#35;)|errors\.edgesuite\.net",
        statuses=(401, 403, 429, 503),
        confidence=Confidence.LIKELY,
    ),
    Tell(
        "upgrade-blocked",
        "Vercel's firewall refuses the request: HTTP {status}",
        "The field x-vercel-mitigated says that the firewall of this project denied the request or "
        "wants a challenge that only browsers pass.",
        (
            (
                "Ask the backend's team to add a bypass rule for {endpoint} in the project's "
                "firewall, "
                "and whether Attack Challenge Mode is on."
            ),
            "Quote the answer's field x-vercel-id.",
        ),
        fields=(("x-vercel-mitigated", ""),),
        side=Side.BACKEND,
        confidence=Confidence.CERTAIN,
    ),
)
