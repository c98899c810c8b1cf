"""`edgecheck secret`: both sides compare, and nobody sees it."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, PATIENCE, Run, execute
from tests.conftest import require_program

if sys.platform != "win32":
    import pexpect

SECRET = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"
OTHER = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"


def digits(text: str) -> str:
    """What the other side's command prints."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """Good settings."""
    path = tmp_path / ".env"
    path.write_text(
        f"BACKEND_URL=wss://backend.example\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
    )
    path.chmod(0o600)
    return path


# --- fingerprint ---------------------------------------------------------------------------------


def test_the_fingerprint_stands_alone_on_standard_output(run: Run, env_file: Path) -> None:
    """Ready for a variable."""
    done = run("secret", "fingerprint")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"sha256:{digits(SECRET)}\n", "")


def test_the_command_for_the_other_side_gives_the_same_digits(run: Run, env_file: Path) -> None:
    """In a real shell."""
    require_program("sha256sum")
    command = json.loads(run("secret", "fingerprint", "--json").stdout)["command"]
    theirs = subprocess.run(
        ["sh", "-c", command],
        env={"EDGE_SECRET": SECRET, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert run("secret", "fingerprint").stdout == f"sha256:{theirs.stdout}"


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_a_person_reads_what_to_do_with_it(
    tmp_path: Path, environ: Mapping[str, str], env_file: Path
) -> None:
    """Where it came from, the other side's command, and how to compare."""
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "secret", "fingerprint"],
        cwd=str(tmp_path),
        env=dict(environ),
        encoding="utf-8",
        timeout=PATIENCE,
    )
    screen = child.read()
    child.close()

    for words in (
        ".env:2",
        'printf %s "$EDGE_SECRET" | sha256sum | cut -c1-12',
        "edgecheck secret compare",
        f"sha256:{digits(SECRET)}",
    ):
        assert words in screen
    assert SECRET not in screen


@pytest.mark.parametrize("name", ["option", "standard input", "environment"])
def test_it_is_of_the_secret_that_a_connection_would_use(
    run: Run, tmp_path: Path, env_file: Path, name: str
) -> None:
    """The same options, and the same precedence."""
    (tmp_path / "secret").write_text(f"{OTHER}\n")
    done = {
        "option": lambda: run(
            "secret", "fingerprint", "--json", "--secret-file", "secret", EDGE_SECRET="x"
        ),
        "standard input": lambda: run(
            "secret", "fingerprint", "--json", "--secret-file", "-", stdin=f"{OTHER}\r\n"
        ),
        "environment": lambda: run("secret", "fingerprint", "--json", EDGE_SECRET=OTHER),
    }[name]()
    document = json.loads(done.stdout)

    assert document["fingerprint"] == f"sha256:{digits(OTHER)}"
    assert (
        document["origin"]
        == {"option": "secret", "standard input": "standard input", "environment": "$EDGE_SECRET"}[
            name
        ]
    )


def test_what_the_lint_finds_is_a_warning(run: Run, env_file: Path) -> None:
    """The fingerprint is that of the secret as it is."""
    env_file.write_text(f'EDGE_SECRET="Bearer {SECRET}"\n')
    done = run("secret", "fingerprint", "--quiet")
    document = json.loads(run("secret", "fingerprint", "--json").stdout)

    assert (done.returncode, done.stdout) == (0, f"sha256:{digits(f'Bearer {SECRET}')}\n")
    assert "begins with `Bearer `" in done.stderr
    assert [finding["code"] for finding in document["findings"]] == ["secret-bearer-prefix"]


@pytest.mark.parametrize("weak", ["open-sesame", "your-shared-secret-here", "ab" * 40])
def test_a_weak_secret_has_none(run: Run, env_file: Path, weak: str) -> None:
    """Neither whole nor cut, and it is said why and what to do."""
    env_file.write_text(f"EDGE_SECRET={weak}\n")
    done, as_json = run("secret", "fingerprint"), run("secret", "fingerprint", "--json")

    assert (done.returncode, done.stdout) == (1, "")
    assert "easy to guess" in done.stderr
    assert "edgecheck explain secret-" in done.stderr
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["fingerprint"] is None
    for text in (done.stderr, as_json.stdout, as_json.stderr):
        assert digits(weak) not in text
        assert weak not in text


@pytest.mark.parametrize("command", ["fingerprint", "compare 1f2e3d4c5b6a"])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "env-file-missing"),
        ("EDGE_AGENT_ID=edge_1\n", "secret-missing"),
        ("EDGE_SECRET=\n", "secret-missing"),
        # The secret is in another setting, and that is what is said.
        (f"EDGE_AGENT_ID={SECRET}\n", "secret-misplaced"),
    ],
)
def test_without_a_secret_it_is_said_what_to_do(
    run: Run, tmp_path: Path, command: str, content: str | None, code: str
) -> None:
    """Exit code 1, and with --json an object all the same."""
    if content is not None:
        (tmp_path / ".env").write_text(content)
    done = run("secret", *command.split())
    as_json = run("secret", *command.split(), "--json")

    assert (done.returncode, done.stdout) == (1, "")
    assert f"edgecheck explain {code}" in done.stderr
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["ok"] is False


@pytest.mark.parametrize("command", ["fingerprint", f"compare {digits(SECRET)}"])
def test_where_the_backend_needs_no_secret_it_is_said_that_there_is_none(
    run: Run, tmp_path: Path, command: str
) -> None:
    """No finding says it, because nothing is wrong."""
    (tmp_path / ".env").write_text("BACKEND_URL=wss://backend.example\n")
    words = ("secret", *command.split(), "--profile", "websocket")
    done, as_json = run(*words), run(*words, "--json")

    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no secret: EDGE_SECRET is not set." in done.stderr
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["error"] == "There is no secret: EDGE_SECRET is not set."


# --- compare -------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", ["{}", "sha256:{}", "SHA256:{}"])
def test_the_same_secret_is_equal(run: Run, env_file: Path, write: str) -> None:
    """However the fingerprint is written; exit code 0."""
    done = run("secret", "compare", write.format(digits(SECRET).upper()))

    assert done.returncode == 0
    assert done.stdout.startswith("✓ Equal")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("ours", "theirs", "side", "name", "words"),
    [
        (
            SECRET,
            f"{SECRET}\n",
            "backend",
            "line-end",
            "Next step: the backend's team. Do this, or pass it on:",
        ),
        (SECRET, "", "backend", "empty", "container or service"),
        (f'"Bearer {SECRET}"', SECRET, "client", "bearer-prefix", "edgecheck doctor --fix"),
        (SECRET, OTHER, "client", None, "another secret"),
    ],
)
def test_the_slip_and_whose_turn_it_is_are_named(
    run: Run, env_file: Path, ours: str, theirs: str, side: str, name: str | None, words: str
) -> None:
    """Exit code 1."""
    env_file.write_text(f"EDGE_SECRET={ours}\n")
    done = run("secret", "compare", digits(theirs))
    as_json = run("secret", "compare", digits(theirs), "--json")
    document = json.loads(as_json.stdout)

    assert (done.returncode, as_json.returncode) == (1, 1)
    assert words in done.stdout
    assert document["ok"] is False
    assert document["side"] == side
    assert [(slip["side"], slip["name"]) for slip in document["slips"]] == (
        [(side, name)] if name else []
    )
    assert document["remedies"]
    assert SECRET not in done.stdout + as_json.stdout


def test_the_repair_that_is_offered_makes_them_equal(run: Run, tmp_path: Path) -> None:
    """In the file that was named; a slip outside of a file is none that doctor repairs."""
    (tmp_path / "agent.env").write_text(f'EDGE_SECRET="Bearer {SECRET}"\n')
    named = run("secret", "compare", digits(SECRET), "-e", "agent.env")
    elsewhere = run("secret", "compare", digits(SECRET), EDGE_SECRET=f"Bearer {SECRET}")
    profiled = run("secret", "compare", digits(SECRET), "--profile", "websocket", "-e", "agent.env")

    assert "edgecheck doctor --fix -e agent.env" in named.stdout
    assert "edgecheck doctor --fix -e agent.env --profile websocket" in profiled.stdout
    assert "--fix" not in elsewhere.stdout
    assert "$EDGE_SECRET" in elsewhere.stdout


@pytest.mark.parametrize(
    "given", [SECRET, SECRET.upper(), SECRET[:20], f"Bearer {SECRET}", OTHER, f"{SECRET}\n", ""]
)
def test_the_secret_in_place_of_a_fingerprint_is_not_repeated(
    run: Run, env_file: Path, given: str
) -> None:
    """It is wrong usage, whatever it looks like, and the history is warned of."""
    env_file.write_text(f'EDGE_SECRET="Bearer {SECRET}"\n')
    for options in ((), ("--json",)):
        done = run("secret", "compare", given, *options)

        assert done.returncode == 2
        assert "history" in done.stderr
        for text in (done.stdout, done.stderr):
            assert SECRET[:8] not in text.lower()
            assert OTHER not in text


@pytest.mark.parametrize(
    "words", ["{}", "fingerprint {}", "compare 1f2e3d4c5b6a {}", "generate {}", "{} --json"]
)
def test_the_secret_where_no_word_is_due_is_not_repeated(run: Run, words: str) -> None:
    """Nothing that was typed after the command is."""
    done = run("secret", *words.format(SECRET).split())

    assert done.returncode == 2
    assert SECRET not in done.stdout + done.stderr


def test_a_mistyped_command_is_answered_with_the_nearest(run: Run) -> None:
    """Of the known ones."""
    assert "Did you mean compare?" in run("secret", "compair").stderr


# --- generate ------------------------------------------------------------------------------------


def test_a_new_secret_is_all_of_standard_output(run: Run) -> None:
    """32 random bytes; its fingerprint is on the other stream."""
    one, other = run("secret", "generate"), run("secret", "generate")

    assert len(bytes.fromhex(one.stdout.strip())) == 32
    assert one.stdout != other.stdout
    assert one.stderr == f"Fingerprint: sha256:{digits(one.stdout.strip())}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_on_a_terminal_the_scrollback_is_warned_of(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """Whoever looks at the screen later sees it."""
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "secret", "generate"],
        cwd=str(tmp_path),
        env=dict(environ),
        encoding="utf-8",
        timeout=PATIENCE,
    )

    assert "scrollback" in child.read()


def test_it_can_be_written_into_a_new_file(run: Run, tmp_path: Path) -> None:
    """For its owner alone, shown nowhere, and ready for --secret-file."""
    done = run("secret", "generate", "--output", "edge.secret")
    path = tmp_path / "edge.secret"

    assert (done.returncode, done.stdout) == (0, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() not in done.stderr
    assert f"sha256:{digits(path.read_text())}" in done.stderr
    assert (
        run("secret", "fingerprint", "--secret-file", "edge.secret").stdout
        == f"sha256:{digits(path.read_text())}\n"
    )


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_it_overwrites_nothing(run: Run, tmp_path: Path, kind: str) -> None:
    """A secret may be in it."""
    path = tmp_path / "there"
    {
        "file": lambda: path.write_text("old"),
        "folder": path.mkdir,
        "dangling link": lambda: path.symlink_to("elsewhere"),
    }[kind]()
    done = run("secret", "generate", "--output", "there")

    assert (done.returncode, done.stdout) == (2, "")
    assert "it exists" in done.stderr
    assert kind != "file" or path.read_text() == "old"
    assert not (tmp_path / "elsewhere").exists()


# Runs edgecheck; right before a file gets its name, another run is quicker.
LATE = """
import os
def second(give_name):
    def call(source, target, **options):
        with open(target, "x") as file:
            file.write("theirs")
        return give_name(source, target, **options)
    return call
os.replace, os.link = second(os.replace), second(os.link)
from edgecheck.cli import main
main()
"""


def test_it_overwrites_nothing_that_another_run_just_wrote(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """The other one has said the fingerprint of what is there."""
    command = [sys.executable, "-c", LATE, "secret", "generate", "--output", "there"]
    done = execute(command, tmp_path, environ)

    assert done.returncode == 2, done.stderr
    assert "it exists" in done.stderr
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("there", "theirs")]


def test_where_it_cannot_be_written_is_said(run: Run) -> None:
    """In the operating system's words."""
    done = run("secret", "generate", "--output", "no/such/folder/edge.secret")

    assert done.returncode == 1
    assert "No such file or directory" in done.stderr


# --- help ----------------------------------------------------------------------------------------


def test_alone_it_shows_its_help(run: Run) -> None:
    """No error."""
    done = run("secret")

    assert done.returncode == 0
    assert "fingerprint" in done.stdout


@pytest.mark.parametrize("command", ["fingerprint", "compare", "generate"])
def test_every_help_has_two_examples(run: Run, command: str) -> None:
    """Each on a line of its own, to be copied."""
    shown = run("secret", command, "--help").stdout

    assert sum(line.strip().startswith("edgecheck secret ") for line in shown.splitlines()) >= 2
    assert max(map(len, shown.splitlines())) <= 80
