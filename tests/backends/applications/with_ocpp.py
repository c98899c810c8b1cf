"""A central system on the package ocpp, as its examples set it up on websockets.

Arguments: port, the path before the identity, the password, the subprotocol.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from http import HTTPStatus

from ocpp.routing import on
from ocpp.v16 import ChargePoint
from ocpp.v16.enums import Action
from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.typing import Subprotocol

PORT, PATH, PASSWORD, SUBPROTOCOL = sys.argv[1:]


class Point(ChargePoint):  # type: ignore[misc]
    """Takes heartbeats."""

    @on(Action.heartbeat)
    def on_heartbeat(self) -> object:
        raise NotImplementedError


def process_request(connection: ServerConnection, request: Request) -> Response | None:
    """Check the path and the credentials before the socket opens, as OCPP's security asks."""
    base, _, identity = request.path.rpartition("/")
    if base != PATH or not identity:
        return connection.respond(HTTPStatus.NOT_FOUND, "no such central system\n")
    pair = base64.b64encode(f"{identity}:{PASSWORD}".encode()).decode()
    if request.headers.get("Authorization") != f"Basic {pair}":
        answer = connection.respond(HTTPStatus.UNAUTHORIZED, "wrong credentials\n")
        answer.headers["WWW-Authenticate"] = 'Basic realm="ocpp"'
        return answer
    return None


async def on_connect(connection: ServerConnection) -> None:
    """Serve a charge point; one without the subprotocol is closed, as in the examples."""
    if not connection.subprotocol:
        await connection.close()
        return
    request = connection.request
    assert request is not None
    await Point(request.path.rpartition("/")[2], connection).start()


async def main() -> None:
    async with serve(
        on_connect,
        "127.0.0.1",
        int(PORT),
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        process_request=process_request,
        select_subprotocol=lambda connection, offered: next(
            (each for each in offered if each == SUBPROTOCOL), None
        ),
    ):
        await asyncio.Event().wait()


asyncio.run(main())
