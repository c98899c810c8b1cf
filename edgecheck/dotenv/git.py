"""Ask git what it does with a file (I/O)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ..files import at_or_above
from .text import Tracking

# git answers within milliseconds. Its answer is only a hint: on a slow network drive nobody should
# have to wait longer for it.
_GIT_SECONDS = 2.0


def tracking(path: str | Path, environ: Mapping[str, str]) -> Tracking | None:
    """Ask what git does with a file; None if there is no git, no work tree or no answer in time."""
    if not any(map(os.path.exists, at_or_above(os.path.dirname(path), ".git"))):  # noqa: PTH120
        return None
    path = Path(path)
    if git("ls-files", "--error-unmatch", path=path, environ=environ) == 0:
        return Tracking.TRACKED
    match git("check-ignore", "--quiet", path=path, environ=environ):
        case 0:
            return Tracking.IGNORED
        case 1:
            return Tracking.NOT_IGNORED
    return None


def git(*command: str, path: Path, environ: Mapping[str, str]) -> int | None:
    """Run git on a file, in the file's folder, and return its exit code.

    Returns:
        None if there is no git, or no answer in time.
    """
    # In a git hook, GIT_DIR names another repository. fsmonitor is a program that the repository
    # chooses, and a checkup must not start it.
    clean = {name: value for name, value in environ.items() if not name.startswith("GIT_")}
    import subprocess  # slow, and without a work tree nobody asks

    try:
        # The program is the git on the person's PATH; the words are fixed, and `--` ends options.
        ours = ["git", "-c", "core.fsmonitor=false", "-C", str(path.parent)]
        return subprocess.run(  # noqa: S603
            [*ours, *command, "--", path.name],
            env=clean,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_GIT_SECONDS,
            check=False,
        ).returncode
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
