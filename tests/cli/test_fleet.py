"""`edgecheck fleet` as a person or a script runs it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from edgecheck.cli.ends import UsageError
from edgecheck.cli.options import not_both
from edgecheck.simulator import Backend
from tests.cli.conftest import COMMAND, Run
from tests.doctor import SECRET, simulated
from tests.processes import send, started
from tests.timing import AMPLE_LIMIT, PATIENCE

MARK = "Zw8qK3nV5xR7tB2mC9fJ4hL6sD1gPyUe"


def write(folder: Path, backend: Backend, count: int = 3, *, first: int = 1) -> None:
    """Write the settings of agents into a folder."""
    folder.mkdir(exist_ok=True)
    for number in range(first, first + count):
        file = folder / f"a{number}.env"
        file.touch(0o600)
        file.write_text(
            f"BACKEND_URL={backend.url}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_{number}\n"
        )


@pytest.fixture
def backend() -> Iterator[Backend]:
    """A healthy backend that knows many agents."""
    ids = frozenset(f"edge_{number}" for number in range(1, 10))
    with simulated(agents=ids) as running:
        yield running


def lines_of(
    ended: subprocess.CompletedProcess[str],
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the lines of the agents, and the summary."""
    *agents, summary = map(json.loads, ended.stdout.splitlines())
    assert {each["event"] for each in agents} <= {"agent"}
    assert summary["event"] == "summary"
    return agents, summary


def test_a_healthy_fleet_ends_with_zero(tmp_path: Path, run: Run, backend: Backend) -> None:
    """Each agent has a line, and the last line counts."""
    write(tmp_path / "agents", backend)
    ended = run("fleet", "agents", "--until", "session", "--json", EDGE_SECRET="of-somebody-else")
    agents, summary = lines_of(ended)

    assert ended.returncode == 0, ended.stderr
    assert {each["name"] for each in agents} == {f"agents/a{number}.env" for number in (1, 2, 3)}
    assert {each["target"]["agent_id"] for each in agents} == {"edge_1", "edge_2", "edge_3"}
    assert all(each["ok"] and each["verdict"] is None and each["ping_ms"] for each in agents)
    assert (summary["ok"], summary["agents"], summary["healthy"]) == (True, 3, 3)
    assert ended.stderr == ""


def test_without_a_word_the_backend_hears_no_request(tmp_path: Path, run: Run) -> None:
    """A request with a running agent's id would close that agent's connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        url = f"ws://127.0.0.1:{server.getsockname()[1]}"
        (tmp_path / "a.env").write_text(
            f"BACKEND_URL={url}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
        )
        ended = run("fleet", "a.env", "--json")
        accepted, _ = server.accept()
        with accepted:
            said = accepted.recv(1000)

    assert ended.returncode == 0, ended.stdout
    assert said == b""
    assert lines_of(ended)[1]["until"] == "tls"


def test_what_is_wrong_is_grouped_by_cause_and_turn(
    tmp_path: Path, run: Run, backend: Backend
) -> None:
    """One step mends all of them; one broken file or entry is one agent's problem."""
    write(tmp_path / "agents", backend, 2)
    for number in (7, 8, 9):
        (tmp_path / f"agents/b{number}.env").write_text(
            f"BACKEND_URL={backend.url}\nEDGE_SECRET=Bearer {SECRET}\nEDGE_AGENT_ID=edge_{number}\n"
        )
    (tmp_path / "more.jsonl").write_text("{broken\n")
    (tmp_path / "agents/c.env").mkdir()
    ended = run("fleet", "agents", "more.jsonl", "--until", "session")

    assert ended.returncode == 1
    assert "4 of 6 agents have a problem" in ended.stdout
    assert "3 of 6: secret-bearer-prefix, client" in ended.stdout
    assert "1 of 6: not-checked, client" in ended.stdout
    assert "Next step: the operators of these agents: 4" in ended.stdout
    assert "Agents: agents/b7.env, agents/b8.env, agents/b9.env" in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 80


def test_only_problems_leaves_healthy_agents_out(
    tmp_path: Path, run: Run, backend: Backend
) -> None:
    """They are counted all the same."""
    write(tmp_path / "agents", backend, 2)
    (tmp_path / "agents/b.env").write_text("BACKEND_URL=\n")
    ended = run(
        *("fleet", "agents", "--until", "session", "--json", "--only-problems"),
        *("--report", "r.json", "--report", "r.xml", "--report", "r.md", "--report", "r.html"),
    )
    agents, summary = lines_of(ended)
    report = json.loads((tmp_path / "r.json").read_text())

    assert [each["name"] for each in agents] == ["agents/b.env"]
    assert [each["name"] for each in report["agents"]] == ["agents/b.env"]
    assert (summary["agents"], summary["healthy"], summary["problems"]) == (3, 2, 1)
    for name in ("r.xml", "r.md", "r.html"):
        text = (tmp_path / name).read_text()
        assert "agents/b" in text
        assert "agents/a1" not in text


def test_a_baseline_says_what_changed(tmp_path: Path, run: Run, backend: Backend) -> None:
    """Newly broken, mended, new and gone."""
    write(tmp_path / "agents", backend, 3)
    arguments = ("fleet", "agents", "--until", "session")
    (tmp_path / "before.jsonl").write_text(run(*arguments, "--json").stdout)
    (tmp_path / "agents/a1.env").write_text("BACKEND_URL=\n")
    (tmp_path / "agents/a2.env").unlink()
    write(tmp_path / "agents", backend, 1, first=4)
    ended = run(*arguments, "--baseline", "before.jsonl")
    _, summary = lines_of(run(*arguments, "--baseline", "before.jsonl", "--json"))

    assert "1 newly broken: agents/a1.env (url-missing)" in ended.stdout
    assert "1 gone: agents/a2.env" in ended.stdout
    assert "1 new: agents/a4.env" in ended.stdout
    assert {kind: each["count"] for kind, each in summary["changes"].items()} == {
        "newly-broken": 1,
        "gone": 1,
        "new": 1,
    }


def test_one_command_repairs_the_files_of_many(tmp_path: Path, run: Run, backend: Backend) -> None:
    """A shell's loop over the files, which can be pasted; up to TLS the mistake is only named."""
    (tmp_path / "agents").mkdir()
    for number in (1, 2):
        file = tmp_path / f"agents/site {number}.env"
        file.touch(0o600)
        file.write_text(
            f"BACKEND_URL={backend.url}\nEDGE_SECRET=Bearer {SECRET}\nEDGE_AGENT_ID=edge_{number}\n"
        )
    early = run("fleet", "agents")
    whole = run("fleet", "agents", "--until", "session", "--json")
    _, summary = lines_of(whole)
    (cause,) = summary["causes"]
    command = cause["remedies"][0].split("\n$ ")[1]
    pasted = command.replace("edgecheck doctor --fix", f"{shlex.join(COMMAND)} doctor --fix --yes")
    subprocess.run(
        ["sh", "-c", pasted], cwd=tmp_path, env=dict(os.environ), check=True, timeout=PATIENCE
    )

    assert early.returncode == 0
    assert "2 agents healthy so far" in early.stdout
    assert "secret-bearer-prefix" in early.stdout
    assert (cause["count"], cause["example"]) == (2, None)
    assert run("fleet", "agents", "--until", "session").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Name the agents"),
        (("missing",), "no such file"),
        (("empty",), "no .env"),
        (("nobody.toml",), "nobody.toml: an inventory has a table [[agent]]"),
        (("a.env", "--demo", "3"), "leave out the paths"),
        (("",), "'': an empty name"),
        (("a.env", "--seed", "3"), "--seed goes with --demo"),
        (("a.env", "--jobs", "0"), "--jobs takes"),
        (("a.env", "--timeout", "0"), "--timeout"),
        (("a.env", "--report", "x.pdf"), "--report x.pdf"),
        (("a.env", "--report", "none/x.html"), "there is no such folder"),
        (("a.env", "--baseline", "a.env"), "--baseline a.env"),
        (("a.env", "--profile", "none"), "--profile"),
        (("--demo", "0"), "--demo takes"),
    ],
)
def test_wrong_usage_ends_with_two(
    tmp_path: Path, run: Run, arguments: tuple[str, ...], words: str
) -> None:
    """Nothing is sent."""
    (tmp_path / "a.env").write_text("BACKEND_URL=ws://127.0.0.1:1\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "nobody.toml").touch()
    ended = run("fleet", *arguments)

    assert ended.returncode == 2
    assert words in ended.stderr
    assert ended.stdout == ""


@pytest.mark.skipif(os.name != "posix", reason="pipes with a name are POSIX's")
def test_certificates_from_a_pipe_are_refused(tmp_path: Path, run: Run) -> None:
    """The first check would empty the pipe, and the next one would wait for ever."""
    (tmp_path / "a.env").touch()
    os.mkfifo(tmp_path / "pipe")
    ended = run("fleet", "a.env", "--ca-file", "pipe")

    assert ended.returncode == 2
    assert "can be read only once" in ended.stderr


def test_an_argument_is_named_without_dashes() -> None:
    """A person would look for an option --PATH."""
    with pytest.raises(UsageError, match=r"^--demo and PATH exclude each other\.$"):
        not_both(demo=True, PATH=True)


@pytest.mark.parametrize("command", ["doctor", "ping", "listen", "repl", "simulate", "env", "init"])
def test_a_second_file_of_settings_is_refused(run: Run, command: str) -> None:
    """It would silently replace the first; the answer names what takes many."""
    ended = run(command, "-e", "a.env", "--env-file=b.env")

    assert ended.returncode == 2
    assert "edgecheck fleet" in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_keeps_what_is_known(
    tmp_path: Path,
    environ: Mapping[str, str],
    backend: Backend,
    number: signal.Signals,
    code: int,
) -> None:
    """Healthy agents are counted, the one that hangs is not finished, the report is written."""
    write(tmp_path / "agents", backend, 2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        url = f"ws://127.0.0.1:{server.getsockname()[1]}"
        (tmp_path / "agents/b.env").write_text(
            f"BACKEND_URL={url}\nEDGE_SECRET={SECRET}\nEDGE_AGENT_ID=edge_1\n"
        )
        arguments = ("fleet", "agents", "--until", "session", "--json", "--report", "r.html")
        with started(
            [*COMMAND, *arguments, "--timeout", str(AMPLE_LIMIT)],
            cwd=tmp_path,
            env=dict(environ),
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            accepted, _ = server.accept()
            assert process.stdout is not None
            known = [process.stdout.readline() for _ in range(2)]
            with accepted:
                send(process, number)
                rest, _ = process.communicate(timeout=PATIENCE)
    unfinished, summary = map(json.loads, rest.splitlines())

    assert process.returncode == code
    assert [json.loads(line)["ok"] for line in known] == [True, True]
    assert unfinished["interrupted"]
    assert (summary["healthy"], summary["problems"], summary["unfinished"]) == (2, 0, 1)
    assert summary["interrupted"]
    assert "Interrupted: 2 of 3 agents checked" in (tmp_path / "r.html").read_text()


def test_the_secret_is_in_no_output(tmp_path: Path, run: Run, backend: Backend) -> None:
    """Wherever it was put: in a file, in the wrong place of one, in an inventory, in a variable."""
    (tmp_path / "a.env").write_text(
        f"BACKEND_URL={backend.url}\nEDGE_SECRET={MARK}\nEDGE_AGENT_ID=edge_1\n"
    )
    (tmp_path / "b.env").write_text(
        f"BACKEND_URL={MARK}\nEDGE_SECRET={backend.url}\nEDGE_AGENT_ID={MARK}\n"
    )
    (tmp_path / "c.toml").write_text(f'[[agent]]\nurl = "{backend.url}"\nsecret = "{MARK}"\n')
    (tmp_path / "d.jsonl").write_text(
        json.dumps({"url": f"ws://u:{MARK}@127.0.0.1", "agent_id": "edge_2", "secret_env": "S"})
        + f'\n{{"url": "{MARK}\n'
    )
    paths = ("a.env", "b.env", "c.toml", "d.jsonl")
    reports = [
        word for name in ("r.html", "r.md", "r.xml", "r.json") for word in ("--report", name)
    ]
    shown = run("fleet", *paths, "--until", "session", *reports, S=MARK)
    lines = run("fleet", *paths, "--until", "session", "--json", S=MARK)
    written = "".join((tmp_path / name).read_text() for name in reports[1::2])

    assert shown.returncode == lines.returncode == 1
    for text in (shown.stdout, shown.stderr, lines.stdout, lines.stderr, written):
        for piece in (MARK, MARK[:12], MARK[-12:]):
            assert piece not in text


def test_a_demo_names_every_fault_that_was_drawn(run: Run) -> None:
    """The checks know nothing of the draw; the summary compares both."""
    ended = run("fleet", "--demo", "45", "--seed", "5", "--json", "--timeout", "30")
    agents, summary = lines_of(ended)

    assert ended.returncode == 1
    assert (summary["agents"], summary["problems"]) == (45, 6)
    assert summary["demo"] == {"drawn": 6, "exact": 6, "missed": []}
    assert sum(not each["ok"] for each in agents) == 6


def test_help_says_why_it_stops_early(run: Run) -> None:
    """A fleet must not throw its own agents out."""
    text = re.sub(r"\s+", " ", run("fleet", "--help").stdout)

    assert "must not disconnect running agents" in text
    assert "--until session" in text
    assert "fleet" in run("--help").stdout
