"""`edgecheck init`: unattended through options and pipes, and a person at a pseudo-terminal."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import stat
import string
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecheck.cli import run as run_here
from edgecheck.cli.console import prompt
from edgecheck.cli.process import Process
from tests.cli.conftest import COMMAND, PATIENCE, Run
from tests.conftest import lacking, require_program
from tests.doctor import simulated
from tests.test_secret_hunt import found

if sys.platform != "win32":
    import pexpect
    import pyte

SECRET = "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE"
OTHER = "6f1d0c2b9a8e7f3d5c4b1a0e9d8f7c6b"
ANSWERS = ("--url", "wss://edge.example", "--secret-file", "-", "--agent-id", "edge_7")
WRITTEN = f"BACKEND_URL=wss://edge.example\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_7\n"


def fingerprint(secret: str) -> str:
    """As the contract has it."""
    return f"sha256:{hashlib.sha256(secret.encode()).hexdigest()[:12]}"


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return what stands on standard error, however it is wrapped."""
    return " ".join(done.stderr.split())


def mode_of(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def content_of(folder: Path) -> dict[str, bytes]:
    """Return what the files of a folder hold."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


# --- unattended ----------------------------------------------------------------------------------


def test_from_wrong_shaped_values_to_green(run: Run, tmp_path: Path) -> None:
    """In an empty folder, without editing a file by hand; the secret is in no output."""
    with simulated() as backend:
        address = (
            f"{backend.url.replace('ws://', 'http://')}/edge/ws?edge_agent_id={backend.agent_id}"
        )
        made = run(
            "init",
            "--url",
            address,
            "--secret-file",
            "-",
            "--agent-id",
            " edge_1 ",
            stdin=f'  "Bearer {backend.secret}"  \r\n',
        )
        fixed = run("doctor", "--fix", "--yes")
        examined = run("doctor")

    for done in (made, fixed, examined):
        assert done.returncode == 0, done.stdout + done.stderr
        assert found(backend.secret, done.stdout + done.stderr) == []
    assert made.stdout == ""
    assert (
        (tmp_path / ".env").read_text()
        == f"BACKEND_URL={backend.url}\nEDGE_SECRET={backend.secret}\nEDGE_AGENT_ID=edge_1\n"
    )
    assert mode_of(tmp_path / ".env") == 0o600
    assert content_of(tmp_path).keys() == {".env"}
    assert "Healthy" in examined.stdout
    assert "warning" not in examined.stdout
    for words in (
        "http://",
        "/edge/ws",
        "a query",
        "`Bearer `",
        "quotes",
        "white space",
        "EDGE_AGENT_ID has 2 characters",
    ):
        assert words in made.stderr
    assert made.stderr.count("repaired: ") == 7
    assert fingerprint(backend.secret).removeprefix("sha256:") in made.stderr


def test_good_values_are_written_as_they_are(run: Run, tmp_path: Path) -> None:
    """Nothing is said to be repaired, and the next command is."""
    done = run("init", *ANSWERS, stdin=SECRET)

    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert "repaired" not in done.stderr
    assert "  edgecheck doctor\n" in done.stderr


@pytest.mark.parametrize(
    "content",
    [
        f"{SECRET}\n",
        f"{SECRET}\r\n\r\n",
        f"EDGE_SECRET={SECRET}\n",
        f'# the agent\'s\nexport EDGE_SECRET="{SECRET}"\n',
        f"EDGE_SECRET: {SECRET}",
    ],
)
def test_the_secret_may_come_in_a_file_of_any_shape(run: Run, tmp_path: Path, content: str) -> None:
    """Alone, or as a settings file has it."""
    (tmp_path / "secret").write_text(content, newline="")
    done = run("init", "--url", "edge.example", "--secret-file", "secret", "--agent-id", "edge_7")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".env").read_text() == WRITTEN


def test_a_settings_file_that_is_piped_in_gives_all_three(run: Run, tmp_path: Path) -> None:
    """The options that are not given are in it; those that are win."""
    done = run(
        "init",
        "--secret-file",
        "-",
        "--agent-id",
        "edge_7",
        stdin=WRITTEN.replace("edge_7", "edge_8"),
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".env").read_text() == WRITTEN


def test_the_address_gives_the_agents_id(run: Run, tmp_path: Path) -> None:
    """As a log shows it."""
    done = run(
        "init",
        "--url",
        "wss://edge.example/edge/ws?edge_agent_id=edge_7",
        "--secret-file",
        "-",
        stdin=SECRET,
    )

    assert done.returncode == 0
    assert (tmp_path / ".env").read_text() == WRITTEN


def test_an_option_wins_over_the_id_in_the_address(run: Run, tmp_path: Path) -> None:
    """And that they differ is said."""
    done = run(
        "init", *ANSWERS, "--url", "wss://edge.example/edge/ws?edge_agent_id=edge_8", stdin=SECRET
    )

    assert done.returncode == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert "The address names another one: edge_8" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ((), ("--url", "--secret-file", "--generate-secret", "--agent-id")),
        (("--url", "edge.example"), ("--secret-file", "--agent-id")),
        (("--url", "edge.example/edge/ws?edge_agent_id=edge_7"), ("--secret-file",)),
        (("--secret-file", "-", "--agent-id", "edge_7"), ("--url",)),
    ],
)
def test_a_missing_answer_is_named_by_its_option(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    """Exit code 2, and nothing is written."""
    done = run("init", *arguments, stdin=SECRET)

    assert done.returncode == 2
    named = set(re.findall(r"--[a-z-]+", done.stderr.partition("Missing")[2]))
    assert named - {"--generate-secret"} == set(missing) - {"--generate-secret"}
    assert content_of(tmp_path) == {}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--url": "wss://edge.example:87870"}, "BACKEND_URL is not an address"),
        ({"--url": "ws://edge.example"}, "in the clear"),
        ({"--url": f"wss://user:{OTHER}@edge.example"}, "user name or password"),
        ({"--url": OTHER}, "looks like the secret"),
        ({"--url": ""}, "BACKEND_URL is empty"),
        ({"--url": "backend"}, "That is not an address"),
        ({"--url": f"Use wss://edge.example or wss://{OTHER}.example"}, "That is not an address"),
        ({"--agent-id": "edge 7"}, "more than an agent's id"),
        ({"--agent-id": f"{OTHER} or {SECRET}"}, "more than an agent's id"),
        ({"--agent-id": SECRET}, "looks like the secret"),
        ({"--agent-id": ""}, "EDGE_AGENT_ID is empty. The backend's team has its value."),
        ({"secret": "127.0.0.1"}, "looks like the address"),
        ({"secret": "wss://edge.example"}, "looks like the address"),
        ({"secret": "edge_7"}, "looks like the agent's id"),
        ({"secret": "your-shared-secret-here"}, "placeholder"),
        ({"secret": f"{SECRET} {SECRET}"}, "inside"),
        ({"secret": f"{SECRET}é"}, "HTTP headers may not carry"),
        ({"secret": f"""{SECRET}'"$x"""}, "would read different values"),
    ],
)
def test_what_cannot_be_repaired_is_said_and_nothing_is_written(
    run: Run, tmp_path: Path, changed: dict[str, str], words: str
) -> None:
    """Exit code 1, with cause and remedy; neither a secret nor what looks like one is repeated."""
    answers = {**dict(zip(ANSWERS[::2], ANSWERS[1::2], strict=True)), **changed}
    secret = answers.pop("secret", SECRET)
    done = run("init", *(word for answer in answers.items() for word in answer), stdin=secret)

    assert (done.returncode, done.stdout) == (1, "")
    assert words in said(done)
    assert "Nothing was written." in done.stderr
    assert content_of(tmp_path) == {}
    assert found(SECRET, done.stderr) == []
    assert found(OTHER, done.stderr) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--agent-id": "agent-7"}, "This id does not have the form edge_<number>."),
        ({"--url": "wss://edge.example/api"}, "a path"),
        ({"secret": "open-sesame"}, "easy to guess"),
    ],
)
def test_a_warning_is_said_and_all_is_written(
    run: Run, tmp_path: Path, changed: dict[str, str], words: str
) -> None:
    """It may be as it has to be. A weak secret's fingerprint is not shown."""
    answers = {**dict(zip(ANSWERS[::2], ANSWERS[1::2], strict=True)), **changed}
    secret = answers.pop("secret", SECRET)
    done = run("init", *(word for answer in answers.items() for word in answer), stdin=secret)

    assert done.returncode == 0
    assert words in done.stderr
    assert answers["--url"] in (tmp_path / ".env").read_text()
    assert ("sha256:" in done.stderr) is (secret == SECRET)
    assert hashlib.sha256(b"open-sesame").hexdigest()[:12] not in done.stderr


def test_plaintext_to_another_machine_can_be_allowed(run: Run, tmp_path: Path) -> None:
    """Then it is a warning, and the command that follows allows it as well."""
    done = run("init", *ANSWERS, "--url", "ws://edge.example", "--allow-plaintext", stdin=SECRET)

    assert done.returncode == 0
    assert "in the clear" in said(done)
    assert "edgecheck doctor --allow-plaintext" in done.stderr
    assert "BACKEND_URL=ws://edge.example\n" in (tmp_path / ".env").read_text()


def test_a_new_secret_is_shown_once_for_the_backend(run: Run, tmp_path: Path) -> None:
    """The line is all of standard output; its fingerprint is beside it."""
    done = run("init", "--url", "edge.example", "--agent-id", "edge_7", "--generate-secret")
    line = next(
        line
        for line in (tmp_path / ".env").read_text().splitlines()
        if line.startswith("EDGE_SECRET=")
    )
    made = line.removeprefix("EDGE_SECRET=")

    assert done.returncode == 0
    assert done.stdout == f"{line}\n"
    assert len(bytes.fromhex(made)) == 32
    assert fingerprint(made) in done.stderr
    assert found(made, done.stderr) == []
    both = run("init", "--secret-file", "x", "--generate-secret")
    assert both.returncode == 2


def test_what_the_environment_says_is_no_answer_and_is_said_to_win(
    run: Run, tmp_path: Path
) -> None:
    """The file holds what was given, and it is said that it is not used."""
    done = run("init", *ANSWERS, stdin=SECRET, EDGE_SECRET=OTHER)

    assert done.returncode == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert "EDGE_SECRET in the environment hides another value" in done.stderr


@pytest.mark.parametrize(("agent_id", "code"), [("edge_1", 0), ("edge_2", 1)])
def test_doctor_runs_on_demand_and_its_exit_code_counts(run: Run, agent_id: str, code: int) -> None:
    """Its report is on standard output."""
    with simulated("auth-secret-rejected" if code else None) as backend:
        done = run(
            "init",
            "--url",
            backend.url,
            "--secret-file",
            "-",
            "--agent-id",
            agent_id,
            "--doctor",
            stdin=backend.secret,
        )

    assert done.returncode == code, done.stdout
    assert done.stdout.startswith("edgecheck ")
    assert found(backend.secret, done.stdout + done.stderr) == []


def test_a_file_further_up_is_pointed_out(
    run: Run, tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """A new one hides it from doctor."""
    (tmp_path / ".env").write_text(WRITTEN)
    (tmp_path / "sub").mkdir()
    done = subprocess.run(
        [*COMMAND, "init", *ANSWERS],
        cwd=tmp_path / "sub",
        env=dict(environ),
        input=SECRET,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert done.returncode == 0
    assert "edgecheck init -e ../.env" in done.stderr
    assert (tmp_path / "sub" / ".env").read_text() == WRITTEN


MESSAGES = [
    f"Hello,\nhost: https://edge.example\nsecret: {SECRET}\nagent id: edge_7",
    f"BACKEND_URL=https://edge.example EDGE_SECRET={SECRET} EDGE_AGENT_ID=edge_7",
    f"- **Token:** `{SECRET}`\n- **Address:** `https://edge.example`\n- **ID:** `edge_7`\n",
    f"edge.example\n{SECRET}\nedge_7\n",
]


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_that_is_piped_in_gives_all_three(run: Run, tmp_path: Path, message: str) -> None:
    """Whatever its form; the secret is in no output."""
    done = run("init", "--secret-file", "-", stdin=message)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, done.stderr) == []


def test_a_token_in_an_address_is_not_shown(run: Run, tmp_path: Path) -> None:
    """It is written, and may be the secret."""
    done = run("init", *ANSWERS, "--url", f"https://{SECRET}.example/{OTHER}/x", stdin=OTHER)

    assert done.returncode == 0, done.stderr
    assert f"BACKEND_URL=wss://{SECRET}.example/{OTHER}/x\n" in (tmp_path / ".env").read_text()
    assert "✓ wss://….example…" in done.stderr
    assert found(SECRET, done.stderr) == []
    assert found(OTHER, done.stderr.replace(fingerprint(OTHER), "")) == []


# --- a file that is there ------------------------------------------------------------------------

THERE = f"""\
# Edge agent 7, see the wiki
LOG_LEVEL=debug   # noisy

export EDGE_AGENT_ID="edge_7" # ours
BACKEND_URL='wss://old.example'
OTHER='a  b'
EDGE_SECRET={OTHER}
"""


def test_a_file_is_updated_in_place(run: Run, tmp_path: Path) -> None:
    """Byte for byte as it was, apart from what is new; the file as it was is kept."""
    path = tmp_path / ".env"
    path.write_text(THERE)
    path.chmod(0o644)
    done = run("init", "--url", "edge.example")

    assert done.returncode == 0, done.stderr
    assert path.read_text() == THERE.replace("'wss://old.example'", "wss://edge.example")
    assert (tmp_path / ".env.bak").read_text() == THERE
    assert ".env.bak" in done.stderr
    assert mode_of(path) == mode_of(tmp_path / ".env.bak") == 0o600
    assert content_of(tmp_path).keys() == {".env", ".env.bak"}
    assert found(OTHER, done.stderr) == []
    assert fingerprint(OTHER) in done.stderr


def test_windows_line_ends_and_a_missing_setting_stay_in_style(run: Run, tmp_path: Path) -> None:
    """What is added ends as the other lines do."""
    path = tmp_path / ".env"
    path.write_bytes(b"# mine\r\nBACKEND_URL=wss://edge.example\r\n")
    done = run("init", "--agent-id", "edge_7", "--secret-file", "-", stdin=SECRET)

    assert done.returncode == 0
    assert (
        path.read_bytes()
        == (
            "# "
            f"mine\r\nBACKEND_URL=wss://edge.example\r\nEDGE_SECRET={SECRET}\r\nEDGE_AGENT_ID=edge_7\r\n"
        ).encode()
    )
    assert "CR LF" in done.stderr or "every line" in done.stderr


def test_the_same_answers_change_nothing(run: Run, tmp_path: Path) -> None:
    """No copy, no new file."""
    path = tmp_path / ".env"
    path.write_text(THERE)
    path.chmod(0o600)
    before = path.stat()
    done = run("init", "--no-input")

    assert done.returncode == 0, done.stderr
    assert "already has all of that" in done.stderr
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert content_of(tmp_path).keys() == {".env"}


def test_what_the_file_has_is_judged_as_well(run: Run, tmp_path: Path) -> None:
    """A template's placeholder is no answer; what can be repaired is."""
    path = tmp_path / ".env"
    path.write_text(THERE.replace(OTHER, "your-shared-secret-here"))
    refused = run("init", "--no-input")
    path.write_text(THERE.replace(OTHER, f'"Bearer {SECRET}"'))
    repaired = run("init", "--no-input")

    assert refused.returncode == 1
    assert "placeholder" in refused.stderr
    assert repaired.returncode == 0
    assert path.read_text() == THERE.replace(OTHER, SECRET)


def test_a_symbolic_link_stays_one(run: Run, tmp_path: Path) -> None:
    """What it points at is written."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "agent.env").write_text(THERE)
    (tmp_path / ".env").symlink_to("shared/agent.env")
    done = run("init", *ANSWERS, stdin=SECRET)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".env").is_symlink()
    assert f"EDGE_SECRET={SECRET}" in (tmp_path / "shared" / "agent.env").read_text()
    assert mode_of(tmp_path / "shared" / "agent.env") == 0o600


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("folder", "is a folder"),
        ("pipe", "not a file"),
        ("UTF-16", "edgecheck doctor --fix"),
        ("loop", "Too many levels of symbolic links"),
        ("huge", "larger than"),
    ],
)
def test_what_cannot_be_a_settings_file_is_said_first(
    run: Run, tmp_path: Path, kind: str, words: str
) -> None:
    """Before anybody is asked; it is left as it is."""
    path = tmp_path / ".env"
    {
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "UTF-16": lambda: path.write_bytes(WRITTEN.encode("utf-16")),
        "loop": lambda: path.symlink_to(".env"),
        "huge": lambda: path.write_bytes(b"#" * 100_000),
    }[kind]()
    before = content_of(tmp_path)
    done = run("init")

    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert content_of(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="owners and permissions")
@pytest.mark.parametrize(
    ("owner", "words"),
    [
        (
            65534,
            (
                "It belongs to another user: run edgecheck init as that user, or name another "
                "file: "
                "edgecheck init -e edge.env"
            ),
        ),
        (0, "Make it yours to read: chmod u+rw .env"),
    ],
)
def test_what_to_do_about_a_file_that_may_not_be_read_is_said(
    tmp_path: Path, environ: Mapping[str, str], owner: int, words: str
) -> None:
    """Another user's, or one's own."""
    if os.geteuid() != 0:
        lacking("only root can make another's file")
    path = tmp_path / ".env"
    path.write_text(WRITTEN)
    path.chmod(0o000)
    os.chown(path, owner, owner)
    # Without these rights root is a user like any other.
    command = [
        require_program("setpriv"),
        "--bounding-set=-dac_override,-dac_read_search",
        *COMMAND,
        "init",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=dict(environ), capture_output=True, text=True, timeout=PATIENCE
    )

    assert done.returncode == 1
    assert f".env cannot be read: Permission denied. {words}" in said(done)
    assert path.read_text() == WRITTEN


@pytest.mark.parametrize("folder", ["/sys", "/proc", "no/such/folder"])
def test_where_nothing_can_be_written_is_said(run: Run, tmp_path: Path, folder: str) -> None:
    """A folder that is not there, and those in which not even root makes files."""
    if folder.startswith("/") and not Path(folder).is_dir():
        pytest.skip("Linux alone has it")
    done = run("init", *ANSWERS, "-e", f"{folder}/edge.env", stdin=SECRET)

    assert (done.returncode, done.stdout) == (1, "")
    assert f"{folder}/edge.env" in done.stderr
    assert "written: " in done.stderr
    assert content_of(tmp_path) == {}


def test_another_file_can_be_named(run: Run, tmp_path: Path) -> None:
    """The command that follows names it as well."""
    done = run("init", *ANSWERS, "-e", "my agent.env", stdin=SECRET)

    assert done.returncode == 0
    assert content_of(tmp_path) == {"my agent.env": WRITTEN.encode()}
    assert "edgecheck doctor -e 'my agent.env'" in done.stderr


# --- git -----------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> str:
    """Run git; return what it says."""
    command = [
        require_program("git"),
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.org",
        *arguments,
    ]
    done = subprocess.run(
        command,
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_git_is_told_to_ignore_the_file_and_its_copies(run: Run, tmp_path: Path) -> None:
    """`git add` takes neither, and a second run adds no second line."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text("build/")
    first = run("init", *ANSWERS, stdin=SECRET)
    once = (tmp_path / ".gitignore").read_text()
    run("init", *ANSWERS, "--agent-id", "edge_8", stdin=SECRET)
    run("init", *ANSWERS, "--agent-id", "edge_9", stdin=SECRET)
    git(tmp_path, "add", ".")

    assert "git ignores it, by .gitignore" in first.stderr
    assert once == "build/\n.env\n.env.bak*\n"
    assert (tmp_path / ".gitignore").read_text() == "build/\n.env\n.env.bak*\n"
    assert {".env", ".env.bak", ".env.bak.2"} <= content_of(tmp_path).keys()
    assert git(tmp_path, "ls-files").split() == [".gitignore"]


def test_git_is_told_nothing_that_it_knows(run: Run, tmp_path: Path) -> None:
    """Whatever the pattern."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text(".e*\n")
    run("init", *ANSWERS, stdin=SECRET)
    run("init", *ANSWERS, "--agent-id", "edge_8", stdin=SECRET)

    assert (tmp_path / ".gitignore").read_text() == ".e*\n"


def test_a_file_that_git_tracks_is_pointed_out(run: Run, tmp_path: Path) -> None:
    """A line in .gitignore does not take it out."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".env").write_text("LOG_LEVEL=debug\n")
    git(tmp_path, "add", ".env")
    done = run("init", *ANSWERS, stdin=SECRET)

    assert done.returncode == 0
    assert "git tracks .env" in done.stderr


def test_outside_of_git_there_is_no_gitignore(run: Run, tmp_path: Path) -> None:
    """Nothing but the file is made."""
    run("init", *ANSWERS, stdin=SECRET)

    assert content_of(tmp_path).keys() == {".env"}


# --- a person ------------------------------------------------------------------------------------


class Person:
    """Somebody at a terminal of 80 columns."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        *arguments: str,
        term: str = "xterm-256color",
    ) -> None:
        self.child = pexpect.spawn(
            COMMAND[0],
            [*COMMAND[1:], "init", *arguments],
            cwd=str(folder),
            env={**environ, "TERM": term},
            dimensions=(60, 80),
        )
        self.raw = b""
        self.screen = pyte.Screen(80, 60)
        self.stream = pyte.ByteStream(self.screen)

    def text(self) -> str:
        """Return what is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def sees(self, *words: str) -> None:
        """Wait until all of these are on the screen."""
        end = time.monotonic() + PATIENCE
        while not all(word in self.text() for word in words):
            assert time.monotonic() < end, self.text()
            self._read(must_live=True)

    def sees_last(self, question: str) -> None:
        """Wait until the screen ends with a question, and the terminal is ready for an answer."""
        end = time.monotonic() + PATIENCE
        while not self.text().endswith(question):
            assert time.monotonic() < end, self.text()
            self._read(must_live=True)

    def answers(self, text: str) -> None:
        """Type a line."""
        self.child.send(f"{text}\r")

    def pastes(self, text: str) -> None:
        """Paste, as a terminal tells programs that something is pasted."""
        self.child.send(f"\x1b[200~{text}\x1b[201~")

    def pastes_and_enters(self, text: str) -> None:
        """Paste what is not drawn, and take it."""
        self.pastes(text)
        self.sees_last(prompt.PASTED)
        self.answers("")

    def ends(self) -> int:
        """Wait for the end; return the exit code."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not self._read(must_live=False):
            pass
        self.child.close()
        assert self.child.exitstatus is not None, self.text()
        return self.child.exitstatus

    def _read(self, *, must_live: bool) -> bool:
        """Draw what has come; tell whether that was all."""
        try:
            data = self.child.read_nonblocking(65536, timeout=0.1)
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            assert not must_live, self.text()
            return True
        self.raw += data
        self.stream.feed(data)
        return False


terminal = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
ADDRESS, SECRET_QUESTION, ID = "Backend's address:", "Shared secret, not shown:", "This agent's id:"


@terminal
def test_a_person_is_led_through_it(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Each answer is checked at once, and asked for again if it cannot be used.

    The secret is never on the screen.
    """
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.answers("wss://edge.example:99999")
    person.sees("BACKEND_URL is not an address")
    person.sees_last(ADDRESS)
    person.answers("https://edge.example/edge/ws?edge_agent_id=edge_7")
    person.sees("✓ wss://edge.example", "repaired: BACKEND_URL begins with https://")
    person.sees_last(SECRET_QUESTION)
    person.answers("your-shared-secret-here")
    person.sees("placeholder")
    person.sees_last(SECRET_QUESTION)
    person.pastes(f"Bearer {SECRET}\n")
    person.answers("")
    person.sees(
        f"✓ 32 characters, {fingerprint(SECRET)}",
        "repaired: EDGE_SECRET in your answer begins with `Bearer `",
    )
    person.sees_last("This agent's id [edge_7]:")
    person.answers("")
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert "edgecheck doctor" in person.text()
    assert found(SECRET, person.raw.decode()) == []


@terminal
def test_a_whole_message_is_pasted_at_once(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Where the first question stands; it is not drawn, because the secret is in it."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes_and_enters(
        f"Hi,\r\nBACKEND_URL=https://edge.example\r\n- EDGE_SECRET: `{SECRET}`\r\n> EDGE_AGENT_ID "
        "= edge_7\r\nBye\r\n"
    )
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []


@terminal
@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_of_any_form_is_pasted_at_once(
    tmp_path: Path, environ: Mapping[str, str], message: str
) -> None:
    """No part of it is drawn but what was understood."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes_and_enters(message)
    person.sees(
        "It holds the address, the secret and the agent's id.", "✓ wss://edge.example", "✓ edge_7"
    )
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []


@terminal
def test_a_pasted_message_can_be_thrown_away(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Nothing is taken before Enter; what the message lacks is named."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes(f"host wrong.example, secret {OTHER}, agent edge_9")
    person.sees_last(prompt.PASTED)
    person.child.send("\x7f")
    person.sees_last(ADDRESS)
    person.pastes_and_enters(f"wscat -c wss://edge.example -H 'Authorization: Bearer {SECRET}'")
    person.sees("It holds the address and the secret, but not the agent's id.")
    person.sees_last(ID)
    person.answers("edge_7")
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == found(OTHER, person.raw.decode()) == []


@terminal
def test_what_is_not_certain_is_asked_for(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Of two addresses none is taken; what was typed before a paste belongs to it."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes_and_enters(f"wss://edge.example or wss://edge2.example, {SECRET}")
    person.sees(
        "It holds the secret, but not the agent's id.",
        "It is not clear which part is the address. Paste only that.",
    )
    person.sees_last(ADDRESS)
    person.child.send("wss://")
    person.sees_last("Backend's address: wss://")
    person.pastes("edge.example")
    person.sees_last("Backend's address: wss://edge.example")
    person.answers("")
    person.sees_last(ID)
    person.pastes_and_enters("`edge_7`")
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []


@terminal
def test_two_answers_that_differ_are_no_answer(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """The id that a first message had is not that of the second."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes_and_enters(f"You are edge_3\n{SECRET}")
    person.sees_last(ADDRESS)
    person.pastes_and_enters(f"wss://edge.example edge_4\n{SECRET}")
    person.sees_last(ID)
    person.answers("edge_7")
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN


@terminal
@pytest.mark.parametrize(("second", "written"), [("", "edge_7"), ("7", "7"), ("edge_8", "edge_8")])
def test_an_id_of_another_form_is_asked_about_once(
    tmp_path: Path, environ: Mapping[str, str], second: str, written: str
) -> None:
    """The number alone is offered with its prefix; whoever gives the same again means it."""
    person = Person(tmp_path, environ, "--url", "edge.example")
    person.sees_last(SECRET_QUESTION)
    person.answers(SECRET)
    person.sees_last(ID)
    person.answers("changeme")
    person.sees("have the form edge_<number>", "you were given,")
    person.sees_last(ID)
    person.answers("7")
    person.sees("Enter alone takes edge_7.")
    person.sees_last("This agent's id [edge_7]:")
    person.answers(second)
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN.replace("=edge_7", f"={written}")


@terminal
def test_a_secret_that_looks_like_another_setting_is_asked_about_once(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """And an empty answer is told from a file's."""
    person = Person(tmp_path, environ, "--url", "edge.example", "--agent-id", "edge_7")
    person.sees_last(SECRET_QUESTION)
    person.answers("")
    person.sees("EDGE_SECRET is empty. Paste what the backend's team sent you", "Ctrl-C.")
    person.sees_last(SECRET_QUESTION)
    person.answers("127.0.0.1")
    person.sees("That looks like the address, not like a secret.")
    person.sees_last(SECRET_QUESTION)
    person.answers(SECRET)
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN


@terminal
def test_neither_yes_nor_no_is_asked_again(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """And what is pasted there is not drawn."""
    person = Person(tmp_path, environ, "--url", "edge.example", "--agent-id", "edge_7")
    person.sees_last(SECRET_QUESTION)
    person.answers(SECRET)
    for _ in range(2):
        person.sees_last("Run the checkup now? [Y/n]")
        person.pastes_and_enters(f"secret: {SECRET}")
        person.sees("Answer y for yes, n for no.")
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("No")

    assert person.ends() == 0
    assert "edgecheck doctor" in person.text()
    assert found(SECRET, person.raw.decode()) == []


@terminal
@pytest.mark.parametrize("pasted", [SECRET, f"EDGE_SECRET={SECRET}"])
def test_the_secret_that_is_pasted_for_the_address_is_not_drawn(
    tmp_path: Path, environ: Mapping[str, str], pasted: str
) -> None:
    """The address is asked for again; a secret that was called by its name is not."""
    person = Person(tmp_path, environ)
    person.sees_last(ADDRESS)
    person.pastes_and_enters(pasted)
    person.sees("looks like the secret" if pasted == SECRET else "It holds the secret, but not")
    person.sees_last(ADDRESS)
    person.answers("edge.example")
    if pasted == SECRET:
        person.sees_last(SECRET_QUESTION)
        person.answers(SECRET)
    person.sees_last(ID)
    person.answers("edge_7")
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []


@terminal
def test_what_is_there_is_the_default(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """The secret is shown by its fingerprint, and kept by an empty answer."""
    path = tmp_path / ".env"
    path.write_text(THERE)
    person = Person(tmp_path, environ)
    person.sees_last("Backend's address [wss://old.example]:")
    person.answers("edge.example")
    person.sees_last(f"Shared secret, not shown [keep {fingerprint(OTHER)}]:")
    person.answers("")
    person.sees_last("This agent's id [edge_7]:")
    person.answers("")
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert path.read_text() == THERE.replace("'wss://old.example'", "wss://edge.example")
    assert found(OTHER, person.raw.decode()) == []


@terminal
def test_only_what_no_option_gives_is_asked_for(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """A secret from standard input would be typed in plain sight: it is asked for."""
    person = Person(
        tmp_path, environ, "--url", "edge.example", "--agent-id", "edge_7", "--secret-file", "-"
    )
    person.sees_last(SECRET_QUESTION)
    person.answers(SECRET)
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []


@terminal
def test_the_checkup_runs_where_it_is_wanted(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """An empty answer is a yes."""
    with simulated() as backend:
        person = Person(tmp_path, environ, "--url", backend.url, "--agent-id", backend.agent_id)
        person.sees_last(SECRET_QUESTION)
        person.answers(backend.secret)
        person.sees_last("Run the checkup now? [Y/n]")
        person.answers("")
        code = person.ends()

    assert code == 0, person.text()
    assert "Healthy" in person.text()


@terminal
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("questions", [1, 2, 3])
def test_whoever_ends_it_has_written_nothing(
    tmp_path: Path, environ: Mapping[str, str], key: str, questions: int
) -> None:
    """At any question; exit code 130, and no traceback."""
    person = Person(tmp_path, environ)
    answers = [(ADDRESS, "edge.example"), (SECRET_QUESTION, SECRET), (ID, "")]
    for question, answer in answers[: questions - 1]:
        person.sees_last(question)
        person.answers(answer)
    person.sees_last(answers[questions - 1][0])
    person.child.send(key)

    assert person.ends() == 130
    assert "Nothing was written." in person.text()
    assert "Traceback" not in person.text()
    assert content_of(tmp_path) == {}


@terminal
def test_a_terminal_that_cannot_move_its_cursor_hides_the_secret_too(
    tmp_path: Path, environ: Mapping[str, str]
) -> None:
    """With no control characters at all."""
    person = Person(tmp_path, environ, term="dumb")
    person.sees_last(ADDRESS)
    person.answers("edge.example")
    person.sees_last(SECRET_QUESTION)
    person.answers(SECRET)
    person.sees_last(ID)
    person.answers("edge_7")
    person.sees_last("Run the checkup now? [Y/n]")
    person.answers("n")

    assert person.ends() == 0
    assert (tmp_path / ".env").read_text() == WRITTEN
    assert found(SECRET, person.raw.decode()) == []
    assert b"\x1b" not in person.raw


@terminal
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "LOG_LEVEL=debug\n"),
        ("LOG_LEVEL=info\n", "LOG_LEVEL=debug\n"),
        ("LOG_LEVEL=info\n", None),
    ],
)
def test_a_file_that_changes_meanwhile_is_left_as_it_is(
    tmp_path: Path, environ: Mapping[str, str], before: str | None, after: str | None
) -> None:
    """Somebody makes, edits or removes it in another window."""
    path = tmp_path / ".env"
    if before is not None:
        path.write_text(before)
    options = ("--url", "edge.example", "--agent-id", "edge_7", "-e", ".env")
    person = Person(tmp_path, environ, *options)
    person.sees_last(SECRET_QUESTION)
    if after is not None:
        path.write_text(after)
    else:
        path.unlink()
    person.answers(SECRET)

    assert person.ends() == 1
    assert "changed in the meantime" in person.text()
    assert "edgecheckinit-e.env" in "".join(person.text().split())
    assert content_of(tmp_path) == ({} if after is None else {".env": after.encode()})


@terminal
def test_with_no_input_nobody_is_asked(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Not even at a terminal."""
    person = Person(tmp_path, environ, "--no-input", "--url", "edge.example")

    assert person.ends() == 2
    assert "--agent-id" in person.text()


# --- the law: no piece of the secret is shown ----------------------------------------------------

# A word of lower-case letters with dots has the form of a host, and nobody can tell the two apart:
# those are not among them.
SECRETS = st.one_of(
    st.binary(min_size=8, max_size=32).map(bytes.hex),
    st.binary(min_size=9, max_size=33).map(lambda raw: base64.b64encode(raw).decode()),
    st.binary(min_size=9, max_size=33).map(
        lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")
    ),
    st.uuids(version=4).map(str),
    # Not `st.text`: it draws words of this project's, which stand in every sentence.
    *(
        st.lists(st.sampled_from(alphabet), min_size=8, max_size=32).map("".join)
        for alphabet in (string.ascii_lowercase + string.digits, "abcdeXYZ0123456789!@#$%^&*+=/~_-")
    ),
    st.sampled_from(["hunter2!", "purple-monkey-dishwasher", "Tr0ub4dor&3", "qwertzuiop"]),
).filter(lambda secret: len(set(secret)) > 4)
VALUES = {
    "BACKEND_URL": st.sampled_from(
        [
            "wss://edge.example",
            "ws://127.0.0.1:8799",
            "https://edge.example/edge/ws",
            "edge.example",
        ]
    ),
    "EDGE_AGENT_ID": st.sampled_from(["edge_7", "7"]),
}
NAMES = {
    "BACKEND_URL": ["host: ", "url=", "**Address:** ", "BACKEND_URL=", "the backend is ", ""],
    "EDGE_SECRET": [
        "secret: ",
        "Secret:",
        "token=",
        "**Key:** ",
        "EDGE_SECRET=",
        "EDGE_SECRET = ",
        "secret is ",
        "pass: ",
        "",
    ],
    "EDGE_AGENT_ID": ["agent id: ", "id=", "**Agent ID:** ", "EDGE_AGENT_ID=", "you are ", ""],
}
AROUND = st.sampled_from(["{}", "{}", "`{}`", '"{}"', "<{}>", "({})", "{}.", "{},"])


@st.composite
def messages(draw: st.DrawFn, secret: str) -> str:
    """Draw what somebody may send, the secret among it."""
    names = draw(st.lists(st.sampled_from(sorted(NAMES)), max_size=4))
    names.insert(draw(st.integers(0, len(names))), "EDGE_SECRET")
    parts = []
    for name in names:
        value = secret if name == "EDGE_SECRET" else draw(VALUES[name])
        parts.append(
            draw(st.sampled_from(["", "", "- ", "> ", "Hi, "]))
            + draw(st.sampled_from(NAMES[name]))
            + draw(AROUND).format(value)
        )
    text = draw(st.sampled_from(["\n", "\n", "\r\n", " ", ", ", "; ", " | ", ",", ""])).join(parts)
    return (
        draw(st.sampled_from(["", "", "Hello,\n", "Hello, "]))
        + text
        + draw(st.sampled_from(["", "", "\n", "\nRegards, Ann"]))
    )


def spoken(arguments: Sequence[str], answers: Mapping[str, str], times: int = 1) -> str:
    """Hold the interview in this process; return all that was shown or drawn by the prompt.

    Args:
        answers: by question, given so many times; then what is right.
    """
    right = {"Backend": "wss://edge.example", "Shared": SECRET, "This": "edge_7", "Run": "n"}
    shown, left = io.StringIO(), dict.fromkeys(answers, times)

    def ask(
        process: Process, question: str, at_once: Callable[[str], bool], *, hidden: bool = False
    ) -> str:
        which = question.split(maxsplit=1)[0].removesuffix("'s")
        answer = right[which]
        if left.get(which):
            left[which] -= 1
            answer = answers[which]
        shown.write(question)
        if not hidden and not at_once(answer):
            shown.write(f"{answer}\n")
        return answer

    asked = mock.patch.multiple(prompt, ask=ask, can_ask=mock.Mock(return_value=True))
    with TemporaryDirectory() as folder, asked:
        process = Process(
            environ={},
            stdin=io.TextIOWrapper(io.BytesIO()),
            stdout=shown,
            stderr=shown,
            folder=Path(folder),
        )
        run_here(["init", *arguments], process)
    return shown.getvalue()


def assert_hidden(secret: str, shown: str) -> None:
    """No run of six characters of it; the fingerprint aside."""
    text = re.sub(r"sha256:[0-9a-f]+|prints [0-9a-f]+", "", shown).lower()
    whole = "".join(text.split())
    pieces = {secret.lower()[start : start + 6] for start in range(len(secret) - 5)}
    assert [piece for piece in pieces if piece in text or piece in whole] == [], shown


@given(st.data(), st.sampled_from(["Backend", "Shared", "This", "Run"]))
def test_no_piece_of_the_secret_in_a_message_is_shown(data: st.DataObject, question: str) -> None:
    """Whichever question it is pasted at."""
    secret = data.draw(SECRETS)
    message = data.draw(messages(secret))

    assert_hidden(secret, spoken([], {question: message}, times=2 if question == "Run" else 1))


@given(st.data(), st.sampled_from(["--url", "--agent-id"]))
def test_no_piece_of_the_secret_in_an_option_is_shown(data: st.DataObject, option: str) -> None:
    """A message in the wrong place, and nobody to ask."""
    secret = data.draw(SECRETS)
    message = data.draw(messages(secret))
    others = {"--url": "wss://edge.example", "--agent-id": "edge_7"}
    arguments = [f"{name}={value}" for name, value in {**others, option: message}.items()]

    shown = spoken(["--no-input", "--generate-secret", *arguments], {})

    assert_hidden(secret, re.sub(r"EDGE_SECRET=[0-9a-f]{64}", "", shown))


@pytest.mark.parametrize("question", ["Backend", "Shared", "This", "Run"])
@given(secret=SECRETS)
def test_the_secret_alone_is_shown_at_no_question(question: str, secret: str) -> None:
    """Not even where it is given twice."""
    assert_hidden(secret, spoken([], {question: secret}, times=2))
