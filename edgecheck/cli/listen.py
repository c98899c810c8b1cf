"""`edgecheck listen`: the reference edge client, which stays connected and acks commands."""

from __future__ import annotations

import math
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import OK, PROBLEM
from .live import DEMO_COMMAND_SECONDS, Live, Reporter
from .options import CannotGoOn, Given, UsageError, connecting, not_both

if TYPE_CHECKING:
    from ..agent.events import Event, Failed
    from ..agent.handler import Handler
    from ..agent.worker import Worker
    from ..settings.model import Settings

# In seconds. A command should be quick; a program that takes longer has most likely hung.
EXEC_SECONDS = 60.0
GRACE_SECONDS = 10.0
# The columns before a message's text: time, arrow, word.
MARGIN = 24
# A shorter excerpt would not be useful.
SHORTEST = 20


class Ack(StrEnum):
    """How commands are acked."""

    COMPLETED = "completed"
    FAILED = "failed"
    NONE = "none"


@connecting
def listen(
    given: Given,
    ack: Annotated[Ack, typer.Option("--ack", help="How to ack each command.")] = Ack.COMPLETED,
    program: Annotated[
        str | None,
        typer.Option(
            "--exec",
            metavar="'PROGRAM ARGS'",
            help="Run this program for each command, with its JSON on standard input.",
        ),
    ] = None,
    exec_timeout: Annotated[
        float, typer.Option("--exec-timeout", metavar="SECONDS", help="Time limit of one run.")
    ] = EXEC_SECONDS,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", metavar="N", help="How many commands to handle at once; 1 keeps their order."
        ),
    ] = 1,
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            metavar="FILE",
            help="Remember handled commands in this file, even after a crash.",
        ),
    ] = None,
    jitter: Annotated[
        bool,
        typer.Option(
            "--jitter/--no-jitter",
            help="Lengthen each wait before a new attempt at random, by up to 20 %.",
        ),
    ] = True,
    keep_trying: Annotated[
        bool, typer.Option("--keep-trying", help="Try again every minute, even after a refusal.")
    ] = False,
    grace: Annotated[
        float,
        typer.Option(
            "--grace", metavar="SECONDS", help="Time for running commands to finish at the end."
        ),
    ] = GRACE_SECONDS,
) -> int:
    """Stay connected, take commands and ack them.

    This is what an edge client should do: send keepalive pings, reconnect, handle each command once
    and ack every command. With --exec, a program handles each command, and its exit status decides
    the ack: 0 is completed, any other is failed. The program does not get the secret. Ctrl-C lets
    running commands finish, sends their acks and closes the connection.

    Exit code: 0 stopped, 1 refused by the backend, 2 wrong usage.

    \b
    Examples:
      edgecheck listen --exec './schedule.py --dry-run' --journal edge.db
      edgecheck listen --ack failed --json
    """
    for name, value, least in (("exec-timeout", exec_timeout, 0.001), ("grace", grace, 0.0)):
        if not least <= value < math.inf:
            raise UsageError(
                f"--{name} must be a number of seconds, at least {least:g}, not {value:g}."
            )
    if jobs < 1:
        raise UsageError(f"--jobs must be at least 1, not {jobs}.")
    if program is not None:
        not_both(exec=True, ack=ack is not Ack.COMPLETED)
    arguments = _arguments(program)
    live = Live(given)

    async def work(settings: Settings) -> int:
        from ..agent.backoff import JITTER, Backoff
        from ..agent.events import Status
        from ..agent.handler import Program, answering, environment_for
        from ..agent.journal import Journal, JournalError
        from ..agent.keeper import Keeper
        from ..agent.worker import Worker
        from ..checkup import concluded
        from ..settings.secret import Secret
        from ..wire.opening import opening_of
        from .verdicts import request_possible

        reporter = live.reporter
        if not await request_possible(settings, reporter):
            return PROBLEM
        try:
            kept = Journal(journal)
        except JournalError as error:
            raise UsageError(f"--journal {journal}: {error}") from None
        secret: Secret | None = settings.secret.secret if settings.secret else None
        handle: Handler
        if arguments:
            handle = Program(
                arguments,
                timeout=exec_timeout,
                environ=environment_for(os.environ, secret),
                output=_STANDARD_ERROR,
            )
        else:
            handle = answering(None if ack is Ack.NONE else Status(ack))
        screen = ListenLog(reporter)
        screen.start(settings, program, ack)
        worker = Worker(
            kept, handle, jobs=jobs, clean=opening_of(settings).clean, observe=screen.observe
        )
        keeper = Keeper(
            settings,
            worker,
            observe=screen.observe,
            judge=lambda trip: concluded(settings, trip),
            backoff=Backoff(jitter=JITTER if jitter else 0.0),
            keep_trying=keep_trying,
        )
        try:
            stopped = await keeper.run(live.stop, grace)
        except JournalError as error:
            raise CannotGoOn(f"the journal {journal} can no longer be used: {error}") from None
        finally:
            kept.close()
        screen.summary(worker)
        return OK if stopped else PROBLEM

    return live.run(work, command_every=DEMO_COMMAND_SECONDS, until_stopped=True)


# The output of a program goes there, because standard output is for our own result.
_STANDARD_ERROR = 2


def _arguments(program: str | None) -> list[str]:
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


class ListenLog:
    """The output of a run: lines with times and directions, or JSON.

    Args:
        reporter: writes it.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def start(self, settings: Settings, program: str | None, ack: Ack) -> None:
        """Show what is about to happen."""
        from ..wire.opening import opening_of

        plan = opening_of(settings)
        target = plan.clean(f"{plan.endpoint.authority} as {plan.agent_id}")
        what = f"runs {program}" if program is not None else f"acks: {ack}"
        parts = [] if self._reporter.quiet else [f"LISTEN {target}, {what}. Ctrl-C ends it."]
        self._reporter.event("start", *parts, target=target)

    def observe(self, event: Event) -> None:
        """Show one event."""
        from ..agent import events
        from ..agent.events import Status
        from ..agent.round_trips import number

        tell = self._tell
        match event:
            case events.Opened(peer):
                tell("open", " ", peer, {"peer": peer})
            case events.Ponged(milliseconds, first):
                shown = first or self._reporter.verbose
                tell(
                    "pong",
                    "←",
                    f"{number(milliseconds)} ms",
                    {"time_ms": round(milliseconds, 4), "first": first},
                    shown=shown,
                )
            case events.Came(command_id, command_type, excerpt, payload):
                fields = {
                    "command_id": command_id,
                    "command_type": command_type,
                    "payload": payload,
                }
                tell("command", "←", f"{command_id} {command_type}", fields)
                if self._reporter.verbose and not self._reporter.as_json:
                    self._reporter.event("", " " * MARGIN, (excerpt, "dim"))
            case events.CameAgain(command_id):
                words = f"{command_id} was received before: not handled again"
                tell(
                    "command",
                    "←",
                    words,
                    {"command_id": command_id},
                    style="yellow",
                    name="command-again",
                )
            case events.Malformed(message, command_id):
                fields = {
                    "command_id": command_id,
                    "detail": message.detail,
                    "excerpt": message.excerpt,
                }
                tell(
                    "command",
                    "←",
                    f"command-malformed: {message.detail}",
                    fields,
                    style="yellow",
                    name="command-malformed",
                )
            case events.Handled(command_id, status, seconds, detail):
                fields = {
                    "command_id": command_id,
                    "status": status,
                    "time_ms": round(seconds * 1000, 3),
                    "detail": detail,
                }
                words = f"{command_id} {detail or 'no ack'}, {number(seconds * 1000)} ms"
                tell("handled", " ", words, fields, shown=bool(detail) or status is None)
            case events.Acked(command_id, status, again):
                words = f"{command_id} {status}{' again' if again else ''}"
                fields = {"command_id": command_id, "status": status, "again": again}
                tell("ack", "→", words, fields, style="red" if status is Status.FAILED else "green")
            case events.Noted(message):
                fields = {
                    "kind": str(message.kind),
                    "excerpt": message.excerpt,
                    "detail": message.detail,
                }
                tell("message", "←", self._cut(message.excerpt), fields)
            case events.Closed(session, report):
                verdict = report.diagnosis.verdict
                words = (
                    f"{verdict.title} ({verdict.code})"
                    if verdict
                    else f"{session.close_code} {session.close_reason}"
                )
                fields = {
                    "code": session.close_code,
                    "reason": session.close_reason,
                    "verdict": asdict(verdict) if verdict else None,
                }
                tell("closed", "✗", words, fields, style="red")
            case events.Failed():
                self._failed(event)
            case events.Waiting(seconds):
                tell(
                    "waiting",
                    " ",
                    f"{seconds:.1f} s until the next attempt",
                    {"seconds": round(seconds, 3)},
                )

    def _failed(self, event: Failed) -> None:
        verdict = event.report.diagnosis.verdict
        words = event.why
        if verdict is not None:
            words = f"{'still: ' if event.again else ''}{verdict.title} ({verdict.code})"
        fields = {"why": event.why, "again": event.again, "code": verdict.code if verdict else None}
        self._tell("failed", "✗", words, fields, style="red")
        if event.final or not event.again:
            self._reporter.verdict(event.report)

    def _tell(
        self,
        word: str,
        arrow: str,
        text: str,
        fields: Mapping[str, object],
        *,
        style: str = "",
        shown: bool = True,
        name: str = "",
    ) -> None:
        parts: list[str | tuple[str, str]] = []
        if shown and not (self._reporter.quiet and arrow != "✗"):
            parts = [
                (f"{datetime.now().astimezone():%H:%M:%S.%f}"[:-3], "dim"),
                f" {arrow} {word:<8} ",
                (text, style),
            ]
        self._reporter.event(name or word, *parts, **fields)

    def _cut(self, text: str) -> str:
        room = max(self._reporter.width - MARGIN, SHORTEST)
        return text if self._reporter.verbose or len(text) <= room else text[: room - 1] + "…"

    def summary(self, worker: Worker) -> None:
        """Show the counts of the whole run."""
        from ..render.layout import line

        counts = {
            "received": worker.received,
            "acked": worker.acked,
            "failed": worker.failed,
            "left": worker.left,
        }
        self._reporter.lines([line("")])  # after the ^C that the terminal shows
        self._reporter.event(
            "summary", ", ".join(f"{name} {count}" for name, count in counts.items()), **counts
        )
