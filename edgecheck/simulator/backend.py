"""The backend: speaks a profile's protocol as FastAPI on uvicorn does, and can break it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit
from uuid import uuid4
from weakref import WeakSet

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ..backend import messages as protocol
from ..backend.acks import Ack, acked
from ..backend.commands import Command, command_in
from ..backend.profile import Expect, Part, Pattern, Place, Send
from ..backend.texts import answer_to, counted, fill, is_text, matches, octets_of, value_in
from ..backend.written import command, nameless
from ..escapes import escape
from ..facts.dates import to_rfc3339
from ..frozen import replace
from ..settings.secret import Secret
from .answers import (
    ASGI_NOT_FOUND,
    ASGI_REFUSAL,
    BARE_BAD_REQUEST,
    Http,
    challenge,
    refusing,
)
from .behaviour import Act, Close, Session, Step
from .credentials import Known, Reader, Rejection
from .examples import example_of, number_in, server_ping_of
from .scenario import Scenario
from .sockets import Listener, Log, name_of

# Time to send the close frames at the end of a simulation, and to get the answers.
GRACE_SECONDS = 0.2
# A message is scheduled in an hour, so that a client that checks the time finds a sensible one.
SEND_AFTER = timedelta(hours=1)
EXCERPT = 80
# The codes of the catalogue under which a profile may have a close code for a refusal: first the
# exact one.
_BAD_HEADER, _BAD_SECRET = "auth-header-rejected", "auth-secret-rejected"
_INEXACT = ("auth-unauthorized", "auth-forbidden", _BAD_SECRET)
# What is expected in a greeting may have one of these for its problem: then the secret is judged
# there. `auth-forbidden` is about what the agent may do afterwards, such as to join a channel.
_OF_THE_SECRET = (_BAD_HEADER, _BAD_SECRET, "auth-unauthorized")
# How the backend sees that a client which it pings is gone.
_MISSED_PINGS = 3
# Where a command's id is a number, it is one that every language holds exactly.
_MOST = 2**53

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
        self._profile = protocol.spoken_by(scenario.profile, scenario.agent_id)
        self._plan = plan
        self._log = log
        self._reader = Reader(scenario.profile)
        secret = scenario.secret if plan.secret is None else plan.secret
        self._known = Known(secret, scenario.agents | {scenario.agent_id})
        self._sent_commands: set[str] = set()
        self._opened = 0  # handshakes that were accepted
        self.tasks: WeakSet[asyncio.Task[None]] = WeakSet()

    async def open(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse what uvicorn and FastAPI refuse before accepting; None accepts."""
        if task := asyncio.current_task():  # the same object that handles the connection later
            self.tasks.add(task)
        await asyncio.sleep(self._scenario.latency)
        parts = urlsplit(request.path)
        answer: Http | None
        if "websocket" not in ",".join(request.headers.get_all("Upgrade")).lower():
            answer = ASGI_NOT_FOUND
        elif not self._reader.has_path(request):
            own = self._profile.refusal_for("upgrade-not-found")
            answer = ASGI_REFUSAL if own is None else refusing(own)
        elif self._reader.lacks_parameter(request) or (
            self._plan.wants_origin and not request.headers.get_all("Origin")
        ):
            answer = ASGI_REFUSAL
        elif self._plan.wants_subprotocol and not request.headers.get_all(_SUBPROTOCOL):
            answer = BARE_BAD_REQUEST
        else:
            answer = self._refusal_at_once(request)
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
            await self._refuse(connection, refusal)
            return
        pinging: asyncio.Task[None] | None = None
        commands: asyncio.Task[None] | None = None
        end = self._limit(connection)
        try:
            if not await self._greet(connection, request):
                return
            self._log(f"registered {self._scenario.agent_id} {peer}")
            commands = asyncio.create_task(self._send_commands(connection))
            pinging = asyncio.create_task(self._send_pings(connection))
            await self._begin(connection)
            while True:
                async with asyncio.timeout(self._plan.idle):
                    message = await connection.recv()
                await self._receive(connection, request, message)
        except TimeoutError:
            self._log(f"idle for {self._plan.idle:g} s, dropping {peer}")
            await self._take(connection, Act.DROP)
        except ConnectionClosed:
            pass
        except ValueError as error:  # no message could be made for an expression of the profile
            self._log(f"cannot speak this profile: {error}")
            await connection.close(CloseCode.INTERNAL_ERROR)
        finally:
            if end is not None:
                end.cancel()
            tasks = [task for task in (commands, pinging) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await connection.close()
            self._log(f"disconnected {self._scenario.agent_id} {peer}: {connection.close_code}")

    async def _begin(self, connection: ServerConnection) -> None:
        """Do what the plan does to an accepted agent."""
        own = self._code_for(self._scenario.fault or "")
        for step in self._plan.opening:
            as_here = replace(step, code=own) if isinstance(step, Close) and own else step
            await self._take(connection, as_here)
        if self._profile.session.ping.text:
            return
        # No ping message will come, so what the plan does in place of the pong is done now.
        if self._plan.reply is None:
            connection.transport.pause_reading()  # so that no ping frame is answered either
        elif self._plan.reply is not Act.PONG:
            await self._take(connection, self._plan.reply)

    def _limit(self, connection: ServerConnection) -> asyncio.TimerHandle | None:
        """Let a connection end at its age, as the limit of a load balancer does."""
        if self._plan.lifetime is None:
            return None
        loop = asyncio.get_running_loop()
        return loop.call_later(self._plan.lifetime, connection.transport.close)

    async def _greet(self, connection: ServerConnection, request: Request) -> bool:
        """Exchange the profile's first messages; tell whether they were right."""
        values = {"agent_id": self._scenario.agent_id}
        for step in self._profile.session.greeting:
            if not isinstance(step, Send):
                text = fill(example_of(step.pattern), values)
                await self._take(connection, text, part=Part.GREETING)
                continue
            came = self._read(await connection.recv(), Part.GREETING)
            expected = fill(step.text, {**values, "secret": self._known.secret})
            changed = "{secret}" in step.text and self._plan.arriving is not None
            if not changed and _same(came, expected):
                continue
            await self._refuse(connection, self._misgiven(step, came, values))
            return False
        return True

    def _misgiven(self, step: Send, came: str | bytes, values: Mapping[str, str]) -> Rejection:
        """Return what is wrong with a message of the client's greeting."""
        empty = fill(step.text, {**values, "secret": ""})
        if "{secret}" not in step.text or self._plan.arriving == "" or _same(came, empty):
            return Rejection(_BAD_HEADER, self._reader.missing)
        if self._plan.arriving is not None:
            return Rejection(_BAD_HEADER, "Invalid token")
        return Rejection(_BAD_SECRET, "Token verification failed")

    async def _send_pings(self, connection: ServerConnection) -> None:
        """Ping the client, if the profile's server does."""
        ping = self._profile.session.ping
        while ping.expect is not None and self._plan.reply is not None:
            text = fill(server_ping_of(ping), {"agent_id": self._scenario.agent_id})
            try:
                await self._say(connection, text, Part.PING)
            except ConnectionClosed:
                return
            await asyncio.sleep(self._profile.session.keepalive / _MISSED_PINGS)

    async def _refuse(self, connection: ServerConnection, refusal: Rejection) -> None:
        """Refuse because of a problem: with the profile's close code, or with 1008."""
        code = self._code_for(refusal.problem, *_INEXACT) or CloseCode.POLICY_VIOLATION
        peer = name_of(connection.remote_address)
        self._log(f"rejected {peer}: {refusal.reason}, close {int(code)}")
        await self._take(connection, Close(code, refusal.reason))

    def _code_for(self, *problems: str) -> int | None:
        """Return the profile's close code for the first of the problems that has one."""
        codes = map(self._profile.close_code, problems)
        return next((each for each in codes if each is not None), None)

    def _refusal_at_once(self, request: Request) -> Http | None:
        """Return the answer with which credentials are refused before the socket opens, if any.

        It is the one that the profile has for this. They are also refused so where the profile has
        neither an answer nor a close code nor a message that says so.
        """
        profile = self._profile
        if profile.request.authorization.place in (Place.MESSAGE, Place.NONE):
            return None
        refusal = self._refusal(request)
        if refusal is None:
            return None
        own = profile.refusal_for(refusal.problem)
        if own is None and profile.close_code(refusal.problem) is None:
            own = profile.refusal_for(*_INEXACT)
        if own is not None:
            return refusing(own)
        in_words = any(
            isinstance(step, Expect) and step.problem in _OF_THE_SECRET
            for step in profile.session.greeting
        )
        return None if profile.refusals or in_words else challenge(profile)

    def _refusal(self, request: Request) -> Rejection | None:
        return self._reader.refusal(request, self._plan.arriving, self._replica())

    def _replica(self) -> Known:
        """Return what the replica that this connection has reached knows."""
        if self._plan.replicas and self._opened % 2:
            return replace(self._known, secret=_OF_THE_OTHER)
        return self._known

    def subprotocol(
        self, _: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        """Choose the profile's subprotocol; a client that does not offer it gets a 400.

        Clients give up if none of what they offered is chosen, so the secret is if there is nothing
        else.
        """
        own = self._profile.request.subprotocols
        if not own:
            by_secret = self._profile.request.authorization.place is Place.SUBPROTOCOL
            return offered[0] if (by_secret or self._plan.wants_subprotocol) and offered else None
        chosen = next((each for each in offered if each in own), None)
        if chosen is None:
            raise NegotiationError(f"the subprotocol {own[0]} is needed")
        return chosen

    async def _receive(
        self, connection: ServerConnection, request: Request, data: str | bytes
    ) -> None:
        ping, commands = self._profile.session.ping, self._profile.commands
        own = Pattern(text=fill(ping.text, {"agent_id": self._scenario.agent_id}))
        pinged = self._read(data, Part.PING)
        if ping.text and matches(pinged, own):
            await self._take(connection, self._plan.reply, data, Part.PING)
            return
        if ping.expect is not None and ping.answer:
            values = {"agent_id": self._scenario.agent_id}
            asked = fill(server_ping_of(ping), values)
            due = fill(answer_to(asked, ping.expect, ping.answer), values)
            if matches(pinged, Pattern(text=due)):
                self._log("ping answered")
                return
        done = self._read(data, Part.COMMANDS)
        ack = acked(done, commands) if commands is not None else None
        match ack:
            case Ack(command_id, status):
                known = command_id in self._sent_commands
                shown = self._show(command_id, request)
                told = f"{shown} {status}".rstrip()
                self._log(f"ack received: {told}{'' if known else ', which was never sent'}")
            case str():
                self._log(f"ack malformed: {ack}")
            case _:
                self._log(f"unknown message: {self._show(data, request)}")

    async def _send_commands(self, connection: ServerConnection) -> None:
        while self._scenario.command_every is not None and self._profile.commands is not None:
            await asyncio.sleep(self._scenario.command_every)
            if not await self._send_command(connection):
                return

    async def _send_command(self, connection: ServerConnection) -> bool:
        """Send a new command; return whether the connection takes more."""
        if self._profile.commands is not None:
            now, numbered = datetime.now(UTC), self._profile.commands.numbers_id
            command_id = str(uuid4().int % _MOST) if numbered else f"cmd_{uuid4().hex}"
            payload = {
                "thread_id": "thread_1",
                "message_text": "Hello from the simulator",
                "send_at": to_rfc3339(now + SEND_AFTER, "milliseconds"),
                "is_group": False,
                "priority": "normal",
            }
            stamp, commands = to_rfc3339(now, "milliseconds"), self._profile.commands
            try:
                text = command(command_id, "schedule_message", payload, stamp, commands)
                written = command_in(text, commands)
                if isinstance(written, Command):  # an expression may want another form of an id
                    command_id = written.command_id
                self._sent_commands.add(command_id)
                await self._say(connection, text)
            except ConnectionClosed:
                return False
            except ValueError as error:
                self._log(f"no command sent: {error}")
                return False
            self._log(f"command sent: {command_id} schedule_message")
        return True

    async def _take(
        self,
        connection: ServerConnection,
        step: Step | None,
        came: str | bytes = "",
        part: Part = Part.COMMANDS,
    ) -> None:
        await asyncio.sleep(self._scenario.latency)
        match step:
            case Close(code, reason):
                if before := self._profile.said_before(code):
                    await self._say(connection, before, Part.GREETING)
                await connection.close(code, reason)
            case Act.DROP:
                connection.transport.close()
            case Act.ECHO:
                await connection.send(came)
            case Act.PONG:
                await self._say(connection, self._pong(came), Part.PING)
            case Act.UNKNOWN | Act.OTHER:
                kind = "welcome" if step is Act.UNKNOWN else "heartbeat"
                await self._say(connection, protocol.of_unknown_kind(kind, self._profile))
            case Act.COMMAND:
                await self._send_command(connection)
            case Act.NAMELESS if self._profile.commands is not None:
                try:
                    text = command("", "schedule_message", {}, "", self._profile.commands)
                    await self._say(connection, nameless(text, self._profile.commands))
                except ValueError as error:
                    self._log(f"no command sent: {error}")
            case str():
                await self._say(connection, step, part)
            case bytes():
                connection.transport.write(step)

    async def _say(
        self, connection: ServerConnection, text: str, part: Part = Part.COMMANDS
    ) -> None:
        """Send a message, as those of its part are sent: as text, or binary."""
        is_binary = part in self._profile.session.binary or not is_text(text)
        await connection.send(octets_of(text) if is_binary else text)

    def _read(self, data: str | bytes, part: Part) -> str | bytes:
        """Return a client's message; nothing if it is a text where a binary one is due."""
        due = part in self._profile.session.binary
        return b"" if due and isinstance(data, str) else data

    def _pong(self, came: str | bytes) -> str:
        talk = self._profile.session
        text = example_of(talk.pong) if talk.pong is not None else ""
        return fill(
            counted(text, number_in(came, talk.ping.text)), {"agent_id": self._scenario.agent_id}
        )

    def _show(self, text: str | bytes, request: Request) -> str:
        """Return a client's text for the log, without the secret and what it sent as one."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        for secret in (self._scenario.secret, *self._reader.sent(request)):
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
        select_subprotocol=ours.subprotocol,
        server_header=None,
        # Control pings of our own would hide the idle limit of a proxy in between.
        ping_interval=None,
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


def _same(came: str | bytes, text: str) -> bool:
    """Tell whether a client's message is a text, or the same JSON."""
    value = value_in(text)
    if isinstance(value, dict | list):
        return bool(value_in(came) == value)
    return came == (text if isinstance(came, str) else octets_of(text))


def _response(answer: Http) -> Response:
    code, _, reason = answer.status.partition(" ")
    return Response(
        int(code),
        reason,
        Headers([line.partition(": ")[::2] for line in answer.filled()]),
        answer.body.encode(),
    )
