"""What must be quick imports nothing slow, and helps whoever knows nothing yet."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from edgecheck.cli.profile_in_force import USUAL
from edgecheck.cli.table import COMMANDS
from tests.cli.conftest import Run, execute
from tests.doctor import SECRET, simulated

SLOW = {
    "asyncio",
    "cryptography",
    "jinja2",
    "prompt_toolkit",
    "python_socks",
    "rich",
    "ssl",
    "truststore",
    "websockets",
}
QUICK = (
    "--version",
    "--help",
    "",
    "doctor --help",
    "explain --help",
    "simulate --help",
    "init --help",
    "secret --help",
    "snippet --help",
    "snippet",
    "snippet python",
    "explain",
    "explain 4001",
    "explain --list --json",
    "doctor --offline",
)
# What a help shows stands in the commands' signatures: of what they work with, it needs nothing.
NO_HELP = {
    "dotenv",
    "edgecheck.catalogue",
    "edgecheck.settings.sources",
    "edgecheck.simulator",
    "rich",
}
# What a command line without options does without.
PARSERS = {"pydantic", "typer"}
# Typer itself imports these as soon as it parses an option. Without that they would be imported for
# nothing.
NO_LIST = NO_HELP | {"pydantic", "random", "tempfile"}
HELPS = ("--help", *(f"{command} --help" for command in COMMANDS))


def settings(folder: Path, url: str) -> None:
    """Write good ones."""
    env_file = folder / ".env"
    env_file.touch(0o600)
    env_file.write_text(f"BACKEND_URL={url}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n")


def imported(folder: Path, environ: Mapping[str, str], words: str) -> set[str]:
    """Run a command that must succeed and say something; return the modules that it imported."""
    program = (
        "import sys, json, atexit\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from edgecheck.cli import main\n"
        "main()\n"
    )
    done = execute([sys.executable, "-c", program, *words.split()], folder, environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", QUICK, ids=lambda words: words or "alone")
def test_nothing_slow_is_imported(tmp_path: Path, environ: Mapping[str, str], words: str) -> None:
    """Neither the network nor a live screen, for what needs neither."""
    settings(tmp_path, "wss://backend.example.com")

    assert not SLOW & imported(tmp_path, environ, words)


@pytest.mark.parametrize("words", ["profile", "snippet python"])
def test_a_profile_of_the_usual_problems_needs_no_catalogue(
    tmp_path: Path, environ: Mapping[str, str], words: str
) -> None:
    """It would only look up their codes."""
    closes = [f"[[close]]\ncode = {4400 + at}\nproblem = '{code}'" for at, code in enumerate(USUAL)]
    (tmp_path / "edgecheck.toml").write_text("\n".join(closes))

    assert "edgecheck.catalogue" not in imported(tmp_path, environ, words)


@pytest.mark.parametrize("words", ["explain 4001", "explain --list --json", "doctor --offline"])
def test_no_rule_is_imported_before_it_is_asked(
    tmp_path: Path, environ: Mapping[str, str], words: str
) -> None:
    """The tables name the rules; a checkup of good settings alone needs no table of the network."""
    settings(tmp_path, "wss://backend.example.com")
    found = imported(tmp_path, environ, words)

    assert not [name for name in found if name.startswith("edgecheck.catalogue.rules.")]
    assert ("edgecheck.catalogue.tables" in found) is words.startswith("explain")


def test_what_makes_many_checkups_has_imported_what_a_failure_needs(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Other connections may have taken the last file descriptor by then."""
    program = (
        "import sys\nfrom edgecheck.checkup import import_all\nimport_all()\n"
        "from edgecheck.diagnose import diagnose\nfrom tests.sights import answered, closed\n"
        "before = set(sys.modules)\n"
        "print(diagnose(answered(502)).verdict.code, diagnose(closed(1011)).verdict.code)\n"
        "print(*(name for name in set(sys.modules) - before if name.startswith('edgecheck.')))\n"
    )
    root = str(Path(__file__).parents[2])
    done = execute([sys.executable, "-c", program], tmp_path, {**environ, "PYTHONPATH": root})

    assert done.stdout.splitlines()[0].split()[0] == "upgrade-bad-gateway", done.stderr
    assert done.stdout.splitlines()[1].split() == []


@pytest.mark.parametrize("words", HELPS)
def test_a_help_imports_the_signatures_alone(
    tmp_path: Path, environ: Mapping[str, str], words: str
) -> None:
    """Whatever a command works with is imported when it works."""
    assert not (NO_LIST if words == "--help" else NO_HELP) & imported(tmp_path, environ, words)


MODULES = {f"edgecheck.cli.{command.module}" for command in COMMANDS.values()}


@pytest.mark.parametrize(
    ("words", "called"),
    [("", set()), ("--help", set()), *((f"{name} --help", {name}) for name in COMMANDS)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_command_that_is_not_called_is_not_imported(
    tmp_path: Path, environ: Mapping[str, str], words: str, called: set[str]
) -> None:
    """The table says what a list of the commands needs; `init` ends with a checkup, on demand."""
    also = {"edgecheck.cli.doctor", "edgecheck.cli.secret"} if "init" in called else set()

    wanted = {f"edgecheck.cli.{COMMANDS[name].module}" for name in called}
    assert MODULES & imported(tmp_path, environ, words) == wanted | also


@pytest.mark.parametrize("typed", ["", "e"])
def test_a_command_is_completed_without_any_being_imported(
    tmp_path: Path, environ: Mapping[str, str], typed: str
) -> None:
    """By the table alone."""
    line = {
        "_EDGECHECK_COMPLETE": "complete_bash",
        "COMP_WORDS": f"edgecheck {typed}",
        "COMP_CWORD": "1",
    }

    assert not MODULES & imported(tmp_path, {**environ, **line}, "")


def test_a_checkup_without_options_does_without_what_parses_them(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """It is the same checkup all the same: only its times and the run's id differ."""
    with simulated() as backend:
        settings(tmp_path, backend.url)
        found = imported(tmp_path, environ, "doctor")
        # Slow, and needed only after a failure, or never.
        unused = {"importlib.metadata", "edgecheck.probe.closer", "difflib", "html"}
        rules = {f"edgecheck.catalogue.rules.{name}" for name in ("path", "witness", "upgrade")}
        assert not (PARSERS | unused | rules) & found
        alone, parsed = (
            execute([sys.executable, "-m", "edgecheck", *words], tmp_path, environ)
            for words in (["doctor"], ["doctor", "--no-color"])
        )

    assert (alone.returncode, alone.stderr) == (parsed.returncode, parsed.stderr) == (0, "")
    of_a_run = re.compile(r"[\d.]+\s+ms|\brun [a-z2-7]{12}\b|[█\s]")
    assert of_a_run.sub("", alone.stdout) == of_a_run.sub("", parsed.stdout)


@pytest.mark.parametrize(
    "words",
    [
        *("explain", "explain 4001", "explain no such thing"),
        *("explain Missing Authorization header", "snippet", "snippet go", "snippet gopher"),
    ],
)
def test_a_question_without_options_does_without_what_parses_them(
    run: Run, tmp_path: Path, environ: Mapping[str, str], words: str
) -> None:
    """The answer is the same."""
    program = (
        "import sys\nfrom edgecheck.cli import run\nrun(sys.argv[1:])\n"
        f"print(not {PARSERS} & sys.modules.keys())\n"
    )
    alone, parsed = run(*words.split()), run(*words.split(), "--no-color")

    assert (alone.returncode, alone.stdout, alone.stderr) == (
        parsed.returncode,
        parsed.stdout,
        parsed.stderr,
    )
    assert (
        execute(
            [sys.executable, "-c", program, *words.split()], tmp_path, environ
        ).stdout.splitlines()[-1]
        == "True"
    )


@pytest.mark.parametrize(
    "words", ["doctor --offline", "doctor -q --offline --json", "doctor --offline -v"]
)
def test_flags_of_a_checkup_are_read_without_what_parses_options(
    tmp_path: Path, environ: Mapping[str, str], words: str
) -> None:
    """They have no value; the result is the same."""
    settings(tmp_path, "ws://127.0.0.1:1")
    assert not PARSERS & imported(tmp_path, environ, words)
    alone, parsed = (
        execute([sys.executable, "-m", "edgecheck", *each.split()], tmp_path, environ)
        for each in (words, f"{words} --no-color")
    )

    assert (alone.returncode, alone.stderr) == (parsed.returncode, parsed.stderr)
    of_a_run = re.compile(
        r"[\d-]+T[\d:.]+Z|[\d.]+\s*ms|_ms\": [\d.]+|\b[a-z2-7]{12}\b|[█\s]|\d+\.\d+"
    )
    assert of_a_run.sub("", alone.stdout) == of_a_run.sub("", parsed.stdout)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "do",
        "xyz",
        "explain ",
        "explain tls-",
        "doctor --demo --fault pong-",
        "doctor --fault ",
        "simulate --tls --fault pong-",
        "snippet py",
        "doctor --fa",
    ],
)
def test_bash_is_answered_as_typer_answers(
    tmp_path: Path, environ: Mapping[str, str], line: str
) -> None:
    """What is completed most is completed without Typer."""
    asked = {
        **environ,
        "_EDGECHECK_COMPLETE": "complete_bash",
        "COMP_WORDS": f"edgecheck {line}",
        "COMP_CWORD": str(len(f"edgecheck {line}|".split()) - 1),
    }
    ours, typers = (
        execute([sys.executable, *words], tmp_path, asked)
        for words in (
            ["-m", "edgecheck"],
            ["-c", "from edgecheck.cli.commands import complete; complete()"],
        )
    )

    assert (ours.returncode, ours.stdout) == (typers.returncode, typers.stdout)
    quick = line not in ("snippet py", "doctor --fa")
    assert quick is not bool(PARSERS & imported(tmp_path, asked, ""))


def test_the_version_imports_no_typer(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """It takes a fraction of what the smallest Typer application takes, on any machine."""
    program = (
        "import sys\nfrom edgecheck.cli import run\nrun(['--version'])\nprint('typer' in "
        "sys.modules)\n"
    )
    done = execute([sys.executable, "-c", program], tmp_path, environ)

    assert done.stdout.splitlines()[-1] == "False"


def test_the_version_says_on_request_what_it_stands_on(run: Run) -> None:
    """In whatever order it is asked."""
    from edgecheck import __version__

    assert run("--version").stdout == f"edgecheck {__version__}\n"
    for arguments in (("--version", "-v"), ("--version", "--verbose"), ("-v", "--version")):
        told = run(*arguments).stdout
        assert [line.split()[0] for line in told.splitlines()] == [
            "edgecheck",
            "Python",
            "websockets",
            "OpenSSL",
        ]


def test_alone_it_says_what_to_do_first(run: Run) -> None:
    """No error, no wall of options."""
    done = run()

    assert done.returncode == 0
    assert "edgecheck doctor" in done.stdout
    assert len(done.stdout.splitlines()) < 20


def test_a_mistyped_command_is_answered_with_the_nearest(run: Run) -> None:
    """A slip costs no look into a manual."""
    assert "doctor" in run("docter").stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("edgecheck explain tcp-ref", "tcp-refused"),
        ("edgecheck doctor --demo --fault env-file-exp", "env-file-exposed"),
        ("edgecheck simulate --fault pong-ech", "pong-echoed"),
    ],
)
def test_codes_are_completed(run: Run, words: str, expected: str) -> None:
    """As bash asks for it."""
    done = run(
        _EDGECHECK_COMPLETE="complete_bash",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )

    assert done.stdout.split() == [expected]
