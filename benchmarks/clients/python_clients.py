"""Connect with a client library in Python, and let its error end the program.

python_clients.py LIBRARY URL SECRET
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

AGENT = {"X-Edge-Agent-Id": "edge_1"}
PING = '{"type":"ping"}'


def tornado(url: str, fields: dict[str, str]) -> None:
    """Connect with Tornado."""
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    async def run() -> None:
        request = HTTPRequest(url, headers=fields, connect_timeout=3, request_timeout=3)
        connection = await websocket_connect(request)
        await connection.write_message(PING)
        while await asyncio.wait_for(connection.read_message(), 3) is not None:
            pass
        print(f"closed: {connection.close_code} {connection.close_reason}", file=sys.stderr)

    asyncio.run(run())


def trio_websocket(url: str, fields: dict[str, str]) -> None:
    """Connect with trio-websocket."""
    import trio
    from trio_websocket import open_websocket_url

    async def run() -> None:
        async with open_websocket_url(
            url, extra_headers=[(name.encode(), value.encode()) for name, value in fields.items()]
        ) as socket:
            await socket.send_message(PING)
            while True:
                with trio.fail_after(3):
                    await socket.get_message()

    trio.run(run)


def httpx_ws(url: str, fields: dict[str, str]) -> None:
    """Connect with httpx-ws."""
    import httpx_ws as library

    with library.connect_ws(url.replace("ws", "http", 1), headers=fields) as socket:
        socket.send_text(PING)
        while True:
            socket.receive_text(timeout=3)


def niquests(url: str, fields: dict[str, str]) -> None:
    """Connect with Niquests."""
    import niquests as library

    with library.Session() as session:
        answer = session.get(url, headers=fields, timeout=3)
        answer.raise_for_status()
        socket: Any = answer.extension
        socket.send_payload(PING)
        while socket.next_payload() is not None:
            pass


def curl_cffi(url: str, fields: dict[str, str]) -> None:
    """Connect with curl_cffi."""
    from curl_cffi import requests

    with requests.Session() as session:
        socket = session.ws_connect(url, headers=fields, timeout=3)
        socket.send(PING.encode())
        while True:
            socket.recv()


def picows(url: str, fields: dict[str, str]) -> None:
    """Connect with picows."""
    import picows as library

    async def run() -> None:
        transport, _ = await library.ws_connect(
            library.WSListener,
            url,
            extra_headers=list(fields.items()),
            websocket_handshake_timeout=3,
        )
        transport.send(library.WSMsgType.TEXT, PING.encode())
        await asyncio.wait_for(transport.wait_disconnected(), 3)
        print(f"disconnected: {transport.close_handshake}", file=sys.stderr)

    asyncio.run(run())


def lomond(url: str, fields: dict[str, str]) -> None:
    """Connect with Lomond."""
    import lomond as library

    socket = library.WebSocket(url)
    for name, value in fields.items():
        socket.add_header(name.encode(), value.encode())
    for event in socket.connect(ping_rate=0):
        if event.name in ("connect_fail", "rejected", "protocol_error", "closed", "disconnected"):
            print(repr(event), file=sys.stderr)
            return
        if event.name == "ready":
            socket.send_text(PING)


def simple_websocket(url: str, fields: dict[str, str]) -> None:
    """Connect with simple-websocket."""
    import simple_websocket as library

    socket = library.Client.connect(url, headers=fields)
    socket.send(PING)
    while socket.receive(timeout=3) is not None:
        pass


def ws4py(url: str, fields: dict[str, str]) -> None:
    """Connect with ws4py."""
    from ws4py.client.threadedclient import WebSocketClient

    class Client(WebSocketClient):  # type: ignore[misc]
        def closed(self, code: int, reason: str | None = None) -> None:
            print(f"Closed down {code} {reason}", file=sys.stderr)

    client = Client(url, headers=list(fields.items()))
    client.connect()
    client.send(PING)
    client.run_forever()


def autobahn(url: str, fields: dict[str, str]) -> None:
    """Connect with Autobahn on Twisted."""
    from autobahn.twisted.websocket import (
        WebSocketClientFactory,
        WebSocketClientProtocol,
        connectWS,
    )
    from twisted.internet import reactor
    from twisted.python import log

    class Protocol(WebSocketClientProtocol):  # type: ignore[misc]
        def onOpen(self) -> None:  # noqa: N802 the library's name
            self.sendMessage(PING.encode())

        def onClose(  # noqa: N802 the library's name
            self, was_clean: bool, code: int, reason: str
        ) -> None:
            print(f"WebSocket connection closed: {code} {reason}", file=sys.stderr)
            reactor.callLater(0, reactor.stop)

    log.startLogging(sys.stderr)
    factory = WebSocketClientFactory(url, headers=fields)
    factory.protocol = Protocol
    factory.setProtocolOptions(openHandshakeTimeout=3)
    factory.clientConnectionFailed = lambda _, failure: (
        print(f"Connection failed: {failure.getErrorMessage()}", file=sys.stderr),
        reactor.callLater(0, reactor.stop),
    )
    connectWS(factory, timeout=3)
    reactor.callLater(5, reactor.stop)
    reactor.run()


def livekit(url: str, fields: dict[str, str]) -> None:
    """Connect with LiveKit, whose engine is Rust with tokio-tungstenite and rustls."""
    from livekit import rtc

    async def run() -> None:
        await rtc.Room().connect(url, fields["Authorization"].removeprefix("Bearer "))

    asyncio.run(run())


def rnet(url: str, fields: dict[str, str]) -> None:
    """Connect with rnet, which is Rust with tungstenite and BoringSSL."""
    import rnet as library

    async def run() -> None:
        socket = await library.Client().websocket(url, headers=fields)
        async with socket:
            await socket.send(library.Message.from_text(PING))
            while (message := await asyncio.wait_for(socket.recv(), 3)) is not None:
                print(message, file=sys.stderr)

    asyncio.run(run())


def pysocketio(url: str, fields: dict[str, str]) -> None:
    """Connect with python-socketio."""
    import socketio

    client = socketio.SimpleClient()
    client.connect(url.replace("ws", "http", 1), headers=fields, wait_timeout=3)


def signalrcore(url: str, fields: dict[str, str]) -> None:
    """Connect with signalrcore."""
    from signalrcore.hub_connection_builder import HubConnectionBuilder

    hub = HubConnectionBuilder().with_url(url, options={"headers": fields}).build()
    hub.start()


if __name__ == "__main__":
    library, address, secret = sys.argv[1:]
    globals()[library](address, {"Authorization": f"Bearer {secret}", **AGENT})
