"""`edgecheck monitor` as a process: what it serves, to whom, and how it ends."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import edgecheck.cli
from edgecheck.cli.process import Process
from edgecheck.simulator import Backend
from tests.backends.certificates import Authority
from tests.cli.conftest import COMMAND, Run
from tests.doctor import SECRET, simulated
from tests.processes import send, started
from tests.timing import PATIENCE, seconds, until

TOKEN = "0123456789abcdef0123456789abcdef"


class Monitor:
    """A monitor that serves.

    Args:
        process: of it.
        folder: its working directory.
    """

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process, self._log = process, folder / "monitor.log"
        line = until(lambda: self.logged("Serving at "), process=process, seen=self.log)
        self.url = line.split()[-1]

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def logged(self, words: str) -> str:
        """Return the first line of the log with these words."""
        return next((line for line in self.log().splitlines() if words in line), "")

    def get(
        self,
        path: str,
        *,
        method: str = "GET",
        context: ssl.SSLContext | None = None,
        **fields: str,
    ) -> tuple[int, Mapping[str, str], str]:
        """Ask for a page, with these header fields."""
        host, port = self.url.split("/")[2].rsplit(":", 1)
        if self.url.startswith("https"):
            connection: Any = http.client.HTTPSConnection(
                host, int(port), timeout=PATIENCE, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        with contextlib.closing(connection):
            names = {name.replace("_", "-"): value for name, value in fields.items()}
            connection.request(method, path, headers=names)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()

    def metrics(self, path: str = "/metrics", **fields: str) -> dict[str, dict[str, float]]:
        """Return the value of each metric, by the labels beside agent and host."""
        status, _, text = self.get(path, **fields)
        assert status == 200, text
        found: dict[str, dict[str, float]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                names = {n: v for n, v in sample.labels.items() if n not in ("agent", "host")}
                found.setdefault(sample.name, {})[",".join(names.values())] = sample.value
        return found

    def checked(self) -> list[str]:
        """Return the agents that were checked; the metric is missing before the first one is."""
        return list(self.metrics().get("edgecheck_up", ()))


@contextlib.contextmanager
def monitoring(
    folder: Path, environ: Mapping[str, str], *arguments: str, **more: Any
) -> Iterator[Monitor]:
    """Run a monitor, on any free port unless the arguments say where."""
    where = () if "--listen" in arguments else ("--listen", "127.0.0.1:0")
    with (
        (folder / "monitor.log").open("w") as log,
        started(
            [*COMMAND, "monitor", *where, *arguments],
            cwd=folder,
            env=dict(environ),
            text=True,
            stdout=subprocess.PIPE,
            stderr=log,
            **more,
        ) as process,
    ):
        yield Monitor(process, folder)


def written(folder: Path, name: str, backend: Backend) -> Path:
    """Write the settings of an agent."""
    file = folder / f"{name}.env"
    file.touch(0o600)
    file.write_text(backend.env_text)
    return file


@pytest.fixture
def agents(tmp_path: Path) -> Path:
    folder = tmp_path / "agents"
    folder.mkdir()
    return folder


WHOLE = ("--until", "session")


def test_the_metrics_say_how_each_agent_is(
    tmp_path: Path, agents: Path, environ: Mapping[str, str]
) -> None:
    """By the names and labels of the contract; nothing is said of the secret."""
    with simulated(tls=True) as healthy, simulated("auth-secret-rejected") as refusing:
        written(agents, "well", healthy)
        written(agents, "ill", refusing)
        trusted = ("--ca-file", str(healthy.ca_file))
        with monitoring(tmp_path, environ, "agents", *WHOLE, *trusted) as monitor:
            found = until(
                lambda: (m := monitor.metrics()) and len(m.get("edgecheck_up", ())) == 2 and m,
                process=monitor.process,
            )
            text = monitor.get("/metrics")[2] + monitor.get("/")[2] + monitor.log()

    well, ill = "agents/well.env", "agents/ill.env"
    assert found["edgecheck_up"] == {well: 1.0, ill: 0.0}
    assert list(found["edgecheck_problem"]) == [f"auth-secret-rejected,certain,client,auth,{ill}"]
    assert found["edgecheck_checks_total"][f"healthy,{well}"] == 1.0
    assert found["edgecheck_checks_total"][f"problem,{ill}"] == 1.0
    assert found["edgecheck_ping_seconds"][well] > 0
    assert found["edgecheck_certificate_expiry_timestamp_seconds"][well] > 1.7e9
    assert found["edgecheck_stage_duration_seconds"][f"tls,{well}"] > 0
    assert found["edgecheck_last_check_timestamp_seconds"][ill] > 1.7e9
    assert set(found["edgecheck_findings"]) >= {f"error,{well}", f"warning,{well}"}
    assert found["edgecheck_targets"] == {"": 2.0}
    assert SECRET not in text
    assert f"{ill}: not checked, now auth-secret-rejected (client)" in text


def test_no_running_agent_is_disturbed_unless_told_otherwise(
    tmp_path: Path, agents: Path, environ: Mapping[str, str]
) -> None:
    """The checks end before the request."""
    lines: list[str] = []
    with simulated(log=lines.append) as backend:
        written(agents, "one", backend)
        with monitoring(tmp_path, environ, "agents") as monitor:
            until(lambda: monitor.metrics().get("edgecheck_up"), process=monitor.process)
            page = monitor.get("/")[2]

    assert not any("edge_1" in line for line in lines), lines
    assert "Healthy as far as tls" in page


def test_a_probe_checks_now_and_within_the_scrapers_time(
    tmp_path: Path, agents: Path, environ: Mapping[str, str]
) -> None:
    """Also if the backend says nothing: the cause is known before the scraper gives up."""
    with simulated() as healthy, simulated("upgrade-timeout") as silent:
        written(agents, "well", healthy)
        written(agents, "silent", silent)
        with monitoring(tmp_path, environ, "agents", *WHOLE, "--every", "86400") as monitor:
            well = monitor.metrics("/probe?target=agents/well.env")
            limit = f"{seconds(2):g}"
            ill = monitor.metrics(
                "/probe?target=agents%2Fsilent.env", X_Prometheus_Scrape_Timeout_Seconds=limit
            )
            wrong = [monitor.get(path)[0] for path in ("/probe", "/probe?target=other")]

    assert well["edgecheck_up"] == {"agents/well.env": 1.0}
    assert "edgecheck_targets" not in well
    assert ill["edgecheck_up"] == {"agents/silent.env": 0.0}
    assert [labels.split(",")[0] for labels in ill["edgecheck_problem"]] == ["upgrade-timeout"]
    assert wrong == [400, 404]


def test_the_targets_are_those_of_prometheus_discovery(
    tmp_path: Path, agents: Path, environ: Mapping[str, str]
) -> None:
    """And they follow the folder, by its change and by SIGHUP."""
    with simulated() as backend:
        written(agents, "one", backend)
        with monitoring(tmp_path, environ, "agents", *WHOLE) as monitor:

            def names() -> list[str]:
                groups = json.loads(monitor.get("/targets")[2])
                return [name for group in groups for name in group["targets"]]

            first = names()
            written(agents, "two", backend)
            until(lambda: len(names()) == 2, process=monitor.process)
            send(monitor.process, signal.SIGHUP)
            until(lambda: monitor.logged("SIGHUP: read again"), process=monitor.process)
            (agents / "one.env").unlink()
            until(lambda: len(names()) == 1, process=monitor.process)
            (agents / "two.env").unlink()
            until(lambda: monitor.logged("earlier targets"), process=monitor.process)
            last, metrics, checked = names(), monitor.metrics(), monitor.checked()

    assert first == ["agents/one.env"]
    assert last == ["agents/two.env"]
    assert metrics["edgecheck_targets_read"] == {"": 0.0}
    assert checked in ([], ["agents/two.env"])


@pytest.mark.parametrize("broken", ["[[agent", "", "colour = 'red'\n"], ids=repr)
def test_an_inventory_that_breaks_keeps_its_agents(
    tmp_path: Path, environ: Mapping[str, str], broken: str
) -> None:
    """It is said, and the alert on it can fire; the mended file counts again."""
    inventory = tmp_path / "agents.toml"
    good = '[[agent]]\nname = "{}"\nurl = "ws://127.0.0.1:9"\nagent_id = "edge_1"\n'
    inventory.write_text(good.format("rome"))
    with monitoring(tmp_path, environ, "agents.toml", "--every", "1") as monitor:

        def read() -> float:
            return monitor.metrics()["edgecheck_targets_read"][""]

        until(monitor.checked, process=monitor.process, seen=monitor.log)
        inventory.write_text(broken)
        until(lambda: read() == 0.0, process=monitor.process, seen=monitor.log)
        kept = monitor.checked()
        inventory.write_text(good.format("oslo"))
        until(lambda: read() == 1.0, process=monitor.process, seen=monitor.log)
        until(lambda: "oslo" in monitor.checked(), process=monitor.process, seen=monitor.log)

    assert kept == ["rome"]


def test_a_change_runs_the_program(tmp_path: Path, environ: Mapping[str, str]) -> None:
    """With JSON on standard input, and no secret; what fails is logged; --json says the same."""
    program, alerts = tmp_path / "alert", tmp_path / "alerts"
    program.write_text('#!/bin/sh\ncat >> alerts\ntest -z "$EDGE_SECRET$BERLIN$AGAIN" && exit 3\n')
    program.chmod(0o700)

    def name(backend: Backend) -> None:
        """Write the inventory."""
        (tmp_path / "agents.toml").write_text(
            f'[[agent]]\nname = "berlin"\nurl = "{backend.url}"\nagent_id = "edge_1"\n'
            'secret_env = "BERLIN"\n'
        )

    more = {"EDGE_SECRET": "x" * 20, "BERLIN": SECRET, "AGAIN": SECRET}
    arguments = ("agents.toml", *WHOLE, "--every", "1", "--on-change", "./alert", "--json")
    with simulated("auth-secret-rejected") as backend:
        name(backend)
        with monitoring(tmp_path, {**environ, **more}, *arguments) as monitor:
            until(alerts.is_file, process=monitor.process)
            with simulated() as healthy:
                name(healthy)
                until(
                    lambda: len(alerts.read_text().splitlines()) == 2,
                    process=monitor.process,
                    seen=monitor.log,
                )
            until(lambda: monitor.logged("--on-change for"), process=monitor.process)
            send(monitor.process, signal.SIGTERM)
            printed = monitor.process.communicate(timeout=PATIENCE)[0]
            told = [json.loads(line) for line in alerts.read_text().splitlines()]

    assert [(one["was"], one["now"], one["ok"]) for one in told] == [
        (None, "auth-secret-rejected", False),
        ("auth-secret-rejected", "healthy", True),
    ]
    assert told[0]["schema"] == "edgecheck.change/1"
    assert told[0]["outcome"]["side"] == "client"
    assert [json.loads(line) for line in printed.splitlines()][:2] == told
    assert "exit 3" in monitor.logged("--on-change for")
    assert SECRET not in json.dumps(told)


def test_a_misplaced_secret_shows_nowhere(
    tmp_path: Path, agents: Path, environ: Mapping[str, str]
) -> None:
    """In no label, on no page, in no change and no line of the log."""
    for name, url, secret, agent_id in (
        ("swapped", "ws://127.0.0.1:9", "edge_1", SECRET),
        ("address", SECRET, "wss://127.0.0.1:9", "edge_2"),
        ("password", f"ws://user:{SECRET}@127.0.0.1:9", SECRET, "edge_3"),
        ("host", f"ws://{SECRET}:9", SECRET, "edge_4"),
    ):
        (agents / f"{name}.env").write_text(
            f"BACKEND_URL={url}\nEDGE_SECRET={secret}\nEDGE_AGENT_ID={agent_id}\n"
        )
    with monitoring(tmp_path, environ, "agents", *WHOLE, "--json") as monitor:
        until(lambda: len(monitor.metrics().get("edgecheck_up", ())) == 4, process=monitor.process)
        names = ("swapped", "address", "password", "host")
        paths = ("/", "/metrics", "/targets", *(f"/report?target=agents/{n}.env" for n in names))
        seen = [monitor.get(path)[2] for path in paths]
        send(monitor.process, signal.SIGTERM)
        seen += [monitor.process.communicate(timeout=PATIENCE)[0], monitor.log()]

    assert all(len(text) > 100 for text in seen)
    assert not any(SECRET.lower() in text.lower() for text in seen)


def test_taking_turns_is_named(tmp_path: Path, agents: Path, environ: Mapping[str, str]) -> None:
    """Of two replicas one refuses: neither healthy nor a wrong secret."""
    with simulated("auth-inconsistent") as backend:
        written(agents, "one", backend)
        with monitoring(tmp_path, environ, "agents", *WHOLE, "--every", "1") as monitor:
            found = until(
                lambda: monitor.logged("now auth-inconsistent"),
                process=monitor.process,
                seen=monitor.log,
            )
            page = monitor.get("/")[2]
            report = monitor.get("/report?target=agents/one.env")[2]

    assert "(backend)" in found
    assert "auth-inconsistent" in page
    assert "The same request gets different answers" in report


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_it_is_stopped(
    tmp_path: Path, agents: Path, environ: Mapping[str, str], number: signal.Signals
) -> None:
    """Being stopped is its normal end, also in the middle of a check; its supervisor is told."""
    with (
        simulated("upgrade-timeout") as silent,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor,
    ):
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.settimeout(PATIENCE)
        told: list[str] = []

        def hear() -> None:
            with contextlib.suppress(OSError):
                while "STOPPING=1" not in told:
                    told.append(supervisor.recv(1000).decode())

        # All the time: of the signs of life only ten wait for who does not read them (unix(7)).
        threading.Thread(target=hear, daemon=True).start()
        written(agents, "one", silent)
        more = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"}
        with monitoring(tmp_path, {**environ, **more}, "agents", *WHOLE) as monitor:
            until(lambda: {"READY=1", "WATCHDOG=1"} <= {text.split("\n")[0] for text in told})
            until(lambda: monitor.metrics()["edgecheck_checks_running"] == {"": 1.0})
            send(monitor.process, number)
            code = monitor.process.wait(PATIENCE)
            until(lambda: "STOPPING=1" in told)

    assert code == 0, monitor.log()
    assert sum(text.startswith("READY=1\nSTATUS=watching 1 agent") for text in told) == 1
    assert "WATCHDOG=1" in told
    assert "Traceback" not in monitor.log()


# What systemd does for a socket unit: the listening socket is descriptor 3 (sd_listen_fds(3)).
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="systemd runs on Linux")
def test_a_socket_of_systemd_is_served(
    tmp_path: Path, agents: Path, environ: Mapping[str, str]
) -> None:
    """And one that others can reach needs a token like any other."""
    (agents / "one.env").write_text("BACKEND_URL=ws://127.0.0.1:9\n")
    with socket.create_server(("127.0.0.1", 0)) as here, socket.create_server(("", 0)) as open_one:
        ended = {}
        for given in (here, open_one):
            command = [sys.executable, "-c", HAND_OVER, str(given.fileno()), *COMMAND[1:]]
            log = (tmp_path / "monitor.log").open("w")
            with (
                log,
                started(
                    [*command, "monitor", "agents"],
                    cwd=tmp_path,
                    env=dict(environ),
                    pass_fds=[given.fileno()],
                    stderr=log,
                    text=True,
                ) as process,
            ):
                if given is here:
                    monitor = Monitor(process, tmp_path)
                    assert monitor.url == f"http://127.0.0.1:{here.getsockname()[1]}/"
                    assert monitor.get("/healthz")[0] == 200
                    send(process, signal.SIGTERM)
                ended[given] = process.wait(PATIENCE)

    assert list(ended.values()) == [0, 2]
    assert "--token-file" in (tmp_path / "monitor.log").read_text()


# --- who may read --------------------------------------------------------------------------------


def test_another_name_and_another_method_are_refused(
    tmp_path: Path, agents: Path, environ: Mapping[str, str]
) -> None:
    """And every answer forbids the browser to run anything."""
    with simulated() as backend:
        written(agents, "one", backend)
        with monitoring(tmp_path, environ, "agents") as monitor:
            answers = {
                wanted: monitor.get(path, **fields)
                for wanted, path, fields in (
                    (421, "/", {"Host": "evil.example"}),
                    (405, "/", {"method": "POST"}),
                    (404, "/../etc/passwd", {}),
                    (200, "/healthz", {}),
                    (414, "/probe?target=" + "x" * 5000, {}),
                )
            }

    assert {wanted: answer[0] for wanted, answer in answers.items()} == {
        wanted: wanted for wanted in answers
    }
    for _, fields, _ in answers.values():
        assert fields["content-security-policy"].startswith("default-src 'none'")
        assert fields["x-content-type-options"] == "nosniff"


def test_other_machines_need_a_token_or_a_certificate(run: Run, agents: Path) -> None:
    """Without one it does not even open the port."""
    (agents / "one.env").write_text("BACKEND_URL=ws://127.0.0.1:9\n")
    for where in ("0.0.0.0:0", ":0", "[::]:0"):
        done = run("monitor", "agents", "--listen", where)

        assert done.returncode == 2
        assert "--token-file" in done.stderr
        assert "Serving" not in done.stderr


def test_a_token_opens_it(tmp_path: Path, agents: Path, environ: Mapping[str, str]) -> None:
    """A new one counts after SIGHUP; a file without one does not."""
    (agents / "one.env").write_text("BACKEND_URL=ws://127.0.0.1:9\n")
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text(f"{TOKEN}\n")
    arguments = ("agents", "--listen", "0.0.0.0:0", "--token-file", "token")
    with monitoring(tmp_path, environ, *arguments) as monitor:

        def status(given: str, path: str = "/targets") -> int:
            return monitor.get(path, Authorization=f"Bearer {given}")[0]

        assert (status(TOKEN), status("wrong"), status("wrong", "/healthz")) == (200, 401, 200)
        assert TOKEN not in monitor.log()

        for content, usable in (("short", False), (TOKEN[::-1], True)):
            token.write_text(content)
            before = monitor.log().count("SIGHUP: read again")
            send(monitor.process, signal.SIGHUP)
            until(lambda: monitor.log().count("SIGHUP: read again") > before)  # noqa: B023
            assert (status(TOKEN) == 200) is not usable
        assert status(TOKEN[::-1]) == 200


def test_a_certificate_opens_it(tmp_path: Path, agents: Path, environ: Mapping[str, str]) -> None:
    """Who shows none of the authority's does not get an answer."""
    (agents / "one.env").write_text("BACKEND_URL=ws://127.0.0.1:9\n")
    authority = Authority(tmp_path)
    server, client = authority.issue("server"), authority.issue("client")
    context = ssl.create_default_context(cafile=authority.ca_file)
    arguments = (
        "--serve-cert",
        "server.pem",
        "--serve-key",
        "server.key",
        "--client-ca",
        "root.pem",
    )
    with monitoring(tmp_path, environ, "agents", "--listen", "0.0.0.0:0", *arguments) as monitor:
        assert server.key.is_file()
        monitor.url = monitor.url.replace("0.0.0.0", "127.0.0.1")
        with pytest.raises(OSError, match=r"certificate required|reset|EOF|closed"):
            monitor.get("/targets", context=context)
        context.load_cert_chain(client.chain, client.key)

        assert monitor.get("/targets", context=context)[0] == 200


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Which agents?"),
        (("agents", "--every", "0"), "--every"),
        (("agents", "--jobs", "0"), "--jobs"),
        (("agents", "--demo", "3"), "exclude each other"),
        (("agents", "--listen", "9787"), "HOST:PORT"),
        (("agents", "--listen", "[::1:9787"), "HOST:PORT"),
        (("agents", "--listen", "127.0.0.1:99999"), "65535"),
        (("agents", "--serve-key", "x"), "--serve-cert"),
        (("agents", "--serve-cert", "missing.pem"), "--serve-cert missing.pem"),
        (("agents", "--token-file", "missing"), "missing: No such file"),
        (("agents", "--on-change", "no-such-program"), "no-such-program"),
        (("nowhere",), "no such file"),
    ],
)
def test_what_cannot_be_obeyed_is_wrong_usage(
    agents: Path, arguments: tuple[str, ...], words: str
) -> None:
    """It says so before anything is served."""
    (agents / "one.env").write_text("BACKEND_URL=ws://127.0.0.1:9\n")
    said = io.StringIO()
    process = Process(
        environ={}, stdin=io.StringIO(), stdout=io.StringIO(), stderr=said, folder=agents.parent
    )

    assert edgecheck.cli.run(["monitor", "--listen", "127.0.0.1:0", *arguments], process) == 2
    assert words in said.getvalue()
    assert "Serving" not in said.getvalue()
