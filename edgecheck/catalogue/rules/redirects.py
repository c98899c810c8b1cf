"""upgrade: where a redirect leads, and what may be put into BACKEND_URL because of it.

Two things are never offered: ``ws://`` in place of ``wss://``, because the secret would travel in
the clear, and a host of somebody else, because it would get the secret.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from ...escapes import escape, unescape
from ...facts import Facts, HttpResponse
from ...frozen import dataclass
from ...settings.url import DEFAULT_PORTS
from ...terms import Confidence, Side
from ..condition import Sighting
from ..numbers import REDIRECTS
from ..products import Cure
from ..steps import TRUST_FORWARDED
from .responses import body_of, is_html, refusal
from .witness import author_of, cures, is_local, passed_on_by

# The rest of a longer address does not help, and fills the screen.
_ADDRESS_SHOWN = 200

# Addresses to which only log-in gateways and identity providers send.
_GATEWAYS: tuple[tuple[str, str], ...] = (
    ("Cloudflare Access", r"cloudflareaccess\.com|/cdn-cgi/access/"),
    ("Google", r"//accounts\.google\.com/|gcp-iap|identitytoolkit"),
    (
        "Microsoft Entra",
        r"login\.(?:microsoftonline\.|windows\.net)|/\.auth/login|b2clogin",
    ),
    ("Okta", r"\.okta(?:preview|-emea)?\.com/"),
    ("Auth0", r"\.auth0\.com/"),
    ("AWS Cognito", r"\.amazoncognito\.com/"),
    ("oauth2-proxy", r"/oauth2/(?:start|sign_in|auth)\b"),
    ("authentik", r"outpost\.goauthentik\.io|/application/o/authorize|/if/flow/"),
    ("Keycloak", r"/realms/[^/?]+/protocol/"),
    ("Vercel's log-in", r"vercel\.com/sso|/_vercel/sso"),
    ("GitHub", r"github\.com/login"),
    ("Authelia", r"[?&](?:rd|rm)=(?:https?|wss?)"),
    ("Pomerium", r"/\.pomerium/"),
    ("an OAuth log-in", r"/oauth/authorize"),
    ("a SAML identity provider", r"[?&]SAMLRequest=|/saml2?/|/adfs/"),
)
# A path or a query that any log-in has.
_LOG_IN_ADDRESS = (
    r"(?i)/(?:[\w-]*[-_])?(?:log[-_]?in|sign[-_]?in|auth|oauth2?|sso|authorize|session/new|"
    r"accounts?/log-?in)(?:[/?#.]|$)|[?&](?:redirect_uri|response_type|client_id)=|[?&]next=/|"
    r"//(?:[\w-]+\.)*(?:login|signin|sso|auth|idp|accounts|identity|id)\."
)
# The page of a log-in itself, on the backend's own host.
_OWN_LOG_IN = r"(?i)/(?:[\w-]*[-_])?(?:log[-_]?in|sign[-_]?in|session/new)(?:[/?#.]|$)"
_LOG_IN_PAGE = (
    r"(?is)<input[^>]+type=[\"']?password|sign in with |log in with |"
    r"<title>[^<]*(?:log|sign)[- ]?in"
)


@dataclass(frozen=True)
class Redirect:
    """A redirect, read.

    Args:
        response: the answer.
        address: the absolute address that it names, escaped; empty if it names none.
        scheme, host: of that address.
        suggested: what to set BACKEND_URL to; empty if nothing may be offered.
        same_host: it stays on the backend's host.
        same_path: it keeps the path.
        slash: it changes nothing but a slash at the end of the path.
        loop: it leads to the address that was asked for.
    """

    response: HttpResponse
    address: str = ""
    scheme: str = ""
    host: str = ""
    suggested: str = ""
    same_host: bool = False
    same_path: bool = False
    slash: bool = False
    loop: bool = False


def redirect_of(facts: Facts) -> Redirect | None:
    """Read the redirect that answered the opening handshake; None if there was none."""
    response = refusal(facts)
    if response is None or response.status not in REDIRECTS.numbers:
        return None
    location = response.field("location") or ""
    if not location:
        return Redirect(response)
    try:
        base = urlsplit(facts.target.url or "")
        secure = base.scheme == "wss"
        absolute = urljoin(
            f"{'https' if secure else 'http'}://{base.netloc}{base.path}", unescape(location)
        )
        parts = urlsplit(absolute)
        host, port = (parts.hostname or "").lower(), parts.port
        own, own_port = (base.hostname or "").lower(), base.port
    except ValueError:
        return Redirect(response, location[:_ADDRESS_SHOWN])
    scheme = {"https": "wss", "http": "ws"}.get(parts.scheme, parts.scheme)
    usual = DEFAULT_PORTS.get(scheme)
    same_way = scheme == base.scheme and (port or usual) == (own_port or usual)
    return Redirect(
        response,
        escape(absolute, _ADDRESS_SHOWN),
        scheme,
        host,
        _suggestion(facts, absolute, scheme, is_related(own, host)),
        host == own,
        parts.path == base.path,
        host == own
        and same_way
        and parts.path != base.path
        and parts.path.rstrip("/") == base.path.rstrip("/"),
        host == own and same_way and parts.path == base.path,
    )


def _suggestion(facts: Facts, absolute: str, scheme: str, related: bool) -> str:
    """Return what may be put into BACKEND_URL, or nothing."""
    own, parts = facts.target.url or "", urlsplit(absolute)
    downgrade = own.startswith("wss://") and scheme != "wss"
    if not related or downgrade or scheme not in ("ws", "wss"):
        return ""
    path = parts.path.removesuffix("/").removesuffix(facts.profile.path)
    suggested = f"{scheme}://{parts.netloc}{path if path != '/' else ''}"
    # It was unescaped to parse it, and is still text from the network.
    plain = escape(suggested) == suggested and len(suggested) <= _ADDRESS_SHOWN
    has_user = "@" in parts.netloc
    asked = own.partition("?")[0].removesuffix(facts.profile.path)
    return suggested if plain and not has_user and suggested != asked else ""


def is_related(own: str, other: str) -> bool:
    """Tell whether two host names certainly belong to the same owner.

    One has to be the other, or below it. Names beside each other may belong to two customers of a
    hosting platform.
    """
    if not own or not other or own == other:
        return bool(own) and own == other
    shorter, longer = sorted((own, other), key=len)
    below = longer.endswith(f".{shorter}") and "." in shorter
    return below and longer.removesuffix(f".{shorter}") == "www"


def redirected(facts: Facts) -> Sighting | None:
    """See a redirect; one to another host may not be the backend's."""
    found = redirect_of(facts)
    if found is None:
        return None
    values = {
        "location": found.address or "nowhere: it has no Location field",
        "suggested": found.suggested or _UNKNOWN,
    }
    if found.same_host and re.search(_OWN_LOG_IN, found.address):
        # Its address is offered to nobody: it is not a WebSocket.
        return Sighting(
            values={**values, "suggested": _UNKNOWN},
            side=Side.BACKEND,
            confidence=Confidence.LIKELY,
            title="The site's own log-in stands before {endpoint}: it redirects to {location}",
            remedies=(_EXEMPT, _ASK_FOR_ADDRESS),
            only=True,
            alternatives=("upgrade-login-required",),
        )
    if found.slash:
        return Sighting(
            values=values,
            side=Side.BACKEND,
            confidence=Confidence.LIKELY,
            cause=_SLASH,
            remedies=(_WITHOUT_SLASH, _SLASH_IN_PROFILE),
            only=True,
        )
    if found.suggested and found.same_host:
        moved = not found.same_path
        return Sighting(
            values=values,
            confidence=Confidence.LIKELY if moved else Confidence.CERTAIN,
            between=(_LEAVE_OUT,) if moved else (),
        )
    if found.suggested:
        return Sighting(values=values, confidence=Confidence.LIKELY)
    foreign = bool(found.host) and not found.same_host
    log_in = re.search(_LOG_IN_ADDRESS, found.address) is not None
    return Sighting(
        values=values,
        confidence=Confidence.LIKELY,
        side=Side.CLIENT,
        remedies=(
            *((_EXEMPT,) if log_in else ()),
            _ASK_FOR_ADDRESS,
            *((_NOT_THERE,) if foreign else ()),
        ),
        only=True,
        alternatives=("upgrade-login-required",) if foreign or log_in else (),
    )


_UNKNOWN = "<the address that the backend's team gives you>"
_SLASH = (
    "The server sends the request to the same path with another end: with a slash, or without it. "
    "WebSocket clients do not follow redirects, so both paths have to be the same."
)
_WITHOUT_SLASH = (
    "Ask the backend's team to accept {endpoint} as it is: Django's `APPEND_SLASH`, Starlette's "
    "`redirect_slashes`, `trailingSlash` of Next.js, or a `location` of nginx that ends in a slash "
    "redirects."
)
_SLASH_IN_PROFILE = (
    "Ask for the path with the right slash otherwise: `path` in a profile (`edgecheck profile`), "
    "and in your own client."
)
_LEAVE_OUT = (
    "Ask the backend's team whether something that rewrites paths (a language, a tenant) should "
    "leave {endpoint} out, if that address is not the agents'."
)
_EXEMPT = (
    "Ask the backend's team to exempt {endpoint} from the log-in, to which the redirect leads: the "
    "backend checks the secret itself."
)
_ASK_FOR_ADDRESS = (
    "Ask the backend's team for the right address, and set `{url_name}={suggested}` in {url_where}."
)
_NOT_THERE = (
    "Do not put the address of the redirect into {url_name}: the secret would be sent to somebody "
    "else's host."
)


def insecure(facts: Facts) -> Sighting | None:
    """See a redirect from wss to http on the same host, or one that leads to itself."""
    found = redirect_of(facts)
    own = facts.target.url or ""
    if found is None or not own.startswith("wss://"):
        return None
    down = found.scheme == "ws" and is_related(host_in(own), found.host)
    if not down and not (found.loop and found.same_host):
        return None
    seen = passed_on_by(found.response)
    # The entry's own steps name a CDN too; the one that was seen stands for it.
    steps = cures(found.response, Cure.TLS)
    here = is_local(facts) and not seen
    return Sighting(
        values={"location": found.address},
        confidence=Confidence.LIKELY,
        side=Side.BACKEND if here else Side.INTERMEDIARY,
        remedies=(*steps, TRUST_FORWARDED) if steps or here else (),
        only=bool(steps),
    )


def login_required(facts: Facts) -> Sighting | None:
    """See a log-in gateway before the host."""
    found = redirect_of(facts)
    response = refusal(facts)
    if response is None:
        return None
    if found is not None:
        return _to_log_in(found)
    # Its page does not name it, its fields do.
    seen = (author_of(response), *passed_on_by(response))
    by_access = any(one is not None and one.name == "Cloudflare Access" for one in seen)
    if by_access and response.status in (401, 403):
        return _login("Cloudflare Access", Confidence.LIKELY, response)
    challenge = response.field("www-authenticate") or ""
    page = is_html(response) and re.search(_LOG_IN_PAGE, body_of(response))
    if page and response.status in (200, 401, 403) and not challenge:
        return _login("a log-in page", Confidence.POSSIBLE, response)
    return None


def _to_log_in(found: Redirect) -> Sighting | None:
    for name, address in _GATEWAYS:
        if re.search(address, found.address, re.IGNORECASE):
            return _login(name, Confidence.CERTAIN, found.response)
    # A page of the backend's own site is not a gateway, and a gateway is reached over TLS.
    elsewhere = not found.same_host and found.scheme == "wss"
    if elsewhere and re.search(_LOG_IN_ADDRESS, found.address):
        return _login("a log-in", Confidence.LIKELY, found.response)
    return None


def _login(name: str, confidence: Confidence, response: HttpResponse) -> Sighting:
    own = _own_bypass(name) or cures(response, Cure.LOG_IN)
    return Sighting(
        values={"gateway": name},
        confidence=confidence,
        remedies=(*own, _AGENTS_ADDRESS) if own else (),
        only=bool(own),
        alternatives=() if confidence is Confidence.CERTAIN else ("upgrade-redirected",),
    )


_AGENTS_ADDRESS = (
    "Ask the backend's team for the address that agents use, if it is another one. The log-in's "
    "own "
    "address is not the backend's: the secret would be sent there."
)


def _own_bypass(name: str) -> tuple[str, ...]:
    """Return how this gateway lets a path through."""
    line = {
        "Cloudflare Access": (
            "add a bypass policy for the path {endpoint} (Zero Trust, Access, Applications), or to "
            "give agents a service token"
        ),
        "oauth2-proxy": 'let {endpoint} through: `--skip-auth-route="GET=^{endpoint}"`',
        "Authelia": "add a rule with `policy: bypass` and `resources: ['^{endpoint}']`",
        "authentik": "add {endpoint} to the provider's unauthenticated paths",
        "Microsoft Entra": "exempt {endpoint}: `excludedPaths` in the app's auth settings",
        "Google": "take {endpoint} out of the identity-aware proxy",
    }.get(name)
    return (f"Ask the administrators of {name} to {line}.",) if line else ()


def host_in(url: str) -> str:
    """Return the host of an address; an empty text if it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
