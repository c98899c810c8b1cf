"""Run Python in a process of its own that can open no more files from some moment on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.timing import PATIENCE

# `short()` is a context in which no file can be opened, or only one at a time: those that are open
# stay so.
_BEGINNING = """
import asyncio, contextlib, io, os, resource, socket, sys
from pathlib import Path

@contextlib.contextmanager
def short(spare=0):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    os.close(lowest := os.open(os.devnull, os.O_RDONLY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + spare, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

"""


def printed(script: str, *arguments: str) -> str:
    """Run a script with `short`, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", _BEGINNING + script, *arguments],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
