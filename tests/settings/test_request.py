"""What the options on the request and its way accept, and what they refuse without repeating it."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.facts import Stage
from edgecheck.settings.choices import Until
from edgecheck.settings.request import (
    Destination,
    NotValid,
    address_of,
    destination_of,
    header_field,
    header_file,
    interface_of,
    origin_field,
    request_of,
)
from edgecheck.settings.url import parse

MARKER = "Zq7wX2pLm9Rt4VbN8cYd3HsGf6Jk1Ea5"
TOKENS = st.from_regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", fullmatch=True)
VALUES = st.from_regex(r"[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e])?", fullmatch=True)
RESERVED = {
    "connection",
    "content-length",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "transfer-encoding",
    "upgrade",
}


# --- headers --------------------------------------------------------------------------------------


@given(name=TOKENS, value=VALUES, blanks=st.sampled_from(["", " ", "\t", "  "]))
def test_every_field_of_rfc_9110_is_read_as_it_is_written(
    name: str, value: str, blanks: str
) -> None:
    """White space around a value is not a part of it; a field of the handshake is refused."""
    if name.lower() in RESERVED:
        with pytest.raises(NotValid):
            header_field(f"{name}:{blanks}{value}{blanks}")
        return
    field = header_field(f"{name}:{blanks}{value}{blanks}")

    assert field.name == name
    assert field.value.reveal() == value


@given(text=st.text(max_size=80))
def test_no_text_breaks_the_request(text: str) -> None:
    """What is accepted can stand in a request and adds no line to it."""
    try:
        field = header_field(text)
    except NotValid:
        return

    line = f"{field.name}: {field.value.reveal()}"
    assert line.encode("latin-1").count(b"\n") == 0
    assert "\r" not in line
    assert "\0" not in line
    assert re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", field.name)


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization Bearer {MARKER}",
        f": {MARKER}",
        f"X Key: {MARKER}",
        f"X-Key : {MARKER}",
        f"X-Key: {MARKER}\r\nX-Other: 1",
        f"X-Key: {MARKER}\n",
        f"X-Key: {MARKER}\0",
        f"X-Key: {MARKER}\x7f",
        f"X-Kéy: {MARKER}",
        f"X-Key: {MARKER}€",
        f"Upgrade: {MARKER}",
        f"Sec-WebSocket-Key: {MARKER}",
        f"sec-websocket-protocol: {MARKER}",
        f"Content-Length: {MARKER}",
    ],
)
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(text: str) -> None:
    """The value may be a secret, also where the colon before it was forgotten."""
    with pytest.raises(NotValid) as refused:
        header_field(text)

    assert MARKER[:6] not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: §§",
        "authorization: Basic dXNlcjpwYXNz",
        "Proxy-Authorization: §§",
        "Cookie: session=1",
        "X-Api-Key: 1",
        "X-Auth-Token: 1",
        "CF-Access-Client-Secret: 1",
        "X-Amz-Security-Token: 1",
        "X-Tenant: Bearer abcd1234",
        "X-Tenant: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefg",
        f"X-Tenant: {MARKER}",
        f"X-Tenant: a=1; b={MARKER}",
    ],
)
def test_a_credential_is_known_by_its_name_or_its_look(text: str) -> None:
    """On the command line it is exposed; in a file it is not."""
    assert header_field(text).is_credential
    assert header_field(text).exposed
    assert not header_field(text, exposed=False).exposed
    assert text.partition(": ")[2] not in repr(header_field(text))


@pytest.mark.parametrize(
    "text",
    [
        "X-Tenant: berlin",
        "User-Agent: agent/1.2 (linux; aarch64)",
        "Host: edge-2.example-company-2026.com",
        "X-Forwarded-For: 203.0.113.7",
        "Accept-Language: de-DE,de;q=0.9",
        "Origin: https://app.example.com",
        "X-Authorization:",
    ],
)
def test_an_ordinary_header_is_no_credential(text: str) -> None:
    """It is shown as it is sent."""
    assert not header_field(text).is_credential


@pytest.mark.parametrize(
    ("text", "revealing"),
    [
        (f"Authorization: Bearer {MARKER}", [MARKER]),
        (f"Authorization: {MARKER}", [MARKER]),
        ("Authorization: Basic YWdlbnQ6aHVudGVyMg==", ["YWdlbnQ6aHVudGVyMg==", "hunter2"]),
        ("Authorization: Basic no base64", ["no base64"]),
        (f"Cookie: session={MARKER}; theme=dark", [MARKER, "dark"]),
        (f"Cookie: {MARKER}", [MARKER]),
        (f"X-Api-Key: {MARKER}", [MARKER]),
        ("X-Tenant: berlin", []),
    ],
)
def test_what_is_secret_in_a_credential_is_known(text: str, revealing: list[str]) -> None:
    """Not the name of its scheme, which stands in every server's answer."""
    assert list(request_of([header_field(text)]).revealing) == revealing


def test_a_file_of_headers_has_one_in_each_line() -> None:
    """Empty lines, a byte-order mark and Windows' line ends do not matter; the place is kept."""
    fields = header_file(b"\xef\xbb\xbfX-One: 1\r\n\r\n  \nCookie: a=b\n", "headers.txt")

    assert [(field.name, field.value.reveal()) for field in fields] == [
        ("X-One", "1"),
        ("Cookie", "a=b"),
    ]
    assert [field.source for field in fields] == ["headers.txt:1", "headers.txt:4"]
    assert [(field.is_credential, field.exposed) for field in fields] == [
        (False, False),
        (True, False),
    ]


@given(content=st.binary(max_size=120))
def test_no_file_of_headers_does_more_than_be_refused(content: bytes) -> None:
    """Whatever is in it."""
    try:
        fields = header_file(content, "x")
    except NotValid:
        return

    assert len(fields) <= content.count(b"\n") + 1


def test_the_line_of_a_file_that_is_wrong_is_named() -> None:
    """By its number: what stands there may be a secret."""
    with pytest.raises(NotValid, match="line 2: a header is written as") as refused:
        header_file(f"X-One: 1\n{MARKER}\n".encode(), "x")

    assert MARKER[:6] not in str(refused.value)


# --- origin and subprotocols ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["https://app.example.com", "http://[::1]:8080", "null", "app://local"]
)
def test_an_origin_is_a_scheme_and_a_host(text: str) -> None:
    """As a browser sends it (RFC 6454)."""
    assert origin_field(text).value.reveal() == text


@pytest.mark.parametrize(
    "text",
    ["", "example.com", "https://", "https://a/b", "https://a b", "https://a\r\nX: 1", "https://é"],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """A path, a line break, a host alone."""
    with pytest.raises(NotValid, match="an origin is a scheme and a host"):
        origin_field(text)


@given(names=st.lists(st.text(max_size=10), max_size=4))
def test_subprotocols_are_tokens_and_each_is_offered_once(names: list[str]) -> None:
    """RFC 6455, section 4.1."""
    right = all(re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name) for name in names)
    if right and len(set(names)) == len(names):
        assert request_of([], names).subprotocols == tuple(names)
    else:
        with pytest.raises(NotValid):
            request_of([], names)


@pytest.mark.parametrize("name", ["Authorization", "Host", "Origin"])
def test_a_field_that_a_request_has_once_is_given_once(name: str) -> None:
    """`--origin` and `-H Origin` are the same field."""
    twice = [header_field(f"{name}: a"), header_field(f"{name.lower()}: b")]

    with pytest.raises(NotValid, match=f"{name} can be given only once"):
        request_of(twice)
    with pytest.raises(NotValid, match="Origin can be given only once"):
        request_of([header_field("origin: http://a")], origin="http://b")


# --- where to -------------------------------------------------------------------------------------

LABELS = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z]", fullmatch=True)
PORTS = st.none() | st.integers(1, 65535)


@given(labels=st.lists(LABELS, min_size=1, max_size=4), port=PORTS)
def test_a_place_by_name_is_read_as_it_is_written(labels: list[str], port: int | None) -> None:
    """With a port or without."""
    host = ".".join(labels)
    place = Destination(host, port)

    assert destination_of(str(place)) == place


@given(address=st.ip_addresses(), port=PORTS)
def test_a_place_by_address_is_read_as_it_is_written(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int | None
) -> None:
    """IPv6 with brackets, and without them where no port follows."""
    place = Destination(str(address), port)

    assert destination_of(str(place)) == place
    if port is None:
        assert destination_of(str(address)) == place


def test_an_address_may_have_a_zone() -> None:
    """A link-local address has no meaning without it."""
    assert destination_of("[fe80::1%eth0]:443") == Destination("fe80::1%eth0", 443)
    assert destination_of("fe80::1%eth0") == Destination("fe80::1%eth0")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":443",
        "host:",
        "host:0",
        "host:65536",
        "host:https",
        "host:443:10.0.0.7:443",
        "wss://host",
        "host/path",
        "host?x",
        "host#x",
        "user:pass@host",
        "[::1",
        "[::1]x",
        "[host]:1",
        "a b",
        "10.0.0.256",
        "host\n",
    ],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    """With the two forms that it can have."""
    with pytest.raises(NotValid, match="HOST or HOST:PORT"):
        destination_of(text)


@given(text=st.text(max_size=30))
def test_no_text_is_a_place_that_cannot_be_one(text: str) -> None:
    """What is read can be written and read again."""
    try:
        place = destination_of(text)
    except NotValid:
        return

    assert place.host
    assert place.port is None or 1 <= place.port <= 65535
    assert destination_of(str(place)) == place


@pytest.mark.parametrize("text", ["eth0", "wlp3s0", "br-1a2b3c4d5e6f", "lo", "eth0.100"])
def test_an_interface_has_a_name_of_the_kernel(text: str) -> None:
    """Of at most 15 characters."""
    assert interface_of(text).address is None


@pytest.mark.parametrize("text", ["", "a b", "eth0/1", "a" * 16, "eth0\n", "\0"])
def test_what_is_no_interface_is_refused(text: str) -> None:
    """Before the kernel is asked."""
    with pytest.raises(NotValid, match="neither the name of a network interface"):
        interface_of(text)


@given(address=st.ip_addresses())
def test_an_interface_can_be_an_address(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """Of either family."""
    assert interface_of(str(address)).address == address


# --- the address as an argument -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "address"),
    [
        ("wss://host", "wss://host"),
        ("https://host/x", "https://host/x"),
        ("backend.example.com", "wss://backend.example.com"),
        ("backend.example.com:8443/edge", "wss://backend.example.com:8443/edge"),
        ("gateway:8080", "wss://gateway:8080"),
        ("10.0.0.7", "wss://10.0.0.7"),
        ("[2001:db8::7]:8443", "wss://[2001:db8::7]:8443"),
        ("localhost:8000", "ws://localhost:8000"),
        ("localhost", "ws://localhost"),
        ("127.0.0.1:8000", "ws://127.0.0.1:8000"),
        ("[::1]:8000", "ws://[::1]:8000"),
    ],
)
def test_a_host_alone_is_short_for_an_address(word: str, address: str) -> None:
    """TLS for every host but this machine, whose servers rarely have it."""
    assert address_of(word) == address
    assert parse(address_of(word)).host_valid


@pytest.mark.parametrize(
    "word",
    [
        "",
        "extra",
        MARKER,
        f"{MARKER}{MARKER}",
        "0e9b7c1d5a3f48e2b6d07f92c4a81e35d9f6b0a72c8e4d13",
        "s3cr3t)0123456789abcdef",
        f"user:{MARKER}@host.example.com",
        "two words",
    ],
)
def test_a_word_that_may_be_a_secret_is_no_address(word: str) -> None:
    """It is neither looked up nor repeated."""
    with pytest.raises(NotValid, match="unexpected extra argument") as refused:
        address_of(word)

    assert len(word) < 6 or word[:6] not in str(refused.value).replace("extra", "")


def test_until_names_stages() -> None:
    """Those at which a checkup can end; only the last two send the request."""
    assert [Stage(until.value) for until in Until] == [
        Stage.DNS,
        Stage.TCP,
        Stage.TLS,
        Stage.UPGRADE,
        Stage.SESSION,
    ]
    assert [until.sends_request for until in Until] == [False, False, False, True, True]
