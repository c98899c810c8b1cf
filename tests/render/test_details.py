"""What was seen at each stage, in full."""

from __future__ import annotations

from dataclasses import replace

from edgecheck.facts import (
    Attempt,
    DnsFacts,
    Facts,
    Failure,
    HttpResponse,
    Kind,
    ProxyFacts,
    Span,
    Stage,
)
from edgecheck.facts.kernel import KernelFacts
from edgecheck.facts.path import Hop, PathFacts
from edgecheck.render.details import details
from tests.render.samples import HEALTHY, NOT_FOUND, TCP, TLS, UNREACHED

WIDTH = 200


def shown(facts: Facts) -> list[str]:
    """Return the lines as a person reads them, with single blanks."""
    return [" ".join(line.plain.split()) for line in details(facts, WIDTH)]


def test_what_was_not_reached_has_no_lines() -> None:
    """Without anything seen there is no heading, either."""
    assert shown(Facts()) == []
    assert shown(replace(UNREACHED, config=None)) == [
        "Seen in detail",
        "",
        "dns dns-not-found, Name or service not known",
        "",
    ]


def test_the_settings_are_listed_with_their_origins() -> None:
    """Only their names and places."""
    assert "config BACKEND_URL from .env:1" in shown(HEALTHY)


def test_an_address_in_place_of_a_name_is_called_one() -> None:
    """Nothing was resolved."""
    literal = DnsFacts(Span(0, 1), "203.0.113.5", literal=True, addresses=("203.0.113.5",))

    assert "dns 203.0.113.5 is an address" in shown(replace(HEALTHY, dns=literal))
    assert f"dns {NOT_FOUND.host} has 203.0.113.5" in shown(HEALTHY)


def test_every_attempt_has_its_outcome() -> None:
    """It connected, failed, or was given up."""
    failure = Failure(Kind.TCP_REFUSED, "Connection refused", errno="ECONNREFUSED")
    attempts = (
        Attempt("2001:db8::1", "ipv6", None, 250.0),
        Attempt("203.0.113.4", "ipv4", False, 3.0, failure),
        Attempt("203.0.113.6", "ipv4", False, 3.0),
        *TCP.attempts,
    )
    lines = [
        line.removeprefix("tcp ")
        for line in shown(replace(HEALTHY, tcp=replace(TCP, attempts=attempts)))
    ]

    assert "2001:db8::1 port 443: given up after 250 ms" in lines
    assert any("tcp-refused, ECONNREFUSED, Connection refused after" in line for line in lines)
    assert any(line.startswith("203.0.113.6 port 443: failed after") for line in lines)
    assert any(line.startswith("203.0.113.5 port 443: connected after") for line in lines)


def test_what_the_kernel_and_the_way_show_is_listed() -> None:
    """How much was acknowledged, and each router."""
    kernel = KernelFacts(Stage.TLS, sent=517, acknowledged=0, silent_ms=5000.0)
    path = PathFacts(Span(0, 1), "203.0.113.5", 443, hops=(Hop(1, "192.0.2.1", 3.0, tcp=True),))
    text = "\n".join(shown(replace(HEALTHY, tcp=replace(TCP, kernel=kernel, path=path))))

    assert "0 of 517 bytes" in text
    assert "1 192.0.2.1" in text


def test_a_proxy_is_quoted() -> None:
    """Its address, the origin of the setting, its answer, and the failure."""
    proxy = ProxyFacts(
        Span(0, 1),
        "http://p:1",
        "$HTTPS_PROXY",
        response=HttpResponse("HTTP/1.1", 403, "Forbidden", (("server", "squid"),), "x" * 500),
        failure=Failure(Kind.PROXY_DENIED, "the proxy refused the tunnel"),
    )
    lines = shown(replace(HEALTHY, proxy=proxy))
    start = lines.index("proxy http://p:1 from $HTTPS_PROXY")

    assert lines[start + 1 : start + 3] == ["< HTTP/1.1 403 Forbidden", "< server: squid"]
    assert "proxy-denied, the proxy refused the tunnel" in lines
    assert "x" * 401 not in "".join(lines)


def test_what_came_instead_of_a_handshake_is_quoted() -> None:
    """With OpenSSL's reason and number, and the alert."""
    failure = Failure(
        Kind.TLS_CERTIFICATE, "it failed", reason="BAD", verify_code=18, alert="bad_certificate"
    )
    seen = replace(TLS, first_bytes="HTTP/1.1 400", failure=failure)
    lines = shown(replace(HEALTHY, tls=seen))

    assert "< HTTP/1.1 400" in lines
    assert "tls-certificate, BAD, bad_certificate, verify code 18, it failed" in lines
