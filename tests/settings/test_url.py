"""`BACKEND_URL`, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.backend.builtin import EDGE
from edgecheck.settings.url import endpoint, is_address, is_loopback, parse, password_of


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port", "path"),
    [
        ("wss://h.example", "wss", "h.example", None, ""),
        ("WSS://H.Example:8443/a/", "wss", "h.example", 8443, "/a/"),
        ("ws://[::1]:80", "ws", "::1", 80, ""),
        ("h.example", "", "h.example", None, ""),
        ("h.example:8080/a", "", "h.example", 8080, "/a"),
        ("localhost:8000", "", "localhost", 8000, ""),
        ("wss://b\u00fccher.example", "wss", "xn--bcher-kva.example", None, ""),
        ("wss://h.example.", "wss", "h.example.", None, ""),
    ],
)
def test_an_address_has_its_parts(
    text: str, scheme: str, host: str, port: int | None, path: str
) -> None:
    parts = parse(text)

    assert (parts.scheme, parts.host, parts.port, parts.path) == (scheme, host, port, path)
    assert parts.host_valid


def test_query_fragment_and_credentials_are_told_from_their_absence() -> None:
    parts = parse("wss://u:p@h?a=b#c")

    assert (parts.credentials, parts.query, parts.fragment) == ("u:p", "a=b", "c")
    assert (parse("wss://h?#").query, parse("wss://h?#").fragment) == ("", "")
    assert (parse("wss://h").credentials, parse("wss://h").query, parse("wss://h").fragment) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "text", ["wss://h:0", "wss://h:65536", "wss://h:x", "wss://h:\u0661", "wss://h:-1"]
)
def test_a_port_that_is_none_is_minus_one(text: str) -> None:
    assert parse(text).port == -1


@pytest.mark.parametrize(
    "text",
    [
        "wss://",
        "wss://h..x",
        "wss://-h",
        "wss://h h",
        "wss://1.2.3.400",
        "wss://[::1",
        "wss://[::1]x",
        "wss://" + "a" * 64,
        "wss://<h>",
    ],
)
def test_a_host_that_cannot_exist_is_not_valid(text: str) -> None:
    assert not parse(text).host_valid


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("wss://h/a?b#c", "wss://h/a?b#c"),
        ("wss://u:p@h", "wss://u:***@h"),
        ("wss://u@h", "wss://***@h"),
        ("wss://u:p@ss@h/x@y", "wss://u:***@h/x@y"),
        ("wss://h:1/@x", "wss://h:1/@x"),
        ("wss//u:p@h", "wss//u:***@h"),
        ("wss:u:p@h", "wss:u:***@h"),
        ("u:p@h", "u:***@h"),
        ("wss://u:p/q@h", "wss://u:***@h"),
        ("wss://u:p#q@h", "wss://u:***@h"),
    ],
)
def test_what_may_be_a_password_is_masked(text: str, masked: str) -> None:
    assert parse(text).masked == masked


@given(st.text(max_size=40))
def test_a_password_never_shows_whatever_stands_around_it(around: str) -> None:
    for text in (f"wss://{around}:hunter2@h", f"wss://u:hunter2{around}@h", f"{around}u:hunter2@h"):
        parts = parse(text)
        if parts.credentials is not None and "hunter2" in parts.credentials:
            assert "hunter2" not in parts.masked


@given(st.text(max_size=60), st.text(max_size=20))
def test_no_text_makes_it_raise(text: str, agent_id: str) -> None:
    for address in (text, f"wss://{text}", f"wss://h/{text}"):
        parts = parse(address)
        assert isinstance(parts.masked, str)
        found = endpoint(parts, agent_id, EDGE)
        assert found is None or (found.resource.isascii() and " " not in found.resource)


def test_bytes_that_are_no_text_are_encoded() -> None:
    assert (
        endpoint(parse("wss://h/\udce9"), "\udce9", EDGE).resource
        == "/%ED%B3%A9/edge/ws?edge_agent_id=%ED%B3%A9"
    )


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("wss://h", "wss://h/edge/ws?edge_agent_id=edge_1"),
        ("wss://h/", "wss://h/edge/ws?edge_agent_id=edge_1"),
        ("wss://h/edge/ws", "wss://h/edge/ws?edge_agent_id=edge_1"),
        ("wss://h/edge/ws/", "wss://h/edge/ws?edge_agent_id=edge_1"),
        ("wss://h/api", "wss://h/api/edge/ws?edge_agent_id=edge_1"),
        ("wss://h?a=b#c", "wss://h/edge/ws?a=b&edge_agent_id=edge_1"),
        ("wss://h:443", "wss://h/edge/ws?edge_agent_id=edge_1"),
        ("ws://h:443", "ws://h:443/edge/ws?edge_agent_id=edge_1"),
        ("ws://[::1]:8000", "ws://[::1]:8000/edge/ws?edge_agent_id=edge_1"),
    ],
)
def test_the_endpoint_follows_from_the_address(text: str, url: str) -> None:
    assert endpoint(parse(text), "edge_1", EDGE).url == url


@pytest.mark.parametrize(
    "text", ["https://h", "h", "wss:/h", "wss://", "wss://h:0", "wss://h h", " wss://h"]
)
def test_no_endpoint_follows_from_what_no_client_could_use(text: str) -> None:
    assert endpoint(parse(text), "edge_1", EDGE) is None


def test_the_agent_id_stays_one_parameter() -> None:
    found = endpoint(parse("wss://h"), "a&b=c d", EDGE)

    assert found.resource == "/edge/ws?edge_agent_id=a%26b%3Dc%20d"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost.example", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_is_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_an_address_is_told_from_a_name() -> None:
    assert is_address("fe80::1%eth0")
    assert not is_address("1.example")


def test_a_password_is_decoded() -> None:
    assert password_of("u:p%40ss") == "p@ss"
    assert password_of("u") == password_of(None) == ""
