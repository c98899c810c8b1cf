"""What is cut out of the texts of the lint."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgecheck.lint.masking import secrets_in
from tests.catalogue.settings_files import read
from tests.timing import PATIENCE

# Too short to be looked for by itself.
PASSWORD = "pw123"
RANDOM = "$GBokKwzVFvJrLoh0LFTspyjF"


def test_the_longest_is_cut_out_first(tmp_path: Path) -> None:
    """A shorter one that is a part of it would leave the rest to be seen."""
    env = f"EDGE_SECRET={RANDOM} BACKEND-URL=wss://me:{PASSWORD}@backend.example\n"
    found = [each.reveal() for each in secrets_in(read(tmp_path, env))]

    assert found == sorted(found, key=len, reverse=True)
    assert PASSWORD in found[0]


@pytest.mark.parametrize("seed", ["1", "3", "4"])
def test_a_difference_shows_no_more_in_another_process(tmp_path: Path, seed: str) -> None:
    """The order of a set is another one in each."""
    env = f"EDGE_AGENT_ID=k-1 EDGE_SECRET={RANDOM} BACKEND-URL=wss://me:{PASSWORD}@backend.example"
    (tmp_path / ".env").write_text(env)
    shown = subprocess.run(
        [sys.executable, "-m", "edgecheck", "doctor", "--fix", "--offline"],
        cwd=tmp_path,
        env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert "+++ .env" in shown.stdout
    assert PASSWORD not in shown.stdout + shown.stderr
