"""The TLS handshake: what is kept of a failed one, and how similar failures are told apart."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve

from edgecheck.facts import Kind, TlsFacts
from edgecheck.report import Report
from edgecheck.simulator.behaviour import Certificate
from edgecheck.simulator.certificates import Served, make
from edgecheck.wire.certificates import read_certificates
from edgecheck.wire.clean import Cleaner
from edgecheck.wire.clock import Clock
from edgecheck.wire.fold import ALERTS
from edgecheck.wire.tls import (
    TrustError,
    authorities,
    certificate_list,
    context_of,
    is_record,
    secure,
)
from tests.doctor import SECRET, examined, settled
from tests.raw_server import Handler, saying, serving, stream_to
from tests.timing import seconds

LIMIT = seconds(20)


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """A good certificate for loopback, and its authority."""
    return make(Certificate(), "127.0.0.1", tmp_path)


def handshake(
    handle: Handler,
    *,
    context: ssl.SSLContext | None = None,
    ca_file: Path | None = None,
    name: str = "127.0.0.1",
    limit: float = LIMIT,
) -> TlsFacts:
    """Return the facts of a handshake with a server; without a context it does not speak TLS."""

    async def go() -> TlsFacts:
        async with serving(handle, context=context) as server, stream_to(server.port) as stream:
            trusted = context_of(ca_file, insecure=False)
            facts, _ = await secure(stream, name, trusted, False, limit, Cleaner(None), Clock())
            return facts

    return settled(go())


def kind_of(facts: TlsFacts) -> Kind | None:
    """Return the kind of the failure."""
    return facts.failure.kind if facts.failure else None


def report_on(url: str, **options: Any) -> Report:
    """Examine a backend."""
    return settled(examined(url, **options))


def code_of(report: Report) -> str | None:
    """Return the code of the verdict."""
    return report.diagnosis.verdict.code if report.diagnosis.verdict else None


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Keep the connection and send nothing."""
    await asyncio.Event().wait()


def test_a_good_handshake_is_described(served: Served) -> None:
    """The facts have version, cipher and chain, and that it was verified."""
    facts = handshake(silent, context=served.context, ca_file=served.ca_file)

    assert facts.failure is None
    assert facts.verified is True
    assert facts.version == "TLSv1.3"
    assert facts.cipher
    assert facts.client_certificate_requested is False
    assert facts.chain is not None
    assert facts.chain[0].subject == "CN=edgecheck simulator"
    assert facts.chain[0].issuer == "CN=edgecheck simulator CA,O=edgecheck simulator"
    assert facts.chain[0].issuer_organization == "edgecheck simulator"
    assert facts.chain[0].names == ("localhost", "127.0.0.1", "::1")
    assert facts.chain[0].key == "EC secp256r1"
    assert facts.chain[0].signature == "sha256"
    assert not facts.chain[0].self_issued


def test_a_certificate_with_a_date_that_is_none_leaves_the_others(tmp_path: Path) -> None:
    """The library reads such dates only when asked, and Python has no year 0."""
    late = make(Certificate(days=(-1, 40 * 365)), "127.0.0.1", tmp_path)
    assert late.ca_file is not None
    pem = (tmp_path / "server.pem").read_text()
    good = ssl.PEM_cert_to_DER_cert(late.ca_file.read_text())
    dated = ssl.PEM_cert_to_DER_cert(pem)
    # From 2050 on, dates have four digits for the year (RFC 5280, section 4.1.2.5).
    year = str((datetime.now(UTC) + timedelta(days=40 * 365)).year).encode()
    assert dated.count(b"\x18\x0f" + year) == 1
    without = dated.replace(b"\x18\x0f" + year, b"\x18\x0f0000")

    broken, whole = read_certificates([without, good], Cleaner(None))

    assert broken.subject == "unreadable: ValueError"
    assert whole.subject == "CN=edgecheck simulator CA,O=edgecheck simulator"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("certificate", "verify_code", "trusted"),
    [
        (Certificate(), 20, False),
        (Certificate(self_signed=True), 18, False),
        (Certificate(days=(-90, -3)), 10, True),
        (Certificate(days=(2, 90)), 9, True),
        (Certificate(names=("other.example.com",)), 64, True),
        (Certificate(for_servers=False), 26, True),
    ],
    ids=[
        "unknown issuer",
        "self-signed",
        "expired",
        "not yet valid",
        "another name",
        "for clients",
    ],
)
def test_the_chain_is_kept_where_it_is_refused(
    tmp_path: Path,
    version: ssl.TLSVersion,
    certificate: Certificate,
    verify_code: int,
    trusted: bool,
) -> None:
    """A report shows what the server presented, in every version of TLS."""
    served = make(certificate, "127.0.0.1", tmp_path)
    served.context.maximum_version = version
    facts = handshake(silent, context=served.context, ca_file=served.ca_file if trusted else None)

    assert facts.failure is not None
    assert facts.failure.kind is Kind.TLS_CERTIFICATE
    assert facts.failure.verify_code == verify_code
    assert facts.verified is False
    assert facts.chain is not None
    assert len(facts.chain) == 1
    assert facts.chain[0].names == tuple(certificate.names or ("localhost", "127.0.0.1", "::1"))
    assert facts.chain[0].self_issued == certificate.self_signed


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_client_certificate_is_recognised(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    """With TLS 1.2 the handshake fails; with 1.3 the connection ends at the request."""
    served = make(Certificate(wants_client=True), "127.0.0.1", tmp_path)
    served.context.maximum_version = version

    async def go() -> Report:
        async with serving(saying(b""), context=served.context) as server:
            return await examined(f"wss://127.0.0.1:{server.port}", ca_file=served.ca_file)

    report = settled(go())

    assert report.facts.tls is not None
    assert report.facts.tls.client_certificate_requested is True
    assert code_of(report) == "tls-client-certificate-required"
    assert (report.facts.tls.failure is None) == (version is ssl.TLSVersion.TLSv1_3)


def test_a_client_certificate_that_is_only_asked_for_is_no_problem(tmp_path: Path) -> None:
    """Many servers accept one without requiring it."""
    served = make(Certificate(wants_client=True), "127.0.0.1", tmp_path)
    served.context.verify_mode = ssl.CERT_OPTIONAL

    async def go() -> Report:
        async with serving(
            saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), context=served.context
        ) as server:
            return await examined(f"wss://127.0.0.1:{server.port}", ca_file=served.ca_file)

    report = settled(go())

    assert report.facts.tls is not None
    assert report.facts.tls.client_certificate_requested is True
    assert code_of(report) == "upgrade-not-found"


def alert(number: int, level: int = 2) -> bytes:
    """Return the record of one alert (RFC 8446, sections 5.1 and 6)."""
    return bytes([21, 3, 3, 0, 2, level, number])


def after_hello(answer: bytes, **how: bool) -> Handler:
    """Return a handler that waits for a ClientHello, and then answers."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        await saying(answer, first=True, **how)(reader, writer)

    return handle


@pytest.mark.parametrize("number", ALERTS)
def test_every_fatal_alert_is_named(number: int) -> None:
    """The server sends it instead of a certificate."""
    facts = handshake(after_hello(alert(number)))

    assert facts.failure is not None
    if number == 90:  # user_canceled comes with another alert, and means nothing alone
        return
    assert facts.failure.alert == ALERTS[number]
    expected = {70: Kind.TLS_VERSION, 116: Kind.TLS_CLIENT_CERTIFICATE}.get(number, Kind.TLS_ALERT)
    assert facts.failure.kind is expected
    assert facts.verified is None
    assert facts.chain is None
    assert facts.client_certificate_requested is None


@pytest.mark.parametrize("number", [40, 70, 112])
def test_a_warning_alert_before_the_end_is_what_the_server_said(number: int) -> None:
    """Old servers send a warning, and then close."""
    facts = handshake(after_hello(alert(number, level=1)))

    assert facts.failure is not None
    assert facts.failure.alert == ALERTS[number]
    assert facts.failure.kind in (Kind.TLS_ALERT, Kind.TLS_VERSION)


def test_an_alert_without_a_name_is_told_by_its_number() -> None:
    """It may be defined in the future."""
    facts = handshake(after_hello(alert(200)))

    assert facts.failure is not None
    assert facts.failure.alert == "alert 200"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", Kind.TLS_CLOSED),
        (alert(0, level=1), Kind.TLS_CLOSED),
        (b"\x16\x03\x03", Kind.TLS_CLOSED),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Kind.TLS_NOT_TLS),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Kind.TLS_NOT_TLS),
        (b"\x00\x01\x02\x03garbage", Kind.TLS_NOT_TLS),
        (b"\x16\x03\x03\x00\x04\x63\x00\x00\x00", Kind.TLS_BROKEN),
    ],
    ids=[
        "nothing",
        "close_notify",
        "half a record",
        "HTTP",
        "SSH",
        "garbage",
        "a message that is none",
    ],
)
def test_what_ends_a_handshake_is_told_apart(answer: bytes, kind: Kind) -> None:
    """It closed, does not speak TLS, or breaks TLS; plain text is kept."""
    facts = handshake(after_hello(answer))

    assert kind_of(facts) is kind
    assert bool(facts.first_bytes) == (kind is Kind.TLS_NOT_TLS)


def test_a_banner_is_shown_though_the_server_speaks_first() -> None:
    """SSH does not wait for a ClientHello."""
    facts = handshake(saying(b"SSH-", b"2.0-x\r\n", first=True, hold=True, apart=True))

    assert kind_of(facts) is Kind.TLS_NOT_TLS
    assert facts.first_bytes == "SSH-2.0-x\\r\\n"


def test_a_silent_server_is_a_timeout() -> None:
    """The limit ends the wait."""
    assert kind_of(handshake(silent, limit=0.2)) is Kind.TLS_TIMEOUT


def test_a_reset_during_the_handshake_is_a_closed_one() -> None:
    """Firewalls that filter by name do this."""
    import socket
    import struct

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )

    facts = handshake(reset)

    assert kind_of(facts) is Kind.TLS_CLOSED
    assert facts.failure is not None
    assert facts.failure.errno == "ECONNRESET"


# --- second looks ---------------------------------------------------------------------------------


@asynccontextmanager
async def plain_backend() -> AsyncIterator[str]:
    """A healthy WebSocket server without TLS, written with another library."""

    async def handle(connection: ServerConnection) -> None:
        async for _ in connection:
            await connection.send('{"type":"pong"}')

    async with serve(handle, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


def test_wss_to_a_plain_server_is_not_tls() -> None:
    """It closes at a ClientHello without an answer; a second look in plain HTTP shows the cause."""

    async def go() -> Report:
        async with plain_backend() as authority:
            return await examined(f"wss://{authority}")

    report = settled(go())

    assert code_of(report) == "tls-not-tls"
    assert report.facts.tls is not None
    assert "HTTP/1.1" in report.facts.tls.first_bytes


def test_ws_to_a_tls_server_is_the_wrong_scheme(served: Served) -> None:
    """Python's TLS servers close on plain HTTP without an answer; a second look uses TLS."""

    async def go() -> Report:
        async with serving(saying(b""), context=served.context) as server:
            report = await examined(f"ws://127.0.0.1:{server.port}")
            assert server.connections <= 2  # counted after the TLS handshake: one second look
            return report

    report = settled(go())

    assert code_of(report) == "upgrade-to-tls-port"


def test_ws_to_a_port_that_closes_on_everything_is_closed() -> None:
    """A second look without an answer changes nothing, and sends no secret."""
    seen: list[bytes] = []

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(65536))

    async def go() -> Report:
        async with serving(close) as server:
            return await examined(f"ws://127.0.0.1:{server.port}")

    report = settled(go())

    assert code_of(report) == "upgrade-closed"
    assert [SECRET.encode() in data for data in seen] == [True, False]


@pytest.mark.parametrize("ahead", [0, 5 * 86400])
def test_an_expired_certificate_is_judged_by_the_servers_clock_too(
    tmp_path: Path, ahead: int
) -> None:
    """The second look verifies nothing and has no secret; its answer is only a hint."""
    served = make(Certificate(days=(-90, -3)), "127.0.0.1", tmp_path)
    seen: list[bytes] = []

    async def dated(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        import time
        from email.utils import formatdate

        seen.append(await reader.readuntil(b"\r\n\r\n"))
        date = formatdate(time.time() - ahead, usegmt=True)
        writer.write(
            f"HTTP/1.1 404 Not Found\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    async def go() -> Report:
        async with serving(dated, context=served.context) as server:
            return await examined(f"wss://127.0.0.1:{server.port}", ca_file=served.ca_file)

    report = settled(go())
    verdict = report.diagnosis.verdict

    assert verdict is not None
    assert verdict.code == "tls-certificate-expired"
    assert verdict.side == ("client" if ahead else "backend")
    assert "clock-skewed" in [finding.code for finding in report.diagnosis.findings] or not ahead
    assert seen
    assert all(SECRET.encode() not in data for data in seen)


# --- trust ----------------------------------------------------------------------------------------


def test_insecure_checks_nothing_and_says_so(served: Served) -> None:
    """Not verified is None: neither good nor bad."""

    async def go() -> Report:
        async with serving(saying(b""), context=served.context) as server:
            return await examined(f"wss://127.0.0.1:{server.port}", insecure=True)

    facts = settled(go()).facts.tls

    assert facts is not None
    assert (facts.failure, facts.verified, facts.insecure) == (None, None, True)


@pytest.mark.parametrize("content", [b"", b"no certificate", None])
def test_a_file_of_certificates_that_is_none_is_refused(
    tmp_path: Path, content: bytes | None
) -> None:
    """Nothing is sent before that."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TrustError):
        report_on("wss://127.0.0.1:1", ca_file=path)


def test_certificate_messages_that_are_cut_short_are_read_as_far_as_they_go() -> None:
    """They may be cut after any byte."""
    message = b"\x0b\x00\x00\x0d" + b"\x00\x00\x0a" + b"\x00\x00\x07" + b"0123456"

    assert certificate_list(message, tls13=False) == [b"0123456"]
    for size in range(len(message)):
        certificate_list(message[:size], tls13=False)
        certificate_list(message[:size], tls13=True)


def test_records_are_recognised_by_their_first_bytes() -> None:
    """RFC 8446, section 5.1."""
    assert all(is_record(bytes([kind, 3, 3])) for kind in (20, 21, 22, 23))
    assert not any(is_record(data) for data in (b"H", b"\x16H", b"\x00", b"SSH", b"\x18\x03"))


def vector(content: bytes, size: int) -> bytes:
    """Write a vector of the presentation language (RFC 8446, section 3.4)."""
    return len(content).to_bytes(size) + content


@given(names=st.lists(st.binary(min_size=1, max_size=40), max_size=4), tls13=st.booleans())
def test_the_accepted_issuers_are_read_from_a_request(names: list[bytes], tls13: bool) -> None:
    """In the form of TLS 1.2 and in that of 1.3, among other extensions."""
    listed = vector(b"".join(vector(name, 2) for name in names), 2)
    if tls13:
        algorithms = (13).to_bytes(2) + vector(vector(b"\4\3", 2), 2)
        named = (47).to_bytes(2) + vector(listed, 2)
        body = vector(b"", 1) + vector(algorithms + named, 2)
    else:
        body = vector(b"\1\x40", 1) + vector(b"\4\3", 2) + listed

    assert authorities(b"\x0d" + vector(body, 3), tls13=tls13) == names


@given(message=st.binary(max_size=80), tls13=st.booleans())
def test_no_request_for_a_certificate_breaks_its_reader(message: bytes, tls13: bool) -> None:
    """It comes from the network."""
    assert len(authorities(message, tls13=tls13)) <= len(message)
