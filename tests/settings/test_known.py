"""Settings that were read before are kept as long as nothing of them changes."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgecheck.catalogue.config import LINT
from edgecheck.settings.model import Settings
from edgecheck.settings.profiles import ProfileError
from edgecheck.settings.sources import Options, load

SECRET = "c1d8a7f09be2463f8d5e7a90b3c41f26"
ENV = f"BACKEND_URL=wss://file.example\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
# What is done to the file, and what it shows in.
CHANGES: dict[str, tuple[Callable[[Path], object], Callable[[Settings], object]]] = {
    "content": (
        lambda path: path.write_text(ENV.replace("edge_1", "edge_2")),
        lambda settings: settings.agent_id and settings.agent_id.text,
    ),
    "permissions": (
        lambda path: path.chmod(0o644),
        lambda settings: [defect.code for defect in LINT.judged(settings)[1]],
    ),
    "gone": (lambda path: path.unlink(), lambda settings: settings.env_file),
    "profile": (
        lambda path: path.with_name("edgecheck.toml").write_text('[request]\npath = "/other"\n'),
        lambda settings: settings.endpoint and settings.endpoint.url,
    ),
    "not text": (
        lambda path: path.write_bytes(b"\xff\xfe\x00"),
        lambda settings: settings.env_file and settings.env_file.encoding,
    ),
}


def read(folder: Path, options: Options | None = None, **environ: str) -> Settings:
    """Read the settings in a folder."""
    return load(options or Options(), environ=environ, cwd=folder, stdin=io.BytesIO())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file of settings that nobody else may read."""
    (tmp_path / ".env").write_text(ENV)
    (tmp_path / ".env").chmod(0o600)
    return tmp_path


def test_the_same_file_is_understood_once(folder: Path) -> None:
    """What follows from it is kept as well, with a later time of reading."""
    first, second = read(folder), read(folder)

    assert second == first
    assert second.env_file is first.env_file
    assert second.read_at is not None
    assert first.read_at is not None
    assert second.read_at > first.read_at
    assert second.once(LINT.judged) == LINT.judged(first)


def test_nobody_judges_it_again_although_the_first_reader_did_not_ask(folder: Path) -> None:
    """What the second one is told, the third one gets without judging."""
    read(folder)

    assert read(folder).once(LINT.judged) is read(folder).once(LINT.judged)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_shows_at_once(folder: Path, change: str) -> None:
    """The next reading says what a first one would say."""
    changed, shown = CHANGES[change]
    before = shown(read(folder))
    shown(read(folder))
    changed(folder / ".env")

    assert shown(read(folder)) != before


def test_a_variable_and_an_option_count_at_once(folder: Path) -> None:
    """They win over the file, and stand in its references."""
    (folder / ".env").write_text(ENV.replace("edge_1", "${NAME}"))
    ids = [
        read(folder, options, **environ).sent_id
        for options, environ in (
            (None, {}),
            (None, {"NAME": "edge_1"}),
            (None, {"NAME": "edge_2"}),
            (None, {"NAME": "edge_2", "EDGE_AGENT_ID": "edge_3"}),
            (Options(agent_id="edge_4"), {"NAME": "edge_2", "EDGE_AGENT_ID": "edge_3"}),
            (None, {"NAME": "edge_1"}),
        )
    ]

    assert ids == ["", "edge_1", "edge_2", "edge_3", "edge_4", "edge_1"]


def test_a_token_expires_although_nothing_changes() -> None:
    """What was found at another time does not hold for it."""
    ends = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    parts: list[dict[str, object]] = [{"alg": "HS256"}, {"exp": int(ends.timestamp())}]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    token = b".".join((*coded, b"c2lnbmF0dXJl")).decode()
    settings = read(Path("/"), BACKEND_URL="wss://a.example", EDGE_SECRET=token, EDGE_AGENT_ID="a")
    settings = replace(settings, read_at=ends - timedelta(days=9))

    def found(settings: Settings) -> bool:
        return "secret-expired" in {one.code for one in settings.once(LINT.judged)[1]}

    assert not found(settings)
    assert found(settings.read_again(ends + timedelta(days=1)))


def test_a_profile_follows_each_file_that_it_is_made_of(folder: Path) -> None:
    """Also one that it extends, and one that is gone or comes to be wrong."""
    own, below = folder / "edgecheck.toml", folder / "below.toml"
    own.write_text('extends = "below.toml"\n')
    below.write_text('[request]\npath = "/one"\n')

    def url() -> str:
        endpoint = read(folder).endpoint
        return endpoint.url if endpoint is not None else ""

    assert "/one" in url()
    assert "/one" in url()
    below.write_text('[request]\npath = "/two"\n')
    assert "/two" in url()
    below.write_text("[request]\npath = 2\n")
    with pytest.raises(ProfileError, match="path"):
        url()
    below.unlink()
    with pytest.raises(ProfileError, match="below"):
        url()
    own.write_text('[request]\npath = "/three"\n')
    assert "/three" in url()
