"""Answers of real servers, with the order and case of their fields.

Those of nginx 1.22, uvicorn 0.54 and Squid 5.7 were recorded; those of Railway's and Cloudflare's
edges are from public captures. Squid's long pages are shortened.

``$date``, ``$length`` (of the body), ``$host`` and ``$request_uri`` are filled in for each request,
like the variables of nginx.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

from ..backend.profile import Place, Profile, Refusal


@dataclass(frozen=True)
class Http:
    """A response (RFC 9112).

    Args:
        status: code and reason phrase.
        fields: the lines of the head.
        body: the content.
    """

    status: str
    fields: tuple[str, ...] = ()
    body: str = ""

    def filled(self, host: str = "", request_uri: str = "") -> Iterator[str]:
        """Yield the fields of the response to a request for a host and target."""
        values = {
            "$date": formatdate(usegmt=True),
            "$length": str(len(self.body.encode())),
            "$host": host,
            "$request_uri": request_uri,
        }
        for line in self.fields:
            for name, value in values.items():
                line = line.replace(name, value)  # noqa: PLW2901
            yield line

    def encode(self, host: str = "", request_uri: str = "") -> bytes:
        """Return the response to a request for a host and target."""
        return "\r\n".join(
            (f"HTTP/1.1 {self.status}", *self.filled(host, request_uri), "", self.body)
        ).encode()


def nginx(
    status: str, *fields: str, title: str = "", line: str = "", connection: str = "keep-alive"
) -> Http:
    """Return nginx's own page for a status."""
    body = (
        f"<html>\r\n<head><title>{title or status}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status}</h1></center>\r\n{line}"
        "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
    )
    ours = (
        "Server: nginx/1.22.1",
        "Date: $date",
        "Content-Type: text/html",
        "Content-Length: $length",
        f"Connection: {connection}",
    )
    return Http(status, (*ours, *fields), body)


# uvicorn's answer, without `server` and body, to a close before accept, an unknown WebSocket route,
# and a failed validation.
ASGI_REFUSAL = Http(
    "403 Forbidden",
    (
        "Date: $date",
        "Connection: close",
        "Content-Length: $length",
        "Content-Type: text/plain; charset=utf-8",
    ),
)
ASGI_CRASH = Http("500 Internal Server Error", ASGI_REFUSAL.fields, "Internal Server Error")
ASGI_UNAUTHORIZED = Http(
    "401 Unauthorized",
    (
        'www-authenticate: Bearer realm="edge"',
        "content-length: $length",
        "content-type: application/json",
        "Date: $date",
        "Connection: close",
    ),
    '{"detail":"Unauthorized"}',
)
# A backend's own refusal of an agent, before it accepts: FastAPI's HTTPException(403).
ASGI_FORBIDDEN = Http(
    "403 Forbidden",
    (
        "content-length: $length",
        "content-type: application/json",
        "Date: $date",
        "Connection: close",
    ),
    '{"detail":"Invalid agent credentials"}',
)
# Kestrel's answer to a handshake without the subprotocol that it wants.
BARE_BAD_REQUEST = Http("400 Bad Request", ("Content-Length: 0", "Date: $date", "Server: Kestrel"))
# IIS without the feature Web-WebSockets.
IIS_WITHOUT_WEBSOCKETS = Http(
    "503 Service Unavailable",
    (
        "Content-Type: text/html",
        "Server: Microsoft-IIS/10.0",
        "X-Powered-By: ASP.NET",
        "Date: $date",
        "Content-Length: $length",
    ),
    "<!DOCTYPE html><html><head><title>IIS Detailed Error - 503.12 - WebSockets disabled</title>"
    "</head><body><h3>HTTP Error 503.12 - Service Unavailable</h3><h4>WebSocket requests are not "
    "allowed: WebSockets are disabled.</h4></body></html>",
)
# Django under gunicorn's sync workers, and under `manage.py runserver` without Channels.
DJANGO_UNDER_GUNICORN = Http(
    "404 Not Found",
    (
        "Server: gunicorn",
        "Date: $date",
        "Connection: close",
        "Content-Type: text/html; charset=utf-8",
        "X-Frame-Options: DENY",
        "Content-Length: $length",
    ),
    '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>Not Found</title>\n</head>\n<body>\n  '
    "<h1>Not Found</h1><p>The requested resource was not found on this server.</p>\n</body>\n"
    "</html>\n",
)
# Starlette's TrustedHostMiddleware.
INVALID_HOST = Http(
    "400 Bad Request",
    (
        "content-length: $length",
        "content-type: text/plain; charset=utf-8",
        "Date: $date",
        "Connection: close",
    ),
    "Invalid host header",
)
# What Cloudflare Access answers to a client without a session.
TO_LOG_IN = Http(
    "302 Found",
    (
        "Date: $date",
        "Content-Type: text/html",
        "Content-Length: $length",
        "Connection: keep-alive",
        "CF-RAY: 9a3f1c2b4d5e6f70-FRA",
        "Server: cloudflare",
        "Location: https://team.cloudflareaccess.com/cdn-cgi/access/login/$host?kid=0123",
    ),
    "<html>\r\n<head><title>302 Found</title></head>\r\n<body>\r\n<center><h1>302 Found</h1>"
    "</center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
)
# Cloud Run with authentication, to a Bearer token that Google has not issued.
CLOUD_RUN_UNAUTHORIZED = Http(
    "401 Unauthorized",
    (
        (
            'WWW-Authenticate: Bearer error="invalid_token" error_description="The access token '
            'could not be verified"'
        ),
        "Date: $date",
        "Content-Type: text/html; charset=UTF-8",
        "Server: Google Frontend",
        "Content-Length: $length",
    ),
    "\n<html><head>\n<title>401 Unauthorized</title>\n</head>\n<body>\n<h1>Error: Unauthorized"
    "</h1>\n<h2>Your client does not have permission to the requested URL.</h2>\n</body></html>\n",
)


def challenge(profile: Profile) -> Http:
    """Return a server's demand for the profile's credentials.

    It names a scheme where they have one (RFC 6750, section 3; RFC 7617, section 2).
    """
    schemes = {Place.BEARER: "Bearer", Place.BASIC: "Basic"}
    scheme = schemes.get(profile.request.authorization.place)
    demand = (f'WWW-Authenticate: {scheme} realm="{profile.name}"',) if scheme else ()
    return Http("401 Unauthorized", (*demand, *ASGI_REFUSAL.fields))


def refusing(refusal: Refusal) -> Http:
    """Return the answer with which a profile's backend refuses."""
    try:
        reason = HTTPStatus(refusal.status).phrase
    except ValueError:  # a status of its own
        reason = "Refused"
    kind = "application/json" if refusal.body.lstrip().startswith(("{", "[")) else "text/plain"
    fields = ("Date: $date", "Connection: close", "Content-Length: $length")
    return Http(f"{refusal.status} {reason}", (*fields, f"Content-Type: {kind}"), refusal.body)


# FastAPI's answer to a request from which something removed the Upgrade field.
ASGI_NOT_FOUND = Http(
    "404 Not Found",
    ("date: $date", "server: uvicorn", "content-length: $length", "content-type: application/json"),
    '{"detail":"Not Found"}',
)
ASGI_NOT_FOUND_BEHIND_NGINX = Http(
    ASGI_NOT_FOUND.status,
    (
        "Server: nginx/1.22.1",
        "Date: $date",
        "Content-Type: application/json",
        "Content-Length: $length",
        "Connection: keep-alive",
    ),
    ASGI_NOT_FOUND.body,
)
# uvicorn's answer to bytes that are not HTTP, such as a ClientHello.
ASGI_NOT_HTTP = Http(
    "400 Bad Request",
    ("content-type: text/plain; charset=utf-8", "Connection: close"),
    "Invalid HTTP request received.",
)

PLAIN_HTTP_TO_TLS_PORT = nginx(
    "400 Bad Request",
    title="400 The plain HTTP request was sent to HTTPS port",
    line="<center>The plain HTTP request was sent to HTTPS port</center>\r\n",
    connection="close",
)

WEB_SITE = Http(
    "200 OK",
    (
        "Server: nginx/1.22.1",
        "Date: $date",
        "Content-Type: text/html",
        "Content-Length: $length",
        "Connection: keep-alive",
    ),
    (
        "<!DOCTYPE html>\n<html>\n<head><title>Welcome</title></head>\n"
        "<body><h1>Welcome</h1></body>\n</html>\n"
    ),
)

# The page of RFC 6585, section 6.
CAPTIVE_PORTAL = Http(
    "511 Network Authentication Required",
    (
        "Content-Type: text/html",
        "Content-Length: $length",
        "Cache-Control: no-store",
        "Connection: close",
    ),
    "<html>\n   <head>\n      <title>Network Authentication Required</title>\n"
    '      <meta http-equiv="refresh"\n            content="0; url=https://login.example.net/">\n '
    "  </head>\n   <body>\n"
    '      <p>You need to <a href="https://login.example.net/">\n      authenticate with the '
    "local network</a> in order to gain\n"
    "      access.</p>\n   </body>\n</html>\n",
)

WRONG_ACCEPT = Http(
    "101 Switching Protocols",
    (
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "Date: $date",
    ),
)


def railway(status: str, message: str) -> Http:
    """Return the answer of Railway's edge when no deployment answers."""
    request_id = "b7XnA2sRTbmIHkMv0qLzNw"
    body = {
        "status": "error",
        "code": int(status[:3]),
        "message": message,
        "request_id": request_id,
    }
    fields = (
        "Content-Type: application/json",
        "Server: railway-edge",
        "X-Railway-Edge: iad1",
        "X-Railway-Fallback: true",
        f"X-Railway-Request-Id: {request_id}",
        "Date: $date",
        "Content-Length: $length",
    )
    return Http(status, fields, json.dumps(body, separators=(",", ":")))


def cloudflare(status: str) -> Http:
    """Return the answer of Cloudflare's edge when the server behind it fails."""
    fields = (
        "Date: $date",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Length: $length",
        "Connection: keep-alive",
        (
            "Cache-Control: private, max-age=0, no-store, no-cache, must-revalidate, post-check=0, "
            "pre-check=0"
        ),
        "Server: cloudflare",
        "CF-RAY: 9a3f1c2b4d5e6f70-FRA",
    )
    return Http(status, fields, f"error code: {status[:3]}")


def squid(
    status: str,
    error: str,
    *fields: str,
    title: str = "ERROR: The requested URL could not be retrieved",
) -> Http:
    """Return the answer of a Squid proxy that refuses a request."""
    head = (
        "Server: squid/5.7",
        "Mime-Version: 1.0",
        "Date: $date",
        "Content-Type: text/html;charset=utf-8",
        "Content-Length: $length",
        f"X-Squid-Error: {error} 0",
        "Vary: Accept-Language",
        "Content-Language: en",
        *fields,
        "X-Cache: MISS from proxy.example.net",
        "X-Cache-Lookup: NONE from proxy.example.net:3128",
        "Via: 1.1 proxy.example.net (squid/5.7)",
        "Connection: keep-alive",
    )
    return Http(
        status,
        head,
        (
            f"<html><head>\n<title>{title}</title>\n</head><body "
            f"id={error}>\n<h1>ERROR</h1>\n</body></html>\n"
        ),
    )
