"""Situations after the handshake, of TLS and of names, that people reported: cause, cure, turn."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgecheck.backend.builtin import built_in
from edgecheck.catalogue.rules.sizes import limit_in
from edgecheck.diagnose import diagnose
from edgecheck.facts import Failure, Kind
from edgecheck.report import Report
from edgecheck.settings.model import Origin, ProxySetting, Source
from edgecheck.settings.proxy import proxy_of
from edgecheck.surroundings.hosts import hosts_line
from edgecheck.surroundings.machine import surroundings
from edgecheck.wire.traffic import Traffic
from tests.doctor import examined, settled
from tests.raw_server import (
    TEXT,
    Handler,
    accept_of,
    close,
    frame,
    frame_of,
    request_of,
    saying,
    serving,
    text,
)
from tests.sights import HEALTHY
from tests.timing import STAGE_LIMIT


def answering(*frames: bytes, server: str = "") -> Handler:
    """Open the socket, as this server if it has a name, read a frame, and send these instead."""
    name = f"Server: {server}\r\n\r\n".encode() if server else b"\r\n"

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept_of(await request_of(reader)).removesuffix(b"\r\n") + name)
        await frame_of(reader)
        for one in frames:
            writer.write(one)
        await writer.drain()
        await reader.read()

    return handle


def alert(number: int) -> Handler:
    """Answer a ClientHello with a fatal alert."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(bytes((21, 3, 3, 0, 2, 2, number)))
        writer.write_eof()
        await reader.read()

    return handle


async def hello_of_2008(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with a ServerHello of TLS 1.2 without any extension (RFC 5746 is one)."""
    await reader.read(4096)
    body = b"\x03\x03" + bytes(32) + b"\x00\xc0\x2b\x00"
    hello = b"\x02" + len(body).to_bytes(3) + body
    writer.write(b"\x16\x03\x03" + len(hello).to_bytes(2) + hello)
    await writer.drain()
    await reader.read()


def masked(payload: bytes) -> bytes:
    """Return a text frame with a mask, as only clients may send."""
    return bytes((0x81, 0x80 | len(payload))) + bytes(4) + payload


async def _meet(server: Handler, scheme: str, host: str, **options: Any) -> Report:
    async with serving(server) as running:
        return await examined(f"{scheme}://{host}:{running.port}", **options)


# What is met, at which address, and then: code, turn, words of the title, of the first two steps.
MET: dict[str, tuple[Handler, str, tuple[str, str, str, str]]] = {
    "a server masks its frames": (
        answering(masked(b'{"type":"pong"}')),
        "ws://localhost",
        ("session-protocol-error", "backend", "masks", "without a mask"),
    ),
    "each fragment is marked as text": (
        answering(frame(TEXT, b'{"type":', fin=False), frame(TEXT, b'"pong"}')),
        "ws://localhost",
        ("session-protocol-error", "backend", "before the last one is finished", "opcode 0"),
    ),
    "a close code that may not be sent": (
        answering(close(1006)),
        "ws://localhost",
        ("session-protocol-error", "backend", "may not be sent", "1000, 1011"),
    ),
    "a server that cannot send 1008": (
        answering(close(1011), server="daphne"),
        "ws://localhost",
        ("session-server-error", "backend", "cannot send its close code", "compare the secret"),
    ),
    "an HTTP answer in a socket that stays open": (
        answering(b"HTTP/1.1 500 Internal Server Error\r\n\r\nInternal Server Error"),
        "ws://localhost",
        ("session-protocol-error", "backend", "HTTP answer", "traceback"),
    ),
    "a message is wanted first": (
        answering(text('{"type":"auth_required"}')),
        "ws://localhost",
        ("upgrade-other-protocol", "client", "log-in message", "first message"),
    ),
    "another spelling of the pong": (
        answering(text('{"type":"PONG"}')),
        "ws://localhost",
        ("pong-timeout", "backend", "not with the pong", "has to be"),
    ),
    "a token has ended, by another code": (
        answering(close(1000, b"Token is no longer valid")),
        "ws://localhost",
        ("auth-secret-rejected", "client", "has ended", "new token"),
    ),
    "a limit of sessions": (
        answering(close(1008, b"Max sessions limit reached")),
        "ws://localhost",
        ("session-try-later", "client", "limit of connections", "other connections"),
    ),
    "a server wants a name, and gets an address": (
        alert(112),
        "wss://127.0.0.1",
        ("tls-handshake-rejected", "client", "wants a name", "in place of the address"),
    ),
    "a server with HTTP/2 alone inside TLS": (
        alert(120),
        "wss://localhost",
        ("tls-handshake-rejected", "backend", "ALPN", "http/1.1"),
    ),
    "a server without secure renegotiation": (
        hello_of_2008,
        "wss://localhost",
        ("tls-handshake-rejected", "backend", "secure renegotiation", "RFC 5746"),
    ),
}


@pytest.mark.parametrize("name", MET)
def test_a_situation_gets_its_cause_its_cure_and_its_turn(name: str) -> None:
    """The cause is in the title, and the cure among the first two steps."""
    server, address, (code, side, title, cure) = MET[name]
    scheme, _, host = address.partition("://")
    verdict = settled(_meet(server, scheme, host, timeout=STAGE_LIMIT)).diagnosis.verdict

    assert verdict is not None
    assert (verdict.code, verdict.side) == (code, side)
    assert title in verdict.title
    assert any(cure in remedy for remedy in verdict.remedies[:2]), verdict.remedies
    assert "hotspot" not in " ".join(verdict.remedies)


def test_who_counts_connections_gets_no_experiments() -> None:
    """A limit that is reached would be reached by each of them, too."""

    async def run() -> int:
        async with serving(answering(close(1008, b"Too many connections"))) as running:
            await examined(f"ws://127.0.0.1:{running.port}")
            return running.connections

    assert settled(run()) == 1


def test_a_gap_counts_as_survived_only_when_something_comes_after_it() -> None:
    """A reset that answers what was sent after a gap says that the gap was too long."""
    traffic = Traffic()
    start = traffic.at
    traffic.note_sent(start + 60)
    survived = traffic.longest_gap
    forgotten, idle = traffic.drop(start + 60.1, ping_open=False, error=ConnectionResetError())
    traffic.note_received(start + 60.2)
    later, _ = traffic.drop(start + 60.3, ping_open=False, error=ConnectionResetError())

    assert (forgotten.kind, idle, survived) == (Kind.SESSION_IDLE_CLOSED, 60, 0.0)
    assert traffic.longest_gap == 60
    assert later.kind is not Kind.SESSION_IDLE_CLOSED


@pytest.mark.parametrize(
    ("reason", "limit"),
    [
        ("Max frame length of 65536 has been exceeded.", 65536),
        ("Message size 70019 exceeds maximum of 64KB", 65536),
        ("frame with 70019 bytes exceeds limit of 1,024 bytes", 1024),
        ("message too big", None),
        ("the limit is 1.5 kB", 1536),
    ],
)
def test_the_limit_in_a_reason_is_read(reason: str, limit: int | None) -> None:
    """The size of the message itself is not the limit."""
    assert limit_in(reason, 70019) == limit


def test_the_address_to_listen_on_is_none_to_connect_to() -> None:
    """0.0.0.0 is copied from a server's settings."""
    verdict = settled(examined("wss://0.0.0.0:8000")).diagnosis.verdict

    assert verdict is not None
    assert verdict.code == "url-malformed"
    assert "listens" in verdict.title


def test_no_part_of_a_proxys_password_is_quoted() -> None:
    """A number sign in it ends the address, and the rest looks like a port."""
    proxy = proxy_of(
        ProxySetting("http://agent:qx#zz@proxy:3128", Origin(Source.ENVIRONMENT, "HTTPS_PROXY"))
    )

    assert proxy is not None
    assert "percent-encoded" in proxy.problem
    assert "qx" not in f"{proxy.problem} {proxy.masked}"


def test_the_line_of_the_hosts_file_is_found(tmp_path: Path) -> None:
    """A line counts only if it gives the address that was used."""
    hosts = tmp_path / "hosts"
    hosts.write_text(
        "127.0.0.1 localhost\n# 10.0.0.9 backend.example.com\n10.0.0.9 B.example.com\n"
    )

    assert hosts_line("b.example.com", ["10.0.0.9"], hosts) == f"{hosts}:3"
    assert hosts_line("b.example.com", ["10.0.0.8"], hosts) == ""
    assert hosts_line("backend.example.com", ["10.0.0.9"], hosts) == ""


def test_a_variable_in_place_of_the_trust_store_is_noted(tmp_path: Path) -> None:
    """And whether the file that it names is there."""
    around = surroundings({"SSL_CERT_FILE": str(tmp_path / "gone.pem")}, tmp_path)

    assert around.trust_from == f"SSL_CERT_FILE={tmp_path / 'gone.pem'}"
    assert around.trust_missing


def test_the_steps_of_a_401_that_nothing_changes_are_in_their_order() -> None:
    """Who refuses comes first, then the secret: nothing shows that anybody read it."""
    answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
    verdict = settled(_meet(saying(answer), "ws", "127.0.0.1")).diagnosis.verdict

    assert verdict is not None
    assert verdict.code == "auth-unauthorized"
    first, *others = verdict.remedies
    assert "whether their log shows a refusal" in first
    assert "fingerprint" not in first
    assert any("fingerprint" in remedy for remedy in others)


def test_a_certificate_with_a_common_name_alone_is_a_warning() -> None:
    """It works here, and not for a client in Go."""
    assert HEALTHY.tls is not None
    assert HEALTHY.tls.chain
    leaf = replace(HEALTHY.tls.chain[0], names=())
    diagnosis = diagnose(replace(HEALTHY, tls=replace(HEALTHY.tls, verified=True, chain=(leaf,))))

    assert diagnosis.verdict is None
    assert [one.code for one in diagnosis.warnings] == ["tls-hostname-mismatch"]


def test_an_authority_that_is_only_kept_here_may_have_expired() -> None:
    """All that the server sent is valid, so it is not the backend's turn."""
    assert HEALTHY.tls is not None
    refused = Failure(Kind.TLS_CERTIFICATE, "certificate has expired", verify_code=10)
    tls = replace(HEALTHY.tls, verified=False, failure=refused)
    verdict = diagnose(replace(HEALTHY, tls=tls, upgrade=None, session=None)).verdict

    assert verdict is not None
    assert (verdict.code, verdict.side) == ("tls-certificate-expired", "client")
    assert "authority" in verdict.title
    assert "expired on" not in " ".join((verdict.title, *verdict.remedies))


@pytest.mark.parametrize(
    ("frames", "protocol", "own"),
    [
        ((text('[4,"-1","FormationViolation","",{}]'),), "OCPP", "ocpp1.6"),
        ((text('{"server_id":"0"}'),), "Meteor's DDP", ""),
        ((frame(2, b"RFB 003.008\n"),), "VNC", ""),
        ((text('{"t":null,"op":10,"d":{"heartbeat_interval":41250}}'),), "Discord", ""),
        ((close(4400, b"Invalid message received"),), "GraphQL", "graphql-transport-ws"),
    ],
)
def test_another_protocol_is_named_unless_it_is_the_profiles_own(
    frames: tuple[bytes, ...], protocol: str, own: str
) -> None:
    """Its first message, or its words at a close, tell it."""
    report = settled(_meet(answering(*frames), "ws", "localhost", timeout=STAGE_LIMIT))
    verdict = report.diagnosis.verdict
    same = replace(report.facts, profile=built_in(own)) if own else HEALTHY

    assert verdict is not None
    assert (verdict.code, verdict.side) == ("upgrade-other-protocol", "client")
    assert protocol in verdict.title
    assert ("--profile" in " ".join(verdict.remedies)) is bool(own)
    assert getattr(diagnose(same).verdict, "code", "") != "upgrade-other-protocol"
