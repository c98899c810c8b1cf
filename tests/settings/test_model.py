"""The settings as values."""

from __future__ import annotations

from dataclasses import replace

from edgecheck.backend.builtin import EDGE
from edgecheck.settings.model import (
    Connection,
    Origin,
    ProxySetting,
    SecretSetting,
    Setting,
    Settings,
    Source,
)
from edgecheck.settings.secret import Secret

HERE = Origin(Source.ENVIRONMENT, "BACKEND_URL")


def test_an_origin_reads_as_a_person_would_write_it() -> None:
    assert str(Origin(Source.OPTION, "--url")) == "--url"
    assert str(Origin(Source.ENVIRONMENT, "EDGE_SECRET")) == "$EDGE_SECRET"
    assert str(Origin(Source.FILE, ".env", 3)) == ".env:3"


def test_address_and_endpoint_follow_from_the_settings() -> None:
    settings = Settings(backend_url=Setting("wss://h", HERE), agent_id=Setting("edge_1", HERE))

    assert settings.url is not None
    assert settings.url.host == "h"
    assert settings.endpoint is not None
    assert settings.endpoint.url == "wss://h/edge/ws?edge_agent_id=edge_1"


def test_without_address_or_agent_id_there_is_no_endpoint() -> None:
    assert Settings().url is None
    assert Settings(backend_url=Setting("wss://h", HERE)).endpoint is None
    assert Settings(agent_id=Setting("edge_1", HERE)).endpoint is None


def test_no_repr_shows_what_is_secret() -> None:
    settings = Settings(
        backend_url=Setting("wss://me:hunter2@h", HERE),
        secret=SecretSetting(Secret("hunter2"), HERE),
        connection=Connection(proxy=ProxySetting("http://me:hunter2@p", HERE)),
    )

    assert "hunter" not in repr(settings)


def test_a_checkup_uses_the_id_that_is_kept_for_looking() -> None:
    """Unless an option names another one; a connection that stays uses the agent's own."""
    agent = replace(EDGE.agent_id, probe_id="edge_0")
    settings = Settings(
        profile=replace(EDGE, agent_id=agent), agent_id=Setting("edge_1", HERE), looking=True
    )
    by_option = Setting("edge_2", Origin(Source.OPTION, "--agent-id"))

    assert settings.sent_id == "edge_0"
    assert replace(settings, looking=False).sent_id == "edge_1"
    assert replace(settings, agent_id=by_option).sent_id == "edge_2"
