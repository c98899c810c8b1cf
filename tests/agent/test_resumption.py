"""How the programs of an earlier start are found again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgecheck.agent.handler import TOKEN
from edgecheck.agent.journal import Begun
from edgecheck.agent.resumption import running
from tests.processes import started
from tests.timing import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it takes Linux's /proc")


@pytest.mark.parametrize("noted", [True, False], ids=["its number is known", "it is searched for"])
def test_a_program_is_found_whatever_its_name(tmp_path: Path, *, noted: bool) -> None:
    """Linux cuts the name at 15 bytes, here in the middle of a character."""
    script = tmp_path / ("ü" * 8)
    script.write_text("#!/bin/sh\nread line\n")
    script.chmod(0o700)
    with started(
        [script],
        stdin=subprocess.PIPE,
        env={**os.environ, TOKEN: "token"},
        start_new_session=True,
    ) as program:
        begun = Begun("c", "{}", "token", program.pid if noted else None, stopped=False)
        assert running(begun) == program.pid
        program.communicate(timeout=PATIENCE)
        assert running(begun) is None
