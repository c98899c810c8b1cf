"""The backend on aiohttp. Arguments: port."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import WSMsgType, web

from tests.backends.applications.behaviour import (
    PATH,
    REPLACED,
    answers_to,
    behaviour_of,
    refusal_of,
)


async def edge(request: web.Request) -> web.StreamResponse:
    behaviour = behaviour_of(request.query.get("edge_agent_id"))
    refusal = refusal_of(request.headers.get("Authorization"))
    match behaviour:
        case "raises before accept":
            raise LookupError("planned: before accept")
        case "returns before accept":
            return web.Response(text="nothing to see")
        case "never accepts":
            await asyncio.Event().wait()
        case "denies with 401" if refusal:
            return web.json_response(
                {"detail": "Invalid token"}, status=401, headers={"WWW-Authenticate": "Bearer"}
            )
        case "denies with 403" if refusal:
            return web.json_response({"detail": "Invalid token"}, status=403)
        case "judges before accept" if refusal:
            raise web.HTTPForbidden
    websocket = web.WebSocketResponse()
    await websocket.prepare(request)
    if behaviour == "returns after accept":
        return websocket
    if refusal:
        await websocket.close(code=refusal[0], message=refusal[1].encode())
        return websocket
    if behaviour == "closes as replaced":
        await websocket.close(code=REPLACED[0], message=REPLACED[1].encode())
        return websocket
    async for message in websocket:
        if message.type is WSMsgType.TEXT:
            for answer in answers_to(behaviour, message.data):
                await websocket.send_str(answer)
    return websocket


if __name__ == "__main__":
    application = web.Application()
    application.router.add_get(PATH, edge)
    web.run_app(
        application, host="127.0.0.1", port=int(sys.argv[1]), print=None, shutdown_timeout=0.1
    )
