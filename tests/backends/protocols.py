"""The protocols of other people's servers, as profiles."""

from __future__ import annotations

from dataclasses import replace

from edgecheck.backend.edge import EDGE
from edgecheck.backend.profile import (
    AgentId,
    Authorization,
    Close,
    Conversation,
    Expect,
    Pattern,
    Ping,
    Place,
    Profile,
    Request,
    Send,
)

_ANY_ID = AgentId(required=False, pattern=".+", form="<id>", example="")
WEBSOCKET = replace(
    EDGE,
    name="websocket",
    agent_id=_ANY_ID,
    request=Request("", (), (), Authorization(Place.BEARER)),
    session=Conversation(Ping(frame=True), None, 30.0),
    commands=None,
    close=(),
)
GRAPHQL = replace(
    WEBSOCKET,
    name="graphql-transport-ws",
    request=Request(
        "", (), (), Authorization(Place.MESSAGE), subprotocols=("graphql-transport-ws",)
    ),
    session=Conversation(
        Ping(
            text='{"type":"ping"}',
            expect=Pattern(text='{"type":"ping"}'),
            answer='{"type":"pong"}',
        ),
        Pattern(text='{"type":"pong"}'),
        30.0,
        (
            Send('{"type":"connection_init","payload":{"token":"{secret}"}}'),
            Expect(Pattern(text='{"type":"connection_ack"}'), "auth-secret-rejected"),
        ),
    ),
    close=(Close(4401, "auth-header-rejected"), Close(4403, "auth-secret-rejected")),
)
OCPP = {
    version: replace(
        WEBSOCKET,
        name=version,
        agent_id=AgentId(True, r"[A-Za-z0-9*_=:+|@.-]{1,48}", "<identity>", "CP-001"),
        request=Request("/{agent_id}", (), (), Authorization(Place.BASIC), subprotocols=(version,)),
    )
    for version in ("ocpp1.6", "ocpp2.0.1")
}
SOCKET_IO = replace(
    WEBSOCKET,
    name="socket.io",
    request=Request(
        "/socket.io/",
        (("EIO", "4"), ("transport", "websocket")),
        (),
        Authorization(Place.MESSAGE),
    ),
    session=Conversation(
        Ping(expect=Pattern(text="2"), answer="3"),
        None,
        45.0,
        (
            Expect(Pattern(regex=r"^0\{")),
            Send('40{"token":"{secret}"}'),
            Expect(Pattern(regex=r"^40"), "auth-secret-rejected"),
        ),
    ),
)
BUILT_IN: dict[str, Profile] = {
    each.name: each for each in (EDGE, WEBSOCKET, GRAPHQL, *OCPP.values(), SOCKET_IO)
}
