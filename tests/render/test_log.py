"""What is said of a whole log: what its times show, and how much of it is listed."""

from __future__ import annotations

import pytest

from edgecheck.catalogue import PROBLEMS
from edgecheck.explain.log import LogReader, LogSummary
from edgecheck.render.log import patterns, summary

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
