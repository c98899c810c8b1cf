"""The units of deploy/systemd, run by a systemd of their own.

It is a manager of user units in new namespaces of mounts and processes, so that this machine's own
is not touched, and none need run here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import lacking, require_program
from tests.deploy.test_files import INSTALLED, SYSTEMD
from tests.deploy.test_prometheus import EDGECHECK
from tests.doctor import SECRET, bare_environ, in_thread
from tests.raw_server import saying, serving
from tests.timing import PATIENCE

SYSTEMD_ITSELF = Path("/lib/systemd/systemd")
# A user's manager has no other users, and makes no namespaces of mounts here.
LEFT_OUT = ("User=", "StateDirectory=", "Private", "Protect")
NOT_STARTED = 77
SCRIPT = f"""
mount -t tmpfs tmpfs /run || exit {NOT_STARTED}
# Without the first one it takes the machine for one that another program has booted.
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
{SYSTEMD_ITSELF} --user --unit=basic.target >manager.log 2>&1 &
manager=$!
until systemctl --user is-system-running >/dev/null 2>&1; do
  kill -0 $manager 2>/dev/null || exit {NOT_STARTED}
  sleep 0.1
done
set -e
systemctl --user start edgecheck-monitor.service
systemctl --user reload edgecheck-monitor.service
systemctl --user start edgecheck-fleet.service 2>/dev/null || true
systemctl --user show edgecheck-monitor.service --property=ActiveState,StatusText
systemctl --user show edgecheck-fleet.service --property=Result,ExecMainStatus
"""


def units(folder: Path, agents: Path, report: Path) -> None:
    """Write the units for a user's manager."""
    folder.mkdir(parents=True)
    changes = {
        f"{INSTALLED} monitor": f"{EDGECHECK} monitor --listen 127.0.0.1:0",
        INSTALLED: EDGECHECK,
        "/etc/edgecheck/agents": str(agents),
        "/var/lib/edgecheck/fleet.html": str(report),
    }
    for unit in SYSTEMD.glob("*.service"):
        lines = unit.read_text().splitlines()
        text = "\n".join(line for line in lines if not line.startswith(LEFT_OUT))
        for old, new in changes.items():
            text = text.replace(old, new)
        (folder / unit.name).write_text(f"{text}\n")


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_systemd_runs_the_units(tmp_path: Path) -> None:
    """The monitor is ready and reloads; fleet fails for the agent's problem, and for nothing else.

    With the system calls, capabilities and kinds of addresses that the units leave to them.
    """
    unshare, _ = require_program("unshare"), require_program("systemctl")
    if os.geteuid() != 0 or not SYSTEMD_ITSELF.exists():
        lacking("only root starts a systemd in namespaces of its own")
    agents, report = tmp_path / "agents", tmp_path / "fleet.html"
    agents.mkdir()
    report.touch(0o600)  # yesterday's
    units(tmp_path / ".config" / "systemd" / "user", agents, report)
    # It ends every connection at once, and speaks no TLS.
    with in_thread(lambda: serving(saying())) as backend:
        env_file = agents / "berlin-1.env"
        env_file.touch(0o600)
        env_file.write_text(
            f"BACKEND_URL=wss://127.0.0.1:{backend.port}\nEDGE_SECRET={SECRET}\n"
            "EDGE_AGENT_ID=edge_1\n"
        )
        done = subprocess.run(
            [
                *(unshare, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
                *("sh", "-c", SCRIPT),
            ],
            cwd=tmp_path,
            env={**bare_environ(tmp_path), "XDG_RUNTIME_DIR": "/run/user/0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            check=False,
        )
    if done.returncode == NOT_STARTED:
        lacking("systemd does not start in namespaces here")

    assert done.returncode == 0, done.stdout + done.stderr
    assert dict(line.split("=", 1) for line in done.stdout.splitlines()) == {
        "ActiveState": "active",
        "StatusText": "watching 1 agent",
        "Result": "exit-code",
        "ExecMainStatus": "1",
    }
    assert "berlin-1" in report.read_text()
