"""Defects of the address and of the agent id."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from edgecheck.catalogue.config import LINT
from edgecheck.settings.sources import Options
from tests.catalogue.settings_files import CLEAN, URL, found, made, with_url
from tests.timing import PATIENCE

# --- the address ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("https://h.example", ["url-scheme-http"]),
        ("HTTPS://h.example", ["url-scheme-http"]),
        ("https:/h.example", ["url-scheme-http"]),
        ("http://localhost:8000", ["url-scheme-http"]),
        ("http://h.example", ["url-scheme-http"]),
        ("h.example", ["url-scheme-missing"]),
        ("h.example:8080", ["url-scheme-missing"]),
        ("host:8080", ["url-scheme-missing"]),
        ("localhost:8000", ["url-scheme-missing"]),
        ("//h.example", ["url-scheme-missing"]),
        ("://h.example", ["url-scheme-missing"]),
        ("wws://h.example", ["url-scheme-unknown"]),
        ("wss:/h.example", ["url-scheme-unknown"]),
        ("wss//h.example", ["url-scheme-unknown"]),
        ("wss:h.example", ["url-scheme-unknown"]),
        ("ws:localhost", ["url-scheme-unknown"]),
        ("wss:///h.example", ["url-scheme-unknown"]),
        ("wss;//h.example", ["url-scheme-unknown"]),
        ("wss:\\\\h.example", ["url-scheme-unknown"]),
        ("ftp://h.example", ["url-scheme-unknown"]),
        ("wss://wss://h.example", ["url-scheme-unknown"]),
        ("wss://https://h.example", ["url-scheme-unknown"]),
        ("https:/wss:/h.example", ["url-scheme-unknown"]),
        # A service of that name, as in a compose file.
        ("wss://ws:8443", []),
        ("wss://https:8443", []),
        ("ws://wss:8080", ["url-plaintext"]),
        ("http://http:8080", ["url-scheme-http"]),
        (" wss://h.example", ["url-whitespace"]),
        ("wss://h.example\u200b", ["url-whitespace"]),
        ("wss://h. example", ["url-whitespace"]),
        ("wss://h.example\n", ["url-whitespace"]),
        (" https://h.example", ["url-scheme-http", "url-whitespace"]),
        ("wss://", ["url-malformed"]),
        ("wss:///", ["url-scheme-unknown", "url-malformed"]),
        ("wss://h.example:0", ["url-malformed"]),
        ("wss://h.example:port", ["url-malformed"]),
        ("wss://h..example", ["url-malformed"]),
        ("wss://<host>", ["url-malformed"]),
        ("wss://[::1", ["url-malformed"]),
        ("wss://1.2.3.400", ["url-malformed"]),
        ('"wss://h.example"', ["url-malformed"]),
        ("\u201cwss://h.example\u201d", ["url-malformed"]),
        ("wss://h.example/edge/ws", ["url-has-endpoint"]),
        ("wss://h.example/edge/ws/", ["url-has-endpoint"]),
        ("wss://h.example/api/edge/ws", ["url-has-endpoint"]),
        ("wss://h.example/api", ["url-has-path"]),
        ("wss://h.example/", []),
        ("wss://h.example?a=b", ["url-has-query"]),
        ("wss://h.example#", ["url-has-query"]),
        ("wss://user:pass@h.example", ["url-has-credentials"]),
        ("wss://token@h.example", ["url-has-credentials"]),
        ("ws://h.example", ["url-plaintext"]),
        ("ws://10.0.0.1", ["url-plaintext"]),
        ("ws://localhost", []),
        ("ws://127.0.0.2:8000", []),
        ("ws://[::1]", []),
        ("wss://h.example:80", ["url-port-mismatch"]),
        ("ws://localhost:443", ["url-port-mismatch"]),
        ("wss://h.example:443", []),
        ("wss://h.example:8883", ["url-known-port"]),
        ("ws://localhost:5432", ["url-known-port"]),
        ("wss://h.example:8080", []),
        ("wss://b\u00fccher.example", []),
    ],
)
def test_an_address_s_defects_are_told_each_as_if_the_others_were_repaired(
    url: str, codes: list[str]
) -> None:
    assert [defect.code for defect in LINT.lint(made(url=url))] == codes


@pytest.mark.parametrize(
    ("url", "offered"),
    [
        ("https://h.example/x", "wss://h.example/x"),
        ("http://h.example:8000", "ws://h.example:8000"),
        ("https:h.example", "wss://h.example"),
        ("h.example:8080", "wss://h.example:8080"),
        ("localhost:8000", "ws://localhost:8000"),
        ("wss//h.example", "wss://h.example"),
        ("wss://https://h.example", "wss://h.example"),
        ("ws:localhost:1", "ws://localhost:1"),
        ("wss://h.example/edge/ws", "wss://h.example"),
        ("wss://h.example/a/edge/ws", "wss://h.example/a"),
        ("wss://h.example/a?b#c", "wss://h.example/a"),
        ("wss://user:pass@h.example:1/a", "wss://h.example:1/a"),
        ("ws://h.example:1", "wss://h.example:1"),
        ("wss://h.example:80", "wss://h.example"),
        ("ws://localhost:443", "wss://localhost"),
        (" wss://h.example\t", "wss://h.example"),
        ("https://user:pass@h.example", "wss://h.example"),
    ],
)
def test_the_address_that_is_meant_is_offered(url: str, offered: str) -> None:
    assert offered in {defect.values.get("offered") for defect in LINT.lint(made(url=url))}


def test_a_scheme_that_is_written_thousands_of_times_is_one() -> None:
    """A text that was pasted again and again is read like any other."""
    assert LINT.lint(made(url=3000 * "wss://" + "backend.example"))[0].values["offered"] == URL


@pytest.mark.parametrize(
    "url",
    [
        "wss://h.example:80/v1/edge/ws/?x=1",
        "https://127.0.0.1:8787/edge/ws",
        "https://u:p@h.example/edge/ws#x",
    ],
)
def test_every_finding_offers_the_same_address(url: str) -> None:
    """Their commands set the same line.

    The one that is pasted last must not bring back what another one repaired.
    """
    defects = LINT.lint(made(url=url))
    (offered,) = {defect.values["offered"] for defect in defects}

    assert len(defects) > 1
    assert LINT.lint(made(url=offered)) == () or {
        defect.code for defect in LINT.lint(made(url=offered))
    } == {"url-has-path"}


@pytest.mark.parametrize(
    ("made_of", "code", "command"),
    [
        (
            {"url": '"wss://backend.example"'},
            "url-malformed",
            "$ export BACKEND_URL=wss://backend.example",
        ),
        (
            {"url": "'https://backend.example'"},
            "url-malformed",
            "$ export BACKEND_URL=wss://backend.example",
        ),
        ({"agent": '"edge_7"'}, "agent-id-malformed", "$ export EDGE_AGENT_ID=edge_7"),
        ({"url": '"wss://backend.example:99999"'}, "url-malformed", None),
        ({"agent": '"agent 7"'}, "agent-id-malformed", None),
    ],
)
def test_quotes_that_are_too_many_are_all_that_is_to_be_removed(
    made_of: dict[str, str], code: str, command: str | None
) -> None:
    """Where the rest is good: nobody has to be asked."""
    defect = next(defect for defect in LINT.lint(made(**made_of)) if defect.code == code)

    assert [remedy.splitlines()[1] for remedy in defect.remedies] == ([command] if command else [])
    assert all("docker run --env-file" in remedy for remedy in defect.remedies)


def test_the_offer_can_be_pasted_where_the_value_stands(lint, tmp_path: Path) -> None:
    defect = next(
        defect
        for defect in lint(with_url("https://h.example/a&b"))
        if defect.code == "url-scheme-http"
    )
    subprocess.run(defect.values["set_it"], shell=True, cwd=tmp_path, check=True, timeout=PATIENCE)

    assert (tmp_path / ".env").read_text().splitlines()[0] == "BACKEND_URL=wss://h.example/a&b"
    assert (
        LINT.lint(made(url="https://h.example"))[0].values["set_it"]
        == "export BACKEND_URL=wss://h.example"
    )


@pytest.mark.parametrize(
    "written",
    [
        "EDGE_SERCET",
        "EDGE.SECRET",
        "EDGE-SECRET",
        "$env:EDGE_SECRET",
        '"EDGE_SECRET"',
        "\u0415DGE_SECRET",
    ],
)
def test_a_misspelled_name_can_be_renamed_by_pasting(lint, tmp_path: Path, written: str) -> None:
    defect = next(
        defect
        for defect in lint(CLEAN.replace("EDGE_SECRET", written))
        if defect.code == "env-key-misspelled"
    )
    subprocess.run(defect.values["rename"], shell=True, cwd=tmp_path, check=True, timeout=PATIENCE)

    assert lint(None) == ()


def test_plaintext_is_a_warning_where_it_is_allowed(lint) -> None:
    allowed = Options(url="ws://h.example", allow_plaintext=True)

    assert found(lint(options=Options(url="ws://h.example"))) == [("url-plaintext", "error")]
    assert found(lint(options=allowed)) == [("url-plaintext", "warning")]


@pytest.mark.parametrize(
    "url",
    [
        "wss://u:pass-word@h.example",
        "wss//u:pass-word@h.example",
        "https://u:pass-word@h.example/a?b#c",
        "u:pass-word@h",
    ],
)
def test_a_password_in_the_address_is_not_shown(url: str) -> None:
    assert "pass-w" not in str(LINT.judged(made(url=url)))


# --- the agent id ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("edge_0", []),
        ("edge_12345", []),
        (" edge_1", [("agent-id-whitespace", "error")]),
        ("edge_1\u200b", [("agent-id-whitespace", "error")]),
        ("edge_ 1", [("agent-id-whitespace", "error")]),
        ("edge_1\r\n", [("agent-id-whitespace", "error")]),
        ("agent", [("agent-id-malformed", "warning")]),
        ("EDGE_1", [("agent-id-malformed", "warning")]),
        ("edge-1", [("agent-id-malformed", "warning")]),
        ("edge_1&x=y", [("agent-id-malformed", "error")]),
        ("edge_1#", [("agent-id-malformed", "error")]),
        ("edge_%31", [("agent-id-malformed", "error")]),
        ('"edge_1"', [("agent-id-malformed", "error")]),
        ("<id>", [("agent-id-malformed", "error")]),
        ("edge_\u0661", [("agent-id-malformed", "error")]),
        ("edge_\udce9", [("agent-id-malformed", "error")]),
        (" a b ", [("agent-id-whitespace", "error"), ("agent-id-malformed", "warning")]),
    ],
)
def test_an_agent_id_is_edge_and_digits(agent: str, expected: list[tuple[str, str]]) -> None:
    assert found(LINT.lint(made(agent=agent))) == expected
