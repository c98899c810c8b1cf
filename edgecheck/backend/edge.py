"""The built-in profile: the backend of an edge agent (pure)."""

from __future__ import annotations

from .profile import (
    AgentId,
    Authorization,
    Close,
    Commands,
    Conversation,
    Pattern,
    Ping,
    Place,
    Profile,
    Request,
    Variables,
)

EDGE = Profile(
    name="edge",
    variables=Variables(
        url="BACKEND_URL",
        secret="EDGE_SECRET",  # noqa: S106  the name of the variable
        agent_id="EDGE_AGENT_ID",
    ),
    agent_id=AgentId(required=True, pattern="edge_[0-9]+", form="edge_<number>", example="edge_1"),
    request=Request(
        path="/edge/ws",
        query=(("edge_agent_id", "{agent_id}"),),
        headers=(("X-Edge-Agent-Id", "{agent_id}"),),
        authorization=Authorization(Place.BEARER),
    ),
    session=Conversation(
        ping=Ping(text='{"type":"ping"}'), pong=Pattern(text='{"type":"pong"}'), keepalive=30.0
    ),
    commands=Commands(
        match=Pattern(text='{"type":"command"}'),
        id="payload.command_id",
        kind="payload.command_type",
        ack='{"type":"command_ack","data":{"command_id":"{id}","status":"{status}"}}',
        payload="payload.payload",
    ),
    close=(
        Close(4001, "auth-header-rejected"),  # the Authorization header is missing or malformed
        Close(1008, "auth-secret-rejected"),  # the token is not the backend's
    ),
)
