"""What scripts rely on: exit codes, the two streams, one JSON document whatever goes wrong."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.catalogue.problem import Example
from edgecheck.facts import Stage
from tests.cli.conftest import COMMAND, Run, execute

KEYS = {
    "schema",
    "version",
    "started_at",
    "target",
    "ok",
    "verdict",
    "findings",
    "stages",
    "experiments",
    "total_ms",
}

WRONG_USAGE = [
    ("doctor", "--no-such-option"),
    ("doctor", "extra"),
    ("doctor", "--timeout", "soon"),
    ("doctor", "--timeout", "0"),
    ("doctor", "--timeout", "301"),
    ("doctor", "--timeout", "nan"),
    ("doctor", "-4", "-6"),
    ("doctor", "--quiet", "--verbose"),
    ("doctor", "--proxy", "http://p:1", "--no-proxy"),
    ("doctor", "--offline", "--demo"),
    ("doctor", "--demo", "--url", "ws://127.0.0.1:1"),
    ("doctor", "--fault", "tcp-refused"),
    ("doctor", "--demo", "--fault", "tcp-refusd"),
    ("doctor", "--demo", "--fault", "dns-not-found"),
    ("doctor", "--replay", "no-such-file"),
    ("doctor", "--replay", "-"),
    ("doctor", "--demo", "--ca-file", "no-such-file"),
    ("doctor", "--url", "wss://127.0.0.1:1", "--agent-id", "edge_1", "--ca-file", "no-such-file"),
]


def document(text: str) -> dict[str, Any]:
    """Return the one JSON object that a text is."""
    value = json.loads(text)
    assert isinstance(value, dict)
    return value


def test_a_healthy_backend_exits_zero_and_says_so_on_standard_output(run: Run) -> None:
    """The demo is the default: everything on standard output, nothing on standard error."""
    done = run("doctor", "--demo")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Healthy: " in done.stdout
    assert done.stderr == ""


def test_a_problem_exits_one_and_names_itself(run: Run) -> None:
    """The verdict stands on standard output with its code."""
    done = run("doctor", "--demo", "--fault", "auth-secret-rejected")

    assert done.returncode == 1
    assert "edgecheck explain auth-secret-rejected" in done.stdout
    assert done.stderr == ""


def test_the_json_document_has_the_contracts_keys(run: Run) -> None:
    """Healthy: ok, no verdict, all stages in order."""
    done = run("doctor", "--demo", "--json")
    report = document(done.stdout)

    assert done.returncode == 0
    assert set(report) >= KEYS
    assert report["ok"] is True
    assert report["verdict"] is None
    assert [stage["stage"] for stage in report["stages"]] == [stage.value for stage in Stage]
    assert done.stdout.isascii()
    assert done.stderr == ""


@pytest.mark.parametrize(
    "fault",
    [
        code
        for code, problem in PROBLEMS.items()
        if isinstance(problem.reproduction, Example) and problem.reproduction.arguments
    ],
)
def test_a_demo_whose_settings_need_options_shows_its_problem(run: Run, fault: str) -> None:
    """The verdict or a finding, and not a failure of edgecheck itself."""
    done = run("doctor", "--demo", "--fault", fault, "--json", "--no-path")
    report = document(done.stdout)
    found = [report["verdict"], *report["findings"]]

    assert fault in [one["code"] for one in found if one]


def test_a_directory_is_not_to_be_made_unreadable(run: Run) -> None:
    """Its permissions are not those of a file; the first step names the file in it."""
    done = run("doctor", "--demo", "--fault", "env-file-unreadable", "--json")
    first, *_ = document(done.stdout)["verdict"]["remedies"]

    assert first.endswith("/.env")
    assert "chmod" not in first


def test_the_json_document_of_a_failure_has_its_verdict(run: Run) -> None:
    """Not ok, and every key of the verdict."""
    done = run("doctor", "--demo", "--fault", "tcp-refused", "--json")
    report = document(done.stdout)

    assert done.returncode == 1
    assert report["ok"] is False
    assert report["verdict"]["code"] == "tcp-refused"
    assert set(report["verdict"]) == {
        "code",
        "stage",
        "title",
        "side",
        "cause",
        "remedies",
        "confidence",
        "alternatives",
        "evidence",
    }


@pytest.mark.parametrize("arguments", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_exits_two_with_a_sentence_on_standard_error(
    run: Run, arguments: tuple[str, ...]
) -> None:
    """No traceback, nothing on standard output."""
    done = run(*arguments, stdin="{}")

    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_with_json_is_a_document_too(run: Run, arguments: tuple[str, ...]) -> None:
    """A script that reads standard output finds every key of a report, and what went wrong."""
    done = run(*arguments, "--json", stdin="{}")
    report = document(done.stdout)

    assert done.returncode == 2, done.stderr
    assert set(report) >= KEYS | {"error"}
    assert report["ok"] is False
    assert report["verdict"] is None
    assert report["error"]
    assert [stage["status"] for stage in report["stages"]] == ["skip"] * len(Stage)


@pytest.mark.parametrize(
    "words",
    ["nonsense", "explain --list x", "simulate --port 99999", "--nonsense", "--version nonsense"],
)
def test_every_command_answers_wrong_usage_alike(run: Run, words: str) -> None:
    """Exit code 2, standard error, no traceback."""
    done = run(*words.split())

    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_warnings_leave_ok_alone_and_count_with_strict(run: Run) -> None:
    """The document says the same with and without --strict; only the exit code differs."""
    plain = run("doctor", "--demo", "--fault", "env-file-exposed", "--json")
    strict = run("doctor", "--demo", "--fault", "env-file-exposed", "--json", "--strict")

    assert (plain.returncode, strict.returncode) == (0, 1)
    assert document(plain.stdout)["ok"] is document(strict.stdout)["ok"] is True
    assert "env-file-exposed" in [
        finding["code"] for finding in document(strict.stdout)["findings"]
    ]


def test_quiet_prints_nothing_when_all_is_well_and_the_verdict_when_not(run: Run) -> None:
    """For cron: silence is good news."""
    assert run("doctor", "--demo", "--quiet").stdout == ""
    failed = run("doctor", "--demo", "--fault", "tcp-refused", "--quiet")

    assert failed.returncode == 1
    assert "What is wrong" in failed.stdout
    assert "✓" not in failed.stdout


def test_offline_sends_nothing(run: Run, tmp_path: Path) -> None:
    """The settings alone are judged: the address leads nowhere, and nobody asks."""
    settings = tmp_path / ".env"
    settings.write_text(
        "BACKEND_URL=wss://backend.invalid\nEDGE_SECRET=0123456789abcdef0123456789ABCDEF\n"
        "EDGE_AGENT_ID=edge_1\n"
    )
    settings.chmod(0o600)
    done = run("doctor", "--offline", "--json")
    report = document(done.stdout)

    assert done.returncode == 0, report["verdict"]
    assert [stage["status"] for stage in report["stages"] if stage["stage"] != "config"] == [
        "skip"
    ] * (len(Stage) - 1)
    assert "Nothing was sent" in " ".join(run("doctor", "--offline").stdout.split())


def test_a_report_replayed_gives_the_same_verdict(run: Run) -> None:
    """From a file and from standard input, as text and as JSON."""
    first = run("doctor", "--demo", "--fault", "auth-secret-rejected", "--json")
    again = run("doctor", "--replay", "-", "--json", stdin=first.stdout)

    assert again.returncode == 1
    assert document(again.stdout) == document(first.stdout)
    assert (
        "edgecheck explain auth-secret-rejected"
        in run("doctor", "--replay", "-", stdin=first.stdout).stdout
    )


def test_a_file_too_large_for_a_report_is_not_read_whole(run: Run) -> None:
    """An endless file ends the run, not the memory."""
    done = run("doctor", "--replay", "/dev/zero")

    assert done.returncode == 2
    assert "2 MiB" in done.stderr


def test_hostile_text_in_a_replayed_report_stays_text(run: Run) -> None:
    """A forged report can neither move the cursor nor colour a line."""
    first = document(run("doctor", "--demo", "--fault", "auth-secret-rejected", "--json").stdout)
    for stage in first["stages"]:
        if stage["stage"] == "session":
            stage["facts"]["close_reason"] = (
                "\x1b[31mred\x1b[0m\x07\u202e[bold]not bold[/bold]\r\n✓ fake"
            )
    first["target"]["url"] = "wss://\x1b]0;title\x07/"
    for options in ((), ("--verbose",), ("--quiet",)):
        done = run("doctor", "--replay", "-", *options, stdin=json.dumps(first), FORCE_COLOR="")

        assert not any(character in done.stdout for character in "\x1b\x07\r\u202e")
        assert "[bold]not bold[/bold]" in done.stdout
        assert not any(line.startswith("✓ fake") for line in done.stdout.splitlines())


def test_a_pipe_gets_no_control_character(run: Run) -> None:
    """Plain text of eighty columns but for what must stay whole, with the symbols of UTF-8."""
    done = run("doctor", "--demo", "--fault", "tls-self-signed", "--verbose", COLUMNS="200")

    assert all(character.isprintable() or character == "\n" for character in done.stdout)


def test_colours_are_forced_and_forbidden(run: Run) -> None:
    """FORCE_COLOR colours a pipe, NO_COLOR and --no-color win over it; empty variables are none."""
    assert "\x1b[" in run("doctor", "--demo", FORCE_COLOR="1").stdout
    assert "\x1b[" not in run("doctor", "--demo", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[" not in run("doctor", "--demo", "--no-color", FORCE_COLOR="1").stdout
    assert "\x1b[" not in run("doctor", "--demo", FORCE_COLOR="").stdout
    assert "\x1b[" in run("explain", "tcp-refused", FORCE_COLOR="1", NO_COLOR="").stdout


def test_an_encoding_without_our_symbols_gets_others(run: Run) -> None:
    """ASCII alone shows every stage all the same."""
    done = run("doctor", "--demo", PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "\n+ config, dns" in done.stdout
    assert "\\u" not in done.stdout


@pytest.mark.parametrize(
    "words", ["explain", "explain --list --json", "doctor --demo", "--version"]
)
def test_a_reader_that_goes_away_ends_the_run_quietly(
    tmp_path: Path, environ: Mapping[str, str], words: str
) -> None:
    """As behind `| head`: no traceback, and what a shell reports for SIGPIPE."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer) as broken:
        done = execute([*COMMAND, *words.split()], tmp_path, environ, stdout=broken)

    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.parametrize(
    "words",
    ["doctor --offline", "doctor --offline --secret-file -", "ping -c 1", "secret fingerprint"],
)
def test_a_closed_standard_input_is_an_empty_one(
    tmp_path: Path, environ: Mapping[str, str], words: str
) -> None:
    """As a supervisor starts a program."""
    command = shlex.join([*COMMAND, *words.split()])
    done = execute(["sh", "-c", f"{command} <&-"], tmp_path, environ)

    assert done.returncode == 1
    assert "edgecheck itself failed" not in done.stderr


def test_a_full_disk_is_said(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """And not called a fault of edgecheck's."""
    with Path("/dev/full").open("wb") as full:
        done = execute([*COMMAND, "explain"], tmp_path, environ, stdout=full)

    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_fault_of_our_own_is_called_one_and_shows_no_text_of_it(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """The text of a foreign exception may hold the secret; the place is enough to mend it."""
    (tmp_path / "broken.py").write_text(
        "import edgecheck.cli.replay as replay\n"
        "def fail(process, name):\n    raise ValueError('the secret itself')\n"
        "replay.replayed = fail\n"
        "from edgecheck.cli import main\nmain()\n"
    )
    done = execute(
        [COMMAND[0], "broken.py", "doctor", "--replay", "x", "--json"], tmp_path, environ
    )
    report = document(done.stdout)

    assert done.returncode == 1
    assert "edgecheck itself failed (ValueError at broken.py:3)" in report["error"]
    assert "the secret itself" not in done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [("doctor",), ("doctor", "--json"), ("simulate",)])
def test_a_word_too_many_is_not_repeated(run: Run, arguments: tuple[str, ...]) -> None:
    """It may be the secret, given where no option takes it."""
    done = run(*arguments, "s3cr3t)0123456789abcdef")

    assert done.returncode == 2
    assert "unexpected extra argument" in done.stderr
    assert "0123456789" not in done.stdout + done.stderr


def test_insecure_is_loud(run: Run) -> None:
    """On standard error, whatever else is said, and also where nothing is."""
    for arguments in (
        ("doctor", "--offline"),
        ("doctor", "--offline", "--json"),
        ("doctor", "--offline", "--quiet"),
    ):
        assert "NOT checked" in run(*arguments, "--insecure").stderr
        assert "NOT checked" not in run(*arguments).stderr
