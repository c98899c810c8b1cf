"""The least application of each framework with a WebSocket at /edge/ws, for `make field`.

Run as `python field_apps.py NAME PORT`: it listens on loopback until it is stopped. An agent id of
edge_2 is refused before the socket opens, edge_3 makes the handler fail after it; FastAPI refuses
edge_4 after it, with 1008.
"""

from __future__ import annotations

import sys
from typing import Any

PONG = '{"type":"pong"}'


def fastapi_app() -> Any:
    """Return an application of FastAPI."""
    from fastapi import FastAPI, WebSocket

    app = FastAPI()

    async def edge(socket: Any) -> None:
        agent = socket.query_params.get("edge_agent_id")
        if agent == "edge_2":
            await socket.close(1008)
            return
        await socket.accept()
        if agent == "edge_3":
            raise RuntimeError("boom")
        if agent == "edge_4":
            await socket.close(1008)
            return
        while True:
            await socket.receive_text()
            await socket.send_text(PONG)

    # FastAPI resolves annotations among the names of the module, and refuses with a bare 403 what
    # it takes for a parameter of the query; so the class itself stands here.
    edge.__annotations__["socket"] = WebSocket
    app.websocket("/edge/ws")(edge)
    return app


def uvicorn(port: int, app: Any, **options: Any) -> None:
    """Serve with uvicorn."""
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", **options)


def hypercorn(port: int, app: Any) -> None:
    """Serve with hypercorn."""
    import asyncio

    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind, config.loglevel = [f"127.0.0.1:{port}"], "CRITICAL"
    asyncio.run(serve(app, config))


def daphne(port: int, app: Any) -> None:
    """Serve with daphne."""
    from daphne.server import Server

    Server(app, endpoints=[f"tcp:port={port}:interface=127.0.0.1"], signal_handlers=False).run()


def falcon_app() -> Any:
    """Return an application of Falcon."""
    import falcon.asgi

    class Edge:
        async def on_websocket(self, _: Any, socket: Any) -> None:
            await socket.accept()
            while True:
                await socket.receive_text()
                await socket.send_text(PONG)

    app = falcon.asgi.App()
    app.add_route("/edge/ws", Edge())
    return app


def quart_app() -> Any:
    """Return an application of Quart."""
    from quart import Quart, websocket

    app = Quart(__name__)

    @app.websocket("/edge/ws")
    async def edge() -> None:
        while True:
            await websocket.receive()
            await websocket.send(PONG)

    return app


def django_app() -> Any:
    """Return a Django project without Channels and without routes."""
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application

    settings.configure(SECRET_KEY="x" * 50, ROOT_URLCONF="field_urls", ALLOWED_HOSTS=["*"])
    sys.modules["field_urls"] = type(sys)("field_urls")
    sys.modules["field_urls"].urlpatterns = []  # type: ignore[attr-defined]
    django.setup()
    return get_asgi_application()


def litestar_app() -> Any:
    """Return an application of Litestar."""
    from litestar import Litestar, WebSocket, websocket
    from litestar.exceptions import NotAuthorizedException

    async def edge(socket: Any) -> None:
        agent = socket.query_params.get("edge_agent_id")
        if agent == "edge_2":
            raise NotAuthorizedException("no")
        await socket.accept()
        while True:
            await socket.receive_text()
            if agent == "edge_3":
                raise RuntimeError("boom")
            await socket.send_text(PONG)

    edge.__annotations__.update({"socket": WebSocket, "return": None})
    return Litestar([websocket("/edge/ws")(edge)])


def granian(port: int) -> None:
    """Serve with Granian, which imports the application in a process of its own."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "field_apps:fastapi_app",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        factory=True,
        log_enabled=False,
    ).serve()


def waitress(port: int) -> None:
    """Serve with waitress."""
    from waitress import serve

    serve(flask_app(), host="127.0.0.1", port=port)


def cheroot(port: int) -> None:
    """Serve with cheroot."""
    from cheroot.wsgi import Server

    Server(("127.0.0.1", port), flask_app()).start()


def wsgiref(port: int) -> None:
    """Serve with the standard library's server."""
    from wsgiref.simple_server import make_server

    make_server("127.0.0.1", port, flask_app()).serve_forever()


def flask_sock(port: int) -> None:
    """Serve WebSockets with Flask's development server."""
    from flask import Flask
    from flask_sock import Sock

    app = Flask(__name__)

    def edge(socket: Any) -> None:
        while True:
            socket.receive()
            socket.send(PONG)

    Sock(app).route("/edge/ws")(edge)
    app.run("127.0.0.1", port, threaded=True)


def sanic(port: int) -> None:
    """Serve with sanic."""
    from sanic import Sanic

    app = Sanic("field")

    @app.websocket("/edge/ws")
    async def edge(_: Any, socket: Any) -> None:
        while True:
            await socket.recv()
            await socket.send(PONG)

    app.run("127.0.0.1", port, single_process=True, motd=False, access_log=False)


def tornado(port: int) -> None:
    """Serve with tornado."""
    import asyncio

    from tornado.web import Application
    from tornado.websocket import WebSocketHandler

    class Edge(WebSocketHandler):
        def check_origin(self, origin: str) -> bool:
            return True

        def on_message(self, message: str | bytes) -> None:
            if self.get_argument("edge_agent_id") == "edge_3":
                raise RuntimeError("boom")
            self.write_message(PONG)

    async def run() -> None:
        Application([("/edge/ws", Edge)]).listen(port, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(run())


def aiohttp(port: int) -> None:
    """Serve with aiohttp."""
    from aiohttp import web

    async def edge(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            await socket.send_str(PONG)
        return socket

    app = web.Application()
    app.router.add_get("/edge/ws", edge)
    web.run_app(app, host="127.0.0.1", port=port, print=None)


def websockets(port: int) -> None:
    """Serve with websockets."""
    import asyncio

    from websockets.asyncio.server import ServerConnection, serve

    async def edge(socket: ServerConnection) -> None:
        async for _ in socket:
            await socket.send(PONG)

    async def run() -> None:
        async with serve(edge, "127.0.0.1", port) as server:
            await server.serve_forever()

    asyncio.run(run())


def flask_app() -> Any:
    """Return an application of Flask."""
    from flask import Flask

    app = Flask(__name__)
    app.add_url_rule("/edge/ws", "edge", lambda: "hello")
    return app


def gunicorn(port: int, app: Any) -> None:
    """Serve with gunicorn's sync worker."""
    from gunicorn.app.base import BaseApplication

    class Served(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            self.cfg.set("bind", f"127.0.0.1:{port}")
            self.cfg.set("loglevel", "critical")

        def load(self) -> Any:
            return app

    Served().run()


SERVERS = {
    "uvicorn, FastAPI": lambda port: uvicorn(port, fastapi_app()),
    "uvicorn wsproto, FastAPI": lambda port: uvicorn(port, fastapi_app(), ws="wsproto"),
    "uvicorn without WebSockets, FastAPI": lambda port: uvicorn(port, fastapi_app(), ws="none"),
    "hypercorn, FastAPI": lambda port: hypercorn(port, fastapi_app()),
    "daphne, FastAPI": lambda port: daphne(port, fastapi_app()),
    "uvicorn, Falcon": lambda port: uvicorn(port, falcon_app()),
    "hypercorn, Quart": lambda port: hypercorn(port, quart_app()),
    "uvicorn, Django": lambda port: uvicorn(port, django_app()),
    "sanic": sanic,
    "tornado": tornado,
    "aiohttp": aiohttp,
    "websockets": websockets,
    "uvicorn, Litestar": lambda port: uvicorn(port, litestar_app()),
    "granian, FastAPI": granian,
    "flask-sock": flask_sock,
    "waitress, Flask": waitress,
    "cheroot, Flask": cheroot,
    "Werkzeug, Flask": lambda port: flask_app().run("127.0.0.1", port),
    "wsgiref, Flask": wsgiref,
    "gunicorn sync, Flask": lambda port: gunicorn(port, flask_app()),
    "gunicorn sync, FastAPI": lambda port: gunicorn(port, fastapi_app()),
}

if __name__ == "__main__":
    SERVERS[sys.argv[1]](int(sys.argv[2]))
