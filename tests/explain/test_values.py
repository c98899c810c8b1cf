"""What a pasted text fills into the texts of an entry."""

from __future__ import annotations

import pytest

from edgecheck.explain.excerpt import Excerpt
from edgecheck.explain.values import values_in, values_of_number, with_what_follows

NGINX = (
    "connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.4, "
    'server: _, request: "GET /edge/ws HTTP/1.1", upstream: "http://172.17.0.3:8000/edge/ws", '
    'host: "edge.example.com"'
)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Error: getaddrinfo ENOTFOUND edge.example.com", "edge.example.com"),
        ("connect to wss://edge.example.com:8443/edge/ws failed", "edge.example.com"),
        ("upstream https://10.0.0.3 of wss://edge.example.com/ws failed", "edge.example.com"),
        (NGINX, "edge.example.com"),
        ("Unable to reach the origin service: dial tcp 10.0.0.3:80: connection refused", None),
        ('ERR error="EOF" originService=http://10.0.0.3:8000', None),
    ],
)
def test_the_host_is_the_one_that_the_client_asked_for(text: str, host: str | None) -> None:
    """That of a server behind a gateway is none that BACKEND_URL could have."""
    assert values_in(Excerpt.of(text), ()).get("host") == host


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("[Errno 111] Connect call failed ('10.0.0.5', 8787)", "10.0.0.5", "8787"),
        ("Multiple exceptions: [Errno 111] Connect call failed ('::1', 8787, 0, 0)", "::1", "8787"),
        ("connect ECONNREFUSED 10.0.0.5:8787", "10.0.0.5", "8787"),
        ("dial tcp [fd00::5]:8787: connect: connection refused", "fd00::5", "8787"),
        ("dial tcp: lookup edge.example: no such host", "edge.example", None),
        (
            "ConnectException: Connection refused: edge.example/10.0.0.5:8787",
            "edge.example",
            "8787",
        ),
        ("Failed to connect to edge.example/10.0.0.5:443", "edge.example", "443"),
        ("Failed to connect to edge.example port 8787: refused", "edge.example", "8787"),
        ("Failed to connect to edge.example", "edge.example", None),
        ("Failed to connect to the server: refused", None, None),
        ("HTTPSConnectionPool(host='edge.example', port=443): refused", "edge.example", "443"),
        ("connect to 10.0.0.5 port 8787 failed: Connection refused", "10.0.0.5", "8787"),
        ("Connection refused (edge.example:8787)", "edge.example", "8787"),
        ("Unable to connect to tls://edge.example:8443 (refused)", "edge.example", "8443"),
        ("Connection refused, address = edge.example, port = 40522", "edge.example", None),
        ("connect to sk_live_51H8xQ2eZvKYlo2C0aBcDeFgH port 443 failed", None, None),
        ("connection to wss://edge.example/ws: refused", "edge.example", "443"),
        ("connection to ws://edge.example/ws: refused", "edge.example", "80"),
    ],
)
def test_a_program_names_host_and_port_in_its_own_form(
    text: str, host: str | None, port: str | None
) -> None:
    """A port of the client's own is none of the backend's."""
    values = values_in(Excerpt.of(text), ())

    assert (values.get("host"), values.get("port")) == (host, port)
    assert not values.get("url", "").endswith(":")


@pytest.mark.parametrize(
    ("values", "address", "http_url"),
    [
        ({"host": "edge.example.com"}, "edge.example.com", "https://edge.example.com"),
        ({"host": "h", "port": "8443"}, "h", "https://h:8443"),
        ({"host": "h", "port": "8000"}, "h", "http://h:8000"),
        ({"host": "h", "port": "80"}, "h", "http://h"),
        ({"host": "h", "scheme": "wss", "port": "8000"}, "h", "https://h:8000"),
        ({"host": "fd00::1", "scheme": "ws"}, "[fd00::1]", "http://[fd00::1]"),
        ({"port": "443"}, None, None),
    ],
)
def test_a_host_gives_an_address_for_curl(
    values: dict[str, str], address: str | None, http_url: str | None
) -> None:
    """Where no scheme is said, the port tells whether it is one of TLS."""
    follows = with_what_follows(values)

    assert (follows.get("address"), follows.get("http_url")) == (address, http_url)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("503", {"status": "503", "refusal": "answered HTTP 503"}),
        ("1008", {"close code": "1008", "refusal": "closed with 1008", "name": "policy violation"}),
        ("99", {}),
        ("700", {}),
        ("65536", {}),
        ("50³", {}),
        ("tcp-refused", {}),
    ],
)
def test_a_number_alone_fills_in_what_it_is(text: str, values: dict[str, str]) -> None:
    """A status, or a close code; nothing else."""
    found = values_of_number(text)

    assert values.items() <= found.items()
    assert bool(found) is bool(values)
