"""A whole log, however it comes and however its lines are found."""

from __future__ import annotations

import re
import sys

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain import log as whole_log
from edgecheck.explain.excerpt import lowered
from edgecheck.explain.find import find
from edgecheck.explain.log import LogReader, LogSummary
from edgecheck.explain.moment import moment_of, written
from edgecheck.explain.rhythm import Times, regular
from edgecheck.explain.sieve import Sieve, trie_pattern
from tests.explain.test_lines import FOLDER, lines_with_codes

LINES = [line for line, _ in lines_with_codes("lines.tsv")]
ORDINARY = (FOLDER / "ordinary.log").read_text(encoding="utf-8").splitlines()[1:]
BALANCED = "2026-11-29T10:00:00.1Z app/lb/1 10.0.0.4:51000 10.0.0.3:8000 0.0 0.0 0.0"
LOG = "\n".join(line for pair in zip(LINES, ORDINARY, strict=False) for line in pair).encode()


@pytest.fixture(scope="module")
def sieve() -> Sieve:
    """Return a sieve: to make one takes long."""
    return Sieve()


def read(log: bytes, size: int = 1 << 20) -> LogSummary:
    """Read a log in pieces of a size."""
    reader = LogReader(PROBLEMS, 2026)
    for start in range(0, len(log), size):
        reader.feed(log[start : start + size])
    return reader.finish()


def counts(summary: LogSummary) -> dict[str, tuple[int, int]]:
    """Return how often each problem came, and in which line first."""
    return {found.problem.code: (found.count, found.line) for found in summary.problems}


def test_a_log_in_pieces_is_the_same_log() -> None:
    """Lines that are cut by the end of a piece are whole again."""
    assert counts(read(LOG, 7)) == counts(read(LOG))
    assert read(LOG, 7).lines == LOG.count(b"\n") + 1


def test_without_the_library_the_same_lines_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is only quicker."""
    found = counts(read(LOG))
    monkeypatch.setitem(sys.modules, "ahocorasick_rs", None)
    monkeypatch.setattr(whole_log, "sieve_with", Sieve)

    assert counts(read(LOG)) == found


def test_as_many_different_lines_as_may_be_are_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of them makes it quicker, and is forgotten when it is too much."""
    found = counts(read(LOG * 2))
    monkeypatch.setattr(whole_log, "_REMEMBERED", 2)

    assert counts(read(LOG * 2)) == found


def test_a_log_finds_what_a_single_line_would_find() -> None:
    """The sieve lets every line through that a person would get an answer for."""
    found = counts(read(LOG))

    assert sum(count for count, _ in found.values()) >= len(LINES) * 0.95
    assert [found.sample for found in read("\n".join(ORDINARY).encode()).problems] == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (
            f'https {BALANCED} 401 401 218 587 "GET https://edge.example/edge/ws HTTP/1.1"',
            "auth-unauthorized",
        ),
        (
            f'wss {BALANCED} 403 403 218 587 "GET wss://edge.example/edge/ws HTTP/1.1"',
            "auth-forbidden",
        ),
        (
            "2026-11-29 10:00:00 10.0.0.3 GET /edge/ws - 443 - 10.0.0.4 agent/1 - 401 0 0 15",
            "auth-unauthorized",
        ),
        (
            "2026-11-29 10:00:00 10.0.0.3 GET /edge/ws - 443 - 10.0.0.4 agent/1 - 404 0 2 15",
            "upgrade-not-found",
        ),
        ('the server returned: "403"', "auth-forbidden"),
        ("Invalid status code. Got: '403', expected '101'.", "auth-forbidden"),
        ('INFO: 10.0.0.4:51000 - "WebSocket /edge/ws" 403', "auth-forbidden"),
        ("handshake not completed within 10s, giving up", "upgrade-timeout"),
        ("http2 errcode=PROTOCOL_ERROR", "session-protocol-error"),
        ("stream error: stream ID 1; INTERNAL_ERROR; received from peer", "upgrade-closed"),
    ],
)
def test_a_line_without_words_passes_the_sieve(sieve: Sieve, line: str, code: str) -> None:
    """Access logs have numbers only, and some errors a name only."""
    assert find(line, PROBLEMS)[0].problem.code == code
    assert list(sieve.candidates(lowered(line).encode() + b"\n"))


def test_collected_lines_pass_the_sieve(sieve: Sieve) -> None:
    """All but a few that have an answer by keywords, which mean nothing in a log."""
    lines = [line for line, _ in lines_with_codes("collected-lines.tsv")]
    lost = [line for line in lines if not list(sieve.candidates(lowered(line).encode() + b"\n"))]

    assert len(lost) <= len(lines) * 0.01, lost


def test_a_line_without_an_end_takes_no_memory() -> None:
    """What is beyond the limit of a line is not kept."""
    reader = LogReader(PROBLEMS, 2026)
    for _ in range(64):
        reader.feed(b"x" * (1 << 20))

    assert len(reader._rest) <= 1 << 17
    assert reader.finish().problems == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2026-11-28T09:12:44.5Z x", "2026-11-28 09:12:44"),
        ("2026-11-28 09:12:44,500 INFO x", "2026-11-28 09:12:44"),
        ("2026-11-28T09:12:44+01:00 x", "2026-11-28 08:12:44"),
        ("2026/11/28 09:12:44 [error] x", "2026-11-28 09:12:44"),
        ('10.0.0.1 - - [28/Nov/2026:09:12:44 +0000] "GET', "2026-11-28 09:12:44"),
        ("[Sat Nov 28 09:12:44.123456 2026] [x]", "2026-11-28 09:12:44"),
        ("Nov 28 09:12:44 host agent[1]: x", "2026-11-28 09:12:44"),
        ("Nov  8 09:12:44 host agent[1]: x", "2026-11-08 09:12:44"),
        ("E1128 09:12:44.123456 1 x.go:1] x", "2026-11-28 09:12:44"),
        ('{"ts":1795857164.5,"msg":"x"}', "2026-11-28 09:12:44"),
        ('{"time":1795857164500,"msg":"x"}', "2026-11-28 09:12:44"),
        ("1795857164.123 234 10.0.0.1 TCP", "2026-11-28 09:12:44"),
        ("09:12:44.001 [info] x", "2026-01-01 09:12:44"),
    ],
)
def test_the_time_of_a_line_is_read(line: str, expected: str) -> None:
    """As many programs write it."""
    moment = moment_of(line.lower(), 2026)

    assert moment is not None
    assert written(moment) == expected


@pytest.mark.parametrize("line", ["no time", "99:99:99 x", "2026-13-41 09:12:44 x", "4001 x"])
def test_a_line_without_a_time_has_none(line: str) -> None:
    """A number is not taken for one."""
    assert moment_of(line, 2026) is None


def test_durations_that_agree_are_regular() -> None:
    """Most of them, and only if there are several; quick retries are no pattern."""
    assert regular([60.0, 60.2, 200.0, 300.0]) is None
    assert regular([60.0, 60.2, 59.9, 60.1, 300.0]) == pytest.approx(60.05)
    assert regular([60.0, 60.0]) is None
    assert regular([1.0] * 10) is None


def test_times_are_kept_in_bounded_memory() -> None:
    """However many there are."""
    times = Times()
    for number in range(10_000):
        times.add(float(number), number - 1.0)

    assert (times.first, times.last) == (0.0, 9999.0)
    assert len(times.intervals) < 1000
    assert len(times.ages) < 1000


def test_one_pattern_finds_each_word_of_a_trie() -> None:
    """Also where one word begins another, and where a word has special characters."""
    words = ["tls", "tls:", "tcp", "a.b", "(x", "tim"]
    pattern = re.compile(trie_pattern(words))

    assert all(pattern.search(f"..{word}..") for word in words)
    assert pattern.search("tl a_b x") is None


def test_a_restart_and_what_follows_it_are_counted() -> None:
    """Problems within a minute after a start belong to it."""
    log = b"".join(
        b"2026-11-28T09:%02d:00Z %s\n" % (minute, words)
        for minute, words in (
            (1, b"Started server process [1]"),
            (1, b"Unexpected server response: 502"),
            (9, b"Unexpected server response: 502"),
        )
    )
    summary = read(log)

    assert (summary.restarted, summary.after_restart) == (1, 1)


def test_an_error_within_a_json_line_is_read() -> None:
    """Loggers nest it, and pino writes levels as numbers."""
    log = b'{"level":50,"err":{"type":"Error","message":"getaddrinfo ENOTFOUND edge.example"}}'
    (found,) = read(log).problems

    assert found.problem.code == "dns-not-found"
    assert found.values["host"] == "edge.example"


def test_a_json_line_that_nests_all_it_says_is_read() -> None:
    """A load balancer's has no message: what failed is two objects deep."""
    log = (
        b'{"severity":"WARNING","httpRequest":{"requestUrl":"wss://edge.example/edge/ws",'
        b'"status":502},"jsonPayload":{"statusDetails":"failed_to_connect_to_backend"}}'
    )
    (found,) = read(log).problems

    assert found.problem.code == "upgrade-bad-gateway"


def test_a_nested_request_counts_as_one_of_an_access_log() -> None:
    """What scanners ask for is no WebSocket, and numbers of metrics are no answers."""
    ours = {
        '{"req":{"url":"/edge/ws"},"res":{"statusCode":429},"level":40}': "upgrade-rate-limited",
        '{"httpRequest":{"status":502,"requestUrl":"https://a.example"}}': "upgrade-bad-gateway",
        '{"request":{"uri":"wss://edge.example/"},"response":{"status":403}}': "auth-forbidden",
        '{"type":"x","payload":{"message":"Missing auth token"}}': "auth-unauthorized",
    }
    others = (
        '{"httpRequest":{"status":404,"requestUrl":"https://www.example/robots.txt"}}',
        '{"httpRequest":{"status":404,"requestUrl":"https://ws.example/robots.txt"}}',
        '{"req":{"url":"/"},"res":{"statusCode":401},"level":30}',
        '{"metrics":{"code":1006,"closed":3}}',
        '{"stats":{"status":404,"count":12}}',
        '{"request":{"path":"/wp-login.php"},"response":{"status":403}}',
    )

    assert list(counts(read("\n".join(ours).encode()))) == list(ours.values())
    assert counts(read("\n".join(others).encode())) == {}


def test_the_lines_of_a_problem_fill_in_its_texts() -> None:
    """The status may stand in another line than the first."""
    log = b'connect() failed (111) while connecting to upstream\n"GET /ws HTTP/1.1" 502 0\n'
    (found,) = read(log).problems

    assert (found.problem.code, found.values["status"]) == ("upgrade-bad-gateway", "502")


def test_a_line_of_a_traceback_has_the_time_of_its_head() -> None:
    """It has none of its own."""
    log = b"2026-11-28T09:12:44Z ERROR x\nTraceback:\n  File x\nConnectionRefusedError\n"
    (found,) = read(log + b"Unexpected server response: 401\n").problems[:1]

    assert found.times.first is not None
    assert written(found.times.first) == "2026-11-28 09:12:44"


def test_the_time_of_the_journals_json_is_read() -> None:
    """It counts microseconds."""
    moment = moment_of('{"__realtime_timestamp": "1795857164500000", "message": "x"}', 2026)

    assert moment == 1795857164.5


def test_a_start_that_is_told_twice_is_one() -> None:
    """uvicorn and gunicorn write several lines when they start."""
    log = b"INFO: Started server process [1]\nINFO: Application startup complete.\n"

    assert read(log).restarted == 1
    assert read(log + b"INFO: x\n" * 20 + log).restarted == 2


def test_a_refusal_has_no_age() -> None:
    """That servers restart once an hour says nothing of a limit of connections."""
    log = b"".join(
        b"2026-11-28T%02d:00:00Z INFO connection open\n2026-11-28T%02d:50:00Z ERROR closed 1012\n"
        % (hour, hour)
        for hour in range(6)
    )
    (found,) = read(log).problems

    assert found.problem.code == "session-restarting"
    assert found.age is None
    assert found.interval == 3600


@pytest.mark.parametrize(
    ("lives", "code"),
    [((60, 60, 60, 60), "session-idle-closed"), ((60, 20, 170, 35), "session-dropped")],
)
def test_ends_at_the_same_age_are_an_idle_limit(lives: tuple[int, ...], code: str) -> None:
    """The line itself says only that the connection was lost."""
    log = b"".join(
        b"2026-11-28T%02d:00:00Z INFO connection open\n2026-11-28T%02d:%02d:%02dZ closed 1006\n"
        % (hour, hour, *divmod(life, 60))
        for hour, life in enumerate(lives)
    )
    (found,) = read(log).problems

    assert found.problem.code == code
