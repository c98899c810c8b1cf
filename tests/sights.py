"""Facts for tests: the least of each kind of failure, a healthy checkup.

And arbitrary ones (hypothesis).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.condition import Lint
from edgecheck.facts import (
    AgainFacts,
    Answer,
    Attempt,
    Certificate,
    ClientCertificateFacts,
    ConfigFacts,
    DnsFacts,
    Experiment,
    ExperimentName,
    Facts,
    Failure,
    Hop,
    HttpResponse,
    KernelFacts,
    Kind,
    LookName,
    LookOutcome,
    Message,
    MessageKind,
    NameServer,
    PathFacts,
    ProxyFacts,
    Said,
    SessionFacts,
    Span,
    Stage,
    Target,
    TcpFacts,
    TlsFacts,
    UpgradeFacts,
)
from edgecheck.lint.defect import Defect

SPAN = Span(1.0, 2.0)
HOST = "backend.example"

# A checkup that went well, over TLS.
HEALTHY = Facts(
    started_at="2026-01-05T09:12:44.120Z",
    target=Target(
        f"wss://{HOST}/edge/ws?edge_agent_id=edge_1", HOST, 443, "edge_1", "sha256:1f2e3d4c5b6a"
    ),
    config=ConfigFacts(
        ".env",
        {"BACKEND_URL": ".env:1", "EDGE_SECRET": ".env:2", "EDGE_AGENT_ID": ".env:3"},
        {},
        True,
        SPAN,
    ),
    dns=DnsFacts(SPAN, HOST, addresses=("203.0.113.7",)),
    tcp=TcpFacts(SPAN, HOST, 443, "203.0.113.7", (Attempt("203.0.113.7", "ipv4", True, 3.0),)),
    tls=TlsFacts(
        SPAN,
        HOST,
        "TLSv1.3",
        "TLS_AES_256_GCM_SHA384",
        verified=True,
        chain=(
            Certificate(
                f"CN={HOST}",
                "CN=R3,O=Let's Encrypt",
                (HOST,),
                "2025-12-01T00:00:00Z",
                "2026-03-01T00:00:00Z",
            ),
        ),
        client_certificate_requested=False,
    ),
    upgrade=UpgradeFacts(
        SPAN,
        ("GET /edge/ws HTTP/1.1",),
        HttpResponse("HTTP/1.1", 101, "Switching Protocols"),
        "2026-01-05T09:12:44.190Z",
    ),
    session=SessionFacts(SPAN, pong=True, round_trip_ms=20.0),
    total_ms=80.0,
)


PROXY = ProxyFacts(SPAN, "http://proxy.example:3128", "--proxy", "http", "proxy.example", 3128)


def answered(status: int, body: str = "", reason: str = "", **fields: str) -> Facts:
    """Return a checkup whose request for a WebSocket was answered with an HTTP status.

    Names of fields are written with ``_`` for ``-``.
    """
    response = HttpResponse(
        "HTTP/1.1",
        status,
        reason,
        tuple((name.replace("_", "-"), value) for name, value in fields.items()),
        body,
    )
    seen = UpgradeFacts(
        SPAN,
        response=response,
        received_at=HEALTHY.started_at,
        failure=Failure(Kind.UPGRADE_STATUS, f"HTTP {status}"),
    )
    return replace(HEALTHY, upgrade=seen, session=None)


def closed(code: int, reason: str = "", by: str | None = "server") -> Facts:
    """Return a checkup whose session ended with a close code; no frame carries 1006."""
    kind = Kind.SESSION_DROPPED if code == 1006 else Kind.SESSION_CLOSED
    by = None if code == 1006 else by
    seen = SessionFacts(
        SPAN, close_code=code, close_reason=reason, closed_by=by, failure=Failure(kind, "it ended")
    )
    return replace(HEALTHY, session=seen)


def failed(kind: Kind, **more: Any) -> Facts:
    """Return a checkup that came as far as this failure, and met nothing before it."""
    failure = Failure(kind, "it failed", **more)
    stage = kind.value.partition("-")[0]
    before_proxy: dict[str, Any] = {"upgrade": None, "session": None, "tls": None}
    match stage:
        case "dns":
            return replace(
                HEALTHY, dns=DnsFacts(SPAN, HOST, failure=failure), tcp=None, **before_proxy
            )
        case "tcp":
            attempt = Attempt("203.0.113.7", "ipv4", False, 3.0, failure)
            return replace(
                HEALTHY, tcp=TcpFacts(SPAN, HOST, 443, None, (attempt,), failure), **before_proxy
            )
        case "proxy":
            return replace(HEALTHY, proxy=replace(PROXY, failure=failure), **before_proxy)
        case "tls":
            seen = TlsFacts(
                SPAN,
                HOST,
                verified=False if kind is Kind.TLS_CERTIFICATE else None,
                failure=failure,
            )
            return replace(HEALTHY, tls=seen, upgrade=None, session=None)
        case "upgrade" if kind is Kind.UPGRADE_STATUS:
            return answered(418)
        case "upgrade" if kind is Kind.UPGRADE_TLS_BYTES:  # said of ws:// alone
            return replace(
                HEALTHY, tls=None, upgrade=UpgradeFacts(SPAN, failure=failure), session=None
            )
        case "upgrade":
            return replace(HEALTHY, upgrade=UpgradeFacts(SPAN, failure=failure), session=None)
        case _:
            return replace(HEALTHY, session=_ended(kind, failure))


def _ended(kind: Kind, failure: Failure) -> SessionFacts:
    """Return a session that ended in this way, a minute after it was last heard of."""
    codes = {
        Kind.SESSION_CLOSED: 1000,
        Kind.SESSION_DROPPED: 1006,
        Kind.SESSION_IDLE_CLOSED: 1006,
    }
    return SessionFacts(
        SPAN,
        pong=False if kind is Kind.SESSION_NO_PONG else None,
        close_code=codes.get(kind),
        closed_by="server" if kind is Kind.SESSION_CLOSED else None,
        idle_ms=60_000.0,
        failure=failure,
    )


# --- arbitrary facts ------------------------------------------------------------------------------

HOSTILE = (
    "\\x1b[31mred\\x1b[0m",
    "[red]x[/red][link=http://evil.example]click[/link]",
    "{host} {0} {} {{",
    '{"detail":"Not Found"}',
    '{"detail":' * 50,
    "[" * 2000,
    (
        "<html><head><title>403 Forbidden</title></head><body><center><h1>403 "
        "Forbidden</h1></center><hr><center>nginx</center>"
    ),
    "<!DOCTYPE html><p>guest wi-fi log in to this network",
    "<!--" * 100,
    "http://[::1",
    "https://other.example:99999/edge/ws?x=1#y",
    "//[",
    "http://192.168.1.1/login",
    "Missing Authorization header",
    "Replaced by a new connection",
    "Mon, 05 Jan 2026 99:99:99 GMT",
    "Mon, 05 Jan 2026 09:12:44 GMT",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-01-05T09:12:44",
    'Basic realm="{x}"',
    "ERR_NGROK_3200",
    "1" * 400,
)
_TEXT = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_NUMBER = st.floats(0, 1e7, allow_nan=False)
_SPANS = st.builds(Span, _NUMBER, _NUMBER)
_ADDRESSES = st.ip_addresses().map(str)
_PORTS = st.integers(0, 65535)
_FIELDS = st.sampled_from(
    [
        "Server",
        "Location",
        "Date",
        "Retry-After",
        "WWW-Authenticate",
        "X-Railway-Fallback",
        "cf-mitigated",
        "Content-Type",
        "Sec-WebSocket-Version",
        "Via",
    ]
)
_MOMENTS = st.none() | _TEXT | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")


def _failures(prefix: str) -> st.SearchStrategy[Failure | None]:
    kinds = [kind for kind in Kind if kind.startswith(prefix)]
    return st.none() | st.builds(
        Failure,
        kind=st.sampled_from(kinds),
        message=_TEXT,
        errno=st.none() | _TEXT,
        reason=st.none() | _TEXT,
        verify_code=st.none() | st.sampled_from([1, 2, 9, 10, 18, 19, 20, 21, 26, 62, 64, 99]),
        alert=st.none() | _TEXT,
    )


RESPONSES = st.builds(
    HttpResponse,
    version=st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/2"]),
    status=st.integers(100, 999),
    reason=_TEXT,
    fields=st.lists(st.tuples(_FIELDS | _TEXT, _TEXT), max_size=6).map(tuple),
    body=_TEXT,
    truncated=st.booleans(),
)
CERTIFICATES = st.builds(
    Certificate,
    subject=_TEXT,
    issuer=_TEXT | st.sampled_from(["CN=Zscaler Root CA,O=Zscaler Inc.", "CN=proxy.example"]),
    names=st.lists(_TEXT, max_size=8).map(tuple),
    not_before=_MOMENTS.map(lambda text: text or ""),
    not_after=_MOMENTS.map(lambda text: text or ""),
    key=_TEXT,
    signature=_TEXT,
    self_issued=st.booleans(),
    issuer_organization=_TEXT,
)
TLS = st.builds(
    TlsFacts,
    span=_SPANS,
    server_name=_TEXT,
    version=st.none() | _TEXT,
    cipher=st.none() | _TEXT,
    verified=st.none() | st.booleans(),
    insecure=st.booleans(),
    chain=st.none() | st.lists(CERTIFICATES, max_size=3).map(tuple),
    client_certificate_requested=st.none() | st.booleans(),
    client_certificate_sent=st.none() | st.booleans(),
    client_certificate=st.none()
    | st.builds(
        ClientCertificateFacts,
        subject=_TEXT,
        issuer=_TEXT,
        not_before=_TEXT,
        not_after=_TEXT,
        issuer_accepted=st.none() | st.booleans(),
    ),
    server_date=_MOMENTS,
    first_bytes=_TEXT,
    failure=_failures("tls"),
)
SESSIONS = st.builds(
    SessionFacts,
    span=_SPANS,
    pong=st.none() | st.booleans(),
    round_trip_ms=st.none() | _NUMBER,
    messages=st.lists(
        st.builds(Message, st.sampled_from(MessageKind), _TEXT, _TEXT), max_size=4
    ).map(tuple),
    messages_seen=st.integers(0, 10_000),
    close_code=st.none() | st.integers(0, 5000),
    close_reason=_TEXT,
    closed_by=st.sampled_from([None, "server", "client"]),
    idle_ms=st.none() | _NUMBER,
    largest_sent=st.none() | st.integers(0, 2**26),
    largest_passed=st.none() | st.integers(0, 2**26),
    smallest_refused=st.none() | st.integers(1, 2**26),
    recent_ms=st.lists(_NUMBER, max_size=6).map(tuple),
    prompt=st.none() | st.booleans(),
    failure=_failures("session"),
)
_ATTEMPTS = st.builds(
    Attempt,
    address=_ADDRESSES,
    family=st.sampled_from(["ipv4", "ipv6"]),
    connected=st.none() | st.booleans(),
    duration_ms=_NUMBER,
    failure=_failures("tcp"),
)
_LINTED = [code for code, problem in PROBLEMS.items() if isinstance(problem.when, Lint)]
DEFECTS = st.lists(
    st.builds(
        Defect,
        code=st.sampled_from(_LINTED),
        severity=st.sampled_from(["error", "warning", "info"]),
        where=_TEXT,
        setting=st.sampled_from(["", "EDGE_SECRET", "BACKEND_URL"]),
        evidence=st.lists(_TEXT, max_size=2).map(tuple),
        values=st.dictionaries(st.sampled_from(["where", "place", "count", "offered"]), _TEXT),
    ),
    max_size=3,
).map(tuple)
_CODES = st.none() | st.sampled_from(["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"])
_SERVERS = st.builds(
    NameServer,
    address=_ADDRESSES,
    code=_CODES,
    milliseconds=st.none() | _NUMBER,
    aliases=st.lists(_TEXT, max_size=2).map(tuple),
    addresses=st.lists(_ADDRESSES, max_size=2).map(tuple),
    reasons=st.lists(_TEXT | st.just("6 dnssec bogus"), max_size=2).map(tuple),
    unchecked_code=_CODES,
    root_code=_CODES,
    refused=st.booleans(),
)
_COUNTS = st.integers(0, 10_000)
_KERNELS = st.builds(
    KernelFacts,
    stage=st.sampled_from(Stage),
    sent=_COUNTS,
    acknowledged=_COUNTS,
    acknowledged_ms=st.none() | _NUMBER,
    silent_ms=_NUMBER,
    out_of_order=_COUNTS,
    retransmits=_COUNTS,
    packets_sent=_COUNTS,
    unanswered=_COUNTS,
    received=_COUNTS,
    window=st.none() | _COUNTS,
    gap_ms=st.none() | _NUMBER,
)
_AGAIN = st.builds(
    AgainFacts,
    name=st.sampled_from(LookName),
    outcome=st.sampled_from(LookOutcome),
    detail=_TEXT,
    acknowledged=st.none() | st.booleans(),
    segment_size=st.none() | _COUNTS,
    commands=st.lists(_TEXT, max_size=2).map(tuple),
    commands_seen=_COUNTS,
)
_PATHS = st.builds(
    PathFacts,
    span=_SPANS,
    address=_ADDRESSES,
    port=_PORTS,
    hops=st.lists(
        st.builds(
            Hop,
            distance=st.integers(-1, 64),
            address=st.none() | _ADDRESSES,
            round_trip_ms=st.none() | _NUMBER,
            tcp=st.booleans(),
            udp=st.booleans(),
            other=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    said=st.lists(
        st.builds(Said, _ADDRESSES, _TEXT, st.sampled_from(["tcp", "udp"]), st.integers(0, 64)),
        max_size=2,
    ).map(tuple),
    port_answer=st.none() | st.sampled_from(["accepted", "refused"]),
    other_port=st.none() | _TEXT,
    host_distance=st.none() | st.integers(0, 64),
    gateway=st.none() | _ADDRESSES,
    link_silent=st.none() | st.booleans(),
    kept_back=st.none() | _COUNTS,
    turned_away=st.none() | _COUNTS,
)
FACTS = st.builds(
    Facts,
    started_at=_MOMENTS.map(lambda text: text or ""),
    target=st.builds(
        Target,
        url=st.none()
        | _TEXT
        | st.sampled_from(["wss://backend.example/edge/ws", "ws://[::1]:8787/edge/ws"]),
        host=st.none() | _TEXT | st.just("::1"),
        port=st.none() | _PORTS,
        agent_id=st.none() | _TEXT,
        secret_fingerprint=st.none() | _TEXT,
        proxy=st.none() | _TEXT,
    ),
    config=st.none()
    | st.builds(
        ConfigFacts,
        env_file=st.none() | _TEXT,
        origins=st.dictionaries(
            st.sampled_from(["BACKEND_URL", "EDGE_SECRET", "EDGE_AGENT_ID"]), _TEXT
        ),
        shadowed=st.dictionaries(st.sampled_from(["BACKEND_URL", "EDGE_SECRET"]), _TEXT),
        request_possible=st.none() | st.booleans(),
        span=st.none() | _SPANS,
    ),
    dns=st.none()
    | st.builds(
        DnsFacts,
        span=_SPANS,
        host=_TEXT,
        family=st.sampled_from(["any", "ipv4", "ipv6"]),
        literal=st.booleans(),
        addresses=st.lists(_ADDRESSES, max_size=3).map(tuple),
        failure=_failures("dns"),
        servers=st.lists(_SERVERS, max_size=2).map(tuple),
        search=st.lists(_TEXT, max_size=1).map(tuple),
        resolver_words=_TEXT,
    ),
    tcp=st.none()
    | st.builds(
        TcpFacts,
        span=_SPANS,
        host=_TEXT,
        port=_PORTS,
        address=st.none() | _ADDRESSES,
        attempts=st.lists(_ATTEMPTS, max_size=3).map(tuple),
        failure=_failures("tcp"),
        kernel=st.none() | _KERNELS,
        first=st.none() | _KERNELS,
        again=st.lists(_AGAIN, max_size=4).map(tuple),
        path=st.none() | _PATHS,
        links=st.lists(_TEXT, max_size=1).map(tuple),
        has_route=st.none() | st.booleans(),
    ),
    proxy=st.none()
    | st.builds(
        ProxyFacts,
        span=_SPANS,
        url=_TEXT,
        origin=_TEXT,
        scheme=_TEXT,
        host=_TEXT,
        port=_PORTS,
        response=st.none() | RESPONSES,
        credentials_sent=st.booleans(),
        first_bytes=_TEXT,
        failure=_failures("proxy"),
    ),
    tls=st.none() | TLS,
    upgrade=st.none()
    | st.builds(
        UpgradeFacts,
        span=_SPANS,
        request=st.lists(_TEXT, max_size=3).map(tuple),
        response=st.none() | RESPONSES,
        received_at=_MOMENTS,
        first_bytes=_TEXT,
        speaks_tls=st.none() | st.booleans(),
        chooses_http2=st.none() | st.booleans(),
        failure=_failures("upgrade"),
    ),
    session=st.none() | SESSIONS,
    experiments=st.lists(
        st.builds(
            Experiment,
            st.sampled_from(ExperimentName),
            st.builds(
                Answer,
                st.none() | st.integers(100, 999),
                st.none() | st.integers(1000, 4999),
                _TEXT,
                st.booleans(),
                _TEXT,
            ),
        ),
        max_size=3,
        unique_by=lambda one: one.name,
    ).map(tuple),
    total_ms=_NUMBER,
    interrupted=st.booleans(),
)
