"""What is said of a whole log: what its times show, and how much of it is listed."""

from __future__ import annotations

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain.log import LogReader, LogSummary
from edgecheck.render.log import patterns, screen, summary

REFUSED = b"Unexpected server response: 502"
AFTER_A_START = (
    "came within a minute after a start: agents that connect again all at once, or a server that "
    "is not ready yet"
)
START = b"INFO: Started server process [1]"


def read(*rows: tuple[int, bytes]) -> LogSummary:
    """Read lines, each with the second at which it was written."""
    reader = LogReader(PROBLEMS, 2026)
    for at, words in rows:
        reader.feed(b"2026-11-28T09:%02d:%02dZ %s\n" % (at // 60, at % 60, words))
    return reader.finish()


# More problems than the screen lists.
STATUSES = (400, 401, 403, 404, 405, 408, 413, 426, 429, 431, 500, 502, 503, 504)
MANY = read(
    *((at, b"Unexpected server response: %d" % status) for at, status in enumerate(STATUSES))
)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (MANY, ("and 1 more (--json lists all)", "Solve this first")),
        (read(*((30 * n, REFUSED) for n in range(8))), ("In time upgrade-bad-gateway: every",)),
        (read((7, REFUSED), (7, REFUSED)), ("2 lines, 2026-11-28 09:00:07 HTTP 502",)),
        (
            read((7, REFUSED), (8, REFUSED)),
            ("2 lines, 2026-11-28 09:00:07 to 2026-11-28 09:00:08",),
        ),
        (read((0, REFUSED + b" token=abcdef1234x")), ("Secrets 1 credential in the lines above",)),
        (read((0, START)), ("1 line: no problem found", "has a known sign of a failure")),
    ],
)
def test_the_screen_says_what_a_log_shows(log: LogSummary, words: tuple[str, ...]) -> None:
    """How many problems there are, when each was seen, and which one comes first."""
    shown = " ".join(" ".join(line.plain for line in screen(log, 80)).split())

    assert [each for each in words if each not in shown] == []


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (read(*((30 * n, REFUSED) for n in range(8))), ["upgrade-bad-gateway: every 30.0 s"]),
        (read((0, REFUSED), (7, REFUSED), (300, REFUSED)), []),
        (read((0, START), (500, REFUSED)), ["servers were started 1 time"]),
        (read((0, START)), []),
        (
            read((0, START), (1, REFUSED), (9, REFUSED), (11, REFUSED)),
            [f"servers were started 1 time, and 3 lines with problems {AFTER_A_START}"],
        ),
    ],
)
def test_what_the_times_of_a_log_show_is_said(log: LogSummary, said: list[str]) -> None:
    """Lines at equal distances, and what follows the start of a server."""
    assert list(patterns(log)) == said
    assert summary(log)["patterns"] == said
