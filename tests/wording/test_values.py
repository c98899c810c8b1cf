"""Values in texts: where a setting is."""

from __future__ import annotations

import pytest

from edgecheck.wording.values import named_once


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Set BACKEND_URL in $BACKEND_URL to it.", "Set BACKEND_URL in the environment to it."),
        ("into BACKEND_URL, in $BACKEND_URL.", "into BACKEND_URL, in the environment."),
        ("Set BACKEND_URL in .env:1 to it.", "Set BACKEND_URL in .env:1 to it."),
        ("EDGE_SECRET in $BACKEND_URL", "EDGE_SECRET in $BACKEND_URL"),
        ("Compare BACKEND_URL in --url with it.", "Compare --url with it."),
        ("Set `BACKEND_URL=wss://a.example` in --url.", "Use `--url wss://a.example`."),
        ("off: set `BACKEND_URL=wss://a` in --url.", "off: use `--url wss://a`."),
        ("Check the port in --url.", "Check the port in --url."),
    ],
)
def test_a_setting_of_the_environment_is_named_once(text: str, said: str) -> None:
    """Its place is its own name, which would be said twice."""
    assert named_once(text) == said
