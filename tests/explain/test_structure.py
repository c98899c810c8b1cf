"""What a text says by its structure: steps and outcomes, fields, settings, whose failure it is."""

from __future__ import annotations

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain.find import find


def first(text: str) -> str:
    """Return the code that comes first; an empty text for none."""
    found = find(text, PROBLEMS)
    return found[0].problem.code if found else ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("xyz: the TLS negotiation with the peer timed out", "tls-timeout"),
        ("xyz: deadline exceeded while waiting for the websocket handshake", "upgrade-timeout"),
        ("xyz: keepalive: no response from the peer", "pong-timeout"),
        ("xyz: resolver 10.0.0.2 timed out", "dns-timeout"),
        ("xyz: socks5 10.0.0.2:1080 refused", "proxy-unreachable"),
        ("xyz: cert of the peer is untrusted", "tls-unknown-issuer"),
        ("xyz: cert of the peer has been revoked", "tls-certificate-invalid"),
        ("xyz: payload would exceed what the peer takes", "session-message-too-big"),
        ("xyz: idle for too long", "session-idle-closed"),
    ],
)  # fmt: skip
def test_a_step_and_its_outcome_are_enough(text: str, code: str) -> None:
    """No vocabulary has these lines."""
    assert first(text) == code


def test_the_more_special_step_counts() -> None:
    """Whatever is reset during a TLS handshake, the handshake is what failed."""
    assert first("xyz: connect: SSL handshake: connection reset by peer") == "tls-closed"


def test_what_begins_a_new_sentence_belongs_to_another_step() -> None:
    """A proxy that is named before is not what timed out."""
    assert not first("Using proxy 10.0.0.1:3128. Then the job timed out").startswith("proxy")


@pytest.mark.parametrize(
    "text",
    [
        "connect timeout 5 s, ping timeout: 20 s, handshake timeout=10",
        "12 sent, 0 transport errors",
        "the connect attempt will timeout after 20 s",
    ],
)
def test_a_limit_and_a_count_of_nothing_are_no_events(text: str) -> None:
    """They stand in ordinary lines."""
    assert first(text) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("xyz: could not find Upgrade header in the request", "upgrade-header-dropped"),
        ("xyz: no Authorization header was sent", "auth-header-stripped"),
        ("xyz: Sec-WebSocket-Accept header does not match", "upgrade-invalid-response"),
    ],
)
def test_a_field_that_is_missing_leads_to_its_entry(text: str, code: str) -> None:
    """RFC 6455 names the fields, and programs name them likewise."""
    assert first(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("pydantic: backend_url\n  Field required", "url-missing"),
        ("xyz: please define EDGE_AGENT_ID", "agent-id-missing"),
        ("panic: EDGE_AGENT_ID must be set", "agent-id-missing"),
        (".env: line 3: EDGE_SECRET: command not found", "env-line-invalid"),
        ("EDGE_SECRET=x is required", ""),
    ],
)
def test_a_setting_that_is_said_to_be_missing_leads_to_its_entry(text: str, code: str) -> None:
    """Whatever the framework, it names the variable."""
    assert first(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("xyz upstream 10.0.0.3:8000: connect ECONNREFUSED", "upgrade-bad-gateway"),
        ("xyz upstream 10.0.0.3:8000: dial tcp: i/o timeout", "upgrade-gateway-timeout"),
        ('{"msg":"dial tcp 10.0.0.3:80: connection refused","status":502}', "upgrade-bad-gateway"),
        ("xyz 10.0.0.3:8000: connect ECONNREFUSED", "tcp-refused"),
    ],
)  # fmt: skip
def test_a_gateways_own_connection_is_what_the_client_sees_of_it(text: str, code: str) -> None:
    """It logs with the words of a client, because it is one."""
    assert first(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('"GET /edge/ws HTTP/1.1" 503 UO - "-" 0 0', "upgrade-unavailable"),
        ('"GET /edge/ws HTTP/1.1" 408 SI - "-" 0 0', "session-idle-closed"),
        ('be/s1 0/0/2/5/60007 101 217 - - cD-- 1/1/1/1/0 0/0 "GET /ws"', "session-idle-closed"),
        ('be/s1 0/0/2/5/60007 101 217 - - CD-- 1/1/1/1/0 0/0 "GET /ws"', "session-dropped"),
        ("WinHttp: error 12007", "dns-not-found"),
        ("native-tls: (os error -2146762481)", "tls-hostname-mismatch"),
        ('code: "ConnectionRefused"', "tcp-refused"),
    ],
)
def test_more_numbers_and_names_know_their_space(text: str, code: str) -> None:
    """HAProxy tells a time limit from an end by the case of a letter."""
    assert first(text) == code


def test_the_reason_behind_a_phrase_of_several_causes_decides() -> None:
    """A phrase that any refusal has gives way to the status in the same text."""
    assert first("Server sent invalid upgrade response: HTTP/1.1 429") == "upgrade-rate-limited"
    assert first("The proxy tunnel request to proxy 'p' failed with status code '407'") == (
        "proxy-auth-required"
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("xyz: URI scheme must be ws or wss", "url-scheme-unknown"),
        ("xyz: missing host in URL", "url-malformed"),
        ("xyz: the URL may not contain a fragment", "url-has-query"),
        ("xyz: socks URL: unsupported scheme", "proxy-url-invalid"),
        ("the URL scheme and the host are read from the settings", ""),
    ],
)
def test_a_part_of_an_address_that_is_wrong_leads_to_its_entry(text: str, code: str) -> None:
    """RFC 3986 names the parts, and programs name them likewise."""
    assert first(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("XyzError: cannot write to a closed transport", "session-dropped"),
        ("xyz failed: the client is not connected", "session-dropped"),
        ("INFO the client is not connected, nothing failed", ""),
        ("xyz: conflicting Content-Length headers", "upgrade-not-http"),
        ("xyz: missing required header: Sec-WebSocket-Version", "upgrade-bad-request"),
        ("xyz: illegal value for header Upgrade: h2c", "upgrade-header-dropped"),
        ("xyz: opcode=0 was not expected", "session-protocol-error"),
        ("xyz: no answer for 5 s: no server heartbeat received", "pong-timeout"),
        ("Failing the WebSocket connection: 1011", "session-server-error"),
    ],
)
def test_more_words_that_every_library_has_its_own_of(text: str, code: str) -> None:
    """A connection that is not open, the framing of an answer, a field behind its colon."""
    assert first(text) == code
