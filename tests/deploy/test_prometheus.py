"""Debian's own Prometheus and Alertmanager, on the metrics of a monitor that runs."""

from __future__ import annotations

import importlib.util
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.backends.servers import free_port
from tests.conftest import require_program
from tests.doctor import bare_environ, simulated
from tests.project.documents import ROOT
from tests.timing import PATIENCE

TRY = ROOT / "deploy" / "try.py"
EDGECHECK = str(Path(sys.executable).with_name("edgecheck"))
AGENTS = 200
ODD = 'Zürich, "hall" 2/b: {north} 100%'


@pytest.fixture(scope="module")
def trial() -> ModuleType:
    """The script, which is no package."""
    spec = importlib.util.spec_from_file_location("try_monitor", TRY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # A person waits for one agent; the tests have hundreds, beside all the other tests.
    module.PATIENCE = 4 * PATIENCE
    return module


def test_one_command_shows_the_alert_with_the_cause_and_its_end() -> None:
    """The one of deploy/README.md: it ends well only if the alert did."""
    for program in ("prometheus", "prometheus-alertmanager"):
        require_program(program)
    done = subprocess.run(
        [sys.executable, TRY, "--once"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "EdgecheckAgentUnhealthy (critical)" in done.stdout
    assert "auth-secret-rejected, at the stage auth" in done.stdout
    assert "edgecheck explain auth-secret-rejected" in done.stdout
    assert done.stdout.endswith("The fault has ended, and so has the alert.\n")


def test_without_the_programs_it_says_which_packages_it_needs(tmp_path: Path) -> None:
    """As one command to paste."""
    done = subprocess.run(
        [sys.executable, TRY],
        env={**bare_environ(tmp_path), "PATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 2
    assert "apt-get install prometheus prometheus-alertmanager" in done.stderr


def inventory(folder: Path, url: str) -> list[str]:
    """Write the agents into a file, and return their names."""
    names = [ODD, *(f"agent-{number}" for number in range(1, AGENTS))]
    lines = (
        json.dumps({"name": name, "url": url, "agent_id": f"edge_{number}"})
        for number, name in enumerate(names)
    )
    (folder / "agents.jsonl").write_text("\n".join(lines))
    return names


def listens(port: int) -> bool:
    """Tell whether something listens on a port."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def shards(trial: ModuleType) -> Iterator[tuple[list[str], list[str]]]:
    """The names of the agents of a monitor, and the addresses of two Prometheus servers."""
    prometheus = require_program("prometheus")
    monitor, *servers = (free_port() for _ in range(3))
    with trial.programs() as running, simulated() as backend:
        token = running.folder / "token"
        token.touch(0o600)
        token.write_text("a token that only these programs know\n")
        names = inventory(running.folder, backend.url)
        running.start(
            "monitor",
            *(EDGECHECK, "monitor", "agents.jsonl", "--until", "tcp", "--every", "86400"),
            *("--listen", f"127.0.0.1:{monitor}", "--token-file", "token"),
        )
        # It has to answer before Prometheus asks for the list: that asks again after a minute.
        trial.until("the monitor serves", lambda: listens(monitor))
        (running.folder / "rules.yml").write_text(trial.configured("rules.yml"))
        for number, port in enumerate(servers):
            changes = (
                # Seldom enough for a busy machine: who is not answered in time is asked again.
                ("scrape_interval: 60s", "scrape_interval: 30s"),
                ("scrape_timeout: 20s", "scrape_timeout: 30s"),
                ("modulus: 1", "modulus: 2"),
                ('regex: "0"', f'regex: "{number}"'),
                ("127.0.0.1:9787", f"127.0.0.1:{monitor}"),
                ("# authorization:", "authorization:"),
                ("#   type: Bearer", "  type: Bearer"),
                ("#   credentials_file", "  credentials_file"),
                ("/etc/prometheus/edgecheck-token", str(token)),
            )
            config = running.folder / f"shard{number}.yml"
            config.write_text(trial.configured("probe.yml", *changes))
            running.start(
                f"shard{number}",
                *(prometheus, f"--config.file={config.name}", f"--storage.tsdb.path=db{number}"),
                f"--web.listen-address=127.0.0.1:{port}",
            )
        yield names, [f"http://127.0.0.1:{port}" for port in servers]


def active(trial: ModuleType, server: str) -> list[dict[str, Any]]:
    """Return the targets that a Prometheus scrapes."""
    answer = trial.ask(f"{server}/api/v1/targets?state=active")
    return list(answer["data"]["activeTargets"]) if answer else []


def test_two_shards_share_the_agents(
    trial: ModuleType, shards: tuple[list[str], list[str]]
) -> None:
    """Each agent is checked by exactly one of two servers, and every check gives its metrics."""
    names, servers = shards

    def checked() -> list[list[dict[str, Any]]] | None:
        both = [active(trial, server) for server in servers]
        seen = [each["health"] == "up" for targets in both for each in targets]
        return both if len(seen) == AGENTS and all(seen) else None

    shares = [
        {target["labels"]["instance"] for target in targets}
        for targets in trial.until("every agent is scraped", checked)
    ]
    series = [
        each["metric"]["target"]
        for server in servers
        for each in trial.ask(f"{server}/api/v1/query?query=edgecheck_up")["data"]["result"]
    ]

    assert shares[0] | shares[1] == set(names)
    assert not shares[0] & shares[1]
    assert min(map(len, shares)) > AGENTS / 4
    assert sorted(series) == sorted(names)
