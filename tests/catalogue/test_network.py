"""What the name, the proxy and the certificate say, where a single fact does not decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgecheck.catalogue.rules.second_fault import covers
from edgecheck.diagnose import Verdict, diagnose
from edgecheck.facts import (
    AgainFacts,
    Certificate,
    Facts,
    Failure,
    HttpResponse,
    KernelFacts,
    Kind,
    LookName,
    LookOutcome,
    Stage,
)
from edgecheck.facts.surroundings import Surroundings
from edgecheck.terms import Confidence, Severity, Side
from tests.catalogue.test_told_screens import on_this_machine
from tests.sights import HEALTHY, PROXY, answered, failed

NAME = "backend.example.com"
EXPIRED = Certificate(
    f"CN={NAME}", "CN=R3", (NAME,), "2025-01-01T00:00:00Z", "2025-04-01T00:00:00Z"
)


def verdict_of(facts: Facts) -> Verdict:
    """Return the verdict."""
    verdict = diagnose(facts).verdict
    assert verdict is not None
    return verdict


def refused(certificate: Certificate, verify_code: int) -> Facts:
    """Return a checkup of a name that leads to a private address, its certificate refused."""
    assert HEALTHY.dns is not None
    assert HEALTHY.tls is not None
    failure = Failure(Kind.TLS_CERTIFICATE, "certificate verify failed", verify_code=verify_code)
    tls = replace(
        HEALTHY.tls, server_name=NAME, verified=False, chain=(certificate,), failure=failure
    )
    return replace(
        HEALTHY,
        dns=replace(HEALTHY.dns, host=NAME, addresses=("10.0.0.1",)),
        tls=tls,
        upgrade=None,
        session=None,
    )


# --- the name -------------------------------------------------------------------------------------


def test_a_private_address_is_the_cause_if_another_server_answers_there() -> None:
    """The certificate is for neither the name nor a wildcard above it."""
    other = replace(EXPIRED, names=("router.example.net", "*.com"))

    assert verdict_of(refused(other, 18)).code == "dns-sinkhole"


@pytest.mark.parametrize("name", [NAME, "*.example.com", NAME.upper()])
def test_a_private_address_is_a_warning_if_the_right_server_answers_there(name: str) -> None:
    """The name has another address outside: split horizon."""
    facts = refused(replace(EXPIRED, names=(name,)), 18)
    findings = {found.code: found.severity for found in diagnose(facts).findings}

    assert verdict_of(facts).code == "tls-self-signed"
    assert findings["dns-sinkhole"] is Severity.WARNING


# --- the proxy ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "confidence"),
    [(502, Confidence.LIKELY), (404, Confidence.LIKELY), (501, Confidence.LIKELY)],
)
def test_a_refused_tunnel_may_come_from_a_web_server(status: int, confidence: Confidence) -> None:
    """Web servers that are not proxies answer CONNECT with some statuses, too."""
    facts = failed(Kind.PROXY_DENIED)
    assert facts.proxy is not None
    response = HttpResponse("HTTP/1.1", status, "")
    verdict = verdict_of(replace(facts, proxy=replace(facts.proxy, response=response)))

    assert (verdict.code, verdict.confidence) == ("proxy-denied", confidence)


# Answers of proxies and of web servers to CONNECT, as they were recorded: the status and its
# reason, fields, content; then what each is called, whose turn it is, and the first step.
TUNNELS = {
    "Squid 5.7, the host refuses": (
        (503, "Service Unavailable", (("X-Squid-Error", "ERR_CONNECT_FAIL 111"),)),
        "<p>The system returned: <i>(111) Connection refused</i></p>",
        ("proxy-denied", Side.BACKEND, "listens on port"),
    ),
    "Squid 5.7, no such name": (
        (503, "Service Unavailable", (("X-Squid-Error", "ERR_DNS_FAIL 0"),)),
        "<p>Unable to determine IP address from host name</p>",
        ("proxy-denied", Side.CLIENT, "Check the host"),
    ),
    "privoxy 3.0, no such name": (
        (404, "No such domain", (("Content-Type", "text/html"),)),
        "",
        ("proxy-denied", Side.CLIENT, "Check the host"),
    ),
    "mitmproxy, the host refuses": (
        (502, "Bad Gateway", ()),
        "Cannot connect to 127.0.0.1:443: [Errno 111] Connect call failed",
        ("proxy-denied", Side.BACKEND, "listens on port"),
    ),
    "Apache 2.4, without a reason": (
        (503, "Service Unavailable", (("Server", "Apache/2.4.71 (Debian)"),)),
        "maintenance downtime or capacity problems",
        ("proxy-denied", Side.INTERMEDIARY, "what its log says"),
    ),
    "nginx 1.22, which is no proxy": (
        (400, "Bad Request", (("Server", "nginx/1.22.1"),)),
        "<center>nginx/1.22.1</center>",
        ("proxy-invalid-response", Side.CLIENT, "Check host, port and scheme"),
    ),
    "uvicorn 0.54, which is no proxy": (
        (400, "Bad Request", (("server", "uvicorn"),)),
        "Invalid HTTP request received.",
        ("proxy-invalid-response", Side.CLIENT, "Check host, port and scheme"),
    ),
}


@pytest.mark.parametrize("name", TUNNELS)
def test_a_proxy_that_cannot_is_no_proxy_that_forbids(name: str) -> None:
    """Who has to act depends on what the proxy met."""
    (status, reason, fields), body, (code, side, step) = TUNNELS[name]
    facts = failed(Kind.PROXY_DENIED)
    assert facts.proxy is not None
    response = HttpResponse("HTTP/1.1", status, reason, fields, body)
    verdict = verdict_of(replace(facts, proxy=replace(facts.proxy, response=response)))

    assert (verdict.code, verdict.side) == (code, side)
    assert step in verdict.remedies[0]


# --- the certificate ------------------------------------------------------------------------------


def test_without_a_time_an_expired_certificate_is_judged_by_its_dates_alone() -> None:
    """A report that somebody wrote by hand may have no time of its start."""
    verdict = verdict_of(replace(refused(EXPIRED, 10), started_at=""))

    assert verdict.code == "tls-certificate-expired"
    assert EXPIRED.not_after in verdict.title
    assert not any("clock" in line for line in verdict.evidence)


@pytest.mark.parametrize(
    ("name", "waits"), [("x.up.railway.app", True), ("x.railway.example", False)]
)
def test_a_default_certificate_of_railway_needs_patience(name: str, waits: bool) -> None:
    """Railway shows it until it has issued the one of the custom domain."""
    facts = replace(refused(replace(EXPIRED, names=(name,)), 62), dns=HEALTHY.dns)
    verdict = verdict_of(facts)

    assert verdict.code == "tls-hostname-mismatch"
    assert any("Wait until Railway" in text for text in verdict.remedies) is waits


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (
            400,
            "<center>No required SSL certificate was sent</center>",
            "tls-client-certificate-required",
        ),
        (400, "<center>Bad Request</center>", "upgrade-bad-request"),
        (500, "No required SSL certificate was sent", "upgrade-server-error"),
    ],
)
def test_nginx_says_that_it_needs_a_client_certificate(status: int, body: str, code: str) -> None:
    """It completes the handshake, and answers the request with its own page."""
    assert verdict_of(answered(status, body)).code == code


# --- who issued it, and what a proxy says ---------------------------------------------------------


def issued_by(issuer: str, organization: str = "") -> Facts:
    """Return a checkup in which one certificate of this issuer leads to no trusted root."""
    certificate = replace(
        EXPIRED,
        issuer=issuer,
        issuer_organization=organization,
        not_before="2026-01-01T00:00:00Z",
        not_after="2030-01-01T00:00:00Z",
    )
    return refused(certificate, 20)


@pytest.mark.parametrize(
    ("issuer", "organization", "named"),
    [
        ("CN=Cato Networks CA,O=Cato Networks", "Cato Networks", "Cato Networks"),
        ("CN=Gateway CA - Cloudflare Managed G1,O=Cloudflare\\, Inc.", "Cloudflare, Inc.", "G1"),
        ("CN=Acme SSL Inspection CA,O=Acme", "Acme", "Acme SSL Inspection CA"),
        ("CN=DO_NOT_TRUST_FiddlerRoot,O=DO_NOT_TRUST", "DO_NOT_TRUST", "FiddlerRoot"),
    ],
)
def test_an_inspecting_product_is_known_by_its_name_or_its_purpose(
    issuer: str, organization: str, named: str
) -> None:
    """The verdict names it, and the people who run it have the first step."""
    verdict = verdict_of(issued_by(issuer, organization))

    assert verdict.code == "tls-intercepted"
    assert named in verdict.title
    assert verdict.side in (Side.INTERMEDIARY, Side.CLIENT)


@pytest.mark.parametrize(
    ("issuer", "side", "step"),
    [
        ("CN=R11,O=Let's Encrypt", Side.BACKEND, "intermediate"),
        ("CN=Smallstep Intermediate CA,O=Smallstep", Side.CLIENT, "--ca-file"),
    ],
)
def test_a_certificate_that_comes_alone_is_of_a_public_or_a_private_authority(
    issuer: str, side: Side, step: str
) -> None:
    """The server lacks the intermediate of a public one, and this machine the root of the other."""
    verdict = verdict_of(issued_by(issuer))

    assert verdict.code == "tls-unknown-issuer"
    assert verdict.side is side
    assert step in verdict.remedies[0]


def test_a_name_that_the_certificate_is_for_is_no_stand_in() -> None:
    """A private authority may be called like a sample company."""
    verdict = verdict_of(issued_by("CN=Acme Corp Root CA,O=Acme Corp", "Acme Corp"))

    assert verdict.code == "tls-unknown-issuer"


def through_a_proxy(response: HttpResponse) -> Facts:
    """Return a checkup in which a proxy answers CONNECT so."""
    facts = failed(Kind.PROXY_DENIED)
    assert facts.proxy is not None
    return replace(facts, proxy=replace(facts.proxy, response=response))


def test_a_proxy_that_redirects_wants_a_log_in() -> None:
    """No WebSocket library follows it; the person at the machine logs in."""
    fields = (("Location", "http://portal.corp.example/login"),)
    verdict = verdict_of(through_a_proxy(HttpResponse("HTTP/1.1", 302, "Found", fields)))

    assert verdict.code == "proxy-denied"
    assert verdict.side is Side.CLIENT
    assert "browser" in verdict.remedies[0]


def test_a_filter_that_refuses_a_tunnel_is_named() -> None:
    """Its administrators are the network's."""
    fields = (("Server", "Zscaler/6.2"),)
    verdict = verdict_of(through_a_proxy(HttpResponse("HTTP/1.1", 403, "Forbidden", fields)))

    assert verdict.code == "proxy-denied"
    assert verdict.side is Side.NETWORK
    assert "Zscaler" in verdict.title


def test_a_silent_program_on_this_machine_has_no_firewall_in_between() -> None:
    """Neither the cause nor a step speaks of the way, and another network is not tried."""
    verdict = verdict_of(on_this_machine(failed(Kind.TLS_TIMEOUT)))

    assert (verdict.code, verdict.side) == ("tls-timeout", Side.BACKEND)
    said = " ".join((verdict.cause, *verdict.remedies))
    assert not any(word in said for word in ("firewall", "hotspot", "on the way", "VPN"))


# --- silence on an open connection ----------------------------------------------------------------


def silent(kind: Kind, kernel: KernelFacts, *again: AgainFacts) -> Facts:
    """Return a checkup that met silence, with what the kernel knew and what other looks met."""
    facts = failed(kind)
    assert facts.tcp is not None
    return replace(facts, tcp=replace(facts.tcp, kernel=kernel, again=again))


UNHEARD = KernelFacts(Stage.TLS, sent=517, acknowledged=0, retransmits=6, unanswered=6)


@pytest.mark.parametrize(
    ("outcomes", "confidence"),
    [
        (("silent", "silent", "silent"), Confidence.LIKELY),
        (("unconnected", "unconnected", "unconnected"), Confidence.LIKELY),
        (("silent", "unconnected", "silent"), Confidence.POSSIBLE),
        (("silent", "silent", "lost"), Confidence.POSSIBLE),
    ],
    ids=["all alike", "cut", "some open", "something came"],
)
def test_looks_that_contradict_each_other_are_no_sure_stall(
    outcomes: tuple[str, str, str], confidence: Confidence
) -> None:
    """A firewall that drops data lets every connection open; a path that loses much does not."""
    names = (LookName.AGAIN, LookName.SMALL_SEGMENTS, LookName.HALF_CLOSED)
    looks = [
        AgainFacts(name, LookOutcome(outcome), acknowledged=False if outcome == "silent" else None)
        for name, outcome in zip(names, outcomes, strict=True)
    ]
    verdict = verdict_of(silent(Kind.TLS_TIMEOUT, UNHEARD, *looks))

    assert verdict.code == "tcp-stalled"
    assert verdict.confidence is confidence
    assert ("tcp-packets-lost" in verdict.alternatives) is (confidence is Confidence.POSSIBLE)


def test_a_last_message_that_is_under_way_is_no_fault_of_the_backend() -> None:
    """It was sent again, and something came in between: what is lost is not seen."""
    kernel = KernelFacts(Stage.SESSION, sent=43, acknowledged=0, retransmits=2, unanswered=0)
    verdict = verdict_of(silent(Kind.SESSION_NO_PONG, kernel))

    assert (verdict.code, verdict.side) == ("pong-timeout", Side.NETWORK)
    assert verdict.confidence is Confidence.POSSIBLE


def test_a_proxy_that_speaks_http_is_told_from_one_that_hangs() -> None:
    """The greeting of SOCKS names no host, so that its silence is about none."""
    facts = silent(
        Kind.PROXY_TIMEOUT,
        KernelFacts(Stage.PROXY, sent=3, acknowledged=3),
        AgainFacts(LookName.PROXY_ITSELF, LookOutcome.ANSWERED, "HTTP 400"),
    )
    assert facts.proxy is not None
    facts = replace(facts, proxy=replace(facts.proxy, scheme="socks5", origin="$ALL_PROXY"))
    verdict = verdict_of(replace(facts, target=replace(facts.target, host="edge.internal")))

    assert (verdict.code, verdict.side) == ("proxy-timeout", Side.CLIENT)
    assert verdict.confidence is Confidence.LIKELY
    assert "`http://`" in verdict.remedies[0]


def proxied(
    kind: Kind, message: str = "it failed", response: Any = None, reason: str = "", **proxy: Any
) -> Facts:
    """Return a checkup that failed at the proxy, with another port than 443."""
    facts = failed(kind)
    assert facts.proxy is not None
    failure = Failure(kind, message, reason=reason or None)
    answer = HttpResponse("HTTP/1.1", *response) if response is not None else None
    changes = {"failure": failure, "response": answer, **proxy}
    target = replace(facts.target, port=8443, proxy="http://proxy.example:3128")
    return replace(facts, target=target, proxy=replace(facts.proxy, **changes))


def mute_proxy(*again: AgainFacts, received: int = 0) -> Facts:
    """Return a proxy that kept silent, and what another request to it met."""
    facts = proxied(Kind.PROXY_TIMEOUT, origin="$HTTPS_PROXY")
    assert facts.tcp is not None
    kernel = KernelFacts(Stage.PROXY, sent=100, acknowledged=100, received=received)
    return replace(facts, tcp=replace(facts.tcp, kernel=kernel, again=again))


def inside(facts: Facts, no_proxy: str) -> Facts:
    """Return the facts of a host of this network, and what NO_PROXY says."""
    assert facts.config is not None
    config = replace(facts.config, surroundings=Surroundings(no_proxy=no_proxy))
    return replace(facts, config=config, target=replace(facts.target, host="backend.corp"))


ENCRYPTED, FAILED = {"scheme": "https"}, Kind.PROXY_TLS_FAILED
ITSELF = AgainFacts(LookName.PROXY_ITSELF, LookOutcome.SILENT)
DENIED = proxied(Kind.PROXY_DENIED, response=(403, "Forbidden"), origin="$HTTPS_PROXY")
# Facts; code, side and confidence; words of the title, the cause or a step.
PROXIES = {
    "tinyproxy does not serve this machine": (
        proxied(
            Kind.PROXY_DENIED,
            response=(403, "Access denied", (), "not permitted to service requests from your host"),
        ),
        ("proxy-denied", Side.INTERMEDIARY, Confidence.LIKELY),
        "serve this machine's address",
    ),
    "a port other than 443": (
        proxied(Kind.PROXY_DENIED, response=(403, "Forbidden")),
        ("proxy-port-forbidden", Side.INTERMEDIARY, Confidence.LIKELY),
        "8443",
    ),
    "a password that is not encoded": (
        proxied(Kind.PROXY_URL_INVALID, "the password has to be percent-encoded"),
        ("proxy-url-invalid", Side.CLIENT, Confidence.CERTAIN),
        "Percent-encode",
    ),
    "a SOCKS proxy wants a log-in": (
        proxied(Kind.PROXY_AUTH_REQUIRED, scheme="socks5h"),
        ("proxy-auth-required", Side.CLIENT, Confidence.LIKELY),
        "(RFC 1929)",
    ),
    "plain HTTP answers a TLS handshake": (
        proxied(FAILED, reason="WRONG_VERSION_NUMBER", **ENCRYPTED),
        ("proxy-scheme-https", Side.CLIENT, Confidence.CERTAIN),
        "http://",
    ),
    "nothing answers a TLS handshake": (
        proxied(Kind.PROXY_CLOSED, **ENCRYPTED),
        ("proxy-scheme-https", Side.CLIENT, Confidence.POSSIBLE),
        "http://",
    ),
    "a TLS handshake is cut off": (
        proxied(FAILED, "UNEXPECTED_EOF_WHILE_READING", **ENCRYPTED),
        ("proxy-scheme-https", Side.CLIENT, Confidence.LIKELY),
        "http://",
    ),
    "the certificate of a proxy is refused": (
        proxied(FAILED, reason="CERTIFICATE_VERIFY_FAILED", **ENCRYPTED),
        ("proxy-unreachable", Side.CLIENT, Confidence.LIKELY),
        "",
    ),
    "it begins an answer": (
        mute_proxy(received=20),
        ("proxy-timeout", Side.INTERMEDIARY, Confidence.LIKELY),
        "begins an answer, and does not finish it",
    ),
    "it answers nothing at all": (
        mute_proxy(ITSELF),
        ("proxy-timeout", Side.INTERMEDIARY, Confidence.LIKELY),
        "accepts connections, and never answers",
    ),
    "it answers nothing at all, about a host of this network": (
        inside(mute_proxy(ITSELF), ""),
        ("proxy-timeout", Side.INTERMEDIARY, Confidence.LIKELY),
        "accepts connections, and never answers",
    ),
    "it is silent about a host of this network": (
        inside(mute_proxy(), ""),
        ("proxy-not-needed", Side.CLIENT, Confidence.POSSIBLE),
        "(it is not set)",
    ),
    "a host of this network, and a list that few read": (
        inside(DENIED, "localhost,10.0.0.0/8"),
        ("proxy-not-needed", Side.CLIENT, Confidence.LIKELY),
        "(it is `localhost,10.0.0.0/8`; Python does not read a network such as 10.0.0.0/8)",
    ),
    "a host of this network, and a pattern": (
        inside(DENIED, "*.acme.io"),
        ("proxy-not-needed", Side.CLIENT, Confidence.LIKELY),
        "; Python does not read a pattern such as *.acme.io)",
    ),
    "a host of this network, and a list that all read": (
        inside(DENIED, "localhost"),
        ("proxy-not-needed", Side.CLIENT, Confidence.LIKELY),
        "(it is `localhost`)",
    ),
}


@pytest.mark.parametrize("name", PROXIES)
def test_what_a_proxy_does_tells_who_has_to_act(name: str) -> None:
    """Its scheme, its log-in, its rules, or that it is not needed at all."""
    facts, (code, side, confidence), words = PROXIES[name]
    verdict = verdict_of(facts)

    assert (verdict.code, verdict.side, verdict.confidence) == (code, side, confidence)
    assert any(words in line for line in (verdict.title, verdict.cause, *verdict.remedies))


# --- this machine ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "seconds", "early"),
    [
        ("edge.service", 20.0, True),
        ("edge.service", 600.0, False),
        ("edge.service", None, False),
        ("", 20.0, False),
    ],
)
def test_a_service_may_be_started_before_the_network(
    unit: str, seconds: float | None, early: bool
) -> None:
    """Only while the machine is starting."""
    facts = failed(Kind.DNS_TIMEOUT)
    assert facts.config is not None
    around = Surroundings(unit=unit, up_seconds=seconds)
    verdict = verdict_of(replace(facts, config=replace(facts.config, surroundings=around)))

    assert verdict.remedies[0].startswith("Let edge.service start after the network") is early
    assert (verdict.side is Side.CLIENT) is early


def test_a_machine_that_trusts_nobody_is_told_by_its_roots() -> None:
    """They were counted; in a container the package is missing."""
    facts = issued_by("CN=R11,O=Let's Encrypt")
    assert facts.tls is not None
    verdict = verdict_of(replace(facts, tls=replace(facts.tls, trusted_roots=0)))

    assert verdict.side is Side.CLIENT
    assert verdict.evidence[0] == "trusted authorities on this machine: 0"


def test_an_authority_of_this_machine_is_outdated_where_nothing_that_was_sent_is() -> None:
    """The server cannot repair that."""
    valid = replace(EXPIRED, not_before="2026-01-01T00:00:00Z", not_after="2030-01-01T00:00:00Z")
    verdict = verdict_of(refused(valid, 10))

    assert verdict.code == "tls-certificate-expired"
    assert verdict.title.startswith("An authority that this machine trusts has expired")


@pytest.mark.parametrize(
    ("kind", "proxied", "code", "words"),
    [
        (Kind.TLS_BROKEN, False, "tls-handshake-rejected", "cannot be finished: bad record"),
        (Kind.TLS_CLOSED, True, "tls-closed", "The proxy made the tunnel, and it closed without"),
    ],
)
def test_a_handshake_that_ends_says_who_ended_it(
    kind: Kind, proxied: bool, code: str, words: str
) -> None:
    """A server that spoke TLS before, or a proxy that had let it through."""
    assert HEALTHY.tls is not None
    tls = replace(HEALTHY.tls, verified=None, chain=(), failure=Failure(kind, "bad record"))
    proxy = PROXY if proxied else None
    verdict = verdict_of(replace(HEALTHY, tls=tls, proxy=proxy, upgrade=None, session=None))

    assert verdict.code == code
    assert words in f"{verdict.title} {verdict.cause}"


def test_who_inspects_is_not_to_blame_for_another_fault_of_the_certificate() -> None:
    """It is trusted here."""
    facts = issued_by("CN=Cato Networks CA,O=Cato Networks", "Cato Networks")
    assert facts.tls is not None
    assert facts.tls.failure is not None
    failure = replace(facts.tls.failure, verify_code=62)
    found = diagnose(replace(facts, tls=replace(facts.tls, failure=failure)))

    assert found.verdict is not None
    assert found.verdict.code == "tls-hostname-mismatch"
    assert "tls-intercepted" not in {one.code for one in found.findings}


FUTURE = replace(EXPIRED, not_before="2030-01-01T00:00:00Z", not_after="2031-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("certificate", "verify_code", "second"),
    [
        (replace(EXPIRED, self_issued=True), 10, "tls-self-signed"),
        (EXPIRED, 20, "tls-certificate-expired"),
        (FUTURE, 20, "tls-certificate-not-yet-valid"),
    ],
)
def test_what_else_is_wrong_with_a_certificate_is_told_besides(
    certificate: Certificate, verify_code: int, second: str
) -> None:
    """Whoever repairs the first fault alone meets the second one next."""
    assert second in {one.code for one in diagnose(refused(certificate, verify_code)).findings}


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (("10.0.0.1",), "10.0.0.1", True),
        (("a.example", "10.0.0.2", "10.0.0.1"), "10.0.0.1", True),
        (("a.example", "10.0.0.2"), "10.0.0.1", False),
        (("2001:db8:0::1",), "2001:db8::1", True),
        (("*.a.example",), "x.y.a.example", False),
    ],
)
def test_an_address_is_covered_by_the_same_address(
    names: tuple[str, ...], host: str, covered: bool
) -> None:
    """However it is written; a `*` is one whole label."""
    assert covers(names, host) is covered


def test_a_unix_socket_that_nobody_serves_is_named() -> None:
    """With the system's own words."""
    facts = failed(Kind.TCP_REFUSED)
    verdict = verdict_of(replace(facts, target=replace(facts.target, unix_socket="/run/edge.sock")))

    assert verdict.code == "tcp-unix-socket-unserved"
    assert "/run/edge.sock" in verdict.title
