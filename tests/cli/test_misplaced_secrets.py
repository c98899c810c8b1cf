"""A secret in the wrong place leaves neither through many agents, nor a log, nor completion.

What the commands for one agent print is hunted through in tests/test_misplaced_secret_hunt.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.conftest import COMMAND, Run, execute
from tests.cli.test_monitor import monitoring
from tests.test_misplaced_secret_hunt import IN_ARGUMENTS, LAYOUTS, PLANTED
from tests.test_secret_hunt import found
from tests.timing import PATIENCE, SHORT_LIMIT, until

LIMIT = ("--timeout", str(SHORT_LIMIT))
NOBODY = "ws://127.0.0.1:9"


def agents(folder: Path, secret: str) -> list[str]:
    """Write an agent of each layout, and return the names of the files."""
    names = [f"a{number}.env" for number, _ in enumerate(LAYOUTS)]
    for name, layout in zip(names, LAYOUTS.values(), strict=True):
        path = folder / name
        path.touch(0o600)
        path.write_text(layout.replace("{url}", NOBODY).replace("{s}", secret))
    return names


@pytest.mark.parametrize("planted", ["a random secret", "a token"])
def test_a_fleet_shows_none_in_any_report(tmp_path: Path, run: Run, planted: str) -> None:
    """The lines, the summary, and what is written for people and for machines."""
    secret = PLANTED[planted]
    names = agents(tmp_path, secret)
    reports = [f"report.{kind}" for kind in ("html", "md", "json", "xml")]
    asked = [word for name in reports for word in ("--report", name)]
    for form in ((), ("--json",)):
        ended = run("fleet", *names, "--until", "session", *LIMIT, *form, *asked)

        assert ended.returncode == 1, ended.stderr
        assert found(secret, ended.stdout + ended.stderr) == []
    for name in reports:
        assert found(secret, (tmp_path / name).read_text(encoding="utf-8")) == [], name


def test_an_inventory_shows_none(tmp_path: Path, run: Run) -> None:
    """Each of its fields is filled by hand, or by a program of somebody's."""
    secret = PLANTED["a random secret"]
    fields = ("url", "agent_id", "secret_env", "secret_file", "env_file", "profile", "proxy")
    url = 'url = "ws://127.0.0.1:9"\n'
    targets = [
        f'[[agent]]\nname = "{field}"\n{field} = "{secret}"\n{url if field != "url" else ""}'
        for field in fields
    ]
    targets.append(f'[[agent]]\nagent_id = "{secret}"\n{url}')  # it has no name but that
    targets += [f'[[agent]]\nname = "{name}"\n{url}' for name in (secret, f"agent-{secret}.env")]
    targets.append(f'[[agent]]\nname = "key"\n{url}"{secret}" = "x"\n')
    (tmp_path / "agents.toml").write_text("".join(targets))
    for form in ((), ("--json",)):
        ended = run("fleet", "agents.toml", *LIMIT, *form)

        assert ended.returncode == 1, ended.stderr
        assert found(secret, ended.stdout + ended.stderr) == []


def test_a_monitor_shows_none_on_any_page(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """The pages, the metrics, the list of targets, each report, its log and its lines."""
    secret = PLANTED["a random secret"]
    names = agents(tmp_path, secret)
    with monitoring(tmp_path, environ, *names, "--until", "session", "--json", *LIMIT) as monitor:
        until(lambda: len(monitor.checked()) == len(names), process=monitor.process)
        pages = ["/", "/?only=problems", "/metrics", "/targets", "/healthz"]
        pages += [f"/report?target={quote(name)}" for name in names]
        pages += [f"/probe?target={quote(names[0])}", f"/report?target={secret}"]
        for page in pages:
            _, fields, text = monitor.get(page)

            assert found(secret, text + repr(fields)) == [], page
        monitor.process.terminate()
        printed, _ = monitor.process.communicate(timeout=PATIENCE)
        assert found(secret, printed + monitor.log()) == []


@pytest.mark.parametrize("planted", ["a random secret", "a long token"])
def test_live_commands_and_the_simulator_show_none(tmp_path: Path, run: Run, planted: str) -> None:
    """It stands in the place of an argument, and each of them ends because of it."""
    secret = IN_ARGUMENTS[planted]
    agents(tmp_path, PLANTED["hexadecimal digits"])
    for words in (
        ("listen", "-e", "a0.env", "--exec", secret, "--journal", "no/such/folder"),
        ("listen", "-e", "a0.env", "--on-unknown", secret),
        ("listen", "-e", secret),
        ("simulate", "--host", secret, "--port", "0"),
        ("simulate", "--fault", secret),
        ("simulate", "--secret-file", secret),
        ("simulate", "--profile", secret),
        ("fleet", "a0.env", *LIMIT, "--ca-file", f"{secret}.pem"),
        ("fleet", f"{secret}.env", *LIMIT),
        ("secret", "fingerprint", "-e", f"{secret}.env"),
        ("explain", "--log", f"{secret}.log"),
        ("monitor", secret, "--listen", "nowhere"),
        ("monitor", "a0.env", "--listen", secret),
        ("monitor", "a0.env", "--token-file", secret),
    ):
        ended = run(*words)

        assert ended.returncode in (1, 2), words
        assert found(secret, ended.stdout + ended.stderr) == [], words


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_completion_shows_none(tmp_path: Path, environ: Mapping[str, str], shell: str) -> None:
    """The words of the line are the person's, and the settings are in the folder."""
    secret = PLANTED["a platform's key"]
    agents(tmp_path, secret)
    (tmp_path / ".env").write_text(f"EDGE_AGENT_ID={secret}\n")
    for line in (f"edgecheck {secret} ", f"edgecheck doctor --url {secret} --", "edgecheck env -"):
        done = execute(
            COMMAND,
            tmp_path,
            {
                **environ,
                "_EDGECHECK_COMPLETE": f"complete_{shell}",
                "COMP_WORDS": line,
                "COMP_CWORD": str(len(line.split()) - (not line.endswith(" "))),
                "_TYPER_COMPLETE_ARGS": line,
                "_TYPER_COMPLETE_FISH_ACTION": "get-args",
            },
        )

        assert found(secret, done.stdout + done.stderr) == [], line
