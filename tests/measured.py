"""What `make coverage` needs of tests that start a program with an environment of its own."""

from __future__ import annotations

import os

# coverage.py hands its settings on in it, and follows each Python that has it (its documentation,
# "Measuring subprocesses").
_NAME = "COVERAGE_PROCESS_CONFIG"


def measured() -> dict[str, str]:
    """Return the variables by which a program is measured; none outside `make coverage`."""
    return {_NAME: os.environ[_NAME]} if _NAME in os.environ else {}
