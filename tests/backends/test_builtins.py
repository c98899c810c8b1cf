"""The built-in profiles, each against the servers of the libraries that it is for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from edgecheck.backend.profile import Profile, SecretUse
from edgecheck.checkup import checkup
from edgecheck.report import Report, to_document
from edgecheck.settings.model import Settings
from edgecheck.settings.secret import Secret
from tests.backend.changes import settings_for
from tests.backends.applications.behaviour import PATH
from tests.backends.applications.behaviour import SECRET as BEHAVIOUR_SECRET
from tests.backends.protocols import BUILT_IN
from tests.backends.servers import Server, free_port, serving
from tests.conftest import lacking
from tests.doctor import SECRET, settled
from tests.snippets.clients import node_modules, runtimes

APPLICATIONS = Path(__file__).parent / "applications"
WRONG = "0e9b7c1d5a3f48e2b6d07f92c4a81e35d9f6b0a72c8e4d13"


@dataclass(frozen=True)
class Case:
    """A server, and what is found where one thing is wrong.

    Args:
        profile: the built-in profile that it is for.
        program: its file in `applications/`.
        path: of its endpoint; in the address, unless the profile has it.
        wrong: the verdict for a wrong secret.
        missing: the verdict without a secret.
        elsewhere: the verdict for another path.
        otherwise: the verdict if the client offers another subprotocol; None if that is healthy.
        needs: node's packages.
    """

    profile: str
    program: str
    path: str
    wrong: str
    missing: str
    elsewhere: str
    otherwise: str | None = None
    needs: tuple[str, ...] = ()


CASES = {
    "graphql-ws": Case(
        "graphql-transport-ws",
        "with_graphql.js",
        "/graphql",
        "auth-secret-rejected",
        "auth-secret-rejected",
        "upgrade-not-found",  # though node's ws answers 400 for a path that it does not serve
        "session-closed-unknown",  # 4406, which the profile explains in words of its own
        needs=("ws", "graphql-ws", "graphql"),
    ),
    "socket.io on node": Case(
        "socket.io",
        "with_socketio.js",
        "/socket.io/",
        "auth-secret-rejected",
        "auth-secret-rejected",
        "upgrade-closed",  # engine.io closes without an answer, after a second
        needs=("socket.io",),
    ),
    "socket.io on Python": Case(
        "socket.io",
        "with_socketio.py",
        "/socket.io/",
        "auth-secret-rejected",
        "auth-secret-rejected",
        "upgrade-server-error",  # python-engineio answers with HTTP where ASGI has a WebSocket
    ),
    "ocpp": Case(
        "ocpp1.6",
        "with_ocpp.py",
        "/ocpp",
        "auth-unauthorized",
        "auth-unauthorized",
        "upgrade-not-found",
        "upgrade-subprotocol-required",  # the example of ocpp closes with 1000
    ),
    "ocpp-rpc": Case(
        "ocpp2.0.1",
        "with_ocpp_rpc.js",
        "/ocpp",
        "auth-unauthorized",
        "auth-unauthorized",
        "upgrade-not-found",
        needs=("ocpp-rpc",),
    ),
}


def command_of(case: Case, port: int) -> list[str]:
    """Return the command that runs a server; skip the test if it cannot be run."""
    profile = BUILT_IN[case.profile]
    arguments = [str(port), case.path, SECRET, *profile.request.subprotocols[:1]]
    program = str(APPLICATIONS / case.program)
    if case.needs:
        node_modules(*case.needs)
        return [*runtimes("node"), program, *arguments]
    interpreter = Path(os.environ.get("EDGECHECK_SERVERS", "/nonexistent")) / "bin" / "python"
    if not interpreter.exists():
        lacking(
            "no Python with ocpp and python-socketio: python3 -m venv FOLDER; FOLDER/bin/pip "
            "install ocpp python-socketio uvicorn websockets; export EDGECHECK_SERVERS=FOLDER"
        )
    return [str(interpreter), program, *arguments]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """Return a function that starts the server of a case once."""
    folder, started = tmp_path_factory.mktemp("builtins"), dict[str, Server]()
    with ExitStack() as stack:

        def get(name: str) -> Server:
            if name not in started:
                port = free_port()
                command = command_of(CASES[name], port)
                log = folder / f"{name}.log"
                started[name] = stack.enter_context(serving(command, port, log))
            return started[name]

        yield get


def settings_of(case: Case, server: Server, path: str | None = None) -> Settings:
    """Return good settings for a server, or those with another path."""
    profile = BUILT_IN[case.profile]
    if profile.path == case.path:
        if path is not None:
            profile = replace(profile, request=replace(profile.request, path=path))
        return settings_for(profile, server.url)
    return settings_for(profile, f"{server.url}{case.path if path is None else path}")


def looked(settings: Settings, secret: str | None = SECRET) -> Report:
    """Examine a server with a secret."""
    assert settings.secret is not None
    own = replace(settings.secret, secret=Secret(secret)) if secret is not None else None
    report = settled(checkup(replace(settings, secret=own)))
    shown = str(to_document(report))
    assert SECRET not in shown
    assert BEHAVIOUR_SECRET not in shown
    return report


def code_of(report: Report) -> str | None:
    """Return the verdict's code."""
    verdict = report.diagnosis.verdict
    return verdict.code if verdict is not None else None


each = pytest.mark.parametrize("name", CASES)


@each
def test_a_server_is_healthy(name: str, server: Callable[[str], Server]) -> None:
    """It answers as its profile says."""
    report = looked(settings_of(CASES[name], server(name)))

    assert code_of(report) is None, to_document(report)
    assert report.facts.session is not None
    assert report.facts.session.accepted


@each
def test_a_wrong_secret_is_named(name: str, server: Callable[[str], Server]) -> None:
    """As the server refuses it."""
    report = looked(settings_of(CASES[name], server(name)), WRONG)

    assert code_of(report) == CASES[name].wrong, to_document(report)
    assert WRONG not in str(to_document(report))


@each
def test_no_secret_is_named(name: str, server: Callable[[str], Server]) -> None:
    """By the server, if nothing else stops a client without one."""
    settings = settings_of(CASES[name], server(name))
    profile = replace(settings.profile, secret=SecretUse(required=False))
    report = looked(replace(settings, profile=profile), None)

    assert code_of(report) == CASES[name].missing, to_document(report)


@each
def test_another_path_is_named(name: str, server: Callable[[str], Server]) -> None:
    """As the server answers it."""
    report = looked(settings_of(CASES[name], server(name), "/elsewhere/"))

    assert code_of(report) == CASES[name].elsewhere, to_document(report)


def offering_another(profile: Profile) -> Profile:
    """Return a profile that offers a subprotocol which no server knows."""
    return replace(profile, request=replace(profile.request, subprotocols=("no.such.v9",)))


@each
def test_another_subprotocol_is_named(name: str, server: Callable[[str], Server]) -> None:
    """As the server answers it; not every one looks at it."""
    settings = settings_of(CASES[name], server(name))
    report = looked(replace(settings, profile=offering_another(settings.profile)))

    assert code_of(report) == CASES[name].otherwise, to_document(report)


@pytest.mark.parametrize("kind", ["uvicorn", "aiohttp", "websockets", "ws"])
def test_any_server_is_healthy_with_ping_frames(
    kind: str, backend: Callable[[str], Server]
) -> None:
    """The address as it is given, and the secret as a Bearer token."""
    server = backend(kind)
    profile = BUILT_IN["websocket"]
    good = settings_for(profile, f"{server.url}{PATH}?edge_agent_id=edge_1")
    elsewhere = settings_for(profile, f"{server.url}/elsewhere")
    report = looked(good, BEHAVIOUR_SECRET)

    assert code_of(report) is None, to_document(report)
    assert report.facts.session is not None
    assert report.facts.session.pong
    assert code_of(looked(good, WRONG)) in CLOSED
    assert code_of(looked(good, None)) in CLOSED
    assert code_of(looked(elsewhere, BEHAVIOUR_SECRET)) in NOT_THERE


# The profile knows no close codes, so that 1008 and 4001 are not said to be about the secret.
CLOSED = ("session-closed-unknown", "auth-secret-rejected", "auth-header-stripped")
# 403 of ASGI, 404 of aiohttp and websockets, 400 of node's ws.
NOT_THERE = ("auth-forbidden", "upgrade-refused-regardless", "upgrade-not-found")
