"""proxy: what a refusal of CONNECT says."""

from __future__ import annotations

import ipaddress
import re

from ...facts import Facts, HttpResponse, Kind
from ...facts.text import unescape
from ...late import compiled
from ...settings.url import is_loopback
from ...terms import Confidence, Side
from ..condition import OnKind, Sighting

# Web servers that are not proxies also answer CONNECT with these: nginx, uvicorn, node.
_WEB_SERVERS_TOO = frozenset({400, 404, 405, 501})


def denied(facts: Facts) -> Sighting | None:
    """See a proxy that refuses the tunnel; it may also be a web server."""
    if OnKind(Kind.PROXY_DENIED).see(facts) is None:
        return None
    response = facts.proxy.response if facts.proxy else None
    if response is not None and response.status in _WEB_SERVERS_TOO:
        return Sighting(confidence=Confidence.LIKELY, undecided=True)
    if response is not None and re.search(_REFUSED_CLIENT, _said_by(response)):
        return Sighting(cause=_CLIENT_NOT_ALLOWED, remedies=(_ALLOW_CLIENT,))
    if response is not None and response.status >= _FAILED:
        return Sighting(
            title="The proxy {proxy} cannot reach {host}: HTTP {proxy_status}",
            cause=_TRIED_AND_FAILED,
            remedies=_CANNOT_REACH,
            only=True,
        )
    return Sighting()


# From here on the proxy itself says that something failed (RFC 9110, section 15.6).
_FAILED = 500
_TRIED_AND_FAILED = (
    "The proxy works, tried to reach the host, and failed: it does not find the name, gets no "
    "connection, or is not allowed to make one. The proxy looks the name up itself."
)
WITHOUT = "Try without the proxy: `edgecheck doctor --no-proxy`."
_CANNOT_REACH = (
    (
        "Ask the administrators of the proxy why it cannot reach {host}, port {port}: its log says "
        "whether the name or the connection failed."
    ),
    "Check the host in {url_where}: it must be a name or an address that the proxy can reach.",
    WITHOUT,
)


def timed_out(facts: Facts) -> Sighting | None:
    """See a proxy that never answers; the scheme of its address is questioned only if it may be."""
    if OnKind(Kind.PROXY_TIMEOUT).see(facts) is None:
        return None
    if (facts.target.proxy or "").startswith("http://"):
        return Sighting(remedies=WITHOUT_AN_ANSWER, only=True)
    return Sighting()


WITHOUT_AN_ANSWER = (
    (
        "Try another host through it: `curl -x {proxy} -I https://example.com`. If that works, the "
        "proxy cannot reach {host}."
    ),
    WITHOUT,
    "Ask your network's administrators whether the proxy may reach {host}, port {port}.",
)


def _said_by(response: HttpResponse) -> str:
    return f"{unescape(response.reason)}\n{unescape(response.body)}"


# A refusal that is about this machine: tinyproxy.
_REFUSED_CLIENT = r"(?i)to service requests from you(?:r host)?\b"
# A rule about the host: tinyproxy's filter, and filters by category.
_REFUSED_HOST = r"(?i)\bfiltered\b|\burl[- ]?filter|\bblocked (?:site|host|domain|categor)"
_CLIENT_NOT_ALLOWED = (
    "The proxy works, but does not serve this machine: its rules list the addresses of the clients "
    "that it serves. Its own words say so."
)
_ALLOW_CLIENT = (
    "Ask the administrators of the proxy to serve this machine's address. tinyproxy: a line "
    "`Allow ADDRESS`."
)
_PLAIN_ANSWERS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "RECORD_LAYER_FAILURE",
        "HTTP_REQUEST",
        "HTTPS_PROXY_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "UNEXPECTED_MESSAGE",
    }
)
_BASIC = compiled(r"(?i)\s*basic\b")
_NTLM_HELPER = (
    "Run a local helper that speaks NTLM or Negotiate (cntlm, px), and set the helper as the "
    "proxy: "
    "this proxy offers {schemes} alone, and WebSocket libraries know only Basic."
)
_NO_CREDENTIALS = (
    "The proxy lets only known users through, and offers Basic. Its address has no user name and "
    "password, so none were sent."
)
_WRONG_CREDENTIALS = (
    "The proxy lets only known users through. The user name and password in its address were "
    "sent, and it refuses them: one of them is wrong or old, or a special character in them is "
    "not percent-encoded."
)
_PUT_CREDENTIALS = (
    "Put the credentials into the address, percent-encoded: `export "
    "HTTPS_PROXY=http://USER:PASSWORD@{proxy_host}:{proxy_port}`."
)
_CORRECT_CREDENTIALS = (
    "Correct the user name and password in {proxy_where}, percent-encoded: "
    "`http://USER:PASSWORD@{proxy_host}:{proxy_port}`."
)
_LET_THROUGH = "Ask your network's administrators to let {host} through without a log-in."
# How a proxy says that it tried and could not reach a host.
_UNREACHED = frozenset({500, 502, 503, 504})
_LOCAL_SUFFIXES = (
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
    "localdomain",
)


def auth_required(facts: Facts) -> Sighting | None:
    """See a proxy that wants a log-in; one that offers no Basic needs a helper."""
    if OnKind(Kind.PROXY_AUTH_REQUIRED).see(facts) is None:
        return None
    response = facts.proxy.response if facts.proxy else None
    # tinyproxy answers 401 and WWW-Authenticate to wrong credentials.
    field = "www-authenticate" if response and response.status == 401 else "proxy-authenticate"
    offers = response.values(field) if response is not None else ()
    schemes = list(dict.fromkeys(offer.split(" ")[0].strip(",") for offer in offers if offer))
    if any(_BASIC.match(offer) for offer in offers):
        sent = facts.proxy is not None and facts.proxy.credentials_sent
        return Sighting(
            confidence=Confidence.LIKELY if sent else Confidence.CERTAIN,
            cause=_WRONG_CREDENTIALS if sent else _NO_CREDENTIALS,
            remedies=(_CORRECT_CREDENTIALS if sent else _PUT_CREDENTIALS, _LET_THROUGH),
            only=True,
        )
    if not schemes:
        return Sighting()
    named = " and ".join(name[:20] for name in schemes).replace("{", "").replace("}", "")
    return Sighting(
        remedies=(
            _NTLM_HELPER.replace("{schemes}", named),
            _LET_THROUGH,
        ),
        only=True,
        confidence=Confidence.CERTAIN,
    )


def scheme_https(facts: Facts) -> Sighting | None:
    """See a proxy whose address says https, and which speaks plain HTTP."""
    seen = facts.proxy
    if seen is None or seen.failure is None or seen.scheme != "https":
        return None
    failure = seen.failure
    if failure.kind is Kind.PROXY_TLS_FAILED and failure.reason in _PLAIN_ANSWERS:
        return Sighting(confidence=Confidence.CERTAIN)
    if failure.kind in (Kind.PROXY_CLOSED, Kind.PROXY_TIMEOUT):
        return Sighting(confidence=Confidence.POSSIBLE, alternatives=("proxy-timeout",))
    eof = failure.kind is Kind.PROXY_TLS_FAILED and "EOF" in (failure.reason or failure.message)
    return Sighting(confidence=Confidence.LIKELY) if eof else None


def port_forbidden(facts: Facts) -> Sighting | None:
    """See a proxy that forbids a port other than 443."""
    seen = facts.proxy
    if OnKind(Kind.PROXY_DENIED).see(facts) is None or seen is None or seen.response is None:
        return None
    if seen.response.status not in (403, 405) or facts.target.port in (443, None):
        return None
    said = _said_by(seen.response)
    if re.search(_REFUSED_CLIENT, said) or re.search(_REFUSED_HOST, said):
        return None  # `proxy-denied`
    return Sighting(
        confidence=Confidence.LIKELY if _is_proxys(seen.response) else Confidence.POSSIBLE,
        undecided=True,
        alternatives=() if seen.response.status == 403 else ("proxy-invalid-response",),
    )


def _is_proxys(response: HttpResponse) -> bool:
    return response.status == 403 or response.has("via", "x-squid-error")


def is_of_this_network(host: str) -> bool:
    """Tell whether a name or an address belongs to this machine's own network."""
    name = host.rstrip(".").lower()
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        single = "." not in name and bool(name)
        return single or any(name.endswith(f".{suffix}") for suffix in _LOCAL_SUFFIXES)
    return address.is_private or address.is_link_local or address.is_loopback


def not_needed(facts: Facts) -> Sighting | None:
    """See a host of this network that is sent through a proxy, which cannot help it."""
    seen, host = facts.proxy, facts.target.host or ""
    if seen is None or seen.failure is None or seen.origin == "--proxy":
        return None
    if not is_of_this_network(host):
        return None
    if seen.failure.kind not in (Kind.PROXY_DENIED, Kind.PROXY_TIMEOUT):
        return None
    around = facts.config.surroundings if facts.config is not None else None
    now = around.no_proxy if around is not None else ""
    loopback = "localhost,127.0.0.1,::1" if is_loopback(host) else host
    return Sighting(
        values={
            "no proxy note": f" (it is `{now[:100]}`)" if now else " (it is not set)",
            "no proxy value": ",".join(filter(None, (now, loopback))),
        },
        side=Side.CLIENT,
    )
