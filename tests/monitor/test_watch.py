"""Checks of one agent that are asked for at the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from edgecheck.fleet.target import Loader, Target
from edgecheck.monitor.view import view
from edgecheck.monitor.watch import Watch
from edgecheck.monitor.watched import Change
from edgecheck.settings.choices import Until
from edgecheck.settings.sources import Options
from edgecheck.simulator import Scenario, simulate
from tests.doctor import SECRET
from tests.ledger import ledger
from tests.timing import AMPLE_LIMIT, PATIENCE, STAGE_LIMIT, until_in_loop

Play = Callable[[Watch, list[str]], Awaitable[None]]


def played(
    folder: Path, fault: str | None, play: Play, *, limit: float = STAGE_LIMIT
) -> tuple[Watch, list[str], list[Change]]:
    """Watch one agent, whose backend has a fault; return also its log, and what changed."""
    log: list[str] = []
    changes: list[Change] = []

    async def run() -> Watch:
        async with simulate(Scenario(SECRET, fault=fault), log=log.append) as backend:
            (folder / "one.env").write_text(backend.env_text)
            loader = Loader(Options(timeout=limit), environ={}, until=Until.SESSION)
            watch = Watch(loader, 180, lambda _, change: changes.append(change), lambda _: None)
            watch.set_targets([Target("one", "one", str(folder), env_file="one.env")])
            await play(watch, log)
            return watch

    return asyncio.run(asyncio.wait_for(run(), PATIENCE)), log, changes


def connections(log: list[str]) -> int:
    return sum("accepted" in line for line in log)


def test_who_asks_meanwhile_gets_the_check_that_runs(tmp_path: Path) -> None:
    """A second connection with the same agent id could close the first."""

    async def play(watch: Watch, log: list[str]) -> None:
        await asyncio.gather(*(watch.check("one", PATIENCE - number) for number in range(5)[::-1]))

    watch, log, _ = played(tmp_path, None, play)

    assert connections(log) == 1
    assert watch.agents["one"].checks["healthy"] == 1


def test_who_has_less_time_gets_an_answer_in_time(tmp_path: Path) -> None:
    """The check that runs is given up without a result, and another one takes its place."""

    async def play(watch: Watch, log: list[str]) -> None:
        slow = asyncio.create_task(watch.check("one", PATIENCE))
        await until_in_loop(lambda: connections(log) == 1)
        await watch.check("one", 2 * STAGE_LIMIT)
        await slow

    watch, log, changes = played(tmp_path, "pong-timeout", play, limit=AMPLE_LIMIT)

    assert connections(log) == 2
    assert sum(watch.agents["one"].checks.values()) == 1
    assert [change.after.code for change in changes] == ["pong-timeout"]


def test_the_commands_that_a_check_took_are_told(tmp_path: Path) -> None:
    """At each check, and on the page with how the agent is."""
    told: list[tuple[str, str]] = []

    with ledger(["cmd_17"]) as book:
        book.env(tmp_path)

        async def run() -> Watch:
            loader = Loader(Options(allow_plaintext=True), environ={}, until=Until.SESSION)
            watch = Watch(loader, 180, *(lambda *_: None,) * 2, lambda *took: told.append(took))
            watch.set_targets([Target("one", "one", str(tmp_path), env_file=".env")])
            await watch.check("one", PATIENCE)
            return watch

        watch = asyncio.run(asyncio.wait_for(run(), PATIENCE))

    ((name, words),) = told
    assert (name, words.endswith("got no acknowledgement: cmd_17")) == ("one", True)
    (row,) = view(watch.agents, time.time(), every=60).rows
    assert row.title == f"Healthy, 1 warning. {words}"


def test_experiments_are_made_only_of_news(tmp_path: Path) -> None:
    """A refusal that lasts costs the backend one connection a check."""

    async def play(watch: Watch, log: list[str]) -> None:
        await watch.check("one", PATIENCE)
        first = connections(log)
        assert first > 2
        for number in (1, 2):
            await watch.check("one", PATIENCE)
            assert connections(log) == first + number

    watch, _, changes = played(tmp_path, "auth-secret-rejected", play)

    assert [change.after.code for change in changes] == ["auth-secret-rejected"]
    report = watch.agents["one"].report
    assert report is not None
    assert report.facts.experiments


def test_a_check_that_nobody_waits_for_any_more_ends(tmp_path: Path) -> None:
    """At the end of the monitor, no connection stays."""

    async def play(watch: Watch, log: list[str]) -> None:
        waiting = asyncio.create_task(watch.check("one", PATIENCE))
        await until_in_loop(lambda: connections(log) == 1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if "Watch._check" in str(task.get_coro())]

    watch, _, changes = played(tmp_path, "pong-timeout", play)

    assert changes == []
    assert watch.agents["one"].outcome is None


def test_who_has_too_little_time_changes_nothing(tmp_path: Path) -> None:
    """A check that ends before it has a result says nothing about an agent that is known."""

    async def play(watch: Watch, log: list[str]) -> None:
        await watch.check("one", PATIENCE)
        before = watch.agents["one"].outcome
        await watch.check("one", 0.0)
        assert watch.agents["one"].outcome is before

    watch, _, changes = played(tmp_path, "auth-secret-rejected", play)

    assert watch.agents["one"].checks["problem"] == 1
    assert len(changes) == 1
