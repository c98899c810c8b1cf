"""Every fault runs, is what it says on the wire, and ends with its context."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import re
import socket
import ssl
import struct
import warnings
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from edgecheck.backend.builtin import EDGE
from edgecheck.backend.profile import Commands, Pattern
from edgecheck.simulator import Backend, Scenario, simulate
from edgecheck.simulator.names import FAULTS
from tests.timing import PATIENCE, SILENCE, let_others_run, seconds

# websockets' limit for closing is 10 s, asyncio's for TLS are longer: a fault that waits for one of
# those, where it should end with its context, is seen.
LIBRARIES_LIMIT = 10.0
SECRET = "5f1d0c7a9b3e48620d1c2b3a49586776"
REQUEST = (
    "GET /edge/ws?edge_agent_id=edge_1 HTTP/1.1\r\nHost: {host}\r\nUpgrade: "
    "websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    f"Authorization: Bearer {SECRET}\r\nX-Edge-Agent-Id: edge_1\r\n\r\n"
)
CONNECT = "CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n"
HELLO = bytes.fromhex("16 0301 0005 01 000001 00")  # the beginning of a ClientHello is enough


class Loop(asyncio.SelectorEventLoop):
    """An event loop that keeps the seconds of every timer that ran out."""

    def __init__(self) -> None:
        super().__init__()
        self.ran_out: list[float] = []

    def call_at(self, when: float, callback: Any, *args: Any, **options: Any) -> Any:
        seconds = when - self.time()

        def ran_out(*args: Any) -> None:
            self.ran_out.append(seconds)
            callback(*args)

        return super().call_at(when, ran_out, *args, **options)


def run(test: object) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await test()  # type: ignore[operator]

    loop = Loop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(bounded())
    # A timer's own delay, less what it took to set it.
    assert max(loop.ran_out, default=0.0) < LIBRARIES_LIMIT / 2


def address(url: str) -> tuple[str, int]:
    host, _, port = url.rpartition("//")[2].rpartition(":")
    return host, int(port)


async def ask(url: str, request: str | bytes, *, silent_after: int | None = None) -> bytes:
    """Return all that comes until the server closes.

    Args:
        silent_after: so many bytes come, and then nothing; what does not come shows as dots.
    """
    host, port = address(url)
    reader, writer = await asyncio.open_connection(host, port)
    data = b""
    try:
        writer.write(
            request.format(host=f"{host}:{port}").encode() if isinstance(request, str) else request
        )
        if silent_after is not None:
            data = await reader.readexactly(silent_after)
        async with asyncio.timeout(None if silent_after is None else SILENCE):
            while more := await reader.read(65536):
                data += more
    except TimeoutError:
        data += b"..."
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return data


def undated(data: bytes) -> str:
    return re.sub(r"(?i)(date: )[^\r]*", r"\1X", data.decode())


@contextlib.asynccontextmanager
async def agent(backend: Backend) -> AsyncIterator[ClientConnection]:
    context = (
        ssl.create_default_context(cafile=backend.ca_file)
        if backend.url.startswith("wss")
        else None
    )
    async with connect(
        f"{backend.url}/edge/ws?edge_agent_id=edge_1",
        additional_headers={"Authorization": f"Bearer {SECRET}", "X-Edge-Agent-Id": "edge_1"},
        ssl=context,
        proxy=None,
    ) as connection:
        yield connection


async def closing_of(connection: ClientConnection) -> tuple[int | None, str | None]:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await connection.recv()
    return connection.close_code, connection.close_reason


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_runs_and_ends(code: str, tls: bool) -> None:
    """Whatever clients do, what was started is gone when the context is left.

    No line of the log holds the secret.
    """
    lines: list[str] = []

    async def test() -> None:
        async with simulate(
            Scenario(SECRET, fault=code, tls=tls, command_every=0.05, hold=3600), log=lines.append
        ) as backend:
            assert re.fullmatch(r"wss?://127\.0\.0\.1:\d+", backend.url)
            for url in filter(None, (backend.url, backend.proxy)):
                with contextlib.ExitStack() as clients:
                    for first in (
                        b"",
                        HELLO,
                        CONNECT.format(host="x").encode(),
                        REQUEST.format(host="x").encode(),
                    ):
                        client = clients.enter_context(socket.socket())
                        client.setblocking(False)
                        client.connect_ex(address(url))
                        await let_others_run()
                        with contextlib.suppress(OSError):
                            client.send(first)
                    await let_others_run()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run(test)
        gc.collect()

    assert [str(each.message) for each in caught] == []
    assert SECRET not in "\n".join(lines)


def test_every_fault_has_one_line_of_help() -> None:
    for code, words in FAULTS.items():
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", code)
        assert words
        assert "\n" not in words


NGINX_HEAD = (
    "Server: nginx/1.22.1\r\nDate: X\r\nContent-Type: text/html\r\nContent-Length: "
    "{length}\r\nConnection: {connection}\r\n"
)
EXACT = {
    "upgrade-refused-regardless": (
        "HTTP/1.1 403 Forbidden\r\nDate: X\r\nConnection: close\r\nContent-Length: "
        "0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    ),
    "upgrade-server-error": (
        "HTTP/1.1 500 Internal Server Error\r\nDate: X\r\nConnection: close\r\nContent-Length: "
        "21\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nInternal Server Error"
    ),
    "upgrade-header-dropped": (
        "HTTP/1.1 404 Not Found\r\nServer: nginx/1.22.1\r\nDate: X\r\nContent-Type: "
        "application/json\r\nContent-Length: 22\r\n"
        'Connection: keep-alive\r\n\r\n{"detail":"Not Found"}'
    ),
    "upgrade-bad-gateway": (
        "HTTP/1.1 502 Bad Gateway\r\n"
        + NGINX_HEAD.format(length=157, connection="keep-alive")
        + "\r\n"
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
        "Gateway</h1></center>\r\n"
        "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
    ),
    "upgrade-to-tls-port": (
        "HTTP/1.1 400 Bad Request\r\n" + NGINX_HEAD.format(length=255, connection="close") + "\r\n"
        "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS "
        "port</title></head>\r\n<body>\r\n"
        "<center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to "
        "HTTPS port</center>\r\n"
        "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
    ),
}


@pytest.mark.parametrize("code", EXACT)
def test_refusals_are_exact(code: str) -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault=code)) as backend:
            answer = await ask(backend.url, REQUEST)
        assert undated(answer) == EXACT[code]

    run(test)


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("platform-app-down", 502, "Application failed to respond"),
        ("platform-app-missing", 404, "Application not found"),
    ],
)
def test_railway_marks_its_own_answers(code: str, status: int, message: str) -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault=code)) as backend:
            head, _, body = (await ask(backend.url, REQUEST)).decode().partition("\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ")
        assert "x-railway-fallback: true" in head.lower().split("\r\n")
        assert (json.loads(body)["code"], json.loads(body)["message"]) == (status, message)

    run(test)


def test_a_redirection_keeps_host_and_target() -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault="upgrade-redirected")) as backend:
            answer = await ask(backend.url, REQUEST)
        assert answer.startswith(b"HTTP/1.1 301 ")
        assert b"\r\nLocation: https://127.0.0.1/edge/ws?edge_agent_id=edge_1\r\n" in answer

    run(test)


@pytest.mark.parametrize(
    ("code", "request_", "answer"),
    [
        ("upgrade-timeout", REQUEST, b"..."),
        ("upgrade-closed", REQUEST, b""),
        ("upgrade-not-http", b"", b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"),
        ("tls-closed", HELLO, b""),
        ("tls-timeout", HELLO, bytes.fromhex("16 0303 4000") + b"..."),
        ("tls-version-unsupported", HELLO, bytes.fromhex("15 0303 0002 0246")),
        ("tls-handshake-rejected", HELLO, bytes.fromhex("15 0303 0002 0228")),
        (
            "tls-not-tls",
            HELLO,
            (
                b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; "
                b"charset=utf-8\r\nConnection: close\r\n\r\n"
                b"Invalid HTTP request received."
            ),
        ),
    ],
)
def test_bytes_are_exact(code: str, request_: str | bytes, answer: bytes) -> None:
    async def test() -> None:
        silent_after = len(answer) - 3 if answer.endswith(b"...") else None
        async with simulate(Scenario(SECRET, fault=code)) as backend:
            assert await ask(backend.url, request_, silent_after=silent_after) == answer

    run(test)


@pytest.mark.parametrize(
    ("code", "start"),
    [
        ("proxy-auth-required", b"HTTP/1.1 407 Proxy Authentication Required\r\n"),
        ("proxy-denied", b"HTTP/1.1 503 Service Unavailable\r\n"),
        ("proxy-port-forbidden", b"HTTP/1.1 403 Forbidden\r\n"),
        ("proxy-timeout", b"..."),
        ("proxy-invalid-response", b"\x05\xff"),
    ],
)
def test_a_proxy_fails_in_front_of_a_healthy_backend(code: str, start: bytes) -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault=code)) as backend:
            assert backend.proxy is not None
            assert backend.arguments == ("--proxy", backend.proxy)
            silent_after = 0 if start == b"..." else None
            answer = await ask(backend.proxy, CONNECT, silent_after=silent_after)
            assert answer.startswith(start)
            async with agent(backend) as connection:
                await connection.send('{"type":"ping"}')
                assert await connection.recv() == '{"type":"pong"}'

    run(test)


def test_ports_refuse_drop_and_reset() -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault="tcp-refused")) as backend:
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(*address(backend.url))
        async with simulate(Scenario(SECRET, fault="tcp-timeout")) as backend:
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(SILENCE):
                        await asyncio.open_connection(*address(backend.url))
        async with simulate(Scenario(SECRET, fault="tcp-reset")) as backend:
            for _ in range(3):
                with pytest.raises(ConnectionResetError):
                    await ask(backend.url, b"")

    run(test)


@pytest.mark.parametrize(
    ("code", "verify_code"),
    [
        ("tls-certificate-not-yet-valid", 9),
        ("tls-certificate-expired", 10),
        ("tls-self-signed", 18),
        ("tls-unknown-issuer", 20),
        ("tls-intercepted", 20),
        ("tls-certificate-invalid", 26),
        ("tls-hostname-mismatch", 64),
    ],
)
def test_certificates_fail_as_openssl_counts(code: str, verify_code: int) -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault=code)) as backend:
            assert (backend.ca_file is None) == (
                code in {"tls-self-signed", "tls-unknown-issuer", "tls-intercepted"}
            )
            context = ssl.create_default_context(cafile=backend.ca_file)
            if code != "tls-certificate-invalid":
                context.verify_flags |= (
                    ssl.VERIFY_X509_STRICT
                )  # the default of newer versions of Python
            with pytest.raises(ssl.SSLCertVerificationError) as caught:
                await asyncio.open_connection(*address(backend.url), ssl=context)
            assert caught.value.verify_code == verify_code

    run(test)


@pytest.mark.parametrize(
    "code",
    [None, "tls-certificate-expiring", "clock-skewed", "message-unknown-type", "command-malformed"],
)
def test_what_is_only_noteworthy_works(code: str | None) -> None:
    async def test() -> None:
        async with (
            simulate(Scenario(SECRET, fault=code, tls=True)) as backend,
            agent(backend) as connection,
        ):
            certificate = connection.transport.get_extra_info("peercert")
            days = (
                ssl.cert_time_to_seconds(certificate["notAfter"]) - datetime.now(UTC).timestamp()
            ) / 86400
            assert (4 < days <= 5) == (code == "tls-certificate-expiring")
            assert connection.response is not None
            fast = parsedate_to_datetime(connection.response.headers["Date"]) - datetime.now(UTC)
            assert (3500 < fast.total_seconds() < 3700) == (code == "clock-skewed")
            await connection.send('{"type":"ping"}')
            messages = [await connection.recv()]
            if code in {"message-unknown-type", "command-malformed"}:
                messages.append(await connection.recv())
            assert messages[-1] == '{"type":"pong"}'

    run(test)


def test_a_command_that_is_not_json_keeps_its_id() -> None:
    """Nothing can be left out of such a text: the fault does not show, and the backend works."""
    regex = "^JOB (?P<id>[0-9]+) (?P<kind>[a-z]+)"
    profile = replace(EDGE, commands=Commands(Pattern(regex=regex), "id", "kind", "ACK {id}"))
    said: list[str] = []

    answers: list[str | bytes] = []

    async def test() -> None:
        scenario = Scenario(SECRET, fault="command-malformed", profile=profile)
        async with simulate(scenario, log=said.append) as backend, agent(backend) as connection:
            await connection.send('{"type":"ping"}')
            answers.append(await connection.recv())

    run(test)

    assert answers == ['{"type":"pong"}']
    assert [each for each in said if "no command sent" in each] != []


def test_a_client_certificate_is_demanded() -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault="tls-client-certificate-required")) as backend:
            context = ssl.create_default_context(cafile=backend.ca_file)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asyncio.open_connection(*address(backend.url), ssl=context)
            with pytest.raises(Exception):  # noqa: B017, PT011
                async with agent(backend):
                    pass

    run(test)


@pytest.mark.parametrize(
    ("code", "close"),
    [
        ("auth-header-rejected", (4001, "Invalid Authorization header")),
        ("auth-header-stripped", (4001, "Missing Authorization header")),
        ("auth-secret-rejected", (1008, "Token verification failed")),
        ("session-closed-normally", (1000, "")),
        ("session-going-away", (1001, "")),
        ("session-unsupported-data", (1003, "")),
        ("session-closed-without-code", (1005, "")),
        ("session-server-error", (1011, "")),
        ("session-restarting", (1012, "")),
        ("session-try-later", (1013, "Try again later")),
        ("session-bad-gateway", (1014, "")),
        ("session-replaced", (4000, "Replaced by a new connection with the same agent id")),
        ("session-closed-unknown", (4321, "")),
    ],
)
def test_sessions_close_with_their_code(code: str, close: tuple[int, str]) -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault=code)) as backend, agent(backend) as connection:
            assert await closing_of(connection) == close

    run(test)


@pytest.mark.parametrize(
    ("code", "close_code"),
    [
        ("session-protocol-error", 1002),
        ("session-invalid-payload", 1007),
        ("session-message-too-big", 1009),
    ],
)
def test_frames_make_the_client_close(code: str, close_code: int) -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault=code)) as backend, agent(backend) as connection:
            await closing_of(connection)
            assert connection.protocol.close_sent is not None
            assert connection.protocol.close_sent.code == close_code

    run(test)


def test_a_refusal_tells_a_missing_header_from_a_wrong_one() -> None:
    """Experiments without credentials depend on it."""

    async def test() -> None:
        for code in ("auth-header-rejected", "auth-header-stripped", "auth-secret-rejected"):
            async with (
                simulate(Scenario(SECRET, fault=code)) as backend,
                connect(f"{backend.url}/edge/ws?edge_agent_id=edge_1", proxy=None) as connection,
            ):
                assert await closing_of(connection) == (4001, "Missing Authorization header")

    run(test)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("pong-timeout", None),
        ("pong-echoed", '{ "type": "ping" }'),
        ("pong-not-json", "hello"),
        ("pong-unexpected", '{"type":"heartbeat"}'),
    ],
)
def test_pings_are_answered_otherwise(code: str, answer: str | None) -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault=code)) as backend, agent(backend) as connection:
            await connection.send('{ "type": "ping" }')
            received = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if answer else SILENCE):
                    received = await connection.recv()
            assert received == answer

    run(test)


@pytest.mark.parametrize("code", ["session-dropped", "session-idle-closed"])
def test_connections_end_without_a_close_frame(code: str) -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault=code)) as backend, agent(backend) as connection:
            await connection.send('{"type":"ping"}')
            if code == "session-idle-closed":
                assert await connection.recv() == '{"type":"pong"}'
            assert (await closing_of(connection))[0] == 1006
            assert connection.protocol.close_rcvd is None

    run(test)


def test_a_silent_fault_hangs_up_after_its_time() -> None:
    async def test() -> None:
        async with simulate(Scenario(SECRET, fault="upgrade-timeout", hold=seconds(1))) as backend:
            assert await ask(backend.url, REQUEST) == b""

    run(test)


def test_an_answer_survives_a_client_that_sends_more() -> None:
    """Closing with bytes unread would reset the connection: the client would lose the answer."""

    async def test() -> None:
        async with simulate(Scenario(SECRET, fault="upgrade-not-http")) as backend:
            reader, writer = await asyncio.open_connection(*address(backend.url))
            writer.write(REQUEST.encode())
            await let_others_run()
            writer.write(struct.pack("!8192x"))
            await let_others_run()
            assert await reader.read(4) == b"SSH-"
            writer.close()
            await writer.wait_closed()

    run(test)
