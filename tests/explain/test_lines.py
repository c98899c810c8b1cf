"""Lines that real programs print lead to the right entry, and ordinary lines to none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain.find import find
from edgecheck.explain.told import in_words_of_products

FOLDER = Path(__file__).parent
# Shares of the lines, as the measurement of a release counts them.
RIGHT_FIRST, SHOWN, FALSE = 0.95, 0.99, 0.01


def lines_with_codes(name: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the lines of a file, with the codes that are right and exist."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line and not line.startswith("# ")]
    for row in rows[1:]:
        line, codes = row.split("\t")
        known = set(codes.split(",")) & PROBLEMS.keys()
        assert known, row
        yield line, known


@pytest.mark.parametrize(
    "name",
    [
        *("lines.tsv", "more-lines.tsv", "collected-lines.tsv", "pasted-lines.tsv"),
        "vocabulary-lines.tsv",
    ],
)
def test_a_line_of_a_real_program_leads_to_its_entry(name: str) -> None:
    """The right entry comes first, and is hardly ever missing."""
    answers = [(line, right, shown_for(line)) for line, right in lines_with_codes(name)]
    not_first = [(line, codes) for line, right, codes in answers if codes[0:1] not in one(right)]
    not_shown = [(line, codes) for line, right, codes in answers if not right & set(codes)]

    assert len(answers) > 50
    assert len(not_first) <= len(answers) * (1 - RIGHT_FIRST), not_first
    assert len(not_shown) <= len(answers) * (1 - SHOWN), not_shown


def shown_for(line: str) -> list[str]:
    """Return the codes of the entries that a person sees, in their order."""
    matches = find(line, PROBLEMS)
    if not matches:
        return []
    first = in_words_of_products(line, matches[0], PROBLEMS).problem.code
    return [first, *(match.problem.code for match in matches if match.problem.code != first)]


def one(codes: set[str]) -> list[list[str]]:
    """Return each code as what a list with it alone would be."""
    return [[code] for code in codes]


def test_an_ordinary_line_has_no_answer() -> None:
    """Nothing is guessed where nothing went wrong."""
    text = (FOLDER / "ordinary.log").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("# ")]
    answered = [
        (line, found[0].problem.code)
        for line in lines
        if (found := find(line, PROBLEMS)) and found[0].exact
    ]

    assert len(lines) > 1000
    assert len(lines) == len(set(lines))
    assert len(answered) <= len(lines) * FALSE, answered


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("ssl.SSLError: [SSL] unknown error (_ssl.c:1006)", "session-dropped"),
        ("Error Domain=NSURLErrorDomain Code=-1011", "session-server-error"),
        ("Error Domain=NSURLErrorDomain Code=-1003", "session-unsupported-data"),
        ("error code: 1033", "session-closed-unknown"),
        ("cannot reach wss://edge.example.com:4001/edge/ws", "auth-header-rejected"),
        ("2026-11-28 10:08:00 worker 1008 failed", "auth-secret-rejected"),
        ("request 503 took 1012 ms and failed", "session-restarting"),
        ("connect to wss://edge.example.com/edge/ws?edge_agent_id=edge_1", "agent-id-missing"),
    ],
)
def test_a_number_or_an_address_is_not_taken_for_something_else(line: str, wrong: str) -> None:
    """A number means something in its own space only, and an address is no complaint."""
    assert wrong not in [match.problem.code for match in find(line, PROBLEMS)]


def test_a_gateways_own_connection_is_not_ours() -> None:
    """The errno beside "upstream" says why the gateway answers 502."""
    line = "connect() failed (111: Connection refused) while connecting to upstream"
    codes = [match.problem.code for match in find(line, PROBLEMS)]

    assert codes == ["upgrade-bad-gateway"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("acme.HandshakeTimeoutException", "upgrade-timeout"),
        ("AcmeConnectionResetError while reading message", "session-dropped"),
        ("Acme::HostNotFoundError: edge", "dns-not-found"),
        ("error reading message: EOF", "session-dropped"),
        ("error while connecting to the server: unexpected EOF", "upgrade-closed"),
        ('msg="cannot connect to it" err="read tcp 10.0.0.4:1: i/o timeout"', "upgrade-timeout"),
        ("connection closed with code 1006: Errno::ECONNREFUSED", "tcp-refused"),
        ("WebSocket closed with status 1006.", "session-dropped"),
        ("The URL 'edge.example.com/edge/ws' is invalid.", "url-scheme-missing"),
        ("The URL 'mqtt://edge.example.com/' is invalid.", "url-scheme-unknown"),
        ("INFO session 90 error java.io.IOException: Broken pipe", "session-dropped"),
        ('the server returned: "403"', "auth-forbidden"),
        ("received: 503", "upgrade-unavailable"),
        ("Handshake got: 401", "auth-unauthorized"),
        ("the backend answered: 502.", "upgrade-bad-gateway"),
        ("the gateway has returned: 504", "upgrade-gateway-timeout"),
        ("TimeoutException after 0:00:10.0: Future not completed", "upgrade-timeout"),
        ("WebException: Se ha terminado la conexión: Error inesperado", "session-dropped"),
        ("System.TimeoutException: 操作已超时。", "upgrade-timeout"),
        ("System.Net.WebException: Timeout für Vorgang überschritten", "upgrade-timeout"),
        ("Temporary failure resolving 'edge.example.com'", "dns-failure"),
    ],
)
def test_what_stands_beside_it_decides(line: str, code: str) -> None:
    """A name of a class, what a program was doing, the address, an exception in a quiet line."""
    assert find(line, PROBLEMS)[0].problem.code == code


def test_a_sign_says_where_it_stands_and_what_it_fills_in() -> None:
    """The answer quotes it."""
    best = find("\x1b[31mERROR\x1b[0m  Unexpected  server response: 401\n", PROBLEMS)[0]

    assert best.problem.code == "auth-unauthorized"
    assert best.signs[0].text == "Unexpected server response: 401"
    assert dict(best.signs[0].values) == {"status": "401"}
