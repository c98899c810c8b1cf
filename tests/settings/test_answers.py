"""What people paste where one setting is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.settings.answers import agent_id_in, may_be_secret, settings_in
from edgecheck.settings.model import REQUIRED

ALL = {"BACKEND_URL": "https://edge.example", "EDGE_SECRET": "abc", "EDGE_AGENT_ID": "edge_7"}


@pytest.mark.parametrize(
    "text",
    [
        "BACKEND_URL=https://edge.example\nEDGE_SECRET=abc\nEDGE_AGENT_ID=edge_7\n",
        "BACKEND_URL=https://edge.example\r\nEDGE_SECRET=abc\r\nEDGE_AGENT_ID=edge_7",
        "export BACKEND_URL='https://edge.example'\nexport EDGE_SECRET=\"abc\"\nEDGE_AGENT_ID = edge_7 # yours",
        "Hi,\n\n- BACKEND_URL: https://edge.example\n- EDGE_SECRET: abc\n- EDGE_AGENT_ID: edge_7\n\nBye",
        "> EDGE_AGENT_ID=edge_7\n> EDGE_SECRET=abc\n> BACKEND_URL=https://edge.example",
        "```\nBACKEND_URL=https://edge.example\nEDGE_SECRET=abc\nEDGE_AGENT_ID=edge_7\n```",
    ],
)
def test_a_message_is_read_line_by_line(text: str) -> None:
    """As a settings file, a list, a reply or a code block has it."""
    assert settings_in(text) == ALL


@pytest.mark.parametrize(
    "text", ["", "abc", "edge_7", "wss://edge.example?EDGE_SECRET=abc", "my EDGE_SECRET=abc", "EDGE_SECRETS=abc", "# EDGE_SECRET"]
)
def test_a_bare_value_names_nothing(text: str) -> None:
    """It is the answer itself."""
    assert settings_in(text) == {}


@pytest.mark.parametrize("value", ["a#b", "a${HOME}b", "a #b", "'abc", "a b", "abc\u200b"])
def test_a_value_that_a_loader_would_change_stays_whole(value: str) -> None:
    """What is meant stands there; the lint says what is wrong with it."""
    assert settings_in(f"EDGE_SECRET={value}") == {"EDGE_SECRET": value}


@given(st.text(max_size=200))
def test_nothing_that_is_pasted_raises(text: str) -> None:
    """Whatever it is."""
    for pasted in (text, f"EDGE_SECRET={text}", f"BACKEND_URL: {text}"):
        assert settings_in(pasted).keys() <= set(REQUIRED)
        agent_id_in(pasted)
        may_be_secret(pasted)


@pytest.mark.parametrize(
    ("address", "agent_id"),
    [
        ("wss://edge.example/edge/ws?edge_agent_id=edge_7", "edge_7"),
        (" 'https://edge.example/edge/ws?a=b&edge_agent_id=edge_7#x' ", "edge_7"),
        ("edge.example/edge/ws?edge_agent_id=edge%5F7", "edge_7"),
        ("wss://edge.example/edge/ws", None),
        ("wss://edge.example/edge/ws?edge_agent_id=", None),
        ("", None),
    ],
)
def test_an_address_may_name_the_agent(address: str, agent_id: str | None) -> None:
    """As a log has it."""
    assert agent_id_in(address) == agent_id


@pytest.mark.parametrize("text", ["6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b", ' "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE" ', "q83vEjRWeJCrze8SNFZ4kA=="])
def test_what_looks_random_may_be_the_secret(text: str) -> None:
    """In hexadecimal digits, letters, or base64."""
    assert may_be_secret(text)


@pytest.mark.parametrize(
    "text",
    ["edge.example", "localhost:8787", "wss://6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b", "backend", "a-host-of-words-without-a-dot", "[::1]"],
)
def test_an_address_does_not_look_like_a_secret(text: str) -> None:
    """Nor does a host without a dot."""
    assert not may_be_secret(text)
