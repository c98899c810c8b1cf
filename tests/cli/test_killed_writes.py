"""Kills of whatever writes a secret, in a work tree of git: nobody commits one by mistake."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, execute
from tests.conftest import require_program
from tests.timing import PATIENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")

OLD, NEW = "0d9c8b7a6f5e4d3c2b1a09f8e7d6c5b4", "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"
URL = "wss://backend.example.com"
KILLS = 20
SEED = 20261128
# Each writes NEW over a file with OLD, or a file with OLD in quotes anew.
WRITERS = {
    "init": ("init", "--url", URL, "--agent-id", "edge_1", "--secret-file", "../new"),
    "fix": ("doctor", "--fix", "--yes", "--offline"),
}


def shown_by_git(tree: Path, environ: Mapping[str, str]) -> list[Path]:
    """Return the files that git would add."""
    words = [require_program("git"), "status", "--porcelain", "--untracked-files=all", "-z"]
    printed = execute(words, tree, environ).stdout
    return [tree / entry[3:] for entry in printed.split("\0") if entry]


@pytest.mark.parametrize("writer", WRITERS)
def test_git_never_shows_a_file_with_a_secret(
    tmp_path: Path, environ: Mapping[str, str], writer: str
) -> None:
    """SIGKILL at random moments of a run; the next run takes away what was left."""
    tree, draw = tmp_path / "tree", random.Random(f"{SEED} {writer}")
    tree.mkdir()
    execute([require_program("git"), "init", "--quiet"], tree, environ)
    (tmp_path / "new").write_text(NEW)
    words = [*COMMAND, *WRITERS[writer]]
    # With quotes inside, which `--fix` takes away.
    quoted = f"BACKEND_URL={URL}\nEDGE_SECRET=\"'{OLD}'\"\nEDGE_AGENT_ID=edge_1\n"

    def prepare() -> None:
        for path in tree.iterdir():
            if path.name != ".git":
                path.unlink()
        (tree / ".env").touch(0o600)
        (tree / ".env").write_text(quoted)
        # Before anything is written, git shows it: it is the person's own.
        (tree / ".gitignore").write_text(".env\n")

    prepare()
    began = time.monotonic()
    done = execute(words, tree, environ)
    usual = time.monotonic() - began
    assert (tree / ".env").read_text() != quoted, done.stdout + done.stderr
    found = []
    for _ in range(KILLS):
        prepare()
        process = subprocess.Popen(
            words, cwd=tree, env=dict(environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(usual * draw.uniform(0.5, 1.0))  # the moment itself
        process.kill()
        process.wait(PATIENCE)
        found += [
            path.name
            for path in shown_by_git(tree, environ)
            if any(secret in path.read_text() for secret in (OLD, NEW))
        ]
        for path in tree.glob(".env.bak"):
            assert path.read_text() == quoted
    for left in ("a", "b"):
        (tree / f".env.bak.{left * 8}.tmp").write_text(NEW)
    (tree / ".env").write_text(quoted)
    execute(words, tree, environ)

    assert found == []
    assert not list(tree.glob("*.tmp"))
