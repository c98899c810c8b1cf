"""The README, read as a person does who pastes: its screen is today's, and its commands work."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgecheck.simulator import Backend
from tests import processes
from tests.cli.conftest import PATIENCE
from tests.conftest import require_program
from tests.doctor import SECRET, set_up, simulated
from tests.project.documents import ROOT, lines_of_sh, own_words
from tests.project.readme_screen import README, example, screen, steady

PAGES = (README, ROOT / "docs" / "commands.md", ROOT / "docs" / "how-to.md")
# Each once, whatever the comment beside it says.
LINES = sorted({line.partition(" #")[0].rstrip() for page in PAGES for line in lines_of_sh(page)})
COMMANDS = [line for line in LINES if line.startswith("edgecheck ")]
# Each of these stays until it is told to stop; a line of output says that it works.
STAY = ("edgecheck simulate", "edgecheck listen", "edgecheck monitor")
# What is not run here, by its beginning, and why. `test_documents.py` parses every one.
LEFT = {
    "edgecheck --install-completion": "it writes into the shell's own files",
    "edgecheck doctor --env-file /srv/": "that file is another machine's",
    "edgecheck doctor --proxy": "there is no such proxy",
    "edgecheck explain --log /var/": "that log is another machine's",
    "edgecheck init ": "without --no-input it asks",
    "edgecheck monitor /srv/": "those files are another machine's",
}
# What prints the log of the person's own agent.
READ_LOG = "| edgecheck explain -"
# Where the exit code is not 0: what the line is an example of.
CODES = {"edgecheck secret compare": 1, "edgecheck doctor --demo --fault": 1}


def is_left(line: str) -> bool:
    """Tell whether a line is not run here."""
    unasked = "--no-input" in line
    return any(line.startswith(beginning) and not unasked for beginning in LEFT)


RUN = [line for line in COMMANDS if not is_left(line)]


def test_the_screen_is_what_doctor_shows_today() -> None:
    """But for times, and for the bars that are drawn of them; `make docs` writes it anew."""
    assert steady(example(README.read_text(encoding="utf-8"))) == steady(screen())


def test_the_first_screen_names_the_protocol_and_where_profiles_are_told() -> None:
    """A person whose backend is another one learns it before anything else."""
    first = README.read_text(encoding="utf-8").partition("```console")[0]

    assert "`/edge/ws`" in first
    assert "(docs/profiles.md)" in first


def test_the_readme_stays_short() -> None:
    """What is longer has a page of its own in docs/."""
    assert len(README.read_text(encoding="utf-8").splitlines()) < 250


def test_every_line_is_a_kind_that_these_tests_know() -> None:
    """A line that nothing looks at may be wrong for ever."""
    others = {
        line.split()[0] for line in LINES if line not in COMMANDS and not line.endswith(READ_LOG)
    }

    assert others == {"make", "pipx", "python3", "uv"}
    assert all(any(line.startswith(beginning) for line in COMMANDS) for beginning in LEFT)
    assert all(any(line.startswith(beginning) for line in RUN) for beginning in (*CODES, *STAY))


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("make ")])
def test_every_target_of_make_exists(line: str) -> None:
    """As it is written, with its variables."""
    words = shlex.split(line, comments=True)
    done = subprocess.run(
        [require_program(words[0]), "--dry-run", *words[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    """One healthy backend for all lines."""
    with simulated(command_every=0.5) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, backend: Backend) -> Path:
    """The folder of somebody whose agent works, with the files that the lines name."""
    set_up(tmp_path, backend)
    (tmp_path / "secret.txt").write_text(SECRET)
    schedule = tmp_path / "schedule.py"
    schedule.write_text("#!/bin/sh\ncat >/dev/null\n")
    schedule.chmod(0o755)
    return tmp_path


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return variables with which a shell finds the edgecheck of these tests."""
    here = Path(sys.executable).parent
    assert (here / "edgecheck").exists(), "run the tests with the Python of a virtual environment"
    return {**environ, "PATH": f"{here}{os.pathsep}{environ['PATH']}"}


def sh(line: str, folder: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a line as it is written."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        env=variables(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def started(line: str, folder: Path, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a line that stays, in place of its shell."""
    with processes.started(
        ["bash", "-c", f"exec {line}"],
        cwd=folder,
        env=variables(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process


@pytest.mark.parametrize("line", [line for line in RUN if not line.startswith(STAY)])
def test_every_line_does_what_it_says(line: str, folder: Path, environ: Mapping[str, str]) -> None:
    """It ends with the code that belongs to it, and shows no failure of edgecheck's own."""
    if "| jq" in line:
        require_program("jq")
    if "--replay" in line:  # the person has a report already
        assert sh("edgecheck doctor --report report.json", folder, environ).returncode == 0
    expected = next((code for words, code in CODES.items() if line.startswith(words)), 0)
    done = sh(line, folder, environ)

    assert done.returncode == expected, done.stdout + done.stderr
    assert "edgecheck itself failed" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    for name in re.findall(r"--(?:report|output) (\S+)", line):
        assert (folder / name).stat().st_size > 0
    if "--json" in own_words(line) and "|" not in line:
        assert json.loads(done.stdout)


@pytest.mark.parametrize("line", [line for line in RUN if line.startswith(STAY)])
def test_every_line_that_stays_says_so_and_ends_when_told(
    line: str, folder: Path, environ: Mapping[str, str]
) -> None:
    """Its first line is there before it is stopped, and its end is a good one."""
    # Other tests may have the port that a person has free.
    line = re.sub(r"--port \d+", "--port 0", line)
    if line.startswith("edgecheck simulate") and "--port" not in line:
        line = line.replace("edgecheck simulate", "edgecheck simulate --port 0", 1)
    # It says on standard error that it serves, and nothing on standard output.
    line = line.replace("edgecheck monitor", "edgecheck 2>&1 monitor --listen 127.0.0.1:0", 1)
    with started(line, folder, environ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)

    assert first.startswith(("BACKEND_URL=", "LISTEN ", "Serving at ")), first
    assert process.returncode == 0
