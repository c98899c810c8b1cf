"""A look does no harm, or says which: a backend that keeps one connection an agent id."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_listen import lines, listening
from tests.ledger import ledger
from tests.timing import PATIENCE, until


def test_doctor_names_the_command_that_it_took(tmp_path: Path, run: Run) -> None:
    """On the screen and in the report; all is well otherwise, and nothing is acknowledged."""
    with ledger(["cmd_17"]) as book:
        book.env(tmp_path)
        screen = run("doctor", "--allow-plaintext")
        line = run("doctor", "--allow-plaintext", "--format", "line")
        report = json.loads(run("doctor", "--allow-plaintext", "--json").stdout)

    assert "cmd_17" in line.stderr
    assert len(line.stdout.splitlines()) == 1
    assert screen.returncode == 0
    assert "session-command-taken" in screen.stdout
    assert "1 command arrived during this check and got no acknowledgement: cmd_17" in " ".join(
        screen.stdout.split()
    )
    assert "this one ended that of edge_1" in " ".join(screen.stdout.split())
    (finding,) = (one for one in report["findings"] if one["code"] == "session-command-taken")
    assert finding["evidence"] == ["received, not acknowledged: cmd_17"]
    assert report["ok"]
    assert book.acks == []


def test_fleet_names_the_commands_that_it_took(tmp_path: Path, run: Run) -> None:
    """Beside the agent, although that is healthy."""
    with ledger(["cmd_17", "cmd_18"]) as book:
        book.env(tmp_path)
        screen = run("fleet", ".env", "--until", "session", "--allow-plaintext")

    assert screen.returncode == 0, screen.stdout
    assert "got no acknowledgement: cmd_17, cmd_18" in " ".join(screen.stdout.split())


@pytest.mark.parametrize("refused", [1, 2])
def test_a_command_that_an_experiment_took_is_named(tmp_path: Path, run: Run, refused: int) -> None:
    """Also if the first connection never came to a session, because HTTP refused it."""
    with ledger(["cmd_17"], refused=refused) as book:
        book.env(tmp_path)
        screen = run("doctor", "--allow-plaintext").stdout
        book.asked = 0
        report = json.loads(run("doctor", "--allow-plaintext", "--json").stdout)
        (tmp_path / "report.json").write_text(json.dumps(report))
        again = json.loads(run("doctor", "--replay", "report.json", "--json").stdout)

    assert "session-command-taken" in screen
    for each in (report, again):
        (finding,) = (one for one in each["findings"] if one["code"] == "session-command-taken")
        assert "received, not acknowledged: cmd_17" in finding["evidence"]
    assert book.acks == []


def test_ping_names_the_command_that_it_took(tmp_path: Path, run: Run) -> None:
    """In its lines, in its summary, and for scripts."""
    with ledger(["cmd_17"]) as book:
        book.env(tmp_path)
        shown = run("ping", "-c", "1", "--allow-plaintext").stdout
        events = lines(run("ping", "-c", "1", "--allow-plaintext", "--json").stdout)
        quiet = run("ping", "-c", "1", "--allow-plaintext", "--quiet").stdout

    assert "command cmd_17 came: not run, not acknowledged" in quiet
    assert "command cmd_17 came: not run, not acknowledged" in shown
    assert "1 command arrived meanwhile, not acknowledged" in shown
    assert [each["command_id"] for each in events if each["event"] == "command"] == ["cmd_17"]
    assert book.acks == []


def test_a_look_beside_listen_takes_nothing_unsaid(
    tmp_path: Path, environ: Mapping[str, str], run: Run
) -> None:
    """Every command is acked by `listen` in the end, and whatever a look took is named by it."""
    with ledger([]) as book:
        book.env(tmp_path)
        named: set[str] = set()
        with listening(tmp_path, environ, "--json", "--no-jitter") as (process, out, _):
            until(lambda: book.opened, process=process)
            for number in range(3):
                book.commands[f"c{number}"] = {}
                report = json.loads(run("doctor", "--allow-plaintext", "--json").stdout)
                session = report["stages"][-1]["facts"]
                named.update(session["commands"])
            until(lambda: not book.owed(), process=process, seen=out.read_text)
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)

    assert {name for name, _ in book.acks} == {"c0", "c1", "c2"}
    assert named  # the first look got what `listen` could not have got
