"""The soak run, shortened: everything that can happen to a live connection, in 15 seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.timing import seconds

ROOT = Path(__file__).parents[2]
# Several times the usual duration: owed acks at the end wait for the next attempt to connect.
LIMIT_SECONDS = seconds(900)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_nothing_is_lost_handled_twice_or_leaked() -> None:
    """Each line of its table meets its target."""
    command = [
        sys.executable,
        "-W",
        "error",
        str(ROOT / "benchmarks" / "soak.py"),
        "--minutes",
        "0.25",
        "--seed",
        "1",
        "--print",
    ]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=LIMIT_SECONDS
    )

    assert done.returncode == 0, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert done.stdout.count("| yes |") == 12
