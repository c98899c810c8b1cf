"""What wakes `doctor --watch`: the state of files, whatever becomes of their folders."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path

import pytest

from edgecheck.cli import lookout
from edgecheck.cli.lookout import Files
from edgecheck.settings.sources import Options
from tests.timing import PATIENCE, until_in_loop

# What each open file of this process is, for Linux (proc(5)).
OPEN_FILES = Path("/proc/self/fdinfo")
CAN_TELL = OPEN_FILES.is_dir()


def happening(folder: Path, act: Callable[[], object], **options: Path) -> str:
    """Wait for a change, act once the folders are watched, and return what was said of it."""

    async def wait() -> str:
        files = Files.of(Options(**options), folder, {})
        waiting = asyncio.create_task(files.changed())
        if CAN_TELL:
            await until_in_loop(lambda: all(map(is_watched, files._folders())))
        act()
        async with asyncio.timeout(PATIENCE):
            return await waiting

    return asyncio.run(wait())


def is_watched(folder: Path) -> bool:
    """Tell whether this process has a watch on a folder (inotify(7))."""
    watch = f" ino:{folder.stat().st_ino:x} "
    for file in OPEN_FILES.iterdir():
        with suppress(FileNotFoundError):
            if any(watch in line for line in file.read_text().splitlines() if "inotify" in line):
                return True
    return False


def test_a_folder_that_is_replaced(tmp_path: Path) -> None:
    """As by a checkout: the folder that was watched is gone; the file in the new one is seen."""
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / ".env").write_text("A=1\n")

    def replace() -> None:
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / ".env").write_text("A=12\n")

    assert happening(folder, replace, env_file=folder / ".env") == ".env changed"


def test_what_comes_back_as_it_was_is_no_change(tmp_path: Path) -> None:
    """Moved away and back within a moment; the change after that counts."""
    file, away = tmp_path / ".env", tmp_path / "away"
    file.write_text("A=1\n")

    def act() -> None:
        file.rename(away)
        away.rename(file)
        (tmp_path / "other").write_text("is not watched")
        (tmp_path / ".gitignore").write_text(".env\n")

    assert happening(tmp_path, act) == ".gitignore appeared"


def test_a_directory_of_that_name_is_no_file(tmp_path: Path) -> None:
    """A virtual environment called .env: what is installed there says nothing of the settings."""
    folder = tmp_path / "agent"
    (folder / ".env").mkdir(parents=True)
    (tmp_path / ".env").write_text("A=1\n")

    def act() -> None:
        (folder / ".env" / "pyvenv.cfg").write_text("")
        (tmp_path / ".env").write_text("A=12\n")

    assert happening(folder, act) == "../.env changed"


@pytest.mark.skipif(not CAN_TELL, reason="nothing says when a folder is watched")
def test_an_event_wakes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before the next look."""
    monkeypatch.setattr(lookout, "LOOK_SECONDS", 2 * PATIENCE)

    assert happening(tmp_path, lambda: (tmp_path / ".env").write_text("A=1\n")) == ".env appeared"


def test_without_events_a_look_a_second_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system has no watches left to give, or a folder is not there any more."""

    async def first(number: int) -> int:
        async with aclosing(lookout._stirrings({tmp_path / "is not there"})) as stirrings:
            count = 0
            async for _ in stirrings:
                count += 1
                if count == number:
                    break
        return count

    monkeypatch.setattr(lookout, "LOOK_SECONDS", 0.01)

    assert asyncio.run(first(5)) == 5


@pytest.mark.parametrize("name", [".env", "edgecheck.toml"])
def test_a_link_that_leads_nowhere_that_can_be_looked_at(tmp_path: Path, name: str) -> None:
    """As into a folder that may not be entered; here its target is too long for a name."""
    link = tmp_path / name
    link.symlink_to("e" * 300)

    def mend() -> None:
        link.unlink()
        link.write_text("")

    assert happening(tmp_path, mend) == f"{name} appeared"
