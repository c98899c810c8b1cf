"""upgrade: what an answer means that did not open the WebSocket.

`arrival.py` reads whether the handshake arrived as one, `not_found.py` what 404 means,
`redirects.py` where a redirect leads, `demands.py` what a server wants beside the secret,
`intermediary.py` who answers instead of the backend, and `witness.py` who wrote an answer.
"""

from __future__ import annotations

import re

from ...escapes import unescape_bytes
from ...facts import Facts, HttpResponse, Kind
from ...facts.answers import wants_tls
from ...late import compiled
from ...terms import Confidence, Side
from ...wording.units import milliseconds
from ..condition import OnKind, OnStatus, Sighting, closed_as
from ..numbers import RATE_LIMITED_CLOSE
from ..products import Cure, Role
from ..steps import INSTALL_WEBSOCKETS, PASS_UPGRADE_ON, SWITCH_WEBSOCKETS_ON
from .arrival import What, reading
from .experiments import nobody_looked
from .responses import begins_like_a_page, body_of, is_bare, refusal, said_by
from .witness import author_of, cures, is_local, passed_on_by, side_of_the_way

# A proxy answers at once for a backend that refuses connections. After more than this time it has
# waited: for a connection, or for an answer. Nobody sets a shorter limit.
_WAITED_MS = 2_500.0

_NOTHING_BETWEEN = (
    "The server gives this answer ({status}) to an ordinary HTTP request, and nothing is between "
    "it and edgecheck. Its WebSocket support is not installed (uvicorn without `websockets`), or "
    "its HTTP half has this path and its WebSocket half does not."
)
_ATTACH = (
    "Ask the backend's team whether the WebSocket route is {endpoint}, and whether the WebSocket "
    "server is attached to the HTTP server of this port."
)


def header_dropped(facts: Facts) -> Sighting | None:
    """See an answer that servers give to a plain HTTP request."""
    response, found = refusal(facts), reading(facts)
    if response is None or found is None or found.what is not What.LOST:
        return None
    # A server that says itself that the field is missing does know WebSockets.
    if not found.words and side_of_the_way(facts, response) is Side.BACKEND:
        return Sighting(
            side=Side.BACKEND,
            confidence=min_of(found.confidence, Confidence.LIKELY),
            cause=_NOTHING_BETWEEN,
            remedies=(INSTALL_WEBSOCKETS, _ATTACH) if _may_be_uvicorn(response) else (_ATTACH,),
            only=True,
            alternatives=found.others,
        )
    # Of a CDN it is not known that it lost the field: something before it may have.
    proved = any(one.role is not Role.CDN for one in passed_on_by(response))
    own = cures(response, Cure.UPGRADE)
    missing = not found.words and _may_be_uvicorn(response)
    rest = () if own else (SWITCH_WEBSOCKETS_ON,)
    return Sighting(
        title=_FIELD_LOST.replace("{field}", found.field) if found.field else None,
        confidence=Confidence.CERTAIN if found.words and proved else found.confidence,
        remedies=(*(own or (PASS_UPGRADE_ON,)), *((INSTALL_WEBSOCKETS,) if missing else ()), *rest),
        only=True,
        alternatives=found.others,
    )


_FIELD_LOST = "The request arrived without a field of the handshake: {field} was lost"


def _may_be_uvicorn(response: HttpResponse) -> bool:
    """Tell whether uvicorn may have written an answer: it has no mark of another server."""
    server = (response.field("server") or "uvicorn").lower()
    return server == "uvicorn" and not response.has("keep-alive", "x-powered-by")


def min_of(*each: Confidence) -> Confidence:
    """Return the least sure one."""
    order = list(Confidence)
    return max(each, key=order.index)


def wsgi_server(facts: Facts) -> Sighting | None:
    """See a server that cannot open WebSockets, in an application's name."""
    response, found = refusal(facts), reading(facts)
    if response is None or found is None or found.what is not What.WSGI:
        return None
    named = response.field("server") or "A WSGI server"
    return Sighting(
        values={"wsgi": named[:60]}, confidence=found.confidence, alternatives=found.others
    )


def bad_request(facts: Facts) -> Sighting | None:
    """See 400, and whether the server wrote it itself."""
    response = refusal(facts)
    if response is None or response.status != 400:
        return None
    if _TOO_LARGE.search(said_by(response)):
        return _FIELDS_TOO_LARGE
    author = author_of(response)
    if author is not None and author.is_on_the_way:
        return Sighting(
            side=Side.CLIENT,
            confidence=Confidence.LIKELY,
            alternatives=("upgrade-host-not-allowed",),
        )
    return Sighting(
        confidence=Confidence.POSSIBLE,
        alternatives=(
            "upgrade-host-not-allowed",
            "upgrade-subprotocol-required",
            "upgrade-header-dropped",
        ),
        remedies=() if not nobody_looked(facts) else (_WHICH_HOST,),
    )


# nginx; Apache; Node.js and others in the reason phrase.
_TOO_LARGE = compiled(
    r"(?i)(?:request )?header(?:s| fields?)?(?: or cookie)? (?:is |are )?too (?:large|big|long)|"
    r"size of a request header field exceeds"
)
_FIELDS_TOO_LARGE = Sighting(
    title="The fields of the request are too large for the server: HTTP {status}",
    cause=(
        "A server or proxy accepts header fields up to a size, often 4 or 8 KiB, and those of this "
        "request exceed it. The longest is usually the secret, if it is a token, or a field that "
        "was added with --header."
    ),
    remedies=(
        (
            "Look at {secret_where}: a secret has some 64 characters, and something else may have "
            "been pasted there."
        ),
        (
            "Ask the administrators of the server to accept larger fields, if the token has to be "
            "so long: nginx `large_client_header_buffers 4 16k;`, Apache `LimitRequestFieldSize`."
        ),
    ),
    only=True,
    side=Side.CLIENT,
    confidence=Confidence.LIKELY,
)
_WHICH_HOST = (
    "Ask the backend's team which host names and subprotocols their server accepts. Another secret "
    "and none get the same answer, so the secret is not the reason."
)


def method_not_allowed(facts: Facts) -> Sighting | None:
    """See 405 that no server gives to a lost Upgrade field alone."""
    response = refusal(facts)
    if response is None or response.status != 405:
        return None
    return Sighting(confidence=Confidence.POSSIBLE, alternatives=("upgrade-header-dropped",))


def server_error(facts: Facts) -> Sighting | None:
    """See 500: of a proxy itself, of an application, or of a missing route."""
    response = refusal(facts)
    if response is None or response.status != 500:
        return None
    author = author_of(response)
    if author is not None and author.cut == response.status:
        return Sighting(
            confidence=Confidence.POSSIBLE,
            cause=(
                f"{author.name} wrote this answer itself. It does so if the backend closes the "
                "connection without an answer or sends something that is not HTTP, and if its own "
                "configuration is wrong."
            ),
            remedies=(_ASK_FOR_CRASH,),
            alternatives=("upgrade-bad-gateway",),
        )
    if author is not None and author.is_on_the_way:
        return Sighting(
            side=Side.INTERMEDIARY,
            confidence=Confidence.LIKELY,
            title=f"{author.name} itself fails: HTTP {{status}}",
            cause=(
                "The page is the proxy's own, so the backend did not write it: the proxy's "
                "configuration is wrong (a loop, a file that it cannot read), or it is out of "
                "memory or connections."
            ),
            remedies=(
                (
                    f"Ask the administrators of {author.name} to look into its error log at this "
                    "moment."
                ),
            ),
            only=True,
            alternatives=("upgrade-bad-gateway",),
        )
    if "see server log" in body_of(response).lower():
        return Sighting(confidence=Confidence.CERTAIN)
    # Channels has no answer for a missing route, so its servers say 500 for it.
    # hypercorn says it without a word, and signs.
    signed = is_bare(response) and (response.field("server") or "").startswith("hypercorn")
    asgi = signed or (
        not response.has("server") and "internal server error" in said_by(response).lower()
    )
    others = ("upgrade-not-found",) if asgi and not begins_like_a_page(response) else ()
    return Sighting(
        confidence=Confidence.POSSIBLE if others else Confidence.LIKELY,
        alternatives=others,
        cause=_CRASH_OR_ROUTE if others else None,
        remedies=(_ASK_FOR_ROUTE, _WITHOUT_PROXY) if others else (),
        only=bool(others),
    )


_WITHOUT_PROXY = (
    "Ask them whether their log shows the handshake as accepted (101). If it does, a reverse proxy "
    "before the backend fails: a plugin or middleware of Traefik that cannot pass an upgrade on "
    "gives the same bytes, so take it off {endpoint}."
)


_ASK_FOR_CRASH = (
    "Ask the backend's team whether the process crashed or was restarted at this moment: the "
    "handshake of {endpoint} was handed to it."
)
_CRASH_OR_ROUTE = (
    "Most likely the handshake reached an application that failed before it accepted the socket. "
    "Its handler raised an error, or it has no route for this path: Django Channels raises an "
    "error for a path that it does not know, and the same bytes come."
)
_ASK_FOR_ROUTE = (
    "Ask the backend's team for the traceback at this moment, for {url}. \"No route found for "
    'path" '
    "in it means that the path is wrong."
)


def gateway(own: OnStatus, facts: Facts) -> Sighting | None:
    """See a gateway's answer about the backend behind it, by one of its statuses.

    How long it took tells a backend that refuses connections from one that hangs.
    """
    response, seen = refusal(facts), facts.upgrade
    if own.see(facts) is None or response is None or seen is None:
        return None
    waited = seen.span.duration_ms
    said = said_by(response).lower()
    name = _gateway_name(response)
    hung = "time" in said and ("out" in said or "in time" in said)
    if (waited >= _WAITED_MS or hung) and not _DOWN.search(said):
        return _hangs(name, waited)
    # "connection refused", "no healthy upstream", "no server is available": the backend is
    # down. An answer that the gateway could not read is the other case.
    tunnel = (_START_CONNECTOR,) if _NO_CONNECTOR.search(said) else ()
    return Sighting(
        values={"gateway": name},
        confidence=Confidence.LIKELY,
        side=Side.BACKEND,
        remedies=tunnel,
        between=cures(response, Cure.BACKEND),
    )


# The backend refuses connections, however often the gateway tried.
_DOWN = compiled(
    r"no server is available|connection refused|remote connection failure|no healthy upstream|"
    r"connection failed|err_connect_fail"
)
# Cloudflare's error 1033: a tunnel without a connector.
_NO_CONNECTOR = compiled(r"error(?: code)?:? ?1033|argo tunnel error")
_START_CONNECTOR = (
    "Start cloudflared where the backend runs: 1033 means that the tunnel of this name has no "
    "connector. `cloudflared tunnel info NAME` shows them."
)


def _gateway_name(response: HttpResponse) -> str:
    author = author_of(response) or next(iter(passed_on_by(response)), None)
    return author.name if author is not None else "The server in front"


def _hangs(name: str, waited: float) -> Sighting:
    return Sighting(
        values={"gateway": name},
        confidence=Confidence.LIKELY,
        side=Side.BACKEND,
        title="The backend does not answer: HTTP {status} after " + milliseconds(waited),
        cause=(
            f"{name} passed the request on, waited {milliseconds(waited)}, and gave up. The "
            "backend accepts connections and hangs before it accepts the socket, or its packets "
            "are dropped. An instance that was asleep and wakes up looks like this too."
        ),
        remedies=(
            (
                "Tell the backend's team that the handshake of {endpoint} hangs: a handler that "
                "waits "
                "before `accept()` looks like this."
            ),
            (
                "Try again, with more time, in case an instance was waking up: `edgecheck doctor "
                "--timeout 60`."
            ),
        ),
        only=True,
        alternatives=("upgrade-gateway-timeout",),
    )


def rate_limited(facts: Facts) -> Sighting | None:
    """See 429, and how long to wait (RFC 9110, section 10.2.3)."""
    response = refusal(facts)
    listed = closed_as(facts, "upgrade-rate-limited", *RATE_LIMITED_CLOSE.numbers)
    if listed and facts.session is not None:
        return Sighting(
            values={"wait": "a few minutes"},
            title="Too many connections or messages: closed with {close code}",
            confidence=Confidence.LIKELY,
        )
    if response is None or (response.status != 429 and not listed):
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
    return Sighting() if response is not None and wants_tls(response) else None


# A frame of HTTP/2 (RFC 9113, section 4.1): three bytes of length, the type SETTINGS (4) or GOAWAY
# (7), flags, and stream 0.
_HTTP2 = compiled(rb"\x00[\x00-\xff]{2}(?:\x04[\x00\x01]|\x07\x00)\x00{4}", re.DOTALL)
_WANTS_HTTP2 = (
    r"(?i)http/2 (?:is )?required|only (?:accepts|supports|speaks) http/2|upgrade to http/2|"
    r"(?:an )?http/1\.x request was sent to an http/2 only"
)


def http2_only(facts: Facts) -> Sighting | None:
    """See a listener that speaks HTTP/2 alone."""
    seen = facts.upgrade
    if seen is None or seen.failure is None:
        return None
    if seen.first_bytes:
        return Sighting() if _HTTP2.match(unescape_bytes(seen.first_bytes)) else None
    if seen.chooses_http2:
        return Sighting(
            cause=_HTTP2_IN_TLS,
            confidence=Confidence.LIKELY,
            evidence=(seen.failure.message, _CHOOSES_HTTP2),
            alternatives=("upgrade-closed",),
        )
    response = refusal(facts)
    if response is None:
        return None
    if response.status == 464 or re.search(_WANTS_HTTP2, said_by(response)):
        return Sighting(between=cures(response, Cure.UPGRADE))
    return None


_HTTP2_IN_TLS = (
    "The server closes on a request of HTTP/1.1, and it agrees to no other protocol than HTTP/2 "
    "inside TLS (ALPN). Agents open WebSockets with HTTP/1.1, as most clients do. Ports for gRPC "
    "are such listeners."
)
_CHOOSES_HTTP2 = "on further connections the server chose h2, and nothing when http/1.1 was offered"
_OFF = compiled(
    r"""(?isx)
    503\.12
    # "WebSocket connection: unsupported HTTP version" is about one request.
    | web\ ?sockets?\b(?:(?!\b(?:version|extension|sub-?protocol))[^.<>]){0,40}\b
      (?:disabled|not\ (?:enabled|supported|allowed|available|installed)|switched\ off|turned\ off|
      unavailable|unsupported(?!\ (?:http|version|protocol|extension|sub-?protocol)))
    | (?:disabled|no\ support\ for|does\ not\ support|doesn't\ support|cannot\ handle)\b
      [^.<>]{0,30}web\ ?sockets?
    """
)


_OF_ORIGINS = compiled(r"(?i)\b(?:cross-)?origins?\b")


def websockets_disabled(facts: Facts) -> Sighting | None:
    """See a server that says that WebSockets are switched off."""
    response = refusal(facts)
    said = said_by(response) if response is not None else ""
    if response is None or response.status < 400 or not _OFF.search(said):
        return None
    if _OF_ORIGINS.search(said):  # it allows some WebSockets, and not those from elsewhere
        return None
    author = next(iter(passed_on_by(response)), None)
    own = cures(response, Cure.UPGRADE)
    return Sighting(
        values={"who": author.name if author else response.field("server") or "The server"},
        confidence=Confidence.CERTAIN,
        side=Side.BACKEND if is_local(facts) and author is None else None,
        remedies=(*own, _AGAIN) if own else (),
        only=bool(own),
    )


_AGAIN = "Run `edgecheck doctor` again afterwards: nothing on this machine has to change."


def closed(facts: Facts) -> Sighting | None:
    """See a connection that closes instead of an answer."""
    seen = facts.upgrade
    if seen is None or OnKind(Kind.UPGRADE_CLOSED).see(facts) is None:
        return None
    reset = seen.failure is not None and seen.failure.errno == "ECONNRESET"
    if seen.span.duration_ms >= _WAITED_MS:
        waited = milliseconds(seen.span.duration_ms)
        return Sighting(
            undecided=True,
            title="{host} closes the connection after " + waited + " without an answer",
            cause=_GAVE_UP.format(waited=waited),
            remedies=(_ASK_WHY_IT_HANGS,),
            alternatives=("upgrade-gateway-timeout", "upgrade-timeout"),
        )
    if seen.span.duration_ms >= _ENGINE_IO_MS:
        return Sighting(undecided=True, cause=_ENGINE_IO, alternatives=("upgrade-other-protocol",))
    return Sighting(
        undecided=True,
        between=(_FORWARDED,) if is_local(facts) else (),
        alternatives=("upgrade-server-error",) if reset else (),
    )


# docker-proxy, kubectl and ssh take a connection before they know whether anybody is there.
_FORWARDED = (
    "Look at the port's forwarder, if one listens on port {port} for a program elsewhere (docker "
    "-p, kubectl port-forward, ssh -L): that program has to run, and in a container to listen on "
    "0.0.0.0, not on 127.0.0.1."
)

# Engine.IO's option destroyUpgradeTimeout.
_ENGINE_IO_MS = 950.0
_ENGINE_IO = (
    "The request was sent, and the connection closed after about a second without a response. A "
    "server with Socket.IO does that to a path that is not its own. Otherwise the server refuses "
    "like that, for the path or for the secret, or it crashed."
)
_GAVE_UP = (
    "The request was sent, nothing came for {waited}, and then the connection closed. The backend "
    "hangs before it accepts the socket, and a proxy of TCP (HAProxy in TCP mode, stunnel, a "
    "Varnish pipe) or the server itself gave up at its limit. A crash after a long wait looks "
    "like this too."
)
_ASK_WHY_IT_HANGS = (
    "Tell the backend's team that the handshake of {endpoint} hangs: a handler that waits before "
    "`accept()` looks like this."
)
