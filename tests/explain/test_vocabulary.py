"""The data files: what each line names exists, and each phrase finds what it names."""

from __future__ import annotations

import difflib
import re

import pytest

from edgecheck.backend.builtin import EDGE
from edgecheck.catalogue import PROBLEMS
from edgecheck.explain import spaces, vocabulary
from edgecheck.explain.excerpt import Excerpt
from edgecheck.explain.find import find
from edgecheck.explain.reading import signs_in

FILLED = {
    "…": " a ",
    "{status}": "401",
    "{close}": "4001",
    "{host}": "edge.example.com",
    "{port}": "443",
    "{reason}": "away",
}
TABLES = sorted(path.stem for path in spaces.FOLDER.glob("*.txt"))
STAGES = {problem.stage_name for problem in PROBLEMS.values()} | {"env", "secret", "url", "agent"}


def phrases_of(library: vocabulary.Library) -> list[vocabulary.Phrase]:
    """Return the phrases of a library."""
    return [vocabulary.phrase_of(line, group) for group in library.groups for line in group.lines]


def all_codes() -> set[str]:
    """Return every code that a data file names."""
    rows = (row for name in TABLES for row in spaces.table(name).rows.values())
    return {
        code
        for library in vocabulary.libraries()
        for phrase in phrases_of(library)
        for code in phrase.codes
    } | {code for row in rows for code in row.codes}


def test_a_code_exists_or_will() -> None:
    """One that does not exist begins with a stage, and is no slip in one that does."""
    for code in all_codes() - PROBLEMS.keys():
        assert re.match(r"(?:[a-z]+)-[a-z0-9-]+$", code), code
        assert not difflib.get_close_matches(code, PROBLEMS, n=1, cutoff=0.93), code


@pytest.mark.parametrize("library", vocabulary.libraries(), ids=lambda library: library.name)
def test_a_phrase_finds_an_entry_that_it_names(library: vocabulary.Library) -> None:
    """Every phrase names an entry that exists, and is a sign of it in a text of its own."""
    assert library.origin
    for phrase in phrases_of(library):
        text = phrase.template
        for hole, words in FILLED.items():
            text = text.replace(hole, words)
        found = [match for other, match in vocabulary.phrases_in(text) if other == phrase]
        signs = signs_in(Excerpt.of(text), PROBLEMS, EDGE)

        assert PROBLEMS.keys() & set(phrase.codes), phrase
        assert found, phrase
        assert signs, phrase


@pytest.mark.parametrize("name", TABLES)
def test_a_row_of_a_table_names_an_entry(name: str) -> None:
    """Every number of a space leads to an entry that exists."""
    table = spaces.table(name)

    assert table.source
    assert table.rows
    for key, row in table.rows.items():
        assert PROBLEMS.keys() & set(row.codes), (name, key)
        assert row.words, (name, key)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("[WinError 10061] refused", "tcp-refused"),
        ("socket.error: [Errno 61]", "tcp-refused"),
        ("IO error (os error 113)", "tcp-unreachable"),
        ("errno: -3008, syscall: 'getaddrinfo'", "dns-not-found"),
        ("verify error:num=62", "tls-hostname-mismatch"),
        ("Verify return code: 10 (certificate has expired)", "tls-certificate-expired"),
        ("SSL alert number 70", "tls-version-unsupported"),
        ("received fatal alert: CertificateRequired", "tls-client-certificate-required"),
        ("NSURLErrorDomain error -1003", "dns-not-found"),
        ("Error Domain=NSURLErrorDomain Code=-1001", "upgrade-timeout"),
        ("mbedtls_ssl_handshake returned -0x2700", "tls-unknown-issuer"),
        ("mbedtls_ssl_handshake returned -0x7780", "tls-handshake-rejected"),
        ("failed: net::ERR_NAME_NOT_RESOLVED", "dns-not-found"),
        ("handshake failed; returned -1, SSL error code 1, net_error -202", "tls-unknown-issuer"),
        ("error code: 1020", "upgrade-blocked"),
        ('at=error code=H10 desc="App crashed" path="/edge/ws"', "platform-app-down"),
        ("ERR_NGROK_3200", "platform-app-missing"),
        ("discord: Shard ID None WebSocket closed with 4004", "auth-secret-rejected"),
        ("socket closed with code 4401", "auth-unauthorized"),
        ("closed: code=1008 reason=no", "auth-secret-rejected"),
        ("CloseFrame { code: Policy, reason: nope }", "auth-secret-rejected"),
        ("WebSocketCloseStatus.EndpointUnavailable", "session-going-away"),
        ("HTTP/1.1 503 Service Unavailable", "upgrade-unavailable"),
        ("the server answered with status code 544", "platform-error"),
    ],
)  # fmt: skip
def test_a_number_knows_what_it_is_a_number_of(line: str, code: str) -> None:
    """Each space has its own way to be written."""
    assert find(line, PROBLEMS)[0].problem.code == code


def test_a_file_with_a_broken_line_is_refused() -> None:
    """A slip in a data file is an error, and not a phrase less."""
    with pytest.raises(ValueError, match="neither a header nor a group"):
        vocabulary.parsed("name: x\nfrom: y\nConnection refused\n[tcp-refused]\nrefused\n")
    with pytest.raises(ValueError, match="neither a header nor a row"):
        spaces.parsed("name: x\nsource: y\n1 | tcp-refused\n")
