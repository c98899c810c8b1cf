"""The answers are those of the real servers, wherever one can be asked here."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, HTTPException, WebSocket

from edgecheck.simulator import answers, certificates
from edgecheck.simulator.behaviour import Certificate, Reply
from edgecheck.simulator.faults import TABLE
from tests.backends.servers import free_port
from tests.conftest import require_program
from tests.processes import started
from tests.timing import PATIENCE, until

REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: backend.example.com:8080\r\nConnection: Upgrade\r\nUpgrade: "
    "websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def connected(port: int) -> socket.socket:
    """Connect as soon as a server listens there."""

    def connect() -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except ConnectionRefusedError:
            return None

    client = until(connect)
    assert client is not None
    return client


def ask(port: int, request: bytes) -> str:
    """Return one response, its date left out."""
    with connected(port) as client:
        client.sendall(request)
        data = b""
        while not (match := re.search(rb"(?is)content-length: (\d+).*?\r\n\r\n(.*)", data)) or len(
            match[2]
        ) < int(match[1]):
            more = client.recv(65536)
            if not more:
                break
            data += more
    return undated(data)


def undated(data: bytes) -> str:
    text = re.sub(r"(?i)(date: )[^\r]*", r"\1X", data.decode())
    return re.sub(r"nginx/[\d.]+", "nginx/1.22.1", text)


@pytest.fixture(scope="module")
def fastapi() -> Iterator[int]:
    application = FastAPI()

    @application.websocket("/closes")
    async def closes(socket: WebSocket) -> None:
        await socket.close(4001, "Missing Authorization header")

    @application.websocket("/crashes")
    async def crashes(socket: WebSocket) -> None:
        raise RuntimeError

    @application.websocket("/denies")
    async def denies(socket: WebSocket) -> None:
        raise HTTPException(401, headers={"WWW-Authenticate": 'Bearer realm="edge"'})

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield port
    server.should_exit = True
    thread.join(PATIENCE)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/closes", answers.ASGI_REFUSAL),
        ("/nowhere", answers.ASGI_REFUSAL),
        ("/crashes", answers.ASGI_CRASH),
        ("/denies", answers.ASGI_UNAUTHORIZED),
    ],
)
def test_uvicorn_refuses_so(fastapi: int, path: str, answer: answers.Http) -> None:
    assert ask(fastapi, REQUEST.format(path=path).encode()) == undated(answer.encode())


def test_uvicorn_answers_other_requests_so(fastapi: int) -> None:
    assert ask(fastapi, b"GET /closes HTTP/1.1\r\nHost: x\r\n\r\n") == undated(
        answers.ASGI_NOT_FOUND.encode()
    )
    assert ask(fastapi, bytes.fromhex("16030100050100000100") + b"\r\n\r\n") == undated(
        answers.ASGI_NOT_HTTP.encode()
    )


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Run nginx on a plain and on a TLS port."""
    program = require_program("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    certificates.make(Certificate(), "127.0.0.1", folder)
    plain, secure = free_port(), free_port()
    returns = "".join(
        f"location /{status} {{ return {status}; }}"
        for status in (400, 403, 404, 405, 429, 502, 503, 504)
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/log; events {{}} http {{ access_log "
        "off; "
        f"server {{ listen 127.0.0.1:{plain}; {returns} location / {{ return 301 "
        f"https://$host$request_uri; }} }} "
        f"server {{ listen 127.0.0.1:{secure} ssl; ssl_certificate server.pem; "
        f"ssl_certificate_key server.key; }} }}"
    )
    command = [program, "-p", folder, "-e", "log", "-c", configuration]
    with started(command, lasting=True, start_new_session=True):
        connected(plain).close()
        yield plain, secure


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("upgrade-bad-request", 400),
        ("upgrade-blocked", 403),
        ("upgrade-not-found", 404),
        ("upgrade-method-not-allowed", 405),
        ("upgrade-bad-gateway", 502),
        ("upgrade-unavailable", 503),
        ("upgrade-gateway-timeout", 504),
    ],
)
def test_nginx_refuses_so(nginx: tuple[int, int], code: str, status: int) -> None:
    plan = TABLE[code].plan
    assert isinstance(plan, Reply)
    assert isinstance(plan.answer, answers.Http)
    assert ask(nginx[0], REQUEST.format(path=f"/{status}").encode()) == undated(
        plan.answer.encode()
    )


def test_nginx_redirects_so(nginx: tuple[int, int]) -> None:
    plan = TABLE["upgrade-redirected"].plan
    assert isinstance(plan, Reply)
    assert isinstance(plan.answer, answers.Http)
    expected = plan.answer.encode("backend.example.com", "/edge/ws?edge_agent_id=edge_1")
    assert ask(nginx[0], REQUEST.format(path="/edge/ws?edge_agent_id=edge_1").encode()) == undated(
        expected
    )


def test_nginx_answers_plain_text_on_a_tls_port_so(nginx: tuple[int, int]) -> None:
    assert ask(nginx[1], REQUEST.format(path="/").encode()) == undated(
        answers.PLAIN_HTTP_TO_TLS_PORT.encode()
    )


def test_openssl_says_this_where_versions_differ(tmp_path: Path) -> None:
    """The written alert is the one that a real server sends."""
    context = certificates.make(Certificate(), "127.0.0.1", tmp_path).context
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    hello, answer = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_context = ssl.create_default_context()
    client_context.maximum_version = ssl.TLSVersion.TLSv1_2
    client = client_context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    incoming = ssl.MemoryBIO()
    incoming.write(hello.read())
    with pytest.raises(ssl.SSLError):
        context.wrap_bio(incoming, answer, server_side=True).do_handshake()

    plan = TABLE["tls-version-unsupported"].plan
    assert isinstance(plan, Reply)
    assert answer.read() == plan.answer
