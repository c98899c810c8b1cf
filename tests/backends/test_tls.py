"""Certificates, good and bad, as uvicorn, hypercorn, node and nginx show them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from edgecheck.report import Report
from tests import raw_server
from tests.backends.certificates import Authority
from tests.backends.conftest import WRONG_SECRET, Backend, Doctor, command_of, tls_of
from tests.backends.nginx import UPGRADE, nginx
from tests.backends.servers import Server, free_port, serving
from tests.conftest import require_program
from tests.doctor import examined, settled

PLAIN = "uvicorn websockets-sansio"
SECURED = ("uvicorn over TLS", "hypercorn over TLS", "ws over TLS")


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend, authority: Authority
) -> Iterator[Mapping[str, Server]]:
    """One nginx in front of a healthy backend, with a port for each certificate."""
    shown = {
        "expired": authority.issue("expired", days=(-90, -1)),
        "future": authority.issue("future", days=(1, 90)),
        "soon over": authority.issue("soon", days=(-80, 5)),
        "other host": authority.issue("other", names=("backend.example.net", "*.example.org")),
        "self-signed": authority.issue("self", self_signed=True),
        "incomplete": authority.issue("incomplete", complete=False),
        "expired, other host": authority.issue("both", names=("other.example",), days=(-90, -1)),
        "self-signed, expired, other host": authority.issue(
            "all", names=("*.other.example",), days=(-90, -1), self_signed=True
        ),
    }
    cases = {
        name: f"listen {{listen}} ssl; ssl_certificate {issued.chain}; ssl_certificate_key "
        f"{issued.key}; "
        f"location / {{ proxy_pass http://127.0.0.1:{backend(PLAIN).port}; {UPGRADE} }}"
        for name, issued in shown.items()
    }
    with nginx(require_program("nginx"), tmp_path_factory.mktemp("nginx"), cases) as running:
        yield running


@pytest.mark.parametrize("name", SECURED)
def test_a_private_authority_is_trusted_once_it_is_named(
    doctor: Doctor, backend: Backend, authority: Authority, name: str
) -> None:
    """Without --ca-file its issuer is unknown; with it, the run is healthy."""
    url = backend(name).url
    doctor(url, "--ca-file", authority.ca_file).assert_healthy()
    found = doctor(url)

    found.assert_verdict("tls-unknown-issuer", "tls", "likely")
    assert found.findings == {}
    assert "CN=Test Root CA" in found.verdict["title"]


@pytest.mark.skipif(
    bool(ssl.create_default_context().verify_flags & ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN),
    reason="this Python is content with an intermediate, as curl is",
)
@pytest.mark.parametrize("name", SECURED)
def test_an_intermediate_alone_is_said_to_lack_its_root(
    doctor: Doctor, backend: Backend, authority: Authority, name: str
) -> None:
    """curl accepts the same file, so nobody looks there."""
    found = doctor(backend(name).url, "--ca-file", authority.intermediate_file)

    found.assert_verdict("tls-unknown-issuer", "tls", "likely")
    assert found.verdict["side"] == "client"
    assert "the root that issued it" in found.verdict["cause"]
    assert "CN=Test Root CA" in found.verdict["title"]


@pytest.mark.parametrize("name", SECURED)
def test_credentials_are_judged_behind_tls_as_without_it(
    doctor: Doctor, backend: Backend, authority: Authority, name: str
) -> None:
    """This holds for a refusal before accept and for one after it."""
    trusting = ("--ca-file", authority.ca_file)

    found = doctor(backend(name).url, *trusting, secret=WRONG_SECRET)
    found.assert_verdict("auth-secret-rejected", "auth", "certain")
    found = doctor(backend(name).url, *trusting, agent="judges before accept", secret=WRONG_SECRET)
    found.assert_verdict("upgrade-refused-regardless", "upgrade", "possible")
    assert set(found.experiments) == {
        "again",
        "without-credentials",
        "wrong-secret",
        "with-origin",
    }


@pytest.mark.parametrize("name", SECURED)
def test_plain_text_to_a_tls_port_is_the_scheme(
    doctor: Doctor, backend: Backend, name: str
) -> None:
    """These servers just close; a second look shows that the port speaks TLS."""
    found = doctor(backend(name).url.replace("wss", "ws"))

    found.assert_verdict("upgrade-to-tls-port", "upgrade", "certain")
    assert found.findings == {}


def test_tls_to_a_plain_port_is_told_at_once(doctor: Doctor, backend: Backend) -> None:
    """The answer of the port is shown."""
    found = doctor(backend(PLAIN).url.replace("ws", "wss"))

    found.assert_verdict("tls-not-tls", "tls", "likely")
    assert found.facts("tls")["first_bytes"].startswith("HTTP/1.1 400")


@pytest.mark.parametrize(
    ("case", "code", "confidence", "side"),
    [
        ("expired", "tls-certificate-expired", "certain", "backend"),
        ("future", "tls-certificate-not-yet-valid", "certain", "backend"),
        ("other host", "tls-hostname-mismatch", "likely", "client"),
        ("self-signed", "tls-self-signed", "likely", "backend"),
        ("incomplete", "tls-unknown-issuer", "likely", "backend"),
    ],
)
def test_each_fault_of_a_certificate_is_its_own(
    doctor: Doctor,
    site: Mapping[str, Server],
    authority: Authority,
    case: str,
    code: str,
    confidence: str,
    side: str,
) -> None:
    """If dates are the fault, the server's clock is compared, too; both clocks are right here.

    So they are certain. Who is to act upon a wrong name or issuer is open.
    """
    found = doctor(site[case].url, "--ca-file", authority.ca_file)

    found.assert_verdict(code, "tls", confidence)
    assert found.verdict["side"] == side
    assert found.findings == {}


def test_a_mismatch_names_what_the_certificate_covers(
    doctor: Doctor, site: Mapping[str, Server], authority: Authority
) -> None:
    """The user sees the right host at once."""
    found = doctor(site["other host"].url, "--ca-file", authority.ca_file)

    assert "backend.example.net, *.example.org" in found.verdict["title"]


def test_a_certificate_that_ends_soon_is_worth_a_warning(
    doctor: Doctor, site: Mapping[str, Server], authority: Authority
) -> None:
    """Today it still works."""
    doctor(site["soon over"].url, "--ca-file", authority.ca_file).assert_healthy(
        tls_certificate_expiring="warning"
    )


@pytest.mark.parametrize("case", ["expired", "other host", "self-signed", "incomplete"])
def test_insecure_goes_on_whatever_the_certificate(
    doctor: Doctor, site: Mapping[str, Server], case: str
) -> None:
    """The report does not say that it was verified."""
    found = doctor(site[case].url, "--insecure")

    assert found.code is None
    assert found.exit_code == 0
    assert found.facts("tls")["verified"] is None


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("uvicorn", ("--ssl-cert-reqs", 2, "--ssl-ca-certs")),
        ("hypercorn", ("--verify-mode", "CERT_REQUIRED", "--ca-certs")),
    ],
)
def test_a_server_that_wants_a_client_certificate_and_hangs_up(
    doctor: Doctor, tmp_path: Path, authority: Authority, name: str, more: tuple[object, ...]
) -> None:
    """No alert and no answer come; only the request for a certificate shows the cause."""
    port = free_port()
    command = command_of(
        name, port, *tls_of(name, authority.issue("client")), *more, authority.ca_file
    )
    with serving(command, port, tmp_path / "log", scheme="wss") as server:
        found = doctor(server.url, "--ca-file", authority.ca_file)

    found.assert_verdict("tls-client-certificate-required", "tls", "likely")
    assert found.findings == {}


@pytest.mark.parametrize(
    ("name", "trusted", "verdict", "others"),
    [
        ("expired, other host", True, "tls-hostname-mismatch", {"tls-certificate-expired"}),
        (
            "expired, other host",
            False,
            "tls-unknown-issuer",
            {"tls-certificate-expired", "tls-hostname-mismatch"},
        ),
        (
            "self-signed, expired, other host",
            False,
            "tls-self-signed",
            {"tls-certificate-expired", "tls-hostname-mismatch"},
        ),
        ("self-signed", False, "tls-self-signed", set()),
    ],
)
def test_every_fault_of_a_certificate_is_named_at_once(
    doctor: Doctor,
    authority: Authority,
    site: Mapping[str, Server],
    name: str,
    trusted: bool,
    verdict: str,
    others: set[str],
) -> None:
    """OpenSSL names the first; the others are findings, so that one new certificate is enough."""
    options = ("--ca-file", authority.ca_file) if trusted else ()
    found = doctor(site[name].url, *options)

    assert found.verdict["code"] == verdict
    assert set(found.findings) == others


@pytest.mark.parametrize(
    ("protocols", "code"),
    [
        (("h2",), "upgrade-http2-only"),
        # Whoever closes for another reason agrees to HTTP/1.1 as well, or to nothing at all.
        (("h2", "http/1.1"), "upgrade-closed"),
        ((), "upgrade-closed"),
    ],
)
def test_a_server_that_closes_is_asked_which_protocols_it_speaks(
    authority: Authority, protocols: tuple[str, ...], code: str
) -> None:
    """A server of gRPC says nothing at all to a request of HTTP/1.1."""
    issued = authority.issue("protocols")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.chain, issued.key)
    if protocols:
        context.set_alpn_protocols(protocols)

    async def run() -> tuple[Report, int]:
        async with raw_server.serving(closing, context=context) as server:
            url = f"wss://localhost:{server.port}"
            return await examined(url, ca_file=authority.ca_file), server.connections

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await raw_server.request_of(reader)

    report, connections = settled(run())

    assert report.diagnosis.verdict is not None
    assert report.diagnosis.verdict.code == code
    assert connections <= 5
