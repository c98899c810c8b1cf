"""What `listen` shows of a run: lines with times and directions, or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from ..agent import events
from ..agent.round_trips import number
from ..render.layout import line
from ..wire.opening import opening_of
from ..wording.units import counted
from .live import Reporter

if TYPE_CHECKING:
    from ..agent.lives import Lives
    from ..agent.worker import Worker
    from ..settings.model import Settings

# The columns before a message's text: time, arrow, word.
MARGIN = 24
# A shorter excerpt would not be useful.
SHORTEST = 20
# What is said of a command that began before this start.
_RESUMED = {
    events.Resumption.WAIT: "began before this start, and still runs (process {process}): waiting",
    events.Resumption.AGAIN: "was stopped together with edgecheck: running it again",
    events.Resumption.RETRY: "began before a crash, how far it got is unknown: running it again",
    events.Resumption.FAIL: "began before a crash, how far it got is unknown: acked as failed",
}


class ListenLog:
    """The output of a run: lines with times and directions, or JSON.

    Args:
        reporter: writes it.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def start(self, settings: Settings, program: str | None, ack: str) -> None:
        """Show what is about to happen."""
        plan = opening_of(settings)
        agent = f" as {plan.agent_id}" if plan.agent_id else ""
        target = plan.clean(f"{plan.endpoint.authority}{agent}")
        what = f"runs {program}" if program is not None else f"acks: {ack}"
        parts = [] if self._reporter.quiet else [f"LISTEN {target}, {what}. Ctrl-C ends it."]
        self._reporter.event("start", *parts, target=target)

    def observe(self, event: events.Event) -> None:
        """Show one event."""
        match event:
            case events.Opened() | events.Ponged() | events.Noted():
                self._connected(event)
            case events.Closed() | events.Failed() | events.Waiting():
                self._disconnected(event)
            case events.Finishing(running, grace):
                self._finishing(running, grace)
            case events.Came() | events.CameAgain() | events.Malformed():
                self._received(event)
            case events.Changed() | events.Left() | events.Resumed():
                self._unusual(event)
            case events.Handled() | events.Acked():
                self._handled(event)

    def _connected(self, event: events.Opened | events.Ponged | events.Noted) -> None:
        match event:
            case events.Opened(peer):
                self._tell("open", " ", peer, {"peer": peer})
            case events.Ponged(milliseconds, first):
                fields: dict[str, object] = {"time_ms": round(milliseconds, 4), "first": first}
                shown = first or self._reporter.verbose
                self._tell("pong", "←", f"{number(milliseconds)} ms", fields, shown=shown)
            case events.Noted(message):
                fields = {
                    "kind": str(message.kind),
                    "excerpt": message.excerpt,
                    "detail": message.detail,
                }
                self._tell("message", "←", self._cut(message.excerpt), fields)

    def _disconnected(self, event: events.Closed | events.Failed | events.Waiting) -> None:
        match event:
            case events.Closed(session, report):
                verdict = report.diagnosis.verdict
                words = f"{session.close_code} {session.close_reason}"
                if verdict is not None:
                    words = f"{verdict.title} ({verdict.code})"
                fields = {
                    "code": session.close_code,
                    "reason": session.close_reason,
                    "verdict": asdict(verdict) if verdict else None,
                }
                self._tell("closed", "✗", words, fields, style="red")
            case events.Failed():
                self._failed(event)
            case events.Waiting(seconds):
                words = f"{seconds:.1f} s until the next attempt"
                self._tell("waiting", " ", words, {"seconds": round(seconds, 3)})

    def _finishing(self, running: int, grace: float) -> None:
        commands = counted(running, "command")
        words = f"{commands} may finish within {grace:g} s; Ctrl-C again ends at once"
        self._tell("ending", " ", words, {"running": running, "grace_s": grace})

    def _failed(self, event: events.Failed) -> None:
        verdict = event.report.diagnosis.verdict
        words = event.why
        if verdict is not None:
            words = f"{'still: ' if event.again else ''}{verdict.title} ({verdict.code})"
        fields = {"why": event.why, "again": event.again, "code": verdict.code if verdict else None}
        self._tell("failed", "✗", words, fields, style="red")
        if event.final or not event.again:
            self._reporter.verdict(event.report)

    def _received(self, event: events.Came | events.CameAgain | events.Malformed) -> None:
        match event:
            case events.Came(command_id, command_type, excerpt, payload):
                fields = {
                    "command_id": command_id,
                    "command_type": command_type,
                    "payload": payload,
                }
                self._tell("command", "←", f"{command_id} {command_type}", fields)
                if self._reporter.verbose and not self._reporter.as_json:
                    self._reporter.event("", " " * MARGIN, (excerpt, "dim"))
            case events.CameAgain(command_id):
                words = f"{command_id} was received before: not handled again"
                fields = {"command_id": command_id}
                self._tell("command", "←", words, fields, style="yellow", name="command-again")
            case events.Malformed(message, command_id):
                words = f"command-malformed: {message.detail}"
                fields = {
                    "command_id": command_id,
                    "detail": message.detail,
                    "excerpt": message.excerpt,
                }
                self._tell("command", "←", words, fields, style="yellow", name="command-malformed")

    def _unusual(self, event: events.Changed | events.Left | events.Resumed) -> None:
        command_id = event.command_id
        fields: dict[str, object] = {"command_id": command_id}
        match event:
            case events.Changed():
                words = f"{command_id} came before, and said something else: not handled, no ack"
                name = "command-changed"
            case events.Left(_, detail, kept):
                when = "runs again at the next start" if kept else "no journal remembers it"
                words = f"{command_id} {detail}: not acked, {when}"
                name = "command-left"
                fields |= {"detail": detail, "kept": kept}
            case events.Resumed(_, doing, process):
                words = f"{command_id} {_RESUMED[doing].format(process=process)}"
                name = "command-resumed"
                fields |= {"doing": doing, "process": process}
        self._tell("command", "!", words, fields, style="yellow", name=name)

    def _handled(self, event: events.Handled | events.Acked) -> None:
        match event:
            case events.Handled(command_id, status, seconds, detail):
                words = f"{command_id} {detail or 'no ack'}, {number(seconds * 1000)} ms"
                fields = {
                    "command_id": command_id,
                    "status": status,
                    "time_ms": round(seconds * 1000, 3),
                    "detail": detail,
                }
                shown = bool(detail) or status is None
                self._tell("handled", " ", words, fields, shown=shown)
            case events.Acked(command_id, status, again):
                words = f"{command_id} {status}{' again' if again else ''}"
                fields = {"command_id": command_id, "status": status, "again": again}
                style = "red" if status is events.Status.FAILED else "green"
                self._tell("ack", "→", words, fields, style=style)

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
        if shown and not (self._reporter.quiet and arrow not in "✗!"):
            parts = [
                (f"{datetime.now().astimezone():%H:%M:%S.%f}"[:-3], "dim"),
                f" {arrow} {word:<8} ",
                (text, style),
            ]
        self._reporter.event(name or word, *parts, **fields)

    def _cut(self, text: str) -> str:
        room = max(self._reporter.width - MARGIN, SHORTEST)
        return text if self._reporter.verbose or len(text) <= room else text[: room - 1] + "…"

    def summary(self, worker: Worker, lives: Lives) -> None:
        """Show the counts of the whole run, and what its connections have in common."""
        counts = {
            "received": worker.received,
            "acked": worker.acked,
            "failed": worker.failed,
            "left": worker.left,
        }
        self._reporter.lines([line("")])  # after the ^C that the terminal shows
        words, pattern = (
            ", ".join(f"{name} {count}" for name, count in counts.items()),
            lives.words(),
        )
        if pattern:
            words += f". {pattern}"
        self._reporter.event("summary", words, **counts, connections=lives.count, pattern=pattern)
