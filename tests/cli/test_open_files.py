"""Room for the files that many checks at once have open."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from edgecheck.cli.open_files import files_needed
from tests.cli.conftest import COMMAND
from tests.cli.test_monitor import monitoring
from tests.processes import started
from tests.timing import AMPLE_LIMIT, PATIENCE

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/limits").exists(), reason="/proc shows the limits"
)


def limit_of(process: int) -> int:
    """Return how many files a process may have open."""
    lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    return next(int(line.split()[3]) for line in lines if line.startswith("Max open files"))


def test_a_monitor_makes_room_for_its_checks(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """As many as are made at once, and no more than the system allows."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))

    with monitoring(tmp_path, environ, "--demo", "1", "--jobs", "30", preexec_fn=few) as monitor:
        limit = limit_of(monitor.process.pid)

    assert limit == min(files_needed(30), hard)


def test_a_fleet_makes_room_for_its_checks(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Before the first of them connects."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        (tmp_path / ".env").write_text(
            f"BACKEND_URL=wss://127.0.0.1:{silent.getsockname()[1]}\nEDGE_AGENT_ID=edge_1\n"
        )
        words = [*COMMAND, "fleet", "--jobs", "30", "--timeout", f"{AMPLE_LIMIT}", "."]
        script = ["sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh", *words]
        with started(script, cwd=tmp_path, env=dict(environ)) as process:
            caller, _ = silent.accept()
            limit = limit_of(process.pid)
            caller.close()

    assert limit == min(files_needed(30), hard)


def test_the_room_is_enough_for_silence_everywhere() -> None:
    """Eight sockets of each check, and forty-four of each look along the path."""
    assert files_needed(1) >= 8 + 44
    assert files_needed(1000) >= 1000 * 8 + 5 * 44
