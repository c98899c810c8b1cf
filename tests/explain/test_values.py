"""What a pasted text fills into the texts of an entry."""

from __future__ import annotations

import pytest

from edgecheck.explain.excerpt import Excerpt
from edgecheck.explain.values import values_in

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
        (NGINX, "edge.example.com"),
        ("Unable to reach the origin service: dial tcp 10.0.0.3:80: connection refused", None),
        ('ERR error="EOF" originService=http://10.0.0.3:8000', None),
    ],
)
def test_the_host_is_the_one_that_the_client_asked_for(text: str, host: str | None) -> None:
    """That of a server behind a gateway is none that BACKEND_URL could have."""
    assert values_in(Excerpt.of(text), ()).get("host") == host
