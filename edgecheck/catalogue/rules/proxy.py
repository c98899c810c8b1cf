"""proxy: what a refusal of CONNECT says."""

from __future__ import annotations

import ipaddress
import re
import shlex

from ...escapes import unescape
from ...facts import Facts, HttpResponse, Kind, LookOutcome
from ...late import compiled
from ...settings.url import is_loopback
from ...terms import Confidence, Side, verbatim
from ..condition import OnKind, Sighting
from ..inspectors import ANSWERS
from .silent_proxy import began, greeted_in_vain, of_itself

# Web servers that are not proxies also answer CONNECT with these: nginx, uvicorn, node.
_WEB_SERVERS_TOO = frozenset({400, 404, 405, 501})


def denied(facts: Facts) -> Sighting | None:
    """See a proxy that refuses the tunnel; it may also be a web server."""
    if OnKind(Kind.PROXY_DENIED).see(facts) is None:
        return None
    response = facts.proxy.response if facts.proxy else None
    if response is not None and _CANNOT_FIND.search(_said_by(response)):
        return _CANNOT_FIND_HOST
    if response is not None and response.status in _REDIRECTS:
        return _to_a_log_in(response)
    if response is not None and response.status in _WEB_SERVERS_TOO:
        return Sighting(confidence=Confidence.LIKELY, undecided=True)
    if response is not None and re.search(_REFUSED_CLIENT, _said_by(response)):
        return Sighting(cause=_CLIENT_NOT_ALLOWED, remedies=(_ALLOW_CLIENT,))
    if response is not None and response.status in _UNREACHED:
        refused = _REFUSED_IT.search(_said_by(response)) is not None
        return _REFUSED_BY_HOST if refused else _CANNOT_REACH_HOST
    filtered = ANSWERS.search(_all_of(response)) if response is not None else None
    return Sighting() if filtered is None else _of_a_filter(verbatim(filtered[0]))


def _of_a_filter(name: str) -> Sighting:
    """Return what a refusal in the words of a company's filter means."""
    return Sighting(
        title=f"The filter of this network ({name}) refuses the connection to {{host}}",
        remedies=(
            (
                f"Ask your network's administrators to allow {{host}}, port {{port}}, in {name} "
                "for programs that are not browsers."
            ),
        ),
        side=Side.NETWORK,
    )


_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LOG_IN_FIRST = (
    "The proxy answers CONNECT with a redirect{to}, as it does for browsers that have not logged "
    "in yet. No WebSocket library can follow it."
)
_OPEN_A_BROWSER = (
    "Open `http://example.com` in a browser on this machine, through the same proxy, and log in "
    "there; then run `edgecheck doctor` again."
)
_LET_MACHINE = (
    "Ask your network's administrators to let this machine, or {host}, through without a log-in, "
    "if it has no browser."
)


def _to_a_log_in(response: HttpResponse) -> Sighting:
    """Return what a redirect of CONNECT means: a log-in in a browser."""
    to = re.match(r"https?://([\w.-]{1,80})", response.field("location") or "")
    where = verbatim(f" to {to[1]}") if to else ""
    return Sighting(
        title="The proxy {proxy} wants a log-in in a browser first: HTTP {proxy_status}",
        cause=_LOG_IN_FIRST.replace("{to}", where),
        remedies=(_OPEN_A_BROWSER, _LET_MACHINE),
        only=True,
        side=Side.CLIENT,
        confidence=Confidence.LIKELY,
        alternatives=("proxy-auth-required",),
    )


def _all_of(response: HttpResponse) -> str:
    return f"{response.field('server') or ''} {response.field('via') or ''} {_said_by(response)}"


def url_invalid(facts: Facts) -> Sighting | None:
    """See a proxy setting that cannot be used, because of a character in its password or not."""
    if OnKind(Kind.PROXY_URL_INVALID, Kind.PROXY_SOCKS_MISSING).see(facts) is None:
        return None
    failure = facts.proxy.failure if facts.proxy is not None else None
    if failure is None or "percent-encoded" not in failure.message:
        return Sighting()
    return Sighting(cause=_UNENCODED, remedies=(_ENCODE, _WITHOUT_IT), only=True)


_UNENCODED = (
    "A proxy is set, and the user name or password in its address holds a character such as `#`, "
    "`/` or `?`, which has a meaning of its own there: what follows it is lost."
)
_ENCODE = (
    "Percent-encode the user name and password in {proxy_where}: `#` is `%23`, `/` is `%2F`, `?` "
    "is `%3F`, `@` is `%40`, `:` is `%3A`, `%` is `%25`."
)
_WITHOUT_IT = "Connect without it, if this network needs no proxy: `edgecheck doctor --no-proxy`."


# How a proxy says that it tried and could not reach a host, and why.
_UNREACHED = frozenset({500, 502, 503, 504})
_CANNOT_FIND = compiled(
    r"(?i)err_dns_fail|no such (?:domain|host)|name or service not known|dns lookup failure|"
    r"(?:could|can) ?not (?:be )?(?:resolved?|find the host)|unable to (?:resolve|determine ip)|"
    r"getaddrinfo|enotfound|unknown host|no address associated|host not found"
)
_REFUSED_IT = compiled(r"(?i)connection refused|errno 111|econnrefused|\(111\)|actively refused")
_CHECK_HOST = "Check host and port in {url_where}: the proxy tried {host}, port {port}."
_CANNOT_FIND_HOST = Sighting(
    title="The proxy {proxy} cannot find {host}",
    cause=(
        "The proxy allows the tunnel, looks the name up itself, and finds no address. The name is "
        "misspelt, or only name servers of another network know it."
    ),
    remedies=(
        "Check the host in {url_where}: {host}.",
        (
            "If the name is right, and of a network that this machine is in, let it bypass the "
            "proxy: add it to NO_PROXY."
        ),
    ),
    only=True,
    side=Side.CLIENT,
    confidence=Confidence.LIKELY,
)
_REFUSED_BY_HOST = Sighting(
    title="The proxy {proxy} reaches {host}, and port {port} refuses",
    cause=(
        "The proxy allows the tunnel and tried to connect: its own words say that the connection "
        "was refused. Nothing listens on that port, so the backend is down, or it is the wrong "
        "port. A firewall behind the proxy may refuse too."
    ),
    remedies=(
        "Ask the backend's team whether it runs and listens on port {port} of {host}.",
        _CHECK_HOST,
    ),
    only=True,
    side=Side.BACKEND,
    confidence=Confidence.LIKELY,
)
_CANNOT_REACH_HOST = Sighting(
    title="The proxy {proxy} cannot reach {host}: HTTP {proxy_status}",
    cause=(
        "The proxy tried to make the tunnel and failed. The host is down or does not exist under "
        "this name, nothing listens on port {port}, or the proxy's own network does not let it "
        "out to that host and port."
    ),
    remedies=(
        "Ask the administrators of the proxy what its log says about {host}, port {port}.",
        _CHECK_HOST,
    ),
    confidence=Confidence.LIKELY,
)


# A program that serves an application or files, and is not a proxy for clients.
_WEB_SERVER = compiled(
    r"(?i)nginx|openresty|uvicorn|hypercorn|gunicorn|daphne|granian|werkzeug|waitress|caddy|"
    r"lighttpd|microsoft-iis|kestrel|tornado|aiohttp|python/|jetty|express|litespeed|cloudflare|"
    r"awselb|envoy|h2o|nghttpx"
)


def not_a_proxy(facts: Facts) -> Sighting | None:
    """See an answer to CONNECT that is not HTTP, or that a web server gives to it."""
    if OnKind(Kind.PROXY_CLOSED, Kind.PROXY_NOT_A_PROXY).see(facts) is not None:
        return Sighting()
    response = facts.proxy.response if facts.proxy else None
    if OnKind(Kind.PROXY_DENIED).see(facts) is None or response is None:
        return None
    named = response.field("server") or ""
    proxys = response.has("via", "x-squid-error", "proxy-agent", "proxy-connection")
    if response.status not in _WEB_SERVERS_TOO or proxys or not _WEB_SERVER.match(named):
        return None
    return Sighting(
        title="The server at {proxy} is a web server, and not a proxy",
        cause=(
            f"{verbatim(named[:40])} answered CONNECT with HTTP {{proxy_status}}. A proxy that "
            "forbids a host says 403 or 407, and one that cannot reach it 502 or 503."
        ),
        alternatives=("proxy-denied",),
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
    if response is None and facts.proxy is not None and facts.proxy.scheme.startswith("socks"):
        return _SOCKS_LOG_IN
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


_SOCKS_LOG_IN = Sighting(
    cause=(
        "The SOCKS proxy accepts only clients that log in (RFC 1929), and its address has no user "
        "name and password, or wrong ones."
    ),
    remedies=(
        (
            "Put the credentials into {proxy_where}, percent-encoded: "
            "`socks5h://USER:PASSWORD@{proxy_host}:{proxy_port}`."
        ),
        _LET_THROUGH,
    ),
    only=True,
    confidence=Confidence.LIKELY,
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
    if seen.failure.kind is Kind.PROXY_TIMEOUT and (
        began(facts)
        or greeted_in_vain(facts)
        or of_itself(facts) in (LookOutcome.SILENT, LookOutcome.CLOSED)
    ):
        return None  # it would be silent about every host
    around = facts.config.surroundings if facts.config is not None else None
    now = around.no_proxy if around is not None else ""
    loopback = ("localhost", "127.0.0.1", "::1") if is_loopback(host) else (host,)
    return Sighting(
        values={
            "no proxy note": f" (it is `{now[:100]}`{_not_read(now)})"
            if now
            else " (it is not set)",
            "no proxy value": shlex.quote(",".join(dict.fromkeys((*_listed(now), *loopback)))),
        },
        side=Side.CLIENT,
        # A proxy that says nothing may be silent about every host.
        confidence=Confidence.POSSIBLE if seen.failure.kind is Kind.PROXY_TIMEOUT else None,
    )


def _listed(no_proxy: str) -> list[str]:
    """Return the hosts of a NO_PROXY; blanks beside the commas count for some programs only."""
    return [name for name in re.split(r"[\s,]+", no_proxy) if name]


def _not_read(no_proxy: str) -> str:
    """Say what most programs do not read in it."""
    odd = [name for name in _listed(no_proxy) if "/" in name or name.startswith("*.")]
    if not odd:
        return ""
    kinds = "a network such as" if "/" in odd[0] else "a pattern such as"
    return f"; Python does not read {kinds} {odd[0][:40]}"
