"""What the further servers of `make field` are to be called.

Written down from their bytes, before doctor was asked, like `field_table.py`.
"""

from __future__ import annotations

from field_table import BETWEEN as WAY
from field_table import CLOSED, CRASH, ERROR, HERE, LOST, REFUSED, ROUTE, SITE, US, WSGI, Case

EITHER = (LOST, ROUTE)
SILENT, BAD = ("upgrade-timeout", ROUTE), "upgrade-bad-request"
SUBPROTOCOL, OTHER = "upgrade-subprotocol-required", "upgrade-other-protocol"
# A bare 400: what Spring and Kestrel say to a missing subprotocol, and others to a lost Upgrade.
BARE = (LOST, BAD, SUBPROTOCOL)
# An HTTP answer in the open socket, and Tomcat's 1002 for a handler that raised.
FAILED = (*CRASH, "session-protocol-error")
ANOTHER = (OTHER, "pong-timeout", "pong-unexpected")
SHUT = ("session-closed-without-code", ROUTE)
OPEN, PLAIN, NONE = "healthy", "Upgrade lost", "no route"
DENIED, BROKEN = "refused", "handler fails"
KNOWN, UNAUTHORIZED = (ROUTE,), ("auth-unauthorized",)

# What is answered in each situation; a server that answers "healthy" has an empty code there.
Table = dict[str, dict[str, tuple[str, ...]]]
FRAMEWORKS: Table = {
    "uvicorn, BlackSheep": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: REFUSED,
        DENIED: REFUSED,
        BROKEN: CRASH,
    },
    "hypercorn, BlackSheep": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: REFUSED,
        DENIED: REFUSED,
        BROKEN: CRASH,
    },
    "uvicorn, Channels": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: (ERROR, ROUTE),
        DENIED: REFUSED,
        BROKEN: CRASH,
    },
    "daphne, Channels": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: (ERROR, ROUTE),
        DENIED: REFUSED,
        BROKEN: CRASH,
    },
    "hypercorn, Channels": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: (ERROR, ROUTE),
        DENIED: REFUSED,
        BROKEN: CRASH,
    },
    "uvicorn, Quart": {OPEN: ("",), PLAIN: (LOST,), NONE: KNOWN},
    "hypercorn, Falcon": {OPEN: ("",), PLAIN: (LOST,), NONE: REFUSED},
    "uvicorn websockets, FastAPI": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: REFUSED,
        DENIED: REFUSED,
        BROKEN: CRASH,
    },
    "robyn": {OPEN: ("",), PLAIN: (LOST,), NONE: SILENT, BROKEN: CRASH},
    "socketify": {OPEN: ("",), NONE: KNOWN, DENIED: UNAUTHORIZED, BROKEN: CRASH},
    "microdot": {OPEN: ("",), PLAIN: (LOST, BAD), NONE: KNOWN, BROKEN: CRASH},
    "gevent-websocket": {OPEN: ("",), PLAIN: (ERROR, LOST), NONE: SHUT, BROKEN: CRASH},
    "eventlet": {OPEN: ("",), PLAIN: BARE, NONE: KNOWN, DENIED: UNAUTHORIZED, BROKEN: FAILED},
    "CherryPy, ws4py": {OPEN: ("",), PLAIN: (LOST, ERROR, WSGI), NONE: (*EITHER, WSGI)},
    "autobahn": {OPEN: ("",), PLAIN: (LOST,), DENIED: UNAUTHORIZED, BROKEN: CRASH},
    "Twisted Web, autobahn": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: KNOWN,
        DENIED: UNAUTHORIZED,
        BROKEN: CRASH,
    },
    "Twisted Web": {"no WebSocket at all": EITHER},
    "trio-websocket": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: KNOWN,
        DENIED: UNAUTHORIZED,
        BROKEN: CRASH,
    },
    "picows": {OPEN: ("",), PLAIN: (LOST,), NONE: KNOWN, BROKEN: CRASH},
    "websocket-server": {OPEN: ("",), PLAIN: (CLOSED,)},
    "gunicorn gthread, flask-sock": {
        OPEN: ("",),
        PLAIN: (LOST, WSGI),
        NONE: (*EITHER, WSGI),
        BROKEN: FAILED,
    },
    "uvicorn, python-socketio": {NONE: (ERROR, ROUTE, OTHER)},
    "http.server": {"no WebSocket at all": EITHER},
}
NODE: Table = {
    "ws on polka": {OPEN: ("",), PLAIN: (LOST,), NONE: KNOWN, DENIED: UNAUTHORIZED, BROKEN: CRASH},
    "ws on restify": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: KNOWN,
        DENIED: UNAUTHORIZED,
        BROKEN: CRASH,
    },
    "ws on koa": {OPEN: ("",), PLAIN: (LOST,), NONE: KNOWN, DENIED: UNAUTHORIZED, BROKEN: CRASH},
    "Nest, WsAdapter": {OPEN: ("",), PLAIN: (LOST,), NONE: (CLOSED,), BROKEN: CRASH},
    "Nest without WebSockets": {"no WebSocket at all": EITHER},
    "engine.io": {NONE: (CLOSED, OTHER), PLAIN: EITHER},
    "primus": {OPEN: ("",), PLAIN: (LOST,), NONE: SILENT},
    "hono, node-ws": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: KNOWN,
        DENIED: UNAUTHORIZED,
        BROKEN: CRASH,
    },
    "koa-easy-ws": {OPEN: ("",), PLAIN: EITHER, NONE: EITHER, DENIED: UNAUTHORIZED, BROKEN: CRASH},
    "hapi, nes": {PLAIN: (LOST,), "another protocol": ANOTHER},
    "rpc-websockets": {PLAIN: (LOST,), "another protocol": ANOTHER},
    "graphql-ws": {PLAIN: (LOST,), NONE: KNOWN, "another protocol": (SUBPROTOCOL, OTHER)},
    "nodejs-websocket": {OPEN: ("",), PLAIN: BARE, BROKEN: CRASH},
    "crossws": {OPEN: ("",), PLAIN: (LOST, SITE), NONE: KNOWN, DENIED: UNAUTHORIZED, BROKEN: CRASH},
    "sockjs": {PLAIN: EITHER, NONE: SILENT, "another protocol": (ROUTE, OTHER)},
    "polka alone": {"no WebSocket at all": EITHER},
    "restify alone": {"no WebSocket at all": SILENT},
    "h3 alone": {"no WebSocket at all": EITHER},
    "http-server": {"no WebSocket at all": EITHER},
}
OTHERS: Table = {
    "nhooyr": {OPEN: ("",), PLAIN: (LOST,), NONE: KNOWN, DENIED: UNAUTHORIZED, BROKEN: CRASH},
    "x/net/websocket": {
        OPEN: ("",),
        PLAIN: (LOST,),
        NONE: KNOWN,
        DENIED: UNAUTHORIZED,
        BROKEN: CRASH,
    },
    "Tomcat": {OPEN: ("",), PLAIN: EITHER, NONE: EITHER, DENIED: UNAUTHORIZED, BROKEN: FAILED},
    "Jetty": {OPEN: ("",), PLAIN: (LOST,), NONE: KNOWN, DENIED: REFUSED, BROKEN: CRASH},
    "Java's HttpServer": {"no WebSocket at all": (SITE, LOST), NONE: KNOWN},
    "WebSocket++": {OPEN: ("",), PLAIN: (LOST,), NONE: KNOWN, DENIED: UNAUTHORIZED, BROKEN: CRASH},
    "Boost.Beast": {OPEN: ("",), PLAIN: (LOST,)},
    "libsoup": {OPEN: ("",), PLAIN: (LOST,), NONE: KNOWN, BROKEN: CRASH},
    "CivetWeb": {OPEN: ("",), PLAIN: EITHER, NONE: KNOWN, DENIED: (CLOSED,), BROKEN: CRASH},
    "libwebsockets": {PLAIN: EITHER},
    "em-websocket": {OPEN: ("",), PLAIN: (CLOSED,), BROKEN: CRASH},
    "faye-websocket on puma": {
        OPEN: ("",),
        PLAIN: (LOST, SITE),
        NONE: KNOWN,
        DENIED: UNAUTHORIZED,
        BROKEN: CRASH,
    },
    "faye-websocket on thin": {
        OPEN: ("",),
        PLAIN: (LOST, SITE),
        NONE: KNOWN,
        DENIED: UNAUTHORIZED,
        BROKEN: CRASH,
    },
    "Twiggy": {OPEN: ("",), PLAIN: (LOST, ERROR), NONE: KNOWN, DENIED: UNAUTHORIZED, BROKEN: CRASH},
    "Deno": {OPEN: ("",), PLAIN: (LOST,), NONE: KNOWN, DENIED: UNAUTHORIZED, BROKEN: CRASH},
    "websocketd": {OPEN: ("",), PLAIN: EITHER},
    "websockify": {PLAIN: (LOST,), "backend down": ("session-bad-gateway", "session-server-error")},
    "mini_httpd": {"no WebSocket at all": EITHER},
    "WEBrick": {"no WebSocket at all": EITHER},
}

PATHS, AGENTS = {NONE: "/none"}, {DENIED: "edge_2", BROKEN: "edge_3"}


def cases(table: Table) -> tuple[Case, ...]:
    """Return the situations of a table."""
    return tuple(
        Case(
            name,
            what,
            codes,
            _sides(what, codes),
            path=PATHS.get(what, ""),
            agent=AGENTS.get(what, "edge_1"),
            relay=what == PLAIN,
        )
        for name, situations in table.items()
        for what, codes in situations.items()
    )


def _sides(what: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return whose turn it may be, in a situation that may be called by these codes."""
    if what in (BROKEN, "backend down"):
        return (HERE,)
    if what == DENIED:
        return (US, HERE) if CLOSED in codes else (US,)
    if what == NONE and codes in (KNOWN, REFUSED):
        return (US,)
    return (HERE, WAY) if codes == (LOST,) else (HERE, WAY, US)
