"""The backend on the websockets library. Arguments: port."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from tests.backends.applications.behaviour import (
    PATH,
    REPLACED,
    answers_to,
    behaviour_of,
    refusal_of,
)


def _chosen(request: Request) -> str:
    return behaviour_of(parse_qs(urlsplit(request.path).query).get("edge_agent_id", [""])[0])


async def before(connection: ServerConnection, request: Request) -> Response | None:
    if urlsplit(request.path).path != PATH:
        return connection.respond(HTTPStatus.NOT_FOUND, "no such path\n")
    refusal = refusal_of(request.headers.get("Authorization"))
    match _chosen(request):
        case "raises before accept":
            raise LookupError("planned: before accept")
        case "returns before accept":
            return connection.respond(HTTPStatus.OK, "nothing to see\n")
        case "never accepts":
            await asyncio.Event().wait()
        case "denies with 401" if refusal:
            response = connection.respond(
                HTTPStatus.UNAUTHORIZED, json.dumps({"detail": "Invalid token"})
            )
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
        case "denies with 403" if refusal:
            return connection.respond(HTTPStatus.FORBIDDEN, json.dumps({"detail": "Invalid token"}))
        case "judges before accept" if refusal:
            return connection.respond(HTTPStatus.FORBIDDEN, "")
    return None


async def edge(connection: ServerConnection) -> None:
    assert connection.request is not None
    behaviour = _chosen(connection.request)
    refusal = refusal_of(connection.request.headers.get("Authorization"))
    if behaviour == "returns after accept":
        return
    if refusal:
        await connection.close(*refusal)
        return
    if behaviour == "closes as replaced":
        await connection.close(*REPLACED)
        return
    async for message in connection:
        for answer in answers_to(behaviour, str(message)):
            await connection.send(answer)


async def main() -> None:
    async with serve(edge, "127.0.0.1", int(sys.argv[1]), process_request=before) as server:
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGTERM, server.close
        )  # the way to stop that its documentation shows
        await server.wait_closed()


if __name__ == "__main__":
    logging.basicConfig()
    asyncio.run(main())
