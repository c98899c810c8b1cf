"""tinyproxy in between: with and without credentials, with rules, and with TLS behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from tests.backends.certificates import Authority
from tests.backends.conftest import WRONG_SECRET, Backend, Doctor
from tests.backends.servers import Server, free_port
from tests.backends.tinyproxy import tinyproxy
from tests.conftest import require_program
from tests.timing import STAGE_LIMIT

PLAIN, SECURED = "uvicorn websockets-sansio", "uvicorn over TLS"
PASSWORD = "pass-word"

Proxies = Mapping[str, str]


@pytest.fixture(scope="module")
def proxies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxies]:
    """The addresses of some proxies."""
    program = require_program("tinyproxy")
    folder = tmp_path_factory.mktemp("tinyproxy")
    rules = folder / "rules"
    rules.write_text("^127\\.0\\.0\\.1$\n")
    configurations = {
        "open": (),
        "password": (f"BasicAuth user {PASSWORD}",),
        "filter": (f'Filter "{rules}"',),
        "port 443 alone": ("ConnectPort 443",),
        "other clients": ("Allow 192.0.2.1",),
    }
    with ExitStack() as stack:
        running: dict[str, Server] = {}
        for name, lines in configurations.items():
            running[name] = stack.enter_context(
                tinyproxy(program, folder / name.replace(" ", "-"), *lines)
            )
        onward = f"Upstream http 127.0.0.1:{running['password'].port}"
        running["chain"] = stack.enter_context(tinyproxy(program, folder / "chain", onward))
        yield {name: server.url for name, server in running.items()}


def with_credentials(url: str, credentials: str) -> str:
    return url.replace("http://", f"http://{credentials}@")


def test_a_tunnel_changes_nothing(
    doctor: Doctor, backend: Backend, proxies: Proxies, authority: Authority
) -> None:
    """Runs to ws:// and wss:// are healthy, with the proxy from the option or the environment."""
    for run in (
        doctor(backend(PLAIN).url, "--proxy", proxies["open"]),
        doctor(backend(SECURED).url, "--proxy", proxies["open"], "--ca-file", authority.ca_file),
        doctor(backend(PLAIN).url, environ={"HTTP_PROXY": proxies["open"]}),
        doctor(
            backend(SECURED).url,
            "--ca-file",
            authority.ca_file,
            environ={"https_proxy": proxies["open"]},
        ),
    ):
        run.assert_healthy()
        assert run.stages["proxy"] == "pass"
        assert run.report["target"]["proxy"] == proxies["open"]
    found = doctor(
        backend(SECURED).url,
        "--proxy",
        proxies["open"],
        "--ca-file",
        authority.ca_file,
        secret=WRONG_SECRET,
    )
    found.assert_verdict("auth-secret-rejected", "auth", "certain")


def test_no_proxy_is_honoured(doctor: Doctor, backend: Backend) -> None:
    """The proxy in the environment is dead, and is not used."""
    dead = {"HTTPS_PROXY": f"http://127.0.0.1:{free_port()}"}

    for run in (
        doctor(backend(PLAIN).url, environ={**dead, "NO_PROXY": "localhost,127.0.0.1"}),
        doctor(backend(PLAIN).url, "--no-proxy", environ=dead),
    ):
        run.assert_healthy()
        assert run.stages["proxy"] == "skip"
        assert run.report["target"]["proxy"] is None


def test_a_dead_proxy_is_not_called_a_dead_backend(doctor: Doctor, backend: Backend) -> None:
    """Its address, and where the setting came from, are named."""
    dead = f"http://127.0.0.1:{free_port()}"
    found = doctor(backend(PLAIN).url, environ={"HTTPS_PROXY": dead})

    found.assert_verdict("proxy-unreachable", "proxy", "likely")
    assert found.findings == {}
    assert f"proxy {dead} from $HTTPS_PROXY" in found.verdict["evidence"]


def test_credentials_open_the_way(
    doctor: Doctor, backend: Backend, proxies: Proxies, authority: Authority
) -> None:
    """They are percent-decoded, and the password is in no output."""
    for password in (PASSWORD, PASSWORD.replace("-", "%2D")):
        url = with_credentials(proxies["password"], f"user:{password}")
        for run in (
            doctor(backend(PLAIN).url, "--proxy", url),
            doctor(backend(SECURED).url, "--proxy", url, "--ca-file", authority.ca_file),
        ):
            run.assert_healthy()
            assert password not in str(run.report)


@pytest.mark.parametrize(
    ("name", "credentials", "confidence", "cause"),
    [
        ("password", "", "certain", "so none were sent"),
        ("password", "user:wrong", "likely", "it refuses them"),
        ("chain", "", "likely", "or wrong ones"),  # the offer of the one behind it is lost
    ],
)
def test_missing_and_wrong_credentials_are_the_proxys_business(
    doctor: Doctor,
    backend: Backend,
    proxies: Proxies,
    name: str,
    credentials: str,
    confidence: str,
    cause: str,
) -> None:
    """tinyproxy answers 407 to missing and 401 to wrong ones, and forwards other answers."""
    url = with_credentials(proxies[name], credentials) if credentials else proxies[name]
    found = doctor(backend(PLAIN).url, "--proxy", url)

    found.assert_verdict("proxy-auth-required", "proxy", confidence)
    assert cause in found.verdict["cause"]
    assert found.verdict["side"] == "client"
    assert found.findings == {}


@pytest.mark.parametrize(
    ("name", "code", "cause"),
    [
        ("filter", "proxy-denied", "a rule forbids the host"),
        ("port 443 alone", "proxy-port-forbidden", "port 443 alone"),
        ("other clients", "proxy-denied", "does not serve this machine"),
    ],
)
def test_a_rule_of_the_proxy_is_not_the_backends_refusal(
    doctor: Doctor, backend: Backend, proxies: Proxies, name: str, code: str, cause: str
) -> None:
    """It answers 403 before there is a tunnel, so nobody has seen the secret.

    The words of its page tell a rule about the host or the client from one about the port.
    """
    found = doctor(backend(PLAIN).url, "--proxy", proxies[name])

    found.assert_verdict(code, "proxy", "likely")
    assert cause in found.verdict["cause"]
    assert found.verdict["side"] == "intermediary"
    assert found.stages["upgrade"] == "skip"
    assert found.experiments == {}
    assert found.findings == {}


def test_a_backend_that_the_proxy_cannot_reach(doctor: Doctor, proxies: Proxies) -> None:
    """It answers 500 Unable to connect: nothing listens there, or it cannot resolve the name."""
    for url in (f"ws://127.0.0.1:{free_port()}", "wss://backend.invalid"):
        found = doctor(url, "--proxy", proxies["open"])

        found.assert_verdict("proxy-denied")
        assert found.findings == {}


def test_what_is_no_proxy_is_suspected(doctor: Doctor, backend: Backend) -> None:
    """A web server that says what it is answers CONNECT with 404; a TLS server closes."""
    found = doctor(backend(PLAIN).url, "--proxy", f"http://127.0.0.1:{backend(PLAIN).port}")
    found.assert_verdict("proxy-invalid-response", "proxy", "likely")
    assert "proxy-denied" in found.verdict["alternatives"]
    found = doctor(backend(PLAIN).url, "--proxy", f"http://127.0.0.1:{backend(SECURED).port}")
    found.assert_verdict("proxy-invalid-response", "proxy", "likely")


@pytest.mark.parametrize(
    ("scheme", "code"), [("https", "proxy-scheme-https"), ("socks5", "proxy-timeout")]
)
def test_the_wrong_scheme_for_a_proxy_is_silence(
    doctor: Doctor, backend: Backend, proxies: Proxies, scheme: str, code: str
) -> None:
    """tinyproxy waits for the end of a line that never comes.

    The scheme is the first thing to check.
    """
    found = doctor(
        backend(PLAIN).url,
        "--timeout",
        STAGE_LIMIT,
        "--proxy",
        proxies["open"].replace("http", scheme),
    )

    found.assert_verdict(code, "proxy", "possible")
    assert "`http://`" in found.verdict["remedies"][0]


def test_what_fails_behind_the_tunnel_is_told_as_without_it(
    doctor: Doctor, backend: Backend, proxies: Proxies, authority: Authority
) -> None:
    """These are TLS to a plain port, an untrusted authority, and a handler that never accepts."""
    through = ("--proxy", proxies["open"])

    doctor(backend(PLAIN).url.replace("ws", "wss"), *through).assert_verdict(
        "tls-not-tls", "tls", "likely"
    )
    doctor(backend(SECURED).url, *through).assert_verdict("tls-unknown-issuer", "tls", "likely")
    found = doctor(backend(PLAIN).url, *through, "--timeout", STAGE_LIMIT, agent="never accepts")
    found.assert_verdict("upgrade-timeout")
