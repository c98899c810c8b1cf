"""A secret that is a JWT says itself when it is valid."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.lint.rules.secret_times import expired, times_of
from edgecheck.settings.model import Settings
from edgecheck.settings.sources import Options, load

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def token(**payload: Any) -> str:
    """Return a JWT."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "edge_1", **payload})
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join((*coded, b"c2lnbmF0dXJlLXNpZ25hdHVyZQ")).decode()


def settings_with(secret: str) -> Settings:
    """Return settings that were read at a known time."""
    environ = {"EDGE_SECRET": secret}
    settings = load(Options(), environ=environ, cwd=Path("/"), stdin=None)  # type: ignore[arg-type]
    return replace(settings, read_at=NOW)


def seconds(**delta: float) -> int:
    """Return a NumericDate from now."""
    return int((NOW + timedelta(**delta)).timestamp())


@pytest.mark.parametrize(
    ("payload", "severity", "words"),
    [
        ({"exp": 1_700_000_000}, "error", "expired on 2023-11-14"),
        ({"exp": seconds(hours=3)}, "warning", "ends on 2026-11-28 15:00"),
        ({"exp": seconds(days=3)}, None, ""),
        # It is refused until then, so it is as bad as one that has ended.
        ({"nbf": seconds(hours=1)}, "error", "not valid before 2026-11-28 13:00"),
        (
            {"nbf": seconds(hours=1), "exp": seconds(hours=2)},
            "error",
            "not valid before 2026-11-28 13:00",
        ),
        ({"nbf": seconds(minutes=1)}, None, ""),
        ({"exp": "tomorrow"}, None, ""),
        ({"exp": True}, None, ""),
        ({"exp": 1e300}, None, ""),
        ({}, None, ""),
    ],
)
def test_only_its_own_times_count(
    payload: dict[str, Any], severity: str | None, words: str
) -> None:
    """An end within a day is worth a word; a clock may differ by minutes."""
    found = list(expired(settings_with(token(**payload))))

    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all(words in one.values["state"] for one in found)


def test_nothing_of_the_token_is_shown() -> None:
    """Only the times: no claim, and no part of it."""
    secret = token(exp=1_700_000_000, name="Grace")
    (found,) = expired(settings_with(secret))
    said = json.dumps([found.evidence, dict(found.values), found.remedies])

    assert "Grace" not in said
    assert not any(part in said for part in secret.split("."))


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        (b'{"typ":"JWT"}', b'{"exp":1}'),
        (b'{"alg":"HS256"}', b'["exp"]'),
        (b'{"alg":"HS256"', b'{"exp":1}'),
        (b'{"alg":"HS256"}', b'{"exp":\xff}'),
    ],
)
def test_what_only_looks_like_a_token_has_no_times(header: bytes, payload: bytes) -> None:
    """Its parts are not objects, or the first one names no algorithm."""
    coded = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (header, payload)]

    assert times_of(".".join((*coded, "c2lnbmF0dXJlLXNpZ25hdHVyZQ"))) is None


@given(
    st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: f"eyJ{raw.hex()}.{raw.hex()}.x")
)
def test_any_other_secret_has_no_times(secret: str) -> None:
    """Whatever it looks like."""
    assert times_of(secret) is None
