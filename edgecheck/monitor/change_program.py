"""A program that is run for each change, as an alert without Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..agent.events import Status
from ..agent.handler import Program
from ..fleet.outcome import Outcome, to_plain
from .watched import Change, name_of

SCHEMA = "edgecheck.change/1"
# A program that sends a message is done within seconds; one that hangs must not keep the next.
LIMIT_SECONDS = 30.0
# So many run at the same time, and so many changes wait for their turn. When a whole network is
# down, thousands of agents change at once, and more processes would only be slower.
AT_ONCE = 4
MOST_WAITING = 1000

Log = Callable[[str], None]


def document(name: str, change: Change) -> dict[str, Any]:
    """Return a change as the JSON object that the program reads.

    Args:
        name: of the agent.
        change: of how it is.
    """
    after = change.after
    return {
        "schema": SCHEMA,
        "target": name,
        "source": after.source,
        "agent_id": after.agent_id or None,
        "host": after.host or None,
        "at": after.at,
        "ok": after.ok,
        "was": None if change.before is None else name_of(change.before),
        "was_since": change.since or None,
        "now": name_of(after),
        "flapping": change.flapping,
        "outcome": _plain(after),
    }


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {key: value for key, value in to_plain(outcome).items() if key != "target"}


class ChangeProgram:
    """Runs the program, without keeping the checks waiting.

    Args:
        arguments: the program and its arguments; no shell reads them.
        environ: its environment variables.
        output: the file descriptor for what it prints.
        log: called with a line for each run that failed.
    """

    def __init__(
        self, arguments: Sequence[str], *, environ: Mapping[str, str], output: int, log: Log
    ) -> None:
        self._program = Program(arguments, timeout=LIMIT_SECONDS, environ=environ, output=output)
        self._log = log
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue(MOST_WAITING)
        self._lost = 0

    def tell(self, changed: dict[str, Any]) -> None:
        """Run the program for a change, when it is its turn."""
        try:
            self._waiting.put_nowait(changed)
        except asyncio.QueueFull:
            self._lost += 1

    async def run(self) -> None:
        """Run the program for one change after the other, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._turns())

    async def _turns(self) -> None:
        while True:
            changed = await self._waiting.get()
            outcome = await self._program(changed)
            if outcome.status is not Status.COMPLETED:
                self._log(f"--on-change for {changed['target']}: {outcome.detail}")
            if self._lost:
                lost, self._lost = self._lost, 0
                self._log(f"--on-change: {lost} changes were left out, because too many waited")
