"""Backends on FastAPI that differ in one respect each.

Each is at the host name's first label: the address decides which one answers. The descriptions are
in the file that RESPECTS names, as JSON.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response, WebSocket, WebSocketDisconnect

DESCRIPTIONS: dict[str, dict[str, Any]] = json.loads(Path(os.environ["RESPECTS"]).read_text())


def token_of(websocket: WebSocket, its: dict[str, Any]) -> str | None:
    """Return the secret that a request brings; None without one."""
    match its["place"]:
        case "query":
            return websocket.query_params.get(its["name"])
        case "field":
            value = websocket.headers.get(its["name"])
            if value is None or not value.startswith(its["before"]):
                return None
            return value.removeprefix(its["before"]).removesuffix(its.get("after", ""))
        case "subprotocol":
            offered = websocket.scope["subprotocols"]
            return next((each for each in offered if each != its["subprotocol"]), None)
        case "basic":
            scheme, _, pair = websocket.headers.get("authorization", "").partition(" ")
            if scheme != "Basic":
                return None
            user, _, password = base64.b64decode(pair).decode().partition(":")
            return password if user == its["user"] else ""
    return its["secret"]


@asynccontextmanager
async def asking(websocket: WebSocket, question: str) -> AsyncIterator[None]:
    """Ask again and again, as a server that pings does."""

    async def ask() -> None:
        while True:
            await websocket.send_text(question)
            await asyncio.sleep(0.2)

    task = asyncio.create_task(ask()) if question else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()


def application(its: dict[str, Any]) -> FastAPI:
    """Return the application that a description says."""
    app = FastAPI()

    @app.websocket(its["path"])
    async def serve(websocket: WebSocket) -> None:
        token = token_of(websocket, its)
        refused = its["missing" if token is None else "rejected"]
        if isinstance(refused, list) and token != its["secret"]:
            status, content = refused
            kind = "application/json"
            return await websocket.send_denial_response(Response(content, status, media_type=kind))
        await websocket.accept(its.get("subprotocol"))
        if token is None:
            return await websocket.close(its["missing"])
        if its["place"] == "message":
            token = json.loads(await websocket.receive_text()).get("token")
        if token != its["secret"]:
            return await websocket.close(its["rejected"])
        if "welcome" in its:
            await websocket.send_text(its["welcome"])
        with suppress(WebSocketDisconnect):
            async with asking(websocket, its.get("asks", "")):
                while "octets" in its:
                    ping, pong = map(bytes.fromhex, its["octets"])
                    if await websocket.receive_bytes() == ping:
                        await websocket.send_bytes(pong)
                while True:
                    if await websocket.receive_text() == its["ping"]:
                        await websocket.send_text(its["pong"])

    return app


APPLICATIONS = {name: application(its) for name, its in DESCRIPTIONS.items()}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Hand a connection to the backend that the host's first label names."""
    if scope["type"] == "lifespan":
        return
    host = dict(scope["headers"])[b"host"].decode()
    await APPLICATIONS[host.partition(".")[0]](scope, receive, send)
