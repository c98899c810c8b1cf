"""The behaviours that every backend of these tests has, whatever library it uses.

The agent's id chooses the behaviour, so that one process shows all of them. The protocol is that of
the guide: the socket is opened, then wrong credentials are refused with 4001 or 1008, and pings are
answered.
"""

from __future__ import annotations

import json
import os
import signal

SECRET = "5f0c2a97e1d84b36a0f9c4d7be2183563d7a9e40c1b25f86"

BEHAVIOURS = (
    "healthy",
    "chatty",  # a command and a message of unknown type come before the pong
    "judges before accept",
    "denies with 401",  # a JSON response before accept, if the credentials are wrong
    "denies with 403",
    "raises before accept",
    "raises at the ping",
    "returns before accept",
    "returns after accept",
    "never accepts",
    "never answers",
    "echoes",
    "answers plain text",
    "closes as replaced",
    "sends 2 MiB",
    "is stopped at the ping",
)
AGENTS = {name: f"edge_{number}" for number, name in enumerate(BEHAVIOURS, start=1)}
_NAMES = {agent: name for name, agent in AGENTS.items()}

PATH = "/edge/ws"
PONG = '{"type":"pong"}'
COMMAND = json.dumps(
    {
        "type": "command",
        "payload": {
            "command_id": "c1",
            "command_type": "schedule_message",
            "payload": {
                "thread_id": "t1",
                "message_text": "hello",
                "send_at": "2026-01-05T09:12:44Z",
                "is_group": False,
                "priority": 1,
            },
            "timestamp": "2026-01-05T09:12:44Z",
        },
    }
)
REPLACED = (4000, "Replaced by a new connection")
BIG = '{"type":"' + "x" * 2 * 1024 * 1024 + '"}'


def behaviour_of(agent: str | None) -> str:
    """Return the name of the behaviour for an agent; the default is a healthy backend."""
    return _NAMES.get(agent or "", "healthy")


def refusal_of(authorization: str | None) -> tuple[int, str] | None:
    """Return the close code and reason for an Authorization field; None if it is good."""
    if authorization is None:
        return 4001, "Missing Authorization header"
    scheme, _, token = authorization.partition(" ")
    if scheme != "Bearer" or not token:
        return 4001, "Invalid Authorization header"
    if token != SECRET:
        return 1008, "Token verification failed"
    return None


def answers_to(behaviour: str, text: str) -> list[str]:
    """Return what is sent in answer to a message."""
    if json.loads(text).get("type") != "ping":
        return []
    match behaviour:
        case "chatty":
            return [COMMAND, '{"type":"welcome"}', PONG]
        case "never answers":
            return []
        case "echoes":
            return [text]
        case "answers plain text":
            return ["pong"]
        case "sends 2 MiB":
            return [BIG]
        case "raises at the ping":
            raise LookupError("planned: at the ping")
        case "is stopped at the ping":
            os.kill(os.getpid(), signal.SIGTERM)
            return []
    return [PONG]
