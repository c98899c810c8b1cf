"""The facts of three checkups, written by hand."""

from __future__ import annotations

from dataclasses import replace

from edgecheck.facts import (
    Attempt,
    ConfigFacts,
    DnsFacts,
    Facts,
    Failure,
    HttpResponse,
    Kind,
    SessionFacts,
    Span,
    Target,
    TcpFacts,
    TlsFacts,
    UpgradeFacts,
)

HOST = "backend.example.com"
CONFIG = ConfigFacts(".env", {"BACKEND_URL": ".env:1"}, request_possible=True, span=Span(0.0, 0.4))
DNS = DnsFacts(Span(0.4, 12.0), HOST, addresses=("203.0.113.5",))
TCP = TcpFacts(
    Span(12.4, 24.0),
    HOST,
    443,
    "203.0.113.5",
    (Attempt("203.0.113.5", "ipv4", connected=True, duration_ms=24.0),),
)
TLS = TlsFacts(Span(36.4, 48.0), HOST, "TLSv1.3", "TLS_AES_256_GCM_SHA384", verified=True, chain=())
HEALTHY = Facts(
    started_at="2026-01-05T09:12:44.120Z",
    target=Target(
        f"wss://{HOST}/edge/ws?edge_agent_id=edge_1", HOST, 443, "edge_1", "sha256:1f2e3d4c5b6a"
    ),
    config=CONFIG,
    dns=DNS,
    tcp=TCP,
    tls=TLS,
    upgrade=UpgradeFacts(
        Span(84.4, 61.0),
        ("GET /edge/ws HTTP/1.1",),
        HttpResponse("HTTP/1.1", 101, "Switching Protocols"),
    ),
    session=SessionFacts(Span(145.4, 31.5), pong=True, round_trip_ms=31.5),
    total_ms=177.0,
)


def closed(code: int, reason: str) -> SessionFacts:
    """Return a session that the server closed before it answered."""
    failure = Failure(Kind.SESSION_CLOSED, reason)
    return SessionFacts(
        Span(145.4, 31.5), close_code=code, close_reason=reason, closed_by="server", failure=failure
    )


REFUSED = replace(HEALTHY, session=closed(1008, "Token verification failed"))
NOT_FOUND = replace(
    DNS, addresses=(), failure=Failure(Kind.DNS_NOT_FOUND, "Name or service not known")
)
UNREACHED = replace(HEALTHY, dns=NOT_FOUND, tcp=None, tls=None, upgrade=None, session=None)
