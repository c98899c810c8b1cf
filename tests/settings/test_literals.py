"""What stands in a profile itself is public: a credential is refused, and nothing else is."""

from __future__ import annotations

import tomllib

import pytest

from edgecheck.settings.literals import credentials_written
from tests.backend.wrong_profiles import RANDOM

PUBLIC = (
    'headers = { X-Version = "2026-10-01", User-Agent = "agent/1.0 (+https://acme.example/bot)" }',
    'headers = { X-Tenant = "5c2b8a60-3d1e-4f7a-9b40-1d2e3f4a5b6c" }',
    'headers = { X-Tenant-Id = "6525a3dd83aa2d4ffd00f8be5223b92f" }',
    'headers = { X-Fingerprint = "6525a3dd83aa2d4ffd00f8be5223b92f00aabbcc" }',
    'headers = { X-Build = "6525a3dd83aa2d4ffd00f8be5223b92f00aabbcc" }',
    'headers = { Cookie = "region=eu-central-1; sid={secret}" }',
    "headers = { Authorization = 'Token token=\"{secret}\"' }",
    'path = "/tenants/6525a3dd83aa2d4ffd00f8be5223b92f/ws"',
    'path = "/v1/5c2b8a60-3d1e-4f7a-9b40-1d2e3f4a5b6c/agents/{agent_id}"',
    'path = "/OCPP/CentralSystemService16/ws"',
    'path = "/v1beta1/projects/MyProject42/AgentHub/connect"',
    'headers = { traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" }',
    'headers = { X-Route = "Agents/Edge2/Europe/Frankfurt" }',
    f'headers = {{ X-Public-Key = "{RANDOM}" }}',
    'query = { key = "pk_live_51Habcdefghijklmnop1234", vsn = "2.0.0" }',
    'subprotocols = ["graphql-transport-ws", "v12.stomp"]',
)
SAID = (
    '{"type":"auth","token":"{secret}","client_id":"6525a3dd83aa2d4ffd00f8be5223b92f"}',
    "CONNECT\naccept-version:1.2\nlogin:{agent_id}\npasscode:{secret}\n\n\0",
    '{"type":"subscribe","topic":"Fleet/Edge2/Commands/All","secret":"{secret}"}',
    '{"type":"connection_init","payload":{"Authorization":"Bearer {secret}"}}',
)


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_public_stays(text: str) -> None:
    """Versions, dates, ids, and keys that are made to be seen."""
    assert credentials_written({"request": tomllib.loads(text)}) == []


@pytest.mark.parametrize("text", SAID)
def test_a_greeting_with_the_placeholder_stays(text: str) -> None:
    """The secret itself is not there."""
    assert credentials_written({"session": {"greeting": [{"send": text}]}}) == []


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (b"\x82\xa5token\xb4" + RANDOM.encode(), ["session.greeting[0].send"]),
        (b"\x81\xa5hello\xff", []),
    ],
)
def test_bytes_hold_credentials_as_texts_do(sent: bytes, found: list[str]) -> None:
    """A log-in in MessagePack has its words between bytes that are not text."""
    tree = {"session": {"greeting": [{"send": {"hex": sent.hex(" ")}}, {"send": {"hex": "zz"}}]}}

    assert [each.place for each in credentials_written(tree)] == found


def test_each_place_is_named() -> None:
    """Where the file is wrong otherwise, too."""
    marked = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
    tree = {
        "request": {
            "authorization": f"header:X-Key {RANDOM}{{secret}}=",
            "headers": {"X-Version": 2, "X-Id": marked},
            "query": 7,
        },
        "session": {"greeting": [{"without_secret": f"key {RANDOM}"}, 5]},
    }

    assert [each.place for each in credentials_written(tree)] == [
        "request.authorization",
        "request.headers.X-Id",
        "session.greeting[0].without_secret",
    ]
