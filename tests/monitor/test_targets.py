"""The agents that are watched, while their files change."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edgecheck.monitor import targets
from edgecheck.monitor.targets import Targets
from tests.timing import PATIENCE


def test_who_follows_the_changes_can_be_stopped_at_any_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also between two of them, while the files are read: that is the end, and no error."""
    monkeypatch.setattr(targets, "LOOK_SECONDS", 0.01)

    async def play() -> None:
        reading = asyncio.Event()

        async def follow() -> None:
            async with Targets([str(tmp_path)], tmp_path).stirrings() as stirred:
                await stirred()
                reading.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(follow())
        await reading.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(play(), PATIENCE))


def test_a_path_that_cannot_be_looked_at_is_watched_in_its_folder(tmp_path: Path) -> None:
    """As one in a folder that may not be entered; here it leads to a name that is too long."""
    (tmp_path / "a.env").symlink_to("e" * 300)
    (tmp_path / "b.env").symlink_to("b.env")

    assert Targets(["a.env", "b.env"], tmp_path)._places() == (set(), {tmp_path})
