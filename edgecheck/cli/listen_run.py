"""A run of `listen`: what it works with, from its options, and its end."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from ..agent.backoff import JITTER, Backoff
from ..agent.events import Status
from ..agent.handler import Program, answering, environment_for
from ..agent.journal import Journal, JournalError
from ..agent.keeper import Keeper
from ..agent.worker import Worker
from ..backend.messages import EXCERPT
from ..checkup import concluded, import_all
from ..settings.choices import OnUnknown
from ..wire.opening import opening_of
from .ends import OK, PROBLEM, CannotGoOn
from .listen_log import ListenLog
from .listen_options import Ack, ListenOptions
from .live import DEMO_COMMAND_SECONDS, Live
from .options import Given
from .process import Process
from .stop import STOP
from .verdicts import request_possible

if TYPE_CHECKING:
    from ..agent.handler import Handler
    from ..settings.model import Settings
    from ..wire.clean import Cleaner

# The output of a program goes there, because standard output is for our own result.
_STANDARD_ERROR = 2


def listen_run(process: Process, given: Given, wanted: ListenOptions, arguments: list[str]) -> int:
    """Stay connected until told to stop, and return the exit code.

    Args:
        arguments: of the program that handles each command; none for a fixed answer.
    """
    live = Live(process, given)

    async def work(settings: Settings) -> int:
        return await _serve(live, settings, wanted, arguments)

    return live.run(work, command_every=DEMO_COMMAND_SECONDS, until_stopped=True)


async def _serve(
    live: Live, settings: Settings, wanted: ListenOptions, arguments: list[str]
) -> int:
    """Stay connected until told to stop, show what happens, and return the exit code."""
    import_all()
    if not await request_possible(settings, live.reporter):
        return PROBLEM
    try:
        journal = Journal(wanted.journal)
    except JournalError as error:
        raise _unusable(wanted, error) from None
    screen = ListenLog(live.reporter)
    screen.start(settings, wanted.program, wanted.ack)
    worker = Worker(
        journal,
        _handler(live, settings, wanted, arguments),
        jobs=wanted.jobs,
        clean=opening_of(settings).clean,
        observe=screen.observe,
        profile=settings.profile,
    )
    keeper = Keeper(
        settings,
        worker,
        observe=screen.observe,
        judge=lambda trip: concluded(settings, trip),
        backoff=Backoff(random.random, jitter=JITTER if wanted.jitter else 0.0),
        keep_trying=wanted.keep_trying,
        interval=wanted.keepalive,
    )
    try:
        _take_up(live.process, journal, worker, wanted, opening_of(settings).clean)
        stopped = await keeper.run(live.stop, wanted.grace)
    except JournalError as error:
        raise _unusable(wanted, error) from None
    finally:
        try:
            # After an error or a second signal programs may still run.
            await worker.finish(0.0)
        finally:
            journal.close()
    screen.summary(worker, keeper.lives)
    return OK if stopped else PROBLEM


def _unusable(wanted: ListenOptions, error: Exception) -> CannotGoOn:
    where = "in memory" if wanted.journal is None else str(wanted.journal)
    return CannotGoOn(
        f"the journal {where} cannot be used: {error}. No program is started without it, because "
        "nobody would know at the next start that it ran."
    )


def _take_up(
    process: Process, journal: Journal, worker: Worker, wanted: ListenOptions, clean: Cleaner
) -> None:
    """Let the worker take up what began before this start, as the options say."""
    begun = journal.begun()
    asked = {}
    for each in begun:
        doing = wanted.on_unknown
        if not each.stopped and doing is OnUnknown.ASK:
            again = _asked(process, clean(each.command_id, EXCERPT))
            doing = OnUnknown.RETRY if again else OnUnknown.FAIL
        asked[each.command_id] = doing
    worker.resume(begun, lambda each: asked[each.command_id], wanted.exec_timeout)


def _asked(process: Process, command_id: str) -> bool:
    """Ask whether a command is to run again. Raises `KeyboardInterrupt`."""
    words = (
        f"{command_id} began before edgecheck was killed, and how far it got is unknown. "
        "Run it again? [y/N] "
    )
    with STOP.interrupting():
        while True:
            print(words, end="", file=process.stderr, flush=True)
            answer = process.answer()
            if answer in ("y", "yes"):
                return True
            if answer in ("", "n", "no"):
                return False


def _handler(
    live: Live, settings: Settings, wanted: ListenOptions, arguments: list[str]
) -> Handler:
    """Return what handles each command: the program, or the fixed answer."""
    if not arguments:
        return answering(None if wanted.ack is Ack.NONE else Status(wanted.ack))
    secret = settings.secret.secret if settings.secret else None
    return Program(
        arguments,
        timeout=wanted.exec_timeout,
        environ=environment_for(live.process.environ, secret, settings.names.secret),
        output=_STANDARD_ERROR,
        stop=live.stop,
    )
