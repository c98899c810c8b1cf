"""One file describes a backend that nobody has thought of, and every command speaks to it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgecheck.settings.profiles import checked
from edgecheck.simulator import Backend
from tests.cli.conftest import Run
from tests.doctor import simulated
from tests.snippets.clients import running

PROFILE = """\
extends = "edge"
name = "Orders gateway"

[variables]
url = "ORDERS_URL"
secret = "ORDERS_TOKEN"
agent_id = "ORDERS_STATION"

[agent_id]
pattern = "station-[0-9]+"

[request]
path = "/stations/{agent_id}/stream"
query = { v = "2" }
headers = { X-Station = "{agent_id}" }
authorization = "header:X-Orders-Token"

[session]
ping = "are you there?"
pong = { regex = "^yes" }

[commands]
match = '{"op":"do"}'
id = "body.id"
kind = "body.what"
ack = '{"op":"done","id":"{id}","how":"{status}"}'

[[close]]
code = 4403
problem = "auth-secret-rejected"
"""


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """Run such a backend, and write the profile and the settings for it."""
    path = tmp_path / "edgecheck.toml"
    path.write_text(PROFILE, encoding="utf-8")
    profile = checked(path, tmp_path).profile
    with simulated(profile=profile, command_every=0.2) as running_backend:
        file = tmp_path / ".env"
        file.touch(0o600)
        file.write_text(running_backend.env_text, encoding="utf-8")
        yield running_backend


def test_it_is_diagnosed(run: Run, backend: Backend) -> None:
    """Healthy, and with another secret refused by its own close code."""
    healthy = run("doctor", "--json")
    refused = run("doctor", "--json", ORDERS_TOKEN="Zx8vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE")
    verdict = json.loads(refused.stdout)["verdict"]

    assert json.loads(healthy.stdout)["ok"], healthy.stdout
    assert json.loads(healthy.stdout)["profile"] == "Orders gateway"
    assert verdict["code"] == "auth-secret-rejected"
    assert "4403" in verdict["title"]


def test_it_is_pinged_and_talked_to(run: Run, backend: Backend) -> None:
    """By its own messages."""
    pinged = run("ping", "-c", "2", "-i", "0.1")
    talked = run("repl", "--json", stdin="ping\nwait pong\nwait command\nack\nquit\n")
    frames = [json.loads(line) for line in talked.stdout.splitlines()]
    sent = [one["text"] for one in frames if one.get("direction") == "sent"]

    assert "2 received" in pinged.stdout
    assert sent[0] == "are you there?"
    assert any(text.startswith('{"op":"done"') for text in sent)


def test_a_snippet_for_it_works(run: Run, backend: Backend, tmp_path: Path) -> None:
    """It is told the settings by their own names."""
    done = run("snippet", "python", "--output", "client.py")
    lines = (tmp_path / ".env").read_text("utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines)
    with running([sys.executable, str(tmp_path / "client.py")], settings) as client:
        client.said.wait("connected: the backend answers")
        client.said.wait("command 'schedule_message'")

        assert client.terminate() == 0
    assert done.returncode == 0


def test_it_is_demonstrated(run: Run, backend: Backend) -> None:
    """A simulated one stands for it, and fails in its own way."""
    healthy = run("doctor", "--demo", "--json")
    refused = run("doctor", "--demo", "--json", "--fault", "auth-secret-rejected")

    assert json.loads(healthy.stdout)["ok"]
    assert json.loads(refused.stdout)["verdict"]["code"] == "auth-secret-rejected"
    assert "4403" in refused.stdout
