"""A tree of its own for each release that a test makes."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

from tests.conftest import require_program
from tests.project.documents import ROOT
from tests.timing import PATIENCE

_MADE = shutil.ignore_patterns(".git", ".venv", "dist", "__pycache__", ".*_cache", ".hypothesis")
IDENTITY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")


def loaded(name: str) -> ModuleType:
    """Import one of the scripts, which are no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "release" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copied(folder: Path) -> Path:
    """Copy this tree, without what was made in it."""
    return Path(shutil.copytree(ROOT, folder / "edgecheck", ignore=_MADE, symlinks=True))


def git(tree: Path, *arguments: str) -> str:
    """Run git in a tree as somebody, without the person's own settings."""
    done = subprocess.run(
        [require_program("git"), *IDENTITY, *arguments],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
