"""upgrade: did the handshake arrive as a handshake, and was there a route for it?

A server answers a plain GET otherwise than a handshake without a route, and each server in its own
way. What tells them apart was measured on the servers: a status that only one half of a server
gives, a field that only one half sends, words. Where two situations give equal bytes the reading is
only possible, and names the other one.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from ...facts import Facts, HttpResponse
from ...frozen import dataclass
from ...late import compiled
from ...terms import Confidence
from .responses import body_of, is_bare, is_html, json_of, refusal, said_by
from .witness import author_of, passed_on_by

_LIKELY, _POSSIBLE = Confidence.LIKELY, Confidence.POSSIBLE

LOST_CODE, ROUTE_CODE, WSGI_CODE = (
    "upgrade-header-dropped",
    "upgrade-not-found",
    "upgrade-wsgi-server",
)


class What(Enum):
    """What happened to a handshake."""

    LOST = auto()  # it arrived as plain HTTP
    NO_ROUTE = auto()  # it arrived, and nothing is at that path
    WSGI = auto()  # the server cannot open WebSockets at all


@dataclass(frozen=True)
class Reading:
    """What an answer says.

    Args:
        what: happened.
        confidence: how sure that is.
        others: codes that the same bytes may mean too.
        words: the server itself says so.
        field: the one field that was lost, if the server names it and it is not Upgrade.
    """

    what: What
    confidence: Confidence = _LIKELY
    others: tuple[str, ...] = ()
    words: bool = False
    field: str = ""


# Sentences of servers to a request without the Upgrade or Connection field.
_SAYS_LOST = compiled(
    r"""(?isx)
    can\ ["“]?upgrade["”]?\ only\ to
    | no\ websocket\ upgrade | no\ connection\ upgrade\ hdr
    | (?:missing|invalid|bad|no|expect\w*|needs?|requires?|must|without|not?\ valid|malformed)
      \b[^.{}<>]{0,60}\b(?:upgrade|connection)["'`”]?\ *(?:header|hdr|field|token|request|:|must)
    | ["'`“]?(?:upgrade|connection)["'`”]?\ +(?:header|hdr|field|token)\b[^.{}<>]{0,60}\b
      (?:missing|not\ found|invalid|required|must|did\ not|does\ not|doesn't|expected|absent|was)
    | (?:missing|invalid|bad|no)\ (?:http\ |request\ )?(?:header|field)s?:?\ ["'`“]?
      (?:upgrade|connection)\b
    | upgrade\ (?:is\ )?(?:required|failed|expected|needed) | upgrade\ to\ websocket
    | websocket\ (?:upgrade|handshake|connection)s?\ (?:is\ |are\ )?
      (?:expected|required|needed|only|missing)
    | not\ (?:a|an|using\ the)?\ *websocket\ (?:handshake|request|protocol|connection|upgrade)
    | (?:expected|expects|requires?|only\ (?:accepts?|supports?))\ (?:a\ )?websocket
    | requires?\ (?:the\ )?use\ of\ (?:the\ )?websocket
    | use\ (?:a\ |the\ )?websocket\ (?:client|proto)
    | websocket\ requests?\ only\b
    | not\ a\ websocket | websocket\ only\b | this\ is\ a\ websocket\ (?:server|endpoint)
    | ['"]upgrade['"]\ token\ not\ found
    """
)
# How websockets begins each of its refusals, whatever it refuses.
_OF_WEBSOCKETS = "Failed to open a WebSocket connection:"
# Sentences of servers to a handshake without its own fields, which this client always sends.
_SAYS_FIELD_LOST = compiled(
    r"""(?isx)
    (?:missing|invalid|bad|no|empty|without|requires?|unsupported|lacks)\b[^.{}<>]{0,40}
      \b(?P<field>sec-websocket-(?:key|version))\b
    | \b(?P<field_2>sec-websocket-(?:key|version))\b["'`”]?\ *(?:header|field)?[^.{}<>]{0,30}\b
      (?:missing|not\ (?:found|present|set|valid)|invalid|required|absent|must)
    | (?:missing|unknown|unsupported|invalid|no)\ websocket[ ](?P<name>key|version)\b
    | \bwebsocket[ ](?P<name_2>key|version)\ (?:header|field)\ is\ (?:required|missing)
    """
)
# Those that may also mean that something in a handshake was wrong, which did arrive.
_MAY_SAY_LOST = compiled(
    r"(?is)(?:invalid|bad) websocket (?:request|handshake|upgrade)|^\W*upgrade your connection\W*$"
)
# What Bun's manual lets a server say with 500 where a request cannot be upgraded.
_UPGRADE_FAILED = compiled(r"(?is)^(?:internal server error)?\s*upgrade failed\W*$")
# What is longer is more than a sentence about a refusal.
_SENTENCE = 300
# An upgrade of something else: of a plan, or of the client's program.
_OF_ANOTHER_KIND = compiled(
    r"(?i)\b(?:plan|tier|subscription|billing|account)\b|\b(?:client|agent|app|sdk|firmware)\b"
    r"[^.{}<>]{0,20}\b(?:version|too old|outdated|update)|too old|outdated"
)
# Servers in an application's name that hand it plain HTTP only.
_WSGI = compiled(
    r"(?i)^(?:gunicorn|wsgiserver|werkzeug|waitress|cheroot|cherrypy|uwsgi|bjoern|meinheld|"
    r"mod_wsgi|php|rocket|wsgi)|mod_wsgi|phusion passenger"
)
# Those for which libraries exist that open WebSockets all the same.
_WITH_LIBRARIES = compiled(r"(?i)gunicorn|werkzeug|cherrypy|uwsgi")
# What gunicorn itself says when a worker raised: only its WSGI workers do.
_GUNICORN_CRASH = "<h1><p>Internal Server Error</p></h1>"
_WERKZEUG = "The browser (or proxy) sent a request that this server could not understand"
_WERKZEUG_404 = "The requested URL was not found on the server. If you entered the URL manually"
_DJANGO_404 = (
    r"(?is)<title>\s*(?:not found|page not found(?: at [^<]*)?)\s*</title>.*"
    r"(?:the requested resource was not found on this server|urlconf|django)"
)
# Pages of frameworks that answer a plain GET to a WebSocket's path otherwise than with 404.
_ROUTELESS = compiled(
    r"""(?isx)
    <title>404:\ not\ found</title> | ^404:\ not\ found\s*$
    | requested\ url\ /\S*\ not\ found | no\ such\ resource
    """
)
# What a servlet says that has no method for GET, as those have that only open WebSockets.
_SERVLET_405 = compiled(
    r"(?i)http method get is not supported by this url|request method '?get'? (?:is )?not supported"
)
_NODE_404 = compiled(r"(?i)cannot get /")
_FASTIFY_404 = compiled(r'(?i)"message":\s*"route get:')


def reading(facts: Facts) -> Reading | None:
    """Return what the refusal says about the handshake; None if it says nothing."""
    response = refusal(facts)
    return reading_of(response) if response is not None else None


def reading_of(response: HttpResponse) -> Reading | None:
    """Return what an answer says about the handshake; None if it says nothing."""
    if response.status == 101 or _wants_another_version(response):
        return None
    arrived = response.has("sec-websocket-accept")
    if (found := _by_status(response)) is not None:
        return found
    for tell in () if arrived else (_by_words, _by_server, _by_half, _by_page):
        found = tell(response)
        if found is not None:
            return found
    return _without_route(response) if response.status == 404 else None


def _wants_another_version(response: HttpResponse) -> bool:
    """Tell whether a server answers 426 and the version that it needs (RFC 6455, section 4.4)."""
    version = response.field("sec-websocket-version")
    other = version is not None and "13" not in re.findall(r"\d+", version)
    return response.status == 426 and other


def _by_status(response: HttpResponse) -> Reading | None:
    if response.status == 426:
        other = _speaks_of_another_upgrade(said_by(response))
        return None if other else Reading(What.LOST, words=True)
    if response.status == 505:
        return Reading(What.LOST, words=True)
    if response.status == 404 and response.has("sec-websocket-accept"):
        return Reading(What.NO_ROUTE)
    return None


def _speaks_of_another_upgrade(said: str) -> bool:
    # A page may hold any word.
    return len(said) < _SENTENCE and _OF_ANOTHER_KIND.search(said) is not None


def _by_words(response: HttpResponse) -> Reading | None:
    client_error = 400 <= response.status < 500 or response.status == 501
    if response.status == 500 and _UPGRADE_FAILED.match(said_by(response)):
        return Reading(What.LOST, others=("upgrade-server-error",))
    said = said_by(response).replace(_OF_WEBSOCKETS, "") if client_error else ""
    if _speaks_of_another_upgrade(said):
        return None
    if _SAYS_LOST.search(said):
        return Reading(What.LOST, words=True)
    # Both fields are sent, so a server that misses one has not got it.
    if found := _SAYS_FIELD_LOST.search(said):
        name = found["name"] or found["name_2"]
        named = found["field"] or found["field_2"] or f"Sec-WebSocket-{(name or '').capitalize()}"
        return Reading(What.LOST, words=True, field=named)
    if _MAY_SAY_LOST.search(said):
        return Reading(What.LOST, _POSSIBLE, ("upgrade-bad-request",))
    return None


def _by_server(response: HttpResponse) -> Reading | None:
    """Read what only one half of a server sends: uvicorn's, daphne's, gunicorn's, gorilla's."""
    server, status = (response.field("server") or "").lower(), response.status
    body = body_of(response)
    if _GUNICORN_CRASH in body and status == 500:
        return Reading(What.WSGI, others=("upgrade-server-error",))
    if _WSGI.search(server) and status in (200, 400, 404, 405, 500, 501):
        # Werkzeug says 400 to a handshake where it has an ordinary route, and to an ordinary
        # request where it has a WebSocket. With threads or greenlets some of these servers do open
        # WebSockets (flask-sock, ws4py), and say 404 for another path.
        plain = status in (200, 405) or (
            status == 404
            and (not _WITH_LIBRARIES.match(server) or re.search(_DJANGO_404, body) is not None)
        )
        sure = _LIKELY if plain else _POSSIBLE
        others = (LOST_CODE, ROUTE_CODE) if status == 404 else (LOST_CODE,)
        return Reading(What.WSGI, sure, others)
    if server.startswith(("uvicorn", "daphne")) and not 300 <= status < 400:
        return Reading(What.LOST, others=(ROUTE_CODE,) if status == 404 else ())
    if server.startswith(("mojolicious", "autobahnpython")) and status < 500:
        return Reading(What.LOST, words=True)
    if server.startswith("granian") and status in (200, 404, 405):
        return Reading(What.LOST, _POSSIBLE, (WSGI_CODE, ROUTE_CODE))
    if server.startswith("workerman") and status in (200, 400) and "websocket" in body.lower():
        return Reading(What.LOST, words=True)
    if server.startswith("websockify") and status == 405:
        return Reading(What.LOST)
    if server.startswith("hypercorn") and status == 400 and is_bare(response):
        return Reading(What.LOST, others=("upgrade-bad-request",))
    if status == 400 and response.has("sec-websocket-version"):
        return Reading(What.LOST, words=True)
    return None


def _by_half(response: HttpResponse) -> Reading | None:
    """Read which half of a server answered: the one for HTTP, or the one for WebSockets."""
    status, body = response.status, body_of(response)
    close = (response.field("connection") or "").lower() == "close"
    raw = close and not response.has("date")
    if status == 400 and raw and body.strip() == "Bad Request" and not response.has("server"):
        return Reading(What.NO_ROUTE, others=("upgrade-bad-request",))
    if status == 404 and raw and is_bare(response):
        return Reading(What.NO_ROUTE)
    if _FASTIFY_404.search(body):
        sure = _LIKELY if close else _POSSIBLE
        return Reading(What.NO_ROUTE, sure, () if close else (LOST_CODE,))
    # What the examples of Deno's manual say to a request that asks for no Upgrade.
    if status == 501 and is_bare(response) and not response.has("server"):
        return Reading(What.LOST, others=("upgrade-unexpected-status",))
    if status == 402 and is_bare(response):
        return Reading(What.LOST, others=("upgrade-unexpected-status",))
    if status == 404 and _NODE_404.search(body):
        return Reading(What.LOST, others=(ROUTE_CODE,))
    return _by_keep_alive(response) or _by_bare_400(response)


def _by_keep_alive(response: HttpResponse) -> Reading | None:
    """Read Node.js' answers to plain HTTP, which have this field.

    Apache adds max= to it, and nginx names itself.
    """
    alive = re.fullmatch(r"(?i)timeout=\d+", response.field("keep-alive") or "")
    if not alive or passed_on_by(response):
        return None
    if response.status in (400, 404, 405):
        return Reading(What.LOST, others=(ROUTE_CODE,))
    if response.status == 200 and not is_html(response):
        return Reading(What.LOST, _POSSIBLE, ("upgrade-not-websocket",))
    return None


def _by_bare_400(response: HttpResponse) -> Reading | None:
    """Read a 400 that has hardly more than its status line."""
    if response.status != 400 or not is_bare(response):
        return None
    only = {name.lower() for name, _ in response.fields}
    if not response.reason and only == {"content-length"}:
        return Reading(What.LOST, others=("upgrade-bad-request",))
    # A status line alone: libraries that take a connection for a WebSocket and nothing else.
    if not only:
        others = ("upgrade-bad-request", "upgrade-subprotocol-required")
        return Reading(What.LOST, _POSSIBLE, others)
    return None


def _by_page(response: HttpResponse) -> Reading | None:
    """Read the pages and documents of frameworks, which a proxy passes on unchanged."""
    status, body = response.status, body_of(response)
    if status in (404, 405):
        document = json_of(response)
        detail = document.get("detail")
        plain = {404: "not found", 405: "method not allowed"}[status]
        if isinstance(detail, str) and detail.lower().rstrip(".") == plain:
            return Reading(What.LOST, others=(ROUTE_CODE,))
        title = document.get("title")
        if status == 405 and isinstance(title, str) and title.lower() == "405 method not allowed":
            return Reading(What.LOST)
    if status == 405 and _SERVLET_405.search(body):
        return Reading(What.LOST, _POSSIBLE, ("upgrade-method-not-allowed",))
    if status == 404 and re.search(_DJANGO_404, body):
        return Reading(What.LOST, others=(WSGI_CODE, ROUTE_CODE))
    if status == 400 and _WERKZEUG in body:
        sure = _LIKELY if response.has("server") else _POSSIBLE
        return Reading(What.LOST, sure, (WSGI_CODE, "upgrade-bad-request"))
    return None


def _without_route(response: HttpResponse) -> Reading:
    body = body_of(response)
    server = (response.field("server") or "").lower()
    if _ROUTELESS.search(body):
        return Reading(What.NO_ROUTE)
    if _WERKZEUG_404 in body:
        known = server.startswith("hypercorn")
        return Reading(
            What.NO_ROUTE,
            _LIKELY if known else _POSSIBLE,
            () if known else (WSGI_CODE, LOST_CODE),
        )
    # Its refusals of a handshake are bare 403s, but for applications that write their own.
    if server.startswith("hypercorn"):
        return Reading(What.LOST, _POSSIBLE, (ROUTE_CODE,))
    author = author_of(response)
    if author is not None and author.is_on_the_way:
        lost = author.maps_upgrades
        return Reading(What.NO_ROUTE, _POSSIBLE if lost else _LIKELY, (LOST_CODE,) if lost else ())
    return Reading(What.NO_ROUTE, _POSSIBLE, (LOST_CODE,))
