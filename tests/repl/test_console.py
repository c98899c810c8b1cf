"""The history of the prompt."""

from __future__ import annotations

import shutil
from pathlib import Path

from edgecheck.repl.console import history_at


def test_a_history_that_cannot_be_written_any_more_ends_nothing(tmp_path: Path) -> None:
    """The lines can still be recalled until the program ends."""
    history = history_at(tmp_path / "state" / "history", lambda text: False)
    history.append_string("ping")
    shutil.rmtree(tmp_path / "state")
    history.append_string("pong")

    assert list(history.get_strings()) == ["ping", "pong"]


def test_where_there_can_be_no_file_there_is_a_history_all_the_same(tmp_path: Path) -> None:
    """The path is a folder, a loop of links, or below a file."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    for name in ("folder", "loop", "file/history"):
        history = history_at(tmp_path / name, lambda text: False)
        history.append_string("ping")

        assert list(history.get_strings()) == ["ping"]
