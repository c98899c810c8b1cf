"""Backends by other authors, and `edgecheck doctor` to examine them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.backends.applications import behaviour
from tests.backends.applications.behaviour import AGENTS, SECRET
from tests.backends.certificates import Authority, Issued
from tests.backends.servers import Server, environment, free_port, python, serving
from tests.conftest import lacking, require_program
from tests.doctor import COMMAND, Setup, bare_environ, run_here
from tests.timing import PATIENCE

WRONG_SECRET = "0e9b7c1d5a3f48e2b6d07f92c4a81e35d9f6b0a72c8e4d13"
# What is said on standard error before anything is sent.
NOTICES = (
    "--insecure: the certificate is NOT checked.",
    "--cert: by this machine's clock,",
    "--deep: ",
)


@dataclass(frozen=True)
class Examination:
    """One run of `edgecheck doctor --json`."""

    exit_code: int
    report: dict[str, Any]

    @property
    def code(self) -> str | None:
        """The verdict's code; None if there is no verdict."""
        verdict = self.report["verdict"]
        return None if verdict is None else str(verdict["code"])

    @property
    def verdict(self) -> dict[str, Any]:
        """The verdict, which must exist."""
        assert self.report["verdict"] is not None, self.report["findings"]
        verdict: dict[str, Any] = self.report["verdict"]
        return verdict

    @property
    def findings(self) -> dict[str, str]:
        """Code and severity of the other findings."""
        return {finding["code"]: finding["severity"] for finding in self.report["findings"]}

    @property
    def stages(self) -> dict[str, str]:
        """The status of every stage."""
        return {stage["stage"]: stage["status"] for stage in self.report["stages"]}

    def facts(self, stage: str) -> dict[str, Any]:
        """Return the facts of one stage."""
        return next(each["facts"] for each in self.report["stages"] if each["stage"] == stage)

    @property
    def experiments(self) -> dict[str, str]:
        """What each experiment showed."""
        return {each["name"]: each["outcome"] for each in self.report["experiments"]}

    def assert_healthy(self, **findings: str) -> None:
        """Check that the ping was answered, and that there are only the given findings.

        Args:
            findings: code, with ``_`` for ``-``, and severity.
        """
        assert self.code is None
        assert self.findings == {
            code.replace("_", "-"): severity for code, severity in findings.items()
        }
        assert self.exit_code == 0
        assert self.report["ok"] is True
        assert set(self.stages.values()) <= {"pass", "skip", "warn"}
        assert self.facts("session")["pong"] is True
        assert self.experiments == {}

    def assert_verdict(self, code: str, stage: str | None = None, *confidence: str) -> None:
        """Check the verdict's code, stage and confidence, and that the run is not healthy.

        Args:
            stage: by default, the one that the code begins with.
            confidence: the allowed ones; any if there are none.
        """
        assert self.code == code
        assert self.verdict["stage"] == (stage or code.partition("-")[0])
        assert self.stages[self.verdict["stage"]] == "fail"
        assert not confidence or self.verdict["confidence"] in confidence
        assert self.exit_code == 1
        assert self.report["ok"] is False


class Doctor(Protocol):
    """Runs `edgecheck doctor` against a backend."""

    def __call__(
        self,
        url: str,
        *arguments: object,
        agent: str = "healthy",
        secret: str = SECRET,
        environ: Mapping[str, str] | None = None,
    ) -> Examination:
        """Examine a URL with a secret, as the agent whose id chooses a behaviour."""


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Run the command line inside this process, which is faster; servers see no difference."""

    def examine(
        url: str,
        *arguments: object,
        agent: str = "healthy",
        secret: str = SECRET,
        environ: Mapping[str, str] | None = None,
    ) -> Examination:
        write_settings(tmp_path, url, agent, secret)
        done = run_here(Setup(tmp_path, environ or {}), "--json", *map(str, arguments))
        return examination(done.code, done.stdout, done.stderr, secret)

    return examine


def doctor_inside(folder: Path, *inside: str) -> Doctor:
    """Return a function that runs the command line in its own process.

    Args:
        folder: for the settings.
        inside: a command that runs it in another place, such as ``ip netns exec NAME``.
    """

    def examine(
        url: str,
        *arguments: object,
        agent: str = "healthy",
        secret: str = SECRET,
        environ: Mapping[str, str] | None = None,
    ) -> Examination:
        write_settings(folder, url, agent, secret)
        command = [*inside, *COMMAND, "--json", *map(str, arguments)]
        variables = {**bare_environ(folder), **(environ or {})}
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=folder,
            env=variables,
            timeout=PATIENCE,
            check=False,
        )
        return examination(done.returncode, done.stdout, done.stderr, secret)

    return examine


def write_settings(folder: Path, url: str, agent: str, secret: str) -> None:
    """Write the ``.env`` file of the agent whose id chooses a behaviour."""
    env_file = folder / ".env"
    env_file.write_text(
        f"BACKEND_URL={url}\nEDGE_SECRET='{secret}'\nEDGE_AGENT_ID={AGENTS[agent]}\n", "utf-8"
    )
    env_file.chmod(0o600)


def examination(exit_code: int, output: str, errors: str, secret: str) -> Examination:
    """Read what a run printed, and check what must hold for every run."""
    assert errors == "" or errors.startswith(NOTICES)
    assert secret not in output
    report = json.loads(output)
    stages = [
        f"{stage['stage']}: {stage['status']}, {stage['summary']}" for stage in report["stages"]
    ]
    print(
        json.dumps([report["verdict"], report["findings"], report["experiments"], stages], indent=1)
    )  # shown if the test fails
    return Examination(exit_code, report)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that is trusted only by those who were given its certificate."""
    return Authority(tmp_path_factory.mktemp("authority"))


Backend = Callable[[str], Server]


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Backend]:
    """Return a function that starts the backend of a name once; all are stopped at the end.

    ``NAME over TLS`` shows a good certificate.
    """
    folder = tmp_path_factory.mktemp("backends")
    started: dict[str, Server] = {}
    with ExitStack() as stack:

        def get(name: str) -> Server:
            if name not in started:
                port, (kind, _, tls) = free_port(), name.partition(" over ")
                more = tls_of(kind, authority.issue("server")) if tls else ()
                log = folder / f"{name}.log"
                started[name] = stack.enter_context(
                    serving(command_of(kind, port, *more), port, log, scheme="wss" if tls else "ws")
                )
            return started[name]

        yield get


def command_of(name: str, port: int, *more: object) -> list[str]:
    """Return the command that runs a backend.

    Args:
        name: of the server, and of its WebSocket implementation if it has several.
        more: further arguments of the server.
    """
    kind, _, implementation = name.partition(" ")
    application = "tests.backends.applications.asgi:app"
    match kind:
        case "uvicorn":
            chosen = ("--ws", implementation) if implementation else ()
            return python(
                "uvicorn", "--host", "127.0.0.1", "--port", port, *chosen, *more, application
            )
        case "hypercorn":
            return python("hypercorn", "--bind", f"127.0.0.1:{port}", *more, application)
        case "aiohttp" | "websockets":
            return python(f"tests.backends.applications.with_{kind}", port)
    assert kind == "ws"
    shared = {
        "secret": SECRET,
        "path": behaviour.PATH,
        "agents": {agent: name for name, agent in AGENTS.items()},
        "pong": behaviour.PONG,
        "command": behaviour.COMMAND,
        "replaced": behaviour.REPLACED,
    }
    program = Path(__file__).parent / "applications" / "with_ws.js"
    return [node_with_ws(), str(program), str(port), json.dumps(shared), *map(str, more)]


def tls_of(kind: str, issued: Issued) -> tuple[object, ...]:
    """Return the arguments with which a server shows a certificate."""
    match kind:
        case "uvicorn":
            return "--ssl-certfile", issued.chain, "--ssl-keyfile", issued.key
        case "hypercorn":
            return "--certfile", issued.chain, "--keyfile", issued.key
    return issued.key, issued.chain


def ws_is_here() -> bool:
    """Return whether node is installed and finds the package ws."""
    node = shutil.which("node")
    return (
        node is not None
        and subprocess.run(
            [node, "-e", "require('ws')"],
            capture_output=True,
            env=environment(),
            check=False,
            timeout=PATIENCE,
        ).returncode
        == 0
    )


def node_with_ws() -> str:
    """Return the path of node; skip the test if node or the package is missing."""
    node = require_program("node")
    if not ws_is_here():
        lacking(
            "node's package ws is not found: npm install --prefix FOLDER ws; export "
            "NODE_PATH=FOLDER/node_modules"
        )
    return node
