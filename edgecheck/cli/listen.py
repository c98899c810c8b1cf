"""`edgecheck listen`: the reference edge client, which stays connected and acks commands."""

from __future__ import annotations

import math
import shlex
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..settings.choices import OnUnknown
from .ends import OK, PROBLEM, CannotGoOn, UsageError
from .live import DEMO_COMMAND_SECONDS, Live
from .options import Given, not_both
from .process import Process
from .stop import STOP

if TYPE_CHECKING:
    from ..agent.handler import Handler
    from ..agent.journal import Journal
    from ..agent.worker import Worker
    from ..settings.model import Settings
    from ..wire.clean import Cleaner

# In seconds. A command should be quick; a program that takes longer probably hangs.
EXEC_SECONDS = 60.0
GRACE_SECONDS = 10.0
# A shorter interval would be load, and no sooner knowledge: a pong has ten seconds to arrive.
SHORTEST_KEEPALIVE = 1.0
# The output of a program goes there, because standard output is for our own result.
_STANDARD_ERROR = 2


class Ack(StrEnum):
    """How commands are acked."""

    COMPLETED = "completed"
    FAILED = "failed"
    NONE = "none"


@dataclass(frozen=True)
class ListenOptions:
    """The options that only `listen` has."""

    ack: Annotated[Ack, typer.Option("--ack", help="How to ack each command.")] = Ack.COMPLETED
    program: Annotated[
        str | None,
        typer.Option(
            "--exec",
            metavar="'PROGRAM ARGS'",
            help="Run this program for each command, with its JSON on standard input.",
        ),
    ] = None
    exec_timeout: Annotated[
        float, typer.Option("--exec-timeout", metavar="SECONDS", help="Time limit of one run.")
    ] = EXEC_SECONDS
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", metavar="N", help="How many commands to handle at once; 1 keeps their order."
        ),
    ] = 1
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            metavar="FILE",
            help="Remember handled commands in this file, even after a crash.",
        ),
    ] = None
    on_unknown: Annotated[
        OnUnknown,
        typer.Option(
            "--on-unknown",
            help=(
                "What to do with a command that began before a crash: retry, ack as failed, or ask."
            ),
        ),
    ] = OnUnknown.RETRY
    keepalive: Annotated[
        float | None,
        typer.Option(
            "--keepalive",
            metavar="SECONDS",
            help="Time from one keepalive ping to the next; the default is the profile's.",
        ),
    ] = None
    jitter: Annotated[
        bool,
        typer.Option(
            "--jitter/--no-jitter",
            help="Lengthen each wait before a new attempt at random, by up to 20 %.",
        ),
    ] = True
    keep_trying: Annotated[
        bool, typer.Option("--keep-trying", help="Try again every minute, even after a refusal.")
    ] = False
    grace: Annotated[
        float,
        typer.Option(
            "--grace", metavar="SECONDS", help="Time for running commands to finish at the end."
        ),
    ] = GRACE_SECONDS


def listen(process: Process, given: Given, wanted: ListenOptions) -> int:
    """Stay connected, take commands and ack them.

    This is what an edge client should do: send keepalive pings, reconnect, handle each command once
    and ack every command. With --exec, a program handles each command, and its exit status decides
    the ack: 0 is completed, any other is failed. The program does not get the secret. Ctrl-C lets
    running commands finish, sends their acks and closes the connection; SIGTERM, SIGHUP, SIGQUIT
    and SIGUSR1 do the same. A program that such a signal ends too has not failed: with --journal it
    runs again at the next start.

    A backend that allows one connection for each agent id closes this one when another agent, or
    doctor, ping or repl, connects with the same id.

    Exit code: 0 stopped, 1 refused by the backend or the journal cannot be used, 2 wrong usage.

    \b
    Examples:
      edgecheck listen --exec './schedule.py --dry-run' --journal edge.db
      edgecheck listen --ack failed --json
    """
    _check(wanted)
    if wanted.on_unknown is OnUnknown.ASK and not _has_terminal(process):
        raise UsageError(
            "--on-unknown ask needs a terminal to ask on. Use --on-unknown retry or fail."
        )
    arguments = _arguments(wanted.program)
    live = Live(process, given)

    async def work(settings: Settings) -> int:
        return await _serve(live, settings, wanted, arguments)

    return live.run(work, command_every=DEMO_COMMAND_SECONDS, until_stopped=True)


def _has_terminal(process: Process) -> bool:
    return process.stdin.isatty() and process.stderr is not None and process.stderr.isatty()


def _check(wanted: ListenOptions) -> None:
    """Raise `UsageError` for a number out of bounds, and for options that exclude each other."""
    seconds = (("exec-timeout", wanted.exec_timeout, 0.001), ("grace", wanted.grace, 0.0))
    for name, value, least in seconds:
        if not least <= value < math.inf:
            raise UsageError(
                f"--{name} must be a number of seconds, at least {least:g}, not {value:g}."
            )
    if wanted.jobs < 1:
        raise UsageError(f"--jobs must be at least 1, not {wanted.jobs}.")
    if wanted.keepalive is not None and not SHORTEST_KEEPALIVE <= wanted.keepalive < math.inf:
        raise UsageError(
            f"--keepalive must be a number of seconds, at least {SHORTEST_KEEPALIVE:g}, not "
            f"{wanted.keepalive:g}."
        )
    if wanted.program is not None:
        not_both(exec=True, ack=wanted.ack is not Ack.COMPLETED)


def _arguments(program: str | None) -> list[str]:
    """Split the command line of a program. Raises `UsageError` if it cannot be run."""
    if program is None:
        return []
    try:
        arguments = shlex.split(program)
    except ValueError as error:
        raise UsageError(f"--exec cannot be read as a command line: {error}") from None
    if not arguments:
        raise UsageError("--exec must name a program.")
    if shutil.which(arguments[0]) is None:
        raise UsageError(f"--exec: the program {arguments[0]!r} was not found, or cannot be run.")
    return arguments


async def _serve(
    live: Live, settings: Settings, wanted: ListenOptions, arguments: list[str]
) -> int:
    """Stay connected until told to stop, show what happens, and return the exit code."""
    import random

    from ..agent.backoff import JITTER, Backoff
    from ..agent.journal import Journal, JournalError
    from ..agent.keeper import Keeper
    from ..agent.worker import Worker
    from ..checkup import concluded, import_all
    from ..wire.opening import opening_of
    from .listen_log import ListenLog
    from .verdicts import request_possible

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
    from ..backend.messages import EXCERPT

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
            line = process.stdin.readline()
            answer = line.strip().lower()
            if answer in ("y", "yes"):
                return True
            if answer in ("", "n", "no"):
                return False


def _handler(
    live: Live, settings: Settings, wanted: ListenOptions, arguments: list[str]
) -> Handler:
    """Return what handles each command: the program, or the fixed answer."""
    from ..agent.events import Status
    from ..agent.handler import Program, answering, environment_for

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
