"""The page of the monitor in a real browser, with the policy that the monitor sends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from edgecheck.render.monitor import headline, overview
from edgecheck.render.words import shown
from tests.render.hostile import PIECES
from tests.render.monitors import ALL, FULL
from tests.render.test_browser import Browser, browser, colours
from tests.timing import PATIENCE

__all__ = ["browser"]


class Site:
    """Serves one page of the monitor at a time."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.answer = ("", "")
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page, policy = site.answer
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(page.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def show(self, name: str, *, width: int = 1280, dark: bool = False) -> None:
        """Open a page, and forget what was logged before."""
        self.answer = overview(ALL[name])
        self.browser.do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.do("Emulation.setEmulatedMedia", media="", features=[scheme])
        for log in ("browser", "performance"):
            self.browser.driver.get_log(log)
        self.browser.driver.get(self.url)


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    made = Site(browser)
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        browser.driver.get("about:blank")
        made.server.shutdown()
        made.server.server_close()
        thread.join(PATIENCE)


def test_the_page_asks_for_nothing_and_fits_on_a_phone(site: Site) -> None:
    """No broken policy, no other request, and nothing that scrolls sideways at 320 pixels."""
    over = (
        "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right "
        "> 320.5).map(e => e.outerHTML.slice(0, 80))"
    )
    for name in ALL:
        site.show(name, width=320)

        assert site.browser.complaints() == []
        assert site.browser.requests() == [site.url]
        title = " ".join(site.browser.driver.title.split())
        assert title == f"{shown(headline(ALL[name]))} – edgecheck"
        assert site.browser.ask("document.documentElement.scrollWidth") == 320
        assert site.browser.ask(over) == []


def test_hostile_text_is_read_as_text(site: Site) -> None:
    """It made no element, no attribute, and no link to elsewhere."""
    site.show("poisoned")
    ask = site.browser.ask

    assert shown(PIECES[0]) in ask("document.body.innerText")
    assert ask("document.querySelectorAll('script, img, iframe, form, object, embed').length") == 0
    assert ask("document.querySelectorAll('h1').length") == 1
    assert ask("[...document.links].every(link => link.origin === location.origin)")
    attributes = "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes])"
    assert ask(f"{attributes}.filter(a => /^on|^style$/.test(a.name)).length") == 0


def test_the_strip_shows_the_day(site: Site) -> None:
    """Its parts are as wide as they lasted, and a screen reader is told in words."""
    site.show("full")
    boxes = site.browser.ask(
        "[...document.querySelectorAll('.agents > li:first-child rect')].map(e => "
        "[e.getAttribute('class'), e.getBoundingClientRect().width, "
        "e.ownerSVGElement.getBoundingClientRect().width])"
    )
    nodes = site.browser.do("Accessibility.getFullAXTree")["nodes"]
    seen = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]

    assert [kind for kind, _, _ in boxes] == ["none", "pass", "fail"]
    for (_, width, whole), part in zip(boxes, FULL.rows[0].strip, strict=True):
        assert width == pytest.approx(whole * part.length / FULL.slots, abs=0.5)
    assert ("image", "Last day: healthy 86 % of the time") in seen
    assert {"banner", "main", "contentinfo", "navigation"} <= {role for role, _ in seen}
    assert all(name for role, name in seen if role in ("region", "heading", "link"))


def test_it_is_dark_where_everything_is(site: Site) -> None:
    """The person's system decides."""
    site.show("full")
    light = colours(site.browser)
    site.show("full", dark=True)

    assert light[0] == "rgb(255, 255, 255)"
    assert colours(site.browser) != light
