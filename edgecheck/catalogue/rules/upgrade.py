"""upgrade: what an answer means that did not open the WebSocket.

If an application refuses a WebSocket handshake, or has no route for it, its ASGI server answers a
bare 403. A 404 in JSON means that the request arrived there as plain HTTP. Most rules here are
based on that.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urljoin, urlsplit

from ...facts import Facts, HttpResponse, Kind
from ...facts.text import escape, unescape
from ...terms import Confidence, Side
from ..condition import OnStatus, Sighting

# RFC 9110, section 15.4: the redirects whose Location names another address for the same request.
REDIRECTS = OnStatus(301, 302, 303, 307, 308)
# RFC 9110, section 15.3.
SUCCESSES = OnStatus(*range(200, 300))
# The rest of a longer address does not help, and fills the screen.
_ADDRESS_SHOWN = 200

_JSON_NOT_ROUTED = {404: "not found", 405: "method not allowed"}
# What servers answer to a handshake that lost its Upgrade or Connection field: aiohttp, Tornado,
# Spring; websockets; gorilla; ws; .NET.
_NO_UPGRADE = (
    'can "upgrade" only to "websocket"',
    "no websocket upgrade hdr",
    "no connection upgrade hdr",
    "not a websocket handshake",
    "missing upgrade header",
    "missing connection header",
    "invalid upgrade header",
    "invalid connection header",
    "'upgrade' token not found",
    "not using the websocket protocol",
    "not a websocket request",
    "expected a websocket",
    "websocket upgrade required",
    "missing or invalid upgrade header",
)
# What a TLS port answers to plain text: nginx; Apache; Go's net/http.
_WANTS_TLS = (
    "plain http request was sent to https port",
    "speaking plain http to an ssl-enabled server port",
    "client sent an http request to an https server",
    "combination of host and port requires tls",
)
_HTML = r"(?is)\s*(?:<!--.*?-->\s*)?<(?:!doctype|html|head|body)\b"


def refusal(facts: Facts) -> HttpResponse | None:
    """Return the response that refused the upgrade; None if there was none."""
    seen = facts.upgrade
    return seen.response if seen is not None and OnStatus.number_in(facts) is not None else None


def body_of(response: HttpResponse) -> str:
    """Return the beginning of the content, as it was sent."""
    return unescape(response.body)


def json_of(response: HttpResponse) -> dict[str, object]:
    """Return the content as a JSON object; an empty one if it is something else."""
    try:
        value = json.loads(body_of(response))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def is_html(response: HttpResponse) -> bool:
    """Tell whether the content is a web page."""
    body = body_of(response)
    # The field alone is not enough: node's ws calls every refusal text/html, but sends one word
    # or JSON.
    named = "html" in (response.field("content-type") or "").lower() and body.lstrip().startswith(
        "<"
    )
    return named or re.match(_HTML, body) is not None


def header_dropped(facts: Facts) -> Sighting | None:
    """See an answer that servers give to a plain HTTP request."""
    response = refusal(facts)
    if response is None:
        return None
    if response.status == 426:
        # RFC 6455, section 4.4: a server that needs another version answers 426 and that version.
        version = response.field("sec-websocket-version")
        other_version = version is not None and "13" not in re.findall(r"\d+", version)
        return None if other_version else Sighting()
    if response.status == 505:
        return Sighting()
    if response.status in _JSON_NOT_ROUTED:
        detail = json_of(response).get("detail")
        not_routed = _JSON_NOT_ROUTED[response.status]
        if isinstance(detail, str) and detail.lower().rstrip(".") == not_routed:
            return Sighting(confidence=Confidence.LIKELY, undecided=True)
    said = any(phrase in body_of(response).lower() for phrase in _NO_UPGRADE)
    return Sighting() if said and 400 <= response.status < 500 else None


def redirect_of(facts: Facts) -> tuple[HttpResponse, str, str] | None:
    """Return a redirect, the absolute address that it names, and what to set BACKEND_URL to."""
    response = refusal(facts)
    if response is None or response.status not in REDIRECTS.numbers:
        return None
    location = response.field("location") or ""
    try:
        url = facts.target.url or ""
        base = urlsplit(url)
        absolute = urljoin(
            f"{'https' if base.scheme == 'wss' else 'http'}://{base.netloc}{base.path}",
            unescape(location),
        )
        parts = urlsplit(absolute)
        scheme = {"https": "wss", "http": "ws"}.get(parts.scheme, parts.scheme)
        path = parts.path.removesuffix("/").removesuffix(facts.profile.path)
        suggested = (
            f"{scheme}://{parts.netloc}{path if path != '/' else ''}"
            if location and parts.hostname
            else ""
        )
    except ValueError:
        return response, location[:_ADDRESS_SHOWN], ""
    # It was unescaped to parse it, and is still text from the network.
    plain = suggested if escape(suggested) == suggested and len(suggested) <= _ADDRESS_SHOWN else ""
    return response, escape(absolute, _ADDRESS_SHOWN) if location else "", plain


def host_in(url: str) -> str:
    """Return the host of an address; an empty text if it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def redirected(facts: Facts) -> Sighting | None:
    """See a redirect; one to another host may not be the backend's."""
    found = redirect_of(facts)
    if found is None:
        return None
    _, absolute, suggested = found
    host = host_in(absolute)
    values = {
        "location": absolute or "nowhere: it has no Location field",
        "suggested": suggested or "<the address that the backend's team gives you>",
    }
    if host and host != (facts.target.host or ""):
        return Sighting(values=values, confidence=Confidence.LIKELY, side=Side.CLIENT)
    return Sighting(values=values)


def not_found(facts: Facts) -> Sighting | None:
    """See 404."""
    response = refusal(facts)
    return Sighting() if response is not None and response.status == 404 else None


def not_websocket(facts: Facts) -> Sighting | None:
    """See a page or a document instead of an open socket."""
    response = refusal(facts)
    return Sighting() if response is not None and response.status in SUCCESSES.numbers else None


def rate_limited(facts: Facts) -> Sighting | None:
    """See 429, and how long to wait (RFC 9110, section 10.2.3)."""
    response = refusal(facts)
    if response is None or response.status != 429:
        return None
    after = response.field("retry-after")
    wait = (
        f"{after} seconds"
        if after and after.isdigit()
        else f"until {after}"
        if after
        else "a few minutes (no Retry-After was sent)"
    )
    return Sighting(values={"wait": wait})


def to_tls_port(facts: Facts) -> Sighting | None:
    """See a TLS port that got plain text."""
    seen = facts.upgrade
    if seen is None or seen.failure is None or facts.tls is not None:
        return None
    if seen.failure.kind is Kind.UPGRADE_TLS_BYTES:
        return Sighting()
    if seen.speaks_tls:
        return Sighting(
            evidence=(
                seen.failure.message,
                "on a second connection the port answered a TLS handshake",
            )
        )
    response = refusal(facts)
    if response is None or not 400 <= response.status < 500:
        return None
    body = body_of(response).lower()
    return Sighting() if any(phrase in body for phrase in _WANTS_TLS) else None
