"""Answers with which products say by themselves what they refuse, as people reported them."""

from __future__ import annotations

from edgecheck.frozen import dataclass


@dataclass(frozen=True)
class Said:
    """One answer, and what has to be made of it.

    Args:
        status, reason, fields, body: the answer.
        code, side: of the verdict.
        cure: words among the first two steps.
        sure: how sure the verdict may be at most.
    """

    status: int
    reason: str
    fields: tuple[tuple[str, str], ...]
    body: str
    code: str
    side: str
    cure: str
    sure: str = "likely"


def _html(words: str) -> str:
    return f"<!DOCTYPE html><html><body><h1>{words}</h1></body></html>"


_CF = (("Server", "cloudflare"), ("CF-RAY", "8173fa0bd1e6b397-FRA"))
_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
_JSON = (("Content-Type", "application/json"),)
_ENVOY = (("server", "istio-envoy"), ("content-type", "text/plain"))

SAID: dict[str, Said] = {
    "Cloudflare Access without a log-in page": Said(
        403,
        "Forbidden",
        (*_CF, ("cf-access-domain", "backend.example"), ("cf-access-aud", "0123456789abcdef")),
        _html("Forbidden"),
        "upgrade-login-required",
        "intermediary",
        "service token",
    ),
    "Keycloak's token that has ended": Said(
        401,
        "Unauthorized",
        (
            (
                "WWW-Authenticate",
                (
                    'Bearer realm="master", error="invalid_token", '
                    'error_description="Token is not active"'
                ),
            ),
        ),
        "",
        "auth-secret-rejected",
        "client",
        "new token",
    ),
    "Workerman's page for plain HTTP": Said(
        400,
        "Bad Request",
        (("Server", "workerman"),),
        _html("WebSocket"),
        "upgrade-header-dropped",
        "intermediary",
        "Upgrade",
    ),
    "a handshake without its key": Said(
        400,
        "Bad Request",
        (
            ("Content-Type", "text/html"),
            ("X-Cache", "Error from cloudfront"),
            ("Via", "1.1 abc.cloudfront.net (CloudFront)"),
        ),
        "Missing or invalid Sec-WebSocket-Key header",
        "upgrade-header-dropped",
        "intermediary",
        "Sec-WebSocket-",
    ),
    "warp without a Connection field": Said(
        400,
        "Bad Request",
        _TEXT,
        'Missing request header "connection"',
        "upgrade-header-dropped",
        "intermediary",
        "Upgrade",
    ),
    "Envoy asked in HTTP/1.0": Said(
        426,
        "Upgrade Required",
        (("server", "istio-envoy"), ("connection", "close")),
        "",
        "upgrade-header-dropped",
        "intermediary",
        "proxy_http_version 1.1",
    ),
    "a Worker that wants an upgrade": Said(
        426,
        "Upgrade Required",
        _CF,
        "Worker expected Upgrade: websocket",
        "upgrade-header-dropped",
        "intermediary",
        "WebSockets",
    ),
    "the default backend of an ingress": Said(
        404,
        "Not Found",
        _TEXT,
        "default backend - 404",
        "upgrade-not-found",
        "intermediary",
        "Ingress",
    ),
    "AWS WAF's challenge for browsers": Said(
        202,
        "Accepted",
        (("Server", "CloudFront"), ("x-amzn-waf-action", "challenge")),
        "",
        "upgrade-blocked",
        "intermediary",
        "challenge",
    ),
    "SockJS at the agents' path": Said(
        200,
        "OK",
        _TEXT,
        "Welcome to SockJS!\n",
        "upgrade-other-protocol",
        "client",
        "/websocket",
    ),
    "a token of the future": Said(
        401,
        "Unauthorized",
        _JSON,
        '{"detail":"The token is not yet valid (nbf)"}',
        "auth-unauthorized",
        "client",
        "date -u",
    ),
    "Kong without a route": Said(
        404,
        "Not Found",
        (*_JSON, ("Server", "kong/3.4.0")),
        '{"message":"no Route matched with those values"}',
        "upgrade-not-found",
        "intermediary",
        "add a route",
    ),
    "APISIX without a route": Said(
        404,
        "Not Found",
        (*_TEXT, ("Server", "APISIX/3.6.0")),
        '{"error_msg":"404 Route Not Found"}\n',
        "upgrade-not-found",
        "intermediary",
        "enable_websocket",
    ),
    "APISIX without enable_websocket": Said(
        400,
        "Bad Request",
        (*_TEXT, ("Sec-Websocket-Version", "13"), ("Server", "APISIX/3.4.0")),
        "Bad Request\n",
        "upgrade-header-dropped",
        "intermediary",
        "enable_websocket",
        "certain",
    ),
    "cloudflared without its service": Said(
        502,
        "Bad Gateway",
        (*_TEXT, *_CF),
        "Unable to reach the origin service. The service may be down.",
        "upgrade-bad-gateway",
        "backend",
        "cloudflared",
    ),
    "Cloudflare's Browser Integrity Check": Said(
        403,
        "Forbidden",
        (*_TEXT, *_CF),
        "error code: 1010",
        "upgrade-blocked",
        "intermediary",
        "User-Agent",
        "certain",
    ),
    "Cloudflare's rate limit": Said(
        429,
        "Too Many Requests",
        (*_TEXT, *_CF),
        "error code: 1015",
        "upgrade-rate-limited",
        "client",
        "wait a minute",
        "certain",
    ),
    "ngrok without an agent": Said(
        404,
        "Not Found",
        (("ngrok-error-code", "ERR_NGROK_3200"),),
        _html("Tunnel not found"),
        "platform-app-missing",
        "backend",
        "ngrok http PORT",
    ),
    "Heroku's one page": Said(
        503,
        "Service Unavailable",
        (("Server", "Heroku"), ("Via", "1.1 heroku-router")),
        '<iframe src="//www.herokucdn.com/error-pages/application-error.html"></iframe>',
        "platform-app-down",
        "backend",
        "heroku logs",
    ),
    "a service that is suspended at Render": Said(
        503,
        "Service Unavailable",
        (("x-render-routing", "suspend"), ("server", "cloudflare")),
        _html("Service Suspended"),
        "platform-app-down",
        "backend",
        "resume",
        "certain",
    ),
    "localtunnel's reminder, which is no captive portal": Said(
        511,
        "Network Authentication Required",
        (),
        _html("Send a bypass-tunnel-reminder request header to skip this page"),
        "upgrade-blocked",
        "client",
        "bypass-tunnel-reminder: 1",
    ),
    "a forwarded port that is private": Said(
        302,
        "Found",
        (("Location", "https://x-8081.app.github.dev/signin?cid=1&rd=https://x-8081.app"),),
        "",
        "upgrade-login-required",
        "backend",
        "public",
        "certain",
    ),
    "Application Gateway's health probe": Said(
        502,
        "Bad Gateway",
        (("Server", "Microsoft-Azure-Application-Gateway/v2"),),
        "<hr><center>Microsoft-Azure-Application-Gateway/v2</center>",
        "upgrade-bad-gateway",
        "intermediary",
        "health probe",
    ),
    "a mesh that speaks HTTP/2 to the backend": Said(
        503,
        "Service Unavailable",
        _ENVOY,
        "upstream connect error or disconnect/reset before headers. reset reason: protocol error",
        "upgrade-unavailable",
        "intermediary",
        "HTTP/1.1",
    ),
    "a mesh whose policy refuses": Said(
        403,
        "Forbidden",
        _ENVOY,
        "RBAC: access denied",
        "upgrade-blocked",
        "intermediary",
        "AuthorizationPolicy",
        "certain",
    ),
    "Linkerd's own field": Said(
        502,
        "Bad Gateway",
        (("l5d-proxy-error", "endpoint 10.42.0.17:8000: Connection refused (os error 111)"),),
        "",
        "upgrade-bad-gateway",
        "backend",
        "listens on that port",
    ),
    "API Gateway without the stage": Said(
        403,
        "Forbidden",
        (*_JSON, ("x-amzn-ErrorType", "ForbiddenException")),
        '{"message": "Forbidden", "connectionId":"Trrx=", "requestId":"TrrxHFD="}',
        "upgrade-not-found",
        "client",
        "STAGE",
    ),
    "a bucket behind CloudFront": Said(
        403,
        "Forbidden",
        (("Server", "AmazonS3"), ("Via", "1.1 0f5.cloudfront.net (CloudFront)")),
        "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
        "upgrade-not-found",
        "intermediary",
        "behaviour",
    ),
    "Vite's list of hosts": Said(
        403,
        "Forbidden",
        _TEXT,
        'Blocked request. This host ("app.example.com") is not allowed.',
        "upgrade-host-not-allowed",
        "backend",
        "server.allowedHosts",
        "certain",
    ),
    "fields that are too large": Said(
        431,
        "Request Header Fields Too Large",
        (),
        "",
        "upgrade-unexpected-status",
        "client",
        "--max-http-header-size",
    ),
    "ModSecurity, which makes a 200 of a 101": Said(
        200,
        "OK",
        (("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), ("Upgrade", "websocket")),
        "",
        "upgrade-invalid-response",
        "intermediary",
        "ModSecurity",
    ),
    "a filter of the client's own network": Said(
        403,
        "Forbidden",
        (),
        _html("FortiGuard Intrusion Prevention - Access Blocked"),
        "upgrade-blocked",
        "network",
        "your network's administrators",
    ),
    "Tyk, which takes the secret for a key": Said(
        403,
        "Forbidden",
        (*_JSON, ("X-Generator", "tyk.io")),
        '{"error": "Access to this API has been disallowed"}',
        "auth-taken-by-platform",
        "intermediary",
        "use_keyless",
    ),
    "Authelia without a redirect": Said(
        401,
        "Unauthorized",
        (("Content-Type", "text/html"),),
        '<a href="https://auth.example.com/?rd=https%3A%2F%2Fa.example&amp;rm=GET">'
        "401 Unauthorized</a>",
        "upgrade-login-required",
        "intermediary",
        "bypass",
    ),
    # words of any server
    "an address that is not allowed": Said(
        403,
        "Forbidden",
        _JSON,
        '{"code":40310,"message":"Your IP address 203.0.113.7 is not whitelisted"}',
        "upgrade-blocked",
        "intermediary",
        "public address",
    ),
    "a region that is refused": Said(
        451,
        "Unavailable For Legal Reasons",
        _JSON,
        '{"msg":"Service unavailable from a restricted location"}',
        "upgrade-blocked",
        "client",
        "region",
    ),
    "a field that is missing": Said(
        400,
        "Bad Request",
        _JSON,
        '{"error":"Missing required header: X-Tenant-Id"}',
        "upgrade-bad-request",
        "client",
        "-H",
    ),
    "TLS that is wanted of a request over TLS": Said(
        403,
        "Forbidden",
        (),
        "HTTPS required",
        "upgrade-redirect-insecure",
        "intermediary",
        "X-Forwarded-Proto",
    ),
    "another client with the same id": Said(
        409,
        "Conflict",
        _JSON,
        '{"error":"agent edge_1 is already connected"}',
        "upgrade-unexpected-status",
        "client",
        "Stop the other client",
    ),
    "a token whose end the challenge names": Said(
        401,
        "Unauthorized",
        (("WWW-Authenticate", 'Bearer error="invalid_token", error_description="token expired"'),),
        "",
        "auth-secret-rejected",
        "client",
        "new token",
    ),
    "a server that asks to come again later": Said(
        503,
        "Service Unavailable",
        (*_JSON, ("Retry-After", "30")),
        '{"error":"overloaded, try again later"}',
        "upgrade-unavailable",
        "backend",
        "30 seconds",
    ),
    "an agent that is not registered": Said(
        403,
        "Forbidden",
        _JSON,
        '{"message":"device edge_1 is not registered"}',
        "auth-forbidden",
        "client",
        "agent id",
    ),
}
