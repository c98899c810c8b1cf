"""python-socketio on uvicorn, as its documentation sets it up.

Arguments: port, the path, the token that the connect packet must have.
"""

from __future__ import annotations

import sys

import socketio
import uvicorn

PORT, PATH, TOKEN = sys.argv[1:]
server = socketio.AsyncServer(async_mode="asgi", ping_interval=1)


@server.event  # type: ignore[untyped-decorator]
async def connect(sid: str, environ: object, auth: object) -> None:
    """Refuse a client without the token."""
    if not isinstance(auth, dict) or auth.get("token") != TOKEN:
        raise socketio.exceptions.ConnectionRefusedError("unauthorized")


uvicorn.run(
    socketio.ASGIApp(server, socketio_path=PATH.strip("/")),
    host="127.0.0.1",
    port=int(PORT),
    log_level="warning",
)
