"""What is wrong on this machine alone: its trust store, its proxy's variables, its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue.config import LINT
from edgecheck.diagnose import diagnose
from edgecheck.facts import DnsFacts, Failure, Kind
from edgecheck.facts.surroundings import Surroundings
from edgecheck.lint.rules.localhost import refused_in_container
from edgecheck.settings.sources import Options, load
from edgecheck.surroundings.machine import surroundings
from edgecheck.terms import Confidence, Severity
from tests.backends.servers import free_port
from tests.doctor import Setup, run, simulated
from tests.sights import HEALTHY, SPAN

GOOD = "EDGE_SECRET=Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE\nEDGE_AGENT_ID=edge_1\n"


def setup_for(folder: Path, url: str, **environ: str) -> Setup:
    """Write settings for an address; variables come from the test."""
    path = folder / ".env"
    path.write_text(f"BACKEND_URL={url}\n{GOOD}")
    path.chmod(0o600)
    return Setup(folder, environ)


def test_an_empty_trust_store_is_counted(tmp_path: Path) -> None:
    """Not the authority's certificate is asked for, but the machine's own ones."""
    nothing = tmp_path / "nothing.pem"
    nothing.touch()
    folder = tmp_path / "none"
    folder.mkdir()
    with simulated("tls-unknown-issuer") as backend:
        setup = setup_for(
            tmp_path, backend.url, SSL_CERT_FILE=str(nothing), SSL_CERT_DIR=str(folder)
        )
        outcome = run(setup, "--json")

    assert outcome.verdict == "tls-no-trust-store"
    assert outcome.report["verdict"]["confidence"] == "certain"
    assert any("ca-certificates" in step for step in outcome.report["verdict"]["remedies"][:2])


def test_a_proxy_that_speaks_plain_http_has_no_https_in_its_address(tmp_path: Path) -> None:
    """The S of HTTPS_PROXY is about the target."""
    with simulated("proxy-denied") as backend:
        assert backend.proxy is not None
        address = backend.proxy.replace("http://", "https://")
        setup = setup_for(tmp_path, "wss://backend.example", HTTPS_PROXY=address)
        outcome = run(setup, "--json")

    assert outcome.verdict == "proxy-scheme-https"
    assert "http://" in outcome.report["verdict"]["remedies"][0]


@pytest.mark.parametrize("host", ["127.0.0.1", "edge.local", "10.0.0.7", "backend"])
def test_a_host_of_this_network_needs_no_proxy(tmp_path: Path, host: str) -> None:
    """The remedy names the host, and keeps what NO_PROXY has."""
    with simulated("proxy-denied") as backend:
        assert backend.proxy is not None
        setup = setup_for(
            tmp_path,
            f"wss://{host}:8443",
            HTTPS_PROXY=backend.proxy,
            NO_PROXY="other.example",
        )
        outcome = run(setup, "--json")

    assert outcome.verdict == "proxy-not-needed"
    assert outcome.report["verdict"]["side"] == "client"
    assert (
        f"other.example,{'localhost' if host == '127.0.0.1' else host}"
        in (outcome.report["verdict"]["remedies"][0])
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("host.docker.internal", "--add-host"),
        ("backend", "compose"),
        ("agent.local", "mDNS"),
        ("x.y.svc.cluster.local", "Ingress"),
        ("app.railway.internal", "up.railway.app"),
    ],
)
def test_a_name_that_only_some_places_know_gets_its_own_cure(name: str, words: str) -> None:
    """Asking a public resolver is none."""
    failure = Failure(Kind.DNS_NOT_FOUND, "Name or service not known")
    facts = replace(
        HEALTHY,
        target=replace(HEALTHY.target, host=name),
        dns=DnsFacts(SPAN, name, failure=failure),
        tcp=None,
        tls=None,
        upgrade=None,
        session=None,
    )
    verdict = diagnose(facts).verdict

    assert verdict is not None
    assert verdict.code == "dns-name-local-only"
    assert words in verdict.remedies[0]
    assert not any("1.1.1.1" in step for step in verdict.remedies)


@pytest.mark.parametrize(
    "place", [{"container": "docker"}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}]
)
def test_a_container_is_seen_by_what_its_engine_leaves(
    tmp_path: Path, place: dict[str, str]
) -> None:
    """Variables or files."""
    assert surroundings(place, tmp_path).container
    assert not surroundings({}, tmp_path).container
    with_file = tmp_path / "container"
    with_file.mkdir()
    (with_file / ".dockerenv").touch()

    assert surroundings({}, with_file).container == "/.dockerenv"


def test_wsl_a_unit_and_the_time_since_the_start_are_read(tmp_path: Path) -> None:
    """From the files of the kernel."""
    proc = tmp_path / "proc"
    (proc / "sys/kernel").mkdir(parents=True)
    (proc / "self").mkdir()
    (proc / "sys/kernel/osrelease").write_text("5.15.90.1-microsoft-standard-WSL2\n")
    (proc / "uptime").write_text("42.5 80.0\n")
    (proc / "self/cgroup").write_text("0::/system.slice/agent.service\n")
    seen = surroundings({"INVOCATION_ID": "1", "NO_PROXY": "a,b"}, tmp_path)

    assert seen.wsl
    assert seen.up_seconds == 42.5
    assert seen.unit == "agent.service"
    assert seen.no_proxy == "a,b"


@pytest.mark.parametrize(
    ("url", "severity"),
    [
        ("ws://localhost:8000", Severity.ERROR),
        ("ws://127.0.0.1:8000", Severity.WARNING),
        ("wss://backend.example", None),
    ],
)
def test_loopback_in_a_container_is_the_container(url: str, severity: Severity | None) -> None:
    """A name was written for another machine's sake; an address may be meant."""
    settings = load(Options(url=url), environ={}, cwd=Path("/"), stdin=None)
    found = list(refused_in_container(settings, Surroundings(container="/.dockerenv")))

    assert [one.severity for one in found] == ([severity] if severity is not None else [])
    assert list(refused_in_container(settings, Surroundings())) == []


def test_localhost_that_refuses_in_a_container_is_the_verdict(tmp_path: Path) -> None:
    """The refusal of the connection is its symptom."""
    setup = setup_for(tmp_path, f"ws://localhost:{free_port()}", container="docker")
    outcome = run(setup, "--json")

    assert outcome.verdict == "url-localhost-in-container"
    assert outcome.report["verdict"]["alternatives"] == ["tcp-refused"]
    assert outcome.report["verdict"]["confidence"] == Confidence.LIKELY


def test_the_lint_is_silent_outside() -> None:
    """Without the engine's variable nothing is said before a connection was refused."""
    environ = {
        "BACKEND_URL": "ws://localhost:8000",
        "EDGE_SECRET": "Kq7vT2mXw9Lb4RzNc8Yd3HsGf6Jp1VaE",
        "EDGE_AGENT_ID": "edge_1",
    }
    settings = load(Options(), environ=environ, cwd=Path("/"), stdin=None)  # type: ignore[arg-type]

    assert settings.profile == EDGE
    assert LINT.lint(settings) == ()


@pytest.mark.parametrize(
    ("unit", "up", "told"),
    [("agent.service", 12.0, True), ("agent.service", 9_000.0, False), ("", 12.0, False)],
)
def test_a_service_that_is_quicker_than_the_network_has_to_wait_for_it(
    unit: str, up: float, told: bool
) -> None:
    """It works by hand and fails at boot."""
    assert HEALTHY.config is not None
    around = Surroundings(unit=unit, up_seconds=up)
    facts = replace(
        HEALTHY,
        config=replace(HEALTHY.config, surroundings=around),
        dns=DnsFacts(SPAN, "backend.company.com", failure=Failure(Kind.DNS_FAILURE, "try again")),
        tcp=None,
        tls=None,
        upgrade=None,
        session=None,
    )
    verdict = diagnose(facts).verdict

    assert verdict is not None
    assert ("network-online.target" in verdict.remedies[0]) is told
