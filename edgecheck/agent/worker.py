"""Handle each command once, and ack it at least once.

A command that arrives again, because its ack was lost, is acked again. An ack that could not be
sent, or that the backend may not have read, is sent after the reconnect. Commands that arrive
faster than they are handled wait here up to a limit, and beyond that in the backend.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import math
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from ..backend.builtin import EDGE
from ..backend.commands import Command, ack, arguments_of, command_in, id_in
from ..backend.messages import EXCERPT
from ..backend.profile import Profile
from ..facts import Message
from ..settings.choices import OnUnknown
from ..wire.budget import LIVE_MESSAGE_LIMIT
from ..wire.clean import Cleaner
from ..wire.session import Session
from ..wire.traffic import Received
from .events import (
    Acked,
    Came,
    CameAgain,
    Changed,
    Event,
    Finishing,
    Handled,
    Left,
    Malformed,
    Resumed,
    Resumption,
    Status,
)
from .handler import CommandResult, Handler, Program, Run, StillRuns
from .journal import Begun, Journal, JournalError
from .keepalive import Keepalive
from .resumption import ended, running

# The characters of one text in a command that are shown to a script.
TEXT = 10_000
# The arguments of a longer command are not shown: every text in them is cleaned separately, and a
# million texts would take half a minute.
SHOWN_BYTES = 64 * 1024
# The size of all waiting commands together. One message may be as large, so that a small machine
# can take the largest burst.
WAITING_BYTES = LIVE_MESSAGE_LIMIT
# About what a waiting command takes in addition to its text. It waits unparsed, because parsed it
# can take thirty times as much memory.
COMMAND_BYTES = 1000


class Worker:
    """Handles commands, whatever happens to the connection that brought them.

    Args:
        journal: which commands were handled.
        handle: handles one command.
        jobs: how many commands are handled at the same time.
        clean: for the parts of a command that are shown.
        observe: called with every event.
        profile: what a command and its ack look like.
    """

    def __init__(
        self,
        journal: Journal,
        handle: Handler,
        *,
        jobs: int,
        clean: Cleaner,
        observe: Callable[[Event], None],
        profile: Profile = EDGE,
    ) -> None:
        # Without commands in the profile, no message is one, and none is acked.
        self._commands = profile.commands
        self._journal, self._handle, self._jobs, self._clean, self._observe = (
            journal,
            handle,
            jobs,
            clean,
            observe,
        )
        # Each with its id, and as it arrived.
        self._waiting: deque[tuple[str, str | bytes]] = deque()
        self._waiting_bytes = 0
        self._begun = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}
        # Waiting, running, or left to the next start, with the digest of what each says.
        self._known: dict[str, str] = {}
        # Begun before this start: handled again once there is a connection.
        self._resumable: list[Begun] = []
        self._resuming: set[asyncio.Task[None]] = set()
        self._on_unknown: Callable[[Begun], OnUnknown] = lambda _: OnUnknown.RETRY
        self._limit = 0.0
        self._outbox: asyncio.Queue[tuple[str, Status]] = asyncio.Queue()
        self._unsent: set[str] = set()  # handled, and never acked
        # Acks on this connection that no pong has confirmed, each with the number of the last ping
        # before it.
        self._unconfirmed: deque[tuple[int, str]] = deque()
        self._stopping = False
        # The error of the journal or the observer that ends the run, and whether there is one.
        self.broken: Exception | None = None
        self.is_broken = asyncio.Event()
        self.received = self.acked = self.failed = 0

    @property
    def left(self) -> int:
        """The number of commands that arrived and were not handled, or not acked."""
        return len(self._known) + len(self._unsent)

    @property
    def has_room(self) -> bool:
        """Whether another command can wait here."""
        return self._waiting_bytes < WAITING_BYTES

    async def room(self) -> None:
        """Wait until another command can wait here."""
        while not self.has_room:
            self._begun.clear()
            await self._begun.wait()

    def take(self, received: Received) -> None:
        """Take a message that is a command, well formed or not."""
        assert self._commands is not None
        command = command_in(received.data, self._commands)
        if isinstance(command, str):
            malformed_id = id_in(received.data, self._commands)
            self._take_malformed(malformed_id, received.message)
        elif not self._is_known(command.command_id, digest := self._digest(command)):
            self.received += 1
            kind = self._shown(command.command_type)
            payload = (
                cleaned(arguments_of(command, self._commands), self._clean)
                if len(received.data) <= SHOWN_BYTES
                else None
            )
            self._observe(
                Came(self._shown(command.command_id), kind, received.message.excerpt, payload)
            )
            self._known[command.command_id] = digest
            self._enqueue(command.command_id, received.data)

    def _digest(self, command: Command) -> str:
        """Return a digest of what a command says; empty if nobody knows where its arguments are.

        The rest may differ each time it is sent, such as the time of sending.
        """
        if self._commands is None or not self._commands.payload:
            return ""
        said = [command.command_type, arguments_of(command, self._commands)]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def _digest_of(self, data: str | bytes) -> str:
        if self._commands is None:
            return ""
        command = command_in(data, self._commands)
        return "" if isinstance(command, str) else self._digest(command)

    def _enqueue(self, command_id: str, data: str | bytes) -> None:
        self._waiting.append((command_id, data))
        self._waiting_bytes += len(data) + COMMAND_BYTES
        self._start()

    def _is_known(self, command_id: str, digest: str | None = None) -> bool:
        handled, status = self._journal.find(command_id)
        if not handled and command_id not in self._known:
            return False
        known = self._journal.digest(command_id) if handled else self._known[command_id]
        if known and digest and known != digest:
            self._observe(Changed(self._shown(command_id)))
            return True
        self._observe(CameAgain(self._shown(command_id)))
        if status is not None:
            self._journal.owe(command_id)
            self._outbox.put_nowait((command_id, status))
        return True

    def _take_malformed(self, command_id: str | None, message: Message) -> None:
        if command_id is None:
            self._observe(Malformed(message, None))
        elif not self._is_known(command_id):
            self.received += 1
            self._observe(Malformed(message, self._shown(command_id)))
            self._finish(command_id, CommandResult(Status.FAILED, message.detail), 0.0)

    def _start(self) -> None:
        while self._waiting and len(self._running) < self._jobs and not self._stopping:
            command_id, data = self._waiting.popleft()
            self._waiting_bytes -= len(data) + COMMAND_BYTES
            self._begun.set()
            self._running[command_id] = asyncio.create_task(self._work(command_id, data))

    async def _work(self, command_id: str, data: str | bytes) -> None:
        assert self._commands is not None
        command = command_in(data, self._commands)
        assert isinstance(command, Command)
        started = time.perf_counter()
        try:
            outcome = await self._run(command_id, data, command.body)
            self._finish(command_id, outcome, time.perf_counter() - started)
        except StillRuns:
            # It is not written down as stopped: the next start would do it again unasked.
            kept = self._journal.lasts
            self._observe(Left(self._shown(command_id), "still runs: it could not be ended", kept))
            raise
        except asyncio.CancelledError:
            self._leave(command_id, "stopped after its grace period")
            raise
        except Exception as error:  # noqa: BLE001 nobody waits for this task
            self.give_up(error)
        finally:
            del self._running[command_id]
        self._start()

    async def _run(self, command_id: str, data: str | bytes, command: Any) -> CommandResult:
        """Handle a command; if a program does, it is written down first that it begins."""
        if not isinstance(self._handle, Program):
            return await self._handle(command)
        token = secrets.token_hex(16)
        self._journal.begin(command_id, data, token)
        run = Run(token, lambda process: self._journal.started(command_id, process))
        return await self._handle(command, run)

    def _leave(self, command_id: str, detail: str) -> None:
        """Leave a command to the next start, because it did not end in this run."""
        with contextlib.suppress(JournalError):  # then the next start finds that it began
            self._journal.stopped(command_id)
        kept = self._journal.lasts and isinstance(self._handle, Program)
        self._observe(Left(self._shown(command_id), detail, kept))

    def _finish(self, command_id: str, outcome: CommandResult, seconds: float) -> None:
        if outcome.left:
            self._leave(command_id, outcome.detail)
            return
        try:
            self._journal.finish(command_id, outcome.status, self._known.get(command_id))
        except JournalError as error:
            # It is not written down, so it is not acked, and the backend will send it again.
            done = f"; {self._shown(command_id)} was handled ({outcome.detail or outcome.status})"
            self.give_up(JournalError(f"{error}{done}, and is not acked"))
            return
        self._known.pop(command_id, None)
        self._observe(Handled(self._shown(command_id), outcome.status, seconds, outcome.detail))
        if outcome.status is not None:
            self.failed += outcome.status is Status.FAILED
            self._unsent.add(command_id)
            self._outbox.put_nowait((command_id, outcome.status))

    def give_up(self, error: Exception) -> None:
        """End the run with an error, because nobody waits for who has met it.

        Args:
            error: `serve` raises it; without a connection, the keeper does.
        """
        self.broken = self.broken or error
        self.is_broken.set()
        self._stopping = True  # no further program starts
        self._outbox.put_nowait(("", Status.FAILED))  # wakes `serve`

    def resume(
        self, begun: Iterable[Begun], on_unknown: Callable[[Begun], OnUnknown], limit: float
    ) -> None:
        """Take up what began before this start, as soon as there is a connection.

        Args:
            begun: what the journal says of it.
            on_unknown: what to do if how far it got is unknown.
            limit: seconds for a program that still runs.
        """
        for each in begun:
            self._resumable.append(each)
            self._known[each.command_id] = self._digest_of(each.data)
        self._on_unknown, self._limit = on_unknown, limit

    async def _resume(self, begun: Begun) -> None:
        try:
            await self._take_up(begun)
        except Exception as error:  # noqa: BLE001 nobody waits for this task
            self.give_up(error)

    async def _take_up(self, begun: Begun) -> None:
        shown = self._shown(begun.command_id)
        if (process := running(begun)) is not None:
            self._observe(Resumed(shown, Resumption.WAIT, process))
            await ended(begun, self._limit)
        if begun.stopped:
            self._observe(Resumed(shown, Resumption.AGAIN))
        elif self._on_unknown(begun) is OnUnknown.RETRY:
            self._observe(Resumed(shown, Resumption.RETRY))
        else:
            self._observe(Resumed(shown, Resumption.FAIL))
            words = "how far it got is unknown"
            self._finish(begun.command_id, CommandResult(Status.FAILED, words), 0.0)
            return
        self._enqueue(begun.command_id, begun.data)

    async def serve(self, session: Session, keepalive: Keepalive) -> None:
        """Send acks over a new connection, those that are owed first.

        Raises:
            Ended: the connection is over.
            JournalError: the journal can no longer be written.
            OSError: an event could not be shown.
        """
        self._unconfirmed.clear()
        self._outbox = asyncio.Queue()
        if self.broken is not None:
            raise self.broken
        for owed in self._journal.owed():
            self._outbox.put_nowait(owed)
        for begun in self._resumable:
            task = asyncio.create_task(self._resume(begun))
            self._resuming.add(task)
            task.add_done_callback(self._resuming.discard)
        self._resumable.clear()
        while True:
            command_id, status = await self._outbox.get()
            if self.broken is not None:
                raise self.broken
            wanted = self._commands is not None and bool(self._commands.ack)
            if self._commands is not None and wanted:
                await session.send(ack(command_id, self._commands, status))
            self._unconfirmed.append((keepalive.sequence, command_id))
            again = command_id not in self._unsent
            self.acked += wanted and not again
            self._unsent.discard(command_id)
            if wanted:  # a backend that wants no ack has got none
                self._observe(Acked(self._shown(command_id), status, again))
            self._outbox.task_done()

    def confirm(self, sequence: int | None = None) -> None:
        """Note that the backend has read the acks that were sent before a ping.

        Args:
            sequence: the ping's number; None confirms all acks.
        """
        read = []
        while self._unconfirmed and (sequence is None or self._unconfirmed[0][0] < sequence):
            read.append(self._unconfirmed.popleft()[1])
        self._journal.confirm(read)

    async def finish(self, grace: float) -> None:
        """Start no further command, and wait for those that run.

        Args:
            grace: seconds that they have; those that still run after that are cancelled, and not
                acked.
        """
        self._stopping = True
        tasks = list(self._running.values())
        if tasks:
            self._observe(Finishing(len(tasks), grace))
            await asyncio.wait(tasks, timeout=grace)
        tasks += self._resuming
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def flush(self) -> None:
        """Wait until all acks are handed to the socket."""
        await self._outbox.join()

    def _shown(self, text: str) -> str:
        return self._clean(text, EXCERPT)


def cleaned(value: object, clean: Cleaner) -> object:
    """Return a JSON value with every text in it cleaned."""
    match value:
        case str():
            return clean(value, TEXT)
        case list():
            return [cleaned(each, clean) for each in value]
        case dict():
            return {clean(key, TEXT): cleaned(each, clean) for key, each in value.items()}
        case float() if not math.isfinite(value):  # such as 1e999
            return str(value)
    return value
