"""`listen` and its programs as a unit of a real systemd, which is stopped again and again.

    python benchmarks/under_systemd.py [--stops N] [--seed N] [--print]

systemd runs as process 1 of namespaces of its own, with nothing but this unit. By default
(`KillMode=control-group`), a stop sends SIGTERM to `listen` and to its program at the same time.
Counted is what `benchmarks/kills.py` counts. Needs root, Linux with cgroup2, systemd and
unshare(1). ``--print`` leaves RESULTS.md as it is.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kills import LIMIT_SECONDS, ROOT, WORDS, Agent, measure
from results import record, show

STOPS = 25
SYSTEMD = Path("/lib/systemd/systemd")
_BOOT = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
if [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
  umount -R /sys/fs/cgroup || true
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
mount -t proc proc /proc
exec env -i container=unshare PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH="$1" \
  "$2" --system --unit=top.target --log-target=null
"""
_TARGET = """[Unit]
DefaultDependencies=no
AllowIsolate=yes
"""
_UNIT = """[Unit]
DefaultDependencies=no
StartLimitIntervalSec=0
[Service]
Type=exec
WorkingDirectory={folder}
Environment=PYTHONPATH={root}
ExecStart={python} -m edgecheck {words}
StandardOutput=truncate:{folder}/out
"""


class Machine:
    """A systemd of its own, with one unit.

    Args:
        folder: where the unit runs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        units = folder / "units"
        units.mkdir()
        (units / "top.target").write_text(_TARGET)
        (units / "agent.service").write_text(
            _UNIT.format(folder=folder, root=ROOT, python=sys.executable, words=" ".join(WORDS))
        )
        namespaces = ("--pid", "--mount", "--fork", "--cgroup", "--ipc", "--uts", "--kill-child")
        self._outer = subprocess.Popen(
            ["unshare", *namespaces, "bash", "-c", _BOOT, "bash", str(units), str(SYSTEMD)]
        )
        self._first = ""
        end = time.monotonic() + LIMIT_SECONDS
        while not self._is_up():
            if self._outer.poll() is not None or time.monotonic() > end:
                raise SystemExit("systemd does not run in namespaces here")
            time.sleep(0.05)

    def _is_up(self) -> bool:
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        self._first = children.read_text().strip()
        return bool(self._first) and self.control("is-active", "top.target") == 0

    def control(self, *words: str) -> int:
        """Run systemctl inside, and return its exit code."""
        inside = ("nsenter", "--target", self._first, "--mount", "--pid", "systemctl")
        return subprocess.run(
            [*inside, *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_SECONDS,
            check=False,
        ).returncode

    def close(self) -> None:
        """End systemd and all that it started."""
        self._outer.kill()
        self._outer.wait(LIMIT_SECONDS)


class Unit(Agent):
    """One start of `listen` by systemd."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._folder, self._out = machine.folder, machine.folder / "out"
        if machine.control("start", "agent.service"):
            raise SystemExit("the unit was not started")

    def end(self, *, together: bool) -> None:
        """Stop it: systemd signals every process of the unit, whichever end was asked for."""
        del together
        if self._machine.control("stop", "agent.service"):
            raise SystemExit("the unit was not stopped")


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Run a systemd of its own for a while."""
    found = Machine(folder)
    try:
        yield found
    finally:
        found.close()


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line says, and return the exit code."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise SystemExit("only root can start a systemd of its own, on Linux")
    if not SYSTEMD.exists() or shutil.which("unshare") is None:
        raise SystemExit("systemd or unshare is not installed")
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    with TemporaryDirectory(prefix="edgecheck-systemd-") as name, machine(Path(name)) as started:
        rows = measure(arguments.stops, seed, Path(name), start=lambda _: Unit(started))
    if arguments.print:
        print(show(rows))
        return int(any(row.met is False for row in rows))
    version = subprocess.run([SYSTEMD, "--version"], capture_output=True, text=True, check=True)
    words = f"{' '.join(version.stdout.split()[:2])}, seed {seed}, {arguments.stops} stops."
    return record("make soak (a unit of systemd)", rows, words)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="listen as a unit of a real systemd.")
    parser.add_argument("--stops", type=int, default=STOPS)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--print", action="store_true", help="leave RESULTS.md as it is")
    sys.exit(run(parser.parse_args()))
