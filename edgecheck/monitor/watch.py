"""All agents that are watched, and their checks: one at a time of each agent."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Iterable

from ..fleet.check import Checked, check
from ..fleet.target import Loader, Target
from ..frozen import replace
from ..settings.model import Settings
from .watched import Change, Watched

# One check of an agent that answers nothing takes a stage's limit, and a closer look as long again
# and a few seconds. What takes longer than this hangs.
LONGEST_CHECK = 120.0
# Of the time that a scraper gives, this part is for one stage: a stage that meets silence must be
# over, and judged, before the whole time is.
_STAGE_PART = 0.7
# A closer look takes two seconds beyond the stages' limits.
_LEAST_FOR_A_CLOSER_LOOK = 3.0

# Called with the agent's name and what changed.
OnChange = Callable[[str, Change], None]
# Called with the agent's name and which commands a look took.
OnTaken = Callable[[str, str], None]
# Called with the settings of an agent whenever they were read.
OnSettings = Callable[[Settings], None]


class _Flight:
    """A check that runs.

    Args:
        end: when it is over at the latest, on the clock of `time.monotonic`.
        hurried: it has less time than a check may take.
    """

    def __init__(self, end: float, *, hurried: bool) -> None:
        self.end, self.hurried = end, hurried
        self.given_up = False
        self.task: asyncio.Task[None]

    @property
    def left(self) -> float:
        """The seconds until its end."""
        return self.end - time.monotonic()

    async def give_up(self) -> None:
        """End it without a result."""
        self.given_up = True
        self.task.cancel()
        await asyncio.wait({self.task})

    async def landing(self) -> None:
        """Wait for its end, whatever that is; when cancelled, end it."""
        try:
            await asyncio.wait({self.task})
        except asyncio.CancelledError:
            # Nobody waits any more, and no connection may outlive the monitor.
            await self.give_up()
            raise
        if not self.task.cancelled():
            self.task.result()


class Watch:
    """The agents, by their names.

    Args:
        loader: reads their settings.
        hold: seconds for which a check stands until the next one.
        on_change: called whenever an agent is not as it was before.
        on_settings: called whenever the settings of an agent were read.
        on_taken: called whenever commands came to a look, which nobody acknowledged.
    """

    def __init__(
        self,
        loader: Loader,
        hold: float,
        on_change: OnChange,
        on_settings: OnSettings,
        on_taken: OnTaken = lambda _, __: None,
    ) -> None:
        self._loader, self._hold = loader, hold
        self._on_change, self._on_settings, self._on_taken = on_change, on_settings, on_taken
        self.agents: dict[str, Watched] = {}
        self._flights: dict[str, _Flight] = {}

    def set_targets(self, targets: Iterable[Target]) -> None:
        """Watch these agents from now on; one that is known keeps its history."""
        before, self.agents = self.agents, {}
        for target in targets:
            known = before.get(target.name) or Watched(target, self._hold)
            known.target = target
            self.agents[target.name] = known

    async def check(self, name: str, limit: float = LONGEST_CHECK) -> None:
        """Check one agent now, and return when that is done.

        Two checks of one agent never run at the same time: a backend that keeps one connection for
        each agent id would close one of them. If a check runs already, it counts, unless it may
        take longer than this one: then it is given up.

        Args:
            name: of an agent; one that is not watched any more is left alone.
            limit: seconds after which it ends with what is known by then.
        """
        end = time.monotonic() + limit
        flight = self._flights.get(name)
        if flight is not None and flight.end > end:
            await flight.give_up()
            flight = self._flights.get(name)
        if flight is None:
            if name not in self.agents:
                return
            flight = self._flights[name] = _Flight(end, hurried=limit < LONGEST_CHECK)
            flight.task = asyncio.create_task(self._check(self.agents[name], flight))
            flight.task.add_done_callback(functools.partial(self._landed, name, flight))
        await flight.landing()

    def _landed(self, name: str, flight: _Flight, _: object) -> None:
        if self._flights.get(name) is flight:
            del self._flights[name]

    async def _check(self, agent: Watched, flight: _Flight) -> None:
        first = await self._look(agent.target, flight.left, closer=False)
        closer = None
        if agent.is_news(first) and not first.outcome.interrupted:
            if flight.left >= _LEAST_FOR_A_CLOSER_LOOK:
                closer = await self._look(agent.target, flight.left, closer=True)
            if closer is not None and closer.outcome.interrupted:
                closer = None
        if flight.given_up:
            return
        if first.outcome.interrupted and flight.hurried and agent.outcome is not None:
            return  # the caller had too little time, which says nothing about the agent
        change = agent.take(first, closer, time.time())
        if change is not None:
            self._on_change(agent.target.name, change)

    async def _look(self, target: Target, limit: float, *, closer: bool) -> Checked:
        def prepare(settings: Settings) -> Settings:
            self._on_settings(settings)
            connection = settings.connection
            return replace(
                settings,
                connection=replace(
                    connection,
                    experiments=closer,
                    path=closer,
                    timeout=min(connection.timeout, limit * _STAGE_PART),
                ),
            )

        # When its time is over, a check ends with what it knows, and raises nothing.
        async with asyncio.timeout(limit):
            checked = await check(target, self._loader, prepare=prepare)
        if checked.outcome.taken:
            self._on_taken(target.name, checked.outcome.taken)
        return checked
