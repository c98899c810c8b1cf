"""`edgecheck init`, unattended: through options and pipes."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, PATIENCE, Run
from tests.cli.init_answers import (
    ANSWERS,
    MESSAGES,
    OTHER,
    SECRET,
    WRITTEN,
    content_of,
    fingerprint,
    mode_of,
    said,
)
from tests.doctor import simulated
from tests.test_secret_hunt import found


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
