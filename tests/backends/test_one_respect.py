"""A backend that differs in one respect needs one small profile: FastAPI on uvicorn, node's ws."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgecheck.checkup import checkup
from edgecheck.report import Report, to_document
from edgecheck.settings.profiles import chosen
from edgecheck.settings.request import Way, destination_of
from edgecheck.settings.sources import Options, load
from tests.backends.respects import AGENT_ID, RESPECTS, description
from tests.backends.servers import Server, free_port, python, serving
from tests.doctor import SECRET, settled
from tests.snippets.clients import node_modules, runtimes

APPLICATIONS = Path(__file__).parent / "applications"
WRONG = "0e9b7c1d5a3f48e2b6d07f92c4a81e35d9f6b0a72c8e4d13"


def label(name: str) -> str:
    """Return a name as the first label of a host."""
    return name.lower().replace(" ", "-")


@pytest.fixture(scope="module", params=["uvicorn", "ws"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server for all of them."""
    folder, port = tmp_path_factory.mktemp("respects"), free_port()
    told = folder / "respects.json"
    told.write_text(json.dumps({label(name): description(name) for name in RESPECTS}))
    if request.param == "uvicorn":
        module = "tests.backends.applications.with_respects:app"
        command = ["env", f"RESPECTS={told}", *python("uvicorn", module, "--port", port)]
    else:
        node_modules("ws")
        command = [*runtimes("node"), str(APPLICATIONS / "with_respects.js"), str(port), str(told)]
    with serving(command, port, folder / "server.log") as running:
        yield running


def examined(folder: Path, server: Server, name: str, secret: str = SECRET) -> Report:
    """Examine one of the backends with its profile."""
    respect = RESPECTS[name]
    (folder / "edgecheck.toml").write_text(respect.profile)
    profile = chosen(None, environ={}, cwd=folder).profile
    names = profile.variables
    host = f"ws://{label(name)}.localhost:{server.port}"
    lines = {names.url: host, names.secret: secret}
    if respect.agent_id:
        lines[names.agent_id] = AGENT_ID
    env = folder / ".env"
    env.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
    env.chmod(0o600)
    options = Options(way=Way(connect_to=destination_of(f"127.0.0.1:{server.port}")))
    settings = load(options, environ={}, cwd=folder, stdin=io.BytesIO(), profile=profile)
    return settled(checkup(settings))


@pytest.mark.parametrize("name", RESPECTS)
def test_its_profile_makes_it_healthy(tmp_path: Path, server: Server, name: str) -> None:
    """And says no word of anything else."""
    report = examined(tmp_path, server, name)

    assert report.ok, to_document(report)
    assert report.facts.session is not None
    assert report.facts.session.accepted


@pytest.mark.parametrize("name", RESPECTS)
def test_a_wrong_secret_is_named(tmp_path: Path, server: Server, name: str) -> None:
    """As what it is, and nowhere shown."""
    report = examined(tmp_path, server, name, WRONG)
    verdict = report.diagnosis.verdict

    assert verdict is not None
    assert verdict.code == RESPECTS[name].wrong, to_document(report)
    assert WRONG not in str(to_document(report))
    assert verdict.side == "client"


def test_what_a_first_message_is_answered_with_is_likely_about_it(
    tmp_path: Path, server: Server
) -> None:
    """Though a missing secret gets the same answer: the profile says what the answer means."""
    verdict = examined(tmp_path, server, "a first message", WRONG).diagnosis.verdict

    assert verdict is not None
    assert verdict.confidence == "likely"


@pytest.mark.parametrize("name", ["the token in the query", "another ping", "no agent id"])
def test_without_its_profile_it_is_not_healthy(tmp_path: Path, server: Server, name: str) -> None:
    """So these servers do differ."""
    edge = replace(RESPECTS[name], profile="", agent_id=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RESPECTS, name, edge)
        report = examined(tmp_path, server, name)

    assert report.ok == (name == "no agent id")
