"""The simulator, in a process of its own, and the settings that lead to it."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from edgecheck.settings.model import Settings
from edgecheck.settings.sources import Options, load


@dataclass(frozen=True)
class Backend:
    """A simulator that runs.

    Args:
        folder: holds its ``.env`` file.
        process: its number.
    """

    folder: Path
    process: int

    @property
    def settings(self) -> Settings:
        """What its ``.env`` file says."""
        return settings_in(self.folder)


def settings_in(folder: Path) -> Settings:
    """Read the ``.env`` file of a folder."""
    return load(Options(), environ={}, cwd=folder, stdin=io.BytesIO())


@contextmanager
def simulator() -> Iterator[Backend]:
    """Run a healthy one until the context is left."""
    command = [sys.executable, "-m", "edgecheck", "simulate", "--port", "0"]
    with (
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as server,
        TemporaryDirectory() as name,
    ):
        try:
            assert server.stdout is not None
            path = Path(name) / ".env"
            path.touch(0o600)
            path.write_text("".join(server.stdout.readline() for _ in range(3)))
            yield Backend(path.parent, server.pid)
        finally:
            server.terminate()
