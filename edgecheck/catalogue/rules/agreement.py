"""upgrade: what is wrong with a 101 that does not open the WebSocket."""

from __future__ import annotations

from ...facts import Facts, HttpResponse, Kind
from ...frozen import replace
from ...late import compiled
from ...terms import Side, verbatim
from ..condition import OnKind, Sighting
from ..products import Cure
from .witness import cures, side_of_the_way

# What a proxy drops from a 101 that it passes on: both fields count for one connection only, so a
# proxy has to set them again (RFC 9110, section 7.6.1).
_HOP_FIELDS = ("upgrade", "connection")
_TELL_BACKEND = "Tell the backend's team what is wrong with their 101, as shown below."


def invalid_response(facts: Facts) -> Sighting | None:
    """See a 101 that is not valid, and whether a proxy has taken its fields."""
    response = facts.upgrade.response if facts.upgrade is not None else None
    if OnKind(Kind.UPGRADE_INVALID).see(facts) is None:
        return None
    missing = [name for name in _HOP_FIELDS if response is not None and not response.has(name)]
    if response is None or not missing or not response.has("sec-websocket-accept"):
        found = _wrong_field(facts, response)
        here = found.side is None and side_of_the_way(facts, response) is Side.BACKEND
        own = Sighting(side=Side.BACKEND, remedies=(_TELL_BACKEND,), only=True)
        return replace(own, title=found.title, cause=found.cause) if here else found
    fields = " and ".join(name.capitalize() for name in missing)
    title = f"The server agrees to a WebSocket, but the field {fields} is missing in its 101"
    if side_of_the_way(facts, response) is Side.BACKEND:
        return Sighting(
            side=Side.BACKEND,
            title=title,
            cause=_FORGOTTEN,
            remedies=(f"Ask the backend's team to send {fields} with the 101 (RFC 6455).",),
            only=True,
        )
    return Sighting(
        side=Side.INTERMEDIARY,
        title=title,
        cause=(
            "Sec-WebSocket-Accept says that the backend agreed. The fields Upgrade and Connection "
            "count for one connection, so a proxy has to send them again with the answer, and "
            "the one on the way did not. A home-made server can forget them too."
        ),
        remedies=(
            (
                "Ask the administrators of the proxies on the way to pass the Upgrade and "
                "Connection fields of the answer on as well: a plugin or rule that removes "
                "fields, or an old release of the gateway, drops them."
            ),
            *cures(response, Cure.UPGRADE),
        ),
    )


_FORGOTTEN = (
    "Sec-WebSocket-Accept says that the server agreed. The fields Upgrade and Connection belong to "
    "the same answer (RFC 6455, section 4.2.2), and nothing is between the server and edgecheck. A "
    "home-made server can forget them."
)
# What a title has room for.
_SHOWN = 60
# What may stand in a command that people paste (RFC 9110, section 5.6.2, without its symbols).
_TOKEN = compiled(r"[A-Za-z0-9][\w.+-]*$")
# What the client's library says of a 101 (python-websockets).
_ABOUT_PROTOCOL = compiled(r"(?i)subprotocol|sec-websocket-protocol")
_ABOUT_EXTENSION = compiled(r"(?i)extension")
_ABOUT_ACCEPT = compiled(r"(?i)sec-websocket-accept")


def _wrong_field(facts: Facts, response: HttpResponse | None) -> Sighting:
    """Tell which field of a 101 is wrong: a subprotocol, an extension, or the accept key."""
    failure = facts.upgrade.failure if facts.upgrade is not None else None
    said = failure.message if failure is not None else ""
    if response is None:
        return Sighting()
    chosen = verbatim((response.field("sec-websocket-protocol") or "")[:_SHOWN])
    if chosen and _ABOUT_PROTOCOL.search(said):
        return Sighting(
            side=Side.CLIENT,
            title=f"The server chose a subprotocol that was not offered: {chosen}",
            cause=(
                f"Its 101 names the subprotocol {chosen}, and the client offered none, or others. "
                "A client has to give up then (RFC 6455, section 4.1). The server speaks that "
                "protocol at this path with every client."
            ),
            remedies=(
                (
                    f"See whether it is the agents' endpoint: `edgecheck doctor --subprotocol "
                    f"{chosen if _TOKEN.match(chosen) else 'NAME'}`, and ask the backend's team "
                    "which subprotocol agents have to offer."
                ),
                (
                    "Check that {endpoint} of {host} is the agents' endpoint: the request went to "
                    "{url}."
                ),
            ),
            only=True,
            alternatives=("upgrade-subprotocol-required", "upgrade-other-protocol"),
        )
    extension = verbatim((response.field("sec-websocket-extensions") or "")[:_SHOWN])
    if extension and _ABOUT_EXTENSION.search(said):
        return Sighting(
            side=Side.BACKEND,
            title=f"The server uses an extension that was not asked for: {extension}",
            cause=(
                "A server may use an extension only if the client offers it (RFC 6455, section "
                "9.1), and this client did not. A proxy that adds fields to requests or answers "
                "causes that too."
            ),
            remedies=(
                (
                    "Ask the backend's team to switch compression off, or to negotiate it: uvicorn "
                    "`--ws-per-message-deflate false`, ws `perMessageDeflate: false`."
                ),
                "Ask the administrators of the proxy whether it sets Sec-WebSocket-Extensions.",
            ),
            only=True,
        )
    return _wrong_accept(response) if _ABOUT_ACCEPT.search(said) else Sighting()


def _wrong_accept(response: HttpResponse) -> Sighting:
    """Tell a 101 that belongs to another request, or to none."""
    return Sighting(
        title="The server's 101 is not the answer to this request: Sec-WebSocket-Accept is wrong",
        cause=(
            "Sec-WebSocket-Accept is computed from the key of each request (RFC 6455, section "
            "4.2.2). A cache that answers with an old 101, or a proxy that sends a key of its own "
            "to the backend, gives another value; so does a home-made server."
        ),
        remedies=(
            (
                "Ask the administrators of the proxy or cache on the way to leave {endpoint} "
                "out of "
                "the cache, and to pass Sec-WebSocket-Key and Sec-WebSocket-Accept on unchanged."
            ),
            *cures(response, Cure.UPGRADE),
        ),
    )
