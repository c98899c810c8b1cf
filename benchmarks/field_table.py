"""What the servers and proxies of `make field` are to be called: code, side and certainty.

Written down before doctor was asked. Where two situations give equal bytes, a case has the codes of
both. Nothing is certain but what the answer itself, or the experiments, leave no doubt about.
"""

from __future__ import annotations

from dataclasses import dataclass

from field_apps import SERVERS
from field_proxies import NODE_PROXIES, PROXIES, WITHOUT_SETTING

LOST, ROUTE, WSGI = "upgrade-header-dropped", "upgrade-not-found", "upgrade-wsgi-server"
REFUSED = ("upgrade-refused-regardless", "auth-forbidden")
SITE, CLOSED, ERROR = "upgrade-not-websocket", "upgrade-closed", "upgrade-server-error"
GATEWAY = ("upgrade-bad-gateway", "upgrade-unavailable")
TIMEOUT = ("upgrade-gateway-timeout", *GATEWAY)
CRASH = (
    "session-dropped",
    "session-server-error",
    "session-closed-normally",
    "session-closed-without-code",
    "pong-timeout",
)
HERE, NETWORK, US, BETWEEN = "backend", "network", "client", "intermediary"


@dataclass(frozen=True)
class Case:
    """A situation at one server or proxy.

    Args:
        name: of the server or proxy.
        what: the situation.
        codes: that the verdict may have.
        sides: whose turn it may be.
        path: below which the backend is looked for.
        agent: the agent id.
        relay: a proxy that drops the Upgrade field is in between.
        upgrade: the proxy is told to pass the Upgrade field on.
        sure: that the verdict may be certain.
    """

    name: str
    what: str
    codes: tuple[str, ...]
    sides: tuple[str, ...] = (HERE, US, BETWEEN)
    path: str = ""
    agent: str = "edge_1"
    relay: bool = False
    upgrade: bool = False
    sure: bool = False


ASGI = ("uvicorn, FastAPI", "uvicorn wsproto, FastAPI", "hypercorn, FastAPI", "uvicorn, Litestar")
# The servers of Python that serve plain HTTP only, and say who they are.
ORDINARY = ("waitress, Flask", "cheroot, Flask", "Werkzeug, Flask", "wsgiref, Flask")


def servers() -> list[Case]:
    """Return the situations at servers in Python."""
    found = []
    for name in SERVERS:
        if name.startswith("gunicorn") or name in ORDINARY:
            found.append(Case(name, "cannot open WebSockets", (WSGI,), (HERE,)))
        elif name == "uvicorn without WebSockets, FastAPI":
            found.append(Case(name, "cannot open WebSockets", (LOST,), (HERE,)))
        elif name != "uvicorn, Django":
            found.append(Case(name, "healthy", ("",)))
            found.append(Case(name, "Upgrade lost", (LOST, *_beside(name)), relay=True))
        else:
            found.append(Case(name, "Upgrade lost", (LOST,), (HERE, BETWEEN), relay=True))
    found += [
        Case(name, "no route", REFUSED, (US,), path="/none")
        for name in (*ASGI, "daphne, FastAPI", "uvicorn, Falcon", "granian, FastAPI")
    ]
    found += [
        Case(name, "no route", (ROUTE,), (US,), path="/none")
        for name in ("hypercorn, Quart", "sanic", "tornado", "aiohttp")
    ]
    found += [Case("uvicorn, Django", "no route", (ERROR,), (HERE,))]
    found += [Case(name, "refused", REFUSED, (US,), agent="edge_2") for name in ASGI]
    found += [Case(name, "handler fails", CRASH, (HERE,), agent="edge_3") for name in ASGI]
    found += [
        Case(name, "refused once open", REFUSED, (US,), agent="edge_4")
        for name in ASGI
        if name.endswith("FastAPI")
    ]
    # Daphne cannot send 1008, and fails.
    found += [
        Case("daphne, FastAPI", "refused once open", ("session-server-error",), agent="edge_4")
    ]
    found += [Case("tornado", "handler fails", CRASH, (HERE,), agent="edge_3")]
    return found


def _beside(name: str) -> tuple[str, ...]:
    """Return what else a server's answer to a lost Upgrade may be called: equal bytes."""
    return (WSGI,) if name.startswith("flask-sock") else ()


def proxies() -> list[Case]:
    """Return the situations behind reverse proxies."""
    found = []
    for name in PROXIES:
        passes = name in WITHOUT_SETTING
        if not passes:
            found.append(_unset(name))
        if name == "tinyproxy":  # it passes no Upgrade on
            continue
        found.append(Case(name, "healthy", ("",), upgrade=True))
        found += [
            Case(name, what, codes, sides, path=f"/{what}", upgrade=True)
            for what, codes, sides in (
                ("down", _down(name), (HERE,)),
                ("hangs", _hangs(name), (HERE,)),
                ("cuts", _cuts(name), (HERE,)),
                ("none", *_none(name)),
            )
        ]
        found += [
            Case(name, what, codes, sides, path=f"/{what}", upgrade=True, sure=sure)
            for what, (codes, sides, sure, names) in OWN_ANSWERS.items()
            if name in names
        ]
    return found


def _unset(name: str) -> Case:
    """Return the situation that a proxy was not told to pass the Upgrade field on."""
    if name == "Envoy":  # it refuses, without a word
        return Case(name, "Upgrade not allowed", ("upgrade-blocked",), (BETWEEN,))
    if name == "Traffic Server":  # what is mapped for http is not mapped for ws
        return Case(name, "Upgrade not mapped", (LOST, ROUTE), (BETWEEN,))
    if name in NODE_PROXIES and name != "fastify http-proxy":  # they stay silent
        return Case(name, "WebSockets not switched on", ("upgrade-timeout",), (HERE, BETWEEN))
    # The fields of their answers are all uvicorn's.
    trace = name not in ("lighttpd", "fastify http-proxy")
    return Case(name, "Upgrade lost", (LOST,), (BETWEEN,) if trace else (HERE, BETWEEN))


def _down(name: str) -> tuple[str, ...]:
    if name == "fastify http-proxy":
        return OPENED
    return (CLOSED,) if name in ("Varnish", *NODE_PROXIES) else GATEWAY


def _cuts(name: str) -> tuple[str, ...]:
    if name == "lighttpd":
        return (ERROR,)
    return (CLOSED,) if name == "Varnish" else _down(name)


def _hangs(name: str) -> tuple[str, ...]:
    if name == "fastify http-proxy":
        return ("pong-timeout",)
    if name in NODE_PROXIES:
        return ("upgrade-timeout",)
    return (CLOSED,) if name == "Varnish" else TIMEOUT


def _none(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the backend's refusal of a path is called, and whose turn it is."""
    return (OPENED, (HERE, US)) if name == "fastify http-proxy" else (REFUSED, (US,))


# It opens the socket before it asks the backend.
OPENED = ("session-bad-gateway", "session-server-error", "upgrade-bad-gateway")


# What proxies answer by themselves: the codes, the sides, whether it may be certain, which do it.
OWN_ANSWERS: dict[str, tuple[tuple[str, ...], tuple[str, ...], bool, tuple[str, ...]]] = {
    "denied": (
        ("upgrade-blocked",),
        (BETWEEN,),
        False,
        ("nginx", "Apache", "HAProxy", "Caddy", "lighttpd", "Varnish", "Squid", "Traefik"),
    ),
    "basic": (
        ("auth-basic-in-front",),
        (BETWEEN,),
        True,
        ("nginx", "Apache", "HAProxy", "Caddy", "lighttpd", "Traefik"),
    ),
    "secure": (
        ("upgrade-redirected",),
        (US,),
        True,
        ("nginx", "Apache", "HAProxy", "Caddy", "lighttpd", "Traefik", "Envoy", "H2O"),
    ),
    "often": (("upgrade-rate-limited",), (US,), True, ("nginx", "HAProxy")),
    "static": ((ROUTE,), (US,), False, ("nginx", "Apache", "Caddy", "lighttpd", "H2O")),
    "unknown": ((ROUTE, SITE), (US,), False, ("Caddy", "Traefik", "Envoy")),
    "unmapped": ((ROUTE, LOST), (US, BETWEEN), False, ("Traffic Server",)),
}

# Servers that are programs of their own, by the name in `field_programs.py`.
PROGRAMS: tuple[Case, ...] = (
    *(
        Case(name, "healthy", ("",))
        for name in ("ws on node http", "ws on express", "fastify", "gorilla", "bun", "Mojolicious")
    ),
    *(
        Case(name, "Upgrade lost", (LOST, *others), (HERE, BETWEEN), relay=True)
        for name, others in (
            ("ws on node http", (SITE,)),
            ("ws on express", ()),
            ("ws standalone", ()),
            ("fastify", ()),
            ("express-ws", ()),
            ("gorilla", ()),
            ("bun", ()),
            ("Mojolicious", ()),
            ("websocket", ()),
            ("faye-websocket", ()),
        )
    ),
    *(
        Case(name, "no route", codes, sides, path="/none")
        for name, codes, sides in (
            ("ws on node http", (ROUTE,), (US,)),
            ("ws standalone", (ROUTE,), (US,)),
            ("ws, unknown paths destroyed", (CLOSED,), (HERE, US)),
            ("fastify", (ROUTE,), (US,)),
            ("express-ws", ("session-closed-without-code", ROUTE), (HERE, US)),
            ("websocket", REFUSED, (US,)),
            ("gorilla", (ROUTE,), (US,)),
            ("bun", (ROUTE,), (US,)),
            ("Mojolicious", (ROUTE,), (US,)),
            ("socket.io", (CLOSED, "upgrade-other-protocol"), (HERE, US)),
        )
    ),
    *(
        Case(name, "refused", ("auth-unauthorized",), (US,), agent="edge_2")
        for name in ("ws on node http", "fastify", "websocket", "gorilla", "bun", "Mojolicious")
    ),
    *(
        Case(name, "handler fails", CRASH, (HERE,), agent="edge_3")
        for name in ("ws on node http", "ws on express", "fastify", "gorilla", "Mojolicious")
    ),
    *(
        Case(name, "no WebSocket at all", codes, (HERE, US))
        for name, codes in (
            ("node http alone", (LOST, SITE)),
            ("express alone", (LOST, ROUTE)),
            ("express, a page for every path", (SITE,)),
            ("fastify alone", (LOST, ROUTE)),
            ("koa alone", (LOST, ROUTE)),
            ("hapi alone", (LOST, ROUTE)),
            ("hono alone", (LOST, ROUTE)),
            ("php -S", (SITE,)),
            ("puma", (SITE,)),
            ("thin", (SITE,)),
            ("starman", (SITE,)),
            ("webfsd", (ROUTE,)),
            ("Go net/http", (SITE,)),
        )
    ),
)
