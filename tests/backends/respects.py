"""Backends that differ from the built-in one in one respect each, and the profile for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.doctor import SECRET

AGENT_ID = "edge_7"


@dataclass(frozen=True)
class Respect:
    """What a backend does otherwise, as its server is told it, and the profile that says so.

    Args:
        profile: the file; it extends the built-in profile.
        serves: the server's own description, for `with_respects.py` and `with_respects.js`.
        wrong: the verdict for a wrong secret.
        agent_id: whether an agent id is set.
    """

    profile: str
    serves: dict[str, Any]
    wrong: str = "auth-secret-rejected"
    agent_id: bool = True


_TYPES = '{"type":"auth","token":"{secret}"}'
RESPECTS = {
    "another path": Respect('[request]\npath = "/agents/v2"', {"path": "/agents/v2"}),
    "the id in the path": Respect(
        '[request]\npath = "/agents/{agent_id}/ws"\nquery = {}', {"path": f"/agents/{AGENT_ID}/ws"}
    ),
    "the token in the query": Respect(
        '[request]\nauthorization = "query:token"', {"place": "query", "name": "token"}
    ),
    "a field of another name": Respect(
        '[request]\nauthorization = "header:X-Api-Key"', {"place": "field", "name": "x-api-key"}
    ),
    "another scheme": Respect(
        '[request]\nheaders = { Authorization = "Token {secret}" }',
        {"place": "field", "name": "authorization", "before": "Token "},
    ),
    "the id beside the token": Respect(
        "[request]\nheaders = { Authorization = "
        """'Device id="{agent_id}", token="{secret}", of="{agent_id}"' }""",
        {
            "place": "field",
            "name": "authorization",
            "before": f'Device id="{AGENT_ID}", token="',
            "after": f'", of="{AGENT_ID}"',
        },
    ),
    "the token as a subprotocol": Respect(
        '[request]\nsubprotocols = ["agents.v1"]\nauthorization = "subprotocol"',
        {"place": "subprotocol", "subprotocol": "agents.v1"},
    ),
    "Basic": Respect('[request]\nauthorization = "basic"', {"place": "basic", "user": AGENT_ID}),
    "a first message": Respect(
        '[request]\nauthorization = "message"\n[session]\ngreeting = [\n'
        f"  {{ send = '{_TYPES}' }},\n"
        '  { expect = \'{"type":"welcome"}\', problem = "auth-secret-rejected" },\n]',
        {"place": "message", "welcome": '{"type":"welcome","session":1}'},
    ),
    "another ping": Respect(
        '[session]\nping = \'{"op":"heartbeat"}\'\npong = \'{"op":"alive"}\'',
        {"ping": '{"op":"heartbeat"}', "pong": '{"op":"alive","at":5}'},
    ),
    "a ping that is no JSON": Respect(
        "[session]\nping = 'PING'\npong = { regex = '^PONG( \\d+)?$' }",
        {"ping": "PING", "pong": "PONG 12"},
    ),
    "bytes that are not text": Respect(
        '[session]\nping = { hex = "81 a1 70 c3" }\npong = { hex = "82A171c3 *" }\n[[close]]\n'
        'code = 4455\nproblem = "auth-secret-rejected"\nmessage = { hex = "81a1e5" }',
        {"ping": "", "octets": ["81a170c3", "82a171c3a174ff"], "rejected": 4455},
    ),
    "ping frames alone": Respect('[session]\nping = "frame"', {"ping": ""}),
    "a server that pings": Respect(
        '[session]\nping = { expect = "2", answer = "3" }', {"ping": "", "asks": "2"}
    ),
    "codes of its own": Respect(
        '[[close]]\ncode = 4401\nproblem = "auth-header-rejected"\n'
        '[[close]]\ncode = 4403\nproblem = "auth-secret-rejected"',
        {"missing": 4401, "rejected": 4403},
    ),
    "words of its own": Respect(
        '[[close]]\ncode = 4290\ntitle = "The key is another tenant\'s"\nside = "client"\n'
        'cause = "Keys belong to one tenant."\nremedies = ["Take this tenant\'s key."]',
        {"rejected": 4290},
        wrong="session-closed-unknown",
    ),
    "answers of its own": Respect(
        "".join(
            f"[[refusal]]\nstatus = {status}\nbody = '{body}'\nproblem = \"{problem}\"\n"
            for status, body, problem in (
                (400, '{"error":"key_required"}', "auth-header-rejected"),
                (400, '{"error":"unknown_key"}', "auth-secret-rejected"),
            )
        ),
        {
            "missing": [400, '{"error":"key_required","at":7}'],
            "rejected": [400, '{"error":"unknown_key","at":7}'],
        },
    ),
    "an answer in words of its own": Respect(
        '[[refusal]]\nstatus = 409\ntitle = "The key is another tenant\'s"\nside = "client"\n'
        'cause = "Keys belong to one tenant."',
        {"missing": [401, ""], "rejected": [409, "conflict"]},
        wrong="upgrade-unexpected-status",
    ),
    "no agent id": Respect(
        "[agent_id]\nrequired = false\n[request]\nquery = {}\nheaders = {}", {}, agent_id=False
    ),
    "other variables": Respect(
        '[variables]\nurl = "GATEWAY"\nsecret = "GATEWAY_KEY"\nagent_id = "STATION"', {}
    ),
}
DESCRIPTION = {
    "secret": SECRET,
    "path": "/edge/ws",
    "place": "field",
    "name": "authorization",
    "before": "Bearer ",
    "ping": '{"type":"ping"}',
    "pong": '{"type":"pong"}',
    "missing": 4001,
    "rejected": 1008,
}


def description(name: str) -> dict[str, Any]:
    """Return what a server is told to be."""
    serves = RESPECTS[name].serves
    before = {"before": ""} if "place" in serves else {}
    return {**DESCRIPTION, **before, **serves}
