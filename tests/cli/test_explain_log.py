"""`explain -` and `explain --log FILE`: what a whole log says."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
from pathlib import Path

import pexpect
import pytest

from tests.cli.conftest import COMMAND, Run
from tests.timing import PATIENCE, until

SECRET = "sk-0123456789abcdefghijkl"


def idle_log(rounds: int, age: float = 60.0) -> str:
    """Return a log of connections that each live for the same time."""
    lines = []
    for number in range(rounds):
        start = number * (age + 5)
        for seconds, words in (
            (start, "INFO connection open"),
            (start + age, "ERROR ConnectionClosedError: no close frame received or sent"),
        ):
            minute, second = divmod(seconds, 60)
            lines.append(f"2026-11-28T09:{minute:02.0f}:{second:06.3f}Z {words}")
    return "\n".join(lines) + "\n"


def test_a_log_on_standard_input_is_explained(run: Run) -> None:
    """The problems with their counts, and the one to solve first in full."""
    log = "INFO starting\n" + "2026-11-28 09:00:01 ERROR Unexpected server response: 401\n" * 3
    done = run("explain", "-", stdin=log)

    assert done.returncode == 0
    assert "4 lines: 1 problem" in done.stdout
    assert "auth-unauthorized  3 lines, 2026-11-28 09:00:01" in done.stdout
    assert "line 2: 2026-11-28 09:00:01 ERROR Unexpected server response: 401" in done.stdout
    assert "Solve this first" in done.stdout
    assert "  1. " in done.stdout


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_explained(run: Run, tmp_path: Path, *, packed: bool) -> None:
    """A packed one as well, whatever its name is, and although its end is missing."""
    content = b"2026-11-28 09:00:01 connect ECONNREFUSED 10.0.0.1:443\n" * 5
    name = "agent.log.1"
    (tmp_path / name).write_bytes(gzip.compress(content)[:-8] if packed else content)
    document = json.loads(run("explain", "--log", name, "--json").stdout)

    assert document["lines"] == 5
    assert [row["code"] for row in document["problems"]] == ["tcp-refused"]
    assert document["problems"][0]["count"] == 5
    assert document["problems"][0]["first"] == "2026-11-28 09:00:01"
    assert document["verdict"]["code"] == "tcp-refused"


def test_connections_that_live_equally_long_show_an_idle_limit(run: Run) -> None:
    """The time is named, and the verdict is the limit."""
    document = json.loads(run("explain", "-", "--json", stdin=idle_log(6)).stdout)

    assert document["verdict"]["code"] == "session-idle-closed"
    assert "after 60 s without traffic" in document["verdict"]["title"]
    assert document["problems"][0]["age_s"] == 60.0
    assert "60.0 s" in document["patterns"][0]


def test_the_verdict_explains_the_rest(run: Run) -> None:
    """What happened once, or says little, comes after what happens all the time."""
    log = (
        "09:00:00 getaddrinfo EAI_AGAIN edge.example.com\n"
        + "09:00:05 websocket: bad handshake\n09:00:05 Unexpected server response: 403\n" * 100
    )
    document = json.loads(run("explain", "-", "--json", stdin=log).stdout)

    assert [row["code"] for row in document["problems"]] == [
        "auth-forbidden",
        "dns-failure",
        "upgrade-unexpected-status",
    ]


def test_json_lines_are_read(run: Run) -> None:
    """Their message counts, and their level."""
    rows = [
        {"level": "error", "ts": 1764321164.5, "msg": 'dial: "Unexpected server response: 502"'},
        {"level": "info", "ts": 1764321165.5, "msg": "status code: 404"},
    ]
    log = "\n".join(json.dumps(row) for row in rows)
    document = json.loads(run("explain", "-", "--json", stdin=log).stdout)

    assert [row["code"] for row in document["problems"]] == ["upgrade-bad-gateway"]
    assert document["problems"][0]["first"] == "2025-11-28 09:12:44"


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_credentials_in_a_log_are_masked_and_counted(run: Run, arguments: tuple[str, ...]) -> None:
    """Whatever is shown of a log has none."""
    log = f"ERROR Unexpected server response: 401 Authorization: Bearer {SECRET}\n"
    done = run("explain", "-", *arguments, stdin=log)

    assert SECRET not in done.stdout + done.stderr
    assert "<secret>" in done.stdout
    assert ("1 credential" in done.stdout) or ('"masked": 1' in done.stdout)


def test_the_close_codes_of_a_log_are_those_of_the_profile(run: Run) -> None:
    """Each profile has its own meaning for the codes that are left to applications."""
    log = "2026-11-28 09:00:01 ERROR connection closed: code=4001\n"

    def codes(*arguments: str) -> list[str]:
        document = json.loads(run("explain", "-", "--json", *arguments, stdin=log).stdout)
        return [row["code"] for row in document["problems"]]

    assert codes() != codes("--profile", "websocket")


def test_a_log_without_a_problem_says_so(run: Run) -> None:
    """It is no error of the command."""
    done = run("explain", "-", stdin="INFO connection open\nINFO all is well\n")

    assert done.returncode == 0
    assert "no problem found" in done.stdout
    assert "edgecheck doctor" in done.stdout


def test_hostile_lines_are_shown_escaped(run: Run) -> None:
    """Control characters, bytes that are no text, and a line without an end."""
    done = run("explain", "-", stdin="\x1b[2J\x00\ufffd Unexpected server response: 401 \x07")

    assert "auth-unauthorized" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_a_log_that_cannot_be_read_is_wrong_usage(run: Run) -> None:
    """With what is wrong with it."""
    done = run("explain", "--log", "nowhere.log")

    assert done.returncode == 2
    assert "--log nowhere.log: No such file" in done.stderr
    assert run("explain", "--log", "x.log", "word").returncode == 2


def test_a_log_that_cannot_be_read_is_not_taken_for_an_output(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    """Both fail with the same error of the system, before the first byte too."""
    with (tmp_path / "written.log").open("wb") as stdin:
        done = subprocess.run(
            [*COMMAND, "explain", "-"],
            stdin=stdin,
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    assert done.returncode == 1
    assert "the log cannot be read: Bad file descriptor" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_ends_it_shows_what_is_known(
    tmp_path: Path, environ: dict[str, str], number: signal.Signals, code: int
) -> None:
    """A log that never ends is ended by hand; nothing is lost, and progress is shown meanwhile."""
    fifo = tmp_path / "live.log"
    fifo.write_bytes(b"")
    terminal = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "explain", "-"],
        cwd=str(tmp_path),
        env=dict(environ) | {"TERM": "xterm"},
        encoding="utf-8",
        timeout=PATIENCE,
    )
    terminal.sendline("Unexpected server response: 401")
    terminal.expect("Unexpected server response: 401")
    terminal.expect("reading the log")
    if number == signal.SIGINT:
        terminal.sendintr()
    else:
        terminal.kill(number)
    terminal.expect("Solve this first")
    terminal.expect(pexpect.EOF)
    until(lambda: not terminal.isalive())

    assert terminal.exitstatus == code
