"""The page of the monitor, and what it shows of agents."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from edgecheck.fleet.check import Checked
from edgecheck.fleet.outcome import outcome_of
from edgecheck.fleet.target import Target
from edgecheck.monitor.view import ROWS, duration, view
from edgecheck.monitor.watched import Watched
from edgecheck.render.monitor import headline, overview
from edgecheck.report import report_of
from tests.render.monitors import ALL, EMPTY, FULL, GREEN
from tests.render.samples import HEALTHY, REFUSED

NOW = 1_800_000_000.0


@pytest.mark.parametrize("name", ALL)
def test_the_policy_allows_the_page_its_own_style_alone(name: str) -> None:
    """No script, and no other style."""
    page, policy = overview(ALL[name])
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)

    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "<script" not in page
    assert not re.search(r"\sstyle=|\son\w+=", page.replace("onerror=", ""))


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (FULL, "41 of 412 agents have a problem"),
        (replace(FULL, problems=1), "1 of 412 agents has a problem"),
        (GREEN, "All 3 agents are healthy"),
        (replace(GREEN, total=1), "The agent is healthy"),
        (replace(GREEN, unchecked=2), "1 of 3 agents checked so far, all healthy"),
        (EMPTY, "No agents are watched"),
    ],
)
def test_the_headline_says_how_it_is(shown: object, words: str) -> None:
    """In one line."""
    assert headline(shown) == words  # type: ignore[arg-type]


def agent(name: str, *facts: object) -> Watched:
    """Return an agent after some checks."""
    target = Target(name, name, "/")
    watched = Watched(target, 180)
    for number, each in enumerate(facts):
        report = report_of(each, "0.1.0")  # type: ignore[arg-type]
        checked = Checked(outcome_of(report, name, name), report)
        watched.take(checked, None, NOW + number)
    return watched


def test_problems_come_first_and_are_counted_by_cause() -> None:
    """Then agents that were not checked yet."""
    page = view(
        {
            one.target.name: one
            for one in (
                agent("a", HEALTHY),
                agent("b"),
                agent("c", REFUSED),
                agent("d", HEALTHY, REFUSED),
            )
        },
        NOW,
        every=60.0,
    )

    assert [row.name for row in page.rows] == ["c", "d", "b", "a"]
    assert [row.state for row in page.rows] == ["fail", "fail", "skip", "pass"]
    assert [(cause.code, cause.count) for cause in page.causes] == [("auth-secret-rejected", 2)]
    assert (page.total, page.problems, page.unchecked) == (4, 2, 1)
    assert page.rows[0].link == "/report?target=c"
    assert page.rows[3].ping_ms == 31.5


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"only": "problems"}, ["c"]),
        ({"only": "auth-secret-rejected"}, ["c"]),
        ({"only": "no-such-code"}, ["c", "a"]),
        ({"number": "7"}, ["c", "a"]),
        ({"number": "-1"}, ["c", "a"]),
        ({"number": "x" * 99}, ["c", "a"]),
        ({"number": "9" * 9}, ["c", "a"]),
    ],
)
def test_what_is_asked_for_is_shown(wanted: dict[str, str], names: list[str]) -> None:
    """And what makes no sense does no harm."""
    agents = {"a": agent("a", HEALTHY), "c": agent("c", REFUSED)}
    page = view(agents, NOW, every=60.0, **wanted)  # type: ignore[arg-type]

    assert [row.name for row in page.rows] == names


def test_many_agents_are_many_pages() -> None:
    """Each is there once."""
    agents = {f"{number:04}": agent(f"{number:04}") for number in range(2 * ROWS + 1)}
    pages = [view(agents, NOW, every=60.0, number=str(number)) for number in (1, 2, 3)]

    assert [len(page.rows) for page in pages] == [ROWS, ROWS, 1]
    assert {row.name for page in pages for row in page.rows} == set(agents)
    assert {page.pages for page in pages} == {3}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5.0, "0 s"),
        (59.9, "59 s"),
        (61.0, "1 min"),
        (7200.0, "2 h"),
        (7800.0, "2 h 10 min"),
        (86_400 * 3 + 3600 * 4.5, "3 d 4 h"),
    ],
)
def test_a_duration_is_short(seconds: float, words: str) -> None:
    """Its two largest units, whole."""
    assert duration(seconds) == words
