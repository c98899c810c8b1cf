"""Situations that people reported, rebuilt on loopback: the cause, the cure, and whose turn it "
"is."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from edgecheck.report import Report
from tests.doctor import examined, settled
from tests.raw_server import (
    Handler,
    accept_of,
    close,
    frame_of,
    request_of,
    saying,
    serving,
    text,
)

PONG = text('{"type":"pong"}')
Test = Callable[[bytes], bool]


def http(status: str, fields: str = "", body: str = "") -> bytes:
    """Return a response."""
    length = len(body.encode())
    return f"HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n\r\n{body}".encode()


def nginx(status: str, fields: str = "") -> bytes:
    """Return nginx' own page."""
    page = f"<center><h1>{status}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n"
    return http(status, f"Server: nginx/1.22.1\r\n{fields}", page)


def accepting(*pieces: bytes, unless: Test = lambda head: False) -> Handler:
    """Open every socket; send pieces, unless the request passes a test: then answer pings."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await request_of(reader)
        writer.write(accept_of(head))
        if unless(head):
            await frame_of(reader)
            pieces_now: tuple[bytes, ...] = (PONG,)
        else:
            pieces_now = pieces
        for piece in pieces_now:
            writer.write(piece)
        await writer.drain()
        await reader.read()

    return handle


def alternating(one: Handler, other: Handler) -> Handler:
    """Let two replicas take turns."""
    turns = [0]

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turns[0] += 1
        await (one if turns[0] % 2 else other)(reader, writer)

    return handle


def token(expires: int) -> str:
    """Return a JWT."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "edge_1", "exp": expires})
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join((*coded, b"c2lnbmF0dXJlLXNpZ25hdHVyZQ")).decode()


HEALTHY = accepting(unless=lambda head: True)
LATE = token(1_700_000_000)
HTTP2 = bytes.fromhex("000012 04 00 00000000 0003 00000080 0004 00010000 0005 00ffffff")


@dataclass(frozen=True)
class Situation:
    """One situation.

    Args:
        server: what the client meets.
        code: of the verdict.
        side: whose turn it is.
        cure: words among the first two steps.
        sure: how sure the verdict may be at most.
        never: words that must be in no step and no title.
        options: of the checkup.
    """

    server: Handler
    code: str
    side: str
    cure: str
    sure: str = "certain"
    never: tuple[str, ...] = ("fingerprint",)
    options: dict[str, Any] = field(default_factory=dict)


def with_origin(head: bytes) -> bool:
    """Tell whether a request has an Origin."""
    return b"\r\nOrigin:" in head


async def action_cable(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer 404 to a request without an Origin, as Rails does."""
    head = await request_of(reader)
    if with_origin(head):
        writer.write(accept_of(head))
        await frame_of(reader)
        writer.write(PONG)
    else:
        writer.write(http("404 Not Found", "", "Page not found"))
        writer.write_eof()
    await writer.drain()
    await reader.read()


def agreeing(field: str, key: bytes = b"") -> Handler:
    """Agree with one field more, to the request that came or to another one."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await request_of(reader)
        agreed = accept_of(key or head)
        writer.write(agreed.replace(b"\r\n\r\n", f"\r\n{field}\r\n\r\n".encode()))
        await writer.drain()
        await reader.read()

    return handle


async def without_upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Agree, and lose a field on the way back."""
    agreed = accept_of(await request_of(reader))
    writer.write(agreed.replace(b"Upgrade: websocket", b"Via: kong/1.2.0"))
    await writer.drain()
    await reader.read()


SITUATIONS = {
    "an Origin is wanted, 1008 without a reason": Situation(
        accepting(close(1008), unless=with_origin), "upgrade-origin-required", "backend", "Origin"
    ),
    "an Origin is wanted, and the reason says so": Situation(
        accepting(close(1008, b"Invalid origin!")),
        "upgrade-origin-required",
        "backend",
        "Origin",
        "likely",
    ),
    "a subprotocol is wanted, a bare 400": Situation(
        saying(http("400 Bad Request")),
        "upgrade-subprotocol-required",
        "client",
        "subprotocol",
        "possible",
        ("fingerprint", "unusual characters"),
    ),
    "a subprotocol is wanted, 1002 says so": Situation(
        accepting(close(1002, b"Web Socket Protocol is mandatory")),
        "upgrade-subprotocol-required",
        "client",
        "subprotocol",
        "likely",
    ),
    "nginx' auth_basic in front": Situation(
        saying(nginx("401 Unauthorized", 'WWW-Authenticate: Basic realm="Staff"\r\n')),
        "auth-basic-in-front",
        "intermediary",
        "auth_basic off;",
    ),
    "a bare 403 of uvicorn, whatever is sent": Situation(
        saying(http("403 Forbidden", "Connection: close\r\nContent-Type: text/plain\r\n")),
        "upgrade-refused-regardless",
        "client",
        "path",
        "possible",
    ),
    "Django under gunicorn's WSGI workers": Situation(
        saying(
            http(
                "404 Not Found",
                "Server: gunicorn\r\n",
                "<title>Not Found</title>The requested resource was not found on this server.",
            )
        ),
        "upgrade-wsgi-server",
        "backend",
        "ASGI",
        "likely",
        ("Compare",),
    ),
    "IIS with WebSockets switched off": Situation(
        saying(
            http(
                "503 Service Unavailable",
                "Server: Microsoft-IIS/10.0\r\n",
                (
                    "<html><title>IIS 10.0 Detailed Error - 503.12 - WebSockets "
                    "disabled</title></html>"
                ),
            )
        ),
        "upgrade-websockets-disabled",
        "intermediary",
        "WebSockets on",
        never=("Wait a minute",),
    ),
    "aiohttp behind a proxy that it does not trust": Situation(
        saying(http("400 Bad Request", "Server: nginx/1.22.1\r\n", "400: Bad Request")),
        "upgrade-host-not-allowed",
        "backend",
        "trusted_proxies",
        "likely",
        ("unusual characters",),
    ),
    "a listener for HTTP/2 alone": Situation(
        saying(HTTP2, first=True, hold=True),
        "upgrade-http2-only",
        "backend",
        "HTTP/1.1",
        never=("udc",),
    ),
    "a token that has ended, 1008 with its reason": Situation(
        accepting(close(1008, b"access token has expired")),
        "secret-expired",
        "client",
        "new token",
        options={"secret": LATE},
    ),
    "a token that has ended, 4401": Situation(
        accepting(close(4401)), "secret-expired", "client", "new token", options={"secret": LATE}
    ),
    "a token that has ended, a bare 1008": Situation(
        accepting(close(1008)), "secret-expired", "client", "new token", options={"secret": LATE}
    ),
    "compressed frames that nobody agreed to": Situation(
        accepting(b"\xc1\x11" + bytes.fromhex("aa562aa92c4855b2522ac8cf4b57aa0500")),
        "session-compressed-frames",
        "backend",
        "compression off",
        "likely",
    ),
    "Cloudflare Access before the host": Situation(
        saying(
            http(
                "302 Found",
                "Server: cloudflare\r\n"
                "Location: https://team.cloudflareaccess.com/cdn-cgi/access/login/host?kid=1\r\n",
            )
        ),
        "upgrade-login-required",
        "intermediary",
        "bypass",
        never=("=wss://team", "=https://team"),
    ),
    "a first request that is not answered in time": Situation(
        saying(hold=True),
        "upgrade-timeout",
        "backend",
        "--timeout 60",
        "likely",
    ),
    "two replicas, one without the path": Situation(
        alternating(saying(nginx("404 Not Found")), HEALTHY),
        "auth-inconsistent",
        "backend",
        "replicas",
    ),
    "two replicas, one with another secret": Situation(
        alternating(accepting(close(1008, b"Token verification failed")), HEALTHY),
        "auth-inconsistent",
        "backend",
        "replicas",
    ),
    "a server of Socket.IO": Situation(
        saying(http("400 Bad Request", "", '{"code":0,"message":"Transport unknown"}')),
        "upgrade-other-protocol",
        "client",
        "BACKEND_URL",
        "likely",
    ),
    "a server of JSON-RPC": Situation(
        accepting(text('{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"}}')),
        "upgrade-other-protocol",
        "client",
        "BACKEND_URL",
        "likely",
    ),
    "a server of hapi's nes, whose refusal is called a ping": Situation(
        accepting(
            text('{"statusCode":400,"payload":{"message":"Message missing id"},"type":"ping"}'),
            b"\x88\x00",
        ),
        "upgrade-other-protocol",
        "client",
        "BACKEND_URL",
        "likely",
    ),
    "a proxy that opened the socket before it asked a backend that is down": Situation(
        accepting(close(1011, b"connect ECONNREFUSED 127.0.0.1:8000")),
        "session-bad-gateway",
        "backend",
        "the process run",
        "likely",
        ("traceback",),
    ),
    "a proxy that opened the socket before the backend refused": Situation(
        accepting(close(1011, b"unexpected response")),
        "session-bad-gateway",
        "backend",
        "Compare the path",
        "likely",
        ("traceback",),
    ),
    "CivetWeb has no WebSocket at the path": Situation(
        saying(b"Error 404: Not Found\nNot found"),
        "upgrade-not-found",
        "client",
        "Compare BACKEND_URL",
        "likely",
        ("port belongs",),
    ),
    "Action Cable, which says 404 to a request without an Origin": Situation(
        action_cable,
        "upgrade-origin-required",
        "backend",
        "Origin",
    ),
    "a proxy that takes the Upgrade field out of the 101": Situation(
        without_upgrade,
        "upgrade-invalid-response",
        "intermediary",
        "Upgrade",
        "likely",
    ),
    "a subprotocol that was not offered": Situation(
        agreeing("Sec-WebSocket-Protocol: mqtt"),
        "upgrade-invalid-response",
        "client",
        "--subprotocol mqtt",
        "likely",
    ),
    "an extension that was not asked for": Situation(
        agreeing("Sec-WebSocket-Extensions: permessage-deflate"),
        "upgrade-invalid-response",
        "backend",
        "compression off",
        "likely",
    ),
    "a cache that answers with an old 101": Situation(
        agreeing("X-Cache: HIT", key=b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        "upgrade-invalid-response",
        "intermediary",
        "the cache",
        "likely",
    ),
    "a route that ends in a slash": Situation(
        saying(http("301 Moved Permanently", "Location: /edge/ws/?edge_agent_id=edge_1\r\n")),
        "upgrade-redirected",
        "backend",
        "APPEND_SLASH",
        "likely",
    ),
    "a site's own log-in": Situation(
        saying(http("302 Found", "Location: /users/sign_in\r\n")),
        "upgrade-redirected",
        "backend",
        "exempt /edge/ws",
        "likely",
        ("fingerprint", "/users/sign_in` in"),
    ),
    "a refusal in words behind an ordinary end, 1000": Situation(
        accepting(close(1000, b"unauthorized")),
        "auth-secret-rejected",
        "client",
        "fingerprint",
        "likely",
        (),
    ),
    "an error message about the key, then 1000 without a word": Situation(
        accepting(text('{"type":"error","error":"unauthorized"}'), close(1000)),
        "auth-secret-rejected",
        "client",
        "fingerprint",
        "likely",
        (),
    ),
    "an error message about the account, then nothing": Situation(
        accepting(text('{"error":"subscription inactive","code":402}')),
        "pong-not-json",
        "backend",
        "subscription inactive",
        "likely",
    ),
    "API Gateway has no route for what agents send": Situation(
        accepting(text('{"message": "Forbidden", "connectionId":"b=", "requestId":"c="}')),
        "pong-not-json",
        "backend",
        "$default",
        "likely",
    ),
    "API Gateway's function fails": Situation(
        accepting(text('{"message":"Internal server error","connectionId":"b","requestId":"c"}')),
        "pong-not-json",
        "backend",
        "function's log",
        "likely",
    ),
    "an error message that asks for a log-in by message": Situation(
        accepting(text('{"type":"error","message":"Send an auth message within 10 seconds"}')),
        "upgrade-other-protocol",
        "client",
        "first message",
        "likely",
    ),
    "API Gateway wants a signature of its own": Situation(
        saying(
            http(
                "403 Forbidden",
                "x-amzn-ErrorType: MissingAuthenticationTokenException\r\n",
                '{"message":"Missing Authentication Token"}',
            )
        ),
        "auth-taken-by-platform",
        "intermediary",
        "$connect",
        "likely",
    ),
}
SURENESS = ("possible", "likely", "certain")


async def _meet(situation: Situation) -> tuple[Report, int]:
    async with serving(situation.server) as server:
        report = await examined(f"ws://127.0.0.1:{server.port}", **situation.options)
        return report, server.connections


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_gets_its_cause_its_cure_and_its_turn(name: str) -> None:
    """The cure is among the first two steps, nothing misleads, and at most five connections."""
    situation = SITUATIONS[name]
    report, connections = settled(_meet(situation))
    verdict = report.diagnosis.verdict

    assert verdict is not None
    assert verdict.code == situation.code
    assert verdict.side == situation.side
    assert any(situation.cure in remedy for remedy in verdict.remedies[:2]), verdict.remedies
    assert SURENESS.index(verdict.confidence) <= SURENESS.index(situation.sure)
    said = " ".join((verdict.title, *verdict.remedies, *verdict.evidence))
    assert [word for word in situation.never if word in said] == []
    assert connections <= 5


def test_a_healthy_run_opens_one_connection() -> None:
    """And has no verdict."""
    report, connections = settled(_meet(Situation(HEALTHY, "", "", "")))

    assert report.ok
    assert connections == 1
