"""A backend that was invented here: one file describes it, and every command follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

PROFILE = """\
name = "Orders gateway"
[variables]
url = "ORDERS_URL"
secret = "ORDERS_TOKEN"
agent_id = "STATION"
[agent_id]
pattern = "st-[0-9]{3}"
[request]
path = "/v2/agents"
query = {}
headers = { X-Station = "{agent_id}" }
authorization = "query:token"
[session]
ping = '{"op":"ping"}'
pong = '{"op":"pong"}'
[[close]]
code = 4403
problem = "auth-secret-rejected"
[[close]]
code = 4290
title = "This tenant has too many {agents}"
side = "client"
cause = "Its plan allows ten."
remedies = ["Stop an agent."]
"""
SECRET = "6525a3dd83aa2d4ffd00f8be5223b92f"
OLD = ("BACKEND_URL", "EDGE_SECRET", "EDGE_AGENT_ID", "/edge/ws", "4001", "Authorization: Bearer")


@pytest.fixture(autouse=True)
def profile(tmp_path: Path) -> None:
    """Write the profile into the folder in which the commands run."""
    assert len(PROFILE.splitlines()) <= 30
    (tmp_path / "edgecheck.toml").write_text(PROFILE, encoding="utf-8")


def write(folder: Path, content: str) -> None:
    """Write the settings."""
    path = folder / ".env"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)


def test_it_is_healthy_where_it_is_simulated(run: Run) -> None:
    """The request, the ping and the names are its own."""
    ended = run("doctor", "--demo")

    assert ended.returncode == 0
    assert "/v2/agents" in ended.stdout
    assert "profile Orders gateway" in ended.stdout
    assert not [old for old in OLD if old in ended.stdout]


def test_its_settings_are_judged_by_their_own_names(tmp_path: Path, run: Run) -> None:
    """A misspelt name, an id of another form, and the path at the end of the address."""
    write(
        tmp_path,
        f"ORDERS_URL=ws://127.0.0.1:9/v2/agents\nORDER_TOKEN={SECRET}\nSTATION=edge_1\n",
    )
    said = run("doctor", "--offline", "--verbose").stdout

    assert "ORDER_TOKEN is set, and ORDERS_TOKEN is not" in said
    assert "ORDERS_URL already ends in /v2/agents" in said
    assert "not of the form st-<3 digits>" in said
    assert not [old for old in OLD if old in said]


def test_its_settings_are_written_by_init(tmp_path: Path, run: Run) -> None:
    """With the names that its profile gives them."""
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    ended = run(
        *("init", "--no-input", "--url", "orders.example", "--secret-file", "secret"),
        *("--agent-id", "st-123"),
    )

    assert ended.returncode == 0
    assert (tmp_path / ".env").read_text(encoding="utf-8").splitlines() == [
        "ORDERS_URL=wss://orders.example",
        f"ORDERS_TOKEN={SECRET}",
        "STATION=st-123",
    ]


def test_its_close_codes_are_explained(run: Run) -> None:
    """In the catalogue's words, or in its own, with their braces."""
    own, known = run("explain", "4290").stdout, run("explain", "4403").stdout

    assert "This tenant has too many {agents}" in own
    assert "Stop an agent." in own
    assert "Profile   Orders gateway" in own
    assert "auth-secret-rejected" in known
    assert not [old for old in OLD if old in known]
