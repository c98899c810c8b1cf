"""The least application of further servers and frameworks in Python, for `make field`.

Run as `python field_frameworks.py NAME PORT`, like `field_apps.py`, whose agent ids it has.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from field_apps import PONG, django_app, falcon_app, fastapi_app, hypercorn, quart_app, uvicorn

HOST, PATH = "127.0.0.1", "/edge/ws"


def agent_of(query: str | bytes) -> str:
    """Return the agent id in a query."""
    text = query.decode() if isinstance(query, bytes) else query
    return parse_qs(text.partition("?")[2] or text).get("edge_agent_id", [""])[0]


def blacksheep_app() -> Any:
    """Return an application of BlackSheep."""
    from blacksheep import Application, WebSocket

    app = Application()

    async def edge(socket: Any) -> None:
        agent = agent_of(socket.scope["query_string"])
        if agent == "edge_2":
            await socket.close(1008)
            return
        await socket.accept()
        while True:
            await socket.receive_text()
            if agent == "edge_3":
                raise RuntimeError("boom")
            await socket.send_text(PONG)

    edge.__annotations__["socket"] = WebSocket
    app.router.add_ws(PATH, edge)
    return app


def channels_app() -> Any:
    """Return a Django project with Channels."""
    plain_http = django_app()  # before Channels, which wants the settings
    from channels.generic.websocket import WebsocketConsumer
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.urls import path

    class Edge(WebsocketConsumer):  # type: ignore[misc]
        def connect(self) -> None:
            self.agent = agent_of(self.scope["query_string"])
            if self.agent == "edge_2":
                self.close(code=4001)
            else:
                self.accept()

        def receive(self, text_data: str = "", bytes_data: bytes = b"") -> None:
            if self.agent == "edge_3":
                raise RuntimeError("boom")
            self.send(PONG)

    routes = URLRouter([path(PATH[1:], Edge.as_asgi())])
    return ProtocolTypeRouter({"http": plain_http, "websocket": routes})


def daphne(port: int, app: Any) -> None:
    """Serve with daphne."""
    from daphne.server import Server

    Server(app, endpoints=[f"tcp:port={port}:interface={HOST}"], signal_handlers=False).run()


def robyn(port: int) -> None:
    """Serve with Robyn."""
    from robyn import Robyn

    app = Robyn(__file__)

    @app.websocket(PATH)
    async def edge(socket: Any) -> None:
        agent = socket.query_params.get("edge_agent_id", "")
        while True:
            await socket.receive_text()
            if agent == "edge_3":
                raise RuntimeError("boom")
            await socket.send_text(PONG)

    app.start(host=HOST, port=port)


def socketify(port: int) -> None:
    """Serve with Socketify (uWebSockets)."""
    from socketify import App, OpCode

    def upgrade(answer: Any, request: Any, context: Any) -> None:
        agent = request.get_query("edge_agent_id")
        if agent == "edge_2":
            answer.write_status(401).end("Unauthorized")
            return
        key = request.get_header("sec-websocket-key")
        protocol = request.get_header("sec-websocket-protocol")
        extensions = request.get_header("sec-websocket-extensions")
        answer.upgrade(key, protocol, extensions, context, agent)

    def message(socket: Any, _: Any, __: Any) -> None:
        if socket.get_user_data() == "edge_3":
            raise RuntimeError("boom")
        socket.send(PONG, OpCode.TEXT)

    app = App()
    app.ws(PATH, {"upgrade": upgrade, "message": message})
    app.any("/*", lambda answer, _: answer.write_status(404).end("Not Found"))
    app.listen(port)
    app.run()


def microdot(port: int) -> None:
    """Serve with Microdot."""
    from microdot import Microdot
    from microdot.websocket import with_websocket

    app = Microdot()

    @app.get(PATH)
    @with_websocket
    async def edge(request: Any, socket: Any) -> None:
        while True:
            await socket.receive()
            if request.args.get("edge_agent_id") == "edge_3":
                raise RuntimeError("boom")
            await socket.send(PONG)

    app.run(host=HOST, port=port)


def gevent(port: int) -> None:
    """Serve with gevent-websocket."""
    from geventwebsocket import Resource, WebSocketApplication, WebSocketServer

    class Edge(WebSocketApplication):  # type: ignore[misc]
        def on_message(self, message: Any) -> None:
            if message is None:
                return
            if agent_of(self.ws.environ["QUERY_STRING"]) == "edge_3":
                raise RuntimeError("boom")
            self.ws.send(PONG)

    WebSocketServer((HOST, port), Resource({PATH: Edge})).serve_forever()


def eventlet(port: int) -> None:
    """Serve with eventlet."""
    import eventlet
    from eventlet import wsgi
    from eventlet.websocket import WebSocketWSGI

    @WebSocketWSGI
    def edge(socket: Any) -> None:
        while socket.wait() is not None:
            if agent_of(socket.environ["QUERY_STRING"]) == "edge_3":
                raise RuntimeError("boom")
            socket.send(PONG)

    def app(environ: Any, start: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] != PATH:
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"Not Found"]
        if agent_of(environ["QUERY_STRING"]) == "edge_2":
            start("401 Unauthorized", [("Content-Type", "text/plain")])
            return [b"Unauthorized"]
        return edge(environ, start)

    wsgi.server(eventlet.listen((HOST, port)), app, log_output=False)


def cherrypy(port: int) -> None:
    """Serve with CherryPy and ws4py."""
    import cherrypy
    from ws4py.server.cherrypyserver import WebSocketPlugin, WebSocketTool
    from ws4py.websocket import WebSocket

    class Edge(WebSocket):  # type: ignore[misc]
        def received_message(self, message: Any) -> None:
            self.send(PONG)

    class Root:
        @cherrypy.expose  # type: ignore[untyped-decorator]
        def ws(self, edge_agent_id: str = "") -> None:
            """Open a WebSocket."""

    class Site:
        edge = Root()

    cherrypy.config.update(
        {"server.socket_host": HOST, "server.socket_port": port, "environment": "production"}
    )
    WebSocketPlugin(cherrypy.engine).subscribe()
    cherrypy.tools.websocket = WebSocketTool()
    on = {"tools.websocket.on": True, "tools.websocket.handler_cls": Edge}
    cherrypy.quickstart(Site(), "/", {PATH: on})


def autobahn_factory() -> Any:
    """Return autobahn's factory for Twisted."""
    from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
    from autobahn.websocket.types import ConnectionDeny

    class Edge(WebSocketServerProtocol):  # type: ignore[misc]
        def onConnect(self, request: Any) -> None:  # noqa: N802
            self.agent = request.params.get("edge_agent_id", [""])[0]
            if self.agent == "edge_2":
                raise ConnectionDeny(401, "Invalid token")

        def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
            if self.agent == "edge_3":
                raise RuntimeError("boom")
            self.sendMessage(PONG.encode(), isBinary=False)

    factory = WebSocketServerFactory()
    factory.protocol = Edge
    return factory


def autobahn(port: int) -> None:
    """Serve with autobahn."""
    from twisted.internet import reactor

    reactor.listenTCP(port, autobahn_factory(), interface=HOST)  # type: ignore[attr-defined]
    reactor.run(installSignalHandlers=False)  # type: ignore[attr-defined]


def twisted_web(port: int, *, with_sockets: bool) -> None:
    """Serve with Twisted's web server."""
    from twisted.internet import reactor
    from twisted.web.resource import Resource
    from twisted.web.server import Site

    root, edge = Resource(), Resource()
    root.putChild(b"edge", edge)
    if with_sockets:
        from autobahn.twisted.resource import WebSocketResource

        edge.putChild(b"ws", WebSocketResource(autobahn_factory()))
    reactor.listenTCP(port, Site(root), interface=HOST)  # type: ignore[attr-defined]
    reactor.run(installSignalHandlers=False)  # type: ignore[attr-defined]


def trio_websocket(port: int) -> None:
    """Serve with trio-websocket."""
    import trio
    from trio_websocket import serve_websocket

    async def edge(request: Any) -> None:
        agent = agent_of(request.path)
        if request.path.partition("?")[0] != PATH:
            await request.reject(404)
            return
        if agent == "edge_2":
            await request.reject(401)
            return
        socket = await request.accept()
        while True:
            await socket.get_message()
            if agent == "edge_3":
                raise RuntimeError("boom")
            await socket.send_message(PONG)

    trio.run(serve_websocket, edge, HOST, port, None)


def picows(port: int) -> None:
    """Serve with picows."""
    import asyncio

    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

    class Edge(WSListener):  # type: ignore[misc]
        def __init__(self, agent: str) -> None:
            super().__init__()
            self.agent = agent

        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            if frame.msg_type == WSMsgType.TEXT:
                if self.agent == "edge_3":
                    raise RuntimeError("boom")
                transport.send(WSMsgType.TEXT, PONG.encode())

    async def run() -> None:
        server = await ws_create_server(
            lambda request: (
                Edge(agent_of(request.path))
                if request.path.partition(b"?")[0] == PATH.encode()
                else None
            ),
            HOST,
            port,
        )
        await server.serve_forever()

    asyncio.run(run())


def websocket_server(port: int) -> None:
    """Serve with websocket-server."""
    from websocket_server import WebsocketServer

    server = WebsocketServer(host=HOST, port=port)
    server.set_fn_message_received(lambda client, own, _: own.send_message(client, PONG))
    server.run_forever()


def gunicorn_threads(port: int) -> None:
    """Serve flask-sock with gunicorn's threads."""
    from flask import Flask, request
    from flask_sock import Sock
    from gunicorn.app.base import BaseApplication

    app = Flask(__name__)

    def edge(socket: Any) -> None:
        agent = request.args.get("edge_agent_id")
        while True:
            socket.receive()
            if agent == "edge_3":
                raise RuntimeError("boom")
            socket.send(PONG)

    Sock(app).route(PATH)(edge)

    class Served(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for key, value in (
                ("bind", f"{HOST}:{port}"),
                ("threads", 8),
                ("worker_class", "gthread"),
                ("loglevel", "critical"),
            ):
                self.cfg.set(key, value)

        def load(self) -> Any:
            return app

    Served().run()


def socketio_app() -> Any:
    """Return an application of python-socketio."""
    import socketio

    return socketio.ASGIApp(socketio.AsyncServer(async_mode="asgi"))


def http_server(port: int) -> None:
    """Serve files with the standard library."""
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    ThreadingHTTPServer((HOST, port), Quiet).serve_forever()


SERVERS: dict[str, Callable[[int], None]] = {
    "uvicorn, BlackSheep": lambda port: uvicorn(port, blacksheep_app()),
    "hypercorn, BlackSheep": lambda port: hypercorn(port, blacksheep_app()),
    "uvicorn, Channels": lambda port: uvicorn(port, channels_app()),
    "daphne, Channels": lambda port: daphne(port, channels_app()),
    "hypercorn, Channels": lambda port: hypercorn(port, channels_app()),
    "uvicorn, Quart": lambda port: uvicorn(port, quart_app()),
    "hypercorn, Falcon": lambda port: hypercorn(port, falcon_app()),
    "uvicorn websockets, FastAPI": lambda port: uvicorn(port, fastapi_app(), ws="websockets"),
    "robyn": robyn,
    "socketify": socketify,
    "microdot": microdot,
    "gevent-websocket": gevent,
    "eventlet": eventlet,
    "CherryPy, ws4py": cherrypy,
    "autobahn": autobahn,
    "Twisted Web, autobahn": lambda port: twisted_web(port, with_sockets=True),
    "Twisted Web": lambda port: twisted_web(port, with_sockets=False),
    "trio-websocket": trio_websocket,
    "picows": picows,
    "websocket-server": websocket_server,
    "gunicorn gthread, flask-sock": gunicorn_threads,
    "uvicorn, python-socketio": lambda port: uvicorn(port, socketio_app()),
    "http.server": http_server,
}

if __name__ == "__main__":
    SERVERS[sys.argv[1]](int(sys.argv[2]))
