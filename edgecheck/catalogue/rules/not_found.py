"""upgrade: what 404 means, and what servers say in its place."""

from __future__ import annotations

from ...escapes import unescape
from ...facts import Facts, Kind
from ...late import compiled
from ...terms import Confidence, Side
from ..condition import OnKind, Sighting, closed_as
from ..numbers import NOT_FOUND_CLOSE
from ..products import Cure
from .arrival import What, reading
from .responses import refusal
from .witness import author_of, cures


def not_found(facts: Facts) -> Sighting | None:
    """See 404, and a 400 that says the same."""
    response, found = refusal(facts), reading(facts)
    if response is None or found is None or found.what is not What.NO_ROUTE:
        return None
    lost = "upgrade-header-dropped" in found.others
    author = author_of(response)
    if author is not None and author.maps_upgrades:
        return Sighting(
            confidence=found.confidence,
            alternatives=found.others,
            side=Side.INTERMEDIARY,
            cause=_NOT_MAPPED.replace("{name}", author.name),
            remedies=(*cures(response, Cure.UPGRADE), _COMPARE_FIRST),
            only=True,
        )
    return Sighting(
        confidence=found.confidence,
        alternatives=found.others,
        title=None if response.status == 404 else _NO_ROUTE_400,
        between=(*(cures(response, Cure.UPGRADE) if lost else ()), *cures(response, Cure.ROUTE)),
        cause=_NO_ROUTE_OR_LOST if lost else None,
    )


_NOT_MAPPED = (
    "{name} wrote this answer itself: its configuration maps no address like that of this request. "
    "It maps WebSockets (ws://) apart from HTTP, so plain HTTP may well be answered at the same "
    "path. Or the host or the path is another one than those that it knows."
)
_NO_ROUTE_400 = "The server has no WebSocket at {endpoint}: HTTP {status}"


def closed_as_not_found(facts: Facts) -> Sighting | None:
    """See 4404, which is 404 after the socket has opened."""
    if not closed_as(facts, "upgrade-not-found", *NOT_FOUND_CLOSE.numbers):
        return None
    if facts.session is None:
        return Sighting(
            title="The path {endpoint} is not known: HTTP {status}",
            cause="The profile says so of this answer: the path, or the agent id in it.",
            remedies=(_COMPARE_FIRST,),
            only=True,
            confidence=Confidence.LIKELY,
        )
    return Sighting(
        title="The path {endpoint} is not known: closed with {close code}",
        cause=(
            "By convention the close codes from 4400 are the HTTP statuses from 400, so 4404 means "
            "not found: the path, or the agent id in it."
        ),
        remedies=(_COMPARE_FIRST, "Ask the backend's team what {close code} means."),
        only=True,
        confidence=Confidence.POSSIBLE,
        alternatives=("session-closed-unknown",),
    )


_COMPARE_FIRST = (
    "Compare {url_name} in {url_where} with the address that the backend's team gave you: scheme "
    "and host, and nothing after it. The request went to {url}."
)
_NO_ROUTE_OR_LOST = (
    "Two causes give the same answer. The server has no such path: another application has the "
    "name, {url_name} has a path that it should not have, or the backend's version has no such "
    "endpoint. Or the request arrived as plain HTTP, because a reverse proxy dropped the Upgrade "
    "field."
)


# CivetWeb, and Mongoose before it, write their error text for a handshake without a status line.
_TEXT_OF_404 = compiled(r"(?i)^error 404: not found")


def without_head(facts: Facts) -> Sighting | None:
    """See the text of an error page that comes without a status line and fields."""
    seen = facts.upgrade
    if seen is None or OnKind(Kind.UPGRADE_NOT_HTTP).see(facts) is None:
        return None
    if not _TEXT_OF_404.match(unescape(seen.first_bytes)):
        return None
    return Sighting(
        title="The server has no WebSocket at {endpoint}, and says so without a status line",
        cause=(
            "The text of an error page came without the status line and the fields that belong "
            "before it. CivetWeb and Mongoose answer a handshake for a path like that where they "
            "have no WebSocket."
        ),
        remedies=(_COMPARE_FIRST, _ASK_FOR_PATH),
        only=True,
        confidence=Confidence.LIKELY,
        alternatives=("upgrade-not-http",),
    )


_ASK_FOR_PATH = "Ask the backend's team at which path their server has the agents' WebSocket."
