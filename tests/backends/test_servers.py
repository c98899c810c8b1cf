"""The guide's backend on the WebSocket servers that people run.

`doctor` must be right about each of them, however the server reports a failure.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backends.applications.behaviour import SECRET
from tests.backends.conftest import WRONG_SECRET, Backend, Doctor, command_of
from tests.backends.servers import free_port, serving
from tests.timing import STAGE_LIMIT

UVICORN = ("uvicorn websockets-sansio", "uvicorn websockets", "uvicorn wsproto")
ASGI = (*UVICORN, "hypercorn")
SERVERS = (*ASGI, "aiohttp", "websockets", "ws")

every_server = pytest.mark.parametrize("name", SERVERS)

# What a client sees when each server ends or refuses a connection.
ENDINGS = {
    "raises before accept": dict.fromkeys(SERVERS, "upgrade-server-error"),
    "raises at the ping": {
        **dict.fromkeys(UVICORN, "session-dropped"),
        "hypercorn": "session-server-error",
        "aiohttp": "session-dropped",
        "websockets": "session-server-error",
        "ws": "session-dropped",
    },
    "returns before accept": {
        **dict.fromkeys(ASGI, "upgrade-server-error"),
        "aiohttp": "upgrade-not-websocket",
        "websockets": "upgrade-not-websocket",
    },
    "returns after accept": {
        **dict.fromkeys(UVICORN, "session-dropped"),
        "hypercorn": "session-server-error",
        "aiohttp": "session-closed-normally",
        "websockets": "session-closed-normally",
        "ws": "session-closed-without-code",
    },
    "closes as replaced": dict.fromkeys(SERVERS, "session-replaced"),
    "sends 2 MiB": dict.fromkeys(SERVERS, "session-message-too-big"),
}


@every_server
@pytest.mark.parametrize(
    "agent", ["healthy", "judges before accept", "denies with 401", "denies with 403"]
)
def test_a_healthy_backend_gets_no_verdict_and_no_finding(
    doctor: Doctor, backend: Backend, name: str, agent: str
) -> None:
    """There is one connection, and every stage passes."""
    found = doctor(backend(name).url, agent=agent)

    found.assert_healthy()
    assert found.stages == {
        **dict.fromkeys(("config", "dns", "tcp", "upgrade", "auth", "session"), "pass"),
        **dict.fromkeys(("proxy", "tls"), "skip"),
    }


@every_server
def test_messages_before_the_pong_are_not_taken_for_it(
    doctor: Doctor, backend: Backend, name: str
) -> None:
    """A command that nobody acknowledges is a warning, a type that the protocol lacks a note."""
    found = doctor(backend(name).url, agent="chatty")

    found.assert_healthy(message_unknown_type="info", session_command_taken="warning")
    assert [message["kind"] for message in found.facts("session")["messages"]] == [
        "command",
        "unknown",
    ]


@every_server
def test_a_wrong_secret_is_told_for_certain_where_the_backend_can_say_so(
    doctor: Doctor, backend: Backend, name: str
) -> None:
    """It closes with 1008, as for a random secret; without credentials the answer differs."""
    found = doctor(backend(name).url, secret=WRONG_SECRET)

    found.assert_verdict("auth-secret-rejected", "auth", "certain")
    assert found.verdict["side"] == "client"
    assert found.findings == {}
    assert found.experiments == {
        "again": "closed 1008 Token verification failed",
        "without-credentials": "closed 4001 Missing Authorization header",
        "wrong-secret": "closed 1008 Token verification failed",
    }


@every_server
@pytest.mark.parametrize(
    ("agent", "code"),
    [
        ("judges before accept", "upgrade-refused-regardless"),
        ("denies with 403", "auth-forbidden"),
        ("denies with 401", "auth-unauthorized"),
    ],
)
def test_a_refusal_before_accept_is_not_called_certain(
    doctor: Doctor, backend: Backend, name: str, agent: str, code: str
) -> None:
    """The same 403 for every secret may be about the path or the secret, and both are named."""
    found = doctor(backend(name).url, agent=agent, secret=WRONG_SECRET)

    tried = {"again", "without-credentials", "wrong-secret"}
    if code.startswith("auth-"):
        found.assert_verdict(code, "auth", "likely", "possible")
        assert tried <= set(found.experiments)
    else:
        found.assert_verdict(code, "upgrade", "possible")
        assert set(found.experiments) == {*tried, "with-origin"}
        assert {"auth-forbidden", "upgrade-not-found"} <= set(found.verdict["alternatives"])
    assert found.findings == {}


@every_server
@pytest.mark.parametrize("agent", ["healthy", "judges before accept"])
@pytest.mark.parametrize(
    ("secret", "code"),
    [
        (f"Bearer {SECRET}", "secret-bearer-prefix"),
        (f" {SECRET}", "secret-whitespace"),
        (f'"{SECRET}"', "secret-quoted"),
        (f"{SECRET[:9]}\xad{SECRET[9:]}", "secret-invisible-character"),
        (f"{SECRET}\xa0", "secret-invisible-character"),
    ],
    ids=["bearer", "blank", "quotes", "soft hyphen", "no-break space"],
)
def test_a_malformed_secret_is_proven_by_the_cleaned_one(
    doctor: Doctor, backend: Backend, name: str, agent: str, secret: str, code: str
) -> None:
    """The defect is the verdict on every server, and the refusal is only its symptom."""
    found = doctor(backend(name).url, agent=agent, secret=secret)

    found.assert_verdict(code, "config", "certain")
    assert found.experiments["cleaned-secret"] == "accepted: the ping was answered"
    assert set(found.verdict["alternatives"]) & {
        "auth-secret-rejected",
        "auth-forbidden",
        "upgrade-server-error",
    }


@every_server
def test_a_trailing_blank_works_and_is_worth_a_warning(
    doctor: Doctor, backend: Backend, name: str
) -> None:
    """HTTP servers remove it from a field (RFC 9110, section 5.5)."""
    doctor(backend(name).url, secret=f"{SECRET} ").assert_healthy(secret_whitespace="warning")


@every_server
def test_a_wrong_path_reads_as_each_server_has_it(
    doctor: Doctor, backend: Backend, name: str
) -> None:
    """ASGI servers answer 403 to an unknown path, node's ws answers 400.

    The path in BACKEND_URL is one of the possible causes.
    """
    found = doctor(f"{backend(name).url}/other")

    if name in ASGI:
        found.assert_verdict("upgrade-refused-regardless", "upgrade", "possible")
        assert "upgrade-not-found" in found.verdict["alternatives"]
    else:
        found.assert_verdict("upgrade-not-found", "upgrade")
    assert "url-has-path" in found.verdict["alternatives"]
    assert found.findings == {"url-has-path": "warning"}


@pytest.mark.parametrize(
    ("name", "agent"), [(name, agent) for agent, codes in ENDINGS.items() for name in codes]
)
def test_what_a_handler_does_wrong_reads_as_its_server_has_it(
    doctor: Doctor, backend: Backend, name: str, agent: str
) -> None:
    """One bug is 500, 1006, 1011, 1000 or a close without a code, and always the backend's."""
    found = doctor(backend(name).url, agent=agent)

    found.assert_verdict(ENDINGS[agent][name])
    assert found.findings == {}


@pytest.mark.parametrize("name", ["uvicorn websockets-sansio", "hypercorn", "aiohttp", "ws"])
def test_a_handler_that_never_accepts_is_waited_for_once(
    doctor: Doctor, backend: Backend, name: str
) -> None:
    """No byte arrives, and the run ends at the limit of the stage."""
    found = doctor(backend(name).url, "--timeout", STAGE_LIMIT, agent="never accepts")

    found.assert_verdict("upgrade-timeout")
    assert found.experiments == {}


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        ("never answers", "pong-timeout"),
        ("echoes", "pong-echoed"),
        ("answers plain text", "pong-not-json"),
    ],
)
def test_an_open_socket_without_a_pong_is_no_success(
    doctor: Doctor, backend: Backend, agent: str, code: str
) -> None:
    """The credentials were accepted, so they are not the cause."""
    url = backend("uvicorn websockets-sansio").url
    found = doctor(url, "--timeout", STAGE_LIMIT, agent=agent)

    found.assert_verdict(code, "session")
    assert found.stages["auth"] == "pass"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("uvicorn websockets-sansio", "session-restarting"),
        ("uvicorn websockets", "session-restarting"),
        ("websockets", "session-going-away"),
    ],
)
def test_a_server_that_is_stopped_says_so(
    doctor: Doctor, tmp_path: Path, name: str, code: str
) -> None:
    """A client sees this when the backend is deployed again."""
    port = free_port()
    with serving(command_of(name, port), port, tmp_path / "log") as server:
        found = doctor(server.url, agent="is stopped at the ping")

    found.assert_verdict(code)


def test_uvicorn_without_a_websocket_library_takes_it_for_plain_http(
    doctor: Doctor, backend: Backend
) -> None:
    """Its 404 in JSON need not mean a wrong path."""
    found = doctor(backend("uvicorn none").url)

    found.assert_verdict("upgrade-header-dropped", "upgrade", "likely")
    assert "upgrade-not-found" in found.verdict["alternatives"]
    assert any("uvicorn[standard]" in remedy for remedy in found.verdict["remedies"])
