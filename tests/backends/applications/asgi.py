"""A FastAPI application; the command line chooses the server and its WebSocket implementation."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI, HTTPException, WebSocket, WebSocketDisconnect

from tests.backends.applications.behaviour import (
    PATH,
    REPLACED,
    answers_to,
    behaviour_of,
    refusal_of,
)

app = FastAPI()


@app.websocket(PATH)
async def edge(websocket: WebSocket) -> None:
    behaviour = behaviour_of(websocket.query_params.get("edge_agent_id"))
    refusal = refusal_of(websocket.headers.get("authorization"))
    match behaviour:
        case "raises before accept":
            raise LookupError("planned: before accept")
        case "returns before accept":
            return
        case "never accepts":
            await asyncio.Event().wait()
        case "denies with 401" if refusal:
            raise HTTPException(401, "Invalid token", {"WWW-Authenticate": "Bearer"})
        case "denies with 403" if refusal:
            raise HTTPException(403, "Invalid token")
        case "judges before accept" if refusal:
            await websocket.close(*refusal)
            return
    await websocket.accept()
    if behaviour == "returns after accept":
        return
    if refusal:
        await websocket.close(*refusal)
        return
    if behaviour == "closes as replaced":
        await websocket.close(*REPLACED)
        return
    try:
        while True:
            for answer in answers_to(behaviour, await websocket.receive_text()):
                await websocket.send_text(answer)
    except WebSocketDisconnect:
        pass


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
