"""`edgecheck doctor --fix` as a process of its own: what it shows, asks, writes and leaves."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.cli.conftest import COMMAND, PATIENCE, Run, execute
from tests.conftest import lacking, require_program
from tests.doctor import simulated
from tests.test_secret_hunt import found as traces_found

if sys.platform != "win32":
    import pexpect

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
GOOD = f"BACKEND_URL=wss://backend.example\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_7\n"
BROKEN = (
    f'# ours\nBACKEND_URL=https://backend.example\nEDGE_SECRET="Bearer {SECRET} '
    '"\nEDGE_AGENT_ID=edge_7\nOTHER=hush-hush\n'
)
REPAIRED = f"# ours\n{GOOD}OTHER=hush-hush\n"
QUESTION = "Write this to .env? [y/N] "


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """Settings with three defects that can be repaired."""
    path = tmp_path / ".env"
    path.write_text(BROKEN)
    path.chmod(0o600)
    return path


def untouched(path: Path, before: str = BROKEN) -> bool:
    """Tell whether the file is as it was, and nothing is beside it."""
    return path.read_text() == before and [
        each.name for each in path.parent.iterdir() if not each.name.startswith(".git")
    ] == [path.name]


@contextmanager
def asked(
    folder: Path, environ: Mapping[str, str], *arguments: str
) -> Iterator[pexpect.spawn[str]]:
    """Run on a terminal, without colours."""
    words = [*COMMAND[1:], "doctor", "--fix", "--offline", *arguments]
    child = pexpect.spawn(
        COMMAND[0],
        words,
        cwd=str(folder),
        env={**environ, "NO_COLOR": "1"},
        encoding="utf-8",
        codec_errors="replace",
        timeout=PATIENCE,
    )
    try:
        yield child
    finally:
        child.close(force=True)


# --- what it shows -------------------------------------------------------------------------------


def test_it_shows_what_it_repairs_and_how_without_any_secret(run: Run, env_file: Path) -> None:
    done = run("doctor", "--fix", "--yes", "--offline")

    assert (done.returncode, done.stderr) == (0, "")
    assert env_file.read_text() == REPAIRED
    head = done.stdout[: done.stdout.index("edgecheck 0.")]
    assert head.startswith(
        "edgecheck can repair in .env:\n  · .env:2: BACKEND_URL begins with https://"
    )
    assert "  · EDGE_SECRET in .env:3 begins with `Bearer `\n" in head
    assert head[head.index("---") :] == (
        "--- .env\n"
        "+++ .env\n"
        "@@ -1,5 +1,5 @@\n"
        " # …\n"
        "-BACKEND_URL=https://backend.example\n"
        '-EDGE_SECRET="Bearer <secret> "\n'
        "+BACKEND_URL=wss://backend.example\n"
        "+EDGE_SECRET=<secret>\n"
        " EDGE_AGENT_ID=edge_7\n"
        " OTHER=***\n"
        "\n"
        ".env is repaired. The old one is kept as .env.bak. It holds the secret, too:\n"
        "delete it once all is well.\n"
        "\n"
    )
    assert "hush" not in done.stdout
    assert traces_found(SECRET, done.stdout) == []
    assert (env_file.parent / ".env.bak").read_text() == BROKEN


def test_what_cannot_be_seen_is_made_visible(run: Run, env_file: Path) -> None:
    """Invisible characters, blanks at a line's end, the line ends of Windows, and no password."""
    env_file.write_text(
        'BACKEND_URL="https://user:pass-word@backend.example\u202e"\r\n'
        f"EDGE_SECRET={SECRET[:8]}\u200b{SECRET[8:]}  \r\n"
        "EDGE_AGENT_ID='\x1b[31medge_7'\r\n",
        newline="",
    )
    done = run("doctor", "--fix", "--yes", "--offline")

    assert '-BACKEND_URL="https://user:***@backend.example\\u202e"\\r\n' in done.stdout
    assert "+BACKEND_URL=wss://user:***@backend.example\n" in done.stdout
    assert "-EDGE_SECRET=<secret>\\u200b<secret>  \\r\n" in done.stdout
    assert "\n-EDGE_AGENT_ID='\\x1b[31medge_7'\\r\n" in done.stdout
    assert "pass-word" not in done.stdout
    assert traces_found(SECRET, done.stdout) == []
    assert not {"\u202e", "\u200b", "\x1b", "\r"} & set(done.stdout)


@pytest.mark.parametrize(
    "line",
    [
        f"# EDGE_SECRET={SECRET}",
        f"OTHER={SECRET}",
        f"TOKEN: {SECRET}",
        f"{SECRET}",
        f"{SECRET}=",
        f"export {SECRET}",
        f"OLD='\n{SECRET}\n'",
        f"A=1 # was {SECRET}",
        f"EDGE_SERCET={SECRET}",
        f"EDGE_SECRET='{SECRET} {SECRET}' # {SECRET}\nEDGE_SECRET={SECRET[::-1]}",
        f"BACKEND_URL=wss://x:{SECRET}@backend.example?token={SECRET}",
    ],
)
def test_nothing_around_the_change_gives_a_secret_away(run: Run, env_file: Path, line: str) -> None:
    """Wherever in the file it stands: comments, other names, even as a name."""
    env_file.write_text(
        f'{line}\nBACKEND_URL=https://backend.example\n{line}\nEDGE_SECRET=" '
        f'{SECRET}"\nEDGE_AGENT_ID=edge_7\n{line}\n'
    )
    done = run("doctor", "--fix", "--yes", "--offline")

    assert "+++ .env" in done.stdout
    assert traces_found(SECRET, done.stdout + done.stderr) == []
    assert traces_found(SECRET[::-1], done.stdout + done.stderr) == []


def test_what_is_left_is_said_with_its_reason(run: Run, env_file: Path) -> None:
    env_file.write_text(BROKEN.replace("backend.example", "backend.example/api"))
    done = run("doctor", "--fix", "--yes", "--offline")

    assert (
        "It does not change:\n  – .env:2: BACKEND_URL has a path: /api\n    The backend may be "
        "served under that path"
    ) in done.stdout


@pytest.mark.parametrize("env", [GOOD, GOOD.replace("=edge_7", "=agent-7"), None])
def test_nothing_to_repair_is_said_and_the_checkup_runs_once(
    run: Run, env_file: Path, env: str | None
) -> None:
    """Whether all is well, something is left, or there is no file; and nobody is asked."""
    env_file.unlink() if env is None else env_file.write_text(env)
    done = run("doctor", "--fix", "--offline")

    assert "othing" in done.stdout.partition("\n")[0]
    assert len(re.findall(r"(?m)^[✓!✗] config\b", done.stdout)) == 1
    assert len(re.findall(r"(?m)^edgecheck \d", done.stdout)) == 1
    assert (done.returncode, done.stderr) == (0 if env is not None else 1, "")
    assert env is None or untouched(env_file, env)


def test_quiet_is_quiet(run: Run, env_file: Path) -> None:
    done = run("doctor", "--fix", "--yes", "--offline", "--quiet")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert env_file.read_text() == REPAIRED


def test_with_json_standard_output_is_the_one_report(run: Run, env_file: Path) -> None:
    done = run("doctor", "--fix", "--yes", "--offline", "--json")

    assert json.loads(done.stdout)["ok"] is True
    assert "+EDGE_SECRET=<secret>" in done.stderr
    assert traces_found(SECRET, done.stdout + done.stderr) == []


def test_the_report_of_a_broken_file_offers_it_first(run: Run, env_file: Path) -> None:
    report = json.loads(run("doctor", "--offline", "--json").stdout)

    assert report["verdict"]["code"] == "url-scheme-http"
    assert report["verdict"]["remedies"][0].endswith("$ edgecheck doctor --fix")
    assert all(
        finding["remedies"][0].endswith("$ edgecheck doctor --fix")
        for finding in report["findings"]
    )
    assert "doctor --fix repairs it" in run("explain", "secret-bearer-prefix").stdout
    assert "Repair    by hand." in run("explain", "secret-weak").stdout
    assert "Repair" not in run("explain", "tcp-refused").stdout


# --- the checkup after it ------------------------------------------------------------------------


def test_the_checkup_after_it_is_green(run: Run, env_file: Path) -> None:
    """Against a backend: everything that `init` was not there for, repaired in one go."""
    with simulated() as backend:
        host = backend.url.removeprefix("ws://")
        env_file.write_text(
            f'BACKEND_URL=" http://{host}/edge/ws "\nEDGE_SECRET=\'Bearer '
            f"{backend.secret}'\nedge_agent_id={backend.agent_id}\n"
        )
        before = run("doctor", *backend.arguments)
        after = run("doctor", "--fix", "--yes", *backend.arguments)

        assert before.returncode == 1
        assert after.returncode == 0, after.stdout + after.stderr
        assert (
            env_file.read_text() == f"BACKEND_URL={backend.url}\nEDGE_SECRET={backend.secret}\n"
            f"EDGE_AGENT_ID={backend.agent_id}\n"
        )
        assert run("doctor", *backend.arguments).returncode == 0


def test_a_secret_from_standard_input_is_there_for_both_runs(run: Run, env_file: Path) -> None:
    done = run("doctor", "--fix", "--yes", "--offline", "--secret-file", "-", stdin=f"{SECRET}\n")

    assert done.returncode == 0
    assert env_file.read_text() == BROKEN.replace("https", "wss")


# --- the question --------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
@pytest.mark.parametrize("answer", ["y", "YES"])
def test_yes_writes(
    tmp_path: Path, environ: Mapping[str, str], env_file: Path, answer: str
) -> None:
    with asked(tmp_path, environ) as child:
        child.expect_exact(QUESTION)
        assert "+EDGE_SECRET=<secret>" in child.before
        assert untouched(env_file)
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()

        assert child.exitstatus == 0
    assert env_file.read_text() == REPAIRED


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"yes please\n", b"\x04", b"y\xff\n"])
def test_any_other_answer_leaves_the_file(
    tmp_path: Path, environ: Mapping[str, str], env_file: Path, answer: bytes
) -> None:
    """Also one that is not text, as from a terminal with another encoding."""
    with asked(tmp_path, {**environ, "PYTHONIOENCODING": "utf-8:strict"}) as child:
        child.expect_exact(QUESTION)
        os.write(child.child_fd, answer)
        child.expect_exact("edgecheck: .env was left as it is.")
        child.expect(pexpect.EOF)
        child.close()

        assert child.exitstatus == 1
    assert untouched(env_file)


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_an_interruption_at_the_question_leaves_the_file(
    tmp_path: Path, environ: Mapping[str, str], env_file: Path
) -> None:
    with asked(tmp_path, environ) as child:
        child.expect_exact(QUESTION)
        child.sendintr()
        child.expect(pexpect.EOF)
        child.close()

        assert child.exitstatus == 130
    assert untouched(env_file)


# Runs edgecheck; an interruption comes when the settings file gets its name, before or after it.
INTERRUPTED = """
import os, sys
rename, when = os.replace, sys.argv.pop(1)
def replace(source, target, **options):
    if os.path.basename(target) != ".env":
        return rename(source, target, **options)
    if when == "after":
        rename(source, target, **options)
    raise KeyboardInterrupt
os.replace = replace
from edgecheck.cli import main
main()
"""


@pytest.mark.parametrize(
    ("when", "left"),
    [
        ("before", {".env": BROKEN}),
        ("after", {".env": REPAIRED, ".env.bak": BROKEN, ".gitignore": ".env\n.env.bak*\n"}),
    ],
)
def test_an_interruption_leaves_the_old_text_under_one_name_or_the_other(
    tmp_path: Path,
    environ: Mapping[str, str],
    env_file: Path,
    when: str,
    left: Mapping[str, str],
) -> None:
    """And git ignores all that is left of a secret."""
    git(tmp_path, "init", "--quiet")
    words = ("doctor", "--fix", "--yes", "--offline")
    done = execute([sys.executable, "-c", INTERRUPTED, when, *words], tmp_path, environ)

    assert done.returncode == 130, done.stderr
    assert {each.name: each.read_text() for each in tmp_path.iterdir() if each.is_file()} == left


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_what_changed_while_it_asked_is_not_overwritten(
    tmp_path: Path, environ: Mapping[str, str], env_file: Path
) -> None:
    theirs = BROKEN + "ADDED=1\n"
    with asked(tmp_path, environ) as child:
        child.expect_exact(QUESTION)
        env_file.write_text(theirs)
        child.sendline("y")
        child.expect_exact("changed in the meantime")
        child.expect(pexpect.EOF)
        child.close()

        assert child.exitstatus == 1
    assert untouched(env_file, theirs)


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_lines_that_gitignore_got_while_it_asked_are_kept(
    tmp_path: Path, environ: Mapping[str, str], env_file: Path
) -> None:
    git(tmp_path, "init", "-q")
    theirs = tmp_path / ".gitignore"
    theirs.write_text("build/\n")
    with asked(tmp_path, environ) as child:
        child.expect_exact(QUESTION)
        theirs.write_text("build/\nsecrets/\n")
        child.sendline("y")
        child.expect_exact(".gitignore changed in the meantime, and .env was left as it is")
        child.expect(pexpect.EOF)
        child.close()

        assert child.exitstatus == 1
    assert theirs.read_text() == "build/\nsecrets/\n"
    assert untouched(env_file)


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_a_question_is_never_asked_blindly(
    tmp_path: Path, environ: Mapping[str, str], env_file: Path, option: str
) -> None:
    """What is asked about is shown, whatever else is not."""
    with asked(tmp_path, environ, option) as child:
        child.expect_exact(QUESTION)

        assert "+EDGE_SECRET=<secret>" in child.before


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_a_terminal_shows_the_difference_in_colours(
    tmp_path: Path, environ: Mapping[str, str], env_file: Path
) -> None:
    words = [*COMMAND[1:], "doctor", "--fix", "--offline"]
    child = pexpect.spawn(
        COMMAND[0],
        words,
        cwd=str(tmp_path),
        env={**environ, "TERM": "xterm"},
        encoding="utf-8",
        timeout=PATIENCE,
    )
    child.expect_exact(QUESTION)

    assert "\x1b[31m-BACKEND_URL=https://backend.example" in child.before
    assert "\x1b[32m+BACKEND_URL=wss://backend.example" in child.before
    child.close(force=True)


@pytest.mark.parametrize("as_json", [False, True])
def test_with_nobody_to_ask_nothing_is_written(run: Run, env_file: Path, as_json: bool) -> None:
    done = run("doctor", "--fix", "--offline", *(["--json"] if as_json else []), stdin="y\n")

    assert done.returncode == 2
    assert "edgecheck doctor --fix --yes" in done.stderr
    assert "+EDGE_SECRET=<secret>" in (done.stderr if as_json else done.stdout)
    assert untouched(env_file)
    if as_json:
        assert json.loads(done.stdout)["ok"] is False


@pytest.mark.parametrize("other", [("--demo",), ("--replay", "report.json")])
def test_what_it_excludes(run: Run, env_file: Path, other: tuple[str, ...]) -> None:
    done = run("doctor", "--fix", "--yes", *other)

    assert done.returncode == 2
    assert "--fix" in done.stderr
    assert untouched(env_file)


def test_yes_alone_has_nothing_to_say_yes_to(run: Run, env_file: Path) -> None:
    done = run("doctor", "--yes", "--offline")

    assert done.returncode == 2
    assert "--yes goes with --fix" in done.stderr


# --- git -----------------------------------------------------------------------------------------


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [require_program("git"), "-C", str(folder), *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    return done.stdout


def ignored(folder: Path, name: str) -> bool:
    command = [require_program("git"), "-C", str(folder), "check-ignore", "-q", name]
    return subprocess.run(command, check=False, timeout=PATIENCE).returncode == 0


@pytest.mark.parametrize(
    ("there", "then"),
    [
        (None, b".env\n.env.bak*\n"),
        (b"*.pyc\n", b"*.pyc\n.env\n.env.bak*\n"),
        (b"*.pyc", b"*.pyc\n.env\n.env.bak*\n"),
        (b"*.pyc\r\n.venv\r\n", b"*.pyc\r\n.venv\r\n.env\r\n.env.bak*\r\n"),
        (b".env\n", b".env\n.env.bak*\n"),
        (b".env*\n", b".env*\n"),
    ],
)
def test_git_ignores_the_file_and_its_copies(
    run: Run, env_file: Path, there: bytes | None, then: bytes
) -> None:
    """The copy holds the secret, too."""
    folder = env_file.parent
    git(folder, "init", "-q")
    if there is not None:
        (folder / ".gitignore").write_bytes(there)
    done = run("doctor", "--fix", "--yes", "--offline")

    assert done.returncode == 0
    assert (folder / ".gitignore").read_bytes() == then
    assert ignored(folder, ".env")
    assert ignored(folder, ".env.bak")
    assert ignored(folder, ".env.bak.2")
    assert ("+.env.bak*" in done.stdout) == (there != b".env*\n")
    assert "env-file-tracked" not in run("doctor", "--offline", "--json").stdout


def test_a_file_that_hid_its_secret_from_git_is_ignored_in_the_same_run(
    run: Run, env_file: Path
) -> None:
    git(env_file.parent, "init", "-q")
    env_file.write_bytes(GOOD.encode("utf-16"))
    run("doctor", "--fix", "--yes", "--offline")

    assert env_file.read_text() == GOOD
    assert ignored(env_file.parent, ".env")


def test_a_tracked_file_is_repaired_and_its_copy_ignored(run: Run, env_file: Path) -> None:
    """That git has the secret is another matter, and is said."""
    folder = env_file.parent
    git(folder, "init", "-q")
    git(folder, "add", "-f", ".env")
    done = run("doctor", "--fix", "--yes", "--offline")

    assert env_file.read_text() == REPAIRED
    assert (folder / ".gitignore").read_bytes() == b".env.bak*\n"
    assert "git tracks .env" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a program that is a script")
@pytest.mark.parametrize("name", ["EDGE_SECRET", "EDGE_SERCET"])
def test_a_git_that_gives_no_answer_is_asked_once_for_the_old_text_and_once_for_the_new_one(
    environ: Mapping[str, str], env_file: Path, tmp_path: Path, name: str
) -> None:
    """Not for each step of the repair: it may take its time, and then says nothing."""
    env_file.write_text(BROKEN.replace("EDGE_SECRET", name))
    (tmp_path / ".git").mkdir()
    program, asked_for = tmp_path / "bin" / "git", tmp_path / "bin" / "asked"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$*" >> {asked_for}\nexit 128\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{environ['PATH']}"
    done = execute(
        [*COMMAND, "doctor", "--fix", "--yes", "--offline"], tmp_path, {**environ, "PATH": path}
    )

    assert done.returncode == 0
    assert env_file.read_text() == REPAIRED
    # Of a text without the secret's name, nothing is asked before the repair.
    assert asked_for.read_text().count("ls-files") == 2


def test_without_git_there_is_no_gitignore(run: Run, env_file: Path) -> None:
    run("doctor", "--fix", "--yes", "--offline")

    assert not (env_file.parent / ".gitignore").exists()


# --- files that are not to be written ------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_a_link_stays_and_what_it_points_at_is_repaired(
    run: Run, env_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "shared").mkdir()
    target = env_file.rename(tmp_path / "shared" / "agent.env")
    env_file.symlink_to("shared/agent.env")
    done = run("doctor", "--fix", "--yes", "--offline")

    assert done.returncode == 0
    assert env_file.is_symlink()
    assert target.read_text() == REPAIRED
    assert (tmp_path / ".env.bak").read_text() == BROKEN
    assert [each.name for each in target.parent.iterdir()] == ["agent.env"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions")
def test_a_folder_that_is_read_only_is_left(env_file: Path, environ: Mapping[str, str]) -> None:
    """With a clear word, and nothing half: not even in git's list."""
    folder = env_file.parent
    git(folder, "init", "-q")
    command = [*COMMAND, "doctor", "--fix", "--yes", "--offline"]
    if os.geteuid() == 0:
        # Root may write everywhere; without that right it is a user like any other.
        command = [require_program("setpriv"), "--bounding-set=-dac_override", *command]
    folder.chmod(0o500)
    try:
        done = execute(command, folder, environ)
    finally:
        folder.chmod(0o700)

    assert done.returncode == 1
    assert done.stderr.startswith("edgecheck: .env was left as it is: Permission denied")
    assert "Traceback" not in done.stderr
    assert untouched(env_file)
    assert not (folder / ".gitignore").exists()


_AS_ANOTHER = """
import os, sys
from edgecheck.cli import run
run(["doctor", "--fix", "--yes", "--offline", "--json", "-e", "warm.env"])
run(["doctor", "--nonsense"])
sys.stdout.flush()
os.seteuid(int(sys.argv[1]))
code = run(["doctor", "--fix", "--yes", "--offline"])
os.seteuid(0)
sys.exit(code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="owners")
def test_another_users_file_is_left(environ: Mapping[str, str]) -> None:
    """Even if its folder lets it be replaced: then its owner could no longer read it."""
    if os.geteuid() != 0:
        lacking("only root can make another's file")
    somebody = 65534
    # Not pytest's own folder, which is root's alone.
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file in (".env", "warm.env"):
            (folder / file).write_text(BROKEN)
            (folder / file).chmod(0o644)
        os.chown(folder, somebody, somebody)
        # What the interpreter itself consists of may be root's alone: everything is imported before
        # the change.
        done = execute([sys.executable, "-c", _AS_ANOTHER, str(somebody)], folder, environ)

        assert done.returncode == 1, done.stderr
        assert ".env belongs to another user, and was left as it is." in done.stderr
        assert "+++" not in done.stdout
        assert (folder / ".env").read_text() == BROKEN
        assert not (folder / ".env.bak").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions")
def test_permissions_alone_leave_no_copy(run: Run, env_file: Path) -> None:
    env_file.write_text(GOOD)
    env_file.chmod(0o644)
    done = run("doctor", "--fix", "--yes", "--offline")

    assert done.returncode == 0
    assert "mode of .env: 0644 becomes 0600" in done.stdout
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    assert untouched(env_file, GOOD)


def test_a_named_file_is_the_one_that_is_repaired(run: Run, env_file: Path, tmp_path: Path) -> None:
    named = tmp_path / "prod settings.env"
    named.write_text(BROKEN)
    named.chmod(0o600)
    done = run("doctor", "--fix", "--yes", "--offline", "-e", "prod settings.env")

    assert done.returncode == 0
    assert named.read_text() == REPAIRED
    assert (tmp_path / "prod settings.env.bak").read_text() == BROKEN
    assert env_file.read_text() == BROKEN


def test_a_file_found_above_is_the_one_that_is_repaired(
    environ: Mapping[str, str], env_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "below" / "deep").mkdir(parents=True)
    done = execute(
        [*COMMAND, "doctor", "--fix", "--yes", "--offline"], tmp_path / "below" / "deep", environ
    )

    assert done.returncode == 0
    assert "--- ../../.env\n" in done.stdout
    assert env_file.read_text() == REPAIRED
    assert (tmp_path / ".env.bak").read_text() == BROKEN


def test_a_second_copy_takes_a_second_name(run: Run, env_file: Path) -> None:
    (env_file.parent / ".env.bak").write_text("older")
    done = run("doctor", "--fix", "--yes", "--offline")

    assert "kept as .env.bak.2." in done.stdout
    assert (env_file.parent / ".env.bak").read_text() == "older"
    assert (env_file.parent / ".env.bak.2").read_text() == BROKEN
