"""The backend: speaks a profile's protocol as FastAPI on uvicorn does, and can break it."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from weakref import WeakSet

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ..backend import messages as protocol
from ..facts.dates import to_rfc3339
from ..facts.text import escape
from ..settings.secret import Secret
from . import Scenario
from .answers import ASGI_NOT_FOUND, ASGI_REFUSAL, BARE_BAD_REQUEST, Http
from .behaviour import Act, Close, Session, Step
from .sockets import Listener, Log, name_of

# Time to send the close frames at the end of a simulation, and to get the answers.
GRACE_SECONDS = 0.2
# A message is scheduled in an hour, so that a client that checks the time finds a sensible one.
SEND_AFTER = timedelta(hours=1)
EXCERPT = 80
# The problems that the backend may find in a request, by the codes that the profile uses.
_BAD_HEADER, _BAD_SECRET = "auth-header-rejected", "auth-secret-rejected"

_SUBPROTOCOL = "Sec-WebSocket-Protocol"
# The secret of a replica that was not redeployed with the others.
_OF_THE_OTHER = "the-secret-of-a-replica-that-is-old"

# websockets logs what it receives, including the secret. Nobody can look up this logger, so nobody
# can enable it.
_SILENT = logging.Logger("edgecheck.simulator", logging.CRITICAL + 1)  # noqa: LOG001


class _Server:
    """What the connections to one backend share."""

    def __init__(self, scenario: Scenario, plan: Session, log: Log) -> None:
        self._scenario = scenario
        self._profile = scenario.profile
        self._plan = plan
        self._log = log
        self._sent_commands: set[str] = set()
        self._opened = 0  # handshakes that were accepted
        self.tasks: WeakSet[asyncio.Task[None]] = WeakSet()

    async def open(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse what uvicorn and FastAPI refuse before accepting; None accepts."""
        if task := asyncio.current_task():  # the same object that handles the connection later
            self.tasks.add(task)
        await asyncio.sleep(self._scenario.latency)
        parts = urlsplit(request.path)
        answer = None
        if "websocket" not in ",".join(request.headers.get_all("Upgrade")).lower():
            answer = ASGI_NOT_FOUND
        elif (
            parts.path != self._profile.path
            or self._agent_id(request) is None
            or (self._plan.wants_origin and not request.headers.get_all("Origin"))
        ):
            answer = ASGI_REFUSAL
        elif self._plan.wants_subprotocol and not request.headers.get_all(_SUBPROTOCOL):
            answer = BARE_BAD_REQUEST
        if answer is None:
            self._opened += 1
            return None
        self._log(
            f"rejected {name_of(connection.remote_address)}: {self._show(parts.path, request)} "
            f"{answer.status}"
        )
        return _response(answer)

    def answer(self, connection: ServerConnection, request: Request, response: Response) -> None:
        """Add the fields that uvicorn sends when it accepts, with the backend's time."""
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            del response.headers["Date"]
            response.headers["Date"] = formatdate(time.time() + self._plan.clock, usegmt=True)
            response.headers["Server"] = "uvicorn"

    async def handle(self, connection: ServerConnection) -> None:
        """Handle one connection, from the accepted handshake to its end."""
        peer = name_of(connection.remote_address)
        self._log(f"accepted {peer}")
        request = cast("Request", connection.request)  # it was accepted, so the request exists
        refusal = self._refusal(request)
        if refusal is not None:
            self._log(f"rejected {peer}: {refusal.reason}, close {refusal.code}")
            await self._take(connection, refusal)
            return
        self._log(f"registered {self._scenario.agent_id} {peer}")
        commands = asyncio.create_task(self._send_commands(connection))
        end = self._limit(connection)
        try:
            for step in self._plan.opening:
                await self._take(connection, step)
            while True:
                async with asyncio.timeout(self._plan.idle):
                    message = await connection.recv()
                await self._receive(connection, request, message)
        except TimeoutError:
            self._log(f"idle for {self._plan.idle:g} s, dropping {peer}")
            await self._take(connection, Act.DROP)
        except ConnectionClosed:
            pass
        finally:
            if end is not None:
                end.cancel()
            commands.cancel()
            await asyncio.gather(commands, return_exceptions=True)
            await connection.close()
            self._log(f"disconnected {self._scenario.agent_id} {peer}: {connection.close_code}")

    def _limit(self, connection: ServerConnection) -> asyncio.TimerHandle | None:
        """Let a connection end at its age, as the limit of a load balancer does."""
        if self._plan.lifetime is None:
            return None
        loop = asyncio.get_running_loop()
        return loop.call_later(self._plan.lifetime, connection.transport.close)

    def _agent_id(self, request: Request) -> str | None:
        """Return the agent id in the query; None if there is none."""
        query = parse_qs(urlsplit(request.path).query)
        return next(iter(query.get(self._profile.agent_parameter, ())), None)

    def _close(self, problem: str, reason: str) -> Close:
        """Refuse because of a problem: with the profile's close code, or with 1008."""
        code = self._profile.close_code(problem)
        return Close(CloseCode.POLICY_VIOLATION if code is None else code, reason)

    def _refusal(self, request: Request) -> Close | None:
        """Return how the backend refuses a request, or None if it accepts it."""
        authorization = next(iter(request.headers.get_all("Authorization")), "")
        if authorization and self._plan.arriving is not None:
            authorization = self._plan.arriving
        if not authorization:
            return self._close(_BAD_HEADER, "Missing Authorization header")
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not token:
            return self._close(_BAD_HEADER, "Invalid Authorization header")
        if not hmac.compare_digest(_octets(token), _octets(self._secret())):
            return self._close(_BAD_SECRET, "Token verification failed")
        agent_id = self._agent_id(request)
        if request.headers.get_all(self._profile.agent_field) != [agent_id]:
            return self._close(_BAD_SECRET, "Agent ids of header and query differ")
        if agent_id != self._scenario.agent_id:
            return self._close(_BAD_SECRET, "Unknown agent id")
        return None

    def _secret(self) -> str:
        """Return the secret of the replica that this connection has reached."""
        if self._plan.replicas and self._opened % 2:
            return _OF_THE_OTHER
        return self._scenario.secret if self._plan.secret is None else self._plan.secret

    async def _receive(
        self, connection: ServerConnection, request: Request, data: str | bytes
    ) -> None:
        if protocol.says(data, self._profile.ping):
            await self._take(connection, self._plan.reply, data)
            return
        message = protocol.decode(data)
        match message if isinstance(message, str) else message["type"]:
            case "command_ack":
                self._log(f"ack {self._judge_ack(message, request)}")
            case _:
                self._log(f"unknown message: {self._show(data, request)}")

    def _judge_ack(self, message: object, request: Request) -> str:
        match message:
            case {
                "data": {"command_id": str(command_id), "status": "completed" | "failed" as status}
            }:
                known = command_id in self._sent_commands
                return (
                    f"received: {self._show(command_id, request)} "
                    f"{status}{'' if known else ', which was never sent'}"
                )
            case _:
                return (
                    "malformed: it needs data with command_id and a status of completed or failed"
                )

    async def _send_commands(self, connection: ServerConnection) -> None:
        while self._scenario.command_every is not None:
            await asyncio.sleep(self._scenario.command_every)
            command_id, now = f"cmd_{uuid4().hex}", datetime.now(UTC)
            payload = {
                "thread_id": "thread_1",
                "message_text": "Hello from the simulator",
                "send_at": to_rfc3339(now + SEND_AFTER, "milliseconds"),
                "is_group": False,
                "priority": "normal",
            }
            self._sent_commands.add(command_id)
            try:
                await connection.send(
                    protocol.command(
                        command_id, "schedule_message", payload, to_rfc3339(now, "milliseconds")
                    )
                )
            except ConnectionClosed:
                return
            self._log(f"command sent: {command_id} schedule_message")

    async def _take(
        self, connection: ServerConnection, step: Step | None, came: str | bytes = ""
    ) -> None:
        await asyncio.sleep(self._scenario.latency)
        match step:
            case Close(code, reason):
                await connection.close(code, reason)
            case Act.DROP:
                connection.transport.close()
            case Act.ECHO:
                await connection.send(came)
            case Act.PONG:
                await connection.send(self._profile.pong)
            case str():
                await connection.send(step)
            case bytes():
                connection.transport.write(step)

    def _show(self, text: str | bytes, request: Request) -> str:
        """Return a client's text for the log, without the secret and what it sent as one."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        for secret in (self._scenario.secret, *request.headers.get_all("Authorization")):
            text = Secret(secret).cut_out_of(text)
        return escape(text, EXCERPT)


@contextlib.asynccontextmanager
async def speak(
    plan: Session,
    listener: Listener,
    context: ssl.SSLContext | None,
    *,
    scenario: Scenario,
    log: Log,
) -> AsyncIterator[None]:
    """Serve the protocol on a bound socket until the context ends."""
    ours = _Server(scenario, plan, log)
    server = await serve(
        ours.handle,
        sock=listener,
        ssl=context,
        process_request=ours.open,
        process_response=ours.answer,
        server_header=None,
        # Control pings of our own would hide the idle limit of a proxy in between.
        ping_interval=None,
        select_subprotocol=_first_offered,
        logger=_SILENT,
    )
    try:
        yield
    finally:
        # What uvicorn sends when it is told to stop.
        farewells = [
            asyncio.create_task(connection.close(1012)) for connection in server.connections
        ]
        server.close()
        tasks = {*farewells, *ours.tasks}
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        for task in tasks:
            task.cancel()
        await listener.hang_up()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def _first_offered(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Take the first subprotocol that a client offers; one that offers none gets none."""
    return offered[0] if offered else None


def _response(answer: Http) -> Response:
    code, _, reason = answer.status.partition(" ")
    return Response(
        int(code),
        reason,
        Headers([line.partition(": ")[::2] for line in answer.filled()]),
        answer.body.encode(),
    )


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
