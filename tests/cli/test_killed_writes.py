"""Kills of whatever writes a secret, in a work tree of git: nobody commits one by mistake."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.killed import NEW, WRITERS, Tree, environ_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")

# `make soak` kills at every step.
KILLS = 3
SEED = 20261128


@pytest.mark.parametrize("name", WRITERS)
def test_git_never_shows_a_file_with_a_secret(tmp_path: Path, name: str) -> None:
    """SIGKILL before some steps of a run, which makes files that everybody may read by default."""
    tree, writer = Tree(tmp_path, environ_of(tmp_path)), WRITERS[name]
    steps = range(1, tree.steps(writer) + 1)
    wrong = tree.wrong(writer, killed=False)
    for step in random.Random(f"{SEED} {name}").sample(steps, min(KILLS, len(steps))):
        wrong += [f"before step {step}: {one}" for one in tree.kill(writer, step)]

    assert len(steps) > 1
    assert wrong == []


@pytest.mark.parametrize("name", ["init", "fix"])
def test_the_next_run_takes_away_what_a_killed_one_left(tmp_path: Path, name: str) -> None:
    """The file that has no name of its own yet."""
    tree, writer = Tree(tmp_path, environ_of(tmp_path)), WRITERS[name]
    tree.prepare(writer)
    for left in ("a", "b"):
        (tree.path / f".env.bak.{left * 8}.tmp").write_text(NEW)
    tree.run(writer)

    assert tree.left() == []
    assert (tree.path / ".env").read_text() != tree.settings(quoted=writer.quoted)
