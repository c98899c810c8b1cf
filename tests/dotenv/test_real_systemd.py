"""`EnvironmentFile=` as a real systemd reads it.

It is a manager of units in new namespaces of mounts and processes, so that this machine's own is
not touched, and none need run here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgecheck.dotenv.readers.reading import Reader
from edgecheck.dotenv.readers.table import read
from tests.conftest import lacking, require_program
from tests.doctor import bare_environ
from tests.dotenv.test_readers import FILES as OTHER_FILES
from tests.dotenv.test_readers import MEASURED, SHELL_FILES
from tests.dotenv.test_real_readers import FILES, LINES
from tests.timing import PATIENCE

SYSTEMD = Path("/lib/systemd/systemd")
NOT_STARTED = 77
UNIT = """\
[Service]
Type=oneshot
EnvironmentFile={file}
ExecStart=/usr/bin/env -0
StandardOutput=truncate:{output}
"""
# All units are started at once, and systemctl waits for them. One whose file is refused fails.
SCRIPT = f"""
mount -t tmpfs tmpfs /run || exit {NOT_STARTED}
# Without the first one it takes the machine for one that another program has booted.
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
{SYSTEMD} --user --unit=basic.target >manager.log 2>&1 &
manager=$!
until systemctl --user is-system-running >/dev/null 2>&1; do
  kill -0 $manager 2>/dev/null || exit {NOT_STARTED}
  sleep 0.1
done
systemctl --user start 'r*.service' --all "$@" 2>/dev/null
exit 0
"""


def systemd_reads(texts: list[str], folder: Path) -> list[dict[str, str] | None]:
    """Return the variables that a unit gets from each file; None if it is refused."""
    if os.geteuid() != 0 or not SYSTEMD.exists():
        lacking("only root starts a systemd in namespaces of its own")
    unshare, _ = require_program("unshare"), require_program("systemctl")
    units = folder / ".config" / "systemd" / "user"
    units.mkdir(parents=True, exist_ok=True)
    names = [f"r{index}.service" for index in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        file, output = folder / f"{name}.env", folder / f"{name}.out"
        file.write_bytes(text.encode())
        output.unlink(missing_ok=True)
        (units / name).write_text(UNIT.format(file=file, output=output))
    done = subprocess.run(
        [
            *(unshare, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
            *("sh", "-c", SCRIPT, "sh", *names),
        ],
        cwd=folder,
        env={**bare_environ(folder), "XDG_RUNTIME_DIR": "/run/user/0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=4 * PATIENCE,
        check=False,
    )
    if done.returncode == NOT_STARTED:
        lacking("systemd does not start in namespaces here")
    assert done.returncode == 0, done.stderr
    return [variables(folder / f"{name}.out") for name in names]


def variables(output: Path) -> dict[str, str] | None:
    printed = output.read_bytes().decode() if output.exists() else ""
    return dict(one.split("=", 1) for one in printed.split("\0") if one) or None


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
@settings(max_examples=1, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines=st.lists(LINES, min_size=100, max_size=100))
def test_systemd_reads_any_file_as_the_real_one_does(lines: list[str], tmp_path: Path) -> None:
    """The files of the other tests, those that were measured, and random ones."""
    measured = [one["file"] for one in MEASURED["lines"].values()]
    files = [*FILES, *OTHER_FILES, *SHELL_FILES, "A=1\nK=a\0b\n", *measured, *lines]
    # Before 254, a comment that ends with a backslash goes on in the next line.
    files = [text for text in files if "\\\n" not in text or "#" not in text]
    environ = bare_environ(tmp_path)
    for text, theirs in zip(files, systemd_reads(files, tmp_path), strict=True):
        ours = read(Reader.SYSTEMD, text, environ)
        for name in ("A", "K", "Z", "A_FIRST", "EDGE_SECRET", "Z_LAST"):
            assert ours.value(name) == (theirs or {}).get(name), (name, text)
