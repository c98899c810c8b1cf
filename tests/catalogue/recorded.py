"""Answers of real servers and proxies as they are on the wire, and what each may be called.

Recorded on Debian 12 from the default settings of: uvicorn 0.54, hypercorn 0.18, daphne 4.2,
gunicorn 27, sanic 25.12, tornado 6.6, aiohttp 3.14, robyn 0.88, autobahn 26.10, websockets 17.4,
trio-websocket 0.12, gevent-websocket 0.10, websockify 0.13, Node.js 20 (ws, express-ws, fastify,
hono, Nest), bun 1.4, Mojolicious 9.31, gorilla 1.5, Tomcat 10.1, websocketd 0.4, nginx 1.22, Apache
2.4, HAProxy 2.6, Caddy 2.6 and 2.11, lighttpd 1.4, Squid 5.7, nghttpx 1.52, Varnish 7.1, Envoy
1.40, Traefik 3.7, Granian 2.8, Deno 2, Werkzeug 3.1, BlackSheep 2, Channels 4, CherryPy 18, Jetty
9.4, Tomcat's servlets, nodejs-websocket 1.7, Traffic Server 9.2, tinyproxy 1.11, mitmproxy
11.0.

Where two situations give equal bytes, a case names the code of either, and nothing is certain.
"""

from __future__ import annotations

from dataclasses import dataclass

DATE = "Date: Sat, 28 Nov 2026 10:00:00 GMT\r\n"
LOST, ROUTE = "upgrade-header-dropped", "upgrade-not-found"
ASGI = "Connection: close\r\nContent-Length: 0\r\nContent-Type: text/plain; charset=utf-8\r\n"
DJANGO = (
    '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>Not Found</title>\n</head>\n<body>\n'
    "  <h1>Not Found</h1><p>The requested resource was not found on this server.</p>\n</body>\n"
    "</html>\n"
)
WERKZEUG_400 = (
    "<!doctype html>\n<html lang=en>\n<title>400 Bad Request</title>\n<h1>Bad Request</h1>\n<p>The "
    "browser (or proxy) sent a request that this server could not understand.</p>\n"
)
WERKZEUG_404 = (
    "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The "
    "requested URL was not found on the server. If you entered the URL manually please check your "
    "spelling and try again.</p>\n"
)
TOMCAT_404 = (
    '<!doctype html><html lang="en"><head><title>HTTP Status 404 – Not Found</title></head><body>'
    '<h1>HTTP Status 404 – Not Found</h1><hr class="line" /><p><b>Type</b> Status Report</p><p><b>'
    'Message</b> The requested resource [/edge/ws] is not available</p><hr class="line" /><h3>'
    "Apache Tomcat/10.1.60</h3></body></html>"
)


@dataclass(frozen=True)
class Recorded:
    """One answer.

    Args:
        head: status line and fields, without the blank line.
        body: the content.
        codes: what the verdict may be called. If there are several, the others have to be among
            the alternatives.
        sides: whose turn it may be.
        surest: the most that may be said of the cause.
        seconds: how long the answer took.
    """

    head: str
    body: str = ""
    codes: tuple[str, ...] = ()
    sides: tuple[str, ...] = ("intermediary", "backend", "client")
    surest: str = "likely"
    seconds: float = 0.01


def _lost(
    head: str, body: str = "", *others: str, sides: tuple[str, ...] = (), surest: str = "likely"
) -> Recorded:
    return Recorded(head, body, (LOST, *others), sides or ("intermediary", "backend"), surest)


def _route(head: str, body: str = "", *others: str, surest: str = "likely") -> Recorded:
    return Recorded(head, body, (ROUTE, *others), ("client",), surest)


LIGHTTPD = "Server: lighttpd/1.4.69\r\n"
LIGHTTPD_PAGE = (
    '<?xml version="1.0" encoding="iso-8859-1"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 '
    'Transitional//EN"\n "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n<html><head>'
    "<title>STATUS</title></head></html>"
)
OK = "HTTP/1.1 200 OK\r\n"
NOT_FOUND = "HTTP/1.1 404 Not Found\r\n"
BAD = "HTTP/1.1 400 Bad Request\r\n"
NODE = DATE + "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n"

ANSWERS: dict[str, Recorded] = {
    # --- the Upgrade field was lost
    "uvicorn FastAPI lost": _lost(
        NOT_FOUND
        + "date: x\r\nserver: uvicorn\r\ncontent-length: 22\r\ncontent-type: application/json\r\n",
        '{"detail":"Not Found"}',
    ),
    "uvicorn Falcon lost": _lost(
        "HTTP/1.1 405 Method Not Allowed\r\ndate: x\r\nserver: uvicorn\r\nallow: OPTIONS\r\n",
        '{"title": "405 Method Not Allowed"}',
    ),
    "uvicorn Django lost": _lost(
        NOT_FOUND + "date: x\r\nserver: uvicorn\r\nContent-Type: text/html\r\n", DJANGO
    ),
    "hypercorn FastAPI lost": _lost(
        (
            "HTTP/1.1 404 \r\ncontent-length: 22\r\ncontent-type: application/json\r\nserver: "
            "hypercorn-h11\r\n"
        ),
        '{"detail":"Not Found"}',
    ),
    "hypercorn Quart lost": _lost(
        "HTTP/1.1 400 \r\ncontent-type: text/html; charset=utf-8\r\nserver: hypercorn-h11\r\n",
        WERKZEUG_400,
    ),
    "daphne lost": _lost(NOT_FOUND + "Content-Type: text/html\r\nServer: daphne\r\n", DJANGO),
    "sanic lost": _lost(
        "HTTP/1.1 426 Upgrade Required\r\ncontent-length: 100\r\nconnection: keep-alive\r\n",
        "⚠️ 426 — Upgrade Required\n==\nFailed to open a WebSocket connection.\n",
    ),
    "tornado lost": _lost(
        BAD + "Server: TornadoServer/6.6.1\r\nContent-Type: text/html; charset=UTF-8\r\n" + DATE,
        'Can "Upgrade" only to "WebSocket".',
    ),
    "aiohttp lost": _lost(
        BAD + "Content-Type: text/plain; charset=utf-8\r\nServer: Python/3.11 aiohttp/3.14.5\r\n",
        'No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".',
    ),
    "robyn lost": _lost(
        "HTTP/1.1 400 No WebSocket Upgrade header found\r\ncontent-length: 0\r\n" + DATE
    ),
    "autobahn lost": _lost(
        OK + "Server: AutobahnPython/26.10.2\r\nContent-Type: text/html\r\n",
        "<!DOCTYPE html><html><head><title>AutobahnPython 26.10.2</title></head></html>",
    ),
    "autobahn HTTP/1.0": _lost("HTTP/1.1 505 HTTP version not supported\r\n"),
    "websockets lost": _lost(
        (
            "HTTP/1.1 426 Upgrade Required\r\nServer: Python/3.11 websockets/17.4\r\nUpgrade: "
            "websocket\r\nConnection: close\r\n"
        ),
        "Failed to open a WebSocket connection: missing Connection header.\n",
    ),
    "trio-websocket lost": _lost("HTTP/1.1 400 \r\ncontent-length: 0\r\n"),
    "gevent lost": Recorded(
        NOT_FOUND + "Content-Type: text/plain\r\nContent-Length: 9\r\n" + DATE,
        "Not Found",
        (ROUTE, LOST),
        ("client", "intermediary"),
        "possible",
    ),
    "websockify lost": _lost(
        "HTTP/1.1 405 Method Not Allowed\r\nServer: WebSockify Python/3.11\r\n" + DATE
    ),
    "websocketd lost": Recorded(
        NOT_FOUND
        + "Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
        + DATE,
        "404 page not found\n",
        (ROUTE, LOST),
        ("client", "intermediary"),
        "possible",
    ),
    "ws on its own HTTP server lost": Recorded(
        OK + NODE + "Content-Type: text/plain\r\n",
        "ok",
        (LOST, "upgrade-not-websocket"),
        ("intermediary", "backend"),
        "possible",
    ),
    "ws standalone lost": _lost(
        "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 16\r\nContent-Type: text/plain\r\n"
        + NODE,
        "Upgrade Required",
    ),
    "express-ws lost": _lost(
        NOT_FOUND + "X-Powered-By: Express\r\nContent-Type: text/html; charset=utf-8\r\n" + NODE,
        "<!DOCTYPE html><html><body><pre>Cannot GET /edge/ws</pre></body></html>",
    ),
    "fastify lost": _lost(
        NOT_FOUND
        + "content-length: 0\r\n"
        + DATE
        + "Connection: keep-alive\r\nKeep-Alive: timeout=72\r\n"
    ),
    "hono lost": _lost(
        NOT_FOUND + "content-type: text/plain;charset=UTF-8\r\ncontent-length: 13\r\n" + NODE,
        "404 Not Found",
    ),
    "Nest lost": _lost(
        NOT_FOUND + "X-Powered-By: Express\r\nContent-Type: application/json\r\n" + NODE,
        (
            '{"message":"Cannot GET /edge/ws?edge_agent_id=edge_1","error":"Not '
            'Found","statusCode":404}'
        ),
    ),
    "bun lost": _lost(BAD + "content-type: text/plain;charset=utf-8\r\n" + DATE, "Upgrade failed"),
    "Mojolicious lost": _lost(
        NOT_FOUND
        + "Server: Mojolicious (Perl)\r\nContent-Type: text/html;charset=UTF-8\r\n"
        + DATE,
        "<!DOCTYPE html><html><head><title>Page Not Found</title></head></html>",
    ),
    "gorilla lost": _lost(
        BAD
        + "Content-Type: text/plain; charset=utf-8\r\n"
        + "Sec-Websocket-Version: 13\r\n"
        + "X-Content-Type-Options: nosniff\r\n"
        + DATE,
        "Bad Request\n",
    ),
    "Tomcat lost or without route": Recorded(
        "HTTP/1.1 404 \r\nContent-Type: text/html;charset=utf-8\r\nContent-Language: en\r\n" + DATE,
        TOMCAT_404,
        (ROUTE, LOST),
        ("client", "intermediary"),
        "possible",
    ),
    "hypercorn HTTP/1.0": _lost(
        "HTTP/1.1 400 \r\ncontent-length: 0\r\nserver: hypercorn-h11\r\nConnection: close\r\n"
    ),
    "gevent HTTP/1.0": _lost("HTTP/1.1 402 Bad Request\r\nContent-Length: 20\r\n" + DATE),
    # --- a server that cannot open WebSockets
    "gunicorn sync Flask": Recorded(
        OK + "Server: gunicorn\r\n" + DATE + "Connection: close\r\nContent-Type: text/html\r\n",
        "hello",
        ("upgrade-wsgi-server",),
        ("backend",),
    ),
    "gunicorn sync Flask without route": Recorded(
        NOT_FOUND + "Server: gunicorn\r\n" + DATE + "Connection: close\r\n",
        WERKZEUG_404,
        ("upgrade-wsgi-server",),
        ("backend",),
    ),
    "gunicorn sync Flask websocket route": Recorded(
        BAD + "Server: gunicorn\r\n" + DATE + "Connection: close\r\n",
        WERKZEUG_400,
        ("upgrade-wsgi-server", LOST),
        ("backend",),
    ),
    "gunicorn sync FastAPI": Recorded(
        (
            "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Type: "
            "text/html\r\nContent-Length: 141\r\n"
        ),
        "<html>\n  <head>\n    <title>Internal Server Error</title>\n  </head>\n  <body>\n    "
        "<h1><p>Internal Server Error</p></h1>\n    \n  </body>\n</html>\n",
        ("upgrade-wsgi-server", "upgrade-server-error"),
        ("backend",),
    ),
    "Django's runserver": Recorded(
        NOT_FOUND + DATE + "Server: WSGIServer/0.2 CPython/3.11.2\r\nContent-Type: text/html\r\n",
        DJANGO,
        ("upgrade-wsgi-server",),
        ("backend",),
    ),
    # --- no route, the handshake arrived
    "uvicorn without route": Recorded(
        "HTTP/1.1 403 Forbidden\r\n" + DATE + ASGI,
        "",
        ("auth-forbidden", ROUTE),
        ("client",),
        "possible",
    ),
    "wsproto without route": Recorded(
        "HTTP/1.1 403 \r\ncontent-length: 0\r\n",
        "",
        ("auth-forbidden", ROUTE),
        ("client",),
        "possible",
    ),
    "hypercorn without route": Recorded(
        "HTTP/1.1 403 \r\nconnection: close\r\nserver: hypercorn-h11\r\n",
        "",
        ("auth-forbidden", ROUTE),
        ("client",),
        "possible",
    ),
    "hypercorn Quart without route": _route(
        (
            "HTTP/1.1 404 \r\ncontent-type: text/html\r\nserver: hypercorn-h11\r\nconnection: "
            "close\r\n"
        ),
        WERKZEUG_404,
    ),
    # The handshake of a WSGI server, or an ordinary request: the page is that of both.
    "nginx before Flask without route": _route(
        NOT_FOUND + "Server: nginx/1.22.1\r\n" + DATE + "Content-Type: text/html\r\n",
        WERKZEUG_404,
        "upgrade-wsgi-server",
        LOST,
        surest="possible",
    ),
    "daphne Channels without route": Recorded(
        "HTTP/1.1 500 Internal server error\r\n",
        "",
        ("upgrade-server-error", ROUTE),
        ("backend",),
        "possible",
    ),
    "daphne refusal": Recorded(
        "HTTP/1.1 403 Access denied\r\n", "", ("auth-forbidden", ROUTE), ("client",), "possible"
    ),
    "uvicorn Channels without route": Recorded(
        "HTTP/1.1 500 Internal Server Error\r\n"
        + DATE
        + "Connection: close\r\nContent-Length: 21\r\nContent-Type: text/plain; charset=utf-8\r\n",
        "Internal Server Error",
        ("upgrade-server-error", ROUTE),
        ("backend",),
        "possible",
    ),
    "sanic without route": _route(
        NOT_FOUND + "content-length: 80\r\nconnection: close\r\ncontent-type: text/plain\r\n",
        "⚠️ 404 — Not Found\n==\nRequested URL /edge/ws not found\n",
    ),
    "tornado without route": _route(
        NOT_FOUND
        + "Server: TornadoServer/6.6.1\r\nContent-Type: text/html; charset=UTF-8\r\n"
        + DATE,
        "<html><title>404: Not Found</title><body>404: Not Found</body></html>",
    ),
    "aiohttp without route": _route(
        NOT_FOUND
        + "Content-Type: text/plain; charset=utf-8\r\nServer: Python/3.11 aiohttp/3.14.5\r\n"
        + DATE,
        "404: Not Found",
    ),
    "twisted without route": _route(
        NOT_FOUND + "Server: TwistedWeb/24\r\nContent-Type: text/html\r\n" + DATE,
        "<html><head><title>404 - No Such Resource</title></head><body><h1>No Such Resource</h1>"
        "</body></html>",
    ),
    "ws without path": _route(
        BAD + "Connection: close\r\nContent-Type: text/html\r\nContent-Length: 11\r\n",
        "Bad Request",
    ),
    "fastify without route": _route(
        NOT_FOUND
        + "content-type: application/json; charset=utf-8\r\ncontent-length: 90\r\n"
        + DATE
        + "Connection: close\r\n",
        (
            '{"message":"Route GET:/edge/ws?edge_agent_id=edge_1 not found","error":"Not '
            'Found","statusCode":404}'
        ),
    ),
    "hono without route": _route(NOT_FOUND + "Connection: close\r\nContent-Length: 0\r\n"),
    "Mojolicious without route": _route(
        NOT_FOUND
        + "Server: Mojolicious (Perl)\r\n"
        + "Sec-WebSocket-Accept: x\r\n"
        + "Upgrade: websocket\r\n"
        + "Connection: Upgrade\r\n"
        + DATE,
        "<!DOCTYPE html><html><head><title>Page Not Found</title></head></html>",
    ),
    "gorilla without route": Recorded(
        NOT_FOUND
        + "Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
        + DATE,
        "404 page not found\n",
        (ROUTE, LOST),
        ("client", "intermediary"),
        "possible",
    ),
    # --- refused by the application
    "tornado 403": Recorded(
        "HTTP/1.1 403 Forbidden\r\nServer: TornadoServer/6.6.1\r\nContent-Type: text/html\r\n"
        + DATE,
        "<html><title>403: Forbidden</title><body>403: Forbidden</body></html>",
        ("auth-forbidden",),
        ("client",),
        "possible",
    ),
    "werkzeug 403": Recorded(
        "HTTP/1.1 403 \r\ncontent-type: text/html\r\nserver: hypercorn-h11\r\n",
        "<!doctype html>\n<html lang=en>\n<title>403 Forbidden</title>\n<h1>Forbidden</h1>\n<p>You "
        "don&#39;t have the permission to access the requested resource.</p>\n",
        ("auth-forbidden",),
        ("client",),
        "possible",
    ),
    "Tomcat 403": Recorded(
        "HTTP/1.1 403 \r\nContent-Type: text/html;charset=utf-8\r\n" + DATE,
        TOMCAT_404.replace("404 – Not Found", "403 – Forbidden"),
        ("auth-forbidden",),
        ("client",),
        "possible",
    ),
    "gorilla's origin check": Recorded(
        "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; "
        "charset=utf-8\r\nSec-Websocket-Version: 13\r\nX-Content-Type-Options: nosniff\r\n" + DATE,
        "Forbidden\n",
        ("upgrade-origin-required",),
        ("backend",),
    ),
    "ws verifyClient 401": Recorded(
        (
            "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Type: "
            "text/html\r\nContent-Length: 12\r\n"
        ),
        "Unauthorized",
        ("auth-unauthorized",),
        ("client",),
    ),
    "sanic 401": Recorded(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\ncontent-type: text/plain\r\n",
        "⚠️ 401 — Unauthorized\n",
        ("auth-unauthorized",),
        ("client",),
    ),
    "websockets, which knows another subprotocol": Recorded(
        BAD
        + DATE
        + "Connection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
        + "Server: Python/3.11 websockets/17.4\r\n",
        "Failed to open a WebSocket connection: invalid subprotocol; expected one of v2.agents.\n",
        ("upgrade-subprotocol-required",),
        ("client",),
    ),
    "autobahn 401": Recorded(
        "HTTP/1.1 401 Invalid token\r\n", "", ("auth-unauthorized",), ("client",)
    ),
    "TrustedHostMiddleware": Recorded(
        BAD + DATE + "content-type: text/plain; charset=utf-8\r\nConnection: close\r\n",
        "Invalid host header",
        ("upgrade-host-not-allowed",),
        ("backend",),
    ),
    "Django ALLOWED_HOSTS": Recorded(
        BAD
        + "Content-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
        + "Server: nginx/1.22.1\r\n",
        (
            "<!doctype html><html><head><title>Bad Request (400)</title></head><body><h1>Bad "
            "Request (400)</h1></body></html>"
        ),
        ("upgrade-host-not-allowed",),
        ("backend",),
    ),
    "websockets process_request raises": Recorded(
        (
            "HTTP/1.1 500 Internal Server Error\r\nServer: Python/3.11 "
            "websockets/17.4\r\nConnection: close\r\n"
        ),
        "Failed to open a WebSocket connection.\nSee server log for more information.\n",
        ("upgrade-server-error",),
        ("backend",),
        "certain",
    ),
    "Tomcat modifyHandshake": Recorded(
        "HTTP/1.1 500 \r\nContent-Type: text/html;charset=utf-8\r\nConnection: close\r\n",
        TOMCAT_404.replace("404 – Not Found", "500 – Internal Server Error"),
        ("upgrade-server-error",),
        ("backend",),
    ),
    # --- proxies: the Upgrade field lost
    "nginx lost": _lost(
        NOT_FOUND + "Server: nginx/1.22.1\r\nContent-Type: application/json\r\n" + DATE,
        '{"detail":"Not Found"}',
        sides=("intermediary",),
    ),
    "lighttpd lost": _lost(
        NOT_FOUND + "server: uvicorn\r\ncontent-type: application/json\r\n" + DATE,
        '{"detail":"Not Found"}',
    ),
    "Squid lost": _lost(
        NOT_FOUND + "server: uvicorn\r\nX-Cache: MISS from host\r\nVia: 1.1 host (squid/5.7)\r\n",
        '{"detail":"Not Found"}',
        sides=("intermediary",),
    ),
    # --- proxies: the backend is down, or hangs
    "nginx down": Recorded(
        "HTTP/1.1 502 Bad Gateway\r\nServer: nginx/1.22.1\r\n" + DATE,
        "<html>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.22.1</center>",
        ("upgrade-bad-gateway",),
        ("backend",),
    ),
    "nginx hangs": Recorded(
        "HTTP/1.1 504 Gateway Time-out\r\nServer: nginx/1.22.1\r\n" + DATE,
        (
            "<html>\r\n<center><h1>504 Gateway "
            "Time-out</h1></center>\r\n<hr><center>nginx/1.22.1</center>"
        ),
        ("upgrade-gateway-timeout",),
        ("backend",),
        seconds=3.0,
    ),
    "Apache down": Recorded(
        "HTTP/1.1 503 Service Unavailable\r\n"
        + DATE
        + "Server: Apache/2.4.71 (Debian)\r\nConnection: close\r\n",
        "<p>The server is temporarily unable to service your request due to maintenance downtime "
        "or "
        "capacity problems. Please try again later.</p>\n<address>Apache/2.4.71</address>",
        ("upgrade-unavailable",),
        ("backend",),
    ),
    "Apache hangs": Recorded(
        "HTTP/1.1 502 Proxy Error\r\n" + DATE + "Server: Apache/2.4.71 (Debian)\r\n",
        "<p>The proxy server received an invalid response from an upstream server.<br />Reason: "
        "<strong>Error reading from remote server</strong></p>",
        ("upgrade-bad-gateway", "upgrade-gateway-timeout"),
        ("backend",),
        seconds=3.0,
    ),
    "HAProxy down": Recorded(
        (
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 107\r\ncache-control: "
            "no-cache\r\ncontent-type: text/html\r\n"
        ),
        (
            "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this "
            "request.\n</body></html>\n"
        ),
        ("upgrade-unavailable",),
        ("backend",),
    ),
    "HAProxy hangs": Recorded(
        (
            "HTTP/1.1 504 Gateway Time-out\r\ncontent-length: 92\r\ncache-control: "
            "no-cache\r\ncontent-type: text/html\r\n"
        ),
        (
            "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in "
            "time.\n</body></html>\n"
        ),
        ("upgrade-gateway-timeout",),
        ("backend",),
        seconds=3.0,
    ),
    "Caddy down": Recorded(
        "HTTP/1.1 502 Bad Gateway\r\nServer: Caddy\r\nContent-Length: 0\r\n" + DATE,
        "",
        ("upgrade-bad-gateway",),
        ("backend",),
    ),
    "lighttpd down": Recorded(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nServer: lighttpd/1.4.69\r\n"
        + DATE,
        '<?xml version="1.0"?>\n<html><head><title>503 Service Unavailable</title></head></html>',
        ("upgrade-unavailable",),
        ("backend",),
    ),
    "Squid down": Recorded(
        (
            "HTTP/1.1 502 Bad Gateway\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_READ_ERROR "
            "0\r\nX-Cache: MISS from host\r\n"
        ),
        "<html><body id=ERR_READ_ERROR></body></html>",
        ("upgrade-bad-gateway",),
        ("backend",),
    ),
    "Squid hangs": Recorded(
        (
            "HTTP/1.1 504 Gateway Timeout\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_READ_TIMEOUT "
            "0\r\nVia: 1.1 host (squid/5.7)\r\n"
        ),
        "<html><body id=ERR_READ_TIMEOUT></body></html>",
        ("upgrade-gateway-timeout",),
        ("backend",),
        seconds=5.0,
    ),
    "nghttpx down": Recorded(
        "HTTP/1.1 502 Bad Gateway\r\nServer: nghttpx\r\nConnection: close\r\n" + DATE,
        (
            "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad "
            "Gateway</h1><footer>nghttpx</footer></body></html>"
        ),
        ("upgrade-bad-gateway",),
        ("backend",),
    ),
    "Traefik down": Recorded(
        "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 11\r\nContent-Type: text/plain; "
        "charset=utf-8\r\n" + DATE,
        "Bad Gateway",
        ("upgrade-bad-gateway",),
        ("backend",),
    ),
    "Envoy down": Recorded(
        "HTTP/1.1 503 Service Unavailable\r\nserver: envoy\r\ncontent-type: text/plain\r\n",
        "upstream connect error or disconnect/reset before headers. reset reason: connection "
        "termination",
        ("upgrade-unavailable",),
        ("backend",),
    ),
    "nginx' own 500": Recorded(
        "HTTP/1.1 500 Internal Server Error\r\nServer: nginx/1.22.1\r\n" + DATE,
        (
            "<html>\r\n<center><h1>500 Internal Server "
            "Error</h1></center>\r\n<hr><center>nginx/1.22.1</center>"
        ),
        ("upgrade-server-error",),
        ("intermediary",),
    ),
    # --- proxies: what they answer by themselves
    "Apache lost": _lost(
        NOT_FOUND + DATE + "Server: uvicorn\r\ncontent-length: 22\r\n",
        '{"detail":"Not Found"}',
        sides=("intermediary",),
    ),
    "Traefik forbids": Recorded(
        "HTTP/1.1 403 Forbidden\r\n" + DATE + "Content-Length: 9\r\n",
        "Forbidden",
        ("upgrade-blocked",),
        ("intermediary",),
    ),
    "Traefik basicAuth": Recorded(
        (
            "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nWww-Authenticate: Basic "
            'realm="Staff"\r\nContent-Length: 17\r\n'
        )
        + DATE,
        "401 Unauthorized\n",
        ("auth-basic-in-front",),
        ("intermediary",),
    ),
    "Traefik, the backend speaks no HTTP": Recorded(
        "HTTP/1.1 500 Internal Server Error\r\n" + DATE + "Content-Length: 21\r\n",
        "Internal Server Error",
        ("upgrade-server-error", "upgrade-bad-gateway"),
        ("backend",),
        "possible",
    ),
    "Deno fails": Recorded(
        (
            "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 21\r\ndate: Sat, 28 Nov 2026 "
            "10:00:00 GMT\r\n"
        ),
        "Internal Server Error",
        ("upgrade-server-error", ROUTE),
        ("backend",),
        "possible",
    ),
    "Deno lost": _lost(
        (
            "HTTP/1.1 501 Not Implemented\r\ncontent-length: 0\r\ndate: Sat, 28 Nov 2026 10:00:00 "
            "GMT\r\n"
        ),
        sides=("backend", "intermediary"),
    ),
    "Envoy without upgrade_configs": Recorded(
        (
            "HTTP/1.1 403 Forbidden\r\ndate: Sat, 28 Nov 2026 10:00:00 GMT\r\nserver: envoy\r\n"
            "connection: close\r\ncontent-length: 0\r\n"
        ),
        "",
        ("upgrade-blocked", "upgrade-websockets-disabled"),
        ("intermediary",),
        "possible",
    ),
    "Caddy forbids": Recorded(
        "HTTP/1.1 403 Forbidden\r\nServer: Caddy\r\n" + DATE + "Content-Length: 0\r\n",
        "",
        ("upgrade-blocked", "auth-forbidden"),
        ("intermediary",),
        "possible",
    ),
    "Caddy without a handler": Recorded(
        OK + "Server: Caddy\r\n" + DATE + "Content-Length: 0\r\n",
        "",
        ("upgrade-not-websocket", ROUTE),
        ("client",),
        "possible",
    ),
    "HAProxy asks for Basic": Recorded(
        (
            "HTTP/1.1 401 Unauthorized\r\ncontent-length: 112\r\ncache-control: no-cache\r\n"
            'content-type: text/html\r\nwww-authenticate: Basic realm="Staff"\r\n'
        ),
        (
            "<html><body><h1>401 Unauthorized</h1>\nYou need a valid user and password to access "
            "this content.\n</body></html>\n"
        ),
        ("auth-basic-in-front",),
        ("intermediary",),
    ),
    "HAProxy down, after three tries": Recorded(
        (
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 107\r\ncache-control: "
            "no-cache\r\ncontent-type: text/html\r\n"
        ),
        (
            "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this "
            "request.\n</body></html>\n"
        ),
        ("upgrade-unavailable",),
        ("backend",),
        seconds=3.0,
    ),
    "lighttpd forbids": Recorded(
        "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n" + DATE + LIGHTTPD,
        LIGHTTPD_PAGE.replace("STATUS", "403 Forbidden"),
        ("upgrade-blocked",),
        ("intermediary",),
    ),
    "lighttpd, the backend closes": Recorded(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\n" + DATE + LIGHTTPD,
        LIGHTTPD_PAGE.replace("STATUS", "500 Internal Server Error"),
        ("upgrade-server-error", "upgrade-bad-gateway"),
        ("backend",),
        "possible",
    ),
    "Varnish hangs": Recorded(
        "HTTP/1.1 503 Backend fetch failed\r\nServer: Varnish\r\nX-Varnish: 32776\r\n" + DATE,
        "<!DOCTYPE html>\n<html><h1>Error 503 Backend fetch failed</h1><h3>Guru Meditation:</h3>",
        ("upgrade-unavailable", "upgrade-gateway-timeout"),
        ("backend",),
        seconds=3.0,
    ),
    "Werkzeug, a route or a lost field": Recorded(
        "HTTP/1.1 400 BAD REQUEST\r\nServer: Werkzeug/3.1.9 Python/3.11.7\r\n" + DATE,
        WERKZEUG_400,
        ("upgrade-wsgi-server", LOST),
        ("backend",),
        "possible",
    ),
    "Granian lost": _lost(
        (
            "HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\nserver: granian\r\n"
            "content-length: 4\r\n"
        ),
        "nope",
        ROUTE,
        surest="possible",
    ),
    # --- a web site answers
    "nginx without a site of that name": Recorded(
        OK + "Server: nginx/1.22.1\r\nContent-Type: text/html\r\n" + DATE,
        "<!DOCTYPE html>\n<html><head><title>Welcome to nginx!</title></head></html>",
        ("upgrade-not-websocket", ROUTE),
        ("client",),
    ),
    "Apache without a site of that name": Recorded(
        OK + DATE + "Server: Apache/2.4.71 (Debian)\r\nContent-Type: text/html\r\n",
        "<html><head><title>Apache2 Debian Default Page: It works</title></head></html>",
        ("upgrade-not-websocket", ROUTE),
        ("client",),
    ),
    "a parked name": Recorded(
        OK + "Content-Type: text/html\r\n",
        "<html><title>edge.example</title><body>This domain is for sale!</body></html>",
        ("upgrade-not-websocket",),
        ("client",),
    ),
    "an application's log-in page": Recorded(
        OK + "Content-Type: text/html\r\n" + DATE,
        '<html><form method="post"><input name="user"><input type="password"></form></html>',
        ("upgrade-login-required",),
        ("intermediary", "backend"),
    ),
    # --- further servers and proxies
    "hypercorn BlackSheep lost": _lost(
        "HTTP/1.1 404 \r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 18\r\n"
        "date: x\r\nserver: hypercorn-h11\r\n",
        "Resource not found",
        ROUTE,
        surest="possible",
    ),
    "Jetty lost": _lost(
        "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/html;charset=iso-8859-1\r\n"
        "Server: Jetty(9.4.57.v20241219)\r\n",
        "<html><title>Error 405 HTTP method GET is not supported by this URL</title></html>",
        "upgrade-method-not-allowed",
        surest="possible",
    ),
    "nodejs-websocket lost": _lost(
        "HTTP/1.1 400 Bad Request\r\n",
        "",
        "upgrade-bad-request",
        "upgrade-subprotocol-required",
        surest="possible",
    ),
    "hypercorn Channels no route": Recorded(
        "HTTP/1.1 500 \r\ncontent-length: 0\r\nconnection: close\r\ndate: x\r\n"
        "server: hypercorn-h11\r\n",
        "",
        ("upgrade-server-error", ROUTE),
        ("backend",),
        "possible",
    ),
    "CherryPy no route": Recorded(
        NOT_FOUND + "Content-Type: text/html;charset=utf-8\r\nServer: CherryPy/18.10.0\r\n" + DATE,
        "<title>404 Not Found</title><h2>404 Not Found</h2><p>The path '/edge/ws' was not found.",
        ("upgrade-wsgi-server", LOST, ROUTE),
        ("backend",),
        "possible",
    ),
    "gunicorn threads flask-sock no route": Recorded(
        "HTTP/1.1 404 NOT FOUND\r\nServer: gunicorn\r\n" + DATE + "Connection: keep-alive\r\n",
        WERKZEUG_404,
        ("upgrade-wsgi-server", LOST, ROUTE),
        ("backend",),
        "possible",
    ),
    "Traffic Server without a mapping for ws": Recorded(
        "HTTP/1.1 404 Not Found on Accelerator\r\n" + DATE + "Server: ATS/9.2.9\r\n",
        "<HTML>\n<TITLE>Not Found on Accelerator</TITLE>\n<H1>Not Found on Accelerator</H1>\n",
        (ROUTE, LOST),
        ("intermediary",),
        "possible",
    ),
    "mitmproxy, the backend closes": Recorded(
        "HTTP/1.1 502 Bad Gateway\r\nServer: mitmproxy 11.0.2\r\nConnection: close\r\n",
        "<html>\n<head>\n    <title>502 Bad Gateway</title>\n</head>\n<body>\n    <h1>502 Bad "
        "Gateway</h1>\n    <p>server closed connection</p>\n</body>\n</html>",
        ("upgrade-bad-gateway",),
        ("backend",),
    ),
    "tinyproxy lost": _lost(
        NOT_FOUND + "Via: 1.1 vm (tinyproxy/1.11.1)\r\ndate: x\r\nserver: uvicorn\r\n",
        '{"detail":"Not Found"}',
        ROUTE,
    ),
    # --- and more
    "another version of the protocol": Recorded(
        "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8, 7\r\n",
        "",
        ("upgrade-unexpected-status",),
        ("backend",),
    ),
    "nginx, the fields are too large": Recorded(
        BAD + "Server: nginx/1.22.1\r\n" + DATE,
        (
            "<html>\r\n<head><title>400 Request Header Or Cookie Too Large</title></head>\r\n"
            "<center>Request Header Or Cookie Too Large</center>\r\n"
            "<hr><center>nginx/1.22.1</center>"
        ),
        ("upgrade-bad-request",),
        ("client",),
    ),
    "Istio takes the secret for a JWT": Recorded(
        (
            "HTTP/1.1 401 Unauthorized\r\nserver: istio-envoy\r\nwww-authenticate: Bearer "
            'realm="x", error="invalid_token"\r\n'
        ),
        "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections",
        ("auth-taken-by-platform",),
        ("intermediary",),
    ),
}
