"""`simulate`: prints the settings to use, serves them, ends when told."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, PATIENCE, Run
from tests.processes import started

SECRET = "3f8a1c5e7b9d2046f1e3d5c7b9a80246"


@contextmanager
def simulated(
    folder: Path, environ: Mapping[str, str], *arguments: str, settings: int = 3
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run the simulator until the block is left; give the process and the lines of its settings."""
    command = [*COMMAND, "simulate", "--port", "0", *arguments]
    with started(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=dict(environ),
    ) as process:
        assert process.stdout is not None
        yield process, [process.stdout.readline().rstrip("\n") for _ in range(settings)]


def end(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """Send a signal; return exit code and standard error."""
    process.send_signal(number)
    _, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, errors


def test_its_settings_work(run: Run, tmp_path: Path, environ: Mapping[str, str]) -> None:
    """The lines on standard output are a .env; the log is on standard error, without the secret."""
    with simulated(tmp_path, environ) as (process, lines):
        assert [line.partition("=")[0] for line in lines] == [
            "BACKEND_URL",
            "EDGE_SECRET",
            "EDGE_AGENT_ID",
        ]
        settings = tmp_path / ".env"
        settings.write_text("\n".join(lines) + "\n")
        settings.chmod(0o600)
        done = run("doctor")
        code, log = end(process, signal.SIGINT)

    assert done.returncode == 0, done.stdout
    assert code == 0
    assert lines[1].partition("=")[2].strip("'") not in log
    assert "edgecheck doctor" in log


def test_a_secret_of_the_persons_own_is_not_printed(
    run: Run, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """The line points to where it stands instead."""
    (tmp_path / "secret").write_text(SECRET + "\n")
    with simulated(tmp_path, environ, "--secret-file", "secret", "--agent-id", "edge_7") as (
        process,
        lines,
    ):
        url = lines[0].partition("=")[2]
        done = run("doctor", "--url", url, "--agent-id", "edge_7", "--secret-file", "secret")
        code, log = end(process, signal.SIGTERM)

    assert lines[1:] == ["# EDGE_SECRET is the one in secret", "EDGE_AGENT_ID=edge_7"]
    assert done.returncode == 0, done.stdout
    assert code == 0
    assert SECRET not in log


def test_an_env_file_gives_secret_and_agent_id(
    run: Run, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """The person's own settings work against it once the address is replaced."""
    settings = tmp_path / "agent.env"
    settings.write_text(
        f"BACKEND_URL=wss://backend.example\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_9\n"
    )
    settings.chmod(0o600)
    with simulated(tmp_path, environ, "-e", "agent.env") as (process, lines):
        done = run("doctor", "-e", "agent.env", "--url", lines[0].partition("=")[2])
        end(process, signal.SIGINT)

    assert lines[2] == "EDGE_AGENT_ID=edge_9"
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("in_file", [True, False])
def test_an_id_that_is_a_secret_is_not_printed(
    tmp_path: Path, environ: Mapping[str, str], in_file: bool
) -> None:
    """It was put into the wrong setting, or given to the wrong option."""
    settings = tmp_path / ".env"
    settings.write_text(f"EDGE_SECRET=edge_1\nEDGE_AGENT_ID={SECRET}\n")
    given = ("--env-file", ".env") if in_file else ("--agent-id", SECRET)
    with simulated(tmp_path, environ, *given) as (process, lines):
        code, log = end(process, signal.SIGINT)

    assert code == 0
    assert "# EDGE_AGENT_ID is the one that was given, which looks like a secret" in lines
    assert SECRET not in "".join((*lines, log))


def test_an_id_that_is_a_uuid_is_printed(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Many agents have one."""
    agent_id = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
    with simulated(tmp_path, environ, f"--agent-id={agent_id}") as (process, lines):
        end(process, signal.SIGINT)

    assert lines[2] == f"EDGE_AGENT_ID={agent_id}"


def test_a_backend_without_secret_and_acks_needs_neither(
    run: Run, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Its commands are texts, nobody pings, and `listen` reports no ack that it did not send."""
    (tmp_path / "edgecheck.toml").write_text(
        "[request]\npath = '/scopes/{agent_id}'\nquery = {}\nheaders = {}\n"
        "authorization = 'none'\n[session]\nping = ''\n[commands]\n"
        "match = { regex = '^CMD:(?P<uid>[0-9a-f]+):(?P<verb>[a-z]+)$' }\n"
        "id = 'uid'\nkind = 'verb'\nack = ''\n"
    )
    settings = tmp_path / "agent.env"
    settings.write_text("EDGE_AGENT_ID=edge_9\n")
    settings.chmod(0o600)
    options = ("-e", "agent.env", "--command-every", "0.1")
    with simulated(tmp_path, environ, *options, settings=2) as (process, lines):
        url = lines[0].partition("=")[2]
        heard = run("repl", "-e", "agent.env", "--url", url, "-x", "wait command 60")
        events: list[str] = []
        with started(
            [*COMMAND, "listen", "-e", "agent.env", "--url", url, "--json"],
            cwd=tmp_path,
            env=dict(environ),
            stdout=subprocess.PIPE,
            text=True,
        ) as listening:
            assert listening.stdout is not None
            while events.count("handled") < 3:
                events.append(json.loads(listening.stdout.readline())["event"])
            end(listening, signal.SIGINT)
        end(process, signal.SIGINT)

    assert "CMD:" in heard.stdout
    assert heard.returncode == 0, heard.stdout
    assert "ack" not in events


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("tcp-refusd", "tcp-refused"),
        ("secret-missing", "doctor --demo --fault secret-missing"),
        ("dns-not-found", "cannot be caused"),
        ("zzzz", "edgecheck explain"),
    ],
)
def test_what_no_server_can_cause_is_said(run: Run, code: str, expected: str) -> None:
    """With the nearest name, or the command that shows it."""
    done = run("simulate", "--port", "0", "--fault", code)

    assert done.returncode == 2
    assert expected in done.stderr


def test_a_port_in_use_is_said(run: Run, tmp_path: Path, environ: Mapping[str, str]) -> None:
    """A sentence, not a traceback."""
    with simulated(tmp_path, environ) as (process, lines):
        port = lines[0].rpartition(":")[2]
        done = run("simulate", "--port", port)
        end(process, signal.SIGINT)

    assert done.returncode == 2
    assert "Cannot listen" in done.stderr
