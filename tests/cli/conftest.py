"""Run the command line as a person or a script does.

It is a process of its own, in an empty folder, with an empty environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.measured import measured
from tests.timing import PATIENCE

COMMAND = (sys.executable, "-W", "error", "-m", "edgecheck")


class Run(Protocol):
    """One run to its end."""

    def __call__(
        self, *arguments: str, stdin: str = "", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run with these arguments, this standard input and these variables."""


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    """The variables that a process needs, and none that is a setting."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        **measured(),
    }


def execute(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], **streams: Any
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end. Standard output and error are caught unless they are given."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(
        command,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env=dict(environ),
        timeout=PATIENCE,
        check=False,
        **streams,
    )


@pytest.fixture
def run(tmp_path: Path, environ: Mapping[str, str]) -> Run:
    """Run edgecheck to its end."""

    def run(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return execute([*COMMAND, *arguments], tmp_path, {**environ, **more}, input=stdin)

    return run
