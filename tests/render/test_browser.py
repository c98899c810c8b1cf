"""The page in a real browser: what it asks for, what it draws, and what hostile text does in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgecheck.facts import Facts
from edgecheck.render import html
from edgecheck.render.words import headline, shown
from edgecheck.report import Report, report_of
from tests.conftest import lacking, require_program
from tests.render.hostile import DEFECTS, HOSTILE, PIECES, POISONED
from tests.render.samples import HEALTHY, REFUSED, UNREACHED

REPORTS: dict[str, Facts] = {
    "healthy": HEALTHY,
    "refused": REFUSED,
    "unreached": UNREACHED,
    **POISONED,
}
ARGUMENTS = (
    *(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    ),
    *(
        "--disable-component-update",
        "--disable-sync",
        "--disable-default-apps",
        "--disable-extensions",
    ),
    "--hide-scrollbars",  # they take fifteen pixels, which they do not on a phone
)


def judged(facts: Facts) -> Report:
    """Return the report that a page shows: of hostile facts, with hostile defects beside them."""
    hostile = facts in POISONED.values()
    return report_of(facts, HOSTILE, DEFECTS) if hostile else report_of(facts, "0.1.0")


class Browser:
    """Chromium, which shows one page after another."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver, self._folder = driver, folder

    def show(self, facts: Facts, *, width: int = 1000, dark: bool = False, media: str = "") -> Path:
        """Open a report, and forget what was logged before."""
        path = self._folder / "report.html"
        path.write_text(html.report(judged(facts)), encoding="utf-8")
        self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.do("Emulation.setEmulatedMedia", media=media, features=[scheme])
        for log in ("browser", "performance"):
            self.driver.get_log(log)
        self.driver.get(path.as_uri())
        return path

    def do(self, command: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, arguments)

    def ask(self, expression: str) -> Any:
        """Evaluate JavaScript.

        It comes from the test: the page has none, and its policy does not bind a debugger.
        """
        return self.driver.execute_script(f"return {expression}")

    def complaints(self) -> list[str]:
        """Return what is in the console: errors, and violations of the policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses of everything that the page asked for."""
        events = (
            json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")
        )
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start one browser, with its own profile."""
    chromium, driver = require_program("chromium"), require_program("chromedriver")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        lacking("selenium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield Browser(started, tmp_path_factory.mktemp("pages"))
    finally:
        started.quit()


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_is_quiet_and_asks_for_nothing(browser: Browser, name: str) -> None:
    """No error, no broken policy, no request beside its own, and no text that changed the title."""
    path = browser.show(REPORTS[name])

    assert browser.complaints() == []
    assert browser.requests() == [path.as_uri()]
    title = headline(judged(REPORTS[name]))
    assert " ".join(browser.driver.title.split()) == " ".join(f"{shown(title)} – edgecheck".split())


def test_the_browser_would_complain(browser: Browser) -> None:
    """A page that breaks its policy is noticed; otherwise the test above would prove nothing."""
    path = browser.show(HEALTHY)
    page = path.read_text(encoding="utf-8").replace(
        "</main>", '<img src="x.png"><p style="color: red" onclick="x()"></main><script>1</script>'
    )
    path.write_text(page, encoding="utf-8")
    browser.driver.get(path.as_uri())

    assert sum("Content Security Policy" in complaint for complaint in browser.complaints()) >= 3


@pytest.mark.parametrize("width", [320, 1000])
@pytest.mark.parametrize(
    "facts", [HEALTHY, REFUSED, UNREACHED], ids=["healthy", "refused", "unreached"]
)
def test_the_bars_have_the_widths_of_the_times(browser: Browser, facts: Facts, width: int) -> None:
    """They also begin where the stages began, to a pixel."""
    browser.show(facts, width=width)
    plot, *bars = browser.ask(
        "[document.querySelector('.waterfall svg'), ...document.querySelectorAll('.bar')]"
        ".map(each => { const box = each.getBoundingClientRect(); return [box.x, box.width]; })"
    )
    spans = [
        result.span
        for result in report_of(facts, "0.1.0").diagnosis.stages
        if result.span.duration_ms > 0
    ]

    assert len(bars) == len(spans)
    assert plot[1] > width / 3
    for (x, length), span in zip(bars, spans, strict=True):
        assert length == pytest.approx(span.duration_ms / facts.total_ms * plot[1], abs=0.5)
        assert x - plot[0] == pytest.approx(span.started_ms / facts.total_ms * plot[1], abs=0.5)


@pytest.mark.parametrize("name", POISONED)
def test_hostile_text_is_read_as_text(browser: Browser, name: str) -> None:
    """It is on the page as text, and made no element and no attribute."""
    browser.show(POISONED[name])

    text = browser.ask("document.body.innerText")
    assert shown(PIECES[0]) in re.sub(r"\s+", " ", text)
    assert (
        browser.ask(
            "document.querySelectorAll('script, img, a, iframe, link, form, object, embed, h1 ~ "
            "h1').length"
        )
        == 0
    )
    assert (
        browser.ask(
            "[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => "
            "/^on|^style$/.test(a.name))).length"
        )
        == 0
    )


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, name: str) -> None:
    """320 pixels are the narrowest that WCAG 2.2 demands (success criterion 1.4.10)."""
    browser.show(REPORTS[name], width=320)
    over = (
        "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right "
        "> 320.5).map(e => e.outerHTML.slice(0, 80))"
    )

    assert browser.ask("document.documentElement.scrollWidth") == 320
    assert browser.ask(over) == []


def colours(browser: Browser) -> list[str]:
    """Return the colours of the page and of its text."""
    style = browser.ask(
        "(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))"
    )
    assert isinstance(style, list)
    return style


def test_it_is_dark_where_everything_is_and_light_on_paper(browser: Browser) -> None:
    """The person's system decides; a printer has no dark mode."""
    browser.show(REFUSED)
    light = colours(browser)
    browser.show(REFUSED, dark=True)
    dark = colours(browser)
    browser.show(REFUSED, dark=True, media="print")
    paper = colours(browser)

    assert light == paper
    assert light != dark
    assert light[0] == "rgb(255, 255, 255)"


@pytest.mark.parametrize("facts", [HEALTHY, REFUSED], ids=["healthy", "refused"])
def test_it_can_be_printed(browser: Browser, facts: Facts) -> None:
    """Nothing is hidden on paper, and nothing is wider than the paper."""
    browser.show(facts, media="print", width=700)

    assert browser.ask("document.documentElement.scrollWidth") == 700
    assert (
        browser.ask(
            "[...document.querySelectorAll('main *')].filter(e => getComputedStyle(e).display === "
            "'none').length"
        )
        == 0
    )
    assert browser.do("Page.printToPDF")["data"].startswith("JVBERi")  # %PDF


def test_a_screen_reader_finds_its_way(browser: Browser) -> None:
    """It has landmarks, a heading for each section, and words for all marks and the picture."""
    browser.show(REFUSED)
    nodes = browser.do("Accessibility.getFullAXTree")["nodes"]
    seen = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]
    roles = {role for role, _ in seen}

    assert {"banner", "main", "contentinfo", "region"} <= roles
    assert all(name for role, name in seen if role in ("region", "heading"))
    assert ("image", "When each stage ran") in seen
    text = browser.ask("document.querySelector('.stages').textContent").split()
    assert text[text.index("auth") + 1] == "failed:"
    assert (
        len([node for node in nodes if node["role"]["value"] == "image" and not node["ignored"]])
        == 1
    )
