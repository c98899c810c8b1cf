"""The report as a page: what it holds, and that no text in it becomes more than text.

What a browser makes of it is in test_browser.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings

from edgecheck.escapes import is_unsafe
from edgecheck.facts import Certificate, Facts, Span
from edgecheck.lint.defect import Defect
from edgecheck.render import html
from edgecheck.render.words import NEXT_STEP_FOR_OTHERS, shown
from edgecheck.report import report_of
from tests.render.hostile import DEFECTS, HOSTILE, PIECES, POISONED
from tests.render.samples import CONFIG, HEALTHY, REFUSED, TLS, UNREACHED
from tests.sights import FACTS

TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "section",
        "footer",
        "div",
        "p",
        "h1",
        "h2",
        "h3",
    ),
    *(
        "ol",
        "ul",
        "li",
        "dl",
        "dt",
        "dd",
        "span",
        "strong",
        "time",
        "code",
        "pre",
        "figure",
        "figcaption",
    ),
    *("svg", "symbol", "circle", "path", "use", "desc", "line", "text", "rect"),
}
# Only these attributes hold text from outside.
FROM_OUTSIDE = {("time", "datetime")}
EMPTY = {"meta", "use", "path", "circle", "line", "rect"}


class Page(HTMLParser):
    """A page, taken apart."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._within: list[str] = []
        self.blocks: list[str] = []
        self.titles = ""
        self.style = ""
        self.document = document
        self.feed(document)
        self.close()
        assert self._within == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "pre":
            self.blocks.append("")
        if tag not in EMPTY:
            self._within.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._within.pop() == tag

    def handle_data(self, data: str) -> None:
        match self._within:
            case [*_, "style"]:
                self.style += data
            case [*_, "h1"]:
                self.titles += data
            case [*_, "pre", "code"]:
                self.blocks[-1] += data
        if "style" not in self._within:
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def page_of(facts: Facts, *defects: Defect, version: str = "0.1.0") -> Page:
    return Page(html.report(report_of(facts, version, defects)))


def words(text: str) -> str:
    """Return text as a person reads it, with one blank between words."""
    return " ".join(text.replace("`", "").split())


def assert_inert(page: Page) -> None:
    """Check that there are only our own tags and attributes, no scripts, links or requests."""
    assert set(page.tags) <= TAGS
    assert page.tags["meta"] == 4
    for tag, name, value in page.attributes:
        assert not name.startswith("on")
        assert name not in (
            "src",
            "srcset",
            "style",
            "action",
            "background",
            "poster",
            "xlink:href",
        )
        assert name != "href" or value in ("#pass", "#warn", "#fail", "#skip")
        assert (tag, name) in FROM_OUTSIDE or not any(
            piece in value for piece in PIECES if piece
        ), (tag, name)
    assert not any(is_unsafe(character) for character in page.document.replace("\n", ""))


@pytest.mark.parametrize("facts", [REFUSED, UNREACHED], ids=["refused", "unreached"])
def test_it_holds_the_whole_verdict(facts: Facts) -> None:
    """It has title, who has to act, cause, every remedy, evidence, how sure, and code."""
    report = report_of(facts, "0.1.0")
    verdict = report.diagnosis.verdict
    assert verdict is not None
    page = page_of(facts)
    text = words(page.text)

    for said in (
        verdict.title,
        NEXT_STEP_FOR_OTHERS[verdict.side],
        verdict.cause,
        *verdict.evidence,
        f"edgecheck explain {verdict.code}",
    ):
        assert words(said) in text
    commands = [
        found for remedy in verdict.remedies for found in re.findall(": `([^`]+ [^`]+)`", remedy)
    ]
    assert commands
    assert set(commands) <= set(page.blocks)
    assert words(page.titles) == words(verdict.title)


def test_it_holds_all_that_was_seen() -> None:
    """It has stages, certificates, request, response and version."""
    chain = (
        Certificate(
            "CN=leaf",
            "CN=middle",
            ("a.example", "b.example"),
            "2026-01-01T00:00:00Z",
            "2026-03-01T00:00:00Z",
            "RSA 2048",
        ),
    )
    page = page_of(
        replace(HEALTHY, tls=replace(TLS, chain=(*chain, Certificate("CN=middle", "CN=root"))))
    )
    text = words(page.text)

    assert "GET /edge/ws HTTP/1.1" in page.blocks
    assert "HTTP/1.1 101 Switching Protocols" in page.blocks
    said = (
        "CN=leaf",
        "CN=middle",
        "a.example, b.example",
        "2026-03-01 00:00:00 UTC",
        "ping answered in 31.5 ms",
        "edgecheck 0.1.0",
    )
    assert [one for one in said if one not in text] == []
    results = report_of(HEALTHY, "0").diagnosis.stages
    assert [result.summary for result in results if result.summary not in text] == []


def test_a_healthy_report_says_so_and_has_nothing_to_do() -> None:
    """It also says what was proven."""
    page = page_of(replace(HEALTHY, dns=None))

    assert words(page.titles) == "Healthy"
    assert "TLSv1.3 verified" in page.text
    assert "What to do" not in page.text


@pytest.mark.parametrize(
    "facts",
    [Facts(), Facts(interrupted=True), replace(REFUSED, interrupted=True), Facts(config=CONFIG)],
)
def test_a_run_that_did_not_end_is_a_page_too(facts: Facts) -> None:
    """Such a run is never called healthy."""
    page = page_of(facts)

    assert_inert(page)
    assert "Healthy" not in page.titles
    assert page.tags["li"] >= 8


def test_the_page_forbids_itself_everything_but_its_own_style() -> None:
    """It allows the style by its hash, and no script, font, picture or connection."""
    page = page_of(REFUSED)
    (policy,) = [
        value
        for tag, name, value in page.attributes
        if tag == "meta" and value.startswith("default-src")
    ]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()

    assert (
        policy
        == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert page.style
    assert not re.search(r"url\(|@import|https?:", page.style)


def test_headings_leave_out_no_level() -> None:
    """There is one heading of the first level, and every section is named by a heading."""
    for facts in (HEALTHY, REFUSED, UNREACHED, *POISONED.values()):
        document = html.report(report_of(facts, "0.1.0"))
        levels = [int(level) for level in re.findall(r"<h(\d)", document)]

        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert set(re.findall(r'<section[^>]* aria-labelledby="([^"]+)"', document)) <= set(
            re.findall(r'<h2 id="([^"]+)"', document)
        )
        assert document.count("<section") == document.count("<h2 id=")


def test_the_bars_are_as_long_as_the_times() -> None:
    """They are parts of the whole, and that of a failed stage is marked."""
    page = page_of(UNREACHED)
    bars = re.findall(r'<rect class="bar( fail)?" x="([\d.]+)%" width="([\d.]+)%"', page.document)

    total = UNREACHED.total_ms
    assert [(kind, float(x), float(width)) for kind, x, width in bars] == [
        ("", 0.0, pytest.approx(0.4 / total * 100, abs=1e-3)),
        (
            " fail",
            pytest.approx(0.4 / total * 100, abs=1e-3),
            pytest.approx(12.0 / total * 100, abs=1e-3),
        ),
    ]


@pytest.mark.parametrize("total", [0.0, -1.0, 1e-9, 1e11])
def test_impossible_times_stay_on_the_page(total: float) -> None:
    """A file for --replay may have any numbers."""
    assert REFUSED.tls is not None
    odd = replace(REFUSED, total_ms=total, tls=replace(REFUSED.tls, span=Span(-total, 3e11)))
    page = page_of(odd)

    for x, width in re.findall(
        r'<rect class="[^"]+" x="([-\d.]+)%" width="([-\d.]+)%"', page.document
    ):
        assert 0 <= float(x) <= 100
        assert 0 <= float(x) + float(width) <= 100.001
    assert len(re.findall('<text class="mark"', page.document)) <= 5


@pytest.mark.parametrize("name", POISONED)
def test_hostile_text_stays_text(name: str) -> None:
    """This holds for every place of a page; the text is shown as it is."""
    page = page_of(POISONED[name], *DEFECTS, version=HOSTILE)

    assert_inert(page)
    assert shown(PIECES[0]) in page.text
    assert "{{ 7 * 7 }}" in page.text


@settings(max_examples=60, deadline=None)
@given(FACTS)
def test_arbitrary_facts_stay_text(facts: Facts) -> None:
    """This holds for all facts."""
    assert_inert(page_of(facts))


# --- contrast: WCAG 2.2, success criterion 1.4.3 --------------------------------------------------


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rgb`` or ``#rrggbb``."""
    digits = colour.lstrip("#")
    pairs = (
        [digit * 2 for digit in digits]
        if len(digits) == 3
        else [digits[i : i + 2] for i in (0, 2, 4)]
    )
    channels = [int(pair, 16) / 255 for pair in pairs]
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_of_text_stands_out(scheme: int) -> None:
    """Text has 4.5 to 1 on the page and on code, a bar 3 to 1."""
    colours = dict(
        re.findall(
            r"--(\w+): (#[0-9a-f]{3,6});",
            re.findall(r":root \{([^}]*)\}", page_of(HEALTHY).style)[scheme],
        )
    )

    def contrast(one: str, other: str) -> float:
        lighter, darker = sorted((luminance(colours[one]), luminance(colours[other])), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    assert {
        name: contrast(name, "page")
        for name in ("ink", "quiet", "pass", "warn", "fail", "skip")
        if contrast(name, "page") < 4.5
    } == {}
    assert {
        name: contrast(name, "code") for name in ("ink", "quiet") if contrast(name, "code") < 4.5
    } == {}
    assert contrast("bar", "page") >= 3
