"""One checkup of many, and a whole fleet on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from edgecheck.fleet.check import Checked, check
from edgecheck.fleet.demo import Demo, demo, drawable
from edgecheck.fleet.outcome import Outcome, from_plain, to_plain
from edgecheck.fleet.target import Loader, Target
from edgecheck.settings.choices import Until
from edgecheck.settings.sources import Options
from edgecheck.terms import Severity
from tests.timing import PATIENCE, STAGE_LIMIT

WHOLE = Loader(Options(timeout=STAGE_LIMIT), environ={}, until=Until.SESSION)

_T = TypeVar("_T")


def run(work: Awaitable[_T]) -> _T:
    async def limited() -> _T:
        return await asyncio.wait_for(work, PATIENCE)

    return asyncio.run(limited())


async def all_checked(fleet: Demo, loader: Loader = WHOLE) -> dict[str, Checked]:
    return {target.name: await check(target, loader) for target in fleet.targets()}


def test_each_agent_of_a_demo_has_the_fault_that_was_drawn() -> None:
    """Half of the healthy ones connect over TLS, and all have ids of their own."""

    async def play() -> tuple[dict[str, str], dict[str, Checked]]:
        async with demo(24, faults=8, seed=7) as fleet:
            return fleet.drawn, await all_checked(fleet)

    drawn, checked = run(play())
    found = {name: one.outcome.code for name, one in checked.items() if not one.outcome.ok}

    assert len(drawn) == 8
    assert found == drawn
    healthy = [one.outcome for one in checked.values() if one.outcome.ok]
    assert len({one.agent_id for one in healthy}) == len(healthy) == 16
    assert {bool(one.certificate_end) for one in healthy} == {True, False}
    assert all(one.ping_ms is not None for one in healthy)


def test_the_same_seed_draws_the_same_fleet() -> None:
    """Another one draws another."""

    async def draw(seed: int) -> dict[str, str]:
        async with demo(12, faults=4, seed=seed, pool=("pong-timeout", "url-missing")) as fleet:
            return fleet.drawn

    first, again, other = run(draw(1)), run(draw(1)), run(draw(2))

    assert first == again != other


def test_every_stage_has_faults_that_can_be_drawn() -> None:
    """A demo that shows only one kind of fault would show little."""
    kinds = {code.split("-", maxsplit=1)[0] for code in drawable()}

    assert {"url", "secret", "tcp", "proxy", "tls", "upgrade", "auth", "session"} <= kinds


def test_without_a_word_no_request_reaches_the_backend() -> None:
    """The checkup stops after TLS, so that a running agent with the same id stays connected."""

    async def play() -> dict[str, Checked]:
        async with demo(2, faults=0) as fleet:
            return await all_checked(fleet, Loader(Options(), environ={}))

    outcomes = [one.outcome for one in run(play()).values()]

    assert [one.ok for one in outcomes] == [True, True]
    assert {one.until for one in outcomes} == {"tls"}
    assert {"tls", "tcp"} <= {name for one in outcomes for name, _ in one.stages}
    assert all("upgrade" not in dict(one.stages) for one in outcomes)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (Target("a", "x:1", "/", error="not JSON"), "not JSON"),
        (Target("a", "x:1", "/", url="ws://127.0.0.1:9", profile="none"), "--profile"),
        (Target("a", "x:1", "/", url="wss://127.0.0.1:9", ca_file="missing.pem"), "missing.pem"),
    ],
)
def test_what_cannot_be_checked_is_an_outcome(target: Target, reason: str) -> None:
    """It says why; it never raises."""
    outcome, report = run(check(target, Loader(Options(), environ={})))

    assert report is None
    assert not outcome.ok
    assert reason in outcome.error
    assert outcome.target == "a"


def test_our_own_fault_is_one_agents_problem_and_tells_nothing() -> None:
    """The text of an exception may hold the secret."""

    class Failing(Loader):
        def settings(self, target: Target) -> object:  # type: ignore[override]
            raise KeyError("the-secret")

    loader = Failing(Options(), environ={})
    outcome = run(check(Target("a", "a", "/"), loader)).outcome

    assert "KeyError" in outcome.error
    assert "the-secret" not in outcome.error


def test_a_check_that_is_cancelled_keeps_what_is_known() -> None:
    """Ctrl-C comes while a backend keeps silent."""

    async def play() -> Checked:
        asked, over = asyncio.Event(), asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            await over.wait()
            writer.close()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            target = Target("a", "x:1", "/", url=f"ws://127.0.0.1:{port}", secret_env="S")
            loader = Loader(Options(timeout=PATIENCE), environ={"S": "s" * 32}, until=Until.SESSION)
            task = asyncio.create_task(check(replace(target, agent_id="edge_1"), loader))
            await asked.wait()
            task.cancel()
            checked = await task
            over.set()
            return checked

    outcome, report = run(play())

    assert outcome.interrupted
    assert not outcome.ok
    assert report is not None
    assert {"dns", "tcp"} <= set(dict(outcome.stages))


@pytest.mark.parametrize("shared", [False, True])
def test_checks_with_the_id_for_looking_come_one_after_the_other(
    tmp_path: Path, shared: bool
) -> None:
    """A backend that keeps one connection an id would close the one of another check."""
    (tmp_path / "edgecheck.toml").write_text(
        f'[agent_id]\nprobe_id = "edge_0"\nshared = {str(shared).lower()}\n'
    )

    async def play() -> int:
        open_now, most = 0, 0
        two = asyncio.Event()

        async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal open_now, most
            await reader.readuntil(b"\r\n\r\n")
            open_now += 1
            most = max(most, open_now)
            if most == 2:
                two.set()
            if shared:
                await two.wait()
            writer.write(b"HTTP/1.1 451 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await reader.read()
            open_now -= 1
            writer.close()

        async with await asyncio.start_server(count, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            loader = Loader(
                Options(timeout=STAGE_LIMIT, experiments=False), environ={"S": "s" * 32}
            )
            targets = [
                Target(
                    f"{number}",
                    f"x:{number}",
                    str(tmp_path),
                    url=f"ws://127.0.0.1:{port}",
                    agent_id=f"edge_{number}",
                    secret_env="S",
                )
                for number in range(1, 5)
            ]
            await asyncio.gather(*(check(target, loader) for target in targets))
        return most

    assert (run(play()) == 1) is not shared


def test_an_outcome_survives_json() -> None:
    """The temporary file and the baseline hold it as JSON."""
    outcome = Outcome(
        target="a",
        source="a.env",
        at="2026-01-05T09:12:44.120Z",
        ok=False,
        code="tcp-refused",
        stages=(("dns", 1.5), ("tcp", 2.0)),
        ping_ms=0.0,
        findings=(("warning", 2),),
    )

    assert from_plain(json.loads(json.dumps(to_plain(outcome)))) == outcome
    assert outcome.found(Severity.WARNING) == 2
    assert outcome.found(Severity.ERROR) == 0
