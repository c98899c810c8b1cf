"""The files of `fleet --report`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from edgecheck.fleet.baseline import earlier_run
from edgecheck.fleet.check import Checked
from edgecheck.fleet.reports import document, html, junit, markdown
from edgecheck.fleet.results import Results, results
from edgecheck.fleet.summary import cause_of
from edgecheck.render.words import shown
from tests.fleet.samples import (
    REFUSED,
    UNREACHED,
    checked,
    interrupted,
    summed,
    unusable,
)
from tests.render.hostile import PIECES, POISONED
from tests.render.test_browser import Browser, browser

__all__ = ["browser"]

ALL = [
    checked("site.a/1"),
    checked("site.a/2", REFUSED),
    checked("site.b|3", UNREACHED),
    unusable("four"),
    interrupted("five"),
]
HOSTILE = [
    checked(PIECES[0] + str(number), facts) for number, facts in enumerate(POISONED.values())
]

Pieces = Callable[..., Iterator[str]]


def written(form: Pieces, given: Iterable[Checked] = ALL) -> str:
    with results() as found:
        return _written(form, found, given)


def _written(form: Pieces, found: Results, given: Iterable[Checked]) -> str:
    summary = summed(found, given)
    return "".join(form(found.rows(), summary))


def test_junit_has_a_class_for_each_agent() -> None:
    """Names with dots do not become packages, so that each class stays one agent's."""
    root = ET.fromstring(written(junit.pieces))
    cases = root.findall("testsuite/testcase")
    names = [case.get("classname", "") for case in cases]

    assert len(set(names)) == len(ALL)
    assert all(name.count(".") == 2 for name in names)  # edgecheck.fleet.NAME
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("5", "3", "1")
    codes = {failure.get("type") for failure in root.iter("failure")}
    assert codes == {cause_of(each.outcome) for each in ALL} - {""}
    assert "edgecheck explain" in "".join(failure.text or "" for failure in root.iter("failure"))


def test_markdown_names_causes_and_agents() -> None:
    """A pipe in a name does not end its cell."""
    text = written(markdown.pieces)
    table = [line for line in text.split("\n") if line.startswith("| ")]

    assert text.startswith("# 3 of 5 agents have a problem")
    assert len(table) == len(ALL) + 1
    assert {line.count("|") for line in table} == {6}
    assert "## Next step: the operators of these agents" in text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (markdown.pieces, "- 1 newly broken: `two ("),
        (markdown.pieces, "- 8 new: "),
        (markdown.pieces, " and 3 more\n"),
        (junit.pieces, "Since the earlier run: newly-broken\n"),
    ],
)
def test_what_changed_since_an_earlier_run_is_in_the_report(
    tmp_path: Path, form: Pieces, words: str
) -> None:
    """Where many changed alike, the first are named."""
    (tmp_path / "before.json").write_text(
        written(document.pieces, [checked("one"), checked("two")])
    )
    with results() as found:
        found.remember(earlier_run(tmp_path / "before.json"))
        now = [checked("one"), checked("two", REFUSED), *map(checked, "abcdefgh")]

        assert words in _written(form, found, now)


def test_json_has_the_summary_and_a_line_for_each_agent() -> None:
    """It is one document, and a program that reads lines finds them as well."""
    text = written(document.pieces)
    whole = json.loads(text)

    assert whole["schema"] == "edgecheck.fleet/1"
    assert whole["summary"]["problems"] == 3
    assert [each["name"] for each in whole["agents"]] == [
        line["name"]
        for line in (
            json.loads(line.rstrip(",")) for line in text.split("\n") if line.startswith('{"event"')
        )
    ]
    assert {"target", "ok", "verdict", "total_ms", "source"} <= whole["agents"][0].keys()


@pytest.mark.parametrize("form", [html.pieces, junit.pieces, markdown.pieces, document.pieces])
def test_an_empty_run_has_a_report(form: Pieces) -> None:
    """Ctrl-C may come before the first agent."""
    assert written(form, [])


@pytest.mark.parametrize("form", [html.pieces, junit.pieces, markdown.pieces, document.pieces])
def test_hostile_text_stays_text(form: Pieces) -> None:
    """Names and titles come from elsewhere: no control character, no markup of theirs."""
    text = written(form, HOSTILE)

    assert not [each for each in text if not (each.isprintable() or each == "\n")]
    if form is junit.pieces:
        assert len(list(ET.fromstring(text).iter("testcase"))) == len(HOSTILE)
    if form is html.pieces:
        assert len(re.findall(r"<script\b", text)) == 1
        assert len(re.findall(r"<tr\b", text)) == len(HOSTILE) + 1


# --- in a browser --------------------------------------------------------------------------------


def shown_in(browser: Browser, given: Iterable[Checked], *, width: int = 1280) -> Path:
    path = browser.show(REFUSED, width=width)  # sets the sizes, and forgets what was logged
    path.write_text(written(html.pieces, given), encoding="utf-8")
    for log in ("browser", "performance"):
        browser.driver.get_log(log)
    browser.driver.get(path.as_uri())
    return path


NAMES = "[...document.querySelectorAll('tbody tr:not([hidden]) td:nth-child(2)')].map(e => \
    e.firstChild.textContent.trim())"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_is_quiet_and_does_not_scroll_sideways(browser: Browser, width: int) -> None:
    """It asks for nothing, breaks none of its own rules, and fits a phone."""
    path = shown_in(browser, ALL, width=width)

    assert browser.complaints() == []
    assert browser.requests() == [path.as_uri()]
    assert browser.ask("document.documentElement.scrollWidth") <= width


def test_the_table_sorts_and_filters(browser: Browser) -> None:
    """By each column, up and down; by words and by state."""
    shown_in(browser, ALL)
    press = "document.querySelectorAll('th button')[1].click()"
    first = browser.ask(f"({press}, {NAMES})")
    second = browser.ask(f"({press}, {NAMES})")
    search = (
        "(document.querySelector('input').value = 'SITE.A', "
        "document.querySelector('input').dispatchEvent(new Event('input')), "
    )
    found = browser.ask(f"{search} {NAMES})")
    state = (
        "(document.querySelector('select').value = 'fail', "
        "document.querySelector('select').dispatchEvent(new Event('change')), "
    )
    failed = browser.ask(f"{state} {NAMES})")

    assert first == ["five", "four", "site.a/1", "site.a/2", "site.b|3"]
    assert second == first[::-1]
    assert sorted(found) == ["site.a/1", "site.a/2"]
    assert failed == ["site.a/2"]
    assert browser.ask("document.querySelector('output').textContent") == "1 of 5 agents"


def test_hostile_text_runs_nothing_in_the_browser(browser: Browser) -> None:
    """It stands on the page as text, also after the table was sorted by it."""
    shown_in(browser, HOSTILE)
    browser.ask("document.querySelectorAll('th button')[3].click()")

    assert browser.complaints() == []
    assert browser.ask("document.querySelectorAll('img, iframe, object, embed, a').length") == 0
    text = browser.ask("document.querySelector('table').innerText")
    assert shown(PIECES[0]) in re.sub(r"\s+", " ", text)
