"""The built-in profile: the backend of an edge agent (pure)."""

from __future__ import annotations

from .profile import Profile

EDGE = Profile(
    name="edge",
    path="/edge/ws",
    agent_parameter="edge_agent_id",
    agent_field="X-Edge-Agent-Id",
    agent_pattern="edge_[0-9]+",
    agent_form="edge_<number>",
    agent_example="edge_1",
    ping='{"type":"ping"}',
    pong='{"type":"pong"}',
    keepalive=30.0,
    closes={
        4001: "auth-header-rejected",  # the Authorization header is missing or malformed
        1008: "auth-secret-rejected",  # the token is not the backend's
    },
)
