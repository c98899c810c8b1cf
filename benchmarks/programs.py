"""The programs that are compared, where `make bench` installs them.

Those of others may be missing, or stand in the person's PATH.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

HERE = Path(__file__).parent
# An environment as a person has it, without what tests and checks need, and others for what is
# compared with it.
INSTALLED = HERE.parent / ".venv" / "bench"
EDGECHECK = INSTALLED / "edgecheck" / "bin" / "edgecheck"
# Its Python: what runs under it is started as quickly as edgecheck is.
PYTHON = EDGECHECK.with_name("python")
# What a developer sets for Python, such as PYTHONDONTWRITEBYTECODE, would make it start otherwise
# than a person's.
ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
_OTHERS = (INSTALLED / "httpie" / "bin", INSTALLED / "node" / "node_modules" / ".bin")


def other(name: str) -> str | None:
    """Return the path of a program that edgecheck is compared with; None without it."""
    return shutil.which(
        name, path=os.pathsep.join([*map(str, _OTHERS), os.environ.get("PATH", os.defpath)])
    )
