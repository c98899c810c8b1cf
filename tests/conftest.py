"""What all tests share."""

from __future__ import annotations

import os
import shutil
import signal
from typing import NoReturn

import hypothesis
import pytest

# An example may take as long as it takes: how long says something about the machine.
hypothesis.settings.register_profile("edgecheck", deadline=None)
hypothesis.settings.load_profile("edgecheck")

# A shell without job control starts what runs in the background with these ignored, and so would be
# every program that a test starts and interrupts.
_names = ("SIGINT", "SIGQUIT", "SIGHUP")  # nohup ignores the last one
for _number in (getattr(signal, name) for name in _names if hasattr(signal, name)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(
            _number, signal.default_int_handler if _number is signal.SIGINT else signal.SIG_DFL
        )

# git sets them for its hooks: in a test they would lead to the repository of whoever commits.
for _name in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[_name]

# Where Debian keeps servers, which an ordinary person's PATH leaves out.
_SYSTEM = (os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin")


def lacking(reason: str) -> NoReturn:
    """Skip the test, which this machine cannot run; in CI, which must be able to, fail it."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI must have it", pytrace=False)
    pytest.skip(reason)


def require_program(name: str) -> str:
    """Return the path of a program that a test compares with.

    Without it the test is skipped; in CI, which must have it, it fails.
    """
    path = shutil.which(name, path=os.pathsep.join(_SYSTEM))
    return path if path is not None else lacking(f"{name} is not installed")
